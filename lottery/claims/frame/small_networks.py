"""Small dense networks beside a ticket: which shape, for how long, and what else the search's compute could buy.

The claim `shapes` has trained every shape (a, b) up to (8, 8), 48 networks each, for 20,000 updates. Its committed
results choose the shapes here, before a ticket is looked at; the networks that stand beside tickets are others.
"""

from dataclasses import replace
from math import ceil

from lottery.claims.frame import lab
from lottery.claims.frame.plan import Plan
from lottery.networks.embedding import Features
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.runs.pieces import Piece

# Certified at the end, of 48 networks: docs/reference/pieces/shapes-a*, one row per a, b from 1 to 8.
CERTIFIED = {
    1: (0, 0, 0, 0, 1, 4, 4, 2),
    2: (4, 9, 12, 15, 26, 23, 24, 27),
    3: (10, 17, 26, 28, 37, 33, 38, 38),
    4: (9, 22, 28, 34, 35, 36, 40, 41),
    5: (12, 22, 31, 24, 38, 46, 45, 42),
    6: (12, 11, 36, 35, 36, 44, 39, 45),
    7: (9, 32, 31, 37, 44, 45, 42, 45),
    8: (9, 23, 36, 42, 39, 45, 45, 48),
}
CANDIDATES = {"smoke": 1, "laptop": 2, "paper": 2}  # shapes tried beside the paper's, per parameter count


def best_shapes(parameters: int, count: int) -> list[Features]:
    """The shapes that learned most often in the claim `shapes`, among those with at most so many parameters.

    Args:
        parameters: weights and biases that a shape may have, 14 or more.
        count: how many shapes; of two that did equally well the larger comes first.

    Returns:
        Shapes (a, b), the best first.
    """
    allowed = [
        ((a, b), solved)
        for a, row in CERTIFIED.items()
        for b, solved in enumerate(row, start=1)
        if parameter_count(LifeNet(features=(a, b))) <= parameters
    ]
    allowed.sort(key=lambda one: (-one[1], -parameter_count(LifeNet(features=one[0])), one[0]))
    return [shape for shape, _ in allowed[:count]]


def papers_shape(parameters: int) -> Features:
    """The widest of the paper's shapes (2m, m) with at most so many parameters; (2, 1) where even that has more."""
    fitting = [m for m in range(1, parameters) if parameter_count(LifeNet(width=m)) <= parameters]
    m = max(fitting, default=1)
    return 2 * m, m


def multiply_adds(features: Features) -> int:
    """Multiplications per cell and step of a dense one-step network: its weights, each used once."""
    a, b = features
    return 9 * a + a * b + b


def updates_of_equal_compute(small: Features, dense: Features, updates: int, check_every: int) -> int:
    """Updates after which a small network has cost as many multiplications as a dense one.

    Args:
        small: its shape.
        dense: the other's.
        updates: of the dense one.
        check_every: the result is rounded up to a multiple of this.

    Source: Liu et al. 2019 (arXiv 1810.05270), Scratch-B.
    """
    return check_every * ceil(updates * multiply_adds(dense) / multiply_adds(small) / check_every)


def chance_of_one(rate: float, tries: int) -> float:
    """Chance that at least one of some independent tries succeeds.

    Args:
        rate: of success of each.
        tries: how many.
    """
    return 1 - (1 - rate) ** tries


def small_widths(plan: Plan) -> tuple[int, ...]:
    """Widths m of the small networks that a ticket is compared with: the nearest parameter counts on both sides.

    One entry per width needed at any level, ascending.
    """
    needed = {width for level in range(1, plan.levels + 1) for width in neighbours(plan, level)}
    return tuple(sorted(needed))


def neighbours(plan: Plan, level: int) -> tuple[int, ...]:
    """Widths of the dense networks just below (or at) and just above a level's parameter count, biases counted.

    Where even m=1 has more parameters than the ticket, it stands alone.
    """
    target = ticket_parameters(plan, level)
    above = next(m for m in range(1, plan.ticket_width + 1) if parameter_count(plan.network(m)) >= target)
    below = above - 1
    return (above,) if below == 0 or parameter_count(plan.network(above)) == target else (below, above)


def ticket_parameters(plan: Plan, level: int) -> int:
    """Parameters that a ticket keeps at a level when its biases are never pruned: surviving weights and all biases."""
    m = plan.ticket_width
    biases = 3 * m + 1
    weights = parameter_count(plan.network(m)) - biases
    for _ in range(level):
        weights -= round(plan.prune_fraction * weights)
    return weights + biases


def ticket_size(plan: Plan, level: int) -> int:
    """Parameters of the headline's ticket at a level: surviving weights and all biases, which are never pruned."""
    size = lab.size(plan)
    of_lab = replace(plan, ticket_width=lab.widths(plan)[0], levels=size.levels, final_density=lab.FINAL_DENSITY)
    return ticket_parameters(of_lab, level)


def rivals(plan: Plan, level: int) -> list[Features]:
    """Shapes held against the ticket of a level, with at most as many parameters: the best first, the paper's too."""
    most = ticket_size(plan, level)
    return list(dict.fromkeys([*best_shapes(most, CANDIDATES[plan.size]), papers_shape(most)]))


def long_piece(plan: Plan, level: int) -> Piece:
    """The best shape of a level's size, trained for as many multiplications as the dense network."""
    m, shape = lab.widths(plan)[0], rivals(plan, level)[0]
    updates = updates_of_equal_compute(shape, (2 * m, m), lab.size(plan).updates, plan.train.check_every)
    return lab.small(plan, shape, updates=updates, arm=1)
