"""Claim: a winning ticket is a structure: the same kernels are left everywhere, and its architecture is what matters.

Frankle and Carbin (2019) take a winning ticket to encode a structure that suits the task; Liu et al. (2019) find that
the architecture which pruning leaves does as well when it is trained from fresh weights. Here a ticket is compacted to
the small dense network that it really is, so that one can look: how many 3x3 units are left and how many of their nine
weights, whether tickets of different networks agree, and how the compact architecture does on its own.

    python scripts/replicate.py --claims structure                    # some 4 minutes on two cores
    python scripts/replicate.py --claims structure --preset smoke     # a quarter of a minute
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.paired import compare, keeps, keeps_rule, smallest_margin
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import Size, size_of
from lottery.experiments.anatomy import EVEN, anatomy_piece
from lottery.handmade import sparsest_parameters
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import save_figure
from lottery.report.graphs import network_graphs
from lottery.report.page import PageFigure
from lottery.report.remains import mean_weights, remains_panels
from lottery.sparsest import from_numbers
from lottery.tickets import PruningSettings

NAME = "structure"
STATEMENT = "A ticket is a structure: tickets agree with each other, and their architecture alone does as well."
SOURCE = (
    "Frankle and Carbin 2019, arXiv 1803.03635, section 6 (a winning ticket encodes a structure that suits the task); "
    "Liu et al. 2019, arXiv 1810.05270 (the architecture that is left matters, not its weights); dead weights: "
    "Vysogorets and Kempe 2021, arXiv 2107.02306"
)
PROTOCOL = (
    "Iterative magnitude pruning of weights with rewinding to initialisation, to a tenth in ten levels, at the "
    "headline width of the laboratory and on the first of its replicates. Every ticket is compacted: what is on no "
    "path goes, and units without inputs are folded into biases. Masks of different networks are compared place by "
    "place, and after the units of each pair have been matched (Hungarian method), because networks number their units "
    "as it happened and two masks of one subnetwork may share nothing. Chance is masks with the same counts per layer "
    "in random places, matched in the same way. The ticket is also held against what one cut of the trained dense "
    "network would have kept. (Masks of successive levels are nested, so that these agree by construction.) At the "
    "level of the verdict a dense network of each compact ticket's shape (a, b) is trained from fresh weights for the "
    "same budget: it has the ticket's units and more weights, since the zeros inside are not kept. Left open by the "
    "sources, and our choice: width, level, what counts as the same."
)
SIZES = {"smoke": Size(4, 500), "laptop": Size(64, 20_000), "paper": Size(128, 125_000)}
RULE_OVERLAP = (
    "Agreement: reproduced if the matched masks at the verdict's level share more than all drawings of chance, "
    "contradicted if less than all of them, undecided otherwise."
)
WORDS = {"places": "place by place", "matched": "after matching units"}


def rule(plan: Plan) -> str:
    """The rule of the verdicts, for so many replicates."""
    return f"{RULE_OVERLAP} Architecture: {keeps_rule(_margin(plan))}"


def _margin(plan: Plan) -> float:
    return smallest_margin(size_of(plan, SIZES).replicates)


def piece(plan: Plan) -> Piece:
    """The one piece of the claim."""
    size, width, chosen = size_of(plan, SIZES), lab.widths(plan)[0], lab.size(plan)
    return anatomy_piece(
        f"structure-m{width}",
        plan.network(width),
        plan.training(size.updates),
        PruningSettings(
            levels=chosen.levels,
            prune_fraction=1 - lab.FINAL_DENSITY ** (1 / chosen.levels),
            scope=plan.scope,
            controls=(),
        ),
        verdict=chosen.verdict,
        seed=plan.seed,
        replicates=range(size.replicates),
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece."""
    return [piece(plan)]


def points(plan: Plan, results: Results) -> list[Point]:
    """Agreement of masks, what is left of the networks, and how the architecture does on its own."""
    outcomes, chosen = results[piece(plan).name], lab.size(plan)
    rows = {row["level"]: row for row in outcomes["levels"]}
    found = [_architecture(plan, outcomes, rows[chosen.verdict])]
    for level in _told(plan):
        row = rows[level]
        found += [
            *(_agreement(plan, row, name) for name in WORDS if row["overlap"]),
            _one_shot(plan, row),
            _units(plan, row),
            _kernels(plan, row),
        ]
    return found


def _told(plan: Plan) -> list[int]:
    """The verdict's level first."""
    chosen = lab.size(plan)
    return [chosen.verdict, *(level for level in chosen.at if level != chosen.verdict)]


def _architecture(plan: Plan, outcomes: Outcomes, row: Mapping[str, Any]) -> Point:
    alone, ticket = (np.array(of["solved"], bool) for of in (outcomes["scratch"], row))
    pair = compare(alone, ticket)
    shapes = Counter("({}, {})".format(*shape) for shape in outcomes["scratch"]["features"])
    common = ", ".join(f"{shape} {count}" for shape, count in shapes.most_common(4))
    return _point(
        plan,
        "architecture",
        expected="as the ticket",
        measured=pair.difference.value,
        interval=pair.ends,
        unit="difference",
        verdict=keeps(pair, _margin(plan)),
        seconds=outcomes["seconds"],
        outcome="solved_at_end",
        note=f"Dense networks of the compact shape of each ticket, from fresh weights: "
        f"{pair.first[0]}/{pair.first[1]}; the tickets at density {_density(row):.2f}, rewound: "
        f"{pair.second[0]}/{pair.second[1]}; McNemar's p = {pair.p_value:.2g}. "
        f"{len(shapes)} shapes, most often {common}.",
    )


def _density(row: Mapping[str, Any]) -> float:
    return float(row["kept"] / row["prunable"])


def _agreement(plan: Plan, row: Mapping[str, Any], name: str) -> Point:
    found = row["overlap"][name]
    judged = name == "matched" and row["level"] == lab.size(plan).verdict
    above, below = found["shared"] > found["highest"], found["shared"] < found["lowest"]
    verdict = "reproduced" if above else "contradicted" if below else "undecided"
    return _point(
        plan,
        f"agreement/{name}/level={row['level']}",
        expected="above chance" if judged else None,
        measured=found["shared"],
        unit="rate",
        verdict=verdict if judged else "new",
        note=f"Share of a ticket's weights that another network's ticket keeps too, {WORDS[name]}, at density "
        f"{_density(row):.2f}; means over pairs. Chance at equal counts per layer: {found['chance']:.3f}, drawings "
        f"from {found['lowest']:.3f} to {found['highest']:.3f}.",
    )


def _one_shot(plan: Plan, row: Mapping[str, Any]) -> Point:
    share, chance = row["with_one_shot"]
    return _point(
        plan,
        f"one-shot/level={row['level']}",
        measured=share,
        unit="rate",
        verdict="new",
        note=f"Share of a ticket's weights that one cut of its trained dense network to the same density, "
        f"{_density(row):.2f}, keeps too. Chance at equal counts per layer: {chance:.3f}.",
    )


def _units(plan: Plan, row: Mapping[str, Any]) -> Point:
    wide, narrow = np.array(row["features"]).T
    random, _ = np.array(row["shuffled_features"]).T
    dead = np.array(row["dead"])
    a, b = plan.network(lab.widths(plan)[0]).channels
    return _point(
        plan,
        f"units/level={row['level']}",
        measured=float(wide.mean()),
        unit="number",
        verdict="new",
        note=f"3x3 units that compaction leaves of {a}, at density {_density(row):.2f}, mean over tickets; with as "
        f"many weights per layer in random places {random.mean():.1f}. 1x1 units: {narrow.mean():.1f} of {b}. Of those "
        f"left, {dead[:, 0].mean():.1f} 3x3 units and {dead[:, 1].mean():.1f} 1x1 units answer all 512 neighbourhoods "
        f"alike: they are functionally dead. Parameters that are not zero: median "
        f"{np.median(row['effective_parameters']):g}; of certified tickets {_median_of_certified(row)}.",
    )


def _median_of_certified(row: Mapping[str, Any]) -> str:
    sizes = [size for size, right in zip(row["effective_parameters"], row["solved"], strict=True) if right]
    return f"{np.median(sizes):g}" if sizes else "none"


def _kernels(plan: Plan, row: Mapping[str, Any]) -> Point:
    by_weights = np.array(row["units_by_weights"])
    even, units = row["even"]
    return _point(
        plan,
        f"kernels/level={row['level']}",
        measured=mean_weights(row) if by_weights.any() else None,
        unit="number",
        verdict="new",
        note=f"Weights of a 3x3 unit that is left, of nine, at density {_density(row):.2f}, mean over units of all "
        f"tickets. Units by weights: {', '.join(f'{k}: {by_weights[k - 1]}' for k in range(9, 0, -1))}. Of the {units} "
        f"units of certified tickets, {even} weigh all eight neighbours alike as the hand-made kernels do (standard "
        f"deviation below {EVEN} of the mean).",
    )


def _point(plan: Plan, name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": rule(plan), "protocol": PROTOCOL}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """What is left by level, and one network before and after beside the hand-made one."""
    outcomes = results[piece(plan).name]
    rows = [row for row in outcomes["levels"] if row["level"]]
    figure, table = remains_panels(rows, plan.network(lab.widths(plan)[0]).channels)
    found = [
        PageFigure(
            title="What pruning leaves",
            caption="Left: units that compaction leaves, means over networks, beside masks with as many weights per "
            "layer in random places. Middle: how many of its nine weights a 3x3 unit still has. Right: the share of "
            "weights that tickets of different networks have in common, with the range of ten drawings of chance.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]
    example = outcomes["example"]
    if example is None:
        return found
    graphs, numbers = network_graphs(
        [
            ("the dense network, trained", from_numbers(example["dense"])),
            (f"its ticket, {example['size']} left", from_numbers(example["ticket"])),
            ("by hand, 15", sparsest_parameters()),
        ]
    )
    found.append(
        PageFigure(
            title="A network before and after",
            caption=f"The smallest certified ticket of the last level that has one (replicate {example['replicate']}, "
            f"level {example['level']}), compacted, without functionally dead units and with units scaled; beside it "
            "the dense network that it was found in, and the sparsest network by hand. Numbers below units are biases.",
            svg=save_figure(graphs, numbers, folder, f"{NAME}-graphs"),
            claim=NAME,
        )
    )
    return found


CLAIM = of_functions(
    NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, f"{RULE_OVERLAP} Architecture: {keeps_rule(0.10)}"
)
