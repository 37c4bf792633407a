"""Claim: of a ticket's initial weights the signs matter more than the magnitudes.

Zhou et al. (2019) say it of image classifiers. Four ways to choose magnitudes (as they were, drawn afresh, shuffled
within the layer, one constant per layer), each with the signs kept and with the signs lost.

    expected: the signs are worth more than the magnitudes

    python scripts/replicate.py --claims magnitudes                   # some 20 minutes, 4 of them not in `alone`
    python scripts/replicate.py --claims magnitudes --preset smoke    # seconds
"""

from lottery.claims import lab
from lottery.experiments import pruning_piece
from lottery.pieces import Piece
from lottery.presets import Plan
from lottery.tickets import PruningSettings

NAME = "magnitudes"


def resigned_piece(plan: Plan) -> Piece:
    """The same tickets up to the verdict's level, and there the arm with magnitudes kept and signs drawn anew.

    A piece of its own, so that `lab.imp`, which other claims share, does not depend on it; it finds the same masks.
    """
    size, width = lab.size(plan), lab.widths(plan)[0]
    pruning = PruningSettings(
        levels=size.verdict,
        prune_fraction=1 - lab.FINAL_DENSITY ** (1 / size.levels),
        scope=plan.scope,
        controls=("resigned",),
        at=(size.verdict,),
    )
    return pruning_piece(
        f"lab-resigned-m{width}",
        plan.network(width),
        plan.training(size.updates),
        pruning,
        seed=plan.seed,
        replicates=range(size.replicates[width]),
    )


def pieces(plan: Plan) -> list[Piece]:
    """The headline's tickets with all controls of signs, and the arm that keeps magnitudes alone."""
    return [lab.imp(plan, lab.widths(plan)[0]), resigned_piece(plan)]
