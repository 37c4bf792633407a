"""Claim: the winning ticket beats its reinitialised self, its shuffled self and the small network from scratch."""

from pathlib import Path

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.headline import iterative, small_from_scratch
from lottery.claims.frame.outcomes import dense, density, solved
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.small_networks import neighbours, ticket_parameters
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import Rates, save_figure, success_against_density
from lottery.report.page import PageFigure
from lottery.statistics import Difference, fisher, holm, mcnemar_exact, newcombe_difference, paired_difference
from lottery.verdicts import beats, beats_rule, matches, matches_rule

NAME = "ticket"
STATEMENT = (
    "A winning ticket, trained from its initial weights, beats the same mask with new weights, a shuffled mask with "
    "the same weights, and a small dense network from scratch."
)
SOURCE = "Frankle and Carbin 2019, arXiv 1803.03635; shuffled masks: Frankle et al. 2021, arXiv 2009.08576"
PROTOCOL = (
    "Iterative magnitude pruning of the weights (biases are kept) with rewinding to the initial weights. Ticket, "
    "random reinit and shuffled mask of a replicate see the same batches and are compared in pairs; small dense "
    "networks of the nearest parameter counts on both sides are independent. The verdict falls at one density, fixed "
    "beforehand; the other levels are corrected by Holm's method."
)
CONTROLS = {"reinit": "the same mask with new weights", "shuffled": "its weights under a shuffled mask"}


def pieces(plan: Plan) -> list[Piece]:
    """The pruned networks with their controls, and the small ones from scratch."""
    return [iterative(plan, biases=False), *small_from_scratch(plan).values()]


def points(plan: Plan, results: Results) -> list[Point]:
    """Ticket against dense, each control and the small networks at the verdict's density; then the other levels."""
    outcomes = results[iterative(plan, biases=False).name]
    level = plan.verdict_level
    ticket = solved(outcomes, level, "ticket")
    found = [_against_dense(plan, outcomes, level)]
    others = [other for other in range(1, plan.levels + 1) if other != level]
    for arm, words in CONTROLS.items():
        difference, p = _paired(outcomes, level, arm)
        found.append(
            _difference_point(
                plan, level, f"vs-{arm}", words, difference, beats(difference.value, p), outcomes["seconds"],
                f"Ticket {_count(ticket)}, control {_count(solved(outcomes, level, arm))}; exact McNemar p = {p:.2g}.",
            )
        )  # fmt: skip
        if others:
            found.append(_other_levels(plan, outcomes, others, arm, words))
    for width in neighbours(plan, level):
        scratch = results[small_from_scratch(plan)[width].name]
        small = np.array(scratch["solved_at_end"], bool)
        counts = (int(ticket.sum()), len(ticket), int(small.sum()), len(small))
        difference = newcombe_difference(*counts)
        p = fisher(*counts)
        found.append(
            _difference_point(
                plan, level, f"vs-scratch-m{width}", f"a dense network of width m={width} from scratch", difference,
                beats(difference.value, p), scratch["seconds"],
                f"Ticket {_count(ticket)} with {ticket_parameters(plan, level)} parameters (biases counted), small "
                f"network {_count(small)} with {scratch['parameters']}; Fisher p = {p:.2g}.",
            )
        )  # fmt: skip
    return found


def _paired(outcomes: Outcomes, level: int, arm: str) -> tuple[Difference, float]:
    ticket, control = solved(outcomes, level, "ticket"), solved(outcomes, level, arm)
    return paired_difference(ticket, control), mcnemar_exact(ticket, control)


def _count(outcomes: np.ndarray) -> str:
    return f"{outcomes.sum()}/{len(outcomes)}"


def _against_dense(plan: Plan, outcomes: Outcomes, level: int) -> Point:
    ticket, whole = solved(outcomes, level, "ticket"), dense(outcomes)
    difference = paired_difference(ticket, whole)
    return point(
        NAME,
        "vs-dense",
        statement=STATEMENT,
        source=SOURCE,
        expected="no loss",
        measured=difference.value,
        interval=(difference.interval.low, difference.interval.high),
        verdict=matches(difference.interval),
        seconds=outcomes["seconds"],
        rule=matches_rule(),
        protocol=PROTOCOL,
        outcome="solved_at_end",
        unit="difference",
        note=f"At density {density(outcomes, level):.2f}: ticket {_count(ticket)}, dense {_count(whole)}. "
        "That it matches is the hypothesis behind the claim.",
    )


def _difference_point(
    plan: Plan, level: int, name: str, words: str, difference: Difference, verdict: str, seconds: float, note: str
) -> Point:
    return point(
        NAME,
        name,
        statement=STATEMENT,
        source=SOURCE,
        expected="above 0",
        measured=difference.value,
        interval=(difference.interval.low, difference.interval.high),
        verdict=verdict,
        seconds=seconds,
        rule=beats_rule(),
        protocol=PROTOCOL,
        outcome="solved_at_end",
        unit="difference",
        note=f"At density {(1 - plan.prune_fraction) ** level:.2f}, against {words}. {note}",
    )


def _other_levels(plan: Plan, outcomes: Outcomes, others: list[int], arm: str, words: str) -> Point:
    """At how many of the other levels the ticket beats a control, after Holm's correction."""
    tested = [_paired(outcomes, level, arm) for level in others]
    adjusted = holm(np.array([p for _, p in tested]))
    won = [
        level
        for level, (difference, _), p in zip(others, tested, adjusted, strict=True)
        if beats(difference.value, float(p)) == "reproduced"
    ]
    lost = [
        level
        for level, (difference, _), p in zip(others, tested, adjusted, strict=True)
        if beats(difference.value, float(p)) == "contradicted"
    ]
    return point(
        NAME,
        f"vs-{arm}/other-levels",
        statement=STATEMENT,
        source=SOURCE,
        measured=float(len(won)),
        verdict="new",
        rule="At each of the other levels: "
        + beats_rule()
        + " p-values are corrected by Holm's method over these levels.",
        protocol=PROTOCOL,
        outcome="solved_at_end",
        note=f"Of {len(others)} other levels, how many it beats {words} at. Better at densities "
        + (", ".join(f"{density(outcomes, level):.2f}" for level in won) or "none")
        + "; worse at "
        + (", ".join(f"{density(outcomes, level):.2f}" for level in lost) or "none")
        + ".",
    )


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Success against density, the ticket and all that stands beside it in one panel."""
    outcomes = results[iterative(plan, biases=False).name]
    levels = range(1, plan.levels + 1)
    densities = [density(outcomes, level) for level in levels]
    arms = [_rates("winning ticket", [1.0, *densities], [dense(outcomes), *_all(outcomes, "ticket", levels)])]
    arms.append(_rates("random reinit", densities, _all(outcomes, "reinit", levels)))
    arms.append(_rates("shuffled mask", densities, _all(outcomes, "shuffled", levels)))
    prunable = outcomes["levels"][0]["prunable"]
    biases = outcomes["levels"][0]["parameters"] - prunable
    small = []
    for piece in reversed(small_from_scratch(plan).values()):
        scratch = results[piece.name]
        # Where a ticket with this many parameters would stand on the axis of densities.
        at = (scratch["parameters"] - biases) / prunable
        if at >= densities[-1]:
            small.append((at, np.array(scratch["solved_at_end"], bool)))
    if small:
        arms.append(_rates("small from scratch", [at for at, _ in small], [o for _, o in small]))
    figure, table = success_against_density(arms, verdict_density=densities[plan.verdict_level - 1])
    return [
        PageFigure(
            title="The ticket and its controls",
            caption=f"Networks of width m={plan.ticket_width}, {plan.ticket_replicates} replicates, weights pruned by "
            f"magnitude; certified after {plan.ticket_updates:,} updates. The line marks the density of the verdict. "
            "A small dense network stands at the density at which a ticket has as many parameters, biases counted.",
            svg=save_figure(figure, table, folder, "ticket"),
            claim=NAME,
        )
    ]


def _all(outcomes: Outcomes, arm: str, levels: range) -> list[np.ndarray]:
    return [solved(outcomes, level, arm) for level in levels]


def _rates(label: str, x: list[float], outcomes: list[np.ndarray]) -> Rates:
    return Rates(label, x, [int(o.sum()) for o in outcomes], [len(o) for o in outcomes])


RULE = f"{matches_rule()} Against controls: {beats_rule()}"
CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE, headline=True)
