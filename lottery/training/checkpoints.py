"""The state of a training run on disk, so that a killed run continues where it was, bit by bit.

A checkpoint says which run it is of: what the run was asked for, the content of its weights and masks, and what of the
process may change its numbers. Another run's is refused.
"""

import json
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gol.errors import InputError
from lottery.runs.files import read_arrays, write_arrays

SECONDS_BETWEEN = 20.0  # a killed run loses this much and one chunk at the most
FORMAT = 1  # of the file


class Checkpoint:
    """Saves a run's state to one file now and then; does nothing without a file."""

    def __init__(self, path: Path | None, like: Any, identity: dict[str, Any]) -> None:
        """Remember where to save, and what is saved.

        Args:
            path: the file, or None.
            like: the state, any pytree, to whose structure it is read back.
            identity: of the run, plain JSON values; a run with another one is not continued.
        """
        self.path = path
        self.structure = jax.tree.structure(like)
        # Through JSON, as it comes back: tuples are lists there.
        self.identity = json.loads(json.dumps({"format": FORMAT, **identity}))
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
        if run.kept is not None:
            arrays |= {f"kept/{name}": array for name, array in run.kept.arrays.items()}
        arrays |= {
            "update": np.array(run.update),
            "order": run.order,
            "first_solved": run.first_solved,
            "loss": np.array(run.loss, np.float32),
            "wrong": np.array(run.wrong, np.int32),
            "identity": np.frombuffer(json.dumps(self.identity).encode(), np.uint8),
        }
        write_arrays(self.path, arrays)
        self.last = time.monotonic()

    def restore(self, run: Any) -> tuple[Any, Any] | None:
        """The saved (state, run), or None where nothing was saved.

        Args:
            run: the run as it would start; it is filled with what was saved.

        Raises:
            InputError: where the file is another run's.
        """
        if self.path is None or not self.path.exists():
            return None
        arrays = read_arrays(self.path)
        self._compare(arrays)
        parameters = jax.tree.structure(run.params)
        run.params = _unflatten(parameters, arrays, "params")
        run.snapshot = _unflatten(parameters, arrays, "snapshot") if "snapshot/0" in arrays else run.snapshot
        if run.kept is not None:
            run.kept.fill({name.removeprefix("kept/"): array for name, array in arrays.items()})
        run.update = int(arrays["update"])
        run.order = arrays["order"]
        run.first_solved = arrays["first_solved"]
        run.loss = list(arrays["loss"])
        run.wrong = list(arrays["wrong"])
        return _unflatten(self.structure, arrays, "state"), run

    def _compare(self, arrays: dict[str, np.ndarray]) -> None:
        if "identity" not in arrays:
            raise InputError(f"{self.path} does not say which run it is of: delete it, or name another file.")
        saved = json.loads(arrays["identity"].tobytes())
        if different := differences(saved, self.identity):
            raise InputError(
                f"{self.path} was left by another run ({'; '.join(different)}): delete it, or name another file."
            )


def differences(saved: dict[str, Any], own: dict[str, Any]) -> list[str]:
    """What two identities differ in, as readable phrases; nested dictionaries are looked into.

    Args:
        saved: that of a file or of an earlier call.
        own: that of this run.
    """
    found = []
    for name in [*own, *(saved.keys() - own.keys())]:
        its, mine = saved.get(name), own.get(name)
        if isinstance(its, dict) and isinstance(mine, dict):
            found += differences(its, mine)
        elif its != mine:
            found.append(f"{name} is {_short(its)} there and {_short(mine)} here")
    return found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"{text[:36]} ..."


def _unflatten(structure: Any, arrays: dict[str, np.ndarray], prefix: str) -> Any:
    return jax.tree.unflatten(structure, [arrays[f"{prefix}/{i}"] for i in range(structure.num_leaves)])
