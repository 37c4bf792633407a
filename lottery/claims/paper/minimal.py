"""Claim: minimal networks fail because a single ReLU is a bottleneck; without the read-out they learn more often.

Springer and Kenyon's minimal network (n=1, m=1) has 25 parameters and ends in one ReLU unit and a 1x1 read-out. Two
re-runs left the read-out away (23 parameters) and reported higher rates:

    Bibin and Dereventsov 2024, arXiv 2408.12778: 24 of 100 (Adam, ReLU output, squared error, zero padding, one board
        of 64x64 at a density of 0.38)
    CellularAutoma (GitHub, YuxiangLiu-lyx): 28 of 100 (density 0.3, fixed data)

    python scripts/replicate.py --claims minimal                    # some 6 minutes on two cores
    python scripts/replicate.py --claims minimal --preset smoke     # seconds
"""

from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.reruns import BARE_SIZES, bibin, cellularautoma_piece, width_piece
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.statistics import fisher, newcombe_difference
from lottery.verdicts import beats, beats_rule, same_rate, same_rate_rule

NAME = "minimal"
STATEMENT = "Minimal networks are hard to train because they end in a single ReLU: without the read-out it is easier."
SOURCE = (
    "Our reading of Springer and Kenyon 2020 (arXiv 2009.01398) beside Bibin and Dereventsov 2024 (arXiv 2408.12778) "
    "and CellularAutoma (GitHub)"
)
PROTOCOL = (
    "One step, (a, b) = (2, 1). Arms: the paper's network with its read-out (25 parameters); the same without (23), "
    "whose last convolution gives the logits, so that no ReLU stands between it and the loss; and both re-runs as far "
    "as they are described. Arms are independent. Left open by the re-runs, and our choice: the budget (the paper's), "
    "Glorot uniform weights, for CellularAutoma cross-entropy and 8 boards of 32x32 as fixed data. A unit is dead if "
    "it gives one answer to all 512 neighbourhoods at the end."
)
RULE = (
    f"Re-runs: {same_rate_rule()} The bottleneck: {beats_rule()} {BUDGET_RULE} Shares of dead units have no published "
    "number."
)
ARMS = ("paper", "no-readout", "bibin", "cellularautoma")
WORDS = {
    "paper": "25 parameters, with read-out",
    "no-readout": "23 parameters, without",
    "bibin": "23, as Bibin and Dereventsov",
    "cellularautoma": "23, as CellularAutoma",
}
PUBLISHED = {"paper": (3, 64), "bibin": (24, 100), "cellularautoma": (28, 100)}


def arm_piece(plan: Plan, arm: str) -> Piece:
    """Training of one arm; the paper's own network is that of the claim about width."""
    if arm == "paper":
        return width_piece(plan, 1)
    if arm == "cellularautoma":
        return cellularautoma_piece(plan)
    size = size_of(plan, BARE_SIZES)
    net, settings = {
        "no-readout": (plan.network(readout=False), plan.training(size.updates)),
        "bibin": bibin(plan, size.updates),
    }[arm]
    return training_piece(
        f"minimal-{arm}", net, settings, seed=plan.seed, replicates=numbers(ARMS.index(arm), size.replicates)
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per arm."""
    return [arm_piece(plan, arm) for arm in ARMS]


def points(plan: Plan, results: Results) -> list[Point]:
    """The rate of each arm, what the bottleneck costs, and how many of the failures have dead units."""
    outcomes = {arm: results[arm_piece(plan, arm).name] for arm in ARMS}
    size = size_of(plan, BARE_SIZES)
    found = [_rate(size, arm, outcomes[arm]) for arm in ARMS]
    free, held = (rate(outcomes[arm]["solved_at_end"]) for arm in ("no-readout", "paper"))
    counts = (free["successes"], free["trials"], held["successes"], held["trials"])
    difference, p = newcombe_difference(*counts), fisher(*counts)
    found.append(
        _point(
            "bottleneck",
            expected="above 0",
            measured=difference.value,
            interval=(difference.interval.low, difference.interval.high),
            verdict=at_full_budget(size, BARE_SIZES, beats(difference.value, p)),
            unit="difference",
            note=f"Without the read-out {counts[0]}/{counts[1]}, with it {counts[2]}/{counts[3]}; Fisher p = {p:.2g}.",
        )
    )
    return found + [_dead(arm, outcomes[arm]) for arm in ("paper", "no-readout")]


def _rate(size: Size, arm: str, outcomes: Outcomes) -> Point:
    measured = rate(outcomes["solved_at_end"])
    published = PUBLISHED.get(arm)
    verdict = "new" if published is None else same_rate(published, (measured["successes"], measured["trials"]))
    return _point(
        arm,
        expected=None if published is None else published[0] / published[1],
        **measured,
        verdict=at_full_budget(size, BARE_SIZES, verdict),
        seconds=outcomes["seconds"],
        note=f"{WORDS[arm]}. {sum(update >= 0 for update in outcomes['first_solved'])} of {measured['trials']} were "
        "certified at one check at least.",
    )


def _dead(arm: str, outcomes: Outcomes) -> Point:
    failed = ~np.array(outcomes["solved_at_end"], bool)
    wide, narrow = (np.array(outcomes[f"constant_{layer}"]) > 0 for layer in ("wide", "narrow"))
    if not failed.any():
        return _point(f"dead/{arm}", verdict="new", note=f"{WORDS[arm]}: no network failed.")
    return _point(
        f"dead/{arm}",
        **rate((wide | narrow)[failed]),
        verdict="new",
        note=f"{WORDS[arm]}: failures with a unit that is constant on all 512 neighbourhoods; in "
        f"{int(wide[failed].sum())} one or both of the 3x3 units, in {int(narrow[failed].sum())} the 1x1 unit. Of the "
        f"{int((~failed).sum())} successes {int((wide | narrow)[~failed].sum())} have one.",
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The rate of each arm beside the published sample."""
    solved = {arm: results[arm_piece(plan, arm).name]["solved_at_end"] for arm in ARMS}
    names = [WORDS[arm] for arm in ARMS]
    ours = NamedRates("this run", names, [sum(solved[arm]) for arm in ARMS], [len(solved[arm]) for arm in ARMS])
    known = [arm for arm in ARMS if arm in PUBLISHED]
    others = NamedRates(
        "published", [WORDS[arm] for arm in known], [PUBLISHED[a][0] for a in known], [PUBLISHED[a][1] for a in known]
    )
    figure, table = rates_by_name([ours, others])
    size = size_of(plan, BARE_SIZES)
    return [
        PageFigure(
            title="Minimal networks with and without the read-out",
            caption=f"Networks certified after {size.updates:,} updates, with Wilson's 95 % intervals.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
