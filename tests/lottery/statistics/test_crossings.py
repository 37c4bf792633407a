"""Where success crosses 50 %: the fit against closed forms and a search, the interval by its coverage."""

from math import inf

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from gol.errors import InputError
from lottery.statistics.crossings import crossing, first_above, fit
from lottery.statistics.verdicts import same_crossing, same_crossing_rule


def test_two_widths_are_joined_in_the_log_odds_with_a_half_added() -> None:
    # Two parameters and two places: the curve goes through the empirical log odds, half a success and failure added.
    low, high = logit(20.5 / 65), logit(50.5 / 65)
    found = crossing((2, 4), (20, 50), (64, 64), resamples=99)
    assert found.value == pytest.approx(2 ** (1 - low / (high - low)))
    assert found.slope == pytest.approx((high - low) / np.log(2))
    assert found.rate(np.array([2, 4])) == pytest.approx([20.5 / 65, 50.5 / 65])


def test_where_success_is_as_likely_as_failure_lies_halfway_between_mirrored_widths() -> None:
    # Complete separation, in which maximum likelihood has no answer; by symmetry it is the geometric mean.
    found = crossing((1, 3, 5, 15), (0, 0, 16, 16), (16,) * 4)
    assert found.value == pytest.approx(15**0.5)
    assert 3 < found.low < found.value < found.high < 5


@pytest.mark.parametrize("successes", [(2, 26, 48, 55, 64), (0, 0, 0, 64, 64), (0, 0, 30, 64, 64), (1, 0, 0, 0, 0)])
def test_the_fit_is_the_maximum_of_the_penalised_likelihood(successes: tuple[int, ...]) -> None:
    x, n, k = np.log([1, 2, 3, 4, 8]), np.full(5, 64.0), np.array(successes, float)

    def loss(curve: np.ndarray) -> float:
        odds = curve[0] + curve[1] * x
        weight = n * expit(odds) * expit(-odds)
        information = np.array([[weight.sum(), (weight * x).sum()], [(weight * x).sum(), (weight * x * x).sum()]])
        penalty = np.linalg.slogdet(information)[1] / 2
        return float(-(k * log_expit(odds) + (n - k) * log_expit(-odds)).sum() - penalty)

    found = fit(x, k[None], n)[0]
    searched = minimize(loss, found + 0.3, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10})
    assert found == pytest.approx(searched.x, abs=1e-4)


def test_a_fit_does_not_depend_on_its_company() -> None:
    x, n = np.log([1, 2, 4]), np.full(3, 20.0)
    samples = np.array([[0, 9, 20], [20, 20, 20], [3, 2, 1]], float)
    for sample, together in zip(samples, fit(x, samples, n), strict=True):
        assert fit(x, sample[None], n)[0] == pytest.approx(together, abs=1e-8)


def test_beyond_the_widths_that_were_tried_it_is_above_or_below_all_of_them() -> None:
    assert crossing((4, 8, 24), (0, 0, 1), (64,) * 3, resamples=99).low == inf
    assert crossing((4, 8, 24), (64, 64, 64), (64,) * 3, resamples=99).high == 0
    half = crossing((4, 8, 24), (0, 3, 33), (64,) * 3, resamples=999)
    assert half.low < half.value < 24
    assert half.high == inf
    # Wider networks do worse: the line is crossed downwards, which is not what is asked for.
    assert crossing((1, 2, 4), (60, 30, 2), (64,) * 3, resamples=99).value == inf


def test_the_interval_holds_the_true_crossing_as_often_as_it_says() -> None:
    widths, draw, held = np.array([1, 2, 4, 8]), np.random.default_rng(5), 0
    for run in range(100):
        successes = draw.binomial(64, expit(-6 + 4.5 * np.log(widths))).tolist()
        found = crossing(widths.tolist(), successes, [64] * 4, resamples=199, seed=run)
        held += found.low <= np.exp(6 / 4.5) <= found.high
    assert 88 <= held <= 99  # 95 of 100, give or take


def test_the_same_seed_gives_the_same_interval() -> None:
    one, same, other = (crossing((1, 2, 4), (1, 20, 50), (64,) * 3, resamples=500, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert (one.low, one.high) != (other.low, other.high)


def test_the_first_width_above_half_has_only_such_widths_above_it() -> None:
    assert first_above((4, 1, 2, 8), (33, 40, 32, 60), (64,) * 4) == 4
    assert first_above((1, 2), (0, 32), (64, 64)) is None


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (2.1, 2.6, "reproduced"),
        (1.4, 4.4, "reproduced"),
        (3.1, 3.6, "undecided"),
        (2.5, 4.6, "undecided"),
        (0.0, 2.5, "undecided"),
        (4.6, 5.0, "contradicted"),
        (inf, inf, "contradicted"),
        (0.0, 1.3, "contradicted"),
    ],
)
def test_a_crossing_is_held_against_a_stretch(low: float, high: float, verdict: str) -> None:
    assert same_crossing((2.0, 3.0), low, high) == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(inf, inf, "reproduced"), (20.0, inf, "reproduced"), (8.0, inf, "undecided"), (8.0, 15.0, "contradicted")],
)
def test_a_line_that_was_never_crossed_is_a_stretch_without_end(low: float, high: float, verdict: str) -> None:
    assert same_crossing((24.0, inf), low, high) == verdict


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: crossing((2,), (1,), (2,)),
        lambda: crossing((2, 2), (1, 1), (2, 2)),
        lambda: crossing((0, 2), (1, 1), (2, 2)),
        lambda: crossing((float("nan"), 2), (1, 1), (2, 2)),
        lambda: crossing((1, inf), (1, 1), (2, 2)),
        lambda: crossing((1, 2), (3, 1), (2, 2)),
        lambda: crossing((1, 2), (1,), (2, 2)),
        lambda: same_crossing((3.0, 2.0), 1.0, 2.0),
        lambda: same_crossing((2.0, 3.0), 2.0, 1.0),
        lambda: same_crossing((2.0, 3.0), 1.0, 2.0, factor=1.0),
    ],
)
def test_impossible_input_is_refused(mistake) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        mistake()


def test_the_rule_names_its_factor() -> None:
    assert "a factor of 1.5" in same_crossing_rule()
