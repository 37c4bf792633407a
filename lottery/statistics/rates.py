"""The statistics of every claim but time (see survival.py): intervals of rates, tests of two arms, bootstrap.

Thin, named doors to scipy wherever scipy has the method; own code, with the paper it comes from, where it has none.
Nothing here knows of networks or of the Game of Life. All intervals are two-sided, at 95 % unless said otherwise.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import expm1, isfinite, log1p, sqrt
from typing import TypeVar

import numpy as np
from jaxtyping import Float, Real
from scipy import stats
from scipy.stats.contingency import relative_risk

from gol.errors import InputError
from lottery.inputs.truth_values import Truths, truths

CONFIDENCE = 0.95
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Interval:
    """A closed interval.

    Attributes:
        low: lower end, in the unit of the quantity (rates are fractions, not per cent).
        high: upper end, not below `low`.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (isfinite(self.low) and isfinite(self.high) and self.low <= self.high):
            raise InputError(f"an interval needs finite ends in rising order, not {self.low} and {self.high}")


@dataclass(frozen=True)
class Difference:
    """A difference of two rates, first minus second.

    Attributes:
        value: the observed difference, between -1 and 1.
        interval: its confidence interval.
    """

    value: float
    interval: Interval


@dataclass(frozen=True)
class Ratio:
    """A ratio of two rates, first over second.

    Attributes:
        value: the observed ratio.
        interval: its confidence interval.
    """

    value: float
    interval: Interval


def wilson(successes: int, trials: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Interval of a rate from its score test: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.

    Args:
        successes: count of successes, 0 to `trials`.
        trials: count of trials, 1 or more.
        confidence: coverage, strictly between 0 and 1.

    Returns:
        The interval of the rate, a fraction between 0 and 1.

    Raises:
        InputError: if the counts cannot be, or `confidence` is not strictly between 0 and 1.
    """
    successes, trials = _counts(successes, trials)
    _check_confidence(confidence)
    ends = stats.binomtest(successes, trials).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(float(ends.low), float(ends.high))


def newcombe_difference(k1: int, n1: int, k2: int, n2: int, *, confidence: float = CONFIDENCE) -> Difference:
    """Difference of two independent rates, k1/n1 - k2/n2, with its hybrid score interval.

    Newcombe (1998), Interval estimation for the difference between independent proportions: comparison of eleven
    methods, Stat. Med. 17, 873-890, method 10.

    Args:
        k1: successes of the first sample.
        n1: trials of the first sample, 1 or more.
        k2: successes of the second sample.
        n2: trials of the second sample, 1 or more.
        confidence: coverage, strictly between 0 and 1.

    Returns:
        The difference, first minus second, as a fraction, with its interval.

    Raises:
        InputError: if the counts cannot be, or `confidence` is not strictly between 0 and 1.
    """
    first, second = wilson(k1, n1, confidence=confidence), wilson(k2, n2, confidence=confidence)
    return _square_and_add(k1 / n1, first, k2 / n2, second, correlation=0.0)


def ratio_of_rates(k1: int, n1: int, k2: int, n2: int, *, confidence: float = CONFIDENCE) -> Ratio | None:
    """Ratio of two independent rates, k1/n1 over k2/n2, with its log interval.

    Katz et al. (1978), Obtaining confidence intervals for the risk ratio in cohort studies, Biometrics 34, 469-474.

    Args:
        k1: successes of the first sample.
        n1: trials of the first sample, 1 or more.
        k2: successes of the second sample.
        n2: trials of the second sample, 1 or more.
        confidence: coverage, strictly between 0 and 1.

    Returns:
        The ratio with its interval; None where a sample has no success, because the interval has no end then.

    Raises:
        InputError: if the counts cannot be, or `confidence` is not strictly between 0 and 1.
    """
    (k1, n1), (k2, n2) = _counts(k1, n1), _counts(k2, n2)
    _check_confidence(confidence)
    if not (k1 and k2):
        return None
    found = relative_risk(k1, n1, k2, n2)
    ends = found.confidence_interval(confidence)
    return Ratio(float(found.relative_risk), Interval(float(ends.low), float(ends.high)))


def paired_difference(first: Truths, second: Truths, *, confidence: float = CONFIDENCE) -> Difference:
    """Difference of the rates of two arms that share their replicates, with an interval that uses the pairing.

    Newcombe (1998), Improved confidence intervals for the difference between binomial proportions based on paired
    data, Stat. Med. 17, 2635-2650, method 10: Wilson's intervals of the two rates, joined through their correlation,
    which is corrected for continuity where it is positive.

    Args:
        first: success of each replicate in the first arm.
        second: success of the same replicates, in the same order, in the second arm.
        confidence: coverage, strictly between 0 and 1.

    Returns:
        The difference, first minus second, as a fraction, with its interval.

    Raises:
        InputError: if the arms are empty, of different lengths or hold anything but truth values, or `confidence` is
            not strictly between 0 and 1.
    """
    both, only_first, only_second, neither = _paired_counts(first, second)
    pairs = both + only_first + only_second + neither
    k1, k2 = both + only_first, both + only_second
    agreement = float(both * neither - only_first * only_second)
    if agreement > 0:
        agreement = max(agreement - pairs / 2, 0.0)
    spread = k1 * (pairs - k1) * k2 * (pairs - k2)
    # An arm that always or never succeeds has no correlation with anything; the paper takes zero.
    correlation = agreement / sqrt(spread) if spread else 0.0
    ends1, ends2 = wilson(k1, pairs, confidence=confidence), wilson(k2, pairs, confidence=confidence)
    return _square_and_add(k1 / pairs, ends1, k2 / pairs, ends2, correlation)


def mcnemar_exact(first: Truths, second: Truths) -> float:
    """Exact two-sided test that two arms sharing their replicates succeed equally often.

    McNemar (1947), Psychometrika 12, 153-157, in its exact form: among the pairs that disagree, either arm wins with
    probability 1/2.

    Args:
        first: success of each replicate in the first arm.
        second: success of the same replicates, in the same order, in the second arm.

    Returns:
        The p-value; 1 if no pair disagrees.

    Raises:
        InputError: if the arms are empty, of different lengths or hold anything but truth values.
    """
    _, only_first, only_second, _ = _paired_counts(first, second)
    return sign_test(only_first, only_second)


def sign_test(wins: int, losses: int) -> float:
    """Exact two-sided test that a fair coin decided between two arms: the binomial test at 1/2.

    Args:
        wins: informative pairs that the first arm won.
        losses: informative pairs that the second arm won.

    Returns:
        The p-value; 1 if no pair is informative.

    Raises:
        InputError: if a count is negative or no whole number.
    """
    if not (_is_count(wins) and _is_count(losses)):
        raise InputError(f"counts are whole numbers from 0 on, not {wins} wins and {losses} losses")
    wins, losses = int(wins), int(losses)
    return float(stats.binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0


def fisher(k1: int, n1: int, k2: int, n2: int) -> float:
    """Fisher's exact two-sided test that two independent samples have the same rate.

    Args:
        k1: successes of the first sample.
        n1: trials of the first sample, 1 or more.
        k2: successes of the second sample.
        n2: trials of the second sample, 1 or more.

    Returns:
        The p-value.

    Raises:
        InputError: if the counts cannot be.
    """
    (k1, n1), (k2, n2) = _counts(k1, n1), _counts(k2, n2)
    return float(stats.fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue)


def holm(p_values: Sequence[float | int] | Real[np.ndarray, " tests"]) -> Float[np.ndarray, " tests"]:
    """P-values corrected for being many, by Holm's step-down method: Holm (1979), Scand. J. Stat. 6, 65-70.

    Args:
        p_values: one p-value per comparison, in any order.

    Returns:
        The adjusted p-values in the same order: max over j <= i of (m - j + 1) p_(j), at most 1.

    Raises:
        InputError: if a p-value is not between 0 and 1.
    """
    given = np.asarray(p_values, float)
    if not np.all((given >= 0) & (given <= 1)):
        raise InputError(f"p-values lie between 0 and 1, not {given.tolist()}")
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def holm_of(p_values: Mapping[Key, float]) -> dict[Key, float]:
    """P-values by key, corrected over all of them by Holm's method, as `holm` does."""
    return dict(zip(p_values, holm(list(p_values.values())).tolist(), strict=True))


def error_rate_bound(samples_without_error: int, confidence: float = CONFIDENCE) -> float:
    """Largest error rate that N samples without a single error leave possible: 1 - (1 - confidence)^(1/N).

    The one-sided Clopper-Pearson bound at zero errors: Clopper and Pearson (1934), Biometrika 26, 404-413.

    Args:
        samples_without_error: count N of independent samples, all of them right; 1 or more.
        confidence: coverage of the one-sided bound, strictly between 0 and 1.

    Returns:
        The upper bound of the error rate per sample, a fraction.

    Raises:
        InputError: if there is no sample, or `confidence` is not strictly between 0 and 1.
    """
    _, samples = _counts(0, samples_without_error)
    _check_confidence(confidence)
    return -expm1(log1p(-confidence) / samples)


def cluster_bootstrap(
    values: Real[np.ndarray, "n ..."],
    clusters: Real[np.ndarray, " m"],
    statistic: Callable[[np.ndarray], float] = np.mean,
    *,
    resamples: int = 9999,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Percentile bootstrap that draws whole clusters, for runs that are not independent of each other.

    Several sign flips of one winner, say, are one cluster: Davison and Hinkley (1997), Bootstrap Methods and their
    Application, section 3.8; Field and Welsh (2007), J. R. Stat. Soc. B 69, 369-390.

    Args:
        values: one row per run.
        clusters: the cluster of each run, as a number; each run its own for the plain bootstrap.
        statistic: maps rows of `values` to one number.
        resamples: how many times the clusters are drawn anew.
        seed: of the draws; the same seed gives the same interval.
        confidence: coverage, strictly between 0 and 1.

    Returns:
        The interval of the statistic.

    Raises:
        InputError: if there are fewer than two clusters, the lengths differ, or `confidence` is out of range.
    """
    if len(values) != len(clusters):
        raise InputError(f"every row needs its cluster: {len(values)} rows, {len(clusters)} clusters")
    _check_confidence(confidence)
    members = [np.flatnonzero(clusters == cluster) for cluster in np.unique(clusters)]
    if len(members) < 2:
        raise InputError(f"a bootstrap needs at least two clusters, not {len(members)}")

    alike = len({len(rows) for rows in members}) == 1
    table = np.stack(members) if alike else None  # many times as fast to draw from as a list of rows

    def of_clusters(drawn: np.ndarray) -> float:
        rows = table[drawn].ravel() if table is not None else np.concatenate([members[index] for index in drawn])
        return statistic(values[rows])

    ends = stats.bootstrap(
        (np.arange(len(members)),),
        of_clusters,
        vectorized=False,
        n_resamples=resamples,
        confidence_level=confidence,
        method="percentile",
        random_state=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(ends.low), float(ends.high))


def _square_and_add(rate1: float, ends1: Interval, rate2: float, ends2: Interval, correlation: float) -> Difference:
    """Join the intervals of two rates into that of their difference; both papers of Newcombe end in this step."""

    def distance(below: float, above: float) -> float:
        return sqrt(max(below**2 - 2 * correlation * below * above + above**2, 0.0))

    value = rate1 - rate2
    # Rounding alone can carry an end past a possible difference.
    low = max(value - distance(rate1 - ends1.low, ends2.high - rate2), -1.0)
    high = min(value + distance(rate2 - ends2.low, ends1.high - rate1), 1.0)
    return Difference(value, Interval(low, high))


def _paired_counts(first: Truths, second: Truths) -> tuple[int, int, int, int]:
    """Count the pairs that both, only the first, only the second and neither arm won."""
    one, other = truths(first, "the first arm"), truths(second, "the second arm")
    if one.ndim != 1 or one.shape != other.shape or not one.size:
        raise InputError(f"paired arms need equally many replicates, one or more, not {one.shape} and {other.shape}")
    return (
        int(np.sum(one & other)),
        int(np.sum(one & ~other)),
        int(np.sum(~one & other)),
        int(np.sum(~one & ~other)),
    )


def _counts(successes: float | int, trials: float | int) -> tuple[int, int]:
    """Both as Python's whole numbers; scipy would cut 3.5 successes to 3 in some tests."""
    if not (_is_count(successes) and _is_count(trials) and successes <= trials and trials >= 1):
        raise InputError(
            f"a rate needs whole numbers, 0 <= successes <= trials and a trial or more, not {successes} of {trials}"
        )
    return int(successes), int(trials)


def _is_count(number: float | int) -> bool:
    return isfinite(number) and number >= 0 and number == int(number)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise InputError(f"a confidence lies strictly between 0 and 1, not at {confidence}")
