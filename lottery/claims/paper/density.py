"""Claim: at a critical density of live cells, about 0.38, minimal networks learn Life far more often.

Springer and Kenyon (2020) trained minimal networks (n=1, m=1) on boards of one fixed density d and found that near
d_0 = 0.38 success rises "dramatically" above that with densities drawn from U(0, 1).

    python scripts/replicate.py --claims density                  # some 90 minutes on two cores
    python scripts/replicate.py --claims density --preset smoke   # seconds
"""

from collections.abc import Iterator

import numpy as np

from lottery.claims.frame.answers import Points, listed
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.reruns import FRESH_SIZES, fresh_piece, fresh_seed
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, numbers
from lottery.experiments.train import training_piece
from lottery.report.figures.figure import Rates
from lottery.report.figures.rate_panels import PeakPanel, peak_panels
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, counted, independent
from lottery.statistics.peaks import Peak, find_peak, local_quadratic
from lottery.statistics.rates import ratio_of_rates
from lottery.statistics.verdicts import ALPHA, Verdict

EXPECTED, WITHIN = 0.38, 0.1
DRAMATIC = 2.0  # times as often: what is not even doubled is not dramatic
BANDWIDTH = 0.1
INITIALISERS = {"glorot": "Glorot", "pytorch": "PyTorch"}
RUN = BySize(smoke=tuple(INITIALISERS), laptop=("glorot",), paper=tuple(INITIALISERS))
_WHOLE = (0.1, 0.2, 0.3, 0.34, 0.38, 0.42, 0.5, 0.6, 0.7, 0.8)
DENSITIES = BySize(smoke=(0.2, 0.3, 0.38, 0.46, 0.6), laptop=_WHOLE, paper=_WHOLE)


class Density(Claim):
    """Success against the density of the training boards, by initialiser."""

    fixed = "2026-11-27 15:12:22"
    name = "density"
    question = "Is there a critical density of live cells at which minimal networks learn far more often?"
    statement = (
        "Training on boards of a critical density of live cells, about 0.38, dramatically raises the success of "
        "minimal networks."
    )
    source = "Springer and Kenyon 2020, arXiv 2009.01398: the density d_0 of training boards"
    protocol = (
        "n=1, m=1. One arm of 1024 networks for every density d: all training boards have live cells with probability "
        "d; beside it the paper's U(0,1), a density drawn for each board. Arms are independent; networks are counted "
        "at the end of the budget. Left open by the paper, and our choice: the densities that are tried, and the "
        "initial weights: Glorot's on a laptop, at the paper's size PyTorch's too. The peak is that of a smooth curve "
        "through the rates: local "
        "quadratic regression with a Gaussian of standard deviation 0.1, its highest point between the first and the "
        "last density, and a percentile bootstrap over networks. “Elsewhere” is all densities more than 0.1 away from "
        "0.38, their networks pooled. The README once said “not dramatic” without a rule, from 64 networks per "
        "density, which cannot show a peak of a few points."
    )
    rule = (
        f"Location: reproduced if its 95 % interval contains {EXPECTED} and lies within {EXPECTED} ± {WITHIN}. "
        f"Dramatic: reproduced if networks at the density nearest {EXPECTED} succeed more than {DRAMATIC:g} times as "
        "often as elsewhere, by the whole interval of the ratio of rates (Katz), at "
        f"{100 * (1 - ALPHA / len(INITIALISERS)):g} % so that it holds for all initialisers together; what is not even "
        "doubled is not dramatic. Rise: the same density against U(0,1), reproduced if the difference is positive with "
        f"Fisher's p below {ALPHA:g} after Holm's correction over initialisers. All are undecided otherwise: the paper "
        "leaves its initial weights and its densities open, so nothing can be contradicted. The whole is reproduced if "
        f"one initialiser reproduces location and drama. Heights have no published number. {BUDGET_RULE}"
    )
    sizes = FRESH_SIZES

    @property
    def densities(self) -> tuple[float, ...]:
        """The fixed densities that are tried."""
        return DENSITIES[self.plan.size]

    @property
    def initialisers(self) -> tuple[str, ...]:
        """How the initial weights are drawn."""
        return RUN[self.plan.size]

    def pieces(self) -> dict[tuple[str, float | None], Piece]:
        """One piece per initialiser and density, the first of an initialiser with U(0,1), which is the density None."""
        return {
            (initialiser, density): self._trained(initialiser, density)
            for initialiser in self.initialisers
            for density in (None, *self.densities)
        }

    def _trained(self, initialiser: str, density: float | None) -> Piece:
        if density is None:
            return fresh_piece(self.plan, initialiser, 1)
        percent = round(100 * density)
        return training_piece(
            f"density-{initialiser}-d{percent}",
            self.plan.network(initialiser=initialiser),
            self.plan.training(self.size.updates, density=density, **self.plan.kernel),
            seed=fresh_seed(self.plan),
            # Numbers below 1000 are those of the samples with U(0,1).
            replicates=numbers(1000 + 100 * list(INITIALISERS).index(initialiser) + percent, self.size.replicates),
        )

    def points(self) -> Iterator[Point]:
        """Per initialiser: place and height of the peak, times elsewhere, the rise and U(0,1); then the whole."""
        both = []
        for initialiser, rise in corrected({name: self._rise(name) for name in self.initialisers}).items():
            location, *others = self._peak(initialiser)
            dramatic = self._dramatic(initialiser)
            both.append(location["verdict"] == dramatic["verdict"] == "reproduced")
            yield from (location, *others, dramatic)
            yield self.point(
                f"{initialiser}/rise",
                label=f"Success near {EXPECTED} less that with U(0,1), {INITIALISERS[initialiser]}",
                expected="above 0",
                **rise.fields,
                verdict=self.at_full_budget("reproduced" if rise.beats == "reproduced" else "undecided"),
                note=f"{counted(rise.first)} at the density nearest {EXPECTED}, {counted(rise.second)} with U(0,1); "
                f"Fisher p = {rise.p:.2g} after Holm's correction.",
            )
            uniform = self[initialiser, None]
            label = f"Densities from U(0,1), {INITIALISERS[initialiser]}"
            yield self.point(f"{initialiser}/uniform", label=label, **uniform.rate)
        yield self.point(
            "any-initial-weights",
            label=f"Kinds of initial weights with a dramatic peak about {EXPECTED}",
            expected="1 or more",
            measured=float(sum(both)),
            verdict=self.at_full_budget("reproduced" if any(both) else "undecided"),
        )

    @property
    def _nearest(self) -> float:
        """The density nearest the expected one."""
        return min(self.densities, key=lambda density: abs(density - EXPECTED))

    def _rise(self, initialiser: str) -> Comparison:
        """The density nearest the expected one against U(0,1)."""
        return independent(self[initialiser, self._nearest].count, self[initialiser, None].count)

    def _dramatic(self, initialiser: str) -> Point:
        """The density nearest the expected one against those well away from it, as a ratio of rates."""
        elsewhere = [density for density in self.densities if abs(density - EXPECTED) > WITHIN]
        counts = np.array([self[initialiser, density].count for density in elsewhere]).sum(axis=0)
        at_peak, away = self[initialiser, self._nearest].count, (int(counts[0]), int(counts[1]))
        found = ratio_of_rates(*at_peak, *away, confidence=1 - ALPHA / len(INITIALISERS))
        return self.point(
            f"{initialiser}/times-elsewhere",
            label=f"Success near {EXPECTED} over that elsewhere, {INITIALISERS[initialiser]}",
            expected=f"above {DRAMATIC:g}",
            measured=found.value if found else None,
            interval=(found.interval.low, found.interval.high) if found else None,
            unit="number",
            quantity="times",
            verdict=self.at_full_budget("reproduced" if found and found.interval.low > DRAMATIC else "undecided"),
            note=f"{counted(at_peak)} at the density nearest {EXPECTED}, {counted(away)} at "
            f"{', '.join(f'{density:g}' for density in elsewhere)} together. The interval holds for all initialisers "
            "together (Bonferroni).",
        )

    def _curve(self, initialiser: str) -> Rates:
        return rates(initialiser, {density: self[initialiser, density].count for density in self.densities})

    def _peak(self, initialiser: str) -> Iterator[Point]:
        curve = self._curve(initialiser)
        peak = peak_of(curve)
        counts = ", ".join(f"{k}/{n} at {x:g}" for x, k, n in zip(curve.x, curve.successes, curve.trials, strict=True))
        name, label = f"{initialiser}/location", f"Density of the highest success, {INITIALISERS[initialiser]}"
        if peak is None:
            yield self.point(name, label=label, expected=EXPECTED, verdict="undecided", note=f"No success: {counts}.")
            return
        yield self.point(
            name,
            label=label,
            quantity="densities",
            expected=EXPECTED,
            measured=peak.place,
            interval=(peak.place_interval.low, peak.place_interval.high),
            verdict=self.at_full_budget(located(peak)),
            seconds=sum(self[initialiser, density].seconds for density in (None, *curve.x)),
            note=f"The density at which the smoothed rate is highest. {counts}.",
        )
        yield self.point(
            f"{initialiser}/height",
            label=f"Highest success, {INITIALISERS[initialiser]}",
            measured=peak.height,
            interval=(peak.height_interval.low, peak.height_interval.high),
            unit="rate",
            note="The highest smoothed rate; the largest of noisy rates lies too high rather than too low.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        said = []
        for name in self.initialisers:
            place = points[f"{name}/location"]
            at = "nowhere" if place["measured"] is None else f"at a density of {told(place)}"
            times = points[f"{name}/times-elsewhere"]
            more = (
                "" if times["measured"] is None else f", and {told(times)} times as often near {EXPECTED} as elsewhere"
            )
            said.append(f"{at} with {INITIALISERS[name]}'s initial weights{more}")
        whole = points["any-initial-weights"]
        return (
            f"Minimal networks succeed most often {listed(said)}. A dramatic peak at {EXPECTED} is reproduced "
            f"with {told(whole)} of {len(self.initialisers)} kinds of initial weights."
        )

    def figures(self) -> Iterator[Figure]:
        """Success against density, one panel per initialiser."""
        yield Figure(
            title="Minimal networks against the density of their training boards",
            caption=f"Networks with m=1 certified after {self.size.updates:,} updates, with Wilson's 95 % intervals; "
            "the curve is smoothed, the blue span is the bootstrap interval of its peak, the yellow band the interval "
            "of the rate with densities from U(0,1).",
            drawn=peak_panels(
                [self._panel(initialiser) for initialiser in self.initialisers],
                expected=EXPECTED,
                baseline="U(0,1)",
                xlabel="density of live cells",
            ),
        )

    def _panel(self, initialiser: str) -> PeakPanel:
        curve = self._curve(initialiser)
        x, shares = np.array(curve.x), np.array(curve.successes) / np.array(curve.trials)
        at = np.linspace(x.min(), x.max(), 101)
        smooth = np.clip(local_quadratic(x, at, BANDWIDTH) @ shares, 0, 1)
        peak, uniform = peak_of(curve), self[initialiser, None].count
        return PeakPanel(INITIALISERS[initialiser], curve, uniform, at, smooth, peak.place_interval if peak else None)


def peak_of(curve: Rates) -> Peak | None:
    """Where the smoothed rates are highest; None where nothing ever succeeded."""
    return find_peak(np.array(curve.x), np.array(curve.successes), np.array(curve.trials), bandwidth=BANDWIDTH)


def located(peak: Peak) -> Verdict:
    """The verdict on where the peak is, by the rule of the claim."""
    low, high = peak.place_interval.low, peak.place_interval.high
    return "reproduced" if EXPECTED - WITHIN <= low <= EXPECTED <= high <= EXPECTED + WITHIN else "undecided"
