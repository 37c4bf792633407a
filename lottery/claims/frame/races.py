"""Which of two arms that share their replicates is solved first, and how much sooner."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lottery.claims.frame.found import Found, share_of
from lottery.report.figures.survival_curves import Times
from lottery.statistics.comparisons import Tested
from lottery.statistics.survival import kaplan_meier, logrank_paired, median_time
from lottery.statistics.verdicts import Verdict, beats


@dataclass(frozen=True, kw_only=True)
class Race(Tested):
    """Two arms, pair by pair; the test is the log-rank test stratified by pairs, exact.

    Attributes:
        wins: pairs in which the first arm was solved before the second.
        losses: pairs in which it was solved after it.
        medians: updates until half of each arm is solved (Kaplan and Meier), None where fewer are.
        both: pairs in which both were solved.
        speedup: median over these of the second's time by the first's; None where there are none.
    """

    wins: int
    losses: int
    medians: tuple[float | None, float | None]
    both: int
    speedup: float | None

    @property
    def beats(self) -> Verdict:
        """Whether the first arm wins more pairs, as `beats` judges wins less losses over the pairs decided."""
        return beats((self.wins - self.losses) / max(self.wins + self.losses, 1), self.p)

    @property
    def fields(self) -> dict[str, Any]:
        """The share of the decided pairs that the first arm wins, as the fields of a point; none where none is.

        With its p-value where that was corrected.
        """
        return {**share_of(self.wins, self.losses), **self.p_fields}

    def in_words(self, first: str, second: str) -> str:
        """The medians and the speed-up, for a note; the arms as "the ticket"."""
        one, other = ("not reached" if m is None else f"{m:,.0f} updates" for m in self.medians)
        told = f"Median time to the first certificate: {first} {one}, {second} {other}."
        if self.speedup is None:
            return told
        ratio = f"the median of {second}'s time by {first}'s is {self.speedup:.2g}"
        return f"{told} Over the {self.both} pairs in which both were certified, {ratio}."


def times_at(found: Found, level: int, arm: str, budget: int, label: str) -> Times:
    """When the networks of an arm were first certified at a level; those that never were are cut off at the budget."""
    return Times.until(label, found.row(level)["arms"][arm]["first_solved"], budget)


def race(first: Times, second: Times) -> Race:
    """Let two arms race, replicate by replicate; all runs end at the same budget.

    Args:
        first: the arm that should win.
        second: the other, with the same replicates in the same order.
    """
    one, other = (np.where(arm.observed, arm.times, np.inf) for arm in (first, second))
    both = first.observed & second.observed
    medians = [median_time(kaplan_meier(arm.times, arm.observed))[0] for arm in (first, second)]
    p = logrank_paired(first.times, first.observed, second.times, second.observed)
    return Race(
        wins=int(np.sum(one < other)),
        losses=int(np.sum(one > other)),
        p_value=p,
        p=p,
        medians=(medians[0], medians[1]),
        both=int(both.sum()),
        speedup=float(np.median(other[both] / one[both])) if both.any() else None,
    )
