"""Claim: relaxed gates and a genetic search find strong tickets that edge-popup misses.

Tsayag and Lindenbaum 2026 (arXiv 2603.08914) train gates between 0 and 1, and Altmann et al. 2024 (arXiv 2411.04658)
breed masks without gradients; both report better tickets than edge-popup's. They are tried on the networks of the claim
`supermasks`, in nearly all of which an exact ticket is known to exist.

    expected: fewer wrong answers than edge-popup

    python scripts/replicate.py --claims searched                    # some 30 minutes on two cores
    python scripts/replicate.py --claims searched --preset smoke     # a minute
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lottery.claims.frame.answers import Points
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size
from lottery.claims.frame.strong_tickets import ALL_DEAD, HALF, SHORT, STARTS, WORDS, scored_piece
from lottery.experiments.bred import bred_piece
from lottery.experiments.popup import popup_piece
from lottery.report.figures.wrong_by_method import wrong_by_method
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.rates import holm_of, sign_test
from lottery.statistics.verdicts import ALPHA
from lottery.tickets.genetic import GeneticSettings

PRICE = 0.1  # of gates that are all open, added to the loss
METHODS = {
    "gates": "relaxed gates, open ones for nothing",
    "priced": f"relaxed gates, open ones at a price of {PRICE:g}",
    "bred": "genetic search",
}
# How gates are trained; what was tried before stands in docs/method.md.
GATES: dict[str, Any] = {"optimiser": "adam", "learning_rate": 0.01, "schedule": "cosine"}


@dataclass(frozen=True)
class SearchSize(Size):
    """How much of the claim is computed.

    Attributes:
        widths: m of the networks, the last of which is judged.
        generations: of the genetic search.
        methods: names of `METHODS`.
    """

    widths: tuple[int, ...]
    generations: int
    methods: tuple[str, ...] = tuple(METHODS)


class Searched(Claim):
    """Gates and genes against edge-popup, on the same random networks."""

    fixed = "2026-11-28 01:34:03"
    name = "searched"
    question = "Do relaxed gates or a genetic search find the exact ticket that edge-popup misses?"
    statement = "Relaxed gates and a genetic search find better strong tickets than edge-popup does."
    source = (
        "Tsayag and Lindenbaum 2026, arXiv 2603.08914 (relaxed gates); Altmann et al. 2024, arXiv 2411.04658 (genetic "
        "search); both on other tasks and networks"
    )
    protocol = (
        "The random networks of the claim `supermasks`, whose weights stay as they were drawn, or are of one size per "
        "layer; at m=32 an exact ticket could be built in 63 of 64 of them. Relaxed gates multiply every weight by a "
        "number between 0 and 1, with noise, and are trained by Adam at 0.01 with a cosine decay, for as many updates "
        "as edge-popup's scores and on the same boards; at the end a weight is there if its gate is half open or more. "
        "Tsayag and Lindenbaum put a price on open gates, which makes tickets small; we need exact ones, and try both "
        "at the paper's size, on a laptop open gates for nothing alone. The genetic search counts wrong answers, "
        "living and dead cells alike, among all 512 neighbourhoods, 256 masks in each of 250 generations, which is "
        "about as many forward passes as the others' updates take. Its parents are tournaments of two, and a child "
        "changes two genes on average. Left open by the sources and chosen by us: all of these numbers."
    )
    rule = (
        "For each method and kind of weights, at the widest network: the number of wrong answers of 512 at the end "
        "against edge-popup's at a density of 0.5, in pairs of the same replicates. Reproduced if fewer in more pairs "
        f"(two-sided sign test, p < {ALPHA:g} after Holm's correction over all of them), answered with no, which is "
        "new, if more in more pairs, undecided otherwise: the sources' tasks, networks and settings are others, so "
        f"that nothing here contradicts them. {BUDGET_RULE} Rates of certified networks have no published number."
    )
    size: SearchSize
    sizes = BySize(
        smoke=SearchSize(4, 250, widths=(2,), generations=10),
        laptop=SearchSize(16, 10_000, widths=(8, 32), generations=250, methods=("gates", "bred")),
        paper=SearchSize(64, 40_000, widths=(4, 8, 16, 32, 64), generations=1000),
    )

    def pieces(self) -> Mapping[Any, Piece]:
        """What is searched, by weights, width and method; edge-popup's are those of `supermasks`."""
        found: dict[Any, Piece] = {}
        for width in self.size.widths:
            for start in STARTS:
                found[start, width, "popup"] = scored_piece(self.plan, self.size, start, width, HALF)
                found |= {(start, width, method): self._searched(start, width, method) for method in self.size.methods}
        return found

    def _searched(self, start: str, width: int, method: str) -> Piece:
        net = self.plan.network(width, initialiser="pytorch")
        asked: dict[str, Any] = {"seed": self.plan.seed, "replicates": range(self.size.replicates), "weights": start}
        label = f"searched-{method}-{start}-m{width}"
        if method == "bred":
            search = GeneticSettings(generations=self.size.generations, rule=self.plan.train.rule)
            return bred_piece(label, net, search, **asked)
        scores = self.plan.training(self.size.updates, **GATES)
        return popup_piece(label, net, scores, density=None, gates=PRICE if method == "priced" else 0.0, **asked)

    def points(self) -> Iterator[Point]:
        """Every method against edge-popup at the widest network, then how many networks each makes exact."""
        widest = self.size.widths[-1]
        pairs = {
            (start, method): self._pairs(start, widest, method) for method in self.size.methods for start in STARTS
        }
        corrected = holm_of({key: sign_test(*won) for key, won in pairs.items()})
        for (start, method), won in pairs.items():
            yield self._against_popup(start, widest, method, won, corrected[start, method], len(corrected))
        for width in self.size.widths:
            for start in STARTS:
                for method in self.size.methods:
                    yield self._rate(start, width, method)

    def _wrong(self, start: str, width: int, method: str) -> Any:
        return np.array(self[start, width, method]["wrong_at_end"])

    def _pairs(self, start: str, width: int, method: str) -> tuple[int, int]:
        """In how many networks a method has fewer wrong answers than edge-popup, and in how many more."""
        ours, popup = self._wrong(start, width, method), self._wrong(start, width, "popup")
        return int(np.sum(ours < popup)), int(np.sum(ours > popup))

    def _against_popup(self, start: str, width: int, method: str, won: tuple[int, int], p: float, tests: int) -> Point:
        fewer, more = won
        ours, popup = (np.median(self._wrong(start, width, which)) for which in (method, "popup"))
        decided = "undecided" if p >= ALPHA else "reproduced" if fewer > more else "new"
        return self.point(
            f"{method}/{start}/less-popup",
            label=f"Median of wrong answers less edge-popup's, m={width}, {WORDS[start]}: {METHODS[method]}",
            expected="fewer wrong",
            measured=float(ours - popup),
            unit="number",
            quantity="wrong answers",
            verdict=self.at_full_budget(decided),
            p=p,
            tests=tests,
            outcome="wrong answers at the end",
            note=f"Medians {ours:g} and {popup:g} wrong of 512 (always dead: {ALL_DEAD}); fewer in {fewer} networks, "
            f"more in {more}; sign test p = {p:.2g} after Holm.",
        )

    def _rate(self, start: str, width: int, method: str) -> Point:
        found, wrong = self[start, width, method], self._wrong(start, width, method)
        return self.point(
            f"{method}/{start}/m={width}",
            label=f"m={width}, {WORDS[start]}, {METHODS[method]}",
            **found.rate,
            rule="Nothing is published: the point is new.",
            seconds=found.seconds,
            note=f"Wrong answers of 512 at the end: median {np.median(wrong):g}, least {wrong.min()}. "
            f"{np.median(found['kept']):g} of {found['parameters']} parameters there.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        every = points.all("*/less-popup")
        better = sum(one["verdict"] == "reproduced" for one in every)
        gates = points["gates/signed/less-popup"]
        widest = self.size.widths[-1]
        return (
            f"{better} of {len(every)} comparisons end with fewer wrong answers than edge-popup; relaxed gates on "
            f"weights of one size with {told(gates)} fewer or more at the median. At m={widest} they make "
            f"{told(points[f'gates/signed/m={widest}'], 'networks')} exact, and the genetic search "
            f"{told(points[f'bred/signed/m={widest}'])}."
        )

    def figures(self) -> Iterator[Figure]:
        """How far every method comes at the widest network."""
        widest = self.size.widths[-1]
        short = {"gates": "gates", "priced": "gates, priced", "bred": "genetic"}
        shown = {"popup": "edge-popup", **{method: short[method] for method in self.size.methods}}
        yield Figure(
            title=f"How far searches for a strong ticket come at m={widest}",
            caption="Wrong answers of 512 at the end of the search; a dot is a network, a bar the median. Weights as "
            "drawn or of one size. An exact network has none.",
            drawn=wrong_by_method(
                {
                    f"{words}, {SHORT[start]}": self[start, widest, method]["wrong_at_end"]
                    for method, words in shown.items()
                    for start in STARTS
                },
                constant=ALL_DEAD,
            ),
        )
