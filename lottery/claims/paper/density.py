"""Claim: at a critical density of live cells, about 0.38, minimal networks learn Life far more often.

Springer and Kenyon (2020) trained minimal networks (n=1, m=1) on boards of one fixed density d and found that near
d_0 = 0.38 success rises "dramatically" above that with densities drawn from U(0, 1).

    python scripts/replicate.py --claims density                  # some 12 minutes on two cores
    python scripts/replicate.py --claims density --preset smoke   # seconds
"""

from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Piece
from lottery.report.figures import Rates, save_figure
from lottery.report.page import PageFigure
from lottery.report.panels import PeakPanel, peak_panels
from lottery.smoothing import Peak, find_peak, local_quadratic
from lottery.statistics import fisher, holm, newcombe_difference
from lottery.verdicts import Verdict, beats, beats_rule

NAME = "density"
STATEMENT = (
    "Training on boards of a critical density of live cells, about 0.38, dramatically raises the success of minimal "
    "networks."
)
SOURCE = "Springer and Kenyon 2020, arXiv 2009.01398: the density d_0 of training boards"
PROTOCOL = (
    "n=1, m=1. One arm for every density d: all training boards have live cells with probability d; beside it the "
    "paper's U(0,1), a density drawn for each board. Arms are independent. Left open by the paper, and our choice: the "
    "densities that are tried, and the initial weights, so all four initialisers run. The peak is that of a smooth "
    "curve through the rates: local quadratic regression with a Gaussian of standard deviation 0.1, its highest point "
    "between the first and the last density, and a percentile bootstrap over networks."
)
EXPECTED, ABOUT, WITHIN = 0.38, 0.02, 0.1
RULE = (
    f"Location: reproduced if its 95 % interval contains {EXPECTED} and lies within {EXPECTED} ± {WITHIN}; "
    f"contradicted if it comes no closer to {EXPECTED} than {ABOUT}, as the paper says “about”; undecided otherwise. "
    f"Rise, at the density nearest {EXPECTED} against U(0,1): {beats_rule()} p-values of the initialisers are "
    f"corrected by Holm's method. Heights have no published number. {BUDGET_RULE}"
)
SIZES = {"smoke": Size(16, 2_000), "laptop": Size(64, 125_000), "paper": Size(256, 125_000)}
_FINE, _COARSE = (0.1, 0.2, 0.25, 0.3, 0.34, 0.38, 0.42, 0.46, 0.5, 0.6), (0.2, 0.3, 0.38, 0.46, 0.6)
_FINEST = tuple(round(0.1 + 0.02 * step, 2) for step in range(26))
INITIALISERS = {"glorot": "Glorot", "pytorch": "PyTorch", "normal": "normal, s.d. 1", "he": "He"}
DENSITIES: dict[str, dict[str, tuple[float, ...]]] = {
    "smoke": {"glorot": _COARSE, "pytorch": _COARSE},
    "laptop": {"glorot": _FINE, "pytorch": _FINE, "normal": _COARSE, "he": _COARSE},
    "paper": dict.fromkeys(INITIALISERS, _FINEST),
}
BANDWIDTH = 0.1


def arm_piece(plan: Plan, initialiser: str, density: float | None) -> Piece:
    """Training of one arm; None is U(0,1), whose arm is the first of its initialiser."""
    size = size_of(plan, SIZES)
    place = 100 * (1 + list(INITIALISERS).index(initialiser)) + (0 if density is None else round(100 * density))
    return training_piece(
        f"density-{initialiser}-{'uniform' if density is None else f'd{round(100 * density)}'}",
        plan.network(initialiser=initialiser),
        plan.training(size.updates, density=density),
        seed=plan.seed,
        replicates=numbers(place, size.replicates),
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per initialiser and density, and one of U(0,1) per initialiser."""
    return [
        arm_piece(plan, initialiser, density)
        for initialiser, densities in DENSITIES[plan.size].items()
        for density in (None, *densities)
    ]


def points(plan: Plan, results: Results) -> list[Point]:
    """Per initialiser: where the peak is, how high, the rise at 0.38 and the baseline."""
    size, arms = size_of(plan, SIZES), DENSITIES[plan.size]
    rises = {initialiser: _rise(plan, initialiser, results) for initialiser in arms}
    adjusted = holm(np.array([fisher(*counts) for counts in rises.values()]))
    found = []
    for (initialiser, counts), p in zip(rises.items(), adjusted, strict=True):
        found += _peak_points(plan, size, initialiser, results)
        difference = newcombe_difference(*counts)
        found.append(
            _point(
                f"{initialiser}/rise",
                expected="above 0",
                measured=difference.value,
                interval=(difference.interval.low, difference.interval.high),
                verdict=at_full_budget(size, SIZES, beats(difference.value, float(p))),
                unit="difference",
                note=f"{counts[0]}/{counts[1]} at the density nearest {EXPECTED}, {counts[2]}/{counts[3]} with U(0,1); "
                f"Fisher p = {p:.2g} after Holm's correction.",
            )
        )
        uniform = results[arm_piece(plan, initialiser, None).name]
        found.append(_point(f"{initialiser}/uniform", **rate(uniform["solved_at_end"]), note="Densities from U(0,1)."))
    return found


def _rise(plan: Plan, initialiser: str, results: Results) -> tuple[int, int, int, int]:
    """Successes and trials at the density nearest the expected one, then with U(0,1)."""
    nearest = min(DENSITIES[plan.size][initialiser], key=lambda density: abs(density - EXPECTED))
    counts = [rate(results[arm_piece(plan, initialiser, density).name]["solved_at_end"]) for density in (nearest, None)]
    return counts[0]["successes"], counts[0]["trials"], counts[1]["successes"], counts[1]["trials"]


def _curve(plan: Plan, initialiser: str, results: Results) -> Rates:
    densities = DENSITIES[plan.size][initialiser]
    solved = [results[arm_piece(plan, initialiser, density).name]["solved_at_end"] for density in densities]
    return Rates(initialiser, densities, [sum(one) for one in solved], [len(one) for one in solved])


def _peak(curve: Rates) -> Peak | None:
    return find_peak(np.array(curve.x), np.array(curve.successes), np.array(curve.trials), bandwidth=BANDWIDTH)


def located(peak: Peak | None) -> Verdict:
    """The verdict on where the peak is, by the rule above."""
    if peak is None:
        return "undecided"
    low, high = peak.place_interval.low, peak.place_interval.high
    if high < EXPECTED - ABOUT or low > EXPECTED + ABOUT:
        return "contradicted"
    close = EXPECTED - WITHIN <= low <= EXPECTED <= high <= EXPECTED + WITHIN
    return "reproduced" if close else "undecided"


def _peak_points(plan: Plan, size: Size, initialiser: str, results: Results) -> list[Point]:
    curve = _curve(plan, initialiser, results)
    peak = _peak(curve)
    counts = ", ".join(f"{k}/{n} at {x:g}" for x, k, n in zip(curve.x, curve.successes, curve.trials, strict=True))
    if peak is None:
        return [
            _point(f"{initialiser}/location", expected=EXPECTED, verdict="undecided", note=f"No success: {counts}.")
        ]
    seconds = sum(
        results[arm_piece(plan, initialiser, density).name]["seconds"]
        for density in (None, *DENSITIES[plan.size][initialiser])
    )
    return [
        _point(
            f"{initialiser}/location",
            quantity="densities",
            expected=EXPECTED,
            measured=peak.place,
            interval=(peak.place_interval.low, peak.place_interval.high),
            verdict=at_full_budget(size, SIZES, located(peak)),
            seconds=seconds,
            note=f"The density at which the smoothed rate is highest. {counts}.",
        ),
        _point(
            f"{initialiser}/height",
            measured=peak.height,
            interval=(peak.height_interval.low, peak.height_interval.high),
            unit="rate",
            note="The highest smoothed rate; the largest of noisy rates lies too high rather than too low.",
        ),
    ]


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, "verdict": "new", **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Success against density, one panel per initialiser."""
    panels = []
    for initialiser in DENSITIES[plan.size]:
        curve = _curve(plan, initialiser, results)
        peak = _peak(curve)
        x = np.array(curve.x)
        at = np.linspace(x.min(), x.max(), 101)
        smooth = local_quadratic(x, at, BANDWIDTH) @ (np.array(curve.successes) / np.array(curve.trials))
        _, _, k, n = _rise(plan, initialiser, results)
        panels.append(
            PeakPanel(
                INITIALISERS[initialiser],
                curve,
                (k, n),
                at,
                np.clip(smooth, 0, 1),
                peak.place_interval if peak else None,
            )
        )
    figure, table = peak_panels(panels, expected=EXPECTED, baseline="U(0,1)", xlabel="density of live cells")
    size = size_of(plan, SIZES)
    return [
        PageFigure(
            title="Minimal networks against the density of their training boards",
            caption=f"Networks with m=1 certified after {size.updates:,} updates, with Wilson's 95 % intervals; the "
            "curve is smoothed, the blue span is the bootstrap interval of its peak, the yellow band the interval of "
            "the rate with densities from U(0,1).",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
