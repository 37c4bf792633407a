"""Claim: of a ticket's initial weights the signs matter more than the magnitudes.

Zhou et al. (2019) say it of image classifiers. Four ways to choose magnitudes (as they were, drawn afresh, shuffled
within the layer, one constant per layer), each with the signs kept and with the signs lost.

    expected: the signs are worth more than the magnitudes

    python scripts/replicate.py --claims magnitudes                   # some 20 minutes, 4 of them not in `alone`
    python scripts/replicate.py --claims magnitudes --preset smoke    # seconds
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.outcomes import density, solved
from lottery.claims.frame.paired import Pair, compare, corrected, counted, keeps, keeps_rule, smallest_margin
from lottery.claims.frame.plan import Plan
from lottery.experiments.prune import pruning_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.charts import NamedRates
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.panels import rates_in_panels
from lottery.tickets import PruningSettings
from lottery.verdicts import beats, beats_rule

NAME = "magnitudes"
STATEMENT = "Of a ticket's initial weights the signs matter more than the magnitudes."
SOURCE = "Zhou et al. 2019, arXiv 1905.01067, section 4: the sign of a kept weight matters most, its size hardly"
PROTOCOL = (
    "Tickets found level by level (weights pruned by magnitude, biases kept) start from changed weights; all arms of a "
    "replicate have one mask and the same batches. Magnitudes: as they were; drawn afresh from the initialiser; "
    "shuffled within the layer; one constant per layer, the standard deviation of its initial weights. Signs: kept, or "
    "lost, that is drawn with the magnitudes, shuffled with them, or shuffled alone. With the constants signs are all "
    "that changes. One arm is ours and not theirs: magnitudes as they were, each sign drawn by a fair coin, at the "
    "density of the verdict. Left open by the source, and our choice: width, budget and densities."
)
FAMILIES = {
    "redrawn": ("reinit_sign", "reinit"),
    "shuffled": ("reshuffled_sign", "reshuffled"),
    "constant": ("constant_sign", "constant"),
}  # how magnitudes are changed: the arm with the signs kept, and the one without
WORDS = {"redrawn": "drawn afresh", "shuffled": "shuffled in the layer", "constant": "one constant per layer"}
SIGNS_RULE = f"{beats_rule()} Signs kept against signs lost; Holm's correction over all densities and magnitudes."
MORE_RULE = (
    f"{beats_rule()} The arm that keeps signs and changes magnitudes against the one that keeps magnitudes and draws "
    "signs: the ticket loses less by the one than by the other. Holm's correction over the three changes."
)


def resigned_piece(plan: Plan) -> Piece:
    """The same tickets up to the verdict's level, and there the arm with magnitudes kept and signs drawn anew.

    A piece of its own, so that `lab.imp`, which other claims share, does not depend on it; it finds the same masks.
    """
    size, width = lab.size(plan), lab.widths(plan)[0]
    pruning = PruningSettings(
        levels=size.verdict,
        prune_fraction=1 - lab.FINAL_DENSITY ** (1 / size.levels),
        scope=plan.scope,
        controls=("resigned",),
        at=(size.verdict,),
    )
    return pruning_piece(
        f"lab-resigned-m{width}",
        plan.network(width),
        plan.training(size.updates),
        pruning,
        seed=plan.seed,
        replicates=range(size.replicates[width]),
    )


def pieces(plan: Plan) -> list[Piece]:
    """The headline's tickets with all controls of signs, and the arm that keeps magnitudes alone."""
    return [lab.imp(plan, lab.widths(plan)[0]), resigned_piece(plan)]


def points(plan: Plan, results: Results) -> list[Point]:
    """Which loss is larger; what the signs are worth at every density; whether the magnitudes are worth anything."""
    imp = results[lab.imp(plan, lab.widths(plan)[0]).name]
    resigned = results[resigned_piece(plan).name]
    named = [*_more(plan, imp, resigned), *_signs(plan, imp), *_magnitudes(plan, imp)]
    return [_point(plan, name, pair, **fields) for name, pair, fields in named]


Named = tuple[str, Pair, dict[str, Any]]


def _more(plan: Plan, imp: Outcomes, resigned: Outcomes) -> Iterator[Named]:
    """Signs kept and magnitudes changed, against magnitudes kept and signs drawn; and what that loses."""
    level = lab.size(plan).verdict
    without = solved(resigned, level, "resigned")
    pairs = {how: compare(solved(imp, level, signed), without) for how, (signed, _) in FAMILIES.items()}
    p_values = corrected(pairs)
    share = f"at density {density(imp, level):.2f}, fixed beforehand"
    for how, pair in pairs.items():
        fields = {
            "verdict": beats(pair.difference.value, p_values[how]),
            "rule": MORE_RULE,
            "seconds": resigned["seconds"],
            "note": f"Signs kept and magnitudes {WORDS[how]} {counted(pair.first)}, magnitudes kept and signs drawn "
            f"{counted(pair.second)}, {share}. The ticket: {counted(_count(solved(imp, level, 'ticket')))}; McNemar's "
            f"p after Holm = {p_values[how]:.2g}.",
        }
        yield f"signs-over-magnitudes/{how}", pair, fields
    lost = compare(solved(imp, level, "ticket"), without)
    yield (
        "signs/as-they-were",
        lost,
        {
            "verdict": beats(lost.difference.value, lost.p_value),
            "rule": f"{beats_rule()} The ticket against itself with its signs drawn anew.",
            "seconds": resigned["seconds"],
            "note": f"Magnitudes as they were, {share}: signs kept {counted(lost.first)}, drawn anew "
            f"{counted(lost.second)}; exact McNemar p = {lost.p_value:.2g}.",
        },
    )


def _count(outcomes: np.ndarray) -> tuple[int, int]:
    return int(outcomes.sum()), len(outcomes)


def _signs(plan: Plan, imp: Outcomes) -> Iterator[Named]:
    """What keeping the signs gives, for each change of magnitudes at each density."""
    pairs = {
        (how, level): compare(solved(imp, level, signed), solved(imp, level, unsigned))
        for how, (signed, unsigned) in FAMILIES.items()
        for level in lab.size(plan).at
    }
    p_values = corrected(pairs)
    for (how, level), pair in pairs.items():
        yield (
            f"signs/{how}/{_percent(imp, level)}",
            pair,
            {
                "verdict": beats(pair.difference.value, p_values[how, level]),
                "rule": SIGNS_RULE,
                "seconds": imp["seconds"],
                "note": f"Magnitudes {WORDS[how]}: signs kept {counted(pair.first)}, lost {counted(pair.second)}; "
                f"McNemar's p after Holm = {p_values[how, level]:.2g}.",
            },
        )


def _magnitudes(plan: Plan, imp: Outcomes) -> Iterator[Named]:
    """Whether the ticket keeps its success when magnitudes are changed and signs kept."""
    margin = smallest_margin(lab.size(plan).replicates[lab.widths(plan)[0]])
    for how, (signed, _) in FAMILIES.items():
        for level in lab.size(plan).at:
            pair = compare(solved(imp, level, signed), solved(imp, level, "ticket"))
            yield (
                f"magnitudes/{how}/{_percent(imp, level)}",
                pair,
                {
                    "expected": "no loss",
                    "verdict": keeps(pair, margin),
                    "rule": f"{keeps_rule(margin)} Here the changed ticket is held against the ticket.",
                    "seconds": imp["seconds"],
                    "note": f"Signs kept, magnitudes {WORDS[how]} {counted(pair.first)}; as they were "
                    f"{counted(pair.second)}; exact McNemar p = {pair.p_value:.2g}, not corrected.",
                },
            )


def _percent(outcomes: Outcomes, level: int) -> str:
    return f"{100 * density(outcomes, level):.0f}%"


def _point(plan: Plan, name: str, pair: Pair, **fields: Any) -> Point:
    fixed = {
        "statement": STATEMENT,
        "source": SOURCE,
        "protocol": PROTOCOL,
        "outcome": "solved_at_end",
        "expected": "above 0",
        "measured": pair.difference.value,
        "interval": pair.ends,
        "unit": "difference",
    }
    return point(NAME, name, **{**fixed, **fields, "verdict": lab.judged(plan, fields["verdict"])})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """One panel per density, one row per choice of magnitudes, one mark with the signs kept and one without."""
    imp, resigned = results[lab.imp(plan, lab.widths(plan)[0]).name], results[resigned_piece(plan).name]
    panels = {}
    for level in lab.size(plan).at:
        kept = {"as they were": solved(imp, level, "ticket")}
        kept |= {WORDS[how]: solved(imp, level, signed) for how, (signed, _) in FAMILIES.items()}
        lost = {"as they were": solved(resigned, level, "resigned")} if level == lab.size(plan).verdict else {}
        lost |= {WORDS[how]: solved(imp, level, unsigned) for how, (_, unsigned) in FAMILIES.items()}
        panels[f"{100 * density(imp, level):.0f} % kept"] = [_named("signs kept", kept), _named("signs lost", lost)]
    figure, table = rates_in_panels(panels)
    size, width = lab.size(plan), lab.widths(plan)[0]
    return [
        PageFigure(
            title="Signs and magnitudes of a ticket's initial weights",
            caption=f"m={width}, {size.replicates[width]} replicates, certified after {size.updates:,} updates, with "
            "Wilson's 95 % intervals. Rows: the magnitudes that the kept weights start from. Magnitudes as they were "
            "with signs drawn anew were trained at the density of the verdict alone.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


def _named(label: str, arms: dict[str, np.ndarray]) -> NamedRates:
    counts = [_count(one) for one in arms.values()]
    return NamedRates(label, list(arms), [k for k, _ in counts], [n for _, n in counts])


RULE = (
    f"Signs over magnitudes, the claim itself: {MORE_RULE} Signs: {SIGNS_RULE} Magnitudes: {keeps_rule(0.10)} With a "
    f"budget below {lab.JUDGED_FROM:,} updates always undecided."
)
CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
