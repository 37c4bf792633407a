"""Claim: two steps ahead, too, a ticket trained alone matches the dense network and beats what has no right to win.

python scripts/replicate.py --claims twosteps                   # some 35 minutes on two cores, 12 without m=8
python scripts/replicate.py --claims twosteps --preset smoke    # a quarter of a minute
"""

from dataclasses import dataclass

from lottery.experiments import pruning_piece, training_piece
from lottery.pieces import Piece
from lottery.presets import Plan
from lottery.tickets import PruningSettings

NAME = "twosteps"
CHECK_EVERY = 2_500  # a network that is right on the boards but not everywhere costs 2^25 windows at every look
FINAL_DENSITY = 0.3


@dataclass(frozen=True)
class TwoStepSize:
    """How the networks of one width are pruned.

    Attributes:
        replicates: dense networks.
        updates: budget of every level.
        levels: prunings; controls are trained at the last.
    """

    replicates: int
    updates: int
    levels: int


SIZES = {
    "smoke": {1: TwoStepSize(2, 250, 1)},
    "laptop": {4: TwoStepSize(16, 60_000, 2), 8: TwoStepSize(16, 35_000, 1)},
    "paper": {4: TwoStepSize(128, 125_000, 5), 8: TwoStepSize(64, 125_000, 5)},
}
SMALL = {1: (1, 1), 4: (4, 2), 8: (8, 4)}  # of at most as many parameters as the ticket of a width


def size_of(plan: Plan, width: int) -> TwoStepSize:
    """A width's size in a plan, with whatever the user has set instead."""
    size = SIZES[plan.size][width]
    return TwoStepSize(plan.replicates or size.replicates, plan.updates or size.updates, size.levels)


def widths(plan: Plan) -> tuple[int, ...]:
    """The widths m, narrow ones first."""
    return tuple(SIZES[plan.size])


def pruned_piece(plan: Plan, width: int) -> Piece:
    """Networks of a width pruned to the final density, with controls there."""
    size = size_of(plan, width)
    pruning = PruningSettings(
        levels=size.levels,
        prune_fraction=1 - FINAL_DENSITY ** (1 / size.levels),
        scope=plan.scope,
        controls=("reinit", "shuffled"),
        at=(size.levels,),
    )
    return pruning_piece(
        f"twosteps-m{width}",
        plan.network(width, steps=2),
        plan.training(size.updates, check_every=_check_every(size.updates)),
        pruning,
        seed=plan.seed,
        replicates=range(size.replicates),
    )


def small_piece(plan: Plan, width: int) -> Piece:
    """Small dense networks from scratch, trained as long as the ticket of a width, with numbers of their own."""
    size = size_of(plan, width)
    first = 1_000_000 + 1_000 * width
    return training_piece(
        f"twosteps-small-m{width}",
        plan.network(steps=2, features=SMALL[width]),
        plan.training(size.updates, check_every=_check_every(size.updates)),
        seed=plan.seed,
        replicates=range(first, first + size.replicates),
    )


def _check_every(updates: int) -> int:
    return CHECK_EVERY if updates % CHECK_EVERY == 0 else 250


def pieces(plan: Plan) -> list[Piece]:
    """Each width's pruned networks and the small ones beside them; m=8, which takes longest, comes last."""
    return [make(plan, width) for width in widths(plan) for make in (pruned_piece, small_piece)]
