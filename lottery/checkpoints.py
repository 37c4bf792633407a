"""The state of a training run on disk, so that a killed run continues where it was, bit by bit."""

import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lottery.storage import read_arrays, write_arrays

SECONDS_BETWEEN = 20.0  # a killed run loses this much and one chunk at the most


class Checkpoint:
    """Saves a run's state to one file now and then; does nothing without a file."""

    def __init__(self, path: Path | None, like: Any) -> None:
        """Remember where to save, and the structure of the state (`like`, any pytree) to read it back into."""
        self.path = path
        self.structure = jax.tree.structure(like)
        self.last = time.monotonic()

    def due(self) -> bool:
        """Whether it is time to save again."""
        return self.path is not None and time.monotonic() - self.last > SECONDS_BETWEEN

    def save(self, state: Any, run: Any) -> None:
        """Write the state (a pytree of numpy arrays) and the host's side of the run, atomically."""
        if self.path is None:
            return
        arrays = {f"state/{i}": leaf for i, leaf in enumerate(jax.tree.leaves(state))}
        arrays |= {f"params/{i}": leaf for i, leaf in enumerate(jax.tree.leaves(run.params))}
        if run.snapshot is not None:
            arrays |= {f"snapshot/{i}": leaf for i, leaf in enumerate(jax.tree.leaves(run.snapshot))}
        arrays |= {
            "update": np.array(run.update),
            "order": run.order,
            "first_solved": run.first_solved,
            "loss": np.array(run.loss, np.float32),
            "wrong": np.array(run.wrong, np.int32),
        }
        write_arrays(self.path, arrays)
        self.last = time.monotonic()

    def restore(self, run: Any) -> tuple[Any, Any] | None:
        """The saved (state, run), or None where nothing was saved.

        Args:
            run: the run as it would start; it is filled with what was saved.
        """
        if self.path is None or not self.path.exists():
            return None
        arrays = read_arrays(self.path)
        parameters = jax.tree.structure(run.params)
        run.params = _unflatten(parameters, arrays, "params")
        run.snapshot = _unflatten(parameters, arrays, "snapshot") if "snapshot/0" in arrays else run.snapshot
        run.update = int(arrays["update"])
        run.order = arrays["order"]
        run.first_solved = arrays["first_solved"]
        run.loss = list(arrays["loss"])
        run.wrong = list(arrays["wrong"])
        return _unflatten(self.structure, arrays, "state"), run


def _unflatten(structure: Any, arrays: dict[str, np.ndarray], prefix: str) -> Any:
    return jax.tree.unflatten(structure, [arrays[f"{prefix}/{i}"] for i in range(structure.num_leaves)])
