"""Claim: one step ahead, more than half of the networks succeed from m=3 on (Springer and Kenyon), the whole column.

expected: 3 of 64 at m=1, 38 of 64 at m=3, the first width above 50 %

python scripts/replicate.py --claims column                     # some 12 minutes on two cores
python scripts/replicate.py --claims column --preset smoke      # half a minute
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.crossings import (
    HOW,
    INITIALISERS,
    crossing_fields,
    crossing_note,
    crossing_of,
    crossing_verdict,
)
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.reruns import PUBLISHED, STATED
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.crossings import success_and_crossing
from lottery.report.figures import Rates, save_figure
from lottery.report.page import PageFigure
from lottery.verdicts import same_crossing_rule, same_rate, same_rate_rule

NAME = "column"
STATEMENT = "One step ahead, more than half of the networks learn the Game of Life from three times overcomplete on."
SOURCE = "Springer and Kenyon 2020, arXiv 2009.01398: success against overcompleteness, n=1, m up to 24"
PROTOCOL = (
    "Networks of every width with weights and batches of their own, none of them shared between widths. The paper "
    "leaves the initial weights open: Glorot uniform with zero biases, and PyTorch's default (uniform within "
    "1/sqrt(inputs), biases too) beside it. A network leaves at the check, every 250 updates, that certifies it on all "
    "512 neighbourhoods, so a success here is a network that was right at one check at least (ever_solved); how often "
    f"such a network is wrong at the end of the budget is measured by the claim `time`. {HOW}"
)
RULE = (
    f"Rates: {same_rate_rule()} A network that was ever solved may have been unsolved at the end, so a higher rate "
    f"contradicts nothing. The crossing: {same_crossing_rule()} The published stretch is m=2 to m=3. {BUDGET_RULE}"
)
SIZES = {"smoke": Size(16, 2_000), "laptop": Size(64, 125_000), "paper": Size(64, 125_000)}
WIDTHS = {"smoke": (1, 3, 8), "laptop": (1, 2, 3, 4, 5, 6, 8, 12, 16, 24), "paper": (1, 2, 3, 4, 5, 6, 8, 12, 16, 24)}
PUBLISHED_CROSSING = (2.0, 3.0)


def width_piece(plan: Plan, initialiser: str, width: int) -> Piece:
    """Training of all networks of one width, solved ones leaving."""
    size = size_of(plan, SIZES)
    place = list(INITIALISERS).index(initialiser) * 100 + width  # the claim `width` uses the numbers from 0 on
    piece = training_piece(
        f"column-{initialiser}-m{width}",
        plan.network(width, initialiser=initialiser),
        plan.training(size.updates, stop_when_solved=True),
        seed=plan.seed,
        replicates=numbers(place, size.replicates),
    )
    # A guess for the estimate: the wider, the more leave early; the last few still fill a quarter of the slots.
    return replace(piece, seconds=piece.seconds * max(0.3, 1 / width**0.5))


def pieces(plan: Plan) -> list[Piece]:
    """One piece per initialiser and width."""
    return [width_piece(plan, initialiser, width) for initialiser in INITIALISERS for width in WIDTHS[plan.size]]


def points(plan: Plan, results: Results) -> list[Point]:
    """Every rate, and for each initialiser the crossing of the 50 % line."""
    found = []
    for initialiser in INITIALISERS:
        found += [
            _rate(plan, initialiser, width, results[width_piece(plan, initialiser, width).name])
            for width in WIDTHS[plan.size]
        ]
        found.append(_crossing(plan, initialiser, results))
    return found


def _rate(plan: Plan, initialiser: str, width: int, outcomes: Outcomes) -> Point:
    measured = rate(np.array(outcomes["first_solved"]) >= 0)
    return _point(
        f"{initialiser}/m={width}",
        expected=STATED.get(width),
        **measured,
        verdict=at_full_budget(size_of(plan, SIZES), SIZES, _verdict(width, measured)),
        seconds=outcomes["seconds"],
        note=f"{INITIALISERS[initialiser]}, {outcomes['parameters']} parameters.",
    )


def _verdict(width: int, measured: dict[str, Any]) -> str:
    if width not in PUBLISHED:
        return "new"
    verdict = same_rate(PUBLISHED[width], (measured["successes"], measured["trials"]))
    higher = measured["measured"] > PUBLISHED[width][0] / PUBLISHED[width][1]
    return "undecided" if verdict == "contradicted" and higher else verdict


def rates(plan: Plan, initialiser: str, results: Results) -> Rates:
    """Networks of one initialiser that were ever solved, by width."""
    firsts = [results[width_piece(plan, initialiser, width).name]["first_solved"] for width in WIDTHS[plan.size]]
    return Rates(
        INITIALISERS[initialiser],
        WIDTHS[plan.size],
        [sum(update >= 0 for update in first) for first in firsts],
        [len(first) for first in firsts],
    )


def _crossing(plan: Plan, initialiser: str, results: Results) -> Point:
    ours = rates(plan, initialiser, results)
    seconds = sum(results[width_piece(plan, initialiser, width).name]["seconds"] for width in WIDTHS[plan.size])
    found = crossing_of(ours)
    verdict = crossing_verdict(PUBLISHED_CROSSING, ours, found)
    return _point(
        f"{initialiser}/crossing",
        expected="m from 2 to 3",
        **crossing_fields(ours, found),
        verdict=at_full_budget(size_of(plan, SIZES), SIZES, verdict),
        seconds=seconds,
        note=f"{INITIALISERS[initialiser]}; the time is that of the whole column. {crossing_note(ours, found)}",
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "ever_solved"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Success against width for each initialiser, beside the paper's two samples."""
    ours = [rates(plan, initialiser, results) for initialiser in INITIALISERS]
    counts = PUBLISHED.values()
    paper = Rates("Springer and Kenyon 2020", list(PUBLISHED), [k for k, _ in counts], [n for _, n in counts])
    figure, table = success_and_crossing({"": [*((one, crossing_of(one)) for one in ours), (paper, None)]})
    updates = size_of(plan, SIZES).updates
    return [
        PageFigure(
            title="Success against width, one step ahead, the whole column",
            caption=f"Networks certified at one check at least within {updates:,} updates, with Wilson's 95 % "
            "intervals, and a logistic curve in log m. The thick lines at 50 % are the intervals of the crossings.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
