"""Stability and success side by side: what the outcomes of the claim about connectivity say, and how it is tested."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from lottery.connectivity import STABLE
from lottery.pieces import Outcomes, Piece
from lottery.statistics import Interval, cluster_bootstrap
from lottery.truth import Truths, truths
from lottery.verdicts import Verdict

FEWEST = 8  # pairs on either side, stable and unstable, below which nothing is said


@dataclass(frozen=True, eq=False)
class Grid:
    """What is known of the networks of one level at every step; arrays (steps, replicates).

    Attributes:
        steps: k.
        density: kept over prunable.
        solved: whether the networks were certified at the end.
        barrier: of the error between the pairs asked for, a share of cells.
        end_error: mean error of the two ends; only known of copies.
        exact: whether all networks on the line are right on all 512 neighbourhoods; only known of copies.
        loss: median barrier of the loss.
    """

    steps: list[int]
    density: float
    solved: Bool[np.ndarray, "steps replicates"]
    barrier: Float[np.ndarray, "steps replicates"]
    end_error: Float[np.ndarray, "steps replicates"] | None
    exact: Bool[np.ndarray, "steps replicates"] | None
    loss: Float[np.ndarray, " steps"]

    @property
    def stable(self) -> Bool[np.ndarray, "steps replicates"]:
        """Which barriers are below the threshold of Frankle et al."""
        return self.barrier < STABLE

    @property
    def median(self) -> Float[np.ndarray, " steps"]:
        """Median barrier at every step."""
        return np.median(self.barrier, axis=1)


def grid(piece: Piece, outcomes: Outcomes, level: int, pairs: str) -> Grid:
    """One level of a piece over its steps.

    Args:
        piece: whose settings say which steps there are.
        outcomes: of that piece.
        level: of pruning.
        pairs: "copies" or "successive".
    """
    steps = piece.settings["steps"]
    rows = [outcomes[f"step{step}"]["levels"][level] for step in steps]
    return Grid(
        steps=steps,
        density=rows[0]["kept"] / rows[0]["prunable"],
        solved=np.array([row["solved"] for row in rows], bool),
        barrier=np.array([row[pairs]["error_barrier"] for row in rows], float),
        end_error=np.array([row[pairs]["end_error"] for row in rows], float) if pairs == "copies" else None,
        exact=np.array([row[pairs]["most_wrong"] for row in rows]) == 0 if pairs == "copies" else None,
        loss=np.array([row[pairs]["loss_barrier_quartiles"][1] for row in rows], float),
    )


def gap(rows: Float[np.ndarray, "pairs 2"]) -> float:
    """Success rate of the stable minus that of the unstable; 0 where there are none of one kind.

    Args:
        rows: stable (1 or 0), solved (1 or 0).
    """
    stable = rows[:, 0] > 0
    if stable.all() or not stable.any():
        return 0.0
    return float(rows[stable, 1].mean() - rows[~stable, 1].mean())


def associated(stable: Truths, solved: Truths, confidence: float) -> tuple[float | None, Interval | None, Verdict]:
    """Whether the stable succeed more often: the gap, its bootstrap interval over replicates, the verdict of `RULE`."""
    stable, solved = truths(stable, "stable"), truths(solved, "solved")
    if min(stable.sum(), (~stable).sum()) < FEWEST or stable.shape[1] < 2:
        return None, None, "undecided"
    rows = np.stack([stable.ravel(), solved.ravel()], axis=1).astype(float)
    replicates = np.tile(np.arange(stable.shape[1]), len(stable))
    interval = cluster_bootstrap(rows, replicates, gap, resamples=1999, confidence=confidence)
    verdict: Verdict = "reproduced" if interval.low > 0 else "contradicted" if interval.high < 0 else "undecided"
    return gap(rows), interval, verdict


def onset(steps: Sequence[int], medians: Float[np.ndarray, " steps"]) -> int | None:
    """The first step from which on all medians are below the threshold; None where the last one is not."""
    found = None
    for step, median in zip(reversed(steps), reversed(medians.tolist()), strict=True):
        if median >= STABLE:
            break
        found = step
    return found
