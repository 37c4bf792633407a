"""Claim: a random network that is wide enough holds an exact one, with no weight trained, and edge-popup finds it.

Ramanujan et al. 2020 (arXiv 1911.13299) find subnetworks of random networks that work without any training by learning
which weights are there (edge-popup), and do best with half of the weights and with weights of one size per layer; it
does better than the supermasks of Zhou et al. 2019 (arXiv 1905.01067), which learn a probability per weight.
Malach et al. 2020 and da Cunha et al. 2022 (ICLR) prove that they exist: any weight is nearly the sum of
some of a few random products. Here "works" is a certificate, and such sums are looked for: an exact ticket is built.

    python scripts/replicate.py --claims supermasks                    # some 8 minutes on two cores at laptop size
    python scripts/replicate.py --claims supermasks --preset smoke     # seconds
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, size_of
from lottery.experiments.popup import popup_piece
from lottery.experiments.sums import sums_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.charts import rates_against
from lottery.report.figures import Rates, Row, legend_above, save_figure
from lottery.report.page import PageFigure
from lottery.report.style import FAINT_INK, RC
from lottery.report.wrong import wrong_against_width
from lottery.statistics import sign_test, wilson
from lottery.verdicts import Verdict

NAME = "supermasks"
STATEMENT = "A random network that is wide enough holds an exact one, no weight of it trained, and edge-popup finds it."
SOURCE = (
    "Ramanujan et al. 2020, arXiv 1911.13299 (edge-popup); Zhou et al. 2019, arXiv 1905.01067 (supermasks); da Cunha "
    "et al. 2022, ICLR (existence)"
)
PROTOCOL = (
    "One-step networks of width m whose weights stay as they were drawn: uniform within 1/sqrt(fan_in) (PyTorch's "
    "default, which draws biases too), or of one size per layer, sqrt(2/fan_in), with the same signs. Biases are drawn "
    "and masked like weights: a network without any has the logit 0 on a dead board, which is wrong. Edge-popup trains "
    "a score per weight; in every layer the share `density` with the highest stays. Zhou et al.'s supermasks train a "
    "probability per weight, and every update computes with a mask drawn from them; at the end the weights that are "
    "more likely there than not stay. Left open, and chosen before these runs on other replicates (docs/method.md): "
    "the optimiser of the scores. At a density of 0.5 the weights under edge-popup's masks are then trained for one "
    "more budget. Beside it, exact tickets built in the same networks without any search by gradient: each weight of a "
    "small exact network is the sum of some products of two random weights (lottery/subset_sums.py), and the width "
    "from which that should work, by counting sums."
)
RULE = (
    "Exists: reproduced if at the widest network Wilson's interval of the share with a certified ticket built lies "
    "above 1/2; undecided otherwise, because what is not built may still be there. Found: for weights of one size, at "
    "a density of 0.5 and the widest network, reproduced if the interval of the share that edge-popup ends certified "
    f"in lies above 1/2, contradicted if below, undecided otherwise. {BUDGET_RULE} One size is better than as drawn, "
    "half better than 0.3 and than 0.7, and edge-popup at half better than supermasks, both with weights of one size: "
    "in pairs of the same replicates, by the number of wrong answers at the end, at the widest network; two-sided sign "
    "test at 0.05. All else has no published number."
)


SIZES = {"smoke": Size(4, 250), "laptop": Size(16, 10_000), "paper": Size(64, 40_000)}
WIDTHS: dict[str, tuple[int, ...]] = {"smoke": (2,), "laptop": (4, 8, 16, 32), "paper": (4, 8, 16, 32, 64)}
BUILT = {"smoke": (8,), "laptop": (4, 6, 8, 10, 12, 16, 20, 24, 32), "paper": (4, 6, 8, 10, 12, 16, 20, 24, 32)}
DRAWS = {"smoke": 4, "laptop": 64, "paper": 256}
COUNTED = {"smoke": 20, "laptop": 1000, "paper": 4000}
DENSITIES = {"smoke": (0.5,), "laptop": (0.3, 0.5, 0.7), "paper": (0.3, 0.5, 0.7)}
HALF = 0.5
STARTS = ("drawn", "signed")
WORDS = {"drawn": "weights as drawn", "signed": "weights of one size"}
SHORT = {"drawn": "as drawn", "signed": "one size"}
ALL_DEAD = 140  # of 512 neighbourhoods live on: what a network that always says dead gets wrong
# How scores are trained; what was tried before stands in docs/method.md.
SCORES: dict[str, Any] = {"optimiser": "momentum", "schedule": "cosine"}
RATES = {"drawn": 10.0, "signed": 1.0}  # learning rates; the logits of weights as drawn are the smaller ones
ZHOU_RATE = 100.0


def popup(plan: Plan, start: str, width: int, density: float) -> Piece:
    """Edge-popup in one width; networks of one width share replicates over starts and densities."""
    size = size_of(plan, SIZES)
    return popup_piece(
        f"popup-{start}-m{width}-{density:g}",
        plan.network(width, initialiser="pytorch"),
        plan.training(size.updates, learning_rate=RATES[start], **SCORES),
        seed=plan.seed,
        replicates=range(size.replicates),
        weights=start,
        density=density,
        training=plan.training(size.updates) if density == HALF else None,
    )


def zhou(plan: Plan, start: str, width: int) -> Piece:
    """Supermasks of Zhou et al. on the networks that edge-popup has."""
    size = size_of(plan, SIZES)
    return popup_piece(
        f"zhou-{start}-m{width}",
        plan.network(width, initialiser="pytorch"),
        plan.training(size.updates, learning_rate=ZHOU_RATE, **SCORES),
        seed=plan.seed,
        replicates=range(size.replicates),
        weights=start,
        density=None,
    )


def sums(plan: Plan, start: str) -> Piece:
    """Tickets that are built."""
    return sums_piece(
        f"sums-{start}",
        BUILT[plan.size],
        seed=plan.seed,
        draws=DRAWS[plan.size],
        counted=COUNTED[plan.size] if start == "drawn" else 0,
        weights=start,
    )


def pieces(plan: Plan) -> list[Piece]:
    """What is built, then what is trained, narrow networks first."""
    trained = [
        [popup(plan, start, width, density) for density in DENSITIES[plan.size] for start in STARTS]
        + [zhou(plan, start, width) for start in STARTS]
        for width in WIDTHS[plan.size]
    ]
    return [*(sums(plan, start) for start in STARTS), *chain.from_iterable(trained)]


def points(plan: Plan, results: Results) -> list[Point]:
    """Whether exact tickets exist and are found, which weights and densities are better, and every rate."""
    built = {start: results[sums(plan, start).name] for start in STARTS}
    found = [_exists(start, built[start]) for start in STARTS]
    found += [_found(plan, results), _one_size(plan, results)]
    found += [_half(plan, results, density) for density in DENSITIES[plan.size] if density != HALF]
    found.append(_better_than_zhou(plan, results))
    for width in WIDTHS[plan.size]:
        for start in STARTS:
            found += [_popup(plan, results, start, width, density) for density in DENSITIES[plan.size]]
            found.append(_zhou(plan, results, start, width))
            found.append(_trained(plan, results, start, width))
    return found + [_built(start, built[start], place) for start in STARTS for place in range(len(BUILT[plan.size]))]


def _above_half(successes: int, trials: int, *, low: Verdict) -> Verdict:
    ends = wilson(successes, trials)
    return "reproduced" if ends.low > 0.5 else low if ends.high < 0.5 else "undecided"


def first_above_half(widths: Sequence[int], shares: Sequence[float]) -> int | None:
    """The first width from which on all shares are above 1/2, or None."""
    return next((width for index, width in enumerate(widths) if min(shares[index:]) > 0.5), None)


def _exists(start: str, outcomes: Outcomes) -> Point:
    rows, predicted = outcomes["rows"], outcomes["predicted"]
    widths = [row["width"] for row in rows]
    certified = np.array(rows[-1]["certified"], bool)
    first = first_above_half(widths, [float(np.mean(row["certified"])) for row in rows])
    counted = ""
    if predicted is not None:
        counted = f" Counting sums (one pair of units, one scale) predicts m={first_above_half(widths, predicted)}."
    return _point(
        f"exists/{start}",
        **rate(certified),
        verdict=_above_half(int(certified.sum()), len(certified), low="undecided"),
        seconds=outcomes["seconds"],
        outcome="certified, not trained",
        note=f"{WORDS[start]}, m={widths[-1]}: an exact ticket could be built. First of the widths "
        f"{', '.join(map(str, widths))} with one in more than half of the networks: m={first}.{counted}",
    )


def _found(plan: Plan, results: Results) -> Point:
    width = WIDTHS[plan.size][-1]
    outcomes = results[popup(plan, "signed", width, HALF).name]
    found = rate(outcomes["solved_at_end"])
    verdict = _above_half(found["successes"], found["trials"], low="contradicted")
    return _point(
        "found",
        **found,
        verdict=at_full_budget(size_of(plan, SIZES), SIZES, verdict),
        note=f"m={width}, {WORDS['signed']}, density {HALF:g}. {_wrong(outcomes)}",
    )


def _one_size(plan: Plan, results: Results) -> Point:
    width = WIDTHS[plan.size][-1]
    signed, drawn = (results[popup(plan, start, width, HALF).name] for start in ("signed", "drawn"))
    return _fewer_wrong("one-size", signed, drawn, f"m={width}, density {HALF:g}: {WORDS['signed']} against as drawn.")


def _half(plan: Plan, results: Results, density: float) -> Point:
    width = WIDTHS[plan.size][-1]
    half, other = (results[popup(plan, "signed", width, value).name] for value in (HALF, density))
    return _fewer_wrong(
        f"half/{density:g}", half, other, f"m={width}, {WORDS['signed']}: {HALF:g} against {density:g}."
    )


def _better_than_zhou(plan: Plan, results: Results) -> Point:
    width = WIDTHS[plan.size][-1]
    ours, theirs = (results[piece.name] for piece in (popup(plan, "signed", width, HALF), zhou(plan, "signed", width)))
    words = f"m={width}, {WORDS['signed']}: edge-popup at {HALF:g} against supermasks of Zhou et al."
    return _fewer_wrong("edge-popup", ours, theirs, words)


def _fewer_wrong(name: str, first: Outcomes, second: Outcomes, words: str) -> Point:
    """Which of two arms that share their replicates ends with fewer wrong answers."""
    one, other = (np.array(outcomes["wrong_at_end"]) for outcomes in (first, second))
    wins, losses = int(np.sum(one < other)), int(np.sum(one > other))
    p = sign_test(wins, losses)
    verdict = "undecided" if p >= 0.05 else "reproduced" if wins > losses else "contradicted"
    return _point(
        name,
        expected="fewer wrong",
        measured=float(np.median(one) - np.median(other)),
        unit="number",
        verdict=verdict,
        outcome="wrong answers at the end",
        note=f"{words} Medians {np.median(one):g} and {np.median(other):g} wrong of 512; fewer in {wins} replicates, "
        f"more in {losses}; sign test p = {p:.2g}.",
    )


def _popup(plan: Plan, results: Results, start: str, width: int, density: float) -> Point:
    outcomes = results[popup(plan, start, width, density).name]
    return _point(
        f"popup/{start}/m={width}/density={density:g}",
        **rate(outcomes["solved_at_end"]),
        verdict="new",
        seconds=outcomes["seconds"],
        note=f"{WORDS[start]}, {outcomes['kept']} of {outcomes['parameters']} parameters there. {_wrong(outcomes)}",
    )


def _zhou(plan: Plan, results: Results, start: str, width: int) -> Point:
    outcomes = results[zhou(plan, start, width).name]
    return _point(
        f"zhou/{start}/m={width}",
        **rate(outcomes["solved_at_end"]),
        verdict="new",
        seconds=outcomes["seconds"],
        note=f"Supermasks of Zhou et al., {WORDS[start]}; a median of {outcomes['kept']} of {outcomes['parameters']} "
        f"parameters there. {_wrong(outcomes)}",
    )


def _wrong(outcomes: Outcomes) -> str:
    end, ever = np.array(outcomes["wrong_at_end"]), sum(update >= 0 for update in outcomes["first_solved"])
    return (
        f"Wrong answers of 512 at the end: median {np.median(end):g}, least {end.min()} (always dead: {ALL_DEAD}); "
        f"least at any check {min(outcomes['least_wrong'])}. Certified at one check at least: {ever}."
    )


def _trained(plan: Plan, results: Results, start: str, width: int) -> Point:
    outcomes = results[popup(plan, start, width, HALF).name]
    return _point(
        f"trained/{start}/m={width}",
        **rate(outcomes["trained"]),
        verdict="new",
        note=f"{WORDS[start]}, density {HALF:g}: the weights under the mask, trained from where they were drawn.",
    )


def _built(start: str, outcomes: Outcomes, place: int) -> Point:
    row = outcomes["rows"][place]
    errors = [error for error in row["error"] if error is not None]
    sizes = [kept for kept, exact in zip(row["kept"], row["certified"], strict=True) if exact]
    parts = [f"{WORDS[start]}. Errors within the tolerance of 1/10: {sum(error <= 0.1 for error in errors)}."]
    if sizes:
        parts.append(f"Weights and biases of a ticket, median: {np.median(sizes):g}.")
    if outcomes["predicted"] is not None:
        parts.append(f"Predicted chance of errors within it: {outcomes['predicted'][place]:.2g}.")
    return _point(
        f"built/{start}/m={row['width']}",
        **rate(np.array(row["certified"], bool)),
        verdict="new",
        outcome="certified, not trained",
        note=" ".join(parts),
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """What can be built and what is found against width, and how wrong edge-popup's networks are."""
    series = []
    for start in STARTS:
        rows = results[sums(plan, start).name]["rows"]
        widths = [row["width"] for row in rows]
        trials = [len(row["certified"]) for row in rows]
        series.append(Rates(f"built, {SHORT[start]}", widths, [sum(row["certified"]) for row in rows], trials))
    for start in STARTS:
        for label, key in ((f"popup, {SHORT[start]}", "solved_at_end"), (f"then trained, {SHORT[start]}", "trained")):
            solved = [results[popup(plan, start, width, HALF).name][key] for width in WIDTHS[plan.size]]
            counts = [sum(one) for one in solved], [len(one) for one in solved]
            series.append(Rates(label, WIDTHS[plan.size], *counts))
    drawn, table = rates_against(series, xlabel="width m (times overcomplete)", logarithmic=True)
    table += _add_predicted(drawn, results[sums(plan, "drawn").name])
    wrong = {
        f"{SHORT[start]}, {density:g}": {
            width: results[popup(plan, start, width, density).name]["wrong_at_end"] for width in WIDTHS[plan.size]
        }
        for start in STARTS
        for density in DENSITIES[plan.size]
    }
    wrong["one size, Zhou"] = {
        width: results[zhou(plan, "signed", width).name]["wrong_at_end"] for width in WIDTHS[plan.size]
    }
    answers, numbers = wrong_against_width(wrong, constant=ALL_DEAD)
    return [
        PageFigure(
            title="Exact tickets without training",
            caption="Built from subset sums, beside the chance that counting sums predicts; found by edge-popup at a "
            "density of 0.5; and edge-popup's masks once their weights are trained. Shares of certified networks with "
            "Wilson's 95 % intervals.",
            svg=save_figure(drawn, table, folder, NAME),
            claim=NAME,
        ),
        PageFigure(
            title="How far edge-popup and supermasks come",
            caption="Wrong answers of 512 at the end of training the scores; a dot is a network, lines join medians. "
            "Weights as drawn or of one size; edge-popup at three densities, and supermasks (Zhou).",
            svg=save_figure(answers, numbers, folder, f"{NAME}-wrong"),
            claim=NAME,
        ),
    ]


def _add_predicted(figure: Figure, outcomes: Outcomes) -> list[Row]:
    """Draw the chance that counting sums gives, which has no trials, behind the rates."""
    label, widths = "predicted, as drawn", [row["width"] for row in outcomes["rows"]]
    ax = figure.axes[0]
    with matplotlib.rc_context(RC):
        ax.plot(widths, outcomes["predicted"], color=FAINT_INK, linewidth=5, alpha=0.3, label=label, zorder=1.5)
        legend_above(ax)
    return [
        {"series": label, "x": width, "successes": "", "trials": "", "rate": chance, "low": "", "high": ""}
        for width, chance in zip(widths, outcomes["predicted"], strict=True)
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
