"""The rank of one arm among many."""

from collections.abc import Sequence

import numpy as np

from lottery.inputs.truth_values import Truths
from lottery.statistics.comparisons import count
from lottery.statistics.rates import Interval

RESAMPLES = 4000


def rank(life: Truths, others: Sequence[Truths], seed: int) -> tuple[float, Interval]:
    """Share of other rules that succeed less often than Life, equals counting half, with its 95 % interval.

    The interval is a bootstrap over the rules in which each rate, Life's too, is drawn from its posterior under
    Jeffreys' prior, Beta(k + 1/2, n - k + 1/2): few networks per rule make rates uncertain, and 0 of 16 is not 0.

    Args:
        life: success of each of Life's replicates.
        others: success of each replicate of each other rule, one rule or more.
        seed: of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    k, n = count(life)
    successes, trials = np.array([count(solved) for solved in others]).T
    rates, own = successes / trials, k / n
    share = float(np.mean((rates < own) + 0.5 * (rates == own)))
    drawn = rng.integers(len(others), size=(RESAMPLES, len(others)))
    posterior = rng.beta(successes[drawn] + 0.5, trials[drawn] - successes[drawn] + 0.5)
    shares = np.mean(posterior < rng.beta(k + 0.5, n - k + 0.5, size=(RESAMPLES, 1)), axis=1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return share, Interval(float(min(low, share)), float(max(high, share)))
