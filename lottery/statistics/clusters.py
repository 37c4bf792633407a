"""Intervals for runs in clusters, such as several runs of one winner: the sample is the clusters, not the runs."""

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from gol.errors import InputError
from lottery.statistics.rates import CONFIDENCE, Interval


def variance_of_rate(successes: Int[np.ndarray, " clusters"], trials: Int[np.ndarray, " clusters"]) -> float:
    """Variance of the pooled rate that lets the runs of a cluster hang together in any way.

    The rate is a ratio of two sums over clusters; the variance is that of its linear part: Cochran (1977), Sampling
    Techniques, section 2.11, with C / (C - 1) for C clusters.

    Args:
        successes: in each cluster.
        trials: in each cluster.
    """
    rate = successes.sum() / trials.sum()
    rest = successes - rate * trials
    return float(len(rest) / (len(rest) - 1) * np.sum(rest**2) / trials.sum() ** 2)


def clustered_rate(
    successes: Int[np.ndarray, " clusters"], trials: Int[np.ndarray, " clusters"], *, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of a pooled rate of clustered runs, that of so many independent runs as these are worth.

    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data, Survey Methodology 24, 193-201: Clopper and Pearson's interval of the effective sample
    size, which is corrected for the few clusters that its variance is estimated from. Where no run succeeds, or every
    one does, there is no variance, and a cluster counts as one run.

    Args:
        successes: in each cluster.
        trials: in each cluster, two of which have some; the others say nothing.
        confidence: coverage, strictly between 0 and 1.

    Raises:
        InputError: if fewer than two clusters have trials, or a count cannot be.
    """
    if np.sum(trials > 0) < 2 or not np.all((successes >= 0) & (successes <= trials)):
        raise InputError(f"an interval over clusters takes two that have trials, not {successes} of {trials}")
    successes, trials = successes[trials > 0], trials[trials > 0]
    clusters, runs = len(trials), int(trials.sum())
    rate, tail = float(successes.sum() / runs), (1 - confidence) / 2
    worth = float(clusters)
    if 0 < rate < 1:
        variance = variance_of_rate(successes, trials)
        few = (stats.t.ppf(tail, runs - 1) / stats.t.ppf(tail, clusters - 1)) ** 2
        worth = min(few * rate * (1 - rate) / variance, runs) if variance else float(runs)
    won, lost = rate * worth, (1 - rate) * worth
    low = float(stats.beta.ppf(tail, won, lost + 1)) if won else 0.0
    high = float(stats.beta.ppf(1 - tail, won + 1, lost)) if lost else 1.0
    return Interval(low, high)


def clustered_difference(differences: Float[np.ndarray, " clusters"], *, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the mean over clusters of a difference of rates: Student's.

    Where all clusters agree, which would leave it no width, the mean is widened by what none of so many clusters leaves
    open (Clopper and Pearson).

    Args:
        differences: the mean difference of each cluster, all of equally many runs; two clusters or more.
        confidence: coverage, strictly between 0 and 1.

    Raises:
        InputError: if there are fewer than two clusters.
    """
    if len(differences) < 2:
        raise InputError(f"an interval over clusters takes two of them, not {len(differences)}")
    mean = float(np.mean(differences))
    if np.ptp(differences) == 0:
        room = float(stats.beta.ppf((1 + confidence) / 2, 1, len(differences)))
    else:
        room = float(stats.t.ppf((1 + confidence) / 2, len(differences) - 1) * stats.sem(differences))
    return Interval(max(mean - room, -1.0), min(mean + room, 1.0))
