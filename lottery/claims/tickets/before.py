"""Claim: subnetworks chosen before training do worse than those found after it.

The caveat of the press account of Springer and Kenyon (2020) and the finding of Frankle et al. (2021): SNIP, GraSP,
SynFlow and magnitude at initialisation stay below magnitude pruning after training. Expected: a positive gap.

    python scripts/replicate.py --claims before                   # some 30 minutes on two cores, 15 of them `lab-imp`
    python scripts/replicate.py --claims before --preset smoke    # a quarter of a minute
"""

from pathlib import Path

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Claim, Point, Results, point
from lottery.claims.frame.outcomes import dense, density, row_of, solved
from lottery.claims.frame.paired import Pair, compare, corrected, counted
from lottery.claims.frame.plan import Plan
from lottery.pieces import Outcomes, Piece
from lottery.report.densities import methods_by_density
from lottery.report.figures import Rates, save_figure
from lottery.report.page import PageFigure
from lottery.verdicts import beats, beats_rule

NAME = "before"
STATEMENT = "Subnetworks chosen before training do worse than those found after it."
SOURCE = (
    "The caveat of press accounts of Springer and Kenyon 2020; Frankle et al. 2021, arXiv 2009.08576 (below magnitude "
    "pruning after training, above random). SNIP: Lee et al. 2019; GraSP: Wang et al. 2020; SynFlow: Tanaka et al. 2020"
)
PROTOCOL = (
    "The same initial networks are pruned before training by SNIP, GraSP, SynFlow (100 rounds), initial magnitude or "
    "at random, and after training by final magnitude, level by level and at once; then all are trained from the same "
    "initial weights on the same batches for the same budget. Level by level costs the budget once per level, at once "
    "costs it twice, before training once. Weights are ranked over all layers and biases are kept. SNIP and GraSP are "
    "computed on the exact expected loss, so no choice of batch weakens them. Left open by the source, and our choice: "
    "width, budget, and the densities, of which the one of the verdict was fixed beforehand."
)
RULE = (
    f"{beats_rule()} First is the network pruned after training. p-values are corrected by Holm's method over all "
    "methods and densities, for pruning level by level and for pruning at once apart."
)
WORDS = lab.AT_INIT_WORDS
AFTER = {"levels": "level by level after training", "one-shot": "at once after training"}


def after_piece(plan: Plan, after: str) -> Piece:
    """Pruning after training, of a name of `AFTER`."""
    width = lab.widths(plan)[0]
    return lab.imp(plan, width) if after == "levels" else lab.one_shot(plan, width)


def before_piece(plan: Plan, method: str) -> Piece:
    """Pruning before training, by a method of `lab.AT_INIT`."""
    return lab.at_init(plan, lab.widths(plan)[0], method)


def pieces(plan: Plan) -> list[Piece]:
    """Level by level and at once after training, and each method before it."""
    return [
        *(after_piece(plan, after) for after in AFTER),
        *(before_piece(plan, method) for method in WORDS),
    ]


def points(plan: Plan, results: Results) -> list[Point]:
    """The gap of every method at every density, to both ways of pruning after training; the verdict's density first."""
    verdict = lab.size(plan).verdict
    levels = [verdict, *(level for level in lab.size(plan).at if level != verdict)]
    found = []
    for after in AFTER:
        reference = results[after_piece(plan, after).name]
        pairs = {
            (level, method): compare(
                solved(reference, level, "ticket"),
                solved(results[before_piece(plan, method).name], level, "ticket"),
            )
            for level in levels
            for method in WORDS
        }
        p_values = corrected(pairs)
        found += [
            _gap(plan, after, results[before_piece(plan, key[1]).name], key, pair, p_values[key])
            for key, pair in pairs.items()
        ]
    return found


def _gap(plan: Plan, after: str, outcomes: Outcomes, key: tuple[int, str], pair: Pair, p_value: float) -> Point:
    level, method = key
    share, row = density(outcomes, level), row_of(outcomes, level)
    effective = int(np.median(row["effective"]))
    return point(
        NAME,
        f"{100 * share:.0f}%/{after}-over-{method}",
        statement=STATEMENT,
        source=SOURCE,
        expected="above 0",
        measured=pair.difference.value,
        interval=pair.ends,
        verdict=beats(pair.difference.value, p_value),
        seconds=outcomes["seconds"],
        rule=RULE,
        protocol=PROTOCOL,
        outcome="solved_at_end",
        unit="difference",
        note=f"m={lab.widths(plan)[0]}, {row['kept']} of {row['prunable']} weights kept"
        f"{' (the density of the verdict)' if level == lab.size(plan).verdict else ''}: {AFTER[after]} "
        f"{counted(pair.first)}, {WORDS[method]} before training {counted(pair.second)}; exact McNemar p after Holm = "
        f"{p_value:.2g}. In the median replicate {effective} of the weights kept before training lie on a path from "
        "input to output.",
    )


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Success against density, before and after training in one panel."""
    at = lab.size(plan).at
    imp = results[after_piece(plan, "levels").name]
    levels = range(1, lab.size(plan).levels + 1)
    followed = Rates(
        "after: level by level",
        [1.0, *(density(imp, level) for level in levels)],
        [int(dense(imp).sum()), *(int(solved(imp, level, "ticket").sum()) for level in levels)],
        [len(dense(imp))] * (1 + len(levels)),
    )
    others = [
        _rates("after: at once", results[after_piece(plan, "one-shot").name], at),
        *(_rates(f"before: {words}", results[before_piece(plan, method).name], at) for method, words in WORDS.items()),
    ]
    figure, table = methods_by_density([followed], others, verdict_density=density(imp, lab.size(plan).verdict))
    return [
        PageFigure(
            title="Pruned before or after training",
            caption=f"Networks of width m={lab.widths(plan)[0]}, {len(dense(imp))} replicates, certified after "
            f"{lab.size(plan).updates:,} updates, with Wilson's 95 % intervals. Biases are kept. The grey line marks "
            "the density of the verdict.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


def _rates(label: str, outcomes: Outcomes, levels: tuple[int, ...]) -> Rates:
    arms = [solved(outcomes, level, "ticket") for level in levels]
    return Rates(
        label,
        [density(outcomes, level) for level in levels],
        [int(arm.sum()) for arm in arms],
        [len(arm) for arm in arms],
    )


CLAIM = Claim(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
