"""Claim: tickets win at low learning rates only.

Liu et al. (2019) and Ma et al. (2021) found that a ticket beats its mask with new weights at low learning rates, and no
longer at those that serve the dense network best. All other claims of the laboratory prune at one rate, Adam's 0.001.
This one prunes level by level at four, and holds the ticket against the dense network, against new weights and against
a small dense network from scratch, each trained at the same rate.

    expected: a smaller gain over new weights at a high rate than at a low one

    python scripts/replicate.py --claims learning_rate                   # some 22 minutes, 13 of them `lab-imp`
    python scripts/replicate.py --claims learning_rate --preset smoke    # a quarter of a minute
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims import lab
from lottery.claims.alone import JUDGED_FROM, judged
from lottery.claims.alone_small import rivals
from lottery.claims.claim import Claim, Point, Results, point
from lottery.claims.comparisons import compared, count
from lottery.claims.jackpot import MARGIN, wins
from lottery.claims.paired import Pair, compare, corrected, counted, keeps, keeps_rule
from lottery.claims.pruned import dense, density, solved
from lottery.experiments import pruning_piece, training_piece
from lottery.pieces import Outcomes, Piece
from lottery.presets import Plan
from lottery.report.figures import Rates, save_figure
from lottery.report.page import PageFigure
from lottery.report.panels import lines_in_panels
from lottery.statistics import cluster_bootstrap
from lottery.tickets import PruningSettings
from lottery.verdicts import Verdict, beats, beats_rule

NAME = "learning_rate"
STATEMENT = "Tickets win at low learning rates only: at a high one their weights are worth no more than new ones."
SOURCE = "Liu et al. 2019, arXiv 1810.05270, section 6; Ma et al. 2021, arXiv 2107.00166"
PROTOCOL = (
    "Networks of the headline width are pruned by magnitude level by level, rewound to initialisation, once for every "
    "learning rate of Adam (constant, as everywhere in the laboratory; the dense network and all levels at the same "
    "rate), with the same initial weights and batches at every rate. At the rate of all other claims these are the "
    "laboratory's own tickets. Beside each ticket: its mask with new weights, and a small dense network of at most as "
    "many parameters, of the shape that learned most often in the claim `shapes` (at a rate of 0.001), trained as long "
    "at the ticket's rate, with weights and batches of its own. Left open by the sources, and our choice: the rates, "
    "the densities, and that success stands in the place of accuracy. Seen beforehand: tickets of two cuts at four of "
    "these rates (claim `sanity`), which gained from the rate, and everything at a rate of 0.001."
)
REPLICATES = {"smoke": 4, "laptop": 64, "paper": 256}
RATES = {"smoke": (1e-3, 1e-2), "laptop": (3e-4, 1e-3, 3e-3, 1e-2), "paper": (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)}
HIGH = 1e-2  # dense networks still learn at this rate (claim `sanity`)
DIRECTION_RULE = (
    f"At the density of the laboratory's verdicts, gain over new weights at a rate of {HIGH:g} less the gain at the "
    "lowest rate, replicate by replicate, with a bootstrap interval over replicates: reproduced if the interval lies "
    "below zero, contradicted if above, undecided otherwise."
)
WINS_RULE = (
    "For every rate and density, whether the ticket matches the dense network and beats new weights. Matches: "
    f"{keeps_rule(MARGIN)} Beats: {beats_rule()} Holm's correction over all rates and densities. Reproduced if both "
    "are, contradicted if either is contradicted, undecided otherwise."
)
SMALL_RULE = (
    f"Ticket against the small network from scratch. {beats_rule()} Independent arms, Fisher's test, Holm's correction "
    "over all rates and densities."
)
TOLD_RULE = "Told, not judged: paired difference (Newcombe) and exact McNemar, Holm's correction over the rates."


def ticket_piece(plan: Plan, rate: float) -> Piece:
    """Pruning level by level to a tenth at one learning rate, beside random reinit."""
    width, chosen = lab.widths(plan)[0], lab.size(plan)
    if rate == plan.learning_rate:
        return lab.imp(plan, width)
    pruning = PruningSettings(
        levels=chosen.levels,
        prune_fraction=1 - lab.FINAL_DENSITY ** (1 / chosen.levels),
        scope=plan.scope,
        controls=("reinit",),
        at=chosen.at,
    )
    return pruning_piece(
        f"learning-rate{rate:g}-m{width}",
        plan.network(width),
        plan.training(chosen.updates, learning_rate=rate),
        pruning,
        seed=plan.seed,
        replicates=range(replicates(plan)),
    )


def small_piece(plan: Plan, rate: float, level: int) -> Piece:
    """The best small shape with at most the parameters of a level's ticket, from scratch at one learning rate."""
    shape = rivals(plan, level)[0]
    if rate == plan.learning_rate:
        return lab.small(plan, shape)
    a, b = shape
    # Numbers that no other network of this shape has, in `lab.small` or at another rate.
    first = 10_000_000 + 100_000 * rates(plan).index(rate) + 1000 * (10 * a + b)
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


def pieces(plan: Plan) -> list[Piece]:
    """The tickets by rate, then the small networks by rate and density."""
    found = [ticket_piece(plan, rate) for rate in rates(plan)]
    found += [small_piece(plan, rate, level) for rate in rates(plan) for level in lab.size(plan).at]
    return list({piece.name: piece for piece in found}.values())


def points(plan: Plan, results: Results) -> list[Point]:
    """The direction; whether tickets win at every rate and density; the small networks; each rate against 0.001."""
    found = [
        _direction(plan, results),
        *_wins(plan, results),
        *_against_small(plan, results),
        *_against_the_usual(plan, results),
    ]
    return [{**one, "verdict": judged(plan, one["verdict"])} for one in found]


def _gain(outcomes: Outcomes, level: int) -> np.ndarray:
    """(R,) of -1, 0, 1: ticket less random reinit."""
    return solved(outcomes, level, "ticket").astype(int) - solved(outcomes, level, "reinit")


def _direction(plan: Plan, results: Results) -> Point:
    level, ends_of_rates = lab.size(plan).verdict, (HIGH, rates(plan)[0])
    gains = [_gain(results[ticket_piece(plan, rate).name], level) for rate in ends_of_rates]
    shared = min(len(one) for one in gains)
    change = gains[0][:shared] - gains[1][:shared]
    ends = cluster_bootstrap(change, np.arange(shared), resamples=1999, seed=plan.seed)
    return _point(
        "direction",
        expected="below 0",
        measured=float(change.mean()),
        interval=(ends.low, ends.high),
        unit="difference",
        verdict=shrinks(ends.low, ends.high),
        rule=DIRECTION_RULE,
        note=f"Gain of the ticket over new weights in {shared} replicates: "
        + ", ".join(
            f"{100 * one[:shared].mean():+.0f} points at {rate:g}"
            for rate, one in zip(ends_of_rates, gains, strict=True)
        )
        + ".",
    )


def shrinks(low: float, high: float) -> Verdict:
    """Judge a difference that should be below zero from the ends of its interval.

    Args:
        low: lower end.
        high: upper end.
    """
    if high < 0:
        return "reproduced"
    return "contradicted" if low > 0 else "undecided"


def _wins(plan: Plan, results: Results) -> list[Point]:
    beside_reinit: dict[tuple[float, int], Pair] = {}
    beside_dense: dict[tuple[float, int], Pair] = {}
    for rate in rates(plan):
        outcomes = results[ticket_piece(plan, rate).name]
        for level in lab.size(plan).at:
            ticket = solved(outcomes, level, "ticket")
            beside_reinit[rate, level] = compare(ticket, solved(outcomes, level, "reinit"))
            beside_dense[rate, level] = compare(ticket, dense(outcomes))
    p_values = corrected(beside_reinit)
    found = []
    for (rate, level), pair in beside_reinit.items():
        outcomes = results[ticket_piece(plan, rate).name]
        match = keeps(beside_dense[rate, level], MARGIN)
        win = beats(pair.difference.value, p_values[rate, level])
        found.append(
            _point(
                f"{_place(rate, outcomes, level)}/wins",
                expected="above 0, and as dense",
                measured=pair.difference.value,
                interval=pair.ends,
                unit="difference",
                verdict=wins(match, win),
                rule=WINS_RULE,
                seconds=outcomes["seconds"],
                note=f"Ticket {counted(pair.first)}, new weights {counted(pair.second)}: exact McNemar p after Holm = "
                f"{p_values[rate, level]:.2g}, that it beats them is {win}. Dense "
                f"{counted(beside_dense[rate, level].second)}: ticket minus dense "
                f"{beside_dense[rate, level].in_words}, that it matches is {match}.",
            )
        )
    return found


def _against_small(plan: Plan, results: Results) -> list[Point]:
    pairs, places = {}, {}
    for rate in rates(plan):
        outcomes = results[ticket_piece(plan, rate).name]
        for level in lab.size(plan).at:
            small = results[small_piece(plan, rate, level).name]
            name = f"{_place(rate, outcomes, level)}/vs-small"
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
    others = {rate: results[ticket_piece(plan, rate).name] for rate in rates(plan) if rate != plan.learning_rate}
    pairs = {
        rate: compare(solved(outcomes, level, "ticket"), solved(usual, level, "ticket"))
        for rate, outcomes in others.items()
    }
    p_values = corrected(pairs)
    return [
        _point(
            f"{_place(rate, others[rate], level)}/vs-rate={plan.learning_rate:g}",
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


def _place(rate: float, outcomes: Outcomes, level: int) -> str:
    return f"rate={rate:g}/{100 * density(outcomes, level):.0f}%"


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


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


SHORT = f"With a budget below {JUDGED_FROM:,} updates always undecided."
RULE = f"{DIRECTION_RULE} {WINS_RULE} {SMALL_RULE} {TOLD_RULE} {SHORT}"
CLAIM = Claim(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
