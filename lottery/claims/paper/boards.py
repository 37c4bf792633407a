"""Claim: the headline rates do not depend on how the loss is computed: training on boards gives those of the patterns.

The headline numbers come from the loss on 512 weighted neighbourhoods. Here the same networks, from the same initial
weights and on the same batches, are trained cell by cell on the boards.

    expected: no difference; 3 of 64 at m=1, 38 of 64 at m=3 (Springer and Kenyon)

    python scripts/replicate.py --claims boards                     # some 5 minutes on two cores
    python scripts/replicate.py --claims boards --preset smoke      # seconds
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.reruns import PUBLISHED, STATED, width_piece
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.statistics import mcnemar_exact, paired_difference
from lottery.verdicts import agrees, agrees_rule, same_rate, same_rate_rule

NAME = "boards"
STATEMENT = "Networks trained on real boards succeed as often as those trained on the 512 neighbourhoods."
SOURCE = (
    "Our check of the route by which every number for one step comes about; rates: Springer and Kenyon 2020, arXiv "
    "2009.01398"
)
PROTOCOL = (
    "One step, m=1 and m=3. The networks of the claim `width` once more: the same initial weights, the same boards in "
    "every batch, the same budget. There the loss of a batch is that of the 512 neighbourhoods, weighted by how often "
    "they occur. Here it is the mean over the cells of its boards, forward and backward cell by cell, by code of its "
    "own (the fused kernels, in which the first block is looked up by neighbourhood; at the `paper` size flax's "
    "convolutions on the boards). Both routes add the same terms in another order, so single networks part ways in the "
    "course of thousands of updates, and only rates can be compared; the arms are paired."
)
RULE = f"Routes: {agrees_rule()} Rates against the paper's: {same_rate_rule()} {BUDGET_RULE}"
WIDTHS = (1, 3)
SIZES = {"smoke": Size(8, 2_000), "laptop": Size(64, 125_000), "paper": Size(64, 125_000)}
ARRANGEMENTS = {"smoke": "fused", "laptop": "fused", "paper": "boards"}


def boards_piece(plan: Plan, m: int) -> Piece:
    """Training on boards of the first networks of the claim `width`, to its budget."""
    count = min(size_of(plan, SIZES).replicates, plan.width_replicates)
    piece = training_piece(
        f"boards-m{m}",
        plan.network(m),
        plan.training(plan.width_updates, arrangement=ARRANGEMENTS[plan.size]),
        seed=plan.seed,
        replicates=range(count),
    )
    if ARRANGEMENTS[plan.size] != "fused":
        return piece
    return replace(piece, seconds=8 + piece.updates * 1e-6 * (8 + 5 * m))  # as measured on two cores


def pieces(plan: Plan) -> list[Piece]:
    """Both routes at each width; the patterns' are the pieces of the claim `width`."""
    return [piece for m in WIDTHS for piece in (width_piece(plan, m), boards_piece(plan, m))]


def points(plan: Plan, results: Results) -> list[Point]:
    """For each width the rate on boards, and its difference to the rate on patterns."""
    found = []
    for m in WIDTHS:
        boards = results[boards_piece(plan, m).name]
        found += [_rate(plan, m, boards), _difference(m, boards, results[width_piece(plan, m).name])]
    return found


def _rate(plan: Plan, m: int, boards: Outcomes) -> Point:
    measured = rate(boards["solved_at_end"])
    verdict = same_rate(PUBLISHED[m], (measured["successes"], measured["trials"]))
    size = Size(measured["trials"], plan.width_updates)
    return _point(
        f"m={m}",
        expected=STATED[m],
        **measured,
        verdict=at_full_budget(size, SIZES, verdict),
        seconds=boards["seconds"],
        note=f"Computed by the arrangement {boards['arrangement']!r}.",
    )


def _difference(m: int, boards: Outcomes, patterns: Outcomes) -> Point:
    first = np.array(boards["solved_at_end"], bool)
    second = np.array(patterns["solved_at_end"], bool)[: len(first)]
    difference = paired_difference(first, second)
    return _point(
        f"m={m}/boards-patterns",
        expected="0",
        measured=difference.value,
        interval=(difference.interval.low, difference.interval.high),
        verdict=agrees(difference.interval),
        unit="difference",
        note=f"On boards ({boards['arrangement']}) {first.sum()}/{len(first)}, on patterns ({patterns['arrangement']}) "
        f"{second.sum()}/{len(second)}; {int(np.sum(first == second))} pairs end alike, exact McNemar p = "
        f"{mcnemar_exact(first, second):.2g}.",
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The rates of both routes beside the paper's samples."""
    names = [f"m={m}" for m in WIDTHS]
    boards = [results[boards_piece(plan, m).name]["solved_at_end"] for m in WIDTHS]
    patterns = [results[width_piece(plan, m).name]["solved_at_end"][: len(boards[0])] for m in WIDTHS]
    series = [
        NamedRates("on boards", names, [sum(one) for one in boards], [len(one) for one in boards]),
        NamedRates("on 512 patterns", names, [sum(one) for one in patterns], [len(one) for one in patterns]),
        NamedRates(
            "Springer and Kenyon 2020", names, [PUBLISHED[m][0] for m in WIDTHS], [PUBLISHED[m][1] for m in WIDTHS]
        ),
    ]
    figure, table = rates_by_name(series)
    return [
        PageFigure(
            title="Two routes to the headline rates",
            caption=f"The same networks trained on boards and on weighted patterns, certified after "
            f"{plan.width_updates:,} updates; Wilson's 95 % intervals.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
