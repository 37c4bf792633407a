"""What looks say, on courses short enough to work out by hand."""

import numpy as np

from lottery.training import looks

CHECKS = np.array([250, 500, 750, 1000, 1250])
WRONG = np.array([[9, 0, 0, 0, 0], [9, 0, 3, 2, 0], [9, 9, 9, 9, 9], [0, 4, 0, 0, 7], [5, 4, 3, 2, 0]])


def test_the_first_right_look_is_the_first_without_a_wrong_answer():
    assert looks.first_right(CHECKS, WRONG).tolist() == [500, 500, looks.NEVER, 250, 1250]


def test_a_loss_is_a_wrong_look_right_after_a_right_one():
    assert looks.losses_of_it(WRONG).tolist() == [0, 1, 0, 2, 0]


def test_the_longest_stretch_counts_wrong_looks_after_the_first_right_one_alone():
    assert looks.longest_wrong_after(CHECKS, WRONG).tolist() == [0, 500, 0, 250, 0]
    assert looks.longest_wrong_after(CHECKS[:1], WRONG[:, :1]).tolist() == [0] * 5


def test_the_share_that_is_right_is_thinned_to_means_over_stretches():
    assert looks.share_right(WRONG, 50) == [0.2, 0.4, 0.4, 0.4, 0.6]
    assert np.allclose(looks.share_right(WRONG, 2), [1 / 3, 0.5])


def test_a_course_is_thinned_to_the_worst_of_each_stretch():
    loss = np.array([0.1, 1.0, 1e-3, 0.0, np.nan])
    assert looks.worst_loss(loss, 5) == [-1.0, 0.0, -3.0, -12.0, None]
    assert looks.worst_loss(loss, 2) == [0.0, None]
    assert looks.most_wrong(WRONG[1], 2) == [9, 2]
