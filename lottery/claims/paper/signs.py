"""Claim: a few signs of the initial weights decide whether a network that converged converges again.

Springer and Kenyon (2020) took networks that converged, flipped k signs of their initial weights and trained them
again: one flip made about 20 % fail, four to six more than half. Which width they used is not known to us.

    python scripts/replicate.py --claims signs                    # some 10 minutes on two cores
    python scripts/replicate.py --claims signs --preset smoke     # half a minute
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.flips import LAYERS, Arm, failures, flips_piece, interval_of
from lottery.report.figures.estimates import Estimates, estimates_against, estimates_by_name
from lottery.runs.pieces import Piece
from lottery.statistics.rates import Interval
from lottery.statistics.verdicts import Verdict

WIDTHS = BySize(smoke=(1, 8), laptop=(1, 2, 3, 4, 8), paper=(1, 2, 3, 4, 8))
DETAILED = BySize(smoke=(8,), laptop=(3,), paper=(1, 2, 3, 4, 8))  # widths with layers, noise and biases
SETS = BySize(smoke=2, laptop=2, paper=4)  # of flips per winner
FLIPS = BySize(smoke=(0, 1, 3, 4), laptop=(0, 1, 2, 3, 4, 6, 8), paper=tuple(range(9)))
VARIANT_FLIPS, NOISE_FLIPS = (1, 3), (1, 3, 6)
# Networks trained for each winner that is wanted, by what converges (docs/claims/width.md); at m=1 fewer will.
POOL = {1: 16, 2: 4, 3: 2, 4: 2, 8: 2}
# How much of the budget is used where solved networks leave.
SHARE = {1: 1.0, 2: 0.8, 3: 0.6, 4: 0.4, 8: 0.1}
CHANGES = {
    "weights": "any weight",
    "block0_3x3": "in the 3x3 convolution",
    "block0_1x1": "in the 1x1 convolution",
    "readout": "in the read-out",
    "noise": "none: noise as long",
}
CHANGES_OF_PYTORCH = {"weights": "PyTorch: any weight", "biases": "PyTorch: any parameter"}
FOUND = (0.20, 0.10, 0.30, 0.40)  # published share of failures at k=1; what still is "about" it; what is not


class Signs(Claim):
    """Winners trained again from initial weights with k signs flipped, by width."""

    fixed = "2026-11-25 10:57:53"
    name = "signs"
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
        "change, so flips among weights and biases are made with PyTorch's initial weights. Beside it, at some widths: "
        "flips within one layer, and Gaussian noise on all weights, as long (L2) as flipping those k signs is. Several "
        "sets of flips of one winner are one cluster: intervals are by bootstrap over winners. Where all winners "
        "agree, which leaves a bootstrap no width, the mean is widened by what Wilson's interval of 0 of so many "
        "winners leaves open."
    )
    rule = (
        "Per width. k = 1 (published: about 20 %, size of the sample not known to us): reproduced if the 95 % interval "
        "of the failures contains 20 % and ends below 40 %, contradicted if it lies wholly outside 10 to 30 %, "
        "undecided otherwise. k = 4 to 6 (more than half), pooled over those that were run: reproduced if the interval "
        "lies wholly above 50 %, contradicted if wholly below, undecided otherwise. One flip against none: reproduced "
        "if the interval of the difference of failures lies wholly above 0, contradicted if wholly below, undecided "
        "otherwise. As the paper's width is not known, the claim as a whole is reproduced if one width reproduces both "
        f"published numbers, contradicted if every width contradicts one of them, undecided otherwise. {BUDGET_RULE}"
    )
    outcome = "ever_solved"
    # Replicates are winners.
    sizes = BySize(smoke=Size(4, 6_000), laptop=Size(16, 125_000), paper=Size(64, 125_000))

    def pieces(self) -> dict[tuple[str, int], Piece]:
        """One piece per width, and one more with PyTorch's initial weights where biases are flipped."""
        return {
            **{("glorot", width): self._glorot(width) for width in WIDTHS[self.plan.size]},
            **{("pytorch", width): self._pytorch(width) for width in DETAILED[self.plan.size]},
        }

    def _glorot(self, width: int) -> Piece:
        """Winners of one width, Glorot's weights flipped; at some widths also by layer, and moved by noise."""
        flips = FLIPS[self.plan.size]
        arms = [Arm("weights", k) for k in flips]
        if width in DETAILED[self.plan.size]:
            weights = dict(zip(LAYERS, (18 * width, 2 * width**2, width), strict=True))
            arms += [Arm(layer, k) for layer in LAYERS for k in VARIANT_FLIPS if k <= weights[layer]]
            arms += [Arm("noise", k) for k in NOISE_FLIPS if k in flips]
        return self._flipped(f"signs-m{width}", width, arms, place=0)

    def _pytorch(self, width: int) -> Piece:
        """Winners of one width, flips among weights alone and among weights and biases, both drawn as PyTorch does."""
        arms = [Arm("weights", k) for k in (0, *VARIANT_FLIPS)] + [Arm("biases", k) for k in VARIANT_FLIPS]
        return self._flipped(f"signs-pytorch-m{width}", width, arms, place=10, initialiser="pytorch")

    def _flipped(self, label: str, width: int, arms: list[Arm], place: int, **network: str) -> Piece:
        return flips_piece(
            label,
            self.plan.network(width, **network),
            self.plan.training(self.size.updates, stop_when_solved=True),
            seed=self.plan.seed,
            pool=numbers(place + list(POOL).index(width), POOL[width] * self.size.replicates),
            winners=self.size.replicates,
            sets=SETS[self.plan.size],
            arms=arms,
            share=SHARE[width],
        )

    def failures(self, initialiser: str, width: int, variant: str, k: int) -> Float[np.ndarray, " winners"]:
        """Share of each winner's runs in an arm that were never certified; empty where there is no winner."""
        return failures(self[initialiser, width].outcomes, variant, k)

    def by_flips(self, width: int) -> dict[int, Float[np.ndarray, " winners"]]:
        """The same of flips among all of Glorot's weights, by k."""
        return {k: self.failures("glorot", width, "weights", k) for k in FLIPS[self.plan.size]}

    def points(self) -> Iterator[Point]:
        """Per width: the baseline, one flip, four to six flips and the difference; then the whole, and the variants."""
        published = []
        for width in WIDTHS[self.plan.size]:
            none, one, several, difference = self._of_width(width)
            yield from (none, one, several, difference)
            published.append((one["verdict"], several["verdict"]))
        both = published.count(("reproduced", "reproduced"))
        whole: Verdict = "undecided"
        if both:
            whole = "reproduced"
        elif all("contradicted" in pair for pair in published):
            whole = "contradicted"
        yield self.point(
            "any-width",
            expected="1 or more",
            measured=float(both),
            verdict=whole,
            note="Widths at which one flip and four to six flips both fail as often as published.",
        )
        for width in DETAILED[self.plan.size]:
            yield from self._variants(width)

    def _of_width(self, width: int) -> Iterator[Point]:
        found = self["glorot", width]
        by_flips, pool = self.by_flips(width), len(found["pool_first_solved"])
        none, one = by_flips[0], by_flips[1]
        several = np.mean([shares for k, shares in by_flips.items() if 4 <= k <= 6], axis=0)
        start = f"{len(none)} winners of a pool of {pool}, {SETS[self.plan.size]} sets of flips each."
        curve = ", ".join(f"{shares.mean():.0%} at k={k}" for k, shares in by_flips.items()) if len(none) else "none"
        yield self._share(
            f"m={width}/k=0", none, note=f"{start} Fresh data alone, no sign flipped.", seconds=found.seconds
        )
        yield self._share(
            f"m={width}/k=1",
            one,
            expected=FOUND[0],
            verdict=self.at_full_budget(_about_a_fifth(interval_of(one))),
            note=f"{start} One sign flipped.",
        )
        yield self._share(
            f"m={width}/k=4-6",
            several,
            expected="above 50 %",
            verdict=self.at_full_budget(_above(0.5, interval_of(several))),
            note=f"{start} Failures: {curve}.",
        )
        yield self._share(
            f"m={width}/one-flip",
            one - none,
            expected="above 0",
            verdict=self.at_full_budget(_above(0.0, interval_of(one - none, "difference"))),
            unit="difference",
            note="Failures with one sign flipped minus those with none, on the same batches.",
        )

    def _variants(self, width: int) -> Iterator[Point]:
        arms = [(drawn_by, arm) for drawn_by in ("glorot", "pytorch") for arm in self[drawn_by, width]["arms"]]
        for initialiser, arm in arms:
            variant, k = arm["variant"], arm["k"]
            shares = self.failures(initialiser, width, variant, k)
            if initialiser == "pytorch":
                where = "weights" if variant == "weights" else "weights and biases"
                note = f"PyTorch's initial weights; signs flipped among {where}. {len(shares)} winners."
                yield self._share(f"m={width}/pytorch-{variant}/k={k}", shares, note=note)
            elif variant in LAYERS:
                note = f"Signs flipped {CHANGES[variant]} alone."
                yield self._share(f"m={width}/{variant.removeprefix('block0_')}/k={k}", shares, note=note)
            elif variant == "noise":
                flipped = self.by_flips(width)[k]
                yield self._share(
                    f"m={width}/flips-noise/k={k}",
                    flipped - shares,
                    unit="difference",
                    note=f"Failures after flips ({flipped.mean():.0%}) minus those after Gaussian noise of the same "
                    f"length ({shares.mean():.0%}), on the same batches.",
                )

    def _share(self, name: str, shares: Float[np.ndarray, " winners"], unit: str = "rate", **fields: Any) -> Point:
        """A share of failures, or a difference of two, with its interval over winners."""
        interval = interval_of(shares, unit)
        return self.point(
            name,
            measured=float(shares.mean()) if len(shares) else None,
            interval=None if interval is None else (interval.low, interval.high),
            unit=unit,
            **fields,
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
            f"{self.size.updates:,} updates at most; means over winners with 95 % bootstrap intervals. Published: 20 % "
            "at one flip, more than half at four to six.",
            drawn=estimates_against(
                curves,
                xlabel="signs flipped",
                ylabel="winners that fail when trained again",
                nudge=0.09,
                published=[(0.75, 1.25, FOUND[0]), (4, 6, 0.5)],
            ),
        )
        names = [*CHANGES.values(), *CHANGES_OF_PYTORCH.values()]
        for width in DETAILED[self.plan.size]:
            if series := self._kinds_of_change(width):
                yield Figure(
                    title=f"Which signs, or any change? m={width}",
                    caption="Flips among all weights, within one layer, and noise of the same length as the flips; "
                    "with PyTorch's initial weights, whose biases are not zero, flips among weights and among all "
                    "parameters. 0 signs: fresh data alone. Means over winners with 95 % bootstrap intervals.",
                    drawn=estimates_by_name(series, names, xlabel="winners that fail when trained again"),
                    part=f"variants-m{width}",
                )

    def _kinds_of_change(self, width: int) -> list[Estimates]:
        """One series per number of flips, one row per kind of change."""
        series = []
        for k in (0, *VARIANT_FLIPS):
            rows = {
                name: self.failures(initialiser, width, variant, k)
                for initialiser, changes in (("glorot", CHANGES), ("pytorch", CHANGES_OF_PYTORCH))
                for variant, name in changes.items()
            }
            if shown := {name: shares for name, shares in rows.items() if len(shares) > 1}:
                series.append(_estimates("1 sign" if k == 1 else f"{k} signs", shown))
        return series


def _about_a_fifth(interval: Interval | None) -> Verdict:
    published, low, high, most = FOUND
    if interval is None:
        return "undecided"
    if interval.low <= published <= interval.high and interval.high < most:
        return "reproduced"
    return "contradicted" if interval.high < low or interval.low > high else "undecided"


def _above(threshold: float, interval: Interval | None) -> Verdict:
    if interval is None or interval.low <= threshold <= interval.high:
        return "undecided"
    return "reproduced" if interval.low > threshold else "contradicted"


def _estimates(label: str, shares: Mapping[Any, Float[np.ndarray, " winners"]]) -> Estimates:
    ends = [end for one in shares.values() if (end := interval_of(one))]  # two winners or more have one
    means = [float(one.mean()) for one in shares.values()]
    return Estimates(label, list(shares), means, [end.low for end in ends], [end.high for end in ends])
