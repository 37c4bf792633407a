"""Claim: the ticket alone, from its rewound weights, matches the dense network and beats what has no right to win.

Frankle and Carbin (2019) say it of image classifiers. What has no right to win: the same mask with new weights, the
same weights under a shuffled mask, and small dense networks from scratch, of the best shape that is known, trained as
long as the ticket (Scratch-E) or for as much compute as the dense network (Scratch-B).

    expected: no loss against the dense network, a gain over every control, and faster learning

    python scripts/replicate.py --claims alone                    # some 35 minutes on two cores, 20 of them at m=8
    python scripts/replicate.py --claims alone --preset smoke     # a quarter of a minute

The headline claim `ticket` asks it of the first 32 networks at m=8, against small ones of the paper's shape alone.
"""

from itertools import takewhile
from pathlib import Path
from typing import Any

from lottery.claims import alone_pace, alone_small, lab
from lottery.claims.claim import Claim, Point, Results, point
from lottery.claims.paired import Pair, compare, corrected, counted, keeps, keeps_rule, smallest_margin
from lottery.claims.pruned import density, solved
from lottery.pieces import Outcomes, Piece
from lottery.presets import Plan
from lottery.report.figures import Rates, save_figure, success_against_density
from lottery.report.page import PageFigure
from lottery.report.small_multiples import densities_in_panels, survival_in_panels
from lottery.verdicts import Verdict, beats, beats_rule

NAME = "alone"
STATEMENT = (
    "A ticket trained alone from its rewound weights matches the dense network, learns faster, and beats new weights, "
    "a shuffled mask and small dense networks from scratch."
)
SOURCE = (
    "Frankle and Carbin 2019, arXiv 1803.03635; shuffled masks: Frankle et al. 2021, arXiv 2009.08576; small networks "
    "from scratch: Liu et al. 2019, arXiv 1810.05270"
)
PROTOCOL = (
    "Weights are pruned by magnitude to a tenth in ten levels and rewound to initialisation; biases are kept. Ticket, "
    "new weights and shuffled mask of a replicate share its batches; small networks are others. Small networks have at "
    "most the ticket's parameters (surviving weights and all biases). Their shapes (a, b) were chosen from the "
    "committed results of the claim `shapes` (48 networks each, 20,000 updates): the two that learned most often, and "
    "the widest (2m, m). Scratch-E trains as long as the ticket; Scratch-B, the best shape alone, until it has cost as "
    "many multiplications as training the dense network. Open in the sources, and our choice: widths, budget, "
    "densities, and that a success is a certificate. The headline claim `ticket` is a small version at m=8: on "
    "a laptop its 32 networks are the first of this claim's 128, and had been looked at before; its small networks are "
    "others."
)
JUDGED_FROM = 20_000  # updates
CONTROLS = {"reinit": "the same mask with new weights", "shuffled": "its weights under a shuffled mask"}


def pieces(plan: Plan) -> list[Piece]:
    """The headline width with its small networks first, then the other widths."""
    headline, *others = lab.widths(plan)
    found = [lab.imp(plan, headline), *alone_small.pieces(plan), *(lab.imp(plan, width) for width in others)]
    return list({piece.name: piece for piece in found}.values())


def points(plan: Plan, results: Results) -> list[Point]:
    """Against the dense network and how far down; against each control; the small networks; the pace."""
    by_width = {width: results[lab.imp(plan, width).name] for width in lab.widths(plan)}
    found = [one for width, outcomes in by_width.items() for one in _against_dense(plan, width, outcomes)]
    found += _against_controls(plan, by_width)
    for name, fields in [*alone_small.points(plan, results), *alone_pace.points(plan, by_width)]:
        found.append(_point(name, **{**fields, "verdict": judged(plan, fields["verdict"])}))
    return found


def judged(plan: Plan, verdict: str) -> str:
    """The verdict, or "undecided" where the budget is too short to say anything."""
    return "undecided" if lab.size(plan).updates < JUDGED_FROM and verdict != "new" else verdict


def matching_levels(verdicts: list[Verdict]) -> int:
    """How many levels match, from the densest on; a level counts only if all denser ones match.

    A level is tested only where all before it have passed, so testing many of them needs no correction.
    """
    return len(list(takewhile(lambda verdict: verdict == "reproduced", verdicts)))


def _against_dense(plan: Plan, width: int, outcomes: Outcomes) -> list[Point]:
    size = lab.size(plan)
    margin = smallest_margin(size.replicates[width])
    dense = solved(outcomes, 0, "ticket")
    levels = list(range(1, size.levels + 1))
    pairs = [compare(solved(outcomes, level, "ticket"), dense) for level in levels]
    verdicts = [keeps(pair, margin) for pair in pairs]
    reached = matching_levels(verdicts)
    told = pairs[size.verdict - 1]
    course = ", ".join(
        f"{100 * density(outcomes, level):.0f} % {counted(pair.first)}"
        for level, pair in zip(levels, pairs, strict=True)
    )
    return [
        _point(
            f"m={width}/vs-dense",
            expected="no loss",
            measured=told.difference.value,
            interval=told.ends,
            unit="difference",
            verdict=judged(plan, verdicts[size.verdict - 1]),
            seconds=outcomes["seconds"],
            rule=keeps_rule(margin),
            note=f"At density {density(outcomes, size.verdict):.2f}, fixed beforehand: ticket {counted(told.first)}, "
            f"dense {counted(told.second)}.",
        ),
        _point(
            f"m={width}/matches-down-to",
            measured=density(outcomes, levels[reached - 1]) if reached else None,
            unit="rate",
            verdict="new",
            rule=f"At each level, from the densest on, until one does not match: {keeps_rule(margin)} No correction is "
            "needed, because a level is tried only where all denser ones match.",
            note=("" if reached else "No level matches. ")
            + f"Dense {counted(told.second)}, a loss of up to {100 * margin:g} points allowed; tickets: {course}.",
        ),
    ]


def _against_controls(plan: Plan, by_width: dict[int, Outcomes]) -> list[Point]:
    size = lab.size(plan)
    pairs = {
        (width, level, arm): compare(solved(outcomes, level, "ticket"), solved(outcomes, level, arm))
        for width, outcomes in by_width.items()
        for level in size.at
        for arm in CONTROLS
    }
    p_values = corrected(pairs)
    found = []
    for width, outcomes in by_width.items():
        for arm, words in CONTROLS.items():
            told = pairs[width, size.verdict, arm]
            course = "; ".join(
                _beside(density(outcomes, level), pairs[width, level, arm], p_values[width, level, arm])
                for level in size.at
            )
            found.append(
                _point(
                    f"m={width}/vs-{arm}",
                    expected="above 0",
                    measured=told.difference.value,
                    interval=told.ends,
                    unit="difference",
                    verdict=judged(plan, beats(told.difference.value, p_values[width, size.verdict, arm])),
                    seconds=outcomes["seconds"],
                    rule=f"{beats_rule()} Holm's correction over all widths, densities and both controls.",
                    note=f"Against {words}, at density {density(outcomes, size.verdict):.2f}, fixed beforehand. Ticket "
                    f"and control, with McNemar's p after Holm: {course}.",
                )
            )
    return found


def _beside(share: float, pair: Pair, p_value: float) -> str:
    return f"at {100 * share:.0f} % {counted(pair.first)} and {counted(pair.second)} (p = {p_value:.2g})"


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


RULE = (
    "The density of the verdicts (at laptop and paper size a fifth) was fixed beforehand. Dense: "
    f"{keeps_rule(0.10)} Where so few replicates cannot meet that (fewer than 35), the loss is 20 points instead. "
    "Controls: exact McNemar, Holm over widths, densities and controls. Small networks: "
    f"{alone_small.SMALL_RULE} Speed: {alone_pace.SPEED_RULE} With a budget below {JUDGED_FROM:,} updates always "
    "undecided."
)


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Success against density with every arm at the headline width; the other widths; and the pace."""
    headline, *others = lab.widths(plan)
    imp = results[lab.imp(plan, headline).name]
    figure, table = success_against_density(
        [*_arms(plan, imp), *alone_small.rates(plan, results)],
        verdict_density=density(imp, lab.size(plan).verdict),
    )
    told = f"certified after {lab.size(plan).updates:,} updates, with Wilson's 95 % intervals"
    found = [
        PageFigure(
            title="The ticket alone and all that stands beside it",
            caption=f"m={headline}, {lab.size(plan).replicates[headline]} replicates of every arm, {told}. A small "
            "network stands at the density of the ticket that it is held against: the best shape with at most as many "
            "parameters, trained as long as the ticket or for as many multiplications as the dense network. The line "
            "marks the density of the verdict.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]
    if others:
        figure, table = densities_in_panels(
            {f"m={width}": _arms(plan, results[lab.imp(plan, width).name]) for width in sorted(others)}
        )
        counts = ", ".join(f"{lab.size(plan).replicates[width]} at m={width}" for width in sorted(others))
        found.append(
            PageFigure(
                title="The ticket and its controls at other widths",
                caption=f"Networks {told}; replicates: {counts}.",
                svg=save_figure(figure, table, folder, f"{NAME}-widths"),
                claim=NAME,
            )
        )
    figure, table = survival_in_panels(
        {
            f"{100 * density(imp, level):.0f} % kept": list(alone_pace.times(plan, imp, level).values())
            for level in lab.size(plan).at
        }
    )
    found.append(
        PageFigure(
            title="Time to the first certificate",
            caption=f"Networks of width m={headline} not yet certified at any look (Kaplan and Meier, pointwise 95 % "
            "intervals). The dense network is the same in every panel.",
            svg=save_figure(figure, table, folder, f"{NAME}-pace"),
            claim=NAME,
        )
    )
    return found


def _arms(plan: Plan, outcomes: Outcomes) -> list[Rates]:
    levels = list(range(lab.size(plan).levels + 1))
    at = list(lab.size(plan).at)
    labels = {"ticket": "winning ticket", "reinit": "random reinit", "shuffled": "shuffled mask"}
    arms = []
    for arm, label in labels.items():
        here = levels if arm == "ticket" else at
        found = [solved(outcomes, level, arm) for level in here]
        counts = [int(one.sum()) for one in found]
        arms.append(Rates(label, [density(outcomes, level) for level in here], counts, [len(one) for one in found]))
    return arms


CLAIM = Claim(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
