"""Claim: that all networks of a run draw their batches from a common bank of boards does not matter.

By default 8192 boards are shared for 2500 updates, and each network draws its own batches from them (`stream="bank"`).
Here the same initial weights are also trained on boards that no other network sees (`"own"`), and on one sequence of
batches for all (`"shared"`).

    expected: no difference, neither in the rates nor in the spread between networks

    python scripts/replicate.py --claims streams                    # some 15 minutes on two cores
    python scripts/replicate.py --claims streams --preset smoke     # seconds
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int
from scipy.stats import levene

from lottery.claims.frame.answers import Points, listed, of_all
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.series import named
from lottery.claims.frame.streams import SIZES, STREAMS, WIDTHS, streamed_piece
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import counted, paired
from lottery.statistics.rates import holm_of
from lottery.statistics.verdicts import ALPHA, agrees, agrees_rule

MARGIN = 0.10
AGAINST_OWN = ("bank", "shared")


class Streams(Claim):
    """Three ways to draw batches, on the same initial weights."""

    fixed = "2026-11-25 13:42:22"
    name = "streams"
    question = "Does it matter that networks draw their batches from a common bank of boards?"
    statement = "That networks draw their batches from a common bank of boards changes neither success nor its spread."
    source = "Our check of how data are shared; no published number"
    protocol = (
        "One step, m=1 and m=3. The same initial weights three times: batches drawn from a bank of 8192 boards that "
        "all share and that is renewed every 2500 updates (the default); batches of boards that no other network sees; "
        "one sequence of batches for all. The last two are held against boards of one's own, in pairs. The spread is "
        "that of the number of wrong neighbourhoods at the end, compared by Levene's test about the median (Brown and "
        "Forsythe), corrected by Holm's method over the four comparisons. At m=3 four times as many networks are "
        "trained as at m=1: a first run of 192, in which bank minus own was +5.2 points (0 to +10.4), decided nothing; "
        "none of them is among these."
    )
    rule = (
        f"Rates: {agrees_rule(MARGIN)} Spread: contradicted if the corrected p < 0.05, else undecided: a test cannot "
        "show that two spreads are equal."
    )
    sizes = SIZES

    def pieces(self) -> dict[tuple[int, str], Piece]:
        """Three kinds of data at each width; the networks of a width have the same numbers in all three."""
        return {(m, stream): streamed_piece(self.plan, m, stream) for m in WIDTHS for stream in STREAMS}

    def points(self) -> Iterator[Point]:
        """The rate of each arm, and the differences of rates and of spreads to boards of one's own."""
        for m in WIDTHS:
            for stream, words in STREAMS.items():
                found, wrong = self[m, stream], self._wrong(m, stream)
                yield self.point(
                    f"m={m}/{stream}",
                    label=f"m={m}, {words}",
                    **found.rate,
                    seconds=found.seconds,
                    note=f"Wrong neighbourhoods at the end: {wrong.mean():.1f} on average, "
                    f"standard deviation {wrong.std(ddof=1):.1f}.",
                )
            for stream in AGAINST_OWN:
                pair = paired(self[m, stream].solved, self[m, "own"].solved)
                yield self.point(
                    f"m={m}/{stream}-own",
                    label=f"m={m}, {STREAMS[stream]} less boards of its own",
                    expected="0",
                    **pair.fields,
                    verdict=agrees(pair.difference.interval, MARGIN),
                    note=f"{STREAMS[stream].capitalize()} {counted(pair.first)}, boards of its own "
                    f"{counted(pair.second)}; exact McNemar p = {pair.p_value:.2g}.",
                )
        yield from self._spreads()

    def _wrong(self, m: int, stream: str) -> Int[np.ndarray, " replicates"]:
        """Wrong neighbourhoods of each network at the end."""
        return np.array(self[m, stream]["wrong_at_end"])

    def _spreads(self) -> Iterator[Point]:
        spreads = {
            (m, stream): spread(self._wrong(m, stream), self._wrong(m, "own")) for m in WIDTHS for stream in AGAINST_OWN
        }
        corrected = holm_of({arm: p for arm, (_, p) in spreads.items()})
        for (m, stream), (ratio, p) in spreads.items():
            yield self.point(
                f"m={m}/{stream}/spread",
                label=f"m={m}, spread with {STREAMS[stream]} over that with boards of its own",
                expected="1",
                measured=ratio,
                verdict="contradicted" if corrected[m, stream] < ALPHA else "undecided",
                p=corrected[m, stream],
                note="Standard deviation of the wrong neighbourhoods at the end over that with boards of one's own; "
                f"Levene p = {p:.2g}, corrected {corrected[m, stream]:.2g}.",
            )

    def answer(self, points: Points) -> str:
        """What was found."""
        said = [f"{told(points[f'm={m}/bank-own'])} at m={m}" for m in WIDTHS]
        return (
            f"Compared with boards of one's own, a common bank changes the success rate by {listed(said)}. "
            + of_all(points.judged("*-own"), "comparisons of rates", "showed no difference", "showed one")
        )

    def figures(self) -> Iterator[Figure]:
        """The rates side by side."""
        series = [named(words, {f"m={m}": self[m, stream].count for m in WIDTHS}) for stream, words in STREAMS.items()]
        yield Figure(
            title="Where batches come from",
            caption="The same initial weights trained on three kinds of data, certified after "
            f"{self.size.updates:,} updates; Wilson's 95 % intervals.",
            drawn=rates_by_name(series),
        )


def spread(first: Int[np.ndarray, " one"], second: Int[np.ndarray, " other"]) -> tuple[float, float]:
    """Ratio of two standard deviations, and Levene's p-value; 1 and 1 where one of the samples does not vary."""
    if not first.std() or not second.std():
        return 1.0, 1.0
    return float(first.std(ddof=1) / second.std(ddof=1)), float(levene(first, second, center="median").pvalue)
