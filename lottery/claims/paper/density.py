"""Claim: at a critical density of live cells, about 0.38, minimal networks learn Life far more often.

Springer and Kenyon (2020) trained minimal networks (n=1, m=1) on boards of one fixed density d and found that near
d_0 = 0.38 success rises "dramatically" above that with densities drawn from U(0, 1).

    python scripts/replicate.py --claims density                  # some 12 minutes on two cores
    python scripts/replicate.py --claims density --preset smoke   # seconds
"""

from collections.abc import Iterator

import numpy as np

from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.train import training_piece
from lottery.report.figures.figure import Rates
from lottery.report.figures.rate_panels import PeakPanel, peak_panels
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, counted, independent
from lottery.statistics.peaks import Peak, find_peak, local_quadratic
from lottery.statistics.verdicts import Verdict, beats_rule

EXPECTED, ABOUT, WITHIN = 0.38, 0.02, 0.1
BANDWIDTH = 0.1
INITIALISERS = {"glorot": "Glorot", "pytorch": "PyTorch", "normal": "normal, s.d. 1", "he": "He"}
_FINE, _COARSE = (0.1, 0.2, 0.25, 0.3, 0.34, 0.38, 0.42, 0.46, 0.5, 0.6), (0.2, 0.3, 0.38, 0.46, 0.6)
_FINEST = tuple(round(0.1 + 0.02 * step, 2) for step in range(26))
DENSITIES: BySize[dict[str, tuple[float, ...]]] = BySize(
    smoke={"glorot": _COARSE, "pytorch": _COARSE},
    laptop={"glorot": _FINE, "pytorch": _FINE, "normal": _COARSE, "he": _COARSE},
    paper=dict.fromkeys(INITIALISERS, _FINEST),
)


class Density(Claim):
    """Success against the density of the training boards, by initialiser."""

    fixed = "2026-11-25 11:04:37"
    name = "density"
    statement = (
        "Training on boards of a critical density of live cells, about 0.38, dramatically raises the success of "
        "minimal networks."
    )
    source = "Springer and Kenyon 2020, arXiv 2009.01398: the density d_0 of training boards"
    protocol = (
        "n=1, m=1. One arm for every density d: all training boards have live cells with probability d; beside it the "
        "paper's U(0,1), a density drawn for each board. Arms are independent. Left open by the paper, and our choice: "
        "the densities that are tried, and the initial weights, so all four initialisers run. The peak is that of a "
        "smooth curve through the rates: local quadratic regression with a Gaussian of standard deviation 0.1, its "
        "highest point between the first and the last density, and a percentile bootstrap over networks."
    )
    rule = (
        f"Location: reproduced if its 95 % interval contains {EXPECTED} and lies within {EXPECTED} ± {WITHIN}; "
        f"contradicted if it comes no closer to {EXPECTED} than {ABOUT}, as the paper says “about”; undecided "
        f"otherwise. Rise, at the density nearest {EXPECTED} against U(0,1): {beats_rule()} p-values of the "
        f"initialisers are corrected by Holm's method. Heights have no published number. {BUDGET_RULE}"
    )
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(64, 125_000), paper=Size(256, 125_000))

    def pieces(self) -> dict[tuple[str, float | None], Piece]:
        """One piece per initialiser and density, the first of an initialiser with U(0,1), which is the density None."""
        return {
            (initialiser, density): self._trained(initialiser, density)
            for initialiser, densities in DENSITIES[self.plan.size].items()
            for density in (None, *densities)
        }

    def _trained(self, initialiser: str, density: float | None) -> Piece:
        percent = 0 if density is None else round(100 * density)
        return training_piece(
            f"density-{initialiser}-{'uniform' if density is None else f'd{percent}'}",
            self.plan.network(initialiser=initialiser),
            self.plan.training(self.size.updates, density=density),
            seed=self.plan.seed,
            replicates=numbers(100 * (1 + list(INITIALISERS).index(initialiser)) + percent, self.size.replicates),
        )

    def points(self) -> Iterator[Point]:
        """Per initialiser: where the peak is, how high, the rise at 0.38 and the baseline."""
        rises = {initialiser: self._rise(initialiser) for initialiser in DENSITIES[self.plan.size]}
        for initialiser, rise in corrected(rises).items():
            yield from self._peak(initialiser)
            yield self.point(
                f"{initialiser}/rise",
                expected="above 0",
                **rise.fields,
                verdict=self.at_full_budget(rise.beats),
                note=f"{counted(rise.first)} at the density nearest {EXPECTED}, {counted(rise.second)} with U(0,1); "
                f"Fisher p = {rise.p:.2g} after Holm's correction.",
            )
            uniform_rate = self[initialiser, None].rate
            yield self.point(f"{initialiser}/uniform", **uniform_rate, note="Densities from U(0,1).")

    def _rise(self, initialiser: str) -> Comparison:
        """The density nearest the expected one against U(0,1)."""
        nearest = min(DENSITIES[self.plan.size][initialiser], key=lambda density: abs(density - EXPECTED))
        return independent(self[initialiser, nearest].count, self[initialiser, None].count)

    def _curve(self, initialiser: str) -> Rates:
        densities = DENSITIES[self.plan.size][initialiser]
        return rates(initialiser, {density: self[initialiser, density].count for density in densities})

    def _peak(self, initialiser: str) -> Iterator[Point]:
        curve = self._curve(initialiser)
        peak = peak_of(curve)
        counts = ", ".join(f"{k}/{n} at {x:g}" for x, k, n in zip(curve.x, curve.successes, curve.trials, strict=True))
        name = f"{initialiser}/location"
        if peak is None:
            yield self.point(name, expected=EXPECTED, verdict="undecided", note=f"No success: {counts}.")
            return
        yield self.point(
            name,
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
            measured=peak.height,
            interval=(peak.height_interval.low, peak.height_interval.high),
            unit="rate",
            note="The highest smoothed rate; the largest of noisy rates lies too high rather than too low.",
        )

    def figures(self) -> Iterator[Figure]:
        """Success against density, one panel per initialiser."""
        yield Figure(
            title="Minimal networks against the density of their training boards",
            caption=f"Networks with m=1 certified after {self.size.updates:,} updates, with Wilson's 95 % intervals; "
            "the curve is smoothed, the blue span is the bootstrap interval of its peak, the yellow band the interval "
            "of the rate with densities from U(0,1).",
            drawn=peak_panels(
                [self._panel(initialiser) for initialiser in DENSITIES[self.plan.size]],
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
    if high < EXPECTED - ABOUT or low > EXPECTED + ABOUT:
        return "contradicted"
    close = EXPECTED - WITHIN <= low <= EXPECTED <= high <= EXPECTED + WITHIN
    return "reproduced" if close else "undecided"
