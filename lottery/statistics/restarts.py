"""What a success costs where tries may fail and are begun anew: expectations, the best cut-off, bootstrap intervals.

A try costs something before it starts and then what each unit of its time costs; it succeeds at some time or never. By
Wald's identity independent tries cost on average, until one has succeeded, the mean cost of a try over the chance that
it succeeds. Luby, Sinclair and Zuckerman (1993, Information Processing Letters 47, 173-180, theorem 1) show that giving
every try up at one fixed time is the best of all ways to restart, where the distribution of times is known.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Real

from gol.errors import InputError
from lottery.statistics.rates import CONFIDENCE, error_rate_bound

RESAMPLES = 1999


@dataclass(frozen=True, eq=False)
class Tries:
    """Independent tries of one kind, or several samples of them.

    Attributes:
        times: when each succeeded, or -1 for never within the budget.
        budget: at which a try ends, in the unit of the times.
        before: what every try costs before it starts, in the unit in which a unit of time costs 1.
    """

    times: Real[np.ndarray, "*samples tries"]
    budget: float | int
    before: float | int = 0

    def __post_init__(self) -> None:
        """Refuse tries whose cost cannot be."""
        if not self.times.size or self.budget <= 0 or self.before < 0 or np.max(self.times) > self.budget:
            raise InputError(
                f"tries need a time or more up to a budget above 0, and no cost below 0: {self.times.size} times, "
                f"budget {self.budget}, {self.before} before"
            )

    @property
    def successes(self) -> int:
        """How many succeeded within the budget."""
        return int(np.sum(self.times >= 0))


Cost = Real[np.ndarray, "*samples"]


def spent_and_won(tries: Tries, cutoff: Any) -> tuple[Cost, Cost]:
    """What the tries of each sample cost together if each is given up at a cut-off, and how many succeed until then.

    Args:
        tries: as they were seen.
        cutoff: up to the budget, one or one for each sample.
    """
    until = np.asarray(cutoff, float)[..., None]
    won = (tries.times >= 0) & (tries.times <= until)
    spent = np.sum(np.where(won, tries.times, until), axis=-1) + tries.times.shape[-1] * tries.before
    return np.asarray(spent), np.asarray(won.sum(axis=-1))


def expected_cost(tries: Tries) -> Cost:
    """What is spent on average until a try has succeeded, each running to its budget; infinite where none has."""
    return _ratio(*spent_and_won(tries, tries.budget))


def best_cutoff(tries: Tries) -> Cost:
    """The time at which giving up costs least in these tries; the budget where none succeeded."""
    times = np.sort(np.where(tries.times >= 0, tries.times, np.inf), axis=-1)
    seen = np.isfinite(times)
    every, won = times.shape[-1], np.arange(1, times.shape[-1] + 1)
    finite = np.where(seen, times, 0.0)
    # At the k-th time k tries have succeeded; of equal times the last counts all of them and is the cheapest.
    costs = (every * tries.before + np.cumsum(finite, axis=-1) + (every - won) * finite) / won
    place = np.argmin(np.where(seen, costs, np.inf), axis=-1)
    found = np.take_along_axis(times, place[..., None], axis=-1)[..., 0]
    return np.asarray(np.where(np.isfinite(found), found, tries.budget))


def cost_with_cutoff(tries: Tries) -> Cost:
    """What is spent on average if tries are given up at the best time, chosen on one half and paid on the other.

    A cut-off that was chosen and judged on the same tries would look better than it is.

    Args:
        tries: two or more; every second one belongs to the first half.
    """
    halves = [replace(tries, times=part) for part in (tries.times[..., ::2], tries.times[..., 1::2])]
    paid = [spent_and_won(one, best_cutoff(other)) for one, other in (halves, halves[::-1])]
    return _ratio(paid[0][0] + paid[1][0], paid[0][1] + paid[1][1])


def _ratio(spent: Any, won: Any) -> Cost:
    return np.asarray(np.where(won > 0, spent / np.maximum(won, 1), np.inf))


def cost_at_least(tries: Tries) -> float:
    """What is spent at least, with 95 % confidence, where no try has succeeded: the chance is at most Clopper's bound.

    Args:
        tries: of which none succeeded.

    Raises:
        InputError: where one did.
    """
    if tries.successes:
        raise InputError(f"a bound for tries without success, not for {tries.successes} successes")
    return (tries.before + tries.budget) / error_rate_bound(tries.times.size, CONFIDENCE)


def resampled(tries: Tries, *, resamples: int = RESAMPLES, seed: int = 0) -> Tries:
    """Samples drawn from tries with replacement, one row each.

    Both halves of `cost_with_cutoff` are drawn from their own, so that no try is in both.

    Args:
        tries: one sample of them, as they were seen.
        resamples: how many.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    drawn = np.empty((resamples, len(tries.times)), tries.times.dtype)
    for half in (slice(0, None, 2), slice(1, None, 2)):
        if len(own := tries.times[half]):
            drawn[:, half] = rng.choice(own, (resamples, len(own)))
    return replace(tries, times=drawn)


def percentiles(values: Float[np.ndarray, " resamples"], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The ends between which the middle share of resampled values lies; an end may be infinite.

    Args:
        values: some of them may be infinite.
        confidence: that share.
    """
    ordered = np.sort(values)
    low = int(np.floor((1 - confidence) / 2 * (len(ordered) - 1)))
    return float(ordered[low]), float(ordered[len(ordered) - 1 - low])
