"""Claim: a trained network cut to 10 % of its parameters gives the same results.

Press accounts of Springer and Kenyon (2020) say so of the networks of the lottery-ticket literature; Frankle and Carbin
(2019) prune to a tenth and less. Expected: the same success as the dense network's. `tenth` is the small version of
this claim: magnitude at m=8 only, with 32 of the dense networks of here.

    python scripts/replicate.py --claims cut                      # some 50 minutes on two cores, 25 of them at m=8
    python scripts/replicate.py --claims cut --preset smoke       # a quarter of a minute
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.outcomes import dense, row_of, solved, solved_when_cut
from lottery.claims.frame.paired import Pair, compare, corrected, counted, keeps, keeps_rule, smallest_margin
from lottery.claims.frame.plan import Plan
from lottery.pieces import Outcomes, Piece
from lottery.report.charts import NamedRates
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.panels import rates_in_panels

NAME = "cut"
STATEMENT = "A trained network cut to 10 % of its parameters gives the same results."
SOURCE = (
    "Press accounts of Springer and Kenyon 2020; Frankle and Carbin 2019, arXiv 1803.03635. Optimal Brain Damage: "
    "LeCun et al. 1989; fine-tuning and rewinding: Renda et al. 2020, arXiv 2003.02389"
)
PROTOCOL = (
    "Networks of several widths that were trained on one step of Life are cut to a tenth and certified: as they are, "
    "fine-tuned, or rewound to their initial weights and trained again, for one budget. They are cut at once or level "
    "by level (ten cuts, rewound and trained again after each; 'as they are' and 'fine-tuned' then say what follows "
    "the tenth cut, which removes a fifth of what the ninth has left). A tenth of the weights leaves all biases; a "
    "tenth of the parameters counts and prunes biases too. Criteria: magnitude; at the headline width also the exact "
    "saliency, what removing each parameter alone costs in expected loss over all boards, and Optimal Brain Damage, "
    "its second-order estimate, which of the two second-order criteria is the one made for many removals at once. All "
    "layers are ranked together. Left open by the source, and our choice: width, criterion, budget, what counts as "
    "the same. All arms share replicates, so all are held against the same dense networks in pairs."
)
WORDS = {
    "cut": "not trained any further",
    "fine-tuned": "trained on from where it was",
    "rewound": "trained again from its initial weights",
}
CRITERIA = {"saliency": "exact saliency", "obd": "Optimal Brain Damage"}  # beside magnitude, at the headline width


def pieces(plan: Plan) -> list[Piece]:
    """One piece per way to cut, the headline width first."""
    return [way.piece for width in lab.widths(plan) for way in lab.ways(plan, width)]


def points(plan: Plan, results: Results) -> list[Point]:
    """Every way to cut and to go on, a count of those that match at each width, and the criteria beside magnitude."""
    cells = _cells(plan, results)
    p_values = corrected({key: pair for key, (pair, _) in cells.items()})
    found: list[Point] = []
    for width in lab.widths(plan):
        margin = smallest_margin(lab.size(plan).replicates[width])
        here = {key: cell for key, cell in cells.items() if key[0] == width}
        verdicts = {key: keeps(pair, margin) for key, (pair, _) in here.items()}
        same = [f"{name} {then}" for (_, name, then), verdict in verdicts.items() if verdict == "reproduced"]
        found.append(
            _point(
                f"m={width}/ways",
                measured=float(len(same)),
                unit="number",
                verdict="new",
                note=f"Of {len(here)} ways to cut and go on at m={width}, how many keep the success of the dense "
                f"network within {100 * margin:g} points: {', '.join(same) or 'none'}.",
            )
        )
        for way in lab.ways(plan, width):
            outcomes = results[way.piece.name]
            for then in WORDS:
                key = (width, way.name, then)
                pair, after = here[key]
                found.append(
                    _point(
                        f"m={width}/{way.name}/{then}",
                        expected="as dense",
                        **rate(after),
                        verdict=verdicts[key],
                        rule=keeps_rule(margin),
                        seconds=outcomes["seconds"],
                        note=_in_words(plan, width, way, then, outcomes, pair, p_values[key]),
                    )
                )
    return [*found, *_criteria(plan, results)]


Cells = dict[tuple[int, str, str], tuple[Pair, np.ndarray]]


def _cells(plan: Plan, results: Results) -> Cells:
    """(width, way, what follows) -> against the dense network, and the outcomes by replicate."""
    found: Cells = {}
    for width in lab.widths(plan):
        for way in lab.ways(plan, width):
            outcomes = results[way.piece.name]
            for then, after in _afterwards(plan, outcomes).items():
                found[width, way.name, then] = compare(after, dense(outcomes)), after
    return found


def _afterwards(plan: Plan, outcomes: Outcomes) -> dict[str, np.ndarray]:
    """By what follows the cut to a tenth, which replicates were certified."""
    last = lab.size(plan).levels
    return {
        "cut": solved_when_cut(outcomes, last),
        "fine-tuned": solved(outcomes, last, "finetuned"),
        "rewound": solved(outcomes, last, "ticket"),
    }


def _in_words(plan: Plan, width: int, way: lab.Way, then: str, outcomes: Outcomes, pair: Pair, p_value: float) -> str:
    row = row_of(outcomes, lab.size(plan).levels)
    effective = int(np.median(row["effective"]))
    by = CRITERIA.get(way.method.removeprefix("one-shot-"), "magnitude")
    return (
        f"m={width}, {way.name}, by {by}, {WORDS[then]}. Dense: {counted(pair.second)}. Paired difference "
        f"{pair.in_words}; exact McNemar p after Holm over all ways and widths = {p_value:.2g}. "
        f"{row['parameters_kept']} of {row['parameters']} parameters are left; in the median replicate {effective} of "
        f"the {row['kept']} survivors lie on a path from input to output."
    )


def _criteria(plan: Plan, results: Results) -> list[Point]:
    """The other criteria against magnitude, both in one shot at the headline width."""
    width = lab.widths(plan)[0]
    by_name = {way.name: _afterwards(plan, results[way.piece.name]) for way in lab.ways(plan, width)}
    pairs = {
        (what, criterion, then): compare(by_name[f"{what}/one-shot-{criterion}"][then], magnitude)
        for what in ("weights", "parameters")
        for criterion in CRITERIA
        for then, magnitude in by_name[f"{what}/one-shot"].items()
        if f"{what}/one-shot-{criterion}" in by_name
    }
    p_values = corrected(pairs)
    return [
        _point(
            f"m={width}/{what}/{criterion}-against-magnitude/{then}",
            measured=pair.difference.value,
            interval=pair.ends,
            unit="difference",
            verdict="new",
            rule="Told, not judged: paired difference (Newcombe), exact McNemar corrected by Holm over these rows.",
            note=f"Cut at once, {WORDS[then]}: {CRITERIA[criterion]} {counted(pair.first)}, magnitude "
            f"{counted(pair.second)}; p after Holm = {p_values[what, criterion, then]:.2g}.",
        )
        for (what, criterion, then), pair in pairs.items()
    ]


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """One panel per width, one row per way to cut, one mark per what follows."""
    panels = {f"m={width}": _series(plan, results, width) for width in sorted(lab.widths(plan))}
    figure, table = rates_in_panels(panels)
    return [
        PageFigure(
            title="Cut to a tenth, by width",
            caption="Networks certified at the end of a level's budget of "
            f"{lab.size(plan).updates:,} updates, with Wilson's 95 % intervals. 'Weights' leaves all biases, "
            "'parameters' prunes them too. Saliency and OBD cut at once, at the headline width only.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


def _series(plan: Plan, results: Results, width: int) -> list[NamedRates]:
    """The dense network and, for each thing that can follow, the rate of every way to cut."""
    before = dense(results[lab.imp(plan, width).name])
    cells: Mapping[str, Mapping[str, np.ndarray]] = {
        way.label: _afterwards(plan, results[way.piece.name]) for way in lab.ways(plan, width)
    }
    return [
        NamedRates("dense", ["dense"], [int(before.sum())], [len(before)]),
        *(
            NamedRates(
                label,
                list(cells),
                [int(after[then].sum()) for after in cells.values()],
                [len(after[then]) for after in cells.values()],
            )
            for then, label in (("cut", "as cut"), ("fine-tuned", "fine-tuned"), ("rewound", "rewound"))
        ),
    ]


RULE = (
    f"{keeps_rule(0.10)} Where a width has so few replicates that even n of n against n of n leaves a larger loss "
    "possible (fewer than 35), the loss is 20 percentage points instead."
)
CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
