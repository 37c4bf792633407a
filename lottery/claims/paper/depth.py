"""Claim: the further ahead, the wider a network has to be: two steps take m=4, three to five more than 24.

    expected: more than half of the networks succeed at n=2 from m=4 on, at n=3..5 not even at m=24

    python scripts/replicate.py --claims depth                      # n=2 and 3: six hours on two cores
    python scripts/replicate.py --claims depth --preset smoke       # a minute
    python scripts/replicate.py --claims depth --preset paper       # n=2..5, m up to 24: a week or more

Every (n, m, initialiser) is a piece of its own, from three steps on one for every 16 networks, so a run that is stopped
goes on where it was, and the larger preset takes over what the smaller one has computed.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import gcd, inf
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.crossings import (
    HOW,
    INITIALISERS,
    crossing_fields,
    crossing_note,
    crossing_of,
    crossing_verdict,
    crossing_words,
)
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.crossings import success_and_crossing
from lottery.report.figures import Rates, save_figure
from lottery.report.page import PageFigure
from lottery.verdicts import same_crossing_rule

NAME = "depth"
STATEMENT = "The more steps ahead, the wider a network has to be to learn them more often than not."
SOURCE = "Springer and Kenyon 2020, arXiv 2009.01398: success against overcompleteness, n=2 to 5, m up to 24"
PROTOCOL = (
    "Networks of every depth and width with weights and batches of their own, none of them shared between cells. The "
    "paper leaves the initial weights open: Glorot uniform with zero biases, and PyTorch's default beside it. Two "
    "successes stand side by side. On 200 boards, as the paper could see it: not one wrong cell on 200 fresh boards at "
    "the last look; how many boards the paper took is not known. Certified: right on all 2^25 windows (n=2), by "
    "composition or right on 4096 fresh boards with no wrong window found by a search, which is a bound and no proof "
    "(n>=3), at one check at least (ever_solved), where the network leaves; one that other boards and another search "
    "refute at the end is no success. Checks come every 2,500 updates, so that a network which is right on the boards "
    "but not everywhere is tried in full at most 50 times. The search was added after networks of three steps that "
    "were right on 4096 boards had been seen to be wrong elsewhere. At laptop size there are 16 networks per cell of "
    "three steps, with m=4, 8 and 16, instead of 64: it is the time that two cores have "
    f"which says so. {HOW}"
)
RULE = (
    f"{same_crossing_rule()} The published stretch is m=3 to m=4 for n=2, and from m=24 on for n=3 to 5. {BUDGET_RULE} "
    "Single rates have no published number."
)
SIZES = {"smoke": Size(4, 2_500), "laptop": Size(64, 125_000), "paper": Size(64, 125_000)}
MORE_STEPS = SIZES | {"laptop": Size(16, 125_000)}  # a network takes three times as long as one of two steps
BLOCK = 16  # networks of three steps or more in one piece
PUBLISHED_CROSSING = {2: (3.0, 4.0), 3: (24.0, inf), 4: (24.0, inf), 5: (24.0, inf)}
WIDTHS = (1, 2, 4, 8, 16, 24)
LOOKS = {"screen": "right on 200 boards", "certified": "certified"}


class Cell(NamedTuple):
    """One place of the grid: n steps ahead, initialiser, m times overcomplete."""

    steps: int
    initialiser: str
    width: int


def _cells(steps: int, initialiser: str, widths: Sequence[int]) -> list[Cell]:
    return [Cell(steps, initialiser, width) for width in widths]


CELLS = {
    "smoke": [cell for initialiser in INITIALISERS for cell in _cells(2, initialiser, (1, 4))],
    "laptop": [
        cell
        for steps, widths in ((2, (1, 2, 4, 8, 16)), (3, (4, 8, 16)))
        for initialiser in INITIALISERS
        for cell in _cells(steps, initialiser, widths)
    ],
    "paper": [
        cell for steps in (2, 3, 4, 5) for initialiser in INITIALISERS for cell in _cells(steps, initialiser, WIDTHS)
    ],
}


def cell_size(plan: Plan, cell: Cell) -> Size:
    """Networks of one cell and their budget."""
    return size_of(plan, SIZES if cell.steps == 2 else MORE_STEPS)


def cell_pieces(plan: Plan, cell: Cell) -> list[Piece]:
    """Training of all networks of one cell, solved ones leaving."""
    size = cell_size(plan, cell)
    place = 200 * cell.steps + 100 * list(INITIALISERS).index(cell.initialiser) + cell.width
    everyone = numbers(place, size.replicates)
    block = size.replicates if cell.steps == 2 else BLOCK
    found = [
        training_piece(
            f"depth-n{cell.steps}-{cell.initialiser}-m{cell.width}",
            plan.network(cell.width, steps=cell.steps, initialiser=cell.initialiser),
            plan.training(size.updates, stop_when_solved=True, check_every=gcd(size.updates, plan.bank_updates)),
            seed=plan.seed,
            replicates=everyone[start : start + block],
        )
        for start in range(0, size.replicates, block)
    ]
    # A guess for the estimate: of wide networks of two steps most leave early.
    share = min(1, 2 / cell.width) if cell.steps == 2 else 1
    return [replace(piece, seconds=piece.seconds * share) for piece in found]


def pieces(plan: Plan) -> list[Piece]:
    """The pieces of all cells."""
    return [piece for cell in CELLS[plan.size] for piece in cell_pieces(plan, cell)]


def _outcomes(plan: Plan, cell: Cell, results: Results) -> Outcomes:
    """Outcomes of all networks of one cell, and the time they took together."""
    parts = [results[piece.name] for piece in cell_pieces(plan, cell)]
    found: Outcomes = {
        name: [one for part in parts for one in part[name]] for name in ("first_solved", "last_wrong", "wrong_at_end")
    }
    return found | {"parameters": parts[0]["parameters"], "seconds": sum(part["seconds"] for part in parts)}


def columns(plan: Plan) -> list[tuple[int, str]]:
    """The (n, initialiser) of which there are cells, in their order."""
    return list(dict.fromkeys((cell.steps, cell.initialiser) for cell in CELLS[plan.size]))


def solved(outcomes: Outcomes, look: str) -> np.ndarray:
    """(R,) bool: no wrong cell on the screening boards at the last look, or certified and not refuted since.

    A third look, "once", is certified at one check at least, refuted since or not.
    """
    if look == "screen":
        return np.array(outcomes["last_wrong"]) == 0
    once = np.array(outcomes["first_solved"]) >= 0
    return once if look == "once" else once & (np.array(outcomes["wrong_at_end"]) == 0)


def points(plan: Plan, results: Results) -> list[Point]:
    """Both rates of every cell, and for each depth, initialiser and look the crossing of the 50 % line."""
    found = []
    for steps, initialiser in columns(plan):
        for cell in CELLS[plan.size]:
            if (cell.steps, cell.initialiser) == (steps, initialiser):
                found += _rates(cell, _outcomes(plan, cell, results))
        found += [_crossing(plan, steps, initialiser, look, results) for look in LOOKS]
    return found


def _rates(cell: Cell, outcomes: Outcomes) -> list[Point]:
    seen, proved = (solved(outcomes, look) for look in LOOKS)
    wrong = np.array(outcomes["wrong_at_end"])[seen & ~proved]
    of_what = "2^25 windows" if cell.steps == 2 else "4096 boards, or on the window that a search found"
    missed = ""
    if len(wrong):
        between = " to ".join(f"{count:,}" for count in np.unique([wrong.min(), wrong.max()]))
        missed = f" They are wrong on {between} of {of_what}."
    refuted = int(np.sum(solved(outcomes, "once")) - np.sum(proved))
    later = f" Certified once, but refuted at the end: {refuted}." if refuted else ""
    words = f"{outcomes['parameters']} parameters, {INITIALISERS[cell.initialiser]}"
    name = f"n={cell.steps}/{cell.initialiser}/m={cell.width}"
    return [
        _point(
            f"{name}/screen",
            **rate(seen),
            verdict="new",
            note=f"{words}. Not certified of these: {int(np.sum(seen & ~proved))}.{missed}",
        ),
        _point(
            f"{name}/certified", **rate(proved), verdict="new", seconds=outcomes["seconds"], note=f"{words}.{later}"
        ),
    ]


def rates(plan: Plan, steps: int, initialiser: str, look: str, results: Results) -> Rates:
    """Successes by one look, of one depth and initialiser, by width."""
    cells = [cell for cell in CELLS[plan.size] if (cell.steps, cell.initialiser) == (steps, initialiser)]
    found = [solved(_outcomes(plan, cell, results), look) for cell in cells]
    return Rates(
        LOOKS.get(look, look),
        [cell.width for cell in cells],
        [int(one.sum()) for one in found],
        [len(one) for one in found],
    )


def _crossing(plan: Plan, steps: int, initialiser: str, look: str, results: Results) -> Point:
    ours = rates(plan, steps, initialiser, look, results)
    found = crossing_of(ours)
    verdict = crossing_verdict(PUBLISHED_CROSSING[steps], ours, found)
    note = f"{INITIALISERS[initialiser]}, {LOOKS[look]}. {crossing_note(ours, found)}"
    once = rates(plan, steps, initialiser, "once", results)
    if look == "certified" and once.successes != ours.successes:
        other = crossing_of(once)
        would = at_full_budget(size_of(plan, SIZES), SIZES, crossing_verdict(PUBLISHED_CROSSING[steps], once, other))
        counts = ", ".join(map(str, once.successes))
        note += (
            f" With those that the end refutes {counts} succeed, and the crossing is {crossing_words(once, other)}: "
            f"the verdict would be {would}."
        )
    return _point(
        f"n={steps}/{initialiser}/crossing/{look}",
        expected="m from 3 to 4" if steps == 2 else "above m=24",
        **crossing_fields(ours, found),
        verdict=at_full_budget(size_of(plan, SIZES), SIZES, verdict),
        note=note,
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "ever_solved"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """For each depth, success against width on 200 boards and certified."""
    found = []
    size = size_of(plan, SIZES)
    for steps in dict.fromkeys(steps for steps, _ in columns(plan)):
        panels = {}
        for initialiser in (initialiser for n, initialiser in columns(plan) if n == steps):
            series = [rates(plan, steps, initialiser, look, results) for look in LOOKS]
            panels[INITIALISERS[initialiser]] = [(one, crossing_of(one)) for one in series]
        figure, table = success_and_crossing(panels)
        proof = "certified at one check at least"
        if steps > 2:
            proof = "not refuted by 4096 boards and a search (or by composition) at one check at least and at the end"
        found.append(
            PageFigure(
                title=f"Success against width, {steps} steps ahead",
                caption=f"Networks right on 200 boards at the last look, and {proof}, within "
                f"{size.updates:,} updates; Wilson's 95 % intervals and a logistic curve in log m. The thick lines at "
                "50 % are the intervals of the crossings.",
                svg=save_figure(figure, table, folder, f"{NAME}-n{steps}"),
                claim=NAME,
            )
        )
    return found


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
