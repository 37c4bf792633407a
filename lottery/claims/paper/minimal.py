"""Claim: minimal networks fail because a single ReLU is a bottleneck; without the read-out they learn more often.

Springer and Kenyon's minimal network (n=1, m=1) has 25 parameters and ends in one ReLU unit and a 1x1 read-out. Two
re-runs left the read-out away (23 parameters) and reported higher rates:

    Bibin and Dereventsov 2024, arXiv 2408.12778: 24 of 100 (Adam, ReLU output, squared error, zero padding, one board
        of 64x64 at a density of 0.38)
    CellularAutoma (GitHub, YuxiangLiu-lyx): 28 of 100 (density 0.3, fixed data)

    python scripts/replicate.py --claims minimal                    # some 6 minutes on two cores
    python scripts/replicate.py --claims minimal --preset smoke     # seconds
"""

from collections.abc import Iterator

import numpy as np

from lottery.claims.frame.answers import Points, bare
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate
from lottery.claims.frame.reruns import BARE_SIZES, bibin, cellularautoma_piece, fresh_piece
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, numbers
from lottery.experiments.train import training_piece
from lottery.networks.lifenet import LifeNet
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import counted, independent
from lottery.statistics.verdicts import agrees_in_part, agrees_in_part_rule, beats_rule
from lottery.training.settings import TrainSettings

ARMS = {
    "paper": "25 parameters, with read-out",
    "no-readout": "23 parameters, without",
    "bibin": "23, as Bibin and Dereventsov",
    "cellularautoma": "23, as CellularAutoma",
}
PUBLISHED = {"paper": (3, 64), "bibin": (24, 100), "cellularautoma": (28, 100)}


class Minimal(Claim):
    """The minimal network with its read-out and without, and two re-runs that left it away."""

    fixed = "2026-11-27 15:12:22"
    name = "minimal"
    question = "Are minimal networks hard to train because they end in a single ReLU?"
    statement = (
        "Minimal networks are hard to train because they end in a single ReLU: without the read-out it is easier."
    )
    source = (
        "Our reading of Springer and Kenyon 2020 (arXiv 2009.01398) beside Bibin and Dereventsov 2024 (arXiv "
        "2408.12778) and CellularAutoma (GitHub)"
    )
    protocol = (
        "One step, (a, b) = (2, 1). Arms: the paper's network with its read-out (25 parameters); the same without "
        "(23), whose last convolution gives the logits, so that no ReLU stands between it and the loss; and both "
        "re-runs as far as they are described. Arms are independent. Left open by the re-runs, and our choice: the "
        "budget (the paper's), Glorot uniform weights, for CellularAutoma cross-entropy and 8 boards of 32x32 as fixed "
        "data. The paper's network is the sample of 1024 that the claim `column` draws afresh; this page once had the "
        "256 of the claim `width` (8 certified), a low draw. A unit is dead if it gives one answer to all 512 "
        "neighbourhoods at the end."
    )
    rule = (
        f"Re-runs: {agrees_in_part_rule()} The bottleneck: {beats_rule()} {BUDGET_RULE} Shares of dead units have no "
        "published number."
    )
    sizes = BARE_SIZES

    def pieces(self) -> dict[str, Piece]:
        """One piece per arm; the paper's own network is that of the sample of fixed size."""
        plan, updates = self.plan, self.size.updates
        return {
            "paper": fresh_piece(plan, "glorot", 1),
            "no-readout": self._bare("no-readout", plan.network(readout=False), plan.training(updates)),
            "bibin": self._bare("bibin", *bibin(plan, updates)),
            "cellularautoma": cellularautoma_piece(plan),
        }

    def _bare(self, arm: str, net: LifeNet, settings: TrainSettings) -> Piece:
        own = numbers(list(ARMS).index(arm), self.size.replicates)
        return training_piece(f"minimal-{arm}", net, settings, seed=self.plan.seed, replicates=own)

    def points(self) -> Iterator[Point]:
        """The rate of each arm, what the bottleneck costs, and how many of the failures have dead units."""
        for arm, words in ARMS.items():
            found, published = self[arm], PUBLISHED.get(arm)
            yield self.point(
                arm,
                label=words,
                expected=published[0] / published[1] if published else None,
                **found.rate,
                verdict=self.at_full_budget(agrees_in_part(published, found.count) if published else "new"),
                seconds=found.seconds,
                note=f"{found.ever} of {found.count[1]} were certified at one check at least.",
            )
        free, held = self["no-readout"].count, self["paper"].count
        gain = independent(free, held)
        yield self.point(
            "bottleneck",
            label="Without the read-out less with it",
            expected="above 0",
            **gain.fields,
            verdict=self.at_full_budget(gain.beats),
            note=f"Without the read-out {counted(free)}, with it {counted(held)}; Fisher p = {gain.p:.2g}.",
        )
        yield from (self._dead(arm) for arm in ("paper", "no-readout"))

    def _dead(self, arm: str) -> Point:
        failed = ~self[arm].solved
        if not failed.any():
            return self.point(f"dead/{arm}", note=f"{ARMS[arm]}: no network failed.")
        wide, narrow = (np.array(self[arm][f"constant_{layer}"]) > 0 for layer in ("wide", "narrow"))
        dead = wide | narrow
        return self.point(
            f"dead/{arm}",
            label=f"Failures with a dead unit, {ARMS[arm]}",
            **rate(dead[failed]),
            note=f"Failures with a unit that is constant on all 512 neighbourhoods; in "
            f"{wide[failed].sum()} one or both of the 3x3 units, in {narrow[failed].sum()} the 1x1 unit. Of the "
            f"{(~failed).sum()} successes {dead[~failed].sum()} have one.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        gain = points["bottleneck"]
        said = {
            "reproduced": "It helps to leave the read-out away",
            "contradicted": "It does harm to leave the read-out away",
        }
        start = said.get(gain["verdict"], "We cannot say whether it helps to leave the read-out away")
        return (
            f"{start} ({bare(gain)}). {told(points['no-readout'], 'minimal networks')} learn one step without it, and "
            f"{told(points['paper'])} with it."
        )

    def figures(self) -> Iterator[Figure]:
        """The rate of each arm beside the published sample."""
        ours = named("this run", {words: self[arm].count for arm, words in ARMS.items()})
        theirs = named("published", {ARMS[arm]: counts for arm, counts in PUBLISHED.items()})
        yield Figure(
            title="Minimal networks with and without the read-out",
            caption=f"Networks certified after {self.size.updates:,} updates, with Wilson's 95 % intervals.",
            drawn=rates_by_name([ours, theirs]),
        )
