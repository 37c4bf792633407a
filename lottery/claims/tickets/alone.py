"""Claim: the ticket alone, from its rewound weights, matches the dense network and beats what has no right to win.

Frankle and Carbin (2019) say it of image classifiers. What has no right to win: the same mask with new weights, the
same weights under a shuffled mask, and small dense networks from scratch, of the best shape that is known, trained as
long as the ticket (Scratch-E) or for as much compute as the dense network (Scratch-B).

    expected: no loss against the dense network, a gain over every control, and faster learning

    python scripts/replicate.py --claims alone                    # some 35 minutes on two cores, 20 of them at m=8
    python scripts/replicate.py --claims alone --preset smoke     # a quarter of a minute

The headline claim `ticket` asks it of the first 32 networks at m=8, against small ones of the paper's shape alone.
"""

from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.comparisons import Comparison, Count, compared, count
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.outcomes import density, row_of, solved
from lottery.claims.frame.paired import Pair, compare, corrected, counted, keeps, keeps_rule, smallest_margin
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.races import Race, race, times_at
from lottery.claims.frame.small_networks import (
    chance_of_one,
    long_piece,
    multiply_adds,
    rivals,
    ticket_size,
    updates_of_equal_compute,
)
from lottery.networks import LifeNet, parameter_count
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import Rates, save_figure, success_against_density
from lottery.report.page import PageFigure
from lottery.report.small_multiples import densities_in_panels, survival_in_panels
from lottery.report.survivals import Times
from lottery.shapes import Features
from lottery.statistics import fisher, holm
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
CONTROLS = {"reinit": "the same mask with new weights", "shuffled": "its weights under a shuffled mask"}


def pieces(plan: Plan) -> list[Piece]:
    """The headline width with its small networks first, then the other widths."""
    headline, *others = lab.widths(plan)
    found = [lab.imp(plan, headline), *small_pieces(plan), *(lab.imp(plan, width) for width in others)]
    return list({piece.name: piece for piece in found}.values())


def points(plan: Plan, results: Results) -> list[Point]:
    """Against the dense network and how far down; against each control; the small networks; the pace."""
    by_width = {width: results[lab.imp(plan, width).name] for width in lab.widths(plan)}
    found = [one for width, outcomes in by_width.items() for one in _against_dense(plan, width, outcomes)]
    found += _against_controls(plan, by_width)
    for name, fields in [*_small(plan, results), *_pace(plan, by_width)]:
        found.append(_point(name, **{**fields, "verdict": lab.judged(plan, fields["verdict"])}))
    return found


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
            verdict=lab.judged(plan, verdicts[size.verdict - 1]),
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
                    verdict=lab.judged(plan, beats(told.difference.value, p_values[width, size.verdict, arm])),
                    seconds=outcomes["seconds"],
                    rule=f"{beats_rule()} Holm's correction over all widths, densities and both controls.",
                    note=f"Against {words}, at density {density(outcomes, size.verdict):.2f}, fixed beforehand. Ticket "
                    f"and control, with McNemar's p after Holm: {course}.",
                )
            )
    return found


def _beside(share: float, pair: Pair, p_value: float) -> str:
    return f"at {100 * share:.0f} % {counted(pair.first)} and {counted(pair.second)} (p = {p_value:.2g})"


Named = tuple[str, dict[str, Any]]  # a point's name and its fields


SMALL_RULE = (
    "Scratch-E: reproduced if the ticket succeeds more often than every shape tried, each by Fisher's test with "
    "p < 0.05 (as all have to be beaten, choosing the best of them needs no correction); contradicted if one of them "
    "succeeds more often than the ticket with p < 0.05 after Holm's correction over the shapes of all densities; "
    f"undecided otherwise. Scratch-B, one shape: {beats_rule()} Holm's correction over the densities."
)


def small_pieces(plan: Plan) -> list[Piece]:
    """All shapes trained as long as the ticket, then the best ones trained for as much compute."""
    at = lab.size(plan).at
    return [
        *(lab.small(plan, shape) for level in at for shape in rivals(plan, level)),
        *(long_piece(plan, level) for level in at),
    ]


def _small(plan: Plan, results: Results) -> Iterator[Named]:
    """At every density: against the small networks of equal size, of equal compute, and against many of them."""
    imp = results[lab.imp(plan, lab.widths(plan)[0]).name]
    at = lab.size(plan).at
    tickets = {level: count(solved(imp, level, "ticket")) for level in at}
    equal = {
        (level, shape): count(results[lab.small(plan, shape).name]["solved_at_end"])
        for level in at
        for shape in rivals(plan, level)
    }
    long = {level: count(results[long_piece(plan, level).name]["solved_at_end"]) for level in at}
    against = dict(
        zip(equal, compared({str(key): (tickets[key[0]], one) for key, one in equal.items()}).values(), strict=True)
    )
    against_long = compared({str(level): (tickets[level], long[level]) for level in at})
    for level in at:
        name = f"m={lab.widths(plan)[0]}/{100 * density(imp, level):.0f}%"
        here = {shape: equal[level, shape] for shape in rivals(plan, level)}
        yield f"{name}/vs-small", _equal_size(plan, level, tickets[level], here, against)
        fields = _equal_compute(plan, level, tickets[level], long[level], against_long[str(level)])
        yield f"{name}/vs-small-longer", fields | {"seconds": results[long_piece(plan, level).name]["seconds"]}
        yield f"{name}/many-small", _many(imp, level, rivals(plan, level)[0], next(iter(here.values())))


def beats_all(ticket: Count, others: dict[Features, tuple[Count, float]]) -> Verdict:
    """Judge the ticket against every shape tried, by the rule that `SMALL_RULE` words.

    Args:
        ticket: successes and trials.
        others: by shape its successes and trials, and Fisher's p-value after Holm's correction.
    """
    rate, shares = ticket[0] / ticket[1], {shape: one[0] / one[1] for shape, (one, _) in others.items()}
    if all(shares[shape] < rate and fisher(*ticket, *one) < 0.05 for shape, (one, _) in others.items()):
        return "reproduced"
    if any(shares[shape] > rate and p < 0.05 for shape, (_, p) in others.items()):
        return "contradicted"
    return "undecided"


def _equal_size(
    plan: Plan,
    level: int,
    ticket: Count,
    shapes: dict[Features, Count],
    against: dict[tuple[int, Features], Comparison],
) -> dict[str, Any]:
    best = max(shapes, key=lambda shape: shapes[shape][0])
    others = {shape: (one, against[level, shape].p) for shape, one in shapes.items()}
    difference = against[level, best].difference
    told = "; ".join(f"{shape} {_words(shape)} {k}/{n}, {against[level, shape]}" for shape, (k, n) in shapes.items())
    return {
        "expected": "above 0",
        "measured": difference.value,
        "interval": (difference.interval.low, difference.interval.high),
        "unit": "difference",
        "verdict": beats_all(ticket, others),
        "rule": SMALL_RULE,
        "note": f"Scratch-E. Ticket {ticket[0]}/{ticket[1]} with {ticket_size(plan, level)} parameters (surviving "
        f"weights and all biases), less the small network that did best, {best}. All of them: {told}.",
    }


def _words(shape: Features) -> str:
    return f"({parameter_count(LifeNet(features=shape))} parameters)"


def _equal_compute(plan: Plan, level: int, ticket: Count, long: Count, against: Comparison) -> dict[str, Any]:
    shape, m = rivals(plan, level)[0], lab.widths(plan)[0]
    updates = updates_of_equal_compute(shape, (2 * m, m), lab.size(plan).updates, plan.check_every)
    return {
        "expected": "above 0",
        "measured": against.difference.value,
        "interval": (against.difference.interval.low, against.difference.interval.high),
        "unit": "difference",
        "verdict": beats(against.difference.value, against.p),
        "rule": SMALL_RULE,
        "note": f"Scratch-B. Ticket {ticket[0]}/{ticket[1]} after {lab.size(plan).updates:,} updates, {shape} "
        f"{_words(shape)} {long[0]}/{long[1]} after {updates:,}: {multiply_adds(shape)} multiplications per cell "
        f"against {multiply_adds((2 * m, m))} of the dense network, whose training costs the same. {against}.",
    }


def _many(imp: Outcomes, level: int, shape: Features, small: Count) -> dict[str, Any]:
    """What the whole search costs, spent on small networks: how likely one of them is certified."""
    searched = sum(row_of(imp, number)["kept"] for number in range(level + 1))
    tries = max(1, searched // multiply_adds(shape))
    measured = rate_of(*small)
    low, high = (chance_of_one(end, tries) for end in measured["interval"])
    ticket = np.mean(solved(imp, level, "ticket"))
    return {
        "measured": chance_of_one(measured["measured"], tries),
        "interval": (low, high),
        "unit": "rate",
        "verdict": "new",
        "note": f"Chance that one of {tries} networks {shape} {_words(shape)} is certified, from their rate of "
        f"{small[0]}/{small[1]}. So many can be trained for the multiplications of a whole search, from the dense "
        f"network to the ticket's own training, pruned weights not counted ({searched} per cell and update). The "
        f"search gives a certified ticket of this size in {100 * ticket:.0f} %.",
    }


def small_rates(plan: Plan, results: Results) -> list[Rates]:
    """The best shape of every density by the claim `shapes`, trained as long as the ticket and for equal compute."""
    imp, at = results[lab.imp(plan, lab.widths(plan)[0]).name], lab.size(plan).at
    of_arm = {
        "small from scratch": [lab.small(plan, rivals(plan, level)[0]) for level in at],
        "small, equal compute": [long_piece(plan, level) for level in at],
    }
    found = []
    for label, trained in of_arm.items():
        counts = [count(results[piece.name]["solved_at_end"]) for piece in trained]
        found.append(
            Rates(label, [density(imp, level) for level in at], [k for k, _ in counts], [n for _, n in counts])
        )
    return found


SPEED_RULE = (
    "The arms race replicate by replicate for the first certificate; never is last. The log-rank test stratified by "
    "pairs is exact here, its p-values corrected by Holm's method over widths, densities and both others. Reproduced "
    "if the ticket wins more pairs with p < 0.05, contradicted if it loses more with p < 0.05, undecided otherwise."
)


def _races(plan: Plan, by_width: Mapping[int, Outcomes]) -> dict[tuple[int, int, str], Race]:
    return {
        (width, level, other): race(arms["ticket"], arms[other])
        for width, outcomes in by_width.items()
        for level in lab.size(plan).at
        for arms in [times(plan, outcomes, level)]
        for other in ("dense", "reinit")
    }


def times(plan: Plan, outcomes: Outcomes, level: int) -> dict[str, Times]:
    """When the networks of the ticket, the dense network and random reinit were first certified, at a level."""
    budget = lab.size(plan).updates
    return {
        "ticket": times_at(outcomes, level, "ticket", budget, "winning ticket"),
        "dense": times_at(outcomes, 0, "ticket", budget, "dense network"),
        "reinit": times_at(outcomes, level, "reinit", budget, "random reinit"),
    }


def _pace(plan: Plan, by_width: Mapping[int, Outcomes]) -> Iterator[Named]:
    """For each width, which pairs the ticket wins against the dense network and against random reinit."""
    races = _races(plan, by_width)
    p_values = dict(zip(races, holm(np.array([one.p_value for one in races.values()])).tolist(), strict=True))
    verdict, words = lab.size(plan).verdict, {"dense": "the dense network", "reinit": "random reinit"}
    for width, outcomes in by_width.items():
        for other, named in words.items():
            told, p = races[width, verdict, other], p_values[width, verdict, other]
            course = "; ".join(
                f"at {100 * density(outcomes, level):.0f} % {one.wins} to {one.losses} "
                f"(p = {p_values[width, level, other]:.2g})"
                for level in lab.size(plan).at
                for one in [races[width, level, other]]
            )
            yield (
                f"m={width}/faster-than-{other}",
                {
                    "expected": "above 50 %",
                    **(rate_of(told.wins, told.wins + told.losses) if told.wins + told.losses else {}),
                    "verdict": beats(told.lead, p),
                    "rule": SPEED_RULE,
                    "outcome": "ever_solved",
                    "note": f"Pairs in which the ticket was first, of those with a first, at density "
                    f"{density(outcomes, verdict):.2f}. {told.in_words('the ticket', named)} Won and lost, with p "
                    f"after Holm: {course}.",
                },
            )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


RULE = (
    "The density of the verdicts (at laptop and paper size a fifth) was fixed beforehand. Dense: "
    f"{keeps_rule(0.10)} Where so few replicates cannot meet that (fewer than 35), the loss is 20 points instead. "
    "Controls: exact McNemar, Holm over widths, densities and controls. Small networks: "
    f"{SMALL_RULE} Speed: {SPEED_RULE} With a budget below {lab.JUDGED_FROM:,} updates always "
    "undecided."
)


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Success against density with every arm at the headline width; the other widths; and the pace."""
    headline, *others = lab.widths(plan)
    imp = results[lab.imp(plan, headline).name]
    figure, table = success_against_density(
        [*_arms(plan, imp), *small_rates(plan, results)],
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
            f"{100 * density(imp, level):.0f} % kept": list(times(plan, imp, level).values())
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


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
