"""Claim: one step ahead, more than half of the networks succeed from m=3 on (Springer and Kenyon), the whole column.

expected: 3 of 64 at m=1, 38 of 64 at m=3, the first width above 50 %

python scripts/replicate.py --claims column                     # some 12 minutes on two cores
python scripts/replicate.py --claims column --preset smoke      # half a minute
"""

from collections.abc import Iterator
from dataclasses import replace

from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.crossings import (
    HOW,
    INITIALISERS,
    crossing_fields,
    crossing_note,
    crossing_of,
    crossing_verdict,
)
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.reruns import PUBLISHED, STATED
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.train import training_piece
from lottery.report.figures.figure import Rates
from lottery.report.figures.success_and_crossing import success_and_crossing
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Count, count
from lottery.statistics.verdicts import same_crossing_rule, same_rate, same_rate_rule

WHOLE = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24)
WIDTHS = BySize(smoke=(1, 3, 8), laptop=WHOLE, paper=WHOLE)
PUBLISHED_CROSSING = (2.0, 3.0)


class Column(Claim):
    """Success against width for two ways to draw the initial weights, and where each crosses 50 %."""

    fixed = "2026-11-25 11:05:53"
    name = "column"
    statement = (
        "One step ahead, more than half of the networks learn the Game of Life from three times overcomplete on."
    )
    source = "Springer and Kenyon 2020, arXiv 2009.01398: success against overcompleteness, n=1, m up to 24"
    protocol = (
        "Networks of every width with weights and batches of their own, none of them shared between widths. The paper "
        "leaves the initial weights open: Glorot uniform with zero biases, and PyTorch's default (uniform within "
        "1/sqrt(inputs), biases too) beside it. A network leaves at the check, every 250 updates, that certifies it on "
        "all 512 neighbourhoods, so a success here is a network that was right at one check at least (ever_solved); "
        f"how often such a network is wrong at the end of the budget is measured by the claim `time`. {HOW}"
    )
    rule = (
        f"Rates: {same_rate_rule()} A network that was ever solved may have been unsolved at the end, so a higher rate "
        f"contradicts nothing. The crossing: {same_crossing_rule()} The published stretch is m=2 to m=3. {BUDGET_RULE}"
    )
    outcome = "ever_solved"
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(64, 125_000), paper=Size(64, 125_000))

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths m."""
        return WIDTHS[self.plan.size]

    def pieces(self) -> dict[tuple[str, int], Piece]:
        """One piece per initialiser and width."""
        return {(initialiser, m): self._trained(initialiser, m) for initialiser in INITIALISERS for m in self.widths}

    def _trained(self, initialiser: str, m: int) -> Piece:
        """All networks of one width, solved ones leaving."""
        place = list(INITIALISERS).index(initialiser) * 100 + m  # the claim `width` uses the numbers from 0 on
        piece = training_piece(
            f"column-{initialiser}-m{m}",
            self.plan.network(m, initialiser=initialiser),
            self.plan.training(self.size.updates, stop_when_solved=True),
            seed=self.plan.seed,
            replicates=numbers(place, self.size.replicates),
        )
        # A guess for the estimate: the wider, the more leave early; the last few still fill a quarter of the slots.
        return replace(piece, seconds=piece.seconds * max(0.3, 1 / m**0.5))

    def points(self) -> Iterator[Point]:
        """Every rate, and for each initialiser the crossing of the 50 % line."""
        for initialiser, words in INITIALISERS.items():
            for m in self.widths:
                found = self[initialiser, m]
                solved = count(found.ever_solved)
                yield self.point(
                    f"{initialiser}/m={m}",
                    expected=STATED.get(m),
                    **rate_of(*solved),
                    verdict=self.at_full_budget(_verdict(PUBLISHED[m], solved) if m in PUBLISHED else "new"),
                    seconds=found.seconds,
                    note=f"{words}, {found['parameters']} parameters.",
                )
            ours = self._rates(initialiser)
            crossing = crossing_of(ours)
            yield self.point(
                f"{initialiser}/crossing",
                expected="m from 2 to 3",
                **crossing_fields(ours, crossing),
                verdict=self.at_full_budget(crossing_verdict(PUBLISHED_CROSSING, ours, crossing)),
                seconds=sum(self[initialiser, m].seconds for m in self.widths),
                note=f"{words}; the time is that of the whole column. {crossing_note(ours, crossing)}",
            )

    def _rates(self, initialiser: str) -> Rates:
        return rates(INITIALISERS[initialiser], {m: count(self[initialiser, m].ever_solved) for m in self.widths})

    def figures(self) -> Iterator[Figure]:
        """Success against width for each initialiser, beside the paper's two samples."""
        ours = [self._rates(initialiser) for initialiser in INITIALISERS]
        paper = rates("Springer and Kenyon 2020", PUBLISHED)
        yield Figure(
            title="Success against width, one step ahead, the whole column",
            caption=f"Networks certified at one check at least within {self.size.updates:,} updates, with Wilson's "
            "95 % intervals, and a logistic curve in log m. The thick lines at 50 % are the intervals of the "
            "crossings.",
            drawn=success_and_crossing({"": [*((one, crossing_of(one)) for one in ours), (paper, None)]}),
        )


def _verdict(published: Count, solved: Count) -> str:
    """The verdict on a rate; a higher one contradicts nothing, because the paper counted at the end."""
    verdict = same_rate(published, solved)
    higher = solved[0] / solved[1] > published[0] / published[1]
    return "undecided" if verdict == "contradicted" and higher else verdict
