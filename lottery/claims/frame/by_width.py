"""Networks of every width and depth from which solved ones leave: pieces that claims about width and cost share."""

from dataclasses import replace
from math import gcd

from lottery.claims.frame.crossings import INITIALISERS
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BySize, Size, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.runs.pieces import Piece

WHOLE = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24)
COLUMN_WIDTHS = BySize(smoke=(1, 3, 8), laptop=WHOLE, paper=WHOLE)
COLUMN_SIZES = BySize(smoke=Size(16, 2_000), laptop=Size(64, 125_000), paper=Size(64, 125_000))
DEPTH_WIDTHS: BySize[dict[int, tuple[int, ...]]] = BySize(
    smoke={2: (1, 4)},
    laptop={2: (1, 2, 4, 8, 16), 3: (4, 8, 16)},
    paper=dict.fromkeys((2, 3, 4, 5), (1, 2, 4, 8, 16, 24)),
)  # m by steps n
DEPTH_SIZES = BySize(smoke=Size(4, 2_500), laptop=Size(64, 125_000), paper=Size(64, 125_000))
# Networks per cell of three steps or more, each of which takes three times as long as one of two steps.
MORE_STEPS = BySize(smoke=4, laptop=16, paper=64)
BLOCK = 16  # networks of three steps or more in one piece


def column_piece(plan: Plan, initialiser: str, m: int) -> Piece:
    """All one-step networks of one width.

    Args:
        plan: of the run.
        initialiser: a name of `INITIALISERS`.
        m: the width.
    """
    size = size_of(plan, COLUMN_SIZES)
    place = list(INITIALISERS).index(initialiser) * 100 + m  # the claim `width` uses the numbers from 0 on
    piece = training_piece(
        f"column-{initialiser}-m{m}",
        plan.network(m, initialiser=initialiser),
        plan.training(size.updates, stop_when_solved=True),
        seed=plan.seed,
        replicates=numbers(place, size.replicates),
    )
    # A guess for the estimate: the wider, the more leave early; the last few still fill a quarter of the slots.
    return replace(piece, seconds=piece.seconds * max(0.3, 1 / m**0.5))


def blocks(plan: Plan, steps: int) -> list[range]:
    """Which networks of a cell, a depth with an initialiser and a width, each of its pieces trains, from 0 on.

    Args:
        plan: of the run.
        steps: n, two or more.
    """
    if steps == 2:
        return [range(size_of(plan, DEPTH_SIZES).replicates)]
    everyone = range(plan.replicates or MORE_STEPS[plan.size])
    return [everyone[start : start + BLOCK] for start in everyone[::BLOCK]]


def depth_piece(plan: Plan, steps: int, initialiser: str, width: int, block: range) -> Piece:
    """Some of the networks of one depth, initialiser and width.

    Args:
        plan: of the run.
        steps: n, two or more.
        initialiser: a name of `INITIALISERS`.
        width: m.
        block: one of `blocks`.
    """
    updates = size_of(plan, DEPTH_SIZES).updates
    place = 200 * steps + 100 * list(INITIALISERS).index(initialiser) + width
    piece = training_piece(
        f"depth-n{steps}-{initialiser}-m{width}",
        plan.network(width, steps=steps, initialiser=initialiser),
        plan.training(updates, stop_when_solved=True, check_every=gcd(updates, plan.train.bank_updates)),
        seed=plan.seed,
        replicates=numbers(place, block.stop)[block.start :],
    )
    # A guess for the estimate: of wide networks of two steps most leave early.
    return replace(piece, seconds=piece.seconds * (min(1, 2 / width) if steps == 2 else 1))
