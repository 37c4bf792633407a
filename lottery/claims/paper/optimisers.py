"""Claim: minimal networks are hard to train whatever the optimiser; our question, no source has numbers for it.

Springer and Kenyon trained with Adam at 1e-3: 3 of 64 networks with n=1, m=1. Here the same networks, from the same
initial weights and on the same batches, are trained by six optimisers at two or three learning rates each.

    python scripts/replicate.py --claims optimisers                    # some 5 minutes on two cores
    python scripts/replicate.py --claims optimisers --preset smoke     # a minute, most of it compiling
"""

from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.comparisons import ALPHA, against_paired, count
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.reruns import papers_piece
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.verdicts import same_rate, same_rate_rule

NAME = "optimisers"
STATEMENT = "Minimal networks are hard to train whatever the optimiser."
SOURCE = "Our question; with Adam: Springer and Kenyon 2020 (arXiv 2009.01398), 3 of 64"
PROTOCOL = (
    "The paper's network with n=1, m=1, trained as in the paper but for the optimiser: Adam, AdamW (decay 0.01), "
    "NAdam, RMSprop (decay 0.99), momentum (0.9) and plain gradient descent, each at two or three constant learning "
    "rates suited to it; one rate for all would be unfair to those that do not scale their steps. All rates are "
    "reported, so the best of an optimiser is a selection and its rate of success is flattered. Replicates are shared: "
    "the same initial weights and batches under every optimiser."
)
RULE = (
    f"Adam at 0.001: {same_rate_rule()} {BUDGET_RULE} The others have no published number; they are compared with it "
    f"in pairs (exact McNemar, Holm's correction), and the last point counts those with p < {ALPHA:g}."
)
SIZES = {"smoke": Size(16, 2_000), "laptop": Size(48, 125_000), "paper": Size(64, 125_000)}
RATES = {
    "adam": (1e-3, 3e-3),
    "adamw": (1e-3, 3e-3),
    "nadam": (1e-3, 3e-3),
    "rmsprop": (1e-3, 3e-3),
    "momentum": (1e-2, 3e-2, 1e-1),
    "sgd": (1e-1, 3e-1, 1.0),
}
WORDS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "nadam": "NAdam",
    "rmsprop": "RMSprop",
    "momentum": "momentum",
    "sgd": "gradient descent",
}
ARMS = tuple((optimiser, learning_rate) for optimiser, rates in RATES.items() for learning_rate in rates)
PAPERS = ("adam", 1e-3)
PUBLISHED = (3, 64)


def arm_piece(plan: Plan, arm: tuple[str, float]) -> Piece:
    """Training with one optimiser at one learning rate; the paper's own is that of the claim about width."""
    size = size_of(plan, SIZES)
    if arm == PAPERS:
        return papers_piece(plan, size)
    optimiser, learning_rate = arm
    settings = plan.training(size.updates, optimiser=optimiser, learning_rate=learning_rate)
    return training_piece(
        f"optimisers-{optimiser}-{learning_rate:g}",
        plan.network(),
        settings,
        seed=plan.seed,
        replicates=range(size.replicates),
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per optimiser and learning rate."""
    return [arm_piece(plan, arm) for arm in ARMS]


def points(plan: Plan, results: Results) -> list[Point]:
    """The rate of each arm, and how many of them beat the paper's."""
    size = size_of(plan, SIZES)
    outcomes = {_name(arm): results[arm_piece(plan, arm).name] for arm in ARMS}
    solved = {name: np.array(found["solved_at_end"], bool) for name, found in outcomes.items()}
    papers = _name(PAPERS)
    gains = against_paired(solved[papers], {name: arm for name, arm in solved.items() if name != papers})
    found = []
    for optimiser, learning_rate in ARMS:
        name = _name((optimiser, learning_rate))
        ours = name == papers
        ever = sum(update >= 0 for update in outcomes[name]["first_solved"])
        found.append(
            _point(
                name,
                expected=PUBLISHED[0] / PUBLISHED[1] if ours else None,
                **rate(solved[name]),
                verdict=at_full_budget(size, SIZES, same_rate(PUBLISHED, count(solved[name]))) if ours else "new",
                seconds=outcomes[name]["seconds"],
                note=f"{_words(optimiser, learning_rate)}. {ever} of {len(solved[name])} were certified at one check "
                "at least. " + ("The paper's." if ours else f"Minus Adam at 0.001: {gains[name]}."),
            )
        )
    better = [name for name, gain in gains.items() if gain.p < ALPHA and gain.difference.value > 0]
    worse = [name for name, gain in gains.items() if gain.p < ALPHA and gain.difference.value < 0]
    found.append(
        _point(
            "better",
            measured=float(len(better)),
            verdict="new",
            unit="number",
            note=f"Of {len(gains)} other settings {len(better)} succeed more often than Adam at 0.001 "
            f"({', '.join(better) or 'none'}), {len(worse)} less often ({', '.join(worse) or 'none'}).",
        )
    )
    return found


def _name(arm: tuple[str, float]) -> str:
    return f"{arm[0]}/{arm[1]:g}"


def _words(optimiser: str, learning_rate: float) -> str:
    return f"{WORDS[optimiser]}, {learning_rate:g}"


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The rate of each optimiser at each learning rate."""
    size = size_of(plan, SIZES)
    counts = [count(results[arm_piece(plan, arm).name]["solved_at_end"]) for arm in ARMS]
    names = [_words(*arm) for arm in ARMS]
    ours = NamedRates("this run", names, [k for k, _ in counts], [n for _, n in counts])
    paper = NamedRates("Springer and Kenyon 2020", [_words(*PAPERS)], [PUBLISHED[0]], [PUBLISHED[1]])
    figure, table = rates_by_name([ours, paper])
    return [
        PageFigure(
            title="Minimal networks under other optimisers",
            caption=f"Networks certified after {size.updates:,} updates, by optimiser and learning rate, with Wilson's "
            "95 % intervals.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
