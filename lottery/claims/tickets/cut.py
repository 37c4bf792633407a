"""Claim: a trained network cut to 10 % of its parameters gives the same results.

That is an earlier finding on image classifiers, which Springer and Kenyon (2020) cite in their introduction; the press
made it theirs. Frankle and Carbin (2019) prune to a tenth and less. Expected: the same success as the dense network's.
`tenth` is the small version of this claim: magnitude at m=8 only, with 32 of the dense networks of here.

Which layers are ranked together decides what a tenth can be. With all layers ranked together, Glorot's weights leave
hardly any weight of the 3x3 layer, of which an exact network needs nine; so the cut is made with four scopes.

    python scripts/replicate.py --claims cut                      # some 75 minutes on two cores, 35 of them at m=8
    python scripts/replicate.py --claims cut --preset smoke       # a quarter of a minute
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from jaxtyping import Bool

from lottery.analysis.exact_masks import LAYERS
from lottery.claims.frame import lab
from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.headline import TENTH_SOURCE
from lottery.report.figures.coloured_table import Cell, cells
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, paired
from lottery.statistics.keeping import keeps, keeps_rule, smallest_margin

WORDS = {
    "cut": "not trained any further",
    "fine-tuned": "trained on from where it was",
    "rewound": "trained again from its initial weights",
}
ARMS = {"fine-tuned": "finetuned", "rewound": "ticket"}
CRITERIA = {"saliency": "exact saliency", "obd": "Optimal Brain Damage"}  # beside magnitude, at the headline width


class Cut(lab.LabClaim):
    """Every way to cut to a tenth, and what follows, at every width."""

    fixed = "2026-11-27 15:47:55"
    name = "cut"
    question = "Does a network that is cut to a tenth give the same results, in whatever way it is cut?"
    statement = "A trained network cut to 10 % of its parameters gives the same results."
    source = (
        f"{TENTH_SOURCE}. Optimal Brain Damage: LeCun et al. 1989; fine-tuning and rewinding: Renda et al. 2020, arXiv "
        "2003.02389; ERK: Evci et al. 2020, arXiv 1911.11134; layer collapse: Tanaka et al. 2020, arXiv 2006.05467"
    )
    protocol = (
        "Networks of several widths that were trained on one step of Life are cut to a tenth and certified: as they "
        "are, fine-tuned, or rewound to their initial weights and trained again, for one budget. They are cut at "
        "once or level by level (ten cuts, rewound and trained again after each; 'as they are' and 'fine-tuned' then "
        "say what follows the tenth cut, which removes a fifth of what the ninth has left). A tenth of the weights "
        "leaves all biases; a tenth of the parameters counts and prunes biases too. Criteria: magnitude; at the "
        "headline width also the exact saliency, what removing each parameter alone costs in expected loss over all "
        "boards, and Optimal Brain Damage, its second-order estimate, which of the two second-order criteria is the "
        "one made for many removals at once. Four scopes say which weights are ranked together, for magnitude and "
        "weights alone: all layers; all layers with a floor of 9, 2 and 1 weights in the 3x3 layer, the 1x1 layer "
        "and the read-out, the least that an exact network has in each; the same share of every layer; and densities "
        "by the layers' shapes (ERK). For each way to cut we report how many masks can be exact "
        "(`lottery.can_be_exact` proves of the others that no weights are), and success among those. Left open by "
        "the source, and our choice: width, criterion, scope, budget, what counts as the same. All arms share "
        "replicates, so each is held in pairs against the dense networks that it was cut from. What this page said "
        "before: it had the first scope alone, and read its failure as that of a tenth. It was layer collapse: of "
        "Glorot's weights, those of the 3x3 layer are the smallest, and at m=8 the cut at once left a median of 1 "
        "of 144 there. 127 of 128 masks could not be exact before training began, whatever they were trained to."
    )
    rule = (
        f"{keeps_rule(0.10)} Where a width has so few replicates that even n of n against n of n leaves a larger loss "
        "possible (fewer than 35), the loss is 20 percentage points instead."
    )

    @cached_property
    def ways(self) -> dict[tuple[int, str], lab.Way]:
        """Every way to cut, by width and name, the headline width first."""
        every = {
            width: [*lab.ways(self.plan, width), *lab.scoped_ways(self.plan, width)] for width in self.lab.replicates
        }
        return {(width, way.name): way for width, ways in every.items() for way in ways}

    def pieces(self) -> dict[tuple[int, str], Piece]:
        """One piece per way to cut."""
        return {key: way.piece for key, way in self.ways.items()}

    def _after(self, width: int, way: str, then: str) -> Bool[np.ndarray, " replicates"]:
        """By replicate, whether it was certified after the cut to a tenth and what followed."""
        found, last = self[width, way], self.lab.levels
        return found.when_cut(last) if then == "cut" else found.arm(last, ARMS[then])

    def points(self) -> Iterator[Point]:
        """Every way to cut and to go on, a count of those that match at each width, and the criteria in pairs."""
        pairs = corrected(
            {(*key, then): paired(self._after(*key, then), self[key].dense) for key in self.ways for then in WORDS}
        )
        for width, replicates in self.lab.replicates.items():
            margin = smallest_margin(replicates)
            here = {key: (pair, keeps(pair, margin)) for key, pair in pairs.items() if key[0] == width}
            same = [f"{way} {then}" for (_, way, then), (_, verdict) in here.items() if verdict == "reproduced"]
            yield self.point(
                f"m={width}/ways",
                label=f"m={width}, ways to cut and retrain that keep the success",
                measured=float(len(same)),
                unit="number",
                note=f"Of {len(here)} ways to cut and retrain at m={width}, how many keep the success of the dense "
                f"network within {100 * margin:g} points: {', '.join(same) or 'none'}.",
            )
            for (_, way, then), (pair, verdict) in here.items():
                yield self.point(
                    f"m={width}/{way}/{then}",
                    label=f"m={width}, {self.ways[width, way].label}, {WORDS[then]}",
                    expected="as dense",
                    **rate_of(*pair.first),
                    verdict=verdict,
                    rule=keeps_rule(margin),
                    seconds=self[width, way].seconds,
                    note=self._in_words(width, way, then, pair),
                )
            yield from self._possible(width)
        yield from self._criteria()

    def _possible(self, width: int) -> Iterator[Point]:
        """For every way to cut, the share of the masks that can be exact, and how its layers were kept."""
        last = self.lab.levels
        for (m, name), way in self.ways.items():
            if m == width:
                found = self[width, name]
                possible, row = found.can_be_exact(last), found.row(last)
                kept = ", ".join(
                    f"{np.median(row['layers'][layer]['kept']):g} of {row['layers'][layer]['prunable']}"
                    for layer in LAYERS
                )
                known = "" if found.masks_known(last) else " Judged by the counts of the layers, which exclude less."
                yield self.point(
                    f"m={width}/{name}/can-be-exact",
                    label=f"m={width}, {way.label}: masks that can be exact",
                    **rate_of(int(possible.sum()), len(possible)),
                    rule="Reported, not judged: masks of which `lottery.can_be_exact` does not prove that no weights "
                    "under them are exact, with Wilson's interval.",
                    note=f"m={width}, {name}, {lab.SCOPE_WORDS[way.scope]}. The median mask keeps {kept} in the 3x3 "
                    f"layer, the 1x1 layer and the read-out.{known}",
                )

    def _in_words(self, width: int, way: str, then: str, pair: Comparison) -> str:
        row = self[width, way].row(self.lab.levels)
        by = CRITERIA.get(self.ways[width, way].method.removeprefix("one-shot-"), "magnitude")
        return (
            f"By {by}, {lab.SCOPE_WORDS[self.ways[width, way].scope]}. Dense: "
            f"{counted(pair.second)}. Paired difference {pair.in_points}; exact McNemar p after Holm over all ways "
            f"and widths = {pair.p:.2g}. {row['parameters_kept']} of {row['parameters']} parameters are left; in the "
            f"median replicate {int(np.median(row['effective']))} of the {row['kept']} survivors lie on a path from "
            "input to output. "
            f"{self[width, way].possible_in_words(self.lab.levels, solved=self._after(width, way, then))}"
        )

    def _criteria(self) -> Iterator[Point]:
        """The other criteria against magnitude, both in one shot at the headline width."""
        m = self.width
        pairs = corrected(
            {
                (what, by, then): paired(
                    self._after(m, f"{what}/one-shot-{by}", then),
                    self._after(m, f"{what}/one-shot", then),
                )
                for what in ("weights", "parameters")
                for by in CRITERIA
                for then in WORDS
                if (m, f"{what}/one-shot-{by}") in self.ways
            }
        )
        for (what, criterion, then), pair in pairs.items():
            yield self.point(
                f"m={m}/{what}/{criterion}-against-magnitude/{then}",
                label=f"m={m}, {what} at once, {WORDS[then]}: {CRITERIA[criterion]} less magnitude",
                **pair.fields,
                rule="Reported, not judged: paired difference (Newcombe) and exact McNemar, Holm's correction over "
                "these rows.",
                note=f"Cut at once, {WORDS[then]}: {CRITERIA[criterion]} {counted(pair.first)}, magnitude "
                f"{counted(pair.second)}; p after Holm = {pair.p:.2g}.",
            )

    def answer(self, points: Points) -> str:
        """What was found."""
        ways = points.judged(f"m={self.width}/*")
        best = max(ways, key=lambda point: point["measured"] or 0.0)
        usual = points[f"m={self.width}/weights/levels/rewound"]
        return (
            f"Cut level by level to a tenth of the weights and rewound, {told(usual, f'networks of m={self.width}')} "
            f"are certified; the best way to cut gives {told(best)}. "
            + of_all(
                ways,
                f"ways to cut and retrain at m={self.width}",
                "kept the dense network's success",
                "did worse than the dense network",
            )
        )

    def figures(self) -> Iterator[Figure]:
        """A table of rates: one row per way to cut, a group of columns per width, a column per thing that follows."""
        dense = ", ".join(
            f"{counted(count(self[m, 'weights/levels'].dense))} at m={m}" for m in sorted(self.lab.replicates)
        )
        yield Figure(
            title="Cut to a tenth, by width",
            caption=f"Shares of networks certified at the end of a level's budget of {self.lab.updates:,} updates; of "
            f"the dense networks {dense} are. 'Weights' leaves all biases, 'parameters' prunes them too. All layers "
            "are ranked together where no other scope is named. Saliency and OBD cut at once, at the headline width.",
            drawn=cells([cell for m in sorted(self.lab.replicates) for cell in self._cells(m)]),
        )

    def _cells(self, width: int) -> Iterator[Cell]:
        """The rate of every way to cut and of every thing that can follow."""
        for (m, name), way in self.ways.items():
            if m == width:
                for then, label in (("cut", "as cut"), ("fine-tuned", "fine-tuned"), ("rewound", "rewound")):
                    rate = float(self._after(m, name, then).mean())
                    yield Cell(way.label, f"m={m}", label, rate)
