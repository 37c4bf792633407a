import numpy as np
import pytest

from gol.errors import InputError
from lottery.statistics.restarts import (
    Tries,
    best_cutoff,
    cost_at_least,
    cost_with_cutoff,
    expected_cost,
    percentiles,
    resampled,
    spent_and_won,
)


def _tries(*times, budget=100, before=0):
    return Tries(np.array(times), budget, before)


def test_the_expected_cost_is_what_all_tries_cost_over_those_that_succeed():
    assert expected_cost(_tries(10, 30, -1, -1)) == (10 + 30 + 100 + 100) / 2
    assert expected_cost(_tries(10, 30, -1, -1, before=5)) == (10 + 30 + 200 + 4 * 5) / 2
    assert expected_cost(_tries(-1, -1)) == float("inf")


def test_the_expected_cost_is_that_of_restarting_until_success():
    rng = np.random.default_rng(0)
    times = np.array([20, 50, -1, -1, -1])
    costs = []
    for _ in range(20_000):
        spent = 0
        while True:
            time = rng.choice(times)
            spent += 7 + (time if time >= 0 else 100)
            if time >= 0:
                break
        costs.append(spent)
    assert np.mean(costs) == pytest.approx(expected_cost(Tries(times, 100, 7)), rel=0.03)


def test_the_best_cutoff_is_the_cheapest_of_all_times():
    rng = np.random.default_rng(1)
    for before in (0, 40):
        times = np.where(rng.random(40) < 0.6, rng.integers(1, 100, 40), -1)
        tries = Tries(times, 100, before)
        costs = {}
        for cutoff in range(1, 101):
            spent, won = spent_and_won(tries, cutoff)
            costs[cutoff] = spent / won if won else float("inf")
        assert costs[int(best_cutoff(tries))] == min(costs.values())
    assert best_cutoff(_tries(-1, -1)) == 100


def test_what_every_try_costs_beforehand_makes_patience_pay():
    times = (10, 10, 40, 40, -1, -1)
    assert best_cutoff(_tries(*times)) == 10
    assert best_cutoff(_tries(*times, before=200)) == 40


def test_a_cutoff_is_chosen_on_one_half_and_paid_on_the_other():
    # On the first half (10, 10) the best is 10, at which none of the second half has succeeded; theirs is 90.
    assert cost_with_cutoff(_tries(10, 90, 10, 90)) == (10 + 10 + 2 * 10) / 2
    assert cost_with_cutoff(_tries(10, 10, -1, -1)) == (2 * 10 + 2 * 10) / 2
    assert cost_with_cutoff(_tries(-1, -1)) == float("inf")


def test_without_a_success_there_is_a_bound():
    assert cost_at_least(_tries(*[-1] * 20, before=100)) == pytest.approx(200 / (1 - 0.05 ** (1 / 20)))
    with pytest.raises(InputError, match="1 successes"):
        cost_at_least(_tries(-1, 5))


def test_resampled_costs_lie_around_the_cost_and_are_the_same_each_time():
    tries = Tries(np.array([10, 30, 50, -1] * 20), 100)
    drawn = resampled(tries, resamples=400)
    for cost in (expected_cost, cost_with_cutoff):
        values = cost(drawn)
        assert values.shape == (400,)
        low, high = percentiles(values)
        assert low < cost(tries) < high
        assert values[7] == cost(Tries(drawn.times[7], 100))
    np.testing.assert_array_equal(drawn.times, resampled(tries, resamples=400).times)
    assert percentiles(expected_cost(resampled(_tries(5, -1), resamples=50))) == (5 + 100, 5 + 100)


def test_rare_successes_leave_the_interval_without_an_upper_end():
    tries = Tries(np.array([10] + [-1] * 49), 100)
    low, high = percentiles(expected_cost(resampled(tries, resamples=400)))
    assert np.isfinite(low)
    assert high == float("inf")


@pytest.mark.parametrize(("times", "budget", "before"), [([], 100, 0), ([5], 0, 0), ([5], 100, -1), ([500], 100, 0)])
def test_tries_that_cannot_be_are_refused(times, budget, before):
    with pytest.raises(InputError, match="tries need"):
        Tries(np.array(times), budget, before)
