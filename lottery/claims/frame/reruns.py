"""Set-ups that several claims train: the paper's, and those of two re-runs of it, as far as they are described."""

from dataclasses import replace
from typing import Any

from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BySize, Size, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.networks.lifenet import LifeNet
from lottery.runs.pieces import Piece
from lottery.training.settings import TrainSettings

# Springer and Kenyon's rates of success by width m, one step ahead.
STATED = {1: 0.047, 3: 0.60}
# The samples behind the stated rates: 4.7 % of 64 is 3; 60 % is 38 or 39, of which 38 is our reading.
PUBLISHED = {1: (3, 64), 3: (38, 64)}
READINGS = {1: ((3, 64),), 3: ((38, 64), (39, 64))}
# The samples of fixed size: networks that no other claim has looked at, with a seed of their own.
FRESH_SIZES = BySize(smoke=Size(16, 2_000), laptop=Size(1024, 125_000), paper=Size(1024, 125_000))
FRESH_SEED = 2026  # is added to that of the plan
FRESH_INITIALISERS = ("glorot", "pytorch", "normal")
FRESH_RUN = BySize(smoke=FRESH_INITIALISERS, laptop=("glorot", "pytorch"), paper=FRESH_INITIALISERS)
# Networks without a read-out, as both re-runs have them.
BARE_SIZES = BySize(smoke=Size(16, 2_000), laptop=Size(256, 125_000), paper=Size(1024, 125_000))
CELLULARAUTOMA = 3  # the place of its replicates among those of the claim `minimal`


def width_piece(plan: Plan, width: int) -> Piece:
    """Training of all replicates of one width."""
    return training_piece(
        f"width-m{width}",
        plan.network(width),
        plan.training(plan.width_updates),
        seed=plan.seed,
        replicates=range(plan.width_replicates),
    )


def papers_piece(plan: Plan, size: Size, width: int = 1) -> Piece:
    """Springer and Kenyon's own networks with a claim's budget: the piece of the claim about width, where that agrees.

    Args:
        plan: says how many networks there are, unless the user has set `replicates`.
        size: says the budget.
        width: m.
    """
    return width_piece(
        replace(plan, width_updates=size.updates, width_replicates=plan.replicates or plan.width_replicates), width
    )


def fresh_seed(plan: Plan) -> int:
    """The seed of samples whose size was fixed before they were drawn."""
    return (plan.seed + FRESH_SEED) % 2**31


def fresh_piece(plan: Plan, initialiser: str, width: int) -> Piece:
    """Springer and Kenyon's networks in a sample whose size was fixed before it was drawn.

    Args:
        plan: says all that the paper states.
        initialiser: how their initial weights are drawn, one of `FRESH_INITIALISERS`.
        width: m.
    """
    size = size_of(plan, FRESH_SIZES)
    return training_piece(
        f"fresh-{initialiser}-m{width}",
        plan.network(width, initialiser=initialiser),
        plan.training(size.updates, **plan.kernel),
        seed=fresh_seed(plan),
        replicates=numbers(100 * FRESH_INITIALISERS.index(initialiser) + width, size.replicates),
    )


def bibin(plan: Plan, updates: int, activation: str = "relu") -> tuple[LifeNet, TrainSettings]:
    """Bibin and Dereventsov 2024, arXiv 2408.12778: 23 parameters, one board of 64x64 at a density of 0.38.

    Squared error of a ReLU output, zero padding, Adam; its learning rate is the plan's.
    """
    net = plan.network(
        readout=False,
        padding="zero",
        activation=activation,
        output_bias=-0.5,  # the bias of its output ReLU starts at 0
    )
    one_board: dict[str, Any] = {"density": 0.38, "board": 64, "batch": 1, "bank_boards": 1, "bank_updates": updates}
    return net, plan.training(updates, loss="relu_mse", **one_board)


def cellularautoma(plan: Plan, updates: int, **penalty: float) -> tuple[LifeNet, TrainSettings]:
    """CellularAutoma (GitHub, YuxiangLiu-lyx): 23 parameters, fixed data at a density of 0.3.

    Our choice: cross-entropy, and 8 boards as the fixed data (one bank for the whole run).

    Args:
        plan: of the run.
        updates: the budget.
        penalty: `l1` or `l2`, as in `TrainSettings`.
    """
    fixed: dict[str, Any] = {"bank_boards": 8, "bank_updates": updates, "stream": "shared"}
    return plan.network(readout=False), plan.training(updates, density=0.3, **fixed, **penalty)


def cellularautoma_piece(plan: Plan) -> Piece:
    """CellularAutoma's networks without a penalty, which the claims `minimal` and `penalties` share."""
    size = size_of(plan, BARE_SIZES)
    net, settings = cellularautoma(plan, size.updates)
    shared = numbers(CELLULARAUTOMA, size.replicates)
    return training_piece("minimal-cellularautoma", net, settings, seed=plan.seed, replicates=shared)
