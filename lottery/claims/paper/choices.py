"""Claim: what Springer and Kenyon leave open hardly matters to the success of their networks, or does it?

Initial weights, loss and padding are not known to us, and one newsletter has 8x8 boards instead of 32x32. This is our
own question to their rates (n=1; m=1: 4.7 %, m=3: 60 %): would they be others with other choices?

    python scripts/replicate.py --claims choices                  # some 10 minutes on two cores
    python scripts/replicate.py --claims choices --preset smoke   # half a minute
"""

from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.logistic import FactorTests, factor_tests
from lottery.pieces import Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.style import FAINT_INK, GRID, RC
from lottery.statistics import Difference, holm, newcombe_difference
from lottery.verdicts import Verdict


class Cell(NamedTuple):
    """One combination of choices; the fields are the factors."""

    initialiser: str
    loss: str
    padding: str
    board: int
    batch: int


NAME = "choices"
STATEMENT = "What the paper leaves open hardly matters: initial weights, loss, padding, board and batch."
SOURCE = "Our own question to Springer and Kenyon 2020, arXiv 2009.01398, n=1, m=1 and 3"
PROTOCOL = (
    "Five factors: initial weights (glorot, pytorch, normal, he), loss (bce, mse), padding (torus, zero: a board with "
    "a dead border), board (8x8, 16x16, 32x32) and batch (1, 8, 32 boards). At laptop size 24 of the 144 combinations, "
    "an array in which any two factors meet in all pairs of levels equally often (board and batch two or three times); "
    "at paper size all 144. Every combination has networks of its own. Rates are pooled over all other factors. A "
    "factor is tested by a likelihood ratio in a logistic model of main effects, divided by the scatter of the "
    "combinations where that is more than binomial; whether factors do more than add up is not tested. Unlike the "
    "others, the batch is stated by the paper (8)."
)
MARGIN, ALPHA = 0.10, 0.05
RULE = (
    f"Contradicted (it matters) if the test of a factor has p < {ALPHA:g}, corrected by Holm's method over all factors "
    "and widths; otherwise reproduced (it hardly matters) if the 95 % intervals of all differences of its levels' "
    f"pooled rates (Newcombe) lie within ±{100 * MARGIN:g} percentage points; undecided otherwise. {BUDGET_RULE}"
)
SIZES = {"smoke": Size(16, 2_000), "laptop": Size(16, 125_000), "paper": Size(64, 125_000)}
WIDTHS = {"smoke": (3,), "laptop": (1, 3), "paper": (1, 3)}
WORDS = {
    **{"glorot": "Glorot", "pytorch": "PyTorch", "normal": "normal", "he": "He"},
    **{"bce": "cross-entropy", "mse": "squared error", "torus": "torus", "zero": "zero padding"},
}
EVERY_CELL = tuple(
    Cell(initialiser, loss, padding, board, batch)
    for initialiser, loss, padding in product(("glorot", "pytorch", "normal", "he"), ("bce", "mse"), ("torus", "zero"))
    for board, batch in product((8, 16, 32), (1, 8, 32))
)
LEVELS = {factor: tuple(dict.fromkeys(getattr(cell, factor) for cell in EVERY_CELL)) for factor in Cell._fields}
DESIGN = {
    # Half of a half of two levels each: the board follows from initialiser and loss, the batch from it and the padding.
    "smoke": (
        Cell("glorot", "bce", "torus", 8, 1),
        Cell("glorot", "bce", "zero", 8, 8),
        Cell("glorot", "mse", "torus", 16, 1),
        Cell("glorot", "mse", "zero", 16, 8),
        Cell("pytorch", "bce", "torus", 16, 8),
        Cell("pytorch", "bce", "zero", 16, 1),
        Cell("pytorch", "mse", "torus", 8, 8),
        Cell("pytorch", "mse", "zero", 8, 1),
    ),
    "laptop": (
        Cell("glorot", "bce", "zero", 8, 32),
        Cell("glorot", "bce", "zero", 16, 1),
        Cell("glorot", "bce", "zero", 32, 8),
        Cell("glorot", "mse", "torus", 8, 8),
        Cell("glorot", "mse", "torus", 16, 1),
        Cell("glorot", "mse", "torus", 32, 32),
        Cell("pytorch", "bce", "torus", 16, 8),
        Cell("pytorch", "bce", "zero", 8, 1),
        Cell("pytorch", "bce", "zero", 32, 32),
        Cell("pytorch", "mse", "torus", 8, 32),
        Cell("pytorch", "mse", "torus", 32, 1),
        Cell("pytorch", "mse", "zero", 16, 8),
        Cell("normal", "bce", "torus", 8, 8),
        Cell("normal", "bce", "torus", 32, 1),
        Cell("normal", "bce", "zero", 16, 32),
        Cell("normal", "mse", "torus", 16, 32),
        Cell("normal", "mse", "zero", 8, 1),
        Cell("normal", "mse", "zero", 32, 8),
        Cell("he", "bce", "torus", 8, 1),
        Cell("he", "bce", "torus", 16, 8),
        Cell("he", "bce", "torus", 32, 32),
        Cell("he", "mse", "zero", 8, 8),
        Cell("he", "mse", "zero", 16, 32),
        Cell("he", "mse", "zero", 32, 1),
    ),
    "paper": EVERY_CELL,
}


def cell_piece(plan: Plan, width: int, cell: Cell) -> Piece:
    """Training of one combination at one width."""
    size = size_of(plan, SIZES)
    return training_piece(
        f"choices-m{width}-{cell.initialiser}-{cell.loss}-{cell.padding}-{cell.board}x{cell.board}-batch{cell.batch}",
        plan.network(width, initialiser=cell.initialiser, padding=cell.padding),
        plan.training(size.updates, loss=cell.loss, board=cell.board, batch=cell.batch),
        seed=plan.seed,
        replicates=numbers(1000 * width + EVERY_CELL.index(cell), size.replicates),
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per width and combination."""
    return [cell_piece(plan, width, cell) for width in WIDTHS[plan.size] for cell in DESIGN[plan.size]]


def pooled(plan: Plan, results: Results, width: int, factor: str) -> dict[str | int, tuple[int, int]]:
    """Successes and trials of every level of a factor, over all combinations that have it."""
    counts: dict[str | int, tuple[int, int]] = {}
    for level in LEVELS[factor]:
        solved = [
            results[cell_piece(plan, width, cell).name]["solved_at_end"]
            for cell in DESIGN[plan.size]
            if getattr(cell, factor) == level
        ]
        if solved:
            counts[level] = (sum(sum(one) for one in solved), sum(len(one) for one in solved))
    return counts


def tested(plan: Plan, results: Results, width: int) -> FactorTests:
    """The tests of all factors at one width, not yet corrected."""
    cells = DESIGN[plan.size]
    solved = [results[cell_piece(plan, width, cell).name]["solved_at_end"] for cell in cells]
    return factor_tests(cells, np.array([sum(one) for one in solved]), np.array([len(one) for one in solved]))


def judged(p_value: float, differences: Sequence[Difference]) -> Verdict:
    """The verdict on one factor, by the rule above.

    Args:
        p_value: of its test, corrected.
        differences: of the pooled rates of every two levels.
    """
    if p_value < ALPHA:
        return "contradicted"
    ends = [end for one in differences for end in (one.interval.low, one.interval.high)]
    return "reproduced" if min(ends) > -MARGIN and max(ends) < MARGIN else "undecided"


def corrected(plan: Plan, results: Results) -> dict[tuple[int, str], float]:
    """P-values by width and factor, corrected over all of them."""
    widths = WIDTHS[plan.size]
    adjusted = holm(np.concatenate([tested(plan, results, width).p_values for width in widths]))
    return dict(zip(product(widths, LEVELS), adjusted.tolist(), strict=True))


def points(plan: Plan, results: Results) -> list[Point]:
    """Per width and factor: its largest difference and its test; then the pooled rate of every level."""
    size, p_values, found = size_of(plan, SIZES), corrected(plan, results), []
    for width in WIDTHS[plan.size]:
        dispersion = tested(plan, results, width).dispersion
        seconds = sum(results[cell_piece(plan, width, cell).name]["seconds"] for cell in DESIGN[plan.size])
        for factor in LEVELS:
            counts = pooled(plan, results, width, factor)
            ordered = sorted(counts, key=lambda level: counts[level][0] / counts[level][1], reverse=True)
            pairs = {
                (one, other): newcombe_difference(*counts[one], *counts[other])
                for one, other in combinations(ordered, 2)
            }
            largest, p = pairs[ordered[0], ordered[-1]], p_values[width, factor]
            found.append(
                _point(
                    f"m={width}/{factor}",
                    expected="0",
                    measured=largest.value,
                    interval=(largest.interval.low, largest.interval.high),
                    unit="difference",
                    verdict=at_full_budget(size, SIZES, judged(p, list(pairs.values()))),
                    seconds=seconds,
                    note=f"The best level ({ordered[0]}) minus the worst ({ordered[-1]}), picked after the run: the "
                    f"largest of {len(pairs)} differences is above 0 by chance, too. Test of the factor: p = {p:.2g} "
                    f"after Holm's correction; dispersion {dispersion:.2f}.",
                )
            )
        for factor in LEVELS:
            for level, (successes, trials) in pooled(plan, results, width, factor).items():
                levels = rate([True] * successes + [False] * (trials - successes))
                found.append(_point(f"m={width}/{factor}={level}", **levels, note="Pooled over all other factors."))
    return found


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, "verdict": "new", **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The pooled rate of every level, factor by factor, for both widths."""
    rows = {factor: list(pooled(plan, results, WIDTHS[plan.size][0], factor)) for factor in LEVELS}
    series = []
    for width in WIDTHS[plan.size]:
        counts = {factor: pooled(plan, results, width, factor) for factor in rows}
        named = {_label(factor, level): counts[factor][level] for factor in rows for level in rows[factor]}
        series.append(
            NamedRates(f"m={width}", list(named), [k for k, _ in named.values()], [n for _, n in named.values()])
        )
    figure, table = rates_by_name(series)
    _group(figure, {factor: len(levels) for factor, levels in rows.items()}, corrected(plan, results))
    size = size_of(plan, SIZES)
    return [
        PageFigure(
            title="What the paper leaves open",
            caption=f"Networks certified after {size.updates:,} updates, {len(DESIGN[plan.size])} combinations of all "
            f"factors with {size.replicates} networks each at every width; rates are pooled over all other factors, "
            "with Wilson's 95 % intervals. p: test of a factor's levels, after Holm's correction.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


def _label(factor: str, level: str | int) -> str:
    return {"board": f"board {level}x{level}", "batch": f"batch of {level}"}.get(factor, WORDS.get(str(level), ""))


def _group(figure: Figure, counts: dict[str, int], p_values: dict[tuple[int, str], float]) -> None:
    """Lines between the factors, and the tests of each beside its rows."""
    (ax,) = figure.axes
    with matplotlib.rc_context(RC):
        first = 0
        for factor, count in counts.items():
            if first:
                ax.axhline(first - 0.5, color=GRID, linewidth=1.6)
            lines = [
                f"m={width}: p {'< 0.001' if p < 0.001 else f'= {p:.2g}'}"
                for (width, of), p in p_values.items()
                if of == factor
            ]
            ax.text(
                1.02,
                first + (count - 1) / 2,
                "\n".join([factor, *lines]),
                transform=ax.get_yaxis_transform(),
                va="center",
                fontsize=9.5,
                color=FAINT_INK,
            )
            first += count


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
