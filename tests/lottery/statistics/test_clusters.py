import numpy as np
import pytest
from scipy import stats

from gol.errors import InputError
from lottery.statistics.clusters import clustered_difference, clustered_rate, variance_of_rate
from lottery.statistics.rates import Interval


def _exact(successes, trials):
    ends = stats.binomtest(successes, trials).proportion_ci(method="exact")
    return pytest.approx((ends.low, ends.high), abs=0.01)


def test_runs_that_do_not_hang_together_are_worth_themselves():
    won = np.random.default_rng(0).binomial(1, 0.3, 400)  # every run a cluster of its own
    found = clustered_rate(won, np.ones(400, int))
    assert (found.low, found.high) == _exact(int(won.sum()), 400)


def test_runs_of_one_cluster_that_all_agree_are_worth_one():
    won = np.repeat([0, 4], [120, 80])  # 800 runs, but 200 answers
    found = clustered_rate(won, np.full(200, 4))
    assert (found.low, found.high) == _exact(80, 200)


def test_clusters_that_agree_leave_the_room_of_that_many_runs():
    none, all_of_them = (
        clustered_rate(np.zeros(16, int), np.full(16, 2)),
        clustered_rate(np.full(16, 2), np.full(16, 2)),
    )
    assert (none.low, none.high) == (0, pytest.approx(1 - 0.025 ** (1 / 16)))
    assert (all_of_them.low, all_of_them.high) == (pytest.approx(0.025 ** (1 / 16)), 1)
    half = clustered_rate(np.ones(16, int), np.full(16, 2))
    assert (half.low, half.high) == _exact(16, 32)


def test_clusters_without_a_run_change_nothing():
    won, trials = np.array([1, 0, 2, 1]), np.array([2, 1, 2, 3])
    assert clustered_rate(np.append(won, 0), np.append(trials, 0)) == clustered_rate(won, trials)


@pytest.mark.parametrize(("clusters", "rate"), [(8, 0.3), (16, 0.1), (128, 0.05), (128, 0.5)])
def test_ninety_five_of_a_hundred_intervals_hold_the_truth(clusters, rate):
    rng, runs, hold = np.random.default_rng(1), np.full(clusters, 4), 0
    for _ in range(400):  # half of the variation of a winner's runs is the winner's own
        interval = clustered_rate(rng.binomial(4, rng.beta(rate, 1 - rate, clusters)), runs)
        hold += interval.low <= rate <= interval.high
    assert hold / 400 > 0.93


def test_differences_have_students_interval():
    differences = np.random.default_rng(2).choice([-0.5, 0, 0.5], 16)
    ends = stats.t.interval(0.95, 15, differences.mean(), stats.sem(differences))
    assert clustered_difference(differences) == Interval(*map(float, ends))
    even = clustered_difference(np.zeros(16))
    assert even.low == -even.high
    assert even.high == pytest.approx(1 - 0.025 ** (1 / 16))
    assert clustered_difference(np.array([1.0, 0.5])).high == 1


def test_more_confidence_is_wider():
    won, runs = np.array([0, 1, 2, 2]), np.full(4, 2)
    usual, strict = clustered_rate(won, runs), clustered_rate(won, runs, confidence=0.99)
    assert strict.low < usual.low < usual.high < strict.high
    assert variance_of_rate(won, runs) > 0


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: clustered_rate(np.array([1]), np.array([2])),
        lambda: clustered_rate(np.array([3, 1]), np.array([2, 2])),
        lambda: clustered_rate(np.array([0, 0]), np.array([0, 0])),
        lambda: clustered_difference(np.array([0.1])),
    ],
)
def test_what_is_no_sample_of_clusters_is_refused(mistake):
    with pytest.raises(InputError, match="clusters"):
        mistake()
