"""What the outcomes of a pruning piece say, level by level."""

from typing import Any

import numpy as np

from lottery.runs.pieces import Outcomes


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
