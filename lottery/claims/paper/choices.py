"""Claim: what Springer and Kenyon leave open hardly matters to the success of their networks, or does it?

Initial weights, loss and padding are not known to us. This is our own question to their rate at n=1, m=3 (60 %): would
it be another one with other choices?

    python scripts/replicate.py --claims choices                  # some 25 minutes on two cores
    python scripts/replicate.py --claims choices --preset smoke   # half a minute
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from lottery.claims.frame.answers import Points, listed
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.train import training_piece
from lottery.report.figures.rate_panels import rates_in_panels
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Count
from lottery.statistics.factors import Term, term_tests
from lottery.statistics.rates import Difference, holm_of, newcombe_difference
from lottery.statistics.verdicts import ALPHA


class Cell(NamedTuple):
    """One combination of choices; the fields are the factors."""

    initialiser: str
    loss: str
    padding: str


MARGIN = 0.10
WIDTH = 3
WORDS = {
    **{"glorot": "Glorot", "pytorch": "PyTorch", "normal": "normal", "he": "He"},
    **{"bce": "cross-entropy", "mse": "squared error", "torus": "torus", "zero": "zero padding"},
}
LEVELS = {
    "initialiser": ("glorot", "pytorch", "normal", "he"),
    "loss": ("bce", "mse"),
    "padding": ("torus", "zero"),
}
FACTORS = {"initialiser": "initial weights", "loss": "loss", "padding": "padding"}
CELLS = tuple(Cell(*levels) for levels in product(*LEVELS.values()))
# Of the levels of each factor.
PAIRS = [(factor, *pair) for factor, levels in LEVELS.items() for pair in combinations(levels, 2)]


class Choices(Claim):
    """Success by initial weights, loss and padding, every combination of them."""

    name = "choices"
    question = "Do the choices that the paper leaves open matter?"
    statement = "What the paper leaves open hardly matters: initial weights, loss and padding."
    source = "Our own question to Springer and Kenyon 2020, arXiv 2009.01398, n=1, m=3"
    protocol = (
        "Three factors at m=3: initial weights (glorot, pytorch, normal, he), loss (bce, mse) and padding (torus, "
        "zero: a board with a dead border). All 16 combinations are run, each with networks of its own; all else is "
        "the paper's. A factor is tested by a likelihood ratio in a logistic model of main effects; two factors are "
        "tested for doing more than add up (in log-odds) in the model of all pairs, and all three against that model. "
        "This page once had 24 of 144 combinations, among them boards and batches of other sizes, with 16 networks "
        "each: it found no factor that matters after correction, but could not test whether factors interact, and had "
        "too few networks: a difference of 24 points was not significant. Board and batch, which the paper states, are "
        "left out now."
    )
    rule = (
        "Nothing is published on it, so every point is new. A factor or an interaction matters if its test has p < "
        f"{ALPHA:g} after Holm's correction over all seven of them. A factor hardly matters if it does not, and if the "
        f"intervals of all differences of its levels' pooled rates lie within ±{100 * MARGIN:g} percentage points; "
        f"they are Newcombe's and hold for all {len(PAIRS)} differences together (Bonferroni). Otherwise it is open. "
        f"{BUDGET_RULE}"
    )
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(128, 125_000), paper=Size(256, 125_000))

    def pieces(self) -> dict[Cell, Piece]:
        """One piece per combination."""
        return {cell: self._trained(cell) for cell in CELLS}

    def _trained(self, cell: Cell) -> Piece:
        return training_piece(
            f"choices-{cell.initialiser}-{cell.loss}-{cell.padding}",
            self.plan.network(WIDTH, initialiser=cell.initialiser, padding=cell.padding),
            self.plan.training(self.size.updates, loss=cell.loss, **self.plan.kernel),
            seed=self.plan.seed,
            # Places below 4000 were those of the earlier combinations, whose networks have been looked at.
            replicates=numbers(4000 + CELLS.index(cell), self.size.replicates),
        )

    def pooled(self, factor: str) -> dict[str, Count]:
        """Successes and trials of every level of a factor, over all combinations that have it."""
        counts = {}
        for level in LEVELS[factor]:
            those = [self[cell].count for cell in CELLS if getattr(cell, factor) == level]
            counts[level] = (sum(k for k, _ in those), sum(n for _, n in those))
        return counts

    @cached_property
    def tests(self) -> dict[Term, float]:
        """P-values of all factors and interactions, corrected over all of them."""
        counts = np.array([self[cell].count for cell in CELLS])
        return holm_of(term_tests(CELLS, *counts.T))

    def points(self) -> Iterator[Point]:
        """Every factor with its largest difference, every interaction with its own; then the rates behind them."""
        for term, p in self.tests.items():
            yield self._factor(*term, p=p) if len(term) == 1 else self._interaction(term, p)
        for factor in LEVELS:
            for level, counts in self.pooled(factor).items():
                label = f"All networks with {FACTORS[factor]}: {WORDS[level]}"
                yield self.point(f"{factor}={level}", label=label, **rate_of(*counts))
        for cell in CELLS:
            label = ", ".join(WORDS[level] for level in cell)
            yield self.point("-".join(cell), label=label, **self[cell].rate, seconds=self[cell].seconds)

    def _factor(self, place: int, *, p: float) -> Point:
        factor = Cell._fields[place]
        counts = self.pooled(factor)
        differences = {
            (one, other): newcombe_difference(*counts[one], *counts[other], confidence=1 - ALPHA / len(PAIRS))
            for one, other in combinations(sorted(counts, key=lambda level: -counts[level][0]), 2)
        }
        (best, worst), largest = max(differences.items(), key=lambda of: of[1].value)
        return self.point(
            factor,
            label=f"{FACTORS[factor].capitalize()}: the best less the worst",
            measured=largest.value,
            interval=(largest.interval.low, largest.interval.high),
            unit="difference",
            p=p,
            note=f"{self._finding(p, list(differences.values()))} The best level ({best}) minus the worst ({worst}), "
            f"picked after the run; the interval holds for all {len(PAIRS)} differences together. Test of the factor: "
            f"p = {p:.2g} after Holm's correction.",
        )

    def _interaction(self, term: Term, p: float) -> Point:
        factors = [Cell._fields[place] for place in term]
        return self.point(
            " x ".join(factors),
            label=f"Interaction of {', '.join(FACTORS[factor] for factor in factors)}",
            p=p,
            note=f"{self._finding(p)} p-value, after Holm's correction, of the test that {', '.join(factors)} do no "
            "more than add up.",
        )

    def _finding(self, p: float, differences: list[Difference] | None = None) -> str:
        """What a test says, by the rule of the claim; a budget below the full one says nothing."""
        if self.at_full_budget("reproduced") == "undecided":
            return "Open."
        if p < ALPHA:
            return "It matters."
        ends = [end for one in differences or [] for end in (one.interval.low, one.interval.high)]
        return "It hardly matters." if ends and min(ends) > -MARGIN and max(ends) < MARGIN else "Open."

    def answer(self, points: Points) -> str:
        """What was found."""
        words = {"initialiser": "initial weights", "loss": "losses", "padding": "paddings"}
        said = [f"{told(points[factor])} between {name}" for factor, name in words.items()]
        tests = [points[factor] for factor in LEVELS] + points.all("* x *")
        matter = sum(self._finding(point["p"]) == "It matters." for point in tests)
        return (
            f"The best and the worst choice differ by {listed(said)}. Of {len(tests)} tests of factors and of their "
            f"interactions, {matter} found that the choice matters."
        )

    def figures(self) -> Iterator[Figure]:
        """The rate of every combination: one panel per padding, one series per loss."""
        panels = {
            WORDS[padding]: [
                named(
                    WORDS[loss],
                    {WORDS[drawn_by]: self[Cell(drawn_by, loss, padding)].count for drawn_by in LEVELS["initialiser"]},
                )
                for loss in LEVELS["loss"]
            ]
            for padding in LEVELS["padding"]
        }
        yield Figure(
            title="What the paper leaves open",
            caption=f"Networks with m={WIDTH} certified after {self.size.updates:,} updates, {self.size.replicates} "
            "per combination, with Wilson's 95 % intervals.",
            drawn=rates_in_panels(panels),
        )
