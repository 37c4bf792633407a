"""Claim: steps that share one set of weights, as the steps of the automaton share one rule, are no easier to learn.

Bibin and Dereventsov 2024, arXiv 2408.12778: two minimal steps in sequence succeed in at most 2 of 100 runs

python scripts/replicate.py --claims tied                    # some 8 minutes on two cores
python scripts/replicate.py --claims tied --preset smoke     # a minute or two
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.comparisons import Comparison, Count, compared, count, same_rates, same_rates_rule
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure

NAME = "tied"
STATEMENT = (
    "Two steps in sequence are hardly ever learned by minimal networks, whether their blocks share weights or not."
)
SOURCE = (
    "Bibin and Dereventsov 2024 (arXiv 2408.12778): at most 2 of 100 for two steps; tied against free: our question"
)
PROTOCOL = (
    "Blocks of a 3x3 convolution to a channels and a 1x1 convolution to one channel, n=2 and n=3 of them in a chain "
    "and a read-out, trained on the boards n generations later. Tied blocks share one set of weights (25 parameters at "
    "a=2 for any n), free ones have their own (23n+2 at a=2: the paper's minimal network). The wider ones have a=8. "
    "Arms are independent. Data, loss and optimiser are Springer and Kenyon's; Bibin and Dereventsov trained on one "
    "board, had no read-out, and which of the two kinds their sequence was is not known, so both are held against it. "
    "Solved networks leave, so a success is a network that was certified at one check at least (ever_solved), which "
    "can only be more than at the end. Certificates are exact for n=2 (all 5x5 windows); for n=3 by composition or, "
    "where that argument does not apply, on 4,096 fresh boards and by a search for wrong windows."
)
RULE = (
    f"n=2, a=2: {same_rates_rule()} {BUDGET_RULE} Only a rate above the published one contradicts it with any budget, "
    "because certified at one check at least is a success that more updates cannot undo. Tied against free has no "
    "published number; Fisher's test with Holm's correction is in the notes."
)
SIZES = {"smoke": Size(8, 500), "laptop": Size(16, 20_000), "paper": Size(64, 125_000)}
PUBLISHED = (2, 100)


class Arm(NamedTuple):
    """One architecture: n steps, a channels, tied or free blocks."""

    steps: int
    features: int
    tied: bool

    @property
    def label(self) -> str:
        """As in the point's name."""
        return f"n={self.steps}/a={self.features}/{'tied' if self.tied else 'free'}"


ARMS = tuple(Arm(steps, features, tied) for steps in (2, 3) for features in (2, 8) for tied in (True, False))


def arm_piece(plan: Plan, arm: Arm) -> Piece:
    """Training of one arm."""
    size = size_of(plan, SIZES)
    # The fused kernels do not know tied blocks; to say so beforehand saves a warning.
    arrangement = "tables" if arm.tied and plan.arrangement == "auto" else plan.arrangement
    return training_piece(
        f"tied-n{arm.steps}-a{arm.features}-{'tied' if arm.tied else 'free'}",
        plan.network(steps=arm.steps, features=(arm.features, 1), tied=arm.tied),
        plan.training(size.updates, stop_when_solved=True, arrangement=arrangement),
        seed=plan.seed,
        # From 1 on: networks 0 to 3 of some arms had been looked at before the rule was fixed (docs/method.md).
        replicates=numbers(1 + ARMS.index(arm), size.replicates),
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per arm."""
    return [arm_piece(plan, arm) for arm in ARMS]


def points(plan: Plan, results: Results) -> list[Point]:
    """The rate of each arm; and for each depth and width, tied minus free."""
    size = size_of(plan, SIZES)
    outcomes = {arm: results[arm_piece(plan, arm).name] for arm in ARMS}
    solved = {arm: ever_solved(found) for arm, found in outcomes.items()}
    verdicts = same_rates(
        {arm.label: PUBLISHED for arm in ARMS if arm[:2] == (2, 2)}, {arm.label: count(solved[arm]) for arm in ARMS}
    )
    found = [
        _point(
            arm.label,
            expected="at most 2 %" if arm.label in verdicts else None,
            **rate(solved[arm]),
            verdict=_verdict(size, verdicts.get(arm.label, "new"), count(solved[arm])),
            seconds=outcomes[arm]["seconds"],
            note=f"{outcomes[arm]['parameters']} parameters.{_times(outcomes[arm]['first_solved'])}",
        )
        for arm in ARMS
    ]
    for name, comparison in _comparisons(solved).items():
        ends = comparison.difference.interval
        found.append(
            _point(
                f"{name}/tied-minus-free",
                measured=comparison.difference.value,
                interval=(ends.low, ends.high),
                verdict="new",
                unit="difference",
                note=f"{comparison}.",
            )
        )
    return found


def _verdict(size: Size, verdict: str, measured: Count) -> str:
    above = measured[0] / measured[1] > PUBLISHED[0] / PUBLISHED[1]
    return verdict if verdict == "contradicted" and above else at_full_budget(size, SIZES, verdict)


def ever_solved(outcomes: dict[str, Any]) -> np.ndarray:
    """By replicate, whether it was certified at one check at least."""
    return np.array(outcomes["first_solved"]) >= 0


def _times(first_solved: list[int]) -> str:
    times = [update for update in first_solved if update >= 0]
    return f" The median of those solved took {np.median(times):,.0f} updates." if times else ""


def _comparisons(solved: dict[Arm, np.ndarray]) -> dict[str, Comparison]:
    """Tied against free, for each depth and width."""
    return compared(
        {
            f"n={arm.steps}/a={arm.features}": (count(solved[arm]), count(solved[arm._replace(tied=False)]))
            for arm in ARMS
            if arm.tied
        }
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "ever_solved"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Tied and free blocks side by side, for each depth and width."""
    size = size_of(plan, SIZES)
    counts = {arm: count(ever_solved(results[arm_piece(plan, arm).name])) for arm in ARMS}
    series = []
    for words, tied in (("tied blocks", True), ("free blocks", False)):
        arms = [arm for arm in ARMS if arm.tied == tied]
        names = [f"{arm.steps} steps, {arm.features} channels" for arm in arms]
        series.append(NamedRates(words, names, [counts[arm][0] for arm in arms], [counts[arm][1] for arm in arms]))
    bibin = NamedRates("Bibin and Dereventsov, at most", ["2 steps, 2 channels"], [PUBLISHED[0]], [PUBLISHED[1]])
    figure, table = rates_by_name([*series, bibin], xlabel="networks certified at one check at least")
    return [
        PageFigure(
            title="Blocks that share their weights, and blocks that do not",
            caption=f"Networks certified within {size.updates:,} updates, with Wilson's 95 % intervals. Channels are "
            "those of each block's 3x3 convolution; one is passed on.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
