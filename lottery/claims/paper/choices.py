"""Claim: what Springer and Kenyon leave open hardly matters to the success of their networks, or does it?

Initial weights, loss and padding are not known to us, and one newsletter has 8x8 boards instead of 32x32. This is our
own question to their rates (n=1; m=1: 4.7 %, m=3: 60 %): would they be others with other choices?

    python scripts/replicate.py --claims choices                  # some 10 minutes on two cores
    python scripts/replicate.py --claims choices --preset smoke   # half a minute
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import combinations, product
from typing import NamedTuple

import matplotlib.figure
import numpy as np

from lottery.claims.frame.answers import Points, listed
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.train import training_piece
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.figures.style import FAINT_INK, GRID, RC
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Count
from lottery.statistics.factors import FactorTests, factor_tests
from lottery.statistics.rates import Difference, holm, newcombe_difference
from lottery.statistics.verdicts import ALPHA, Verdict


class Cell(NamedTuple):
    """One combination of choices; the fields are the factors."""

    initialiser: str
    loss: str
    padding: str
    board: int
    batch: int


MARGIN = 0.10
WIDTHS = BySize(smoke=(3,), laptop=(1, 3), paper=(1, 3))
WORDS = {
    **{"glorot": "Glorot", "pytorch": "PyTorch", "normal": "normal", "he": "He"},
    **{"bce": "cross-entropy", "mse": "squared error", "torus": "torus", "zero": "zero padding"},
}
EVERY_CELL = tuple(
    Cell(*levels)
    for levels in product(
        ("glorot", "pytorch", "normal", "he"), ("bce", "mse"), ("torus", "zero"), (8, 16, 32), (1, 8, 32)
    )
)
LEVELS = {factor: tuple(dict.fromkeys(getattr(cell, factor) for cell in EVERY_CELL)) for factor in Cell._fields}
BOARDS_AND_BATCHES = {
    ("glorot", "bce", "zero"): ((8, 32), (16, 1), (32, 8)),
    ("glorot", "mse", "torus"): ((8, 8), (16, 1), (32, 32)),
    ("pytorch", "bce", "torus"): ((16, 8),),
    ("pytorch", "bce", "zero"): ((8, 1), (32, 32)),
    ("pytorch", "mse", "torus"): ((8, 32), (32, 1)),
    ("pytorch", "mse", "zero"): ((16, 8),),
    ("normal", "bce", "torus"): ((8, 8), (32, 1)),
    ("normal", "bce", "zero"): ((16, 32),),
    ("normal", "mse", "torus"): ((16, 32),),
    ("normal", "mse", "zero"): ((8, 1), (32, 8)),
    ("he", "bce", "torus"): ((8, 1), (16, 8), (32, 32)),
    ("he", "mse", "zero"): ((8, 8), (16, 32), (32, 1)),
}  # of the laptop's combinations, by initial weights, loss and padding
DESIGN = BySize(
    # Half of a half of two levels each: the board follows from initialiser and loss, the batch from it and the padding.
    smoke=tuple(
        Cell(initialiser, loss, padding, (8, 16)[i ^ j], (1, 8)[i ^ k])
        for i, initialiser in enumerate(("glorot", "pytorch"))
        for j, loss in enumerate(("bce", "mse"))
        for k, padding in enumerate(("torus", "zero"))
    ),
    laptop=tuple(Cell(*choices, *sizes) for choices, pairs in BOARDS_AND_BATCHES.items() for sizes in pairs),
    paper=EVERY_CELL,
)


PLURALS = {
    **{"initialiser": "initial weights", "loss": "losses", "padding": "paddings"},
    **{"board": "boards", "batch": "batches"},
}
# By verdict.
FOUND = {"contradicted": "it matters", "reproduced": "it hardly does", "undecided": "neither can be said"}


class Choices(Claim):
    """Success by initial weights, loss, padding, board and batch."""

    fixed = "2026-11-25 11:39:43"
    name = "choices"
    question = "Do the choices that the paper leaves open matter?"
    statement = "What the paper leaves open hardly matters: initial weights, loss, padding, board and batch."
    source = "Our own question to Springer and Kenyon 2020, arXiv 2009.01398, n=1, m=1 and 3"
    protocol = (
        "Five factors: initial weights (glorot, pytorch, normal, he), loss (bce, mse), padding (torus, zero: a board "
        "with a dead border), board (8x8, 16x16, 32x32) and batch (1, 8, 32 boards). At laptop size 24 of the 144 "
        "combinations, an array in which any two factors meet in all pairs of levels equally often (board and batch "
        "two or three times); at paper size all 144. Every combination has networks of its own. Rates are pooled over "
        "all other factors. A factor is tested by a likelihood ratio in a logistic model of main effects, divided by "
        "the scatter of the combinations where that is more than binomial; whether factors do more than add up is not "
        "tested. Unlike the others, the batch is stated by the paper (8)."
    )
    rule = (
        f"Contradicted (it matters) if the test of a factor has p < {ALPHA:g}, corrected by Holm's method over all "
        "factors and widths; otherwise reproduced (it hardly matters) if the 95 % intervals of all differences of its "
        f"levels' pooled rates (Newcombe) lie within ±{100 * MARGIN:g} percentage points; undecided otherwise. "
        f"{BUDGET_RULE}"
    )
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(16, 125_000), paper=Size(64, 125_000))

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths m."""
        return WIDTHS[self.plan.size]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The combinations that are run."""
        return DESIGN[self.plan.size]

    def pieces(self) -> dict[tuple[int, Cell], Piece]:
        """One piece per width and combination."""
        return {(width, cell): self._trained(width, cell) for width in self.widths for cell in self.cells}

    def _trained(self, width: int, cell: Cell) -> Piece:
        choices = f"{cell.initialiser}-{cell.loss}-{cell.padding}-{cell.board}x{cell.board}-batch{cell.batch}"
        return training_piece(
            f"choices-m{width}-{choices}",
            self.plan.network(width, initialiser=cell.initialiser, padding=cell.padding),
            self.plan.training(self.size.updates, loss=cell.loss, board=cell.board, batch=cell.batch),
            seed=self.plan.seed,
            replicates=numbers(1000 * width + EVERY_CELL.index(cell), self.size.replicates),
        )

    def pooled(self, width: int, factor: str) -> dict[str | int, Count]:
        """Successes and trials of every level of a factor, over all combinations that have it."""
        counts: dict[str | int, Count] = {}
        for level in LEVELS[factor]:
            those = [self[width, cell].count for cell in self.cells if getattr(cell, factor) == level]
            if those:
                counts[level] = (sum(k for k, _ in those), sum(n for _, n in those))
        return counts

    @cached_property
    def tests(self) -> dict[int, FactorTests]:
        """The tests of all factors by width, not yet corrected."""
        counts = {width: np.array([self[width, cell].count for cell in self.cells]) for width in self.widths}
        return {width: factor_tests(self.cells, *of.T) for width, of in counts.items()}

    @cached_property
    def corrected(self) -> dict[tuple[int, str], float]:
        """P-values by width and factor, corrected over all of them."""
        adjusted = holm(np.concatenate([tests.p_values for tests in self.tests.values()]))
        return dict(zip(product(self.widths, LEVELS), adjusted.tolist(), strict=True))

    def points(self) -> Iterator[Point]:
        """Per width and factor: its largest difference and its test; then the pooled rate of every level."""
        for width in self.widths:
            for factor in LEVELS:
                yield self._factor(width, factor)
            for factor in LEVELS:
                for level, counts in self.pooled(width, factor).items():
                    yield self.point(
                        f"m={width}/{factor}={level}",
                        label=f"m={width}, all networks with {_label(factor, level)}",
                        **rate_of(*counts),
                    )

    def _factor(self, width: int, factor: str) -> Point:
        counts, p = self.pooled(width, factor), self.corrected[width, factor]
        ordered = sorted(counts, key=lambda level: counts[level][0] / counts[level][1], reverse=True)
        best, worst = ordered[0], ordered[-1]
        differences = {
            (one, other): newcombe_difference(*counts[one], *counts[other]) for one, other in combinations(ordered, 2)
        }
        largest = differences[best, worst]
        return self.point(
            f"m={width}/{factor}",
            label=f"m={width}, {factor}: the best less the worst",
            expected="0",
            measured=largest.value,
            interval=(largest.interval.low, largest.interval.high),
            unit="difference",
            verdict=self.at_full_budget(judged(p, list(differences.values()))),
            seconds=sum(self[width, cell].seconds for cell in self.cells),
            note=f"The best level ({best}) minus the worst ({worst}), picked after the run: the largest of "
            f"{len(differences)} differences is above 0 by chance, too. Test of the factor: p = {p:.2g} after Holm's "
            f"correction; dispersion {self.tests[width].dispersion:.2f}.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        width = self.widths[-1]
        said = [f"{told(points[f'm={width}/{factor}'])} between {words}" for factor, words in PLURALS.items()]
        count = {verdict: sum(point["verdict"] == verdict for point in points.judged()) for verdict in FOUND}
        found = listed([f"{count[verdict]} found that {words}" for verdict, words in FOUND.items()])
        return (
            f"At m={width}, the best and the worst choice differ by {listed(said)}. Of the tests of a factor, {found}."
        )

    def figures(self) -> Iterator[Figure]:
        """The pooled rate of every level, factor by factor, for both widths."""
        pooled = {width: {factor: self.pooled(width, factor) for factor in LEVELS} for width in self.widths}
        figure, rows = rates_by_name(
            [
                named(f"m={width}", {_label(of, level): n for of in LEVELS for level, n in counts[of].items()})
                for width, counts in pooled.items()
            ]
        )
        _group(figure, {of: len(levels) for of, levels in pooled[self.widths[0]].items()}, self.corrected)
        yield Figure(
            title="What the paper leaves open",
            caption=f"Networks certified after {self.size.updates:,} updates, {len(self.cells)} combinations of all "
            f"factors with {self.size.replicates} networks each at every width; rates are pooled over all other "
            "factors, with Wilson's 95 % intervals. p: test of a factor's levels, after Holm's correction.",
            drawn=(figure, rows),
        )


def judged(p_value: float, differences: Sequence[Difference]) -> Verdict:
    """The verdict on one factor, by the rule of the claim.

    Args:
        p_value: of its test, corrected.
        differences: of the pooled rates of every two levels.
    """
    if p_value < ALPHA:
        return "contradicted"
    ends = [end for one in differences for end in (one.interval.low, one.interval.high)]
    return "reproduced" if min(ends) > -MARGIN and max(ends) < MARGIN else "undecided"


def _label(factor: str, level: str | int) -> str:
    return {"board": f"board {level}x{level}", "batch": f"batch of {level}"}.get(factor, WORDS.get(str(level), ""))


def _group(figure: matplotlib.figure.Figure, counts: dict[str, int], p_values: dict[tuple[int, str], float]) -> None:
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
