"""A peak in rates measured at some places: a smooth curve through them, where it is highest, and how sure that is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from gol.errors import InputError
from lottery.statistics.rates import CONFIDENCE, Interval


@dataclass(frozen=True)
class Peak:
    """Where a curve of rates is highest.

    Attributes:
        place: of the highest value.
        place_interval: its bootstrap interval.
        height: the highest value, a rate.
        height_interval: its bootstrap interval; as the largest of noisy values it lies too high rather than too low.
    """

    place: float
    place_interval: Interval
    height: float
    height_interval: Interval


def local_quadratic(
    x: Float[np.ndarray, " places"], at: Float[np.ndarray, " points"], bandwidth: float
) -> Float[np.ndarray, "points places"]:
    """Weights of local quadratic regression: the curve at `at` is this matrix times the values at `x`.

    At each point a parabola is fitted to the values by least squares, weighted by a Gaussian of their distance; the
    curve is its value there. Values on one parabola are reproduced exactly. Fan and Gijbels (1996), Local Polynomial
    Modelling and its Applications, section 3.1.

    Args:
        x: where values are known, at least three distinct places.
        at: where the curve is wanted.
        bandwidth: standard deviation of the Gaussian, in the unit of x.

    Raises:
        InputError: if there are fewer than three distinct places, or the bandwidth is not above 0.
    """
    if len(np.unique(x)) < 3 or not bandwidth > 0:
        raise InputError(f"a parabola needs three places and a bandwidth above 0, not {x.tolist()} and {bandwidth}")
    distance = (x - at[:, None]) / bandwidth  # (points, places)
    basis = np.stack([np.ones_like(distance), distance, distance**2], axis=2)
    root = np.exp(-(distance**2) / 4)  # the square root of the weight
    return np.linalg.pinv(root[..., None] * basis)[:, 0, :] * root


def find_peak(
    x: Float[np.ndarray, " places"],
    successes: Int[np.ndarray, " places"],
    trials: Int[np.ndarray, " places"],
    *,
    bandwidth: float,
    resamples: int = 9999,
    seed: int = 0,
) -> Peak | None:
    """The highest point of the smoothed rates between the first and the last place, with bootstrap intervals.

    Networks are drawn anew within each place, which for counts is a binomial draw; the curve is smoothed and its
    highest point found again each time (percentile bootstrap).

    Args:
        x: the places, three or more.
        successes: at each place.
        trials: at each place, 1 or more.
        bandwidth: as in `local_quadratic`.
        resamples: how many times networks are drawn anew.
        seed: of the draws.

    Returns:
        The peak, or None where nothing ever succeeded: a curve that is zero has none.
    """
    if not successes.any():
        return None
    grid = np.linspace(x.min(), x.max(), 201)
    smooth = local_quadratic(x, grid, bandwidth)
    drawn = np.random.default_rng(seed).binomial(trials, successes / trials, (resamples, len(x))) / trials
    curves = drawn @ smooth.T
    tail = 50 * (1 - CONFIDENCE)
    places = np.percentile(grid[curves.argmax(1)], [tail, 100 - tail])
    heights = np.percentile(np.clip(curves.max(1), 0, 1), [tail, 100 - tail])
    curve = smooth @ (successes / trials)
    return Peak(
        float(grid[curve.argmax()]),
        Interval(float(places[0]), float(places[1])),
        float(np.clip(curve.max(), 0, 1)),
        Interval(float(heights[0]), float(heights[1])),
    )
