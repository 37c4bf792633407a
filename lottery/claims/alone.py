"""Claim: the ticket alone, from its rewound weights, matches the dense network and beats what has no right to win.

Frankle and Carbin (2019) say it of image classifiers. What has no right to win: the same mask with new weights, the
same weights under a shuffled mask, and small dense networks from scratch, of the best shape that is known, trained as
long as the ticket (Scratch-E) or for as much compute as the dense network (Scratch-B).

    expected: no loss against the dense network, a gain over every control, and faster learning

    python scripts/replicate.py --claims alone                    # some 35 minutes on two cores, 20 of them at m=8
    python scripts/replicate.py --claims alone --preset smoke     # a quarter of a minute

The headline claim `ticket` asks the same at m=8 with 32 networks, against small networks of the paper's shape alone.
"""

from dataclasses import replace

from lottery.claims import lab
from lottery.claims.small import best_shapes, papers_shape, updates_of_equal_compute
from lottery.pieces import Piece
from lottery.presets import Plan, ticket_parameters
from lottery.shapes import Features

NAME = "alone"
CANDIDATES = {"smoke": 1, "laptop": 2, "paper": 2}  # shapes tried beside the paper's, per parameter count


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
    updates = updates_of_equal_compute(shape, (2 * m, m), lab.size(plan).updates, plan.check_every)
    return lab.small(plan, shape, updates=updates, arm=1)


def pieces(plan: Plan) -> list[Piece]:
    """The headline width with its small networks first, then the other widths."""
    headline, *others = lab.widths(plan)
    at = lab.size(plan).at
    small = [lab.small(plan, shape) for level in at for shape in rivals(plan, level)]
    small += [long_piece(plan, level) for level in at]
    found = [lab.imp(plan, headline), *small, *(lab.imp(plan, width) for width in others)]
    return list({piece.name: piece for piece in found}.values())
