"""What claims about networks that are watched to the end have in common: their pieces, and what is read of them."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from lottery.claims.frame.found import Found
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BySize, Size, numbers
from lottery.experiments.watched import watched_piece
from lottery.runs.pieces import Piece
from lottery.statistics.rates import cluster_bootstrap

KEEP = 0.9  # decay of the average of the weights, per look: it remembers about ten looks, 2,500 updates
SIZES = BySize(smoke=Size(4, 2_500), laptop=Size(32, 125_000), paper=Size(64, 125_000))
PLACES = 3000  # of the replicates' numbers; those of the claims `depth` and `lost` lie below
RESAMPLES = 1999  # of networks, for the intervals of means


def replicates_of(steps: int, width: int, count: int) -> range:
    """The numbers of the networks of a cell, which all its arms share.

    Args:
        steps: n.
        width: m.
        count: of the networks.
    """
    return numbers(PLACES + 100 * steps + width, count)


def arm_piece(
    plan: Plan, label: str, cell: tuple[int, int], size: Size, keep: float | None = None, **changes: Any
) -> Piece:
    """The networks of a cell, watched to the end; arms differ in how they are trained, and in nothing else.

    Args:
        plan: of the run.
        label: of the piece, with the cell.
        cell: steps n and width m.
        size: networks and their budget.
        keep: as in `lottery.training.loop.train`.
        changes: what is set otherwise than in the plan's training.
    """
    steps, width = cell
    return watched_piece(
        label,
        plan.network(width, steps=steps),
        plan.training(size.updates, **changes),
        seed=plan.seed,
        replicates=replicates_of(steps, width, size.replicates),
        keep=keep,
    )


def constant_piece(plan: Plan, cell: tuple[int, int], size: Size) -> Piece:
    """The networks of a cell at the plan's constant rate, with their best and averaged weights."""
    return arm_piece(plan, "kept-n{}-m{}-constant".format(*cell), cell, size, keep=KEEP)


def ever(found: Found) -> Bool[np.ndarray, " replicates"]:
    """By network, whether it was right at some look."""
    return np.array(found["first_right"]) >= 0


def at_end(found: Found) -> Bool[np.ndarray, " replicates"]:
    """By network, whether it was right at the last look."""
    return np.array(found["right_at_end"], bool)


class Stays(NamedTuple):
    """What became of the networks that were right at some look, one entry for each.

    Attributes:
        times: how often a right look was followed by a wrong one.
        longest: the longest wrong stretch after the first right look, in updates.
        shares: of the looks after the first right one, those that are right; of the networks that have such looks.
    """

    times: Int[np.ndarray, " ever"]
    longest: Int[np.ndarray, " ever"]
    shares: Float[np.ndarray, " later"]

    @property
    def note(self) -> str:
        """All of it in a sentence or two."""
        return (
            f"Share of the looks after the first right one that are right, the mean over {len(self.shares)} networks. "
            f"{np.sum(self.times > 0)} lost it once at least, {self.times.sum()} times in all; the longest wrong "
            f"stretch of a network has a median of {np.median(self.longest):,.0f} and a maximum of "
            f"{self.longest.max():,} updates."
        )


def stays(found: Found) -> Stays:
    """What became of the networks that were right at some look."""
    first = np.array(found["first_right"])
    times, longest = (np.array(found[of])[first >= 0] for of in ("losses_of_it", "longest_wrong_after"))
    return Stays(times, longest, stayed(first, np.array(found["right_looks"]), found["looks"], found["check_every"]))


def stayed(
    first_right: Int[np.ndarray, " replicates"], right_looks: Int[np.ndarray, " replicates"], looks: int, every: int
) -> Float[np.ndarray, " ever"]:
    """Share of the looks after the first right one that are right, of each network that has such looks.

    Args:
        first_right: update of the first right look, -1 for never.
        right_looks: how many looks were right.
        looks: how many there were.
        every: updates between two of them.
    """
    later = looks - first_right // every
    which = (first_right >= 0) & (later > 0)
    return (right_looks[which] - 1) / later[which]


def mean_of(values: np.ndarray) -> dict[str, Any]:
    """A mean over networks as the fields of a point, with its bootstrapped interval; empty where there are none."""
    if len(values) < 2:
        return {"measured": float(values.mean())} if len(values) else {}
    ends = cluster_bootstrap(values.astype(float), np.arange(len(values)), resamples=RESAMPLES)
    return {"measured": float(values.mean()), "interval": (ends.low, ends.high)}
