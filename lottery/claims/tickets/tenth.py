"""Claim: a trained network can be cut to a tenth of its size and give the same results."""

from pathlib import Path

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.headline import iterative, one_shot
from lottery.claims.frame.outcomes import dense, density, solved, solved_when_cut
from lottery.claims.frame.plan import Plan
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import Rates, save_figure, success_against_density
from lottery.report.page import PageFigure
from lottery.statistics import paired_difference
from lottery.verdicts import matches, matches_rule

NAME = "tenth"
STATEMENT = "A trained wide network cut to a tenth of its size still gives the same results."
SOURCE = "Press accounts of Springer and Kenyon 2020; Frankle and Carbin 2019, arXiv 1803.03635"
PROTOCOL = (
    "Wide networks that learned one step of Life are cut by magnitude to a tenth, in one cut or level by level, and "
    "certified: as they are, trained on from where they were (fine-tuned), or rewound to their initial weights and "
    "trained again. 'A tenth of its weights' leaves all biases; 'a tenth of its parameters' counts and prunes biases "
    "too. At m=8 a tenth of 305 parameters is 30 or 31, hardly more than the 25 of the paper's smallest network: a "
    "hard case."
)
MARGIN = 0.10
WORDS = {
    "cut": "not trained any further",
    "fine-tuned": "trained on from where it was",
    "rewound": "trained again from its initial weights",
}


def pieces(plan: Plan) -> list[Piece]:
    """One-shot and iterative, of the weights and of all parameters."""
    return [make(plan, biases=biases) for biases in (False, True) for make in (one_shot, iterative)]


def points(plan: Plan, results: Results) -> list[Point]:
    """One point per way to cut and way to go on."""
    found = []
    for biases in (False, True):
        what = "parameters" if biases else "weights"
        single, repeated = (results[make(plan, biases=biases).name] for make in (one_shot, iterative))
        last = len(repeated["levels"]) - 1
        cases = [
            ("one-shot", "cut", single, 1, solved_when_cut(single, 1)),
            ("one-shot", "fine-tuned", single, 1, solved(single, 1, "finetuned")),
            ("one-shot", "rewound", single, 1, solved(single, 1, "ticket")),
            ("iterative", "fine-tuned", repeated, last, solved(repeated, last, "finetuned")),
            ("iterative", "rewound", repeated, last, solved(repeated, last, "ticket")),
        ]
        for method, then, outcomes, level, cut in cases:
            found.append(_point(plan, what, method, then, outcomes, level, cut))
    return found


def _point(plan: Plan, what: str, method: str, then: str, outcomes: Outcomes, level: int, cut: np.ndarray) -> Point:
    row = outcomes["levels"][level]
    before = dense(outcomes)
    difference = paired_difference(cut, before)
    effective = sorted(row["effective"])[len(row["effective"]) // 2]
    return point(
        NAME,
        f"{what}/{method}/{then}",
        statement=STATEMENT,
        source=SOURCE,
        expected="as dense",
        **rate(cut),
        verdict=matches(difference.interval, MARGIN),
        seconds=outcomes["seconds"],
        rule=matches_rule(MARGIN),
        protocol=PROTOCOL,
        outcome="solved_at_end",
        note=f"m={plan.ticket_width}, a tenth of its {what}, {method}, {WORDS[then]}. Dense: "
        f"{before.sum()}/{len(before)}. Paired difference {100 * difference.value:+.0f} points "
        f"({100 * difference.interval.low:+.0f} to {100 * difference.interval.high:+.0f}). "
        f"{row['parameters_kept']} of {row['parameters']} parameters are left; in the median replicate {effective} of "
        f"the {row['kept']} survivors lie on a path from input to output.",
    )


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Success against density when biases are pruned too, rewound and fine-tuned."""
    outcomes = results[iterative(plan, biases=True).name]
    levels = range(len(outcomes["levels"]))
    arms = []
    for label, arm in (("rewound to initial weights", "ticket"), ("fine-tuned", "finetuned")):
        present = [level for level in levels if arm in outcomes["levels"][level]["arms"]]
        arms.append(
            Rates(
                label,
                [density(outcomes, level) for level in present],
                [int(solved(outcomes, level, arm).sum()) for level in present],
                [len(solved(outcomes, level, arm)) for level in present],
            )
        )
    figure, table = success_against_density(arms, verdict_density=plan.final_density, xlabel="weights and biases kept")
    return [
        PageFigure(
            title="Cut to a tenth, biases counted",
            caption=f"Networks of width m={plan.ticket_width}, pruned by magnitude level by level, weights and biases "
            "alike; certified at the end of each level's budget.",
            svg=save_figure(figure, table, folder, "tenth"),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, matches_rule(MARGIN), headline=True)
