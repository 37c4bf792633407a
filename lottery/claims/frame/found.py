"""What came of a piece, with names for what claims read of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from lottery.analysis.exact_masks import LAYERS, counts_can_be_exact
from lottery.inputs.truth_values import Truths, truths
from lottery.runs.pieces import Outcomes
from lottery.statistics.comparisons import Count
from lottery.statistics.rates import wilson
from lottery.tickets.arms import FAIR


def rate(outcomes: Truths) -> dict[str, Any]:
    """A success rate as the fields of a point: measured, Wilson's interval, successes and trials."""
    return rate_of(int(truths(outcomes, "success").sum()), len(outcomes))


def rate_of(successes: int, trials: int) -> dict[str, Any]:
    """A success rate as the fields of a point, from its counts."""
    interval = wilson(successes, trials)
    return {
        "measured": successes / trials,
        "interval": (interval.low, interval.high),
        "successes": successes,
        "trials": trials,
    }


def share_of(won: int, lost: int) -> dict[str, Any]:
    """The share of the decided pairs that were won, as the fields of a point; none where no pair was decided."""
    return rate_of(won, won + lost) if won + lost else {}


@dataclass(frozen=True)
class Found:
    """The outcomes of one piece; `found["name"]` is what is stored under a name.

    The methods that take a level are for pieces that prune, the others for pieces that train one network per replicate.
    """

    outcomes: Outcomes

    def __getitem__(self, name: str) -> Any:
        """What is stored under a name."""
        return self.outcomes[name]

    @property
    def seconds(self) -> float:
        """Computing time."""
        return self.outcomes["seconds"]

    @property
    def solved(self) -> Bool[np.ndarray, " replicates"]:
        """By replicate, whether it was certified at the end of its budget."""
        return np.array(self.outcomes["solved_at_end"], bool)

    @property
    def count(self) -> Count:
        """How many replicates were certified at the end, of how many."""
        return int(self.solved.sum()), len(self.solved)

    @property
    def rate(self) -> dict[str, Any]:
        """The share that was certified at the end, as the fields of a point."""
        return rate_of(*self.count)

    @property
    def ever(self) -> int:
        """How many replicates were certified at one check at least."""
        return int(self.ever_solved.sum())

    def row(self, level: int) -> dict[str, Any]:
        """What is stored of a level; in one shot and at initialisation levels may have been skipped."""
        return next(row for row in self.outcomes["levels"] if row["level"] == level)

    def arm(self, level: int, arm: str = "ticket") -> Bool[np.ndarray, " replicates"]:
        """By replicate, whether an arm was certified at the end of its budget at a level."""
        return np.array(self.row(level)["arms"][arm]["solved_at_end"], bool)

    @property
    def dense(self) -> Bool[np.ndarray, " replicates"]:
        """By replicate, whether the dense network was certified at the end of its budget."""
        return self.arm(0)

    def when_cut(self, level: int) -> Bool[np.ndarray, " replicates"]:
        """By replicate, whether the trained network of the level before was certified when cut, not trained again."""
        return np.array(self.row(level)["cut_solved"], bool)

    def can_be_exact(self, level: int, arm: str = "ticket") -> Bool[np.ndarray, " replicates"]:
        """By replicate, False where no weights under an arm's mask at a level can be exact (`lottery.can_be_exact`).

        Where outcomes do not say so, it is judged by the numbers of weights that the layers keep, which exclude less.
        """
        row = self.row(level)
        if self.masks_known(level, arm):
            return np.array(row["arms"][arm]["can_be_exact"], bool)
        return counts_can_be_exact(*(np.array(row["layers"][layer]["kept"]) for layer in LAYERS))

    def masks_known(self, level: int, arm: str = "ticket") -> bool:
        """Whether the masks themselves were judged, and not only the numbers of weights in their layers."""
        return self.row(level)["arms"][arm].get("can_be_exact") is not None

    def possible_in_words(self, level: int, arm: str = "ticket", solved: Truths | None = None) -> str:
        """How many masks cannot be exact, and how many of the others are certified, as a sentence.

        Args:
            level: of pruning.
            arm: whose masks.
            solved: by replicate, what counts as certified; by default the arm's own success.
        """
        possible = self.can_be_exact(level, arm)
        certified = possible & (self.arm(level, arm) if solved is None else truths(solved, "success"))
        known = "" if self.masks_known(level, arm) else " (by the counts of their layers, which exclude less)"
        return (
            f"{(~possible).sum()} of {len(possible)} masks cannot be exact, whatever their weights are{known}; of the "
            f"other {possible.sum()}, {certified.sum()} are certified."
        )

    def against_fair_shuffle(self, level: int) -> tuple[Bool[np.ndarray, " found"], Bool[np.ndarray, " found"]] | None:
        """Success of the ticket and of a shuffled mask that can be exact, of the replicates where one was found.

        None where none was found.
        """
        found = self.can_be_exact(level, FAIR)
        return (self.arm(level)[found], self.arm(level, FAIR)[found]) if found.any() else None

    def density(self, level: int) -> float:
        """Kept over prunable at a level."""
        row = self.row(level)
        return row["kept"] / row["prunable"]

    @property
    def ever_solved(self) -> Bool[np.ndarray, " replicates"]:
        """By replicate, whether it was certified at one check at least."""
        return np.array(self.outcomes["first_solved"]) >= 0
