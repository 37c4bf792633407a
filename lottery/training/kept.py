"""What is kept of networks while they train: the weights of the best look so far, and an average of the weights.

A look is a check: it finds a number of wrong answers. The best look is the one with the fewest, and of several the
first, as a validation set would keep it. The average moves at the looks alone, not at every update.
"""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Int

from lottery.networks.lifenet import Parameters
from lottery.networks.trees import pick, put

NO_LOOK = np.iinfo(np.int32).max  # wrong answers before the first look: whatever it finds is fewer


@dataclass(eq=False)
class Kept:
    """The weights that are kept of R networks; it changes at every look.

    Attributes:
        decay: of the average: after a look it is decay * average + (1 - decay) * weights, and at the first the weights.
        best: weights of the best look so far, leaves (R, ...).
        average: leaves (R, ...).
        fewest: (R,) wrong answers at the best look.
        best_at: (R,) its update, -1 before the first look.
    """

    decay: float
    best: Parameters
    average: Parameters
    fewest: Int[np.ndarray, " R"]
    best_at: Int[np.ndarray, " R"]

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All that changes, by flat names, as a checkpoint holds it."""
        trees = {"best": self.best, "average": self.average}
        leaves = {f"{name}/{i}": leaf for name, tree in trees.items() for i, leaf in enumerate(jax.tree.leaves(tree))}
        return {**leaves, "fewest": self.fewest, "best_at": self.best_at}

    def fill(self, arrays: dict[str, Any]) -> None:
        """Undo `arrays`."""
        structure: Any = jax.tree.structure(self.best)
        self.best, self.average = (
            jax.tree.unflatten(structure, [arrays[f"{name}/{i}"] for i in range(structure.num_leaves)])
            for name in ("best", "average")
        )
        self.fewest, self.best_at = arrays["fewest"], arrays["best_at"]

    def look(self, update: int, params: Parameters, wrong: Int[np.ndarray, " R"]) -> None:
        """Take the weights of a look.

        Args:
            update: its number.
            params: the weights, leaves (R, ...), numpy arrays.
            wrong: what they answer wrong.
        """
        self.average = params if np.all(self.best_at < 0) else jax.tree.map(self._moved, self.average, params)
        better = np.flatnonzero(wrong < self.fewest)
        self.best = put(self.best, better, pick(params, better))
        self.fewest, self.best_at = self.fewest.copy(), self.best_at.copy()
        self.fewest[better], self.best_at[better] = wrong[better], update

    def _moved(self, average: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return (self.decay * average + (1 - self.decay) * weights).astype(weights.dtype)


def nothing_kept(decay: float, params: Parameters, count: int) -> Kept:
    """What is kept before the first look.

    Args:
        decay: of the average.
        params: weights of the networks, leaves (R, ...).
        count: R.
    """
    return Kept(decay, params, params, np.full(count, NO_LOOK, np.int32), np.full(count, -1))
