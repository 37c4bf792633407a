"""Areas under the curve and shares of variance, on samples of which they are known."""

import numpy as np
import pytest
from scipy import stats

from gol.errors import InputError
from lottery.statistics.separation import between_networks, separation

RNG = np.random.default_rng(0)


def test_an_area_is_the_share_of_pairs_in_the_right_order_ties_counting_half():
    found = separation(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True]))
    assert found.area == 3.5 / 4
    assert found.p == stats.mannwhitneyu([2.0, 3.0], [1.0, 2.0]).pvalue
    assert separation(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, True])).area == 1


def test_turning_the_numbers_round_mirrors_area_and_interval():
    numbers, succeeded = RNG.standard_normal(60), RNG.random(60) < 0.3
    up, down = separation(numbers, succeeded), separation(-numbers, succeeded)
    assert up.area == pytest.approx(1 - down.area)
    assert up.interval.low == pytest.approx(1 - down.interval.high)
    assert up.interval.high == pytest.approx(1 - down.interval.low)
    assert up.p == pytest.approx(down.p)


@pytest.mark.thorough
def test_nineteen_in_twenty_intervals_hold_the_true_area():
    shift, held, draws = 0.7, 0, 600
    true = stats.norm.cdf(shift / np.sqrt(2))  # of two normal samples
    succeeded = np.arange(100) < 30
    for _ in range(draws):
        found = separation(RNG.standard_normal(100) + shift * succeeded, succeeded)
        held += found.interval.low <= true <= found.interval.high
    assert 0.925 < held / draws < 0.975


@pytest.mark.parametrize("succeeded", [[True] * 4, [True, False, False, False]])
def test_an_area_takes_two_on_each_side(succeeded):
    with pytest.raises(InputError, match="two that succeed"):
        separation(np.arange(4.0), np.array(succeeded))


def test_networks_that_always_end_alike_hold_all_the_variance_and_coins_none():
    decided = np.repeat(np.arange(100)[:, None] < 40, 3, axis=1)
    assert between_networks(decided)[0] == pytest.approx(1)
    share, interval = between_networks(RNG.random((2000, 3)) < 0.4)
    assert interval.low < 0 < interval.high
    assert abs(share) < 0.05


def test_the_share_is_the_intraclass_correlation_of_the_analysis_of_variance():
    chances = RNG.beta(0.5, 0.5, size=(300, 1))
    successes = RNG.random((300, 3)) < chances
    rows = successes.astype(float)
    between = 3 * rows.mean(1).var(ddof=1)
    within = rows.var(axis=1, ddof=1).mean()
    share, interval = between_networks(successes)
    assert share == pytest.approx((between - within) / (between + 2 * within))
    assert interval.low < share < interval.high
    assert interval.low < 0.5 < interval.high  # of Beta(1/2, 1/2)


@pytest.mark.parametrize("successes", [np.ones((5, 3), bool), np.zeros((5, 3), bool), np.eye(1, 3, dtype=bool)])
def test_a_share_takes_networks_that_end_differently(successes):
    with pytest.raises(InputError, match="share of variance"):
        between_networks(successes)
