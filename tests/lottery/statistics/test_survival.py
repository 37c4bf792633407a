from itertools import product

import numpy as np
import pytest

from gol.errors import InputError
from lottery.statistics.rates import wilson
from lottery.statistics.survival import kaplan_meier, logrank, logrank_paired, median_time

# Weeks in remission of 21 pairs of children, Freireich et al. 1963, Blood 21, 699-716, pair by pair as in
# Klein and Moeschberger 2003, table 1.2; the data on which half of survival analysis was first shown.
PLACEBO = np.array([1, 22, 3, 12, 8, 17, 2, 11, 8, 12, 2, 5, 4, 15, 8, 23, 5, 11, 4, 1, 8])
TREATED = np.array([10, 7, 32, 23, 22, 6, 16, 34, 32, 25, 11, 20, 19, 6, 17, 35, 6, 13, 9, 6, 10])
CUT_OFF = np.array([0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1], bool)
ALL = np.ones(21, bool)


def test_kaplan_meier_gives_the_published_curve() -> None:
    curve = kaplan_meier(TREATED, ~CUT_OFF)
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    found = dict(zip(curve.times.tolist(), curve.probability.tolist(), strict=True))
    assert {time: found[time] for time in published} == pytest.approx(published, abs=6e-4)


def test_log_log_interval_is_greenwoods() -> None:
    # Two of four gone at time 2, none cut off: S = 1/2, Greenwood's sum = 1/(4*3) + 1/(3*2) = 1/4.
    curve = kaplan_meier(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, bool))
    half = 1.959964 * np.sqrt(0.25) / abs(np.log(0.5))
    assert (curve.low[1], curve.high[1]) == pytest.approx((0.5 ** np.exp(half), 0.5 ** np.exp(-half)), abs=1e-6)


def test_curve_that_never_or_only_falls_still_has_an_interval() -> None:
    never = kaplan_meier(np.array([9, 9, 9, 9]), np.zeros(4, bool))
    assert (never.low[-1], never.high[-1]) == (wilson(4, 4).low, 1.0)
    at_once = kaplan_meier(np.array([9, 9, 9, 9]), np.ones(4, bool))
    assert (at_once.low[-1], at_once.high[-1]) == (0.0, wilson(0, 4).high)
    last = kaplan_meier(np.array([1, 2, 3, 4]), np.ones(4, bool))
    assert last.high[-1] == last.high[-2] < wilson(0, 1).high  # one left at risk must not widen the band again


def test_a_median_at_one_half_is_not_lost_to_rounding():
    # 9/10 * 7/9 * 5/7 is one half, and more than that in floating point.
    curve = kaplan_meier([1, 2, 2, 3, 3, 4, 4, 4, 5, 5], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    assert 0.5 < curve.probability.min() < 0.5 + 1e-12
    assert median_time(curve)[0] == 3


def test_logrank_gives_the_published_statistic() -> None:
    # chi-square 16.79 on one degree of freedom, p = 4.17e-5
    assert logrank(PLACEBO, ALL, TREATED, ~CUT_OFF) == pytest.approx(4.17e-5, rel=1e-3)


def test_paired_logrank_gives_the_published_preferences() -> None:
    # Freireich's trial stopped at 18 preferences for the drug and 3 for the placebo.
    tail = sum(np.prod(range(22 - k, 22)) / max(np.prod(range(1, k + 1)), 1) for k in range(4))
    assert logrank_paired(PLACEBO, ALL, TREATED, ~CUT_OFF) == pytest.approx(2 * tail / 2**21)


def test_paired_logrank_is_the_permutation_test_of_the_stratified_statistic() -> None:
    first, first_solved = np.array([3, 5, 5, 2, 9, 4, 9]), np.array([1, 1, 1, 1, 0, 1, 0], bool)
    second, second_solved = np.array([7, 5, 9, 1, 9, 9, 8]), np.array([1, 1, 0, 0, 0, 0, 1], bool)

    def observed_minus_expected(times: tuple[int, int], solved: tuple[bool, bool]) -> float:
        total = 0.0
        for moment in set(times):
            at_risk = [time >= moment for time in times]
            events = [bool(done) and time == moment for time, done in zip(times, solved, strict=True)]
            total += events[0] - sum(events) * at_risk[0] / sum(at_risk)
        return total

    strata = list(zip(zip(first, second, strict=True), zip(first_solved, second_solved, strict=True), strict=True))
    terms = [observed_minus_expected(times, solved) for times, solved in strata]
    permuted = [abs(sum(np.multiply(terms, signs))) for signs in product([1, -1], repeat=len(terms))]
    expected = np.mean([value >= abs(sum(terms)) - 1e-12 for value in permuted])
    assert logrank_paired(first, first_solved, second, second_solved) == pytest.approx(expected)
    assert expected < 1


def test_nothing_solved_is_no_evidence() -> None:
    none = np.zeros(21, bool)
    assert logrank(PLACEBO, none, TREATED, none) == 1.0
    assert logrank_paired(PLACEBO, none, TREATED, none) == 1.0
    # Nobody of one arm was there when the other was solved; 49 * (1 / 49) is not 1 in floating point.
    late = np.arange(10, 59)
    assert logrank(late, np.ones(49, bool), np.array([5]), np.zeros(1, bool)) == 1.0
    everything_at_once = np.full(21, 5)
    assert logrank(everything_at_once, ALL, everything_at_once, ALL) == 1.0


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: kaplan_meier(np.array([]), np.array([], bool)),
        lambda: kaplan_meier(np.array([1.0, 2.0]), np.ones(3, bool)),
        lambda: kaplan_meier(np.array([1.0, np.inf]), np.ones(2, bool)),
        lambda: logrank(np.array([-1.0]), np.ones(1, bool), np.array([1.0]), np.ones(1, bool)),
        lambda: logrank_paired(PLACEBO, ALL, TREATED[:5], ALL[:5]),
    ],
)
def test_impossible_input_is_refused(mistake) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        mistake()
