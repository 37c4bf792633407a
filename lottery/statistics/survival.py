"""Time to success where some runs never succeed: survival curves and the log-rank tests that compare them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from warnings import catch_warnings, simplefilter

import jax
import numpy as np
from jaxtyping import Bool, Float, Real
from scipy import stats

from gol.errors import InputError
from lottery.inputs.truth_values import Truths, truths
from lottery.statistics.rates import CONFIDENCE, sign_test, wilson

Times: TypeAlias = Sequence[float | int] | np.ndarray | jax.Array
"""One time per run."""


_ROUNDING = 1e-9  # a share of one half is a product of fractions, which rounding may leave above it


@dataclass(frozen=True, eq=False)
class Survival:
    """A survival curve: the share of networks still unsolved.

    Attributes:
        times: the distinct times at which something happened or was cut off, rising, in the caller's unit.
        probability: share that survives beyond each time.
        low: lower end of the pointwise interval.
        high: upper end of the pointwise interval.
    """

    times: Float[np.ndarray, " steps"]
    probability: Float[np.ndarray, " steps"]
    low: Float[np.ndarray, " steps"]
    high: Float[np.ndarray, " steps"]


def kaplan_meier(times: Times, observed: Truths) -> Survival:
    """Share still unsolved against time, where some runs ended unsolved: Kaplan and Meier (1958), JASA 53, 457-481.

    The pointwise 95 % interval is scipy's log-log one. That is undefined where nobody or everybody has been solved;
    there it is Wilson's, of the runs still under observation, and never above the step before.

    Args:
        times: when each run was solved, or when it ended unsolved, in any one unit.
        observed: whether the run was solved (True) or ended unsolved (False).

    Returns:
        The curve at each distinct time.

    Raises:
        InputError: if there is no run, the lengths differ, a time is negative or not finite, or `observed` holds
            anything but truth values.
    """
    ends_at, events = _runs(times, observed)
    curve = stats.ecdf(_censored(ends_at, events)).sf
    with catch_warnings():
        simplefilter("ignore", RuntimeWarning)  # scipy announces the undefined ends that are filled in below
        ends = curve.confidence_interval(confidence_level=CONFIDENCE, method="log-log")
    low, high = np.array(ends.low.probabilities), np.array(ends.high.probabilities)
    for step in np.flatnonzero(np.isnan(low)):
        at_risk = int(np.sum(ends_at >= curve.quantiles[step]))
        filled = wilson(at_risk if curve.probabilities[step] > 0 else 0, at_risk)
        low[step], high[step] = filled.low, filled.high
    return Survival(np.asarray(curve.quantiles, float), curve.probabilities, low=low, high=np.minimum.accumulate(high))


def median_time(curve: Survival) -> tuple[float | None, float | None, float | None]:
    """The time at which half of the runs are solved, with its interval.

    Brookmeyer and Crowley (1982), Biometrics 38, 29-41.

    Args:
        curve: of the share still unsolved.

    Returns:
        The median and the lower and upper end of its 95 % interval, which holds every time at which the curve's
        pointwise interval contains one half; None where that is after the last time.
    """

    def first_at_half(share: Float[np.ndarray, " steps"]) -> float | None:
        reached = np.flatnonzero(share <= 0.5 + _ROUNDING)
        return float(curve.times[reached[0]]) if len(reached) else None

    return first_at_half(curve.probability), first_at_half(curve.low), first_at_half(curve.high)


def logrank(
    first_times: Times,
    first_observed: Truths,
    second_times: Times,
    second_observed: Truths,
) -> float:
    """Two-sided log-rank test that two independent arms are solved at the same pace.

    Mantel (1966), Cancer Chemother. Rep. 50, 163-170, with the normal approximation.

    Args:
        first_times: when each run of the first arm was solved or ended, in any one unit.
        first_observed: whether the run was solved (True) or ended unsolved (False).
        second_times: the same for the second arm.
        second_observed: the same for the second arm.

    Returns:
        The p-value; 1 if nothing was solved while both arms could have been first.

    Raises:
        InputError: if an arm is empty, its lengths differ, a time is negative or not finite, or what tells whether
            runs were solved is no truth value.
    """
    first, second = _runs(first_times, first_observed), _runs(second_times, second_observed)
    times, observed = np.r_[first[0], second[0]], np.r_[first[1], second[1]]
    # Without a moment at which either arm could have been first, scipy divides rounding errors by a variance of zero.
    last_shared = min(first[0].max(), second[0].max())
    informative = any(
        moment <= last_shared and np.any((times > moment) | ((times == moment) & ~observed))
        for moment in np.unique(times[observed])
    )
    return float(stats.logrank(_censored(*first), _censored(*second)).pvalue) if informative else 1.0


def logrank_paired(
    first_times: Times,
    first_observed: Truths,
    second_times: Times,
    second_observed: Truths,
) -> float:
    """Exact two-sided log-rank test stratified by pairs, for arms that share their replicates.

    Mantel's statistic summed over strata of two: a stratum contributes +1/2 or -1/2, by which of the two is solved
    first while the other is still under observation; ties, and pairs cut off before that, contribute nothing. Its
    null distribution is that of the sign test, which is exact, so no normal approximation is made.

    Args:
        first_times: when each run of the first arm was solved or ended, in any one unit.
        first_observed: whether the run was solved (True) or ended unsolved (False).
        second_times: the same for the second arm, replicate by replicate.
        second_observed: the same for the second arm.

    Returns:
        The p-value; 1 if no pair is informative.

    Raises:
        InputError: if there is no pair, lengths differ, a time is negative or not finite, or what tells whether runs
            were solved is no truth value.
    """
    return sign_test(*pair_wins(first_times, first_observed, second_times, second_observed))


def pair_wins(
    first_times: Times,
    first_observed: Truths,
    second_times: Times,
    second_observed: Truths,
) -> tuple[int, int]:
    """In how many pairs either arm is solved first while the other is still under observation; ties count for none.

    Args:
        first_times: when each run of the first arm was solved or ended, in any one unit.
        first_observed: whether the run was solved (True) or ended unsolved (False).
        second_times: the same for the second arm, replicate by replicate.
        second_observed: the same for the second arm.

    Returns:
        Pairs that the first arm wins, and pairs that the second wins.

    Raises:
        InputError: if there is no pair, lengths differ, a time is negative or not finite, or what tells whether runs
            were solved is no truth value.
    """
    first, first_events = _runs(first_times, first_observed)
    second, second_events = _runs(second_times, second_observed)
    if len(first) != len(second):
        raise InputError(f"paired arms need equally many runs, not {len(first)} and {len(second)}")
    # A run that ends unsolved at time t was still under observation at t, so an event at t comes before it.
    first_solved = np.where(first_events, first, np.inf)
    second_solved = np.where(second_events, second, np.inf)
    first_wins = int(np.sum((first_solved < second_solved) & (first_solved <= second)))
    second_wins = int(np.sum((second_solved < first_solved) & (second_solved <= first)))
    return first_wins, second_wins


def _censored(times: Real[np.ndarray, " n"], observed: Bool[np.ndarray, " n"]) -> stats.CensoredData:
    return stats.CensoredData(uncensored=times[observed], right=times[~observed])


def _runs(times: Times, observed: Truths) -> tuple[Real[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """The times and whether each run was solved, as arrays that belong together."""
    ends_at, events = np.asarray(times), truths(observed, "observed")
    if ends_at.ndim != 1 or ends_at.shape != events.shape or not ends_at.size:
        raise InputError(f"every run needs a time and whether it was solved: {ends_at.size} and {events.size} given")
    if ends_at.dtype.kind not in "iuf":
        raise InputError(f"times are numbers, not of type {ends_at.dtype}; they come before what says who was solved")
    if not np.all(np.isfinite(ends_at) & (ends_at >= 0)):
        raise InputError("times must be finite and not negative; a run never solved has the time at which it ended")
    return ends_at, events
