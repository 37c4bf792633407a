"""Claim: tickets win at low learning rates only.

Liu et al. (2019) and Ma et al. (2021) found that a ticket beats its mask with new weights at low learning rates, and no
longer at those that serve the dense network best. The laboratory prunes level by level at one rate, Adam's 0.001. This
claim does it at lower and higher ones, and holds each ticket against the dense network, against new weights and against
a small dense network from scratch, all trained at its own rate.

    expected: a gain over new weights at low rates, none at high ones

    python scripts/replicate.py --claims learning_rate                   # some 22 minutes, 13 of them `lab-imp`
    python scripts/replicate.py --claims learning_rate --preset smoke    # a quarter of a minute
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.comparisons import ALPHA, compared, count
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.outcomes import dense, density, row_of, solved
from lottery.claims.frame.paired import (
    HARM,
    Pair,
    compare,
    corrected,
    counted,
    keeps,
    keeps_rule,
    smallest_margin,
    survives,
)
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.small_networks import rivals
from lottery.experiments.prune import pruning_piece
from lottery.experiments.train import training_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import Rates, save_figure
from lottery.report.page import PageFigure
from lottery.report.panels import lines_in_panels
from lottery.statistics import cluster_bootstrap
from lottery.verdicts import Verdict, beats, beats_rule

NAME = "learning_rate"
STATEMENT = "Tickets win at low learning rates; at high ones their weights are worth no more than new ones."
SOURCE = "Liu et al. 2019, arXiv 1810.05270, section 6; Ma et al. 2021, arXiv 2107.00166"
PROTOCOL = (
    "Networks of the headline width are pruned by magnitude level by level, rewound to initialisation, once for every "
    "learning rate of Adam (constant, the same for the dense network and all levels), with the same initial weights "
    "and batches at every rate. At a rate of 0.001 these are the laboratory's own tickets, which the claim `alone` "
    "judges; here they stand in the figure, and the others are held against them. Beside each ticket: its mask with "
    "new weights, and a small dense network of at most as many parameters, of the one shape that learned most often in "
    "the claim `shapes` (at 0.001), trained as long at the ticket's rate, with weights and batches of its own. The "
    "sources call a rate high that serves the dense network best; here dense networks succeed at all of these rates, "
    "and how soon they do has to tell. Left open by the sources, and our choice: the rates, the densities, and that "
    "success stands in the place of accuracy. Seen beforehand, of the same networks: the dense ones (64 of 64 from "
    "0.0003 to 0.01), and tickets of two cuts to 20 % (claim `sanity`), whose gain over new weights was +5, +19, "
    "+17 and +39 points at 0.0003, 0.001, 0.003 and 0.01: the contrary of what the sources lead to expect."
)
HIGH = 1e-2  # and above
FLOOR, CEILING = 0.2, 0.8
DIRECTION_RULE = (
    f"At the density of the laboratory's verdicts, gain over new weights at a rate of {HIGH:g} less the gain at a "
    "lower one, replicate by replicate, with a bootstrap interval over replicates: reproduced if the interval lies "
    "below zero, contradicted if above, undecided otherwise. Undecided too where a gain has no room: where at one of "
    f"the two rates the ticket succeeds in at most {100 * FLOOR:g} % or new weights in at least {100 * CEILING:g} %."
)
LOW_RULE = f"Below a rate of {HIGH:g} the ticket should win. {beats_rule()}"
HIGH_RULE = (
    f"From a rate of {HIGH:g} on it should not. Contradicted if it beats new weights (exact McNemar, p < "
    f"{ALPHA:g}); otherwise reproduced if the 95 % interval of the paired difference lies below {100 * HARM:g} "
    "percentage points and the ticket succeeds more often than that; undecided otherwise."
)
HOLM = "p-values are corrected by Holm's method over all rates and densities."
SMALL_RULE = f"Ticket against the small network from scratch, independent arms. {beats_rule()} {HOLM}"
TOLD_RULE = "Told, not judged: paired difference (Newcombe) and exact McNemar, Holm's correction over the rates."
SHORT = f"With a budget below {lab.JUDGED_FROM:,} updates always undecided."


REPLICATES = {"smoke": 4, "laptop": 64, "paper": 256}
EVERY_RATE = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
RATES = {"smoke": (1e-3, 1e-2), "laptop": EVERY_RATE[:4], "paper": EVERY_RATE}


def ticket_piece(plan: Plan, rate: float) -> Piece:
    """Pruning level by level to a tenth at one learning rate, beside random reinit."""
    width, chosen = lab.widths(plan)[0], lab.size(plan)
    if rate == plan.learning_rate:
        return lab.imp(plan, width)
    return pruning_piece(
        f"learning-rate{rate:g}-m{width}",
        plan.network(width),
        plan.training(chosen.updates, learning_rate=rate),
        lab.pruning(plan, controls=("reinit",), at=chosen.at),
        seed=plan.seed,
        replicates=range(replicates(plan)),
    )


def small_piece(plan: Plan, rate: float, level: int) -> Piece:
    """The best small shape with at most the parameters of a level's ticket, from scratch at one learning rate."""
    shape = rivals(plan, level)[0]
    if rate == plan.learning_rate:
        return lab.small(plan, shape)
    a, b = shape
    # Numbers that no other small network has, in `lab.small`, at another rate or of another shape.
    first = 10_000_000 + 1_000_000 * EVERY_RATE.index(rate) + 10_000 * (10 * a + b)
    return training_piece(
        f"learning-rate{rate:g}-small-{a}-{b}",
        plan.network(features=shape),
        plan.training(lab.size(plan).updates, learning_rate=rate),
        seed=plan.seed,
        replicates=range(first, first + replicates(plan)),
    )


def rates(plan: Plan) -> list[float]:
    """All learning rates, the plan's own among them, the lowest first."""
    return sorted({*RATES[plan.size], plan.learning_rate})


def replicates(plan: Plan) -> int:
    """Networks per arm at all rates but that of the laboratory: its first ones."""
    return plan.replicates or REPLICATES[plan.size]


def others(plan: Plan) -> list[float]:
    """The learning rates at which nobody else judges these tickets."""
    return [rate for rate in rates(plan) if rate != plan.learning_rate]


def pieces(plan: Plan) -> list[Piece]:
    """The tickets by rate, then the small networks by rate and density."""
    found = [ticket_piece(plan, rate) for rate in rates(plan)]
    found += [small_piece(plan, rate, level) for rate in rates(plan) for level in lab.size(plan).at]
    return list({piece.name: piece for piece in found}.values())


def points(plan: Plan, results: Results) -> list[Point]:
    """The direction; at every rate but the laboratory's, the ticket against all else; each rate against that one."""
    low = dict.fromkeys((rates(plan)[0], plan.learning_rate))
    found = [_direction(plan, results, rate) for rate in low if rate < HIGH]
    found += [_dense(plan, results, rate) for rate in rates(plan)]
    found += [*_against_reinit(plan, results), *_against_dense(plan, results), *_against_small(plan, results)]
    found += _against_the_usual(plan, results)
    return [{**one, "verdict": lab.judged(plan, one["verdict"])} for one in found]


def _direction(plan: Plan, results: Results, low: float) -> Point:
    level = lab.size(plan).verdict
    arms = {rate: _arms(results[ticket_piece(plan, rate).name], level) for rate in (HIGH, low)}
    shared = min(len(ticket) for ticket, _ in arms.values())
    gains = {rate: ticket[:shared].astype(int) - fresh[:shared] for rate, (ticket, fresh) in arms.items()}
    change = gains[HIGH] - gains[low]
    ends = cluster_bootstrap(change, np.arange(shared), resamples=1999, seed=plan.seed)
    room = all(ticket.mean() > FLOOR and fresh.mean() < CEILING for ticket, fresh in arms.values())
    told = "; ".join(
        f"at {rate:g} ticket {ticket[:shared].sum()}/{shared}, new weights {fresh[:shared].sum()}/{shared}, a gain of "
        f"{100 * gains[rate].mean():+.0f} points"
        for rate, (ticket, fresh) in arms.items()
    )
    return _point(
        f"rate={HIGH:g}/less-rate={low:g}",
        expected="below 0",
        measured=float(change.mean()),
        interval=(ends.low, ends.high),
        unit="difference",
        verdict=shrinks(ends.low, ends.high) if room else "undecided",
        rule=DIRECTION_RULE,
        note=f"Gain over new weights: {told}.{'' if room else ' One of these gains has no room.'}",
    )


def _arms(outcomes: Outcomes, level: int) -> tuple[np.ndarray, np.ndarray]:
    return solved(outcomes, level, "ticket"), solved(outcomes, level, "reinit")


def shrinks(low: float, high: float) -> Verdict:
    """Judge a difference that should be below zero from the ends of its interval.

    Args:
        low: lower end.
        high: upper end.
    """
    if high < 0:
        return "reproduced"
    return "contradicted" if low > 0 else "undecided"


def _dense(plan: Plan, results: Results, rate: float) -> Point:
    """How often and how soon the dense networks of a rate succeed."""
    outcomes = results[ticket_piece(plan, rate).name]
    first = np.array(row_of(outcomes, 0)["arms"]["ticket"]["first_solved"], float)
    median = np.median(np.where(first < 0, np.inf, first))
    soon = f"Half of them are certified by update {median:,.0f}." if np.isfinite(median) else "Not half are ever right."
    return _point(
        f"rate={rate:g}/dense",
        **rate_of(*count(dense(outcomes))),
        verdict="new",
        seconds=outcomes["seconds"],
        note=f"Dense networks at a learning rate of {rate:g}. {soon}",
    )


def _against_reinit(plan: Plan, results: Results) -> list[Point]:
    pairs: dict[tuple[float, int], Pair] = {
        (rate, level): compare(*_arms(results[ticket_piece(plan, rate).name], level))
        for rate in others(plan)
        for level in lab.size(plan).at
    }
    p_values = corrected(pairs)
    found = []
    for (rate, level), pair in pairs.items():
        p_value, high = p_values[rate, level], rate >= HIGH
        found.append(
            _point(
                f"{_place(results, plan, rate, level)}/vs-reinit",
                expected="not above 0" if high else "above 0",
                measured=pair.difference.value,
                interval=pair.ends,
                unit="difference",
                verdict=survives(pair, p_value) if high else beats(pair.difference.value, p_value),
                rule=f"{HIGH_RULE if high else LOW_RULE} {HOLM}",
                note=f"Ticket {counted(pair.first)}, new weights {counted(pair.second)}: exact McNemar p after Holm = "
                f"{p_value:.2g}.",
            )
        )
    return found


def _against_dense(plan: Plan, results: Results) -> list[Point]:
    margin, found = smallest_margin(replicates(plan)), []
    for rate in others(plan):
        outcomes = results[ticket_piece(plan, rate).name]
        for level in lab.size(plan).at:
            pair = compare(solved(outcomes, level, "ticket"), dense(outcomes))
            found.append(
                _point(
                    f"{_place(results, plan, rate, level)}/vs-dense",
                    expected="no loss",
                    measured=pair.difference.value,
                    interval=pair.ends,
                    unit="difference",
                    verdict=keeps(pair, margin),
                    rule=keeps_rule(margin),
                    note=f"Ticket {counted(pair.first)}, dense {counted(pair.second)}.",
                )
            )
    return found


def _against_small(plan: Plan, results: Results) -> list[Point]:
    pairs, places = {}, {}
    for rate in others(plan):
        outcomes = results[ticket_piece(plan, rate).name]
        for level in lab.size(plan).at:
            small = results[small_piece(plan, rate, level).name]
            name = f"{_place(results, plan, rate, level)}/vs-small"
            pairs[name] = count(solved(outcomes, level, "ticket")), count(small["solved_at_end"])
            places[name] = rivals(plan, level)[0], small["seconds"]
    return [
        _point(
            name,
            expected="above 0",
            measured=told.difference.value,
            interval=(told.difference.interval.low, told.difference.interval.high),
            unit="difference",
            verdict=beats(told.difference.value, told.p),
            rule=SMALL_RULE,
            seconds=places[name][1],
            note=f"Ticket {counted(pairs[name][0])}, small network {places[name][0]} from scratch "
            f"{counted(pairs[name][1])}. {told}.",
        )
        for name, told in compared(pairs).items()
    ]


def _against_the_usual(plan: Plan, results: Results) -> list[Point]:
    """Tickets of every other rate against those of the laboratory, which start from the same weights."""
    level = lab.size(plan).verdict
    usual = results[ticket_piece(plan, plan.learning_rate).name]
    pairs = {
        rate: compare(solved(results[ticket_piece(plan, rate).name], level, "ticket"), solved(usual, level, "ticket"))
        for rate in others(plan)
    }
    p_values = corrected(pairs)
    return [
        _point(
            f"{_place(results, plan, rate, level)}/vs-rate={plan.learning_rate:g}",
            measured=pair.difference.value,
            interval=pair.ends,
            unit="difference",
            verdict="new",
            rule=TOLD_RULE,
            note=f"Tickets at a learning rate of {rate:g} {counted(pair.first)}, of the same networks at "
            f"{plan.learning_rate:g} {counted(pair.second)}; p after Holm = {p_values[rate]:.2g}.",
        )
        for rate, pair in pairs.items()
    ]


def _place(results: Results, plan: Plan, rate: float, level: int) -> str:
    return f"rate={rate:g}/{100 * density(results[ticket_piece(plan, rate).name], level):.0f}%"


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    rule = {"rule": f"{fields['rule']} {SHORT}"} if "rule" in fields else {}
    return point(NAME, name, **{**fixed, **fields, **rule})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """One panel per density: dense network, ticket, new weights and the small network over the learning rate."""
    over = rates(plan)
    tickets = [results[ticket_piece(plan, rate).name] for rate in over]
    panels = {}
    for level in lab.size(plan).at:
        smalls = [results[small_piece(plan, rate, level).name]["solved_at_end"] for rate in over]
        panels[f"learning rate, {100 * density(tickets[0], level):.0f} % kept"] = [
            _over_rates("dense", over, [dense(one) for one in tickets]),
            _over_rates("ticket", over, [solved(one, level, "ticket") for one in tickets]),
            _over_rates("random reinit", over, [solved(one, level, "reinit") for one in tickets]),
            _over_rates("small from scratch", over, smalls),
        ]
    figure, table = lines_in_panels(panels)
    return [
        PageFigure(
            title="Tickets over the learning rate, level by level",
            caption=f"Networks of width m={lab.widths(plan)[0]}, certified after {lab.size(plan).updates:,} updates "
            f"per level at the rate they were pruned at, {replicates(plan)} replicates "
            f"({lab.size(plan).replicates[lab.widths(plan)[0]]} at {plan.learning_rate:g}), with Wilson's 95 % "
            "intervals.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


def _over_rates(label: str, over: Sequence[float], arms: Sequence[Sequence[bool] | np.ndarray]) -> Rates:
    counts = [count(arm) for arm in arms]
    return Rates(label, list(over), [k for k, _ in counts], [n for _, n in counts])


RULE = f"{DIRECTION_RULE} {LOW_RULE} {HIGH_RULE} {HOLM} Dense: {keeps_rule(0.10)} {SMALL_RULE} {TOLD_RULE} {SHORT}"
CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
