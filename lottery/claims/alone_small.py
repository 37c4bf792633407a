"""The small networks that stand beside the ticket in the claim `alone`: their pieces and their points."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lottery.claims import lab
from lottery.claims.claim import Results, rate_of
from lottery.claims.comparisons import Comparison, Count, compared, count
from lottery.claims.pruned import density, row_of, solved
from lottery.claims.small import best_shapes, chance_of_one, multiply_adds, papers_shape, updates_of_equal_compute
from lottery.networks import LifeNet, parameter_count
from lottery.pieces import Outcomes, Piece
from lottery.presets import Plan, ticket_parameters
from lottery.report.figures import Rates
from lottery.shapes import Features
from lottery.statistics import fisher
from lottery.verdicts import Verdict, beats, beats_rule

CANDIDATES = {"smoke": 1, "laptop": 2, "paper": 2}  # shapes tried beside the paper's, per parameter count
SMALL_RULE = (
    "Scratch-E: reproduced if the ticket succeeds more often than every shape tried, each by Fisher's test with "
    "p < 0.05 (as all have to be beaten, choosing the best of them needs no correction); contradicted if one of them "
    "succeeds more often than the ticket with p < 0.05 after Holm's correction over the shapes of all densities; "
    f"undecided otherwise. Scratch-B, one shape: {beats_rule()} Holm's correction over the densities."
)


def ticket_size(plan: Plan, level: int) -> int:
    """Parameters of the headline's ticket at a level: surviving weights and all biases, which are never pruned."""
    size = lab.size(plan)
    of_lab = replace(plan, ticket_width=lab.widths(plan)[0], levels=size.levels, final_density=lab.FINAL_DENSITY)
    return ticket_parameters(of_lab, level)


def rivals(plan: Plan, level: int) -> list[Features]:
    """Shapes held against the ticket of a level, with at most as many parameters: the best first, the paper's too."""
    most = ticket_size(plan, level)
    return list(dict.fromkeys([*best_shapes(most, CANDIDATES[plan.size]), papers_shape(most)]))


def long_piece(plan: Plan, level: int) -> Piece:
    """The best shape of a level's size, trained for as many multiplications as the dense network."""
    m, shape = lab.widths(plan)[0], rivals(plan, level)[0]
    updates = updates_of_equal_compute(shape, (2 * m, m), lab.size(plan).updates, plan.check_every)
    return lab.small(plan, shape, updates=updates, arm=1)


def pieces(plan: Plan) -> list[Piece]:
    """All shapes trained as long as the ticket, then the best ones trained for as much compute."""
    at = lab.size(plan).at
    return [
        *(lab.small(plan, shape) for level in at for shape in rivals(plan, level)),
        *(long_piece(plan, level) for level in at),
    ]


Named = tuple[str, dict[str, Any]]  # a point's name and its fields


def points(plan: Plan, results: Results) -> Iterator[Named]:
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


def rates(plan: Plan, results: Results) -> list[Rates]:
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
