"""Claim: the headline rates do not depend on how the loss is computed: training on boards gives those of the patterns.

The headline numbers come from the loss on 512 weighted neighbourhoods. Here the same networks, from the same initial
weights and on the same batches, are trained cell by cell on the boards.

    expected: no difference; 3 of 64 at m=1, 38 of 64 at m=3 (Springer and Kenyon)

    python scripts/replicate.py --claims boards                     # some 5 minutes on two cores
    python scripts/replicate.py --claims boards --preset smoke      # seconds
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from lottery.claims.frame.answers import Points, listed, of_all
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.reruns import PUBLISHED, STATED, width_piece
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, size_of
from lottery.experiments.train import training_piece
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, counted, paired
from lottery.statistics.verdicts import agrees, agrees_rule, same_rate, same_rate_rule

WIDTHS = (1, 3)
ARRANGEMENTS = BySize(smoke="fused", laptop="fused", paper="boards")


class Boards(Claim):
    """The networks of the claim `width`, trained once more on the boards themselves."""

    fixed = "2026-11-25 11:05:53"
    name = "boards"
    question = "Does training on real boards give the rates of training on the 512 neighbourhoods?"
    statement = "Networks trained on real boards succeed as often as those trained on the 512 neighbourhoods."
    source = (
        "Our check of the route by which every number for one step comes about; rates: Springer and Kenyon 2020, arXiv "
        "2009.01398"
    )
    protocol = (
        "One step, m=1 and m=3. The networks of the claim `width` once more: the same initial weights, the same boards "
        "in every batch, the same budget. There the loss of a batch is that of the 512 neighbourhoods, weighted by how "
        "often they occur. Here it is the mean over the cells of its boards, forward and backward cell by cell, by "
        "code of its own (the fused kernels, in which the first block is looked up by neighbourhood; at the `paper` "
        "size flax's convolutions on the boards). Both routes add the same terms in another order, so single networks "
        "part ways in the course of thousands of updates, and only rates can be compared; the arms are paired."
    )
    rule = f"Routes: {agrees_rule()} Rates against the paper's: {same_rate_rule()} {BUDGET_RULE}"
    sizes = BySize(smoke=Size(8, 2_000), laptop=Size(64, 125_000), paper=Size(64, 125_000))

    @cached_property
    def size(self) -> Size:
        """The budget is that of the claim `width`, and there are no more replicates than it has."""
        replicates = size_of(self.plan, self.sizes).replicates
        return Size(min(replicates, self.plan.width_replicates), self.plan.width_updates)

    def pieces(self) -> dict[tuple[str, int], Piece]:
        """Both routes at each width; the patterns' are the pieces of the claim `width`."""
        found = {}
        for m in WIDTHS:
            found["patterns", m] = width_piece(self.plan, m)
            found["boards", m] = self._on_boards(m)
        return found

    def _on_boards(self, m: int) -> Piece:
        arrangement = ARRANGEMENTS[self.plan.size]
        piece = training_piece(
            f"boards-m{m}",
            self.plan.network(m),
            self.plan.training(self.size.updates, arrangement=arrangement),
            seed=self.plan.seed,
            replicates=range(self.size.replicates),
        )
        if arrangement != "fused":
            return piece
        return replace(piece, seconds=8 + piece.updates * 1e-6 * (8 + 5 * m))  # as measured on two cores

    def points(self) -> Iterator[Point]:
        """For each width the rate on boards, and its difference to the rate on patterns."""
        for m in WIDTHS:
            boards, patterns = self["boards", m], self["patterns", m]
            yield self.point(
                f"m={m}",
                label=f"m={m}, trained on boards",
                expected=STATED[m],
                **boards.rate,
                verdict=self.at_full_budget(same_rate(PUBLISHED[m], boards.count)),
                seconds=boards.seconds,
                note=f"Computed by the arrangement {boards['arrangement']!r}.",
            )
            pair = self._pair(m)
            alike = int(np.sum(boards.solved == patterns.solved[: len(boards.solved)]))
            yield self.point(
                f"m={m}/boards-patterns",
                label=f"m={m}, on boards less on neighbourhoods",
                expected="0",
                **pair.fields,
                verdict=agrees(pair.difference.interval),
                note=f"On boards ({boards['arrangement']}) {counted(pair.first)}, on patterns "
                f"({patterns['arrangement']}) {counted(pair.second)}; {alike} pairs end alike, exact McNemar p = "
                f"{pair.p_value:.2g}.",
            )

    def _pair(self, m: int) -> Comparison:
        return paired(self["boards", m].solved, self["patterns", m].solved)

    def answer(self, points: Points) -> str:
        """What was found."""
        routes = points.judged("*/boards-patterns")
        differences = [f"{told(point)} at m={m}" for m, point in zip(WIDTHS, routes, strict=True)]
        return f"The rate on boards less that on neighbourhoods is {listed(differences)}. " + of_all(
            routes, "widths", "showed no difference", "showed one"
        )

    def figures(self) -> Iterator[Figure]:
        """The rates of both routes beside the paper's samples."""
        pairs = {f"m={m}": self._pair(m) for m in WIDTHS}
        series = [
            named("on boards", {m: pair.first for m, pair in pairs.items()}),
            named("on 512 patterns", {m: pair.second for m, pair in pairs.items()}),
            named("Springer and Kenyon 2020", {f"m={m}": PUBLISHED[m] for m in WIDTHS}),
        ]
        yield Figure(
            title="Two routes to the headline rates",
            caption="The same networks trained on boards and on weighted patterns, certified after "
            f"{self.size.updates:,} updates; Wilson's 95 % intervals.",
            drawn=rates_by_name(series),
        )
