"""At which width success becomes more likely than failure: a logistic curve in log m, and its interval by bootstrap.

The curve is fitted by maximum likelihood with Firth's penalty (1993, Biometrika 80, 27-38), because widths at which
nobody or everybody succeeds are the rule here: plain maximum likelihood then has no answer, or says that it is certain
(Heinze and Schemper 2002, Stat. Med. 21, 2409-2419). With two widths the penalty adds half a success and half a failure
to each; with many networks it plays no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from jaxtyping import Float, Real
from scipy.special import expit

from gol.errors import InputError
from lottery.statistics.rates import CONFIDENCE

_STEPS = 200  # far more than Newton's method takes
_CLOSE = 1e-9  # the last step of the standardised parameters, absolute


@dataclass(frozen=True)
class Crossing:
    """Where a success rate crosses 50 %.

    Attributes:
        value: the width, 0 where it is below every width that was tried, infinite where it is above all of them.
        low: lower end of its interval, likewise.
        high: upper end, likewise.
        intercept: of the curve's log odds at width 1.
        slope: of its log odds per unit of log(width).
    """

    value: float
    low: float
    high: float
    intercept: float
    slope: float

    def rate(self, widths: Real[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """The curve's success rate at each width."""
        return expit(self.intercept + self.slope * np.log(widths))


def crossing(
    widths: Sequence[int | float],
    successes: Sequence[int],
    trials: Sequence[int],
    *,
    resamples: int = 1999,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Crossing:
    """Fit the curve and find where it crosses 50 %, with a percentile bootstrap over networks.

    Every network's outcome is drawn anew from the fitted curve (Davison and Hinkley 1997, section 2.2), not from the
    networks of its width: those of a width where all of 64 failed would never succeed, as if that were certain.

    Args:
        widths: two or more different ones, above 0.
        successes: of the networks of each width.
        trials: networks of each width, 1 or more.
        resamples: how many times all networks are drawn anew.
        seed: of the draws; the same seed gives the same interval.
        confidence: coverage of the interval, strictly between 0 and 1.

    Returns:
        The crossing with its interval and the curve.

    Raises:
        InputError: if there are fewer than two widths, or a width or a count cannot be.
    """
    if (
        len(set(widths)) < 2
        or not all(isfinite(w) and w > 0 for w in widths)
        or not len(widths) == len(successes) == len(trials)
    ):
        raise InputError(f"a curve needs two different widths above 0 and counts for each, not widths {list(widths)}")
    if any(n < 1 or not 0 <= k <= n for k, n in zip(successes, trials, strict=True)):
        raise InputError(f"successes lie within 0 and the trials, not {list(successes)} of {list(trials)}")
    logs, counts = np.log(np.array(widths, float)), np.array(trials, float)
    fitted = fit(logs, np.array([successes], float), counts)
    drawn = np.random.default_rng(seed).binomial(
        np.array(trials), expit(fitted[0, 0] + fitted[0, 1] * logs), size=(resamples, len(logs))
    )
    values = _where(fit(logs, drawn.astype(float), counts), logs)
    tail = (1 - confidence) / 2
    # A quantile that is one of the values: between a width and "above all" there is nothing to interpolate.
    low, high = np.quantile(values, [tail, 1 - tail], method="inverted_cdf")
    return Crossing(float(_where(fitted, logs)[0]), float(low), float(high), *map(float, fitted[0]))


def fit(
    x: Float[np.ndarray, " places"],
    successes: Float[np.ndarray, "samples places"],
    trials: Float[np.ndarray, " places"],
) -> Float[np.ndarray, "samples 2"]:
    """Intercept and slope of the log odds of success, for many samples at once, by Newton's method.

    Args:
        x: what the log odds are linear in; at least two different values.
        successes: of each sample at each place.
        trials: at each place, the same in all samples.

    Returns:
        One row (intercept, slope) per sample: the root of Firth's score, sum (k - n p + h (1/2 - p)) (1, x), with h the
        leverage of a place.
    """
    centre, spread = x.mean(), x.std()
    z = (x - centre) / spread
    found = np.zeros((len(successes), 2))
    for _ in range(_STEPS):
        p = expit(found[:, :1] + found[:, 1:] * z)
        weight = trials * p * (1 - p)
        s0, s1, s2 = ((weight * z**power).sum(axis=1, keepdims=True) for power in range(3))
        area = s0 * s2 - s1**2
        leverage = weight * (s2 - 2 * s1 * z + s0 * z**2) / area
        rest = successes - trials * p + leverage * (0.5 - p)
        g0, g1 = rest.sum(axis=1, keepdims=True), (rest * z).sum(axis=1, keepdims=True)
        step = np.concatenate([s2 * g0 - s1 * g1, s0 * g1 - s1 * g0], axis=1) / area
        size = np.abs(step).max(axis=1, keepdims=True)
        found += step / np.maximum(size, 1)  # longer steps than 1 may overshoot
        if size.max() < _CLOSE:
            break
    slope = found[:, 1] / spread
    return np.stack([found[:, 0] - slope * centre, slope], axis=1)


def first_above(widths: Sequence[int | float], successes: Sequence[int], trials: Sequence[int]) -> int | float | None:
    """The smallest width from which on more than half of every width's networks succeeded; None if the widest failed.

    Args:
        widths: in any order.
        successes: of the networks of each width.
        trials: networks of each width.
    """
    found = None
    for width, k, n in sorted(zip(widths, successes, trials, strict=True), reverse=True):
        if 2 * k <= n:
            break
        found = width
    return found


def _where(curves: Float[np.ndarray, "samples 2"], logs: Float[np.ndarray, " places"]) -> Float[np.ndarray, " samples"]:
    """The width at which each curve crosses 50 %; 0 or infinite where that is outside the widths tried."""
    intercept, slope = curves.T
    low, high = logs.min(), logs.max()
    never = intercept + slope * high <= 0  # below 50 % even at the largest width
    always = ~never & (intercept + slope * low > 0)
    within = ~never & ~always  # then the curve rises
    at = np.where(never, inf, 0.0)
    at[within] = np.exp(-intercept[within] / slope[within])
    return at
