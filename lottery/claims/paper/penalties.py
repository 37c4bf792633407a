"""Claim: a penalty on the weights helps minimal networks to learn Life (CellularAutoma).

CellularAutoma (GitHub, YuxiangLiu-lyx), 23 parameters, density 0.3, fixed data:
    no penalty 28 of 100, L1 44 of 100, L2 47 of 100; the strengths are not known

python scripts/replicate.py --claims penalties                    # some 3 minutes on two cores
python scripts/replicate.py --claims penalties --preset smoke     # seconds
"""

from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.claim import Claim, Point, Results, point, rate
from lottery.claims.frame.comparisons import against_paired, count
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.reruns import CELLULARAUTOMA, cellularautoma, cellularautoma_piece
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.verdicts import beats, beats_rule, same_rate, same_rate_rule

NAME = "penalties"
STATEMENT = "A penalty on the weights helps minimal networks to learn: 28 of 100 without, 44 with L1, 47 with L2."
SOURCE = "CellularAutoma (GitHub, YuxiangLiu-lyx)"
PROTOCOL = (
    "23 parameters (3x3 convolution, ReLU, 1x1 convolution), fixed boards with a density of 0.3; the loss plus l1 "
    "times the sum of the weights' absolute values, or l2 times that of their squares, biases free. Replicates are "
    "shared: the same initial weights and batches with and without. Left open, and our choice: the strengths (two of "
    "each, ten times apart), the budget (the paper's), cross-entropy, Glorot uniform weights, 8 boards of 32x32. Few "
    "boards at this density need not show all 512 neighbourhoods, and a success here is certified on all of them; a "
    "network that is right on its own boards alone, which may be what they counted, is not one."
)
RULE = f"None: {same_rate_rule()} Penalties: {beats_rule()} The p-values are corrected by Holm's method. {BUDGET_RULE}"
SIZES = {"smoke": Size(16, 2_000), "laptop": Size(64, 125_000), "paper": Size(256, 125_000)}
ARMS = (("l1", 1e-4), ("l1", 1e-3), ("l2", 1e-4), ("l2", 1e-3))
PUBLISHED = {"none": (28, 100), "l1": (44, 100), "l2": (47, 100)}


def arm_piece(plan: Plan, arm: tuple[str, float]) -> Piece:
    """Training with one penalty, of the first networks that are trained without."""
    kind, strength = arm
    size = size_of(plan, SIZES)
    net, settings = cellularautoma(plan, size.updates, **{kind: strength})
    shared = numbers(CELLULARAUTOMA, size.replicates)
    return training_piece(f"penalties-{kind}-{strength:g}", net, settings, seed=plan.seed, replicates=shared)


def pieces(plan: Plan) -> list[Piece]:
    """One piece per penalty, and the one without."""
    return [cellularautoma_piece(plan), *(arm_piece(plan, arm) for arm in ARMS)]


def points(plan: Plan, results: Results) -> list[Point]:
    """The rate without a penalty, and what each penalty adds to it."""
    size = size_of(plan, SIZES)
    without = results[cellularautoma_piece(plan).name]
    plain = np.array(without["solved_at_end"], bool)
    outcomes = {arm: results[arm_piece(plan, arm).name] for arm in ARMS}
    solved = {_name(arm): np.array(found["solved_at_end"], bool) for arm, found in outcomes.items()}
    gains = against_paired(plain, solved)
    found = [
        _point(
            "none",
            expected=PUBLISHED["none"][0] / PUBLISHED["none"][1],
            **rate(plain),
            verdict=at_full_budget(size, SIZES, same_rate(PUBLISHED["none"], count(plain))),
            seconds=without["seconds"],
            note="No penalty; the same networks as in the claim `minimal`.",
        )
    ]
    for arm in ARMS:
        kind, name = arm[0], _name(arm)
        gain, counts = gains[name], count(solved[name])
        published = f"{PUBLISHED[kind][0]}/{PUBLISHED[kind][1]}"
        found.append(
            _point(
                name,
                expected=PUBLISHED[kind][0] / PUBLISHED[kind][1] - PUBLISHED["none"][0] / PUBLISHED["none"][1],
                measured=gain.difference.value,
                interval=(gain.difference.interval.low, gain.difference.interval.high),
                verdict=at_full_budget(size, SIZES, beats(gain.difference.value, gain.p)),
                seconds=outcomes[arm]["seconds"],
                unit="difference",
                note=f"{kind.upper()} of {arm[1]:g}: {counts[0]}/{counts[1]} (published {published}), "
                f"the same networks without: {int(plain[: counts[1]].sum())}/{counts[1]}; {gain}.",
            )
        )
    return found


def _name(arm: tuple[str, float]) -> str:
    return f"{arm[0]}/{arm[1]:g}"


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The rate with each penalty, beside the published samples of unknown strength."""
    size = size_of(plan, SIZES)
    counts = [count(results[piece.name]["solved_at_end"]) for piece in pieces(plan)]
    names = ["no penalty", *(f"{kind.upper()} of {strength:g}" for kind, strength in ARMS)]
    ours = NamedRates("this run", names, [k for k, _ in counts], [n for _, n in counts])
    rows = ["no penalty", "L1, strength unknown", "L2, strength unknown"]
    others = NamedRates("CellularAutoma", rows, [k for k, _ in PUBLISHED.values()], [n for _, n in PUBLISHED.values()])
    figure, table = rates_by_name([ours, others])
    return [
        PageFigure(
            title="Minimal networks with a penalty on their weights",
            caption=f"Networks certified after {size.updates:,} updates, with Wilson's 95 % intervals.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = Claim(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
