"""Claim: a few signs of the initial weights decide whether a network that converged converges again.

Springer and Kenyon (2020) took networks that converged, flipped k signs of their initial weights and trained them
again: one flip made about 20 % fail, four to six more than half. Which width they used is not known to us.

    python scripts/replicate.py --claims signs                    # some 2 hours on two cores
    python scripts/replicate.py --claims signs --preset smoke     # half a minute
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool

from lottery.claims.frame.answers import Points
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.flips import LAYERS, PLACES, Arm, failures, flips_piece, places
from lottery.report.figures.estimates import Estimates, estimates_against, estimates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.clusters import clustered_difference, clustered_rate
from lottery.statistics.rates import CONFIDENCE, Interval
from lottery.statistics.verdicts import Verdict

WIDTHS = BySize(smoke=(1, 8), laptop=(1, 2, 3, 4), paper=(1, 2, 3, 4, 8))
PYTORCH: BySize[tuple[int, ...]] = BySize(smoke=(8,), laptop=(), paper=(1, 2, 3, 4, 8))  # widths with biases to flip
SETS = BySize(smoke=2, laptop=4, paper=4)  # of flips per winner
FLIPS = BySize(smoke=(0, 1, 3, 4), laptop=tuple(range(9)), paper=tuple(range(9)))
VARIANT_FLIPS, NOISE_FLIPS = (1, 3), (1, 3, 6)
# Networks trained for each winner that is wanted, by what converges (docs/claims/width.md).
POOL = {1: 24, 2: 4, 3: 2, 4: 2, 8: 2}
# How much of the budget is used where solved networks leave.
SHARE = {1: 0.6, 2: 0.4, 3: 0.3, 4: 0.2, 8: 0.06}
CHANGES = {
    "weights": "any weight",
    "block0_3x3": "in the 3x3 convolution",
    "block0_1x1": "in the 1x1 convolution",
    "readout": "in the read-out",
    "noise": "none: noise as long",
}
CHANGES_OF_PYTORCH = {"weights": "PyTorch: any weight", "biases": "PyTorch: any parameter"}
FOUND, NOT_FOUND = 0.20, 0.40  # published share of failures at k=1; what is no longer "about" it
PLACES_IN_WORDS = {
    "centre": "the weight of the cell itself",
    "side": "a neighbour beside it",
    "corner": "a neighbour at a corner",
}


class Signs(Claim):
    """Winners trained again from initial weights with k signs flipped, by width."""

    fixed = "2026-11-27 15:21:48"
    name = "signs"
    question = "Do a few signs of the initial weights decide whether a network converges again?"
    statement = (
        "Flipping a few signs of the initial weights of a network that converged makes it fail when trained again."
    )
    source = "Springer and Kenyon 2020, arXiv 2009.01398: perturbations of the initial weights"
    protocol = (
        "One step ahead. A pool of networks is trained; the first winners in the order of their numbers go back to "
        "their initial weights, k of whose signs are flipped, uniformly among all weights, and are trained again on "
        "fresh data: boards and batches of the next seed, one sequence of batches per winner and set of flips, shared "
        "by all k and by all other changes. k = 0 with fresh data is the baseline. Sets of flips are nested: that for "
        "k holds that for k - 1. Solved networks leave, so a failure is a network that no check of the second training "
        "certified. Left open by the paper, and our choice: the widths (it is not known which was flipped), Glorot "
        "uniform weights, and that only weights are flipped: Glorot's biases start at exactly 0, where a flip is no "
        "change, so flips among weights and biases are made with PyTorch's initial weights, at the paper's size. "
        "Beside it: flips within "
        "one layer, those in the 3x3 convolution also by their place in the kernel, and Gaussian noise on all weights, "
        "as long (L2) as flipping those k signs is. Several sets of flips of one winner are one cluster: rates have "
        "Korn and Graubard's interval, differences Student's over winners. This page once had 8 to 16 winners with 2 "
        "sets each and percentile bootstraps, which are too narrow for so few clusters, and called widths contradicted "
        "although the paper's width and initial weights are not known."
    )
    rule = (
        "Per width; the intervals of these three rows hold for all widths together (Bonferroni). k = 1 (published: "
        "about 20 %, size of the sample not known to us): reproduced if the interval of the failures contains 20 % and "
        "ends below 40 %. k = 4 to 6 (more than half), pooled: reproduced if the interval lies wholly above 50 %. One "
        "flip against none: reproduced if the interval of the difference of failures lies wholly above 0. All are "
        "undecided otherwise: the paper's width and initial weights are not known, so nothing can be contradicted. The "
        "claim as a whole is reproduced if one width reproduces both published numbers, undecided otherwise. "
        f"{BUDGET_RULE}"
    )
    outcome = "ever_solved"
    # Replicates are winners.
    sizes = BySize(smoke=Size(4, 6_000), laptop=Size(128, 125_000), paper=Size(128, 125_000))

    def pieces(self) -> dict[tuple[str, int], Piece]:
        """One piece per width, and one more with PyTorch's initial weights where biases are flipped."""
        return {
            **{("glorot", width): self._glorot(width) for width in WIDTHS[self.plan.size]},
            **{("pytorch", width): self._pytorch(width) for width in PYTORCH[self.plan.size]},
        }

    def _glorot(self, width: int) -> Piece:
        """Winners of one width, Glorot's weights flipped anywhere and layer by layer, and moved by noise."""
        flips = FLIPS[self.plan.size]
        weights = dict(zip(LAYERS, (18 * width, 2 * width**2, width), strict=True))
        arms = [Arm("weights", k) for k in flips]
        arms += [Arm(layer, k) for layer in LAYERS for k in VARIANT_FLIPS if k <= weights[layer]]
        arms += [Arm("noise", k) for k in NOISE_FLIPS if k in flips]
        return self._flipped(f"signs-m{width}", width, arms, place=20)

    def _pytorch(self, width: int) -> Piece:
        """Winners of one width, flips among weights alone and among weights and biases, both drawn as PyTorch does."""
        arms = [Arm("weights", k) for k in (0, *VARIANT_FLIPS)] + [Arm("biases", k) for k in VARIANT_FLIPS]
        return self._flipped(f"signs-pytorch-m{width}", width, arms, place=30, initialiser="pytorch")

    def _flipped(self, label: str, width: int, arms: list[Arm], place: int, **network: str) -> Piece:
        return flips_piece(
            label,
            self.plan.network(width, **network),
            self.plan.training(self.size.updates, stop_when_solved=True, **self.plan.kernel),
            seed=self.plan.seed,
            pool=numbers(place + list(POOL).index(width), POOL[width] * self.size.replicates),
            winners=self.size.replicates,
            sets=SETS[self.plan.size],
            arms=arms,
            share=SHARE[width],
        )

    def failed(self, initialiser: str, width: int, variant: str, k: int) -> Bool[np.ndarray, "winners sets"]:
        """Which runs of an arm were never certified; empty where there is no winner."""
        return failures(self[initialiser, width].outcomes, variant, k)

    def by_flips(self, width: int) -> dict[int, Bool[np.ndarray, "winners sets"]]:
        """The same of flips among all of Glorot's weights, by k."""
        return {k: self.failed("glorot", width, "weights", k) for k in FLIPS[self.plan.size]}

    @property
    def _for_all_widths(self) -> float:
        """Confidence of an interval that holds for all widths together."""
        return 1 - (1 - CONFIDENCE) / len(WIDTHS[self.plan.size])

    def points(self) -> Iterator[Point]:
        """Per width: the baseline, one flip, four to six flips and the difference; then the whole, and the variants."""
        both = 0
        for width in WIDTHS[self.plan.size]:
            none, one, several, difference = self._of_width(width)
            yield from (none, one, several, difference)
            both += one["verdict"] == several["verdict"] == "reproduced"
        yield self.point(
            "any-width",
            label="Widths at which one flip and four to six fail as often as published",
            expected="1 or more",
            measured=float(both),
            verdict="reproduced" if both else "undecided",
            note="Widths at which one flip and four to six flips both fail as often as published.",
        )
        for width in WIDTHS[self.plan.size]:
            yield from self._variants(width)
            yield from self._by_place(width)

    def _of_width(self, width: int) -> Iterator[Point]:
        found = self["glorot", width]
        by_flips, pool = self.by_flips(width), len(found["pool_first_solved"])
        none, one = by_flips[0], by_flips[1]
        several = np.concatenate([failed for k, failed in by_flips.items() if 4 <= k <= 6], axis=1)
        start = f"{len(none)} winners of a pool of {pool}, {SETS[self.plan.size]} sets of flips each."
        curve = ", ".join(f"{failed.mean():.0%} at k={k}" for k, failed in by_flips.items()) if len(none) else "none"
        strict = self._for_all_widths
        yield self._share(
            f"m={width}/k=0",
            none,
            label=f"m={width}, failures with no sign flipped",
            note=f"{start} Fresh data alone.",
            seconds=found.seconds,
        )
        yield self._share(
            f"m={width}/k=1",
            one,
            strict,
            expected=FOUND,
            label=f"m={width}, failures with one sign flipped",
            verdict=self.at_full_budget(_about_a_fifth(interval_of(one, strict))),
            note=start,
        )
        yield self._share(
            f"m={width}/k=4-6",
            several,
            strict,
            expected="above 50 %",
            label=f"m={width}, failures with four to six signs flipped",
            verdict=self.at_full_budget(_above(0.5, interval_of(several, strict))),
            note=f"{start} Failures: {curve}.",
        )
        yield self._difference(
            f"m={width}/one-flip",
            one,
            none,
            strict,
            expected="above 0",
            label=f"m={width}, failures with one sign flipped less those with none",
            verdict=self.at_full_budget(_above(0.0, difference_of(one, none, strict))),
            note="Failures with one sign flipped minus those with none, on the same batches.",
        )

    def _variants(self, width: int) -> Iterator[Point]:
        drawn_by = ("glorot", "pytorch") if width in PYTORCH[self.plan.size] else ("glorot",)
        for initialiser, arm in ((name, arm) for name in drawn_by for arm in self[name, width]["arms"]):
            variant, k = arm["variant"], arm["k"]
            failed = self.failed(initialiser, width, variant, k)
            if initialiser == "pytorch":
                where = "weights" if variant == "weights" else "weights and biases"
                note = f"{len(failed)} winners."
                label = f"m={width}, PyTorch's initial weights, failures with {_signs(k)} flipped among {where}"
                yield self._share(f"m={width}/pytorch-{variant}/k={k}", failed, label=label, note=note)
            elif variant in LAYERS:
                label = f"m={width}, failures with {_signs(k)} flipped {CHANGES[variant]}"
                yield self._share(f"m={width}/{variant.removeprefix('block0_')}/k={k}", failed, label=label)
            elif variant == "noise":
                flipped = self.by_flips(width)[k]
                yield self._difference(
                    f"m={width}/flips-noise/k={k}",
                    flipped,
                    failed,
                    label=f"m={width}, failures with {_signs(k)} flipped less those with noise as long",
                    note=f"Failures after flips ({flipped.mean():.0%}) minus those after Gaussian noise of the same "
                    f"length ({failed.mean():.0%}), on the same batches.",
                )

    def _by_place(self, width: int) -> Iterator[Point]:
        """Where in a 3x3 kernel a single flipped sign does most harm; winners have different numbers of such runs."""
        failed = self.failed("glorot", width, "block0_3x3", 1)
        where = places(self["glorot", width].outcomes, "block0_3x3")
        for place, words in PLACES_IN_WORDS.items():
            there = where == PLACES.index(place)
            if np.sum(there.any(axis=1)) > 1:
                won, runs = (failed & there).sum(axis=1), there.sum(axis=1)
                interval = clustered_rate(won, runs)
                yield self.point(
                    f"m={width}/3x3/{place}/k=1",
                    label=f"m={width}, failures with one sign of {words} flipped in the 3x3 convolution",
                    measured=float(won.sum() / runs.sum()),
                    interval=(interval.low, interval.high),
                    unit="rate",
                    note=f"{won.sum()} of {runs.sum()} runs fail.",
                )

    def _share(
        self, name: str, failed: Bool[np.ndarray, "winners runs"], confidence: float = CONFIDENCE, **fields: Any
    ) -> Point:
        """A share of failures with its interval over winners."""
        return self._over_winners(
            name, failed.mean() if len(failed) else None, interval_of(failed, confidence), "rate", fields
        )

    def _difference(
        self,
        name: str,
        one: Bool[np.ndarray, "winners sets"],
        other: Bool[np.ndarray, "winners sets"],
        confidence: float = CONFIDENCE,
        **fields: Any,
    ) -> Point:
        """A difference of two shares of failures with its interval over winners."""
        value = one.mean() - other.mean() if len(one) else None
        return self._over_winners(name, value, difference_of(one, other, confidence), "difference", fields)

    def _over_winners(
        self, name: str, value: float | None, interval: Interval | None, unit: str, fields: dict[str, Any]
    ) -> Point:
        ends = None if interval is None else (interval.low, interval.high)
        return self.point(name, measured=None if value is None else float(value), interval=ends, unit=unit, **fields)

    def answer(self, points: Points) -> str:
        """What was found."""
        width = WIDTHS[self.plan.size][0]
        one, several, both = points[f"m={width}/k=1"], points[f"m={width}/k=4-6"], points["any-width"]
        return (
            f"At m={width}, {told(one)} of the second trainings fail when one sign is flipped, and {told(several)} "
            f"when four to six are. Both published numbers are reproduced at {told(both)} of "
            f"{len(WIDTHS[self.plan.size])} widths."
        )

    def figures(self) -> Iterator[Figure]:
        """Failures against the number of flips for every width; then every kind of change at one width."""
        widths = [width for width in WIDTHS[self.plan.size] if len(self["glorot", width]["winners"]) > 1]
        curves = [_estimates(f"m={width}", self.by_flips(width)) for width in widths]
        if not curves:
            return
        yield Figure(
            title="Signs flipped in the initial weights of winners",
            caption=f"Networks that converged, trained again from changed initial weights on fresh data, "
            f"{self.size.updates:,} updates at most; means over winners with 95 % intervals. Published: 20 % "
            "at one flip, more than half at four to six.",
            drawn=estimates_against(
                curves,
                xlabel="signs flipped",
                ylabel="winners that fail when trained again",
                nudge=0.09,
                published=[(0.75, 1.25, FOUND), (4, 6, 0.5)],
            ),
        )
        for width in widths:
            both = width in PYTORCH[self.plan.size]
            names = [*CHANGES.values(), *(CHANGES_OF_PYTORCH.values() if both else ())]
            if series := self._kinds_of_change(width):
                yield Figure(
                    title=f"Which signs, or any change? m={width}",
                    caption="Flips among all weights, within one layer, and noise of the same length as the flips"
                    + (
                        "; with PyTorch's initial weights, whose biases are not zero, flips among weights and among "
                        "all parameters"
                        if both
                        else ""
                    )
                    + ". 0 signs: fresh data alone. Means over winners with 95 % intervals.",
                    drawn=estimates_by_name(series, names, xlabel="winners that fail when trained again"),
                    part=f"variants-m{width}",
                )

    def _kinds_of_change(self, width: int) -> list[Estimates]:
        """One series per number of flips, one row per kind of change."""
        drawn_by = {"glorot": CHANGES, "pytorch": CHANGES_OF_PYTORCH if width in PYTORCH[self.plan.size] else {}}
        series = []
        for k in (0, *VARIANT_FLIPS):
            rows = {
                name: self.failed(initialiser, width, variant, k)
                for initialiser, changes in drawn_by.items()
                for variant, name in changes.items()
            }
            if shown := {name: failed for name, failed in rows.items() if len(failed) > 1}:
                series.append(_estimates(_signs(k), shown))
        return series


def interval_of(failed: Bool[np.ndarray, "winners runs"], confidence: float = CONFIDENCE) -> Interval | None:
    """Interval of the share of failures, winners being the sample; None below two winners."""
    if len(failed) < 2:
        return None
    return clustered_rate(failed.sum(axis=1), np.full(len(failed), failed.shape[1]), confidence=confidence)


def difference_of(
    one: Bool[np.ndarray, "winners sets"], other: Bool[np.ndarray, "winners sets"], confidence: float = CONFIDENCE
) -> Interval | None:
    """Interval of a difference of two shares of failures of the same winners; None below two winners."""
    return clustered_difference(one.mean(axis=1) - other.mean(axis=1), confidence=confidence) if len(one) > 1 else None


def _signs(k: int) -> str:
    return f"{k} sign{'' if k == 1 else 's'}"


def _about_a_fifth(interval: Interval | None) -> Verdict:
    found = interval is not None and interval.low <= FOUND <= interval.high < NOT_FOUND
    return "reproduced" if found else "undecided"


def _above(threshold: float, interval: Interval | None) -> Verdict:
    return "reproduced" if interval is not None and interval.low > threshold else "undecided"


def _estimates(label: str, failed: Mapping[Any, Bool[np.ndarray, "winners sets"]]) -> Estimates:
    ends = [end for one in failed.values() if (end := interval_of(one))]  # two winners or more have one
    means = [float(one.mean()) for one in failed.values()]
    return Estimates(label, list(failed), means, [end.low for end in ends], [end.high for end in ends])
