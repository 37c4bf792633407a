"""Which updates break a network, and what is read of the longest step among them."""

import numpy as np
import pytest

from lottery.analysis.losing_steps import Steps, broken_at, longest_at, marks_of

FIRST = np.array([1e-2, 1e-2])


def _steps(wrong=(0, 0, 3)):
    """Three updates of two weights: the second takes the longest step in the last one."""
    return Steps(
        loss=np.zeros(len(wrong)),
        gradient=np.array([[1e-5, 0.0], [1e-5, -1e-3], [1e-5, 2e-3]]),
        denominator=np.array([[1e-3, 1e-4], [1e-3, 1e-4], [1e-3, 5e-4]]),
        change=np.array([[1e-4, 0.0], [1e-4, 1e-4], [1e-4, -3e-3]]),
        wrong=np.array(wrong),
    )


def test_a_network_breaks_at_the_first_update_after_which_it_stays_wrong():
    assert broken_at(np.array([0, 2, 0, 0, 1, 5])) == 4
    assert broken_at(np.array([3, 1])) == 0


def test_marks_are_those_of_the_weight_with_the_longest_step():
    marks = marks_of(_steps(), 2, FIRST, rate=1e-3)
    assert marks.weight == 1
    assert marks.fall == pytest.approx(1e-2 / 1e-4)
    assert marks.surprise == pytest.approx(1e-3 / 1e-4)  # each gradient against the denominator that it met
    assert marks.step == pytest.approx(3.0)
    assert marks.denominator == pytest.approx(1e-4)


def test_updates_after_the_break_and_more_than_ten_before_it_do_not_count():
    before = marks_of(_steps(), 1, FIRST, rate=1e-3)
    assert before.step == pytest.approx(0.1)
    early = Steps(*(np.repeat(leaf, (1, 9, 1), axis=0) for leaf in vars(_steps()).values()))
    assert marks_of(early, 9, FIRST, rate=1e-3).weight == 0  # equal steps of both: the first weight
    shifted = Steps(*(leaf[::-1] for leaf in vars(early).values()))
    assert marks_of(shifted, 10, FIRST, rate=1e-3).step == pytest.approx(0.1)  # the long one was eleven updates ago
    assert longest_at(shifted) == 0
