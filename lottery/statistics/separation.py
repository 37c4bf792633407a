"""How well a number tells two groups apart, and how much of the variance of success lies between networks."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from gol.errors import InputError
from lottery.statistics.rates import CONFIDENCE, Interval

RESAMPLES = 1999


class Separation(NamedTuple):
    """How often the number of one who succeeded is above that of one who failed, ties counting half.

    Attributes:
        area: that chance, under the receiver operating characteristic: 1/2 where the number says nothing.
        interval: of it.
        p: of the two-sided test by Mann and Whitney that the number says nothing.
    """

    area: float
    interval: Interval
    p: float


def separation(
    numbers: Float[np.ndarray, " runs"], succeeded: Bool[np.ndarray, " runs"], *, confidence: float = CONFIDENCE
) -> Separation:
    """Area under the curve with DeLong's interval, on the logit scale so that it stays within 0 and 1.

    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845, equations 4 to 6: the variance of the area from
    how often each number is above those of the other group.

    Args:
        numbers: one for each run.
        succeeded: which of them did; two did and two did not.
        confidence: coverage of the interval, strictly between 0 and 1.

    Raises:
        InputError: where fewer than two succeeded or failed.
    """
    high, low = numbers[succeeded], numbers[~succeeded]
    if min(len(high), len(low)) < 2:
        raise InputError(f"an area takes two that succeed and two that fail, not {len(high)} and {len(low)}")
    above = (high[:, None] > low) + 0.5 * (high[:, None] == low)
    area = float(above.mean())
    p = float(stats.mannwhitneyu(high, low, alternative="two-sided").pvalue)
    variance = np.var(above.mean(1), ddof=1) / len(high) + np.var(above.mean(0), ddof=1) / len(low)
    if area in (0.0, 1.0):
        return Separation(area, Interval(area, area), p)
    half = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(variance) / (area * (1 - area))
    logit = np.log(area / (1 - area))
    low_end, high_end = (float(1 / (1 + np.exp(-(logit + sign * half)))) for sign in (-1, 1))
    return Separation(area, Interval(low_end, high_end), p)


def between_networks(
    successes: Bool[np.ndarray, "networks repeats"], *, seed: int = 0, confidence: float = CONFIDENCE
) -> tuple[float, Interval]:
    """Share of the variance of success that lies between networks: the intraclass correlation of repeated trainings.

    The estimator of the one-way analysis of variance, Shrout and Fleiss (1979), Psychological Bulletin 86, 420-428,
    ICC(1, 1); the interval is a percentile bootstrap over networks. 0 means that a training says nothing about another
    one of the same network, 1 that it says everything.

    Args:
        successes: of each network in each of its trainings, two at least.
        seed: of the bootstrap.
        confidence: coverage of the interval, strictly between 0 and 1.

    Raises:
        InputError: where there are fewer than two networks or trainings of each, or all trainings end alike.
    """
    networks, repeats = successes.shape
    sums = successes.sum(1)
    if networks < 2 or repeats < 2 or sums.sum() in (0, successes.size):
        raise InputError("a share of variance takes two networks, two trainings of each, and some that end differently")
    held = np.bincount(sums, minlength=repeats + 1)
    drawn = np.random.default_rng(seed).multinomial(networks, held / networks, size=RESAMPLES)
    values = _intraclass(drawn)
    tail = 50 * (1 - confidence)
    ends = np.nanpercentile(values, [tail, 100 - tail])
    return float(_intraclass(held[None])[0]), Interval(float(ends[0]), float(ends[1]))


def _intraclass(held: np.ndarray) -> np.ndarray:
    """ICC(1, 1) of tables (tables, repeats + 1): how many networks succeeded so many times."""
    repeats, networks = held.shape[1] - 1, held[0].sum()
    shares = np.arange(repeats + 1) / repeats
    mean = held @ shares / networks
    between = repeats * (held @ shares**2 - networks * mean**2) / (networks - 1)
    within = repeats * (held @ (shares * (1 - shares))) / (networks * (repeats - 1))
    with np.errstate(invalid="ignore"):  # where all end alike there is no variance
        return (between - within) / (between + (repeats - 1) * within)
