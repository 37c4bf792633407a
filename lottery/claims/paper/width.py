"""Claim: minimal networks rarely learn one step of Life, three times wider ones mostly do (Springer and Kenyon)."""

from collections.abc import Iterator

from lottery.claims.frame.answers import Points, aside
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.plan import PRESETS
from lottery.claims.frame.reruns import PUBLISHED, STATED, width_piece
from lottery.claims.frame.series import rates
from lottery.networks.lifenet import parameter_count
from lottery.report.figures.figure import success_against_width
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Count
from lottery.statistics.verdicts import agrees_in_part, agrees_in_part_rule

PROTOCOL_RULE = (
    "With a budget below the paper's 125,000 updates, or other boards, batches, rule or learning rate, the verdict is "
    "always undecided."
)
# What the page said before, and why that was wrong.
CORRECTED = {
    3: " This row once said contradicted. It had been undecided with 64 networks (48 of 64) and became a verdict when "
    "192 were added, which is no test of a fixed size; and the paper does not say how it drew its initial weights, so "
    "that a difference under Glorot's contradicts nothing."
}


class Width(Claim):
    """Success against width, one step ahead."""

    fixed = "2026-11-27 15:12:22"
    name = "width"
    question = "How often do networks learn one step, from the minimal width on?"
    statement = "Minimal networks rarely learn the Game of Life; networks a few times overcomplete mostly do."
    source = "Springer and Kenyon 2020, arXiv 2009.01398: success against overcompleteness, n=1"
    protocol = (
        "Networks of width m with weights of their own and a sequence of batches of their own, trained with Adam 1e-3 "
        "on batches of 8 random boards 32x32 with a density from U(0,1). A success is certified on all 512 "
        "neighbourhoods with the weights at the end of the budget. The paper leaves open the initial weights (here "
        "Glorot uniform, zero biases), the padding (torus) and the loss (binary cross-entropy). The claim `column` "
        "draws larger samples of these networks afresh, from three kinds of initial weights."
    )
    rule = f"{agrees_in_part_rule()} {PROTOCOL_RULE}"
    headline = True

    def pieces(self) -> dict[int, Piece]:
        """One piece per width."""
        return {m: width_piece(self.plan, m) for m in self.plan.widths}

    def points(self) -> Iterator[Point]:
        """One point per width, against the paper's sample where there is one."""
        for m in self.plan.widths:
            found = self[m]
            yield self.point(
                f"m={m}",
                label=f"Networks of m={m} that learn one step",
                expected=STATED.get(m),
                **found.rate,
                verdict=self._verdict(PUBLISHED[m], found.count) if m in PUBLISHED else "new",
                seconds=found.seconds,
                rule=self.rule if m in PUBLISHED else "No published number.",
                note=f"{found['parameters']} parameters. {found.ever} of {found.count[1]} were certified at one check "
                "at least (ever_solved)." + CORRECTED.get(m, ""),
            )

    def _verdict(self, published: Count, measured: Count) -> str:
        plan, paper = self.plan, PRESETS["paper"]
        known = ("batch", "board", "density", "rule", "learning_rate")
        if plan.width_updates < paper.width_updates or any(
            getattr(plan.train, n) != getattr(paper.train, n) for n in known
        ):
            return "undecided"
        return agrees_in_part(published, measured)

    def answer(self, points: Points) -> str:
        """What was found."""
        minimal, wide = points["m=1"], points["m=3"]
        return (
            f"{told(minimal, 'minimal networks')} learn one step{aside(minimal)}. At three times the width "
            f"{told(wide)} do{aside(wide)}."
        )

    def figures(self) -> Iterator[Figure]:
        """Success against width, ours beside the paper's two samples."""
        parameters = ", ".join(f"{parameter_count(self.plan.network(m))} at m={m}" for m in self.plan.widths)
        yield Figure(
            title="Success against width, one step ahead",
            caption=f"Networks certified on all 512 neighbourhoods after {self.plan.width_updates:,} updates, with "
            f"Wilson's 95 % intervals. Parameters: {parameters}.",
            drawn=success_against_width(
                [rates("this run", {m: self[m].count for m in self.plan.widths})],
                [rates("Springer and Kenyon 2020", PUBLISHED)],
            ),
        )
