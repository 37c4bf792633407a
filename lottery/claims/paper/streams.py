"""Claim: that all networks of a run draw their batches from a common bank of boards does not matter.

By default 8192 boards are shared for 2500 updates, and each network draws its own batches from them (`stream="bank"`).
Here the same initial weights are also trained on boards that no other network sees (`"own"`), and on one sequence of
batches for all (`"shared"`).

    expected: no difference, neither in the rates nor in the spread between networks

    python scripts/replicate.py --claims streams                    # some 15 minutes on two cores
    python scripts/replicate.py --claims streams --preset smoke     # seconds
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import levene

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.paired import compare, counted
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import Size, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.statistics import holm
from lottery.verdicts import agrees, agrees_rule

NAME = "streams"
STATEMENT = "That networks draw their batches from a common bank of boards changes neither success nor its spread."
SOURCE = "Our check of how data are shared; no published number"
PROTOCOL = (
    "One step, m=1 and m=3. The same initial weights three times: batches drawn from a bank of 8192 boards that all "
    "share and that is renewed every 2500 updates (the default); batches of boards that no other network sees; one "
    "sequence of batches for all. The last two are held against boards of one's own, in pairs. The spread is that of "
    "the number of wrong neighbourhoods at the end, compared by Levene's test about the median (Brown and Forsythe), "
    "corrected by Holm's method over the four comparisons. At m=3 four times as many networks are trained as at m=1: a "
    "first run of 192, in which bank minus own was +5.2 points (0 to +10.4), decided nothing; none of them is among "
    "these."
)
MARGIN = 0.10
RULE = (
    f"Rates: {agrees_rule(MARGIN)} Spread: contradicted if the corrected p < 0.05, else undecided: a test cannot show "
    "that two spreads are equal."
)
SIZES = {"smoke": Size(8, 500), "laptop": Size(192, 20_000), "paper": Size(512, 125_000)}
WIDTHS = {1: 1, 3: 4}  # m: times the number of replicates
PLACES = {1: 0, 3: 2}  # among the replicates' numbers; 1 was that of the first run at m=3
STREAMS = {"bank": "a common bank", "own": "boards of its own", "shared": "one sequence for all"}


def stream_piece(plan: Plan, m: int, stream: str) -> Piece:
    """Training of one width on one kind of data; the networks of a width have the same numbers in all three."""
    size = size_of(plan, SIZES)
    piece = training_piece(
        f"streams-{stream}-m{m}",
        plan.network(m),
        plan.training(size.updates, stream=stream),
        seed=plan.seed,
        replicates=numbers(PLACES[m], WIDTHS[m] * size.replicates),
    )
    # Boards of one's own are made anew for every batch: as measured on two cores.
    return replace(piece, seconds=8 + piece.updates * 50e-6) if stream == "own" else piece


def pieces(plan: Plan) -> list[Piece]:
    """Three kinds of data at each width."""
    return [stream_piece(plan, m, stream) for m in WIDTHS for stream in STREAMS]


def points(plan: Plan, results: Results) -> list[Point]:
    """The rate of each arm, and the differences of rates and of spreads to boards of one's own."""
    found, spreads = [], []
    for m in WIDTHS:
        arms = {stream: results[stream_piece(plan, m, stream).name] for stream in STREAMS}
        for stream, outcomes in arms.items():
            wrong = np.array(outcomes["wrong_at_end"])
            found.append(
                _point(
                    f"m={m}/{stream}",
                    **rate(outcomes["solved_at_end"]),
                    verdict="new",
                    seconds=outcomes["seconds"],
                    note=f"{STREAMS[stream].capitalize()}. Wrong neighbourhoods at the end: {wrong.mean():.1f} on "
                    f"average, standard deviation {wrong.std(ddof=1):.1f}.",
                )
            )
        for stream in ("bank", "shared"):
            found.append(_difference(m, stream, arms))
            spreads.append((m, stream, *_spread(arms[stream], arms["own"])))
    adjusted = holm(np.array([p for *_, p in spreads]))
    return found + [_spread_point(*spread, float(p)) for spread, p in zip(spreads, adjusted, strict=True)]


def _difference(m: int, stream: str, arms: dict[str, Outcomes]) -> Point:
    one, own = (np.array(arms[name]["solved_at_end"], bool) for name in (stream, "own"))
    pair = compare(one, own)
    return _point(
        f"m={m}/{stream}-own",
        expected="0",
        measured=pair.difference.value,
        interval=pair.ends,
        verdict=agrees(pair.difference.interval, MARGIN),
        unit="difference",
        note=f"{STREAMS[stream].capitalize()} {counted(pair.first)}, boards of its own {counted(pair.second)}; exact "
        f"McNemar p = {pair.p_value:.2g}.",
    )


def _spread(one: Outcomes, own: Outcomes) -> tuple[float, float]:
    """Ratio of the standard deviations of the wrong neighbourhoods, and Levene's p-value; 1 and 1 where none varies."""
    first, second = (np.array(outcomes["wrong_at_end"], float) for outcomes in (one, own))
    if not first.std() or not second.std():
        return 1.0, 1.0
    return float(first.std(ddof=1) / second.std(ddof=1)), float(levene(first, second, center="median").pvalue)


def _spread_point(m: int, stream: str, ratio: float, p: float, adjusted: float) -> Point:
    return _point(
        f"m={m}/{stream}/spread",
        expected="1",
        measured=ratio,
        verdict="contradicted" if adjusted < 0.05 else "undecided",
        note="Standard deviation of the wrong neighbourhoods at the end over that with boards of one's own; Levene "
        f"p = {p:.2g}, corrected {adjusted:.2g}.",
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The rates side by side."""
    names = [f"m={m}" for m in WIDTHS]
    series = []
    for stream, words in STREAMS.items():
        solved = [results[stream_piece(plan, m, stream).name]["solved_at_end"] for m in WIDTHS]
        series.append(NamedRates(words, names, [sum(one) for one in solved], [len(one) for one in solved]))
    figure, table = rates_by_name(series)
    return [
        PageFigure(
            title="Where batches come from",
            caption=f"The same initial weights trained on three kinds of data, certified after "
            f"{size_of(plan, SIZES).updates:,} updates; Wilson's 95 % intervals.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
