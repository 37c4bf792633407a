"""Which tickets are moved where: the pieces of the claim about transfer, and how to find an arm in their outcomes."""

from collections.abc import Mapping
from math import gcd
from typing import Any

from gol.rules import NAMED_RULES
from lottery.claims.sizes import Size, size_of
from lottery.experiments.chained import chained_piece
from lottery.experiments.prune import pruning_piece
from lottery.experiments.transfer import MASKS, Arm, transfer_piece
from lottery.pieces import Outcomes, Piece
from lottery.presets import Plan
from lottery.report.survivals import Times
from lottery.tickets import PruningSettings

ONE = {"smoke": Size(8, 500), "laptop": Size(64, 20_000), "paper": Size(128, 125_000)}
TWO = {"smoke": Size(2, 500), "laptop": Size(16, 40_000), "paper": Size(64, 125_000)}  # tickets that are chained
POOL = 4  # one-step networks per ticket that is chained
WIDTHS = {"smoke": (4, 1), "laptop": (8, 4), "paper": (8, 4)}  # m at one step, m at two
TARGETS = {
    "smoke": ("HighLife",),
    "laptop": ("HighLife", "Maze", "Day & Night"),
    "paper": ("HighLife", "Maze", "Day & Night"),
}
INITIALISERS = {"smoke": ("he",), "laptop": ("he", "pytorch"), "paper": ("he", "pytorch")}
LIFE = NAMED_RULES["Life"]
PRUNING = PruningSettings(levels=2, prune_fraction=0.4, controls=())
PRUNING_TWO = PruningSettings(levels=2, prune_fraction=0.3, controls=())


def origins(plan: Plan) -> tuple[str, ...]:
    """The kinds of starting weights that Life's tickets are moved to."""
    return ("other", "fresh", *(name for name in INITIALISERS[plan.size] if name != plan.initialiser))


def arms(plan: Plan) -> list[Arm]:
    """Everything that Life's tickets are trained as."""
    rules = [Arm(NAMED_RULES[name], mask) for name in TARGETS[plan.size] for mask in MASKS]
    weights = [Arm(LIFE, mask, origin) for origin in origins(plan) for mask in MASKS]
    return [*rules, *weights]


def life_piece(plan: Plan) -> Piece:
    """Life's tickets, and all that they are trained as."""
    size, (width, _) = size_of(plan, ONE), WIDTHS[plan.size]
    return transfer_piece(
        f"transfer-Life-m{width}",
        plan.network(width),
        plan.training(size.updates, rule=LIFE),
        PRUNING,
        seed=plan.seed,
        replicates=range(size.replicates),
        arms=arms(plan),
    )


def own_piece(plan: Plan, kind: str) -> Piece:
    """Dense networks and tickets found on a rule, or from an initialiser's weights; replicates are those of Life's."""
    size, (width, _) = size_of(plan, ONE), WIDTHS[plan.size]
    rule = NAMED_RULES.get(kind, LIFE)
    return pruning_piece(
        f"transfer-{kind.replace(' & ', '')}-m{width}",
        plan.network(width) if kind in NAMED_RULES else plan.network(width, initialiser=kind),
        plan.training(size.updates, rule=rule),
        PRUNING,
        seed=plan.seed,
        replicates=range(size.replicates),
    )


def two_piece(plan: Plan) -> Piece:
    """One-step tickets as both blocks of two-step networks."""
    one, two, (_, width) = size_of(plan, ONE), size_of(plan, TWO), WIDTHS[plan.size]
    return chained_piece(
        f"transfer-two-steps-m{width}",
        plan.network(width),
        plan.training(one.updates, rule=LIFE),
        PRUNING_TWO,
        plan.training(two.updates, rule=LIFE, stop_when_solved=True, check_every=gcd(two.updates, 1250)),
        seed=plan.seed,
        pool=range(POOL * two.replicates),
        wanted=two.replicates,
    )


def pieces(plan: Plan) -> list[Piece]:
    """Life's tickets, the own tickets of every rule and initialiser, and two steps."""
    kinds = (*TARGETS[plan.size], *origins(plan)[2:])
    return [life_piece(plan), *(own_piece(plan, kind) for kind in kinds), two_piece(plan)]


def arm_of(outcomes: Outcomes, arm: Arm) -> dict[str, Any]:
    """What became of one arm of a `transfer` piece."""
    wanted = (arm.rule, arm.mask, arm.weights)
    found = (value for name, value in outcomes.items() if name.startswith("arm"))
    return next(one for one in found if (one["rule"], one["mask"], one["weights"]) == wanted)


def times(label: str, outcomes: Mapping[str, Any], updates: int) -> Times:
    """Times to the first certificate; who never has one is cut off at the end of the budget."""
    return Times.until(label, outcomes["first_solved"], updates)
