"""Claim: a minimal network that learns Life has found one of three algorithms, and rarely the hand-made one.

Up to scaling of its units, their order, and a ReLU that decides nothing, an exact network of 25 parameters is two ramps
in the number of neighbours and a constant, and only three pairs of ramps are possible (lottery/analysis/algorithms.py
argues it):

    rise-fall    counts live neighbours, and from three on counts them against: the hand-made one, relu(B - 2 A)
    two-alarms   subtracts for too few and for too many
    mirror       the first with missing neighbours for live ones

each spelled in two ways: the last hidden unit stands for life, or for death. If luck with signs were all that matters,
each algorithm would be found in a third of the cases.

    python scripts/replicate.py --claims solutions                    # some 8 minutes on two cores
    python scripts/replicate.py --claims solutions --preset smoke     # half a minute
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from lottery.analysis.algorithms import ALGORITHMS, IMPOSSIBLE, SPELLINGS, normal_form, variant
from lottery.claims.frame.answers import Points, listed
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import Found, rate_of
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BySize, Size, numbers
from lottery.experiments.solutions import solutions_piece
from lottery.networks.handmade import handmade_parameters
from lottery.report.figures.algorithm_panels import Curves, algorithm_panels
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import counted, independent
from lottery.statistics.rates import wilson
from lottery.statistics.verdicts import ALPHA

ARMS: dict[str, dict[str, Any]] = {
    "glorot": {"initialiser": "glorot"},
    "he": {"initialiser": "he"},
    "pytorch": {"initialiser": "pytorch"},
    "glorot-d0.38": {"initialiser": "glorot", "density": 0.38},
}
WORDS = {
    "glorot": "Glorot",
    "he": "He",
    "pytorch": "PyTorch's default",
    "glorot-d0.38": "Glorot, density 0.38",
}
TITLES = {
    "rise-fall": "Rise, then fall",
    "two-alarms": "Two alarms",
    "mirror": "Mirror of rise-fall",
}
SUBTITLES = {
    "rise-fall": "the hand-made one",
    "two-alarms": "too few, too many",
    "mirror": "counts the missing",
}


class Solutions(Claim):
    """The algorithms of certified minimal networks, by initial weights and training boards."""

    name = "solutions"
    question = "Which algorithm does a minimal network find when it learns Life?"
    statement = "A minimal network that learns Life has found one of three algorithms, and rarely the hand-made one."
    source = (
        "Our question, beside the hand-made weights of lottery/networks/handmade.py (those of Springer and Kenyon "
        "could not be consulted)"
    )
    protocol = (
        "One step, (a, b) = (2, 1), 25 parameters. Arms: three initialisers with the density of training boards from "
        "U(0, 1), and Glorot at the paper's critical density of 0.38. A network leaves at its first certificate and is "
        "described as it is then (ever_solved): its two 3x3 units as ramps, by direction and by their effect on the "
        "logit. Arms are independent. Signs of the initial weights are read in the same way, a unit's direction off "
        "the mean of its neighbours' weights. The algorithms and these rules were worked out on some 140 exact "
        "networks of other replicates."
    )
    rule = (
        "The question and its hypotheses are our own and nothing is published on them, so there is no verdict: every "
        "point is new. The hypotheses, fixed before the run: every certified network has the signs of one of the "
        "three; the hand-made one makes up less than 1/3 of them (Wilson's interval at 95 % for all arms together, "
        "Bonferroni); initial signs of one of the three help. An earlier rule called them reproduced "
        "(docs/corrections.md)."
    )
    outcome = "ever_solved"
    sizes = BySize(smoke=Size(128, 4_000), laptop=Size(2048, 20_000), paper=Size(2048, 125_000))

    def pieces(self) -> dict[str, Piece]:
        """Training of each arm, and the algorithms of the networks that were certified."""
        return {arm: self._trained(arm, **ARMS[arm]) for arm in ARMS}

    def _trained(self, arm: str, initialiser: str, **training: float) -> Piece:
        return solutions_piece(
            f"solutions-{arm}",
            self.plan.network(initialiser=initialiser),
            self.plan.training(self.size.updates, stop_when_solved=True, **training),
            seed=self.plan.seed,
            replicates=numbers(1 + list(ARMS).index(arm), self.size.replicates),
        )

    @cached_property
    def found(self) -> dict[str, Found]:
        """What came of every arm."""
        return {arm: self[arm] for arm in ARMS}

    def _all(self, what: str) -> list[Any]:
        """What is stored of every certified network, over all arms."""
        return [value for found in self.found.values() for value in found[what]]

    def points(self) -> Iterator[Point]:
        """Whether there are three, how they hang together, how often each is found, and what the initial signs do."""
        if self._all("names"):
            yield self._three()
            for arm, found in self.found.items():
                if found["names"]:
                    yield self._handmade(arm)
            yield self._handmade_variant()
            yield self._symmetry()
            yield self._initial_signs()
            yield self._kept_signs()
        for arm, found in self.found.items():
            yield self.point(
                f"certified/{arm}",
                label=f"Certified networks, {WORDS[arm]}",
                **rate_of(len(found["names"]), found["trials"]),
                seconds=found.seconds,
                note=f"{WORDS[arm]}: networks certified at one check at least, of which the algorithms are told.",
            )

    def _three(self) -> Point:
        names = self._all("names")
        possible = sum(not name.startswith(IMPOSSIBLE) for name in names)
        groups = "; ".join(
            f"{WORDS[arm]}: "
            + ", ".join(f"{algorithm} {'+'.join(map(str, of))}" for algorithm, of in found["groups"].items() if of)
            for arm, found in self.found.items()
            if found["names"]
        )
        return self.point(
            "three",
            label="Certified networks that run one of the three algorithms",
            **rate_of(possible, len(names)),
            note="Certified networks that run one of the three. Networks of one algorithm that chains of straight "
            f"lines of exact networks connect, by the sizes of their groups (one number: all hang together): {groups}.",
        )

    def _handmade(self, arm: str) -> Point:
        names, variants = self[arm]["names"], self[arm]["variants"]
        count = sum(name.startswith("rise-fall") for name in names)
        strict = wilson(count, len(names), confidence=1 - ALPHA / len(ARMS))
        told = ", ".join(f"{name} {k}" for name, k in Counter(names).most_common())
        common, most = Counter(variants).most_common(1)[0]
        return self.point(
            f"handmade/{arm}",
            label=f"The hand-made algorithm, {WORDS[arm]}",
            **rate_of(count, len(names)),
            note=f"{WORDS[arm]}: rise-fall among the certified networks; {100 * strict.low:.1f} to "
            f"{100 * strict.high:.1f} % for all arms together. All: {told}. By where the units are on there "
            f"are {len(set(variants))} variants; the most frequent, {most} times, is {common}.",
        )

    def _handmade_variant(self) -> Point:
        """How often the very on-sets of the hand-made network occur."""
        own, variants = variant(normal_form(handmade_parameters())), self._all("variants")
        return self.point(
            "handmade-variant",
            label="Units on for the same neighbourhoods as the hand-made ones",
            **rate_of(variants.count(own), len(variants)),
            note=f"Certified networks whose units are on for the same neighbourhoods as the hand-made ones: {own}.",
        )

    def _symmetry(self) -> Point:
        """How symmetric the kernels are."""
        spread = np.array(self._all("spread"))
        return self.point(
            "symmetry",
            label="Spread of a unit's neighbour weights, relative to their mean",
            measured=float(np.median(spread)),
            unit="number",
            note="Median of the standard deviation of a unit's eight neighbour weights, relative to their mean (the "
            f"larger of a network's two). The largest is {spread.max():.2g}; {np.sum(spread < 0.01)} of {len(spread)} "
            "are below 0.01. Nothing in the network makes kernels symmetric: training does.",
        )

    def _initial_signs(self) -> Point:
        """Whether networks that begin with the signs of a possible algorithm are solved more often."""
        trials, solved = {True: 0, False: 0}, {True: 0, False: 0}
        for found in self.found.values():
            for name, count in found["initial"].items():
                trials[not name.startswith(IMPOSSIBLE)] += count
        for name in self._all("begun_as"):
            solved[not name.startswith(IMPOSSIBLE)] += 1
        if not (trials[True] and trials[False]):
            return self.point("initial-signs", note="All networks began alike.")
        possible, other = ((solved[begun], trials[begun]) for begun in (True, False))
        gain = independent(possible, other)
        return self.point(
            "initial-signs",
            label="Certified with the initial signs of an algorithm less without them",
            **gain.fields,
            note=f"Certified if the initial signs are those of one of the three algorithms: {counted(possible)}, if "
            f"not: {counted(other)}; Fisher p = {gain.p:.2g}. All arms together.",
        )

    def _kept_signs(self) -> Point:
        pairs = list(zip(self._all("begun_as"), self._all("names"), strict=True))
        kept = sum(begun == end for begun, end in pairs)
        algorithm = sum(begun.split("/")[0] == end.split("/")[0] for begun, end in pairs)
        return self.point(
            "kept-signs",
            label="Certified networks that kept the signs they began with",
            **rate_of(kept, len(pairs)),
            note="Certified networks that had the signs of their algorithm and spelling from the start; with random "
            f"signs it would be 1 in 16. Algorithm alone: {algorithm} (1 in 8).",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        said = [f"{told(points[f'handmade/{arm}'])} from {WORDS[arm]}" for arm in ARMS if f"handmade/{arm}" in points]
        return (
            f"{told(points['three'], 'certified minimal networks')} run one of three algorithms. The one that we wrote "
            f"by hand is found by {listed(said)}."
        )

    def figures(self) -> Iterator[Figure]:
        """The three algorithms as curves over the number of neighbours, and how often each is found."""
        names, curves = self._all("names"), self._all("curves")
        if not names:
            return
        panels = []
        for signs, algorithm in ALGORITHMS.items():
            shown = [c for name, c in zip(names, curves, strict=True) if name.split("/")[0] == algorithm]
            panels.append(Curves(TITLES[algorithm], SUBTITLES[algorithm], signs, np.array(shown).reshape(-1, 7)))
        yield Figure(
            title="The three algorithms",
            caption=f"All {len(names)} certified networks, one line each, in logits that are scaled so that a "
            "network's two slopes sum to 1; the bold lines are a typical network. Above: what each of the two units "
            "adds for a dead cell. Below: their sum with the constant, for a dead and for a living cell; above zero "
            "the cell lives.",
            drawn=algorithm_panels(panels, len(names)),
        )
        kinds = {
            f"{algorithm}/{spelling}": f"{TITLES[algorithm]}, h is {spelling}"
            for algorithm in ALGORITHMS.values()
            for spelling in SPELLINGS.values()
        }
        common = sorted(kinds, key=lambda kind: -names.count(kind))
        shares = [
            named(WORDS[arm], {kinds[kind]: (of.count(kind), len(of)) for kind in common})
            for arm in ARMS
            if (of := self[arm]["names"])
        ]
        yield Figure(
            title="How often each algorithm is found",
            caption="Shares of the certified networks of each arm, with Wilson's 95 % intervals. h, the last hidden "
            "unit, stands for life or for death.",
            drawn=rates_by_name(shares, xlabel="share of the certified networks"),
            part="shares",
        )
