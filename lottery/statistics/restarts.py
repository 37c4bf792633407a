"""What a success costs where tries may fail and are begun anew: expectations, the best cut-off, bootstrap intervals.

A try costs something before it starts and then what each unit of its time costs; it succeeds at some time or never. By
Wald's identity independent tries cost on average, until one has succeeded, the mean cost of a try over the chance that
it succeeds. Luby, Sinclair and Zuckerman (1993, Information Processing Letters 47, 173-180, theorem 1) show that giving
every try up at one fixed time is the best of all ways to restart, where the distribution of times is known.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, Real

from gol.errors import InputError
from lottery.statistics.rates import CONFIDENCE, error_rate_bound

RESAMPLES = 1999


@dataclass(frozen=True, eq=False)
class Tries:
    """Independent tries of one kind.

    Attributes:
        times: when each succeeded, or -1 for never within the budget.
        budget: at which a try ends, in the unit of the times.
        before: what every try costs before it starts, in the unit in which a unit of time costs 1.
    """

    times: Real[np.ndarray, " tries"]
    budget: float | int
    before: float | int = 0

    def __post_init__(self) -> None:
        """Refuse tries whose cost cannot be."""
        if not len(self.times) or self.budget <= 0 or self.before < 0 or np.max(self.times) > self.budget:
            raise InputError(
                f"tries need a time or more up to a budget above 0, and no cost below 0: {len(self.times)} times, "
                f"budget {self.budget}, {self.before} before"
            )

    @property
    def successes(self) -> int:
        """How many succeeded within the budget."""
        return int(np.sum(self.times >= 0))

    def drawn(self, which: Int[np.ndarray, " drawn"]) -> "Tries":
        """Some of the tries, in the order given."""
        return replace(self, times=self.times[which])


def spent_and_won(tries: Tries, cutoff: float | int) -> tuple[float, int]:
    """What the tries cost together if each is given up at a cut-off, and how many succeed until then.

    Args:
        tries: as they were seen.
        cutoff: up to the budget.
    """
    won = (tries.times >= 0) & (tries.times <= cutoff)
    return float(len(won) * tries.before + np.sum(np.where(won, tries.times, cutoff))), int(won.sum())


def expected_cost(tries: Tries) -> float:
    """What is spent on average until a try has succeeded, each running to its budget; infinite where none has."""
    spent, won = spent_and_won(tries, tries.budget)
    return spent / won if won else float("inf")


def best_cutoff(tries: Tries) -> float:
    """The time at which giving up costs least in these tries; the budget where none succeeded."""
    times = np.sort(tries.times[tries.times >= 0])
    if not len(times):
        return float(tries.budget)
    every, won = len(tries.times), np.arange(1, len(times) + 1)
    # At the k-th time k tries have succeeded; of equal times the last counts all of them and is the cheapest.
    costs = (every * tries.before + np.cumsum(times) + (every - won) * times) / won
    return float(times[int(np.argmin(costs))])


def cost_with_cutoff(tries: Tries) -> float:
    """What is spent on average if tries are given up at the best time, chosen on one half and paid on the other.

    A cut-off that was chosen and judged on the same tries would look better than it is.

    Args:
        tries: every second one belongs to the first half.
    """
    halves = [replace(tries, times=part) for part in (tries.times[::2], tries.times[1::2])]
    if len(tries.times) < 2:
        return expected_cost(tries)
    paid = [spent_and_won(one, best_cutoff(other)) for one, other in (halves, halves[::-1])]
    spent, won = (sum(part) for part in zip(*paid, strict=True))
    return spent / won if won else float("inf")


def cost_at_least(tries: Tries) -> float:
    """What is spent at least, with 95 % confidence, where no try has succeeded: the chance is at most Clopper's bound.

    Args:
        tries: of which none succeeded.

    Raises:
        InputError: where one did.
    """
    if tries.successes:
        raise InputError(f"a bound for tries without success, not for {tries.successes} successes")
    return (tries.before + tries.budget) / error_rate_bound(len(tries.times), CONFIDENCE)


def resampled(
    tries: Tries, cost: Callable[[Tries], float], *, resamples: int = RESAMPLES, seed: int = 0
) -> Float[np.ndarray, " resamples"]:
    """A cost in samples drawn from the tries with replacement, infinite where no try of a sample succeeds.

    Both halves of `cost_with_cutoff` are drawn from their own, so that no try is in both.

    Args:
        tries: as they were seen.
        cost: `expected_cost` or `cost_with_cutoff`.
        resamples: how many.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    which = np.arange(len(tries.times))
    found = np.empty(resamples)
    for place in range(resamples):
        drawn = np.empty_like(which)
        for half in (slice(0, None, 2), slice(1, None, 2)):
            drawn[half] = rng.choice(which[half], len(which[half])) if len(which[half]) else which[half]
        found[place] = cost(tries.drawn(drawn))
    return found


def percentiles(values: Float[np.ndarray, " resamples"], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The ends between which the middle share of resampled values lies; an end may be infinite.

    Args:
        values: some of them may be infinite.
        confidence: that share.
    """
    ordered = np.sort(values)
    low = int(np.floor((1 - confidence) / 2 * (len(ordered) - 1)))
    return float(ordered[low]), float(ordered[len(ordered) - 1 - low])
