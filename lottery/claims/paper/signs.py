"""Claim: a few signs of the initial weights decide whether a network that converged converges again.

Springer and Kenyon (2020) took networks that converged, flipped k signs of their initial weights and trained them
again: one flip made about 20 % fail, four to six more than half. Which width they used is not known to us.

    python scripts/replicate.py --claims signs                    # some 10 minutes on two cores
    python scripts/replicate.py --claims signs --preset smoke     # half a minute
"""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.flips import LAYERS, Arm, failures, flips_piece, interval_of
from lottery.networks import LifeNet
from lottery.pieces import Outcomes, Piece
from lottery.report.curves import Estimates, estimates_against, estimates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.statistics import Interval
from lottery.verdicts import Verdict

NAME = "signs"
STATEMENT = "Flipping a few signs of the initial weights of a network that converged makes it fail when trained again."
SOURCE = "Springer and Kenyon 2020, arXiv 2009.01398: perturbations of the initial weights"
PROTOCOL = (
    "One step ahead. A pool of networks is trained; the first winners in the order of their numbers go back to their "
    "initial weights, k of whose signs are flipped, uniformly among all weights, and are trained again on fresh data: "
    "boards and batches of the next seed, one sequence of batches per winner and set of flips, shared by all k and by "
    "all other changes. k = 0 with fresh data is the baseline. Sets of flips are nested: that for k holds that for "
    "k - 1. Solved networks leave, so a failure is a network that no check of the second training certified. Left "
    "open by the paper, and our choice: the widths (it is not known which was flipped), Glorot uniform weights, and "
    "that only weights are flipped: Glorot's biases start at exactly 0, where a flip is no change, so flips among "
    "weights and biases are made with PyTorch's initial weights. Beside it, at some widths: flips within one layer, "
    "and Gaussian noise on all weights, as long (L2) as flipping those k signs is. Several sets of flips of one winner "
    "are one cluster: intervals are by bootstrap over winners. Where all winners agree, which leaves a bootstrap no "
    "width, the mean is widened by what Wilson's interval of 0 of so many winners leaves open."
)
RULE = (
    "Per width. k = 1 (published: about 20 %, size of the sample not known to us): reproduced if the 95 % interval "
    "of the failures contains 20 % and ends below 40 %, contradicted if it lies wholly outside 10 to 30 %, undecided "
    "otherwise. k = 4 to 6 (more than half), pooled over those that were run: reproduced if the interval lies wholly "
    "above 50 %, contradicted if wholly below, undecided otherwise. One flip against none: reproduced if the interval "
    "of the difference of failures lies wholly above 0, contradicted if wholly below, undecided otherwise. As the "
    "paper's width is not known, the claim as a whole is reproduced if one width reproduces both published numbers, "
    "contradicted if every width contradicts one of them, undecided otherwise. " + BUDGET_RULE
)
SIZES = {"smoke": Size(4, 6_000), "laptop": Size(16, 125_000), "paper": Size(64, 125_000)}  # replicates are winners
WIDTHS = {"smoke": (1, 8), "laptop": (1, 2, 3, 4, 8), "paper": (1, 2, 3, 4, 8)}
DETAILED = {"smoke": (8,), "laptop": (3,), "paper": (1, 2, 3, 4, 8)}  # with layers, noise and biases
SETS = {"smoke": 2, "laptop": 2, "paper": 4}
FLIPS = {"smoke": (0, 1, 3, 4), "laptop": (0, 1, 2, 3, 4, 6, 8), "paper": tuple(range(9))}
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


def pieces(plan: Plan) -> list[Piece]:
    """One piece per width, and one more with PyTorch's initial weights where biases are flipped."""
    return [flips_at(plan, m) for m in WIDTHS[plan.size]] + [biased(plan, m) for m in DETAILED[plan.size]]


def flips_at(plan: Plan, width: int) -> Piece:
    """Winners of one width, Glorot's weights flipped; at some widths also by layer, and moved by noise."""
    net, flips = plan.network(width), FLIPS[plan.size]
    arms = [Arm("weights", k) for k in flips]
    if width in DETAILED[plan.size]:
        weights = dict(zip(LAYERS, (18 * width, 2 * width**2, width), strict=True))
        arms += [Arm(layer, k) for layer in LAYERS for k in VARIANT_FLIPS if k <= weights[layer]]
        arms += [Arm("noise", k) for k in NOISE_FLIPS if k in flips]
    return _piece(plan, f"signs-m{width}", net, width, arms, place=0)


def biased(plan: Plan, width: int) -> Piece:
    """Winners of one width, flips among weights alone and among weights and biases, both drawn as PyTorch does."""
    net = plan.network(width, initialiser="pytorch")
    arms = [Arm("weights", k) for k in (0, *VARIANT_FLIPS)] + [Arm("biases", k) for k in VARIANT_FLIPS]
    return _piece(plan, f"signs-pytorch-m{width}", net, width, arms, place=10)


def _piece(plan: Plan, label: str, net: LifeNet, width: int, arms: list[Arm], place: int) -> Piece:
    size = size_of(plan, SIZES)
    return flips_piece(
        label,
        net,
        plan.training(size.updates, stop_when_solved=True),
        seed=plan.seed,
        pool=numbers(place + list(POOL).index(width), POOL[width] * size.replicates),
        winners=size.replicates,
        sets=SETS[plan.size],
        arms=arms,
        share=SHARE[width],
    )


def points(plan: Plan, results: Results) -> list[Point]:
    """Per width: the baseline, one flip, four to six flips and the difference; then the whole, and the variants."""
    size = size_of(plan, SIZES)
    found, published = [], []
    for width in WIDTHS[plan.size]:
        outcomes = results[flips_at(plan, width).name]
        rows = _of_width(plan, size, width, outcomes)
        found += rows
        published.append((rows[1]["verdict"], rows[2]["verdict"]))
    both = sum(pair == ("reproduced", "reproduced") for pair in published)
    whole: Verdict = "undecided"
    if both:
        whole = "reproduced"
    elif all("contradicted" in pair for pair in published):
        whole = "contradicted"
    found.append(
        _point(
            "any-width",
            expected="1 or more",
            measured=float(both),
            verdict=whole,
            note="Widths at which one flip and four to six flips both fail as often as published.",
        )
    )
    for width in DETAILED[plan.size]:
        found += _variants(plan, width, results)
    return found


def _of_width(plan: Plan, size: Size, width: int, outcomes: Outcomes) -> list[Point]:
    flips = FLIPS[plan.size]
    none, one = failures(outcomes, "weights", 0), failures(outcomes, "weights", 1)
    several = np.mean([failures(outcomes, "weights", k) for k in flips if 4 <= k <= 6], axis=0)
    pool = outcomes["pool_first_solved"]
    start = f"{len(none)} winners of a pool of {len(pool)}, {SETS[plan.size]} sets of flips each."
    curve = ", ".join(f"{failures(outcomes, 'weights', k).mean():.0%} at k={k}" for k in flips) if len(none) else "none"
    return [
        _share(f"m={width}/k=0", none, note=f"{start} Fresh data alone, no sign flipped.", seconds=outcomes["seconds"]),
        _share(
            f"m={width}/k=1",
            one,
            expected=FOUND[0],
            verdict=at_full_budget(size, SIZES, _about_a_fifth(interval_of(one))),
            note=f"{start} One sign flipped.",
        ),
        _share(
            f"m={width}/k=4-6",
            several,
            expected="above 50 %",
            verdict=at_full_budget(size, SIZES, _above(0.5, interval_of(several))),
            note=f"{start} Failures: {curve}.",
        ),
        _share(
            f"m={width}/one-flip",
            one - none,
            expected="above 0",
            verdict=at_full_budget(size, SIZES, _above(0.0, interval_of(one - none, "difference"))),
            unit="difference",
            note="Failures with one sign flipped minus those with none, on the same batches.",
        ),
    ]


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


def _variants(plan: Plan, width: int, results: Results) -> list[Point]:
    glorot, pytorch = results[flips_at(plan, width).name], results[biased(plan, width).name]
    found = []
    for arm in glorot["arms"]:
        shares = failures(glorot, arm["variant"], arm["k"])
        if arm["variant"] in LAYERS:
            layer = arm["variant"].removeprefix("block0_")
            note = f"Signs flipped {CHANGES[arm['variant']]} alone."
            found.append(_share(f"m={width}/{layer}/k={arm['k']}", shares, note=note))
        elif arm["variant"] == "noise":
            flipped = failures(glorot, "weights", arm["k"])
            note = (
                f"Failures after flips ({flipped.mean():.0%}) minus those after Gaussian noise of the same length "
                f"({shares.mean():.0%}), on the same batches."
            )
            name = f"m={width}/flips-noise/k={arm['k']}"
            found.append(_share(name, flipped - shares, unit="difference", note=note))
    for arm in pytorch["arms"]:
        where = "weights" if arm["variant"] == "weights" else "weights and biases"
        note = f"PyTorch's initial weights; signs flipped among {where}. {len(pytorch['winners'])} winners."
        shares = failures(pytorch, arm["variant"], arm["k"])
        found.append(_share(f"m={width}/pytorch-{arm['variant']}/k={arm['k']}", shares, note=note))
    return found


def _share(name: str, shares: Float[np.ndarray, " winners"], unit: str = "rate", **fields: Any) -> Point:
    """A share of failures, or a difference of two, with its interval over winners."""
    interval = interval_of(shares, unit)
    return _point(
        name,
        measured=float(shares.mean()) if len(shares) else None,
        interval=None if interval is None else (interval.low, interval.high),
        unit=unit,
        **fields,
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "ever_solved"}
    return point(NAME, name, **{**fixed, "verdict": "new", **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Failures against the number of flips for every width; then every kind of change at one width."""
    curves = []
    for width in WIDTHS[plan.size]:
        outcomes = results[flips_at(plan, width).name]
        if len(outcomes["winners"]) > 1:
            named = {k: failures(outcomes, "weights", k) for k in FLIPS[plan.size]}
            curves.append(_estimates(f"m={width}", named))
    if not curves:
        return []
    figure, table = estimates_against(
        curves,
        xlabel="signs flipped",
        ylabel="winners that fail when trained again",
        nudge=0.09,
        published=[(0.75, 1.25, FOUND[0]), (4, 6, 0.5)],
    )
    size = size_of(plan, SIZES)
    found = [
        PageFigure(
            title="Signs flipped in the initial weights of winners",
            caption=f"Networks that converged, trained again from changed initial weights on fresh data, "
            f"{size.updates:,} updates at most; means over winners with 95 % bootstrap intervals. Published: 20 % at "
            "one flip, more than half at four to six.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]
    for width in DETAILED[plan.size]:
        series = _of_variants(results[flips_at(plan, width).name], results[biased(plan, width).name])
        if series:
            figure, table = estimates_by_name(
                series,
                [*CHANGES.values(), *CHANGES_OF_PYTORCH.values()],
                xlabel="winners that fail when trained again",
            )
            found.append(
                PageFigure(
                    title=f"Which signs, or any change? m={width}",
                    caption="Flips among all weights, within one layer, and noise of the same length as the flips; "
                    "with PyTorch's initial weights, whose biases are not zero, flips among weights and among all "
                    "parameters. 0 signs: fresh data alone. Means over winners with 95 % bootstrap intervals.",
                    svg=save_figure(figure, table, folder, f"{NAME}-variants-m{width}"),
                    claim=NAME,
                )
            )
    return found


def _of_variants(glorot: Outcomes, pytorch: Outcomes) -> list[Estimates]:
    """One series per number of flips, one row per kind of change."""
    rows: dict[int, dict[str, Float[np.ndarray, " winners"]]] = {}
    for outcomes, names in ((glorot, CHANGES), (pytorch, CHANGES_OF_PYTORCH)):
        for variant, name in names.items():
            for arm in outcomes["arms"]:
                shown = arm["variant"] == variant and arm["k"] in (0, *VARIANT_FLIPS)
                if shown and len(outcomes["winners"]) > 1:
                    rows.setdefault(arm["k"], {})[name] = failures(outcomes, variant, arm["k"])
    return [_estimates("1 sign" if k == 1 else f"{k} signs", named) for k, named in sorted(rows.items())]


def _estimates(label: str, named: dict[Any, Float[np.ndarray, " winners"]]) -> Estimates:
    ends = [interval_of(shares) for shares in named.values()]
    assert all(end is not None for end in ends)  # noqa: S101 - two winners or more, for the type checker
    return Estimates(
        label,
        list(named),
        [float(shares.mean()) for shares in named.values()],
        [end.low for end in ends if end],
        [end.high for end in ends if end],
    )


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
