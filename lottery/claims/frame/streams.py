"""The same initial weights trained on three kinds of batches: pieces of the claim `streams`, which others read too."""

from dataclasses import replace

from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BySize, Size, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.runs.pieces import Piece

WIDTHS = {1: 1, 3: 4}  # m: times the number of replicates
PLACES = {1: 0, 3: 2}  # among the replicates' numbers; 1 was that of the first run at m=3
STREAMS = {"bank": "a common bank", "own": "boards of its own", "shared": "one sequence for all"}
SIZES = BySize(smoke=Size(8, 500), laptop=Size(192, 20_000), paper=Size(512, 125_000))


def streamed_piece(plan: Plan, width: int, stream: str) -> Piece:
    """Networks of one step; those of a width have the same numbers on all three kinds of batches.

    Args:
        plan: of the run.
        width: m, one of `WIDTHS`.
        stream: one of `STREAMS`.
    """
    size = size_of(plan, SIZES)
    piece = training_piece(
        f"streams-{stream}-m{width}",
        plan.network(width),
        plan.training(size.updates, stream=stream),
        seed=plan.seed,
        replicates=numbers(PLACES[width], WIDTHS[width] * size.replicates),
    )
    # Boards of one's own are made anew for every batch: as measured on two cores.
    return replace(piece, seconds=8 + piece.updates * 50e-6) if stream == "own" else piece
