"""Claim: a winning ticket is a structure: the same kernels are left everywhere, and its architecture is what matters.

Frankle and Carbin (2019) take a winning ticket to encode a structure that suits the task; Liu et al. (2019) find that
the architecture which pruning leaves does as well when it is trained from fresh weights. Here a ticket is compacted to
the small dense network that it really is, so that one can look: how many 3x3 units are left and how many of their nine
weights, whether tickets of different networks agree, and how the compact architecture does on its own.

    python scripts/replicate.py --claims structure                    # some 4 minutes on two cores
    python scripts/replicate.py --claims structure --preset smoke     # a quarter of a minute
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from lottery.analysis.fifteen_parameters import from_numbers
from lottery.claims.frame import lab
from lottery.claims.frame.answers import MATCHES, Points, versus
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.sizes import BySize, Size
from lottery.experiments.anatomy import EVEN, anatomy_piece
from lottery.networks.handmade import sparsest_parameters
from lottery.report.figures.network_graphs import network_graphs
from lottery.report.figures.remains_of_pruning import mean_weights, remains_panels
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import counted, paired
from lottery.statistics.keeping import keeps, keeps_rule, smallest_margin

RULE_OVERLAP = (
    "Agreement: reproduced if the matched masks at the verdict's level share more than all drawings of chance, "
    "contradicted if less than all of them, undecided otherwise."
)
WORDS = {"places": "place by place", "matched": "after matching units"}


class Structure(lab.LabClaim):
    """Agreement of masks, what is left of the networks, and how the architecture does on its own."""

    fixed = "2026-11-25 14:34:44"
    name = "structure"
    question = "Do tickets agree with each other, and does their architecture alone do as well?"
    statement = "A ticket is a structure: tickets agree with each other, and their architecture alone does as well."
    source = (
        "Frankle and Carbin 2019, arXiv 1803.03635, section 6 (a winning ticket encodes a structure that suits the "
        "task); Liu et al. 2019, arXiv 1810.05270 (the architecture that is left matters, not its weights); dead "
        "weights: Vysogorets and Kempe 2021, arXiv 2107.02306"
    )
    protocol = (
        "Iterative magnitude pruning of weights with rewinding to initialisation, to a tenth in ten levels, at the "
        "headline width of the laboratory and on the first of its replicates. Every ticket is compacted: what is on no "
        "path goes, and units without inputs are folded into biases. Masks of different networks are compared place by "
        "place, and after the units of each pair have been matched (Hungarian method), because networks number their "
        "units as it happened and two masks of one subnetwork may share nothing. Chance is masks with the same counts "
        "per layer in random places, matched in the same way. The ticket is also held against what one cut of the "
        "trained dense network would have kept. (Masks of successive levels are nested, so that these agree by "
        "construction.) At the level of the verdict a dense network of each compact ticket's shape (a, b) is trained "
        "from fresh weights for the same budget: it has the ticket's units and more weights, since the zeros inside "
        "are not kept. Left open by the sources, and our choice: width, level, what counts as the same."
    )
    rule = f"{RULE_OVERLAP} Architecture: {keeps_rule(0.10)}"
    outcome = None
    sizes = BySize(smoke=Size(4, 500), laptop=Size(64, 20_000), paper=Size(128, 125_000))

    @cached_property
    def margin(self) -> float:
        """The largest loss that the architecture may have, as small as so many replicates can show."""
        return smallest_margin(self.size.replicates)

    def pieces(self) -> dict[str, Piece]:
        """One piece."""
        piece = anatomy_piece(
            f"structure-m{self.width}",
            self.plan.network(self.width),
            self.plan.training(self.size.updates),
            lab.pruning(self.plan, controls=()),
            verdict=self.lab.verdict,
            seed=self.plan.seed,
            replicates=range(self.size.replicates),
        )
        return {"tickets": piece}

    @property
    def point_rule(self) -> str:
        """The rule with the margin that the plan's replicates can meet."""
        return f"{RULE_OVERLAP} Architecture: {keeps_rule(self.margin)}"

    def points(self) -> Iterator[Point]:
        """How the architecture does on its own; then what is left by level, the verdict's first."""
        yield self._architecture()
        for level in sorted(self.lab.at, key=lambda level: level != self.lab.verdict):
            row, density = self["tickets"].row(level), f"{self['tickets'].density(level):.2f}"
            if row["overlap"]:
                yield from (self._agreement(row, density, name) for name in WORDS)
            share, chance = row["with_one_shot"]
            yield self.point(
                f"one-shot/level={level}",
                label=f"Weights that one cut would keep too, density {density}",
                measured=share,
                unit="rate",
                note=f"Share of a ticket's weights that one cut of its trained dense network to the same density, "
                f"{density}, keeps too. Chance at equal counts per layer: {chance:.3f}.",
            )
            yield self._units(row, density)
            yield self._kernels(row, density)

    def _architecture(self) -> Point:
        found, level = self["tickets"], self.lab.verdict
        pair = paired(found["scratch"]["solved"], found.row(level)["solved"])
        shapes = Counter("({}, {})".format(*shape) for shape in found["scratch"]["features"])
        common = ", ".join(f"{shape} {count}" for shape, count in shapes.most_common(4))
        return self.point(
            "architecture",
            label="The ticket's architecture with fresh weights less the ticket",
            expected="as the ticket",
            **pair.fields,
            verdict=keeps(pair, self.margin),
            seconds=found.seconds,
            outcome="solved_at_end",
            note=f"Dense networks of the compact shape of each ticket, from fresh weights: {counted(pair.first)}; the "
            f"tickets at density {found.density(level):.2f}, rewound: {counted(pair.second)}; McNemar's p = "
            f"{pair.p_value:.2g}. {len(shapes)} shapes, most often {common}.",
        )

    def _agreement(self, row: dict[str, Any], density: str, name: str) -> Point:
        found = row["overlap"][name]
        judged = name == "matched" and row["level"] == self.lab.verdict
        above, below = found["shared"] > found["highest"], found["shared"] < found["lowest"]
        verdict = "reproduced" if above else "contradicted" if below else "undecided"
        return self.point(
            f"agreement/{name}/level={row['level']}",
            label=f"Weights that two tickets share, {WORDS[name]}, density {density}",
            expected="above chance" if judged else None,
            measured=found["shared"],
            unit="rate",
            verdict=verdict if judged else "new",
            note=f"Share of a ticket's weights that another network's ticket keeps too, {WORDS[name]}, at density "
            f"{density}; means over pairs. Chance at equal counts per layer: {found['chance']:.3f}, drawings from "
            f"{found['lowest']:.3f} to {found['highest']:.3f}.",
        )

    def _units(self, row: dict[str, Any], density: str) -> Point:
        wide, narrow = np.mean(row["features"], axis=0)
        dead_wide, dead_narrow = np.mean(row["dead"], axis=0)
        a, b = self.plan.network(self.width).channels
        sizes = row["effective_parameters"]
        certified = [size for size, right in zip(sizes, row["solved"], strict=True) if right]
        return self.point(
            f"units/level={row['level']}",
            label=f"3x3 units that are left, density {density}",
            measured=float(wide),
            unit="number",
            note=f"3x3 units that compaction leaves of {a}, at density {density}, mean over tickets; with as many "
            f"weights per layer in random places {np.mean(row['shuffled_features'], axis=0)[0]:.1f}. 1x1 units: "
            f"{narrow:.1f} of {b}. Of those left, {dead_wide:.1f} 3x3 units and {dead_narrow:.1f} 1x1 units answer all "
            "512 neighbourhoods alike: they are functionally dead. Parameters that are not zero: median "
            f"{np.median(sizes):g}; of certified tickets {f'{np.median(certified):g}' if certified else 'none'}.",
        )

    def _kernels(self, row: dict[str, Any], density: str) -> Point:
        by_weights, (even, units) = row["units_by_weights"], row["even"]
        return self.point(
            f"kernels/level={row['level']}",
            label=f"Weights of a 3x3 unit that is left, density {density}",
            measured=mean_weights(row) if any(by_weights) else None,
            unit="number",
            note=f"Weights of a 3x3 unit that is left, of nine, at density {density}, mean over units of all tickets. "
            f"Units by weights: {', '.join(f'{k}: {by_weights[k - 1]}' for k in range(9, 0, -1))}. Of the {units} "
            f"units of certified tickets, {even} weigh all eight neighbours alike as the hand-made kernels do "
            f"(standard deviation below {EVEN} of the mean).",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        agreement = points.judged("agreement/*")[0]
        more = {"reproduced": "more than", "contradicted": "less than"}.get(agreement["verdict"], "perhaps more than")
        (alone,) = versus(MATCHES, {"the ticket": points["architecture"]})
        return (
            f"Tickets of different networks have {told(agreement)} of their weights in common once their units are "
            f"matched, {more} by chance. Trained from fresh weights, a ticket's architecture {alone}."
        )

    def figures(self) -> Iterator[Figure]:
        """What is left by level, and one network before and after beside the hand-made one."""
        rows = [row for row in self["tickets"]["levels"] if row["level"]]
        yield Figure(
            title="What pruning leaves",
            caption="Left: units that compaction leaves, means over networks, beside masks with as many weights per "
            "layer in random places. Middle: how many of its nine weights a 3x3 unit still has. Right: the share of "
            "weights that tickets of different networks have in common, with the range of ten drawings of chance.",
            drawn=remains_panels(rows, self.plan.network(self.width).channels),
        )
        if example := self["tickets"]["example"]:
            yield Figure(
                title="What a ticket looks like",
                caption="The smallest certified ticket of the last level that has one (replicate "
                f"{example['replicate']}, level {example['level']}), compacted, without functionally dead units and "
                "with units scaled; beside it the sparsest network by hand. Numbers below units are biases.",
                drawn=network_graphs(
                    [
                        (f"a ticket, {example['size']} parameters left", from_numbers(example["ticket"])),
                        ("by hand, 15", sparsest_parameters()),
                    ]
                ),
                part="graphs",
            )
