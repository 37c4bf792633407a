"""Claim: subnetworks chosen before training do worse than those found after it.

The caveat of the press account of Springer and Kenyon (2020) and the finding of Frankle et al. (2021): SNIP, GraSP,
SynFlow and magnitude at initialisation stay below magnitude pruning after training. Expected: a positive gap.

    python scripts/replicate.py --claims before                   # some 30 minutes on two cores, 15 of them `lab-imp`
    python scripts/replicate.py --claims before --preset smoke    # a quarter of a minute
"""

from collections.abc import Iterator, Sequence

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.series import rates
from lottery.report.figures.figure import Rates
from lottery.report.figures.methods_by_density import methods_by_density
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import corrected, count, counted, paired
from lottery.statistics.verdicts import beats_rule

METHODS = lab.AT_INIT_WORDS
AFTER = {"levels": "level by level after training", "one-shot": "at once after training"}


class Before(lab.LabClaim):
    """Methods before training against magnitude after it, level by level and at once."""

    fixed = "2026-11-25 13:40:11"
    name = "before"
    statement = "Subnetworks chosen before training do worse than those found after it."
    source = (
        "The caveat of press accounts of Springer and Kenyon 2020; Frankle et al. 2021, arXiv 2009.08576 (below "
        "magnitude pruning after training, above random). SNIP: Lee et al. 2019; GraSP: Wang et al. 2020; SynFlow: "
        "Tanaka et al. 2020"
    )
    protocol = (
        "The same initial networks are pruned before training by SNIP, GraSP, SynFlow (100 rounds), initial magnitude "
        "or at random, and after training by final magnitude, level by level and at once; then all are trained from "
        "the same initial weights on the same batches for the same budget. Level by level costs the budget once per "
        "level, at once costs it twice, before training once. Weights are ranked over all layers and biases are kept. "
        "SNIP and GraSP are computed on the exact expected loss, so no choice of batch weakens them. Left open by the "
        "source, and our choice: width, budget, and the densities, of which the one of the verdict was fixed "
        "beforehand."
    )
    rule = (
        f"{beats_rule()} First is the network pruned after training. p-values are corrected by Holm's method over all "
        "methods and densities, for pruning level by level and for pruning at once apart."
    )

    def pieces(self) -> dict[str, Piece]:
        """Level by level and at once after training, and each method before it."""
        return {
            "levels": lab.imp(self.plan, self.width),
            "one-shot": lab.one_shot(self.plan, self.width),
            **{method: lab.at_init(self.plan, self.width, method) for method in METHODS},
        }

    def points(self) -> Iterator[Point]:
        """The gap of every method at every density, to both ways of pruning after; the verdict's density first."""
        levels = sorted(self.lab.at, key=lambda level: level != self.lab.verdict)
        for after in AFTER:
            gaps = corrected(
                {(at, method): paired(self[after].arm(at), self[method].arm(at)) for at in levels for method in METHODS}
            )
            for (level, method), gap in gaps.items():
                found, row = self[method], self[method].row(level)
                yield self.point(
                    f"{100 * found.density(level):.0f}%/{after}-over-{method}",
                    expected="above 0",
                    **gap.fields,
                    verdict=gap.beats,
                    seconds=found.seconds,
                    note=f"m={self.width}, {row['kept']} of {row['prunable']} weights kept"
                    f"{' (the density of the verdict)' if level == self.lab.verdict else ''}: {AFTER[after]} "
                    f"{counted(gap.first)}, {METHODS[method]} before training {counted(gap.second)}; exact McNemar p "
                    f"after Holm = {gap.p:.2g}. In the median replicate {int(np.median(row['effective']))} of the "
                    "weights kept before training lie on a path from input to output.",
                )

    def figures(self) -> Iterator[Figure]:
        """Success against density, before and after training in one panel."""
        imp = self["levels"]
        yield Figure(
            title="Pruned before or after training",
            caption=f"Networks of width m={self.width}, {len(imp.dense)} replicates, certified after "
            f"{self.lab.updates:,} updates, with Wilson's 95 % intervals. Biases are kept. The grey line marks the "
            "density of the verdict.",
            drawn=methods_by_density(
                [self._rates("after: level by level", "levels", range(self.lab.levels + 1))],
                [
                    self._rates("after: at once", "one-shot", self.lab.at),
                    *(self._rates(f"before: {words}", method, self.lab.at) for method, words in METHODS.items()),
                ],
                verdict_density=imp.density(self.lab.verdict),
            ),
        )

    def _rates(self, label: str, key: str, levels: Sequence[int]) -> Rates:
        return rates(label, {self[key].density(level): count(self[key].arm(level)) for level in levels})
