"""Claim: networks that will learn Life are nearer to it in feature space before the first update than those that fail.

Bebchuk and Shavit (2026) find in a toy model that a winning ticket is a place in feature space near the final code at
initialisation. Here thousands of networks have a proof of what became of them.

    expected: nearness at step 0 tells those that succeed from those that fail

    python scripts/replicate.py --claims fate                    # seconds, where `column` and `streams` were run
    python scripts/replicate.py --claims fate --preset smoke     # a minute
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from gol.errors import InputError
from lottery.claims.frame.answers import Points
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.reruns import FRESH_SIZES, fresh_piece, fresh_seed
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE
from lottery.claims.frame.streams import STREAMS, streamed_piece
from lottery.experiments.nearness import nearness_piece
from lottery.networks.lifenet import LifeNet
from lottery.report.figures.rate_panels import rates_in_panels
from lottery.report.points import told
from lottery.runs.files import settings_from
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Count, count
from lottery.statistics.rates import holm_of
from lottery.statistics.separation import Separation, between_networks, separation
from lottery.statistics.verdicts import ALPHA, Verdict

WORDS = {"glorot": "Glorot's weights", "pytorch": "PyTorch's weights"}
MEASURES = {
    "code": "how much of Life a linear read-out of its 1x1 layer explains",
    "wide": "how much of Life a linear read-out of its 3x3 layer explains",
    "norms": "the norm of its weights",
}
SMALL = 0.6  # an area that would be of little use
FIFTHS = ("farthest fifth", "second", "third", "fourth", "nearest fifth")
OURS = "Our question, nothing is published: the point is new."
REPEATED = 3  # the width m whose networks were trained on several sequences of batches
AGAIN = list(combinations(STREAMS, 2))


class Sample(NamedTuple):
    """Networks that were trained and looked at before: how their weights are drawn, and the width m."""

    initialiser: str
    width: int

    @property
    def label(self) -> str:
        """In words."""
        return f"m={self.width}, {WORDS[self.initialiser]}"


SAMPLES = [Sample(initialiser, width) for width in (1, 3) for initialiser in WORDS]


class Fate(Claim):
    """What initial weights say about success: nearness to the rule at step 0, and trainings of the same weights."""

    fixed = "2026-11-28 01:06:50"
    name = "fate"
    question = "Is a network's success decided by its initial weights?"
    statement = "Networks that learn Life begin nearer to it in feature space than those that fail."
    source = (
        "Bebchuk and Shavit 2026, arXiv 2605.17704, of tickets in a toy model of clauses; of whole networks on Life "
        "the question is our own"
    )
    protocol = (
        "No network is trained for this claim: it reads what became of the 1024 networks of each sample of the claim "
        "`column`, with Glorot's and with PyTorch's weights, at m=1 and m=3. Their initial weights are drawn again "
        "from their seed. A network's nearness to Life is the share of the variance of the next state that the best "
        "linear function of a layer's answers to the 512 neighbourhoods explains, which are weighted as training "
        "boards show them: 1 if a read-out is all that is missing. It is taken of the 1x1 layer, which is the code "
        "that the read-out sees, and of the 3x3 layer; beside them is the norm of all weights, which is no place in "
        "feature space. The area under the curve is the chance that a network that succeeds has the larger number than "
        f"one that fails. For m={REPEATED} the claim `streams` trained the same initial weights on three sequences of "
        "batches: how far one training foretells another is the most that initial weights can say. Known when the rule "
        "was written: the rates of success in both claims, and no number of this one."
    )
    rule = (
        "For the 1x1 layer in every sample: reproduced if the area is above 1/2 (Mann and Whitney, p < "
        f"{ALPHA:g} after Holm's correction over all samples and numbers) and its 95 % interval (DeLong) reaches "
        f"{SMALL:g}; answered with no, which is new, if the whole interval lies below {SMALL:g}; undecided otherwise. "
        "The source's networks, task and tickets are others, so that nothing here contradicts it. All other points are "
        f"new. {BUDGET_RULE}"
    )
    sizes = FRESH_SIZES

    def pieces(self) -> Mapping[Any, Piece]:
        """The networks that were trained, each sample before its first update, and those trained three times."""
        trained = {sample: fresh_piece(self.plan, *sample) for sample in SAMPLES}
        before = {(sample, "before"): self._before(sample, trained[sample]) for sample in SAMPLES}
        again = {stream: streamed_piece(self.plan, REPEATED, stream) for stream in STREAMS}
        return {**trained, **before, **again}

    def _before(self, sample: Sample, trained: Piece) -> Piece:
        return nearness_piece(
            f"fate-{sample.initialiser}-m{sample.width}",
            settings_from(LifeNet, trained.settings["network"]),
            rule=self.plan.train.rule,
            density=self.plan.train.density,
            seed=fresh_seed(self.plan),
            replicates=range(*trained.settings["replicates"]),
        )

    @cached_property
    def separations(self) -> dict[tuple[Sample, str], Separation]:
        """How well each number tells success from failure, where some of both are there."""
        found = {}
        for sample in SAMPLES:
            for measure in MEASURES:
                try:
                    found[sample, measure] = separation(self._numbers(sample, measure), self[sample].solved)
                except InputError:  # a small run may have no success
                    continue
        return found

    def _numbers(self, sample: Sample, measure: str) -> Float[np.ndarray, " replicates"]:
        return np.array(self[sample, "before"][measure])

    def points(self) -> Iterator[Point]:
        """The area of every sample and number, then how far trainings of the same weights agree."""
        corrected = holm_of({key: found.p for key, found in self.separations.items()})
        for measure in MEASURES:
            for sample in SAMPLES:
                if (sample, measure) in corrected:
                    yield self._area(sample, measure, corrected[sample, measure], len(corrected))
        yield from self._again()

    def _area(self, sample: Sample, measure: str, p: float, tests: int) -> Point:
        found = self.separations[sample, measure]
        numbers, solved = self._numbers(sample, measure), self[sample].solved
        judged = measure == "code"
        verdict = self.at_full_budget(foretold(found, p)) if judged else "new"
        return self.point(
            f"{sample.initialiser}/m={sample.width}/{measure}",
            label=f"{sample.label}: area under the curve of {MEASURES[measure]}",
            expected="above 1/2" if judged else None,
            measured=found.area,
            interval=(found.interval.low, found.interval.high),
            unit="number",
            quantity="areas",
            verdict=verdict,
            rule=self.rule if judged else OURS,
            p=p,
            tests=tests,
            seconds=self[sample, "before"].seconds,
            note=f"{solved.sum()} of {len(solved)} are certified at the end. Before the first update the median is "
            f"{np.median(numbers[solved]):.3f} for them and {np.median(numbers[~solved]):.3f} for the others.",
        )

    def _again(self) -> Iterator[Point]:
        """Whether networks that were certified with one sequence of batches are with another one."""
        solved = self._repeated()
        pairs = np.concatenate(
            [solved[:, [i, j]] for one in combinations(range(solved.shape[1]), 2) for i, j in (one, one[::-1])]
        )
        for first, words in ((True, "certified"), (False, "not certified")):
            again = pairs[pairs[:, 0] == first, 1]
            if len(again):
                yield self.point(
                    f"again/{'right' if first else 'wrong'}",
                    label=f"Certified with other batches, of those {words} with one sequence",
                    measured=float(again.mean()),
                    unit="rate",
                    rule=OURS,
                    note=f"{again.sum()} of {len(again)} pairs of trainings from the same initial weights, "
                    f"m={REPEATED}; each network is in several.",
                )
        try:
            share, interval = between_networks(solved)
        except InputError:  # a small run in which all end alike
            return
        yield self.point(
            "again/share",
            label="Share of the variance of success that lies between initial weights",
            measured=share,
            interval=(interval.low, interval.high),
            unit="rate",
            rule=f"{OURS} The interval is a bootstrap over networks.",
            note=f"Intraclass correlation over {solved.shape[1]} trainings of each of {len(solved)} networks: 0 if "
            "initial weights say nothing about success, 1 if they decide it.",
        )

    def _repeated(self) -> Bool[np.ndarray, "networks streams"]:
        return np.column_stack([self[stream].solved for stream in STREAMS])

    def answer(self, points: Points) -> str:
        """What was found."""
        codes = points.all("*/code")
        nearer = sum(one["verdict"] == "reproduced" for one in codes)
        code, share = points["*/m=3/code"], points["again/share"]
        return (
            f"In {nearer} of {len(codes)} samples networks that succeed begin nearer to Life; the area under the "
            f"curve is {told(code)} at m=3 with Glorot's weights. Of the variance of success at m={REPEATED}, "
            f"{told(share)} lies between initial weights; the rest is the batches."
        )

    def figures(self) -> Iterator[Figure]:
        """Success by fifths of nearness, one panel per sample."""
        yield Figure(
            title="Success by nearness to Life before the first update",
            caption="Networks of each sample in five equal groups, from the farthest to the nearest, by how much "
            "of Life a linear read-out of a layer explains at step 0; certified at the end; Wilson's 95 % intervals.",
            drawn=rates_in_panels(
                {
                    sample.label.removesuffix("'s weights"): [
                        named(f"{layer} layer", fifths(self._numbers(sample, measure), self[sample].solved))
                        for measure, layer in (("code", "1x1"), ("wide", "3x3"))
                    ]
                    for sample in SAMPLES
                }
            ),
        )


def foretold(found: Separation, p: float) -> Verdict:
    """Judge whether nearness at step 0 tells success from failure, by the claim's rule; never "contradicted".

    Args:
        found: the area and its interval.
        p: of its test, corrected.
    """
    if found.area > 1 / 2 and p < ALPHA and found.interval.high >= SMALL:
        return "reproduced"
    return "new" if found.interval.high < SMALL else "undecided"


def fifths(numbers: Float[np.ndarray, " networks"], solved: Bool[np.ndarray, " networks"]) -> dict[str, Count]:
    """Successes and trials of the networks in five groups of one size, from the smallest numbers to the largest."""
    parts = np.array_split(np.argsort(numbers, kind="stable"), len(FIFTHS))
    return {name: count(solved[part]) for name, part in zip(FIFTHS, parts, strict=True)}
