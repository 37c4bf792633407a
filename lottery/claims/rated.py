"""The networks of the claim `learning_rate`: tickets and small networks, trained at several learning rates."""

from lottery.claims import lab
from lottery.claims.alone_small import rivals
from lottery.experiments.prune import pruning_piece
from lottery.experiments.train import training_piece
from lottery.pieces import Piece
from lottery.presets import Plan

REPLICATES = {"smoke": 4, "laptop": 64, "paper": 256}
EVERY_RATE = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
RATES = {"smoke": (1e-3, 1e-2), "laptop": EVERY_RATE[:4], "paper": EVERY_RATE}


def ticket_piece(plan: Plan, rate: float) -> Piece:
    """Pruning level by level to a tenth at one learning rate, beside random reinit."""
    width, chosen = lab.widths(plan)[0], lab.size(plan)
    if rate == plan.learning_rate:
        return lab.imp(plan, width)
    return pruning_piece(
        f"learning-rate{rate:g}-m{width}",
        plan.network(width),
        plan.training(chosen.updates, learning_rate=rate),
        lab.pruning(plan, controls=("reinit",), at=chosen.at),
        seed=plan.seed,
        replicates=range(replicates(plan)),
    )


def small_piece(plan: Plan, rate: float, level: int) -> Piece:
    """The best small shape with at most the parameters of a level's ticket, from scratch at one learning rate."""
    shape = rivals(plan, level)[0]
    if rate == plan.learning_rate:
        return lab.small(plan, shape)
    a, b = shape
    # Numbers that no other small network has, in `lab.small`, at another rate or of another shape.
    first = 10_000_000 + 1_000_000 * EVERY_RATE.index(rate) + 10_000 * (10 * a + b)
    return training_piece(
        f"learning-rate{rate:g}-small-{a}-{b}",
        plan.network(features=shape),
        plan.training(lab.size(plan).updates, learning_rate=rate),
        seed=plan.seed,
        replicates=range(first, first + replicates(plan)),
    )


def rates(plan: Plan) -> list[float]:
    """All learning rates, the plan's own among them, the lowest first."""
    return sorted({*RATES[plan.size], plan.learning_rate})


def replicates(plan: Plan) -> int:
    """Networks per arm at all rates but that of the laboratory: its first ones."""
    return plan.replicates or REPLICATES[plan.size]


def others(plan: Plan) -> list[float]:
    """The learning rates at which nobody else judges these tickets."""
    return [rate for rate in rates(plan) if rate != plan.learning_rate]


def pieces(plan: Plan) -> list[Piece]:
    """The tickets by rate, then the small networks by rate and density."""
    found = [ticket_piece(plan, rate) for rate in rates(plan)]
    found += [small_piece(plan, rate, level) for rate in rates(plan) for level in lab.size(plan).at]
    return list({piece.name: piece for piece in found}.values())
