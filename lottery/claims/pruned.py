"""The pieces that the two claims about pruning share: which networks are pruned, and how."""

from typing import Any

import numpy as np

from lottery.experiments.prune import pruning_piece
from lottery.experiments.train import training_piece
from lottery.pieces import Outcomes, Piece
from lottery.presets import Plan, small_widths


def iterative(plan: Plan, *, biases: bool) -> Piece:
    """Iterative magnitude pruning with rewinding; weights alone with all controls, or biases as well."""
    controls = ("finetuned",) if biases else ("reinit", "shuffled", "finetuned")
    name = "all" if biases else "weights"
    return _pruned(plan, f"imp-{name}-m{plan.ticket_width}", plan.levels, biases, controls)


def one_shot(plan: Plan, *, biases: bool) -> Piece:
    """The same final density in a single cut."""
    name = "all" if biases else "weights"
    return _pruned(plan, f"oneshot-{name}-m{plan.ticket_width}", 1, biases, ("finetuned",))


def _pruned(plan: Plan, label: str, levels: int, biases: bool, controls: tuple[str, ...]) -> Piece:
    return pruning_piece(
        label,
        plan.network(plan.ticket_width),
        plan.training(plan.ticket_updates),
        plan.pruning(levels=levels, biases=biases, controls=controls),
        seed=plan.seed,
        replicates=range(plan.ticket_replicates),
    )


def small_from_scratch(plan: Plan) -> dict[int, Piece]:
    """Small dense networks by width, trained as long as the tickets, with replicate numbers of their own."""
    return {
        width: training_piece(
            f"scratch-m{width}",
            plan.network(width),
            plan.training(plan.ticket_updates),
            seed=plan.seed,
            # Numbers that no ticket has, so that these networks are independent of the tickets in every way.
            replicates=range(1000 * width, 1000 * width + plan.ticket_replicates),
        )
        for width in small_widths(plan)
    }


def row_of(outcomes: Outcomes, level: int) -> dict[str, Any]:
    """What is stored of a level; in one shot and at initialisation levels may have been skipped."""
    return next(row for row in outcomes["levels"] if row["level"] == level)


def solved(outcomes: Outcomes, level: int, arm: str) -> np.ndarray:
    """By replicate, whether an arm was certified at the end of its budget at a level."""
    return np.array(row_of(outcomes, level)["arms"][arm]["solved_at_end"], bool)


def dense(outcomes: Outcomes) -> np.ndarray:
    """By replicate, whether the dense network was certified at the end of its budget."""
    return solved(outcomes, 0, "ticket")


def solved_when_cut(outcomes: Outcomes, level: int) -> np.ndarray:
    """By replicate, whether the trained network of the level before was certified when cut and not trained again."""
    return np.array(row_of(outcomes, level)["cut_solved"], bool)


def density(outcomes: Outcomes, level: int) -> float:
    """Kept over prunable at a level."""
    row = row_of(outcomes, level)
    return row["kept"] / row["prunable"]
