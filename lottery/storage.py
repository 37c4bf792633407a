"""Files: arrays as safetensors, settings and results as JSON; written to a temporary name, then renamed."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from gol.errors import InputError
from lottery.networks import Parameters

Settings = TypeVar("Settings")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a kill or a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, indented, keys in the order given; NaN is refused, because JSON has none."""
    write_bytes(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())


def write_entries(path: Path, entries: dict[str, Any]) -> None:
    """Write a JSON object with one line per entry, so that long lists of numbers stay short; NaN is refused."""
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value, allow_nan=False)}" for name, value in entries.items())
    write_bytes(path, f"{{\n{lines}\n}}\n".encode())


def read_json(path: Path) -> Any:
    """Read a JSON file; raises InputError where it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path} is missing or damaged ({error}): delete its folder to have it made again.") from error


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write one JSON object per line."""
    write_bytes(path, "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows).encode())


def write_arrays(path: Path, arrays: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> None:
    """Write named arrays as one safetensors file."""
    write_bytes(path, save({name: np.asarray(array, order="C") for name, array in arrays.items()}, metadata))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read a safetensors file; raises InputError where there is none or it is damaged."""
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    try:
        return load_file(path)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise InputError(f"{path} is not a readable safetensors file ({error}).") from error


def flatten(tree: Parameters, prefix: str = "") -> dict[str, np.ndarray]:
    """Parameters as flat names, {"block0_3x3/kernel": array}; None leaves (never pruned) are left out."""
    flat: dict[str, np.ndarray] = {}
    for name, leaf in tree.items():
        if isinstance(leaf, dict):
            flat |= flatten(leaf, f"{prefix}{name}/")
        elif leaf is not None:
            flat[f"{prefix}{name}"] = np.asarray(leaf)
    return flat


def unflatten(flat: dict[str, np.ndarray]) -> Parameters:
    """Undo `flatten` (which has forgotten the None leaves)."""
    tree: dict[str, Any] = {}
    for name, array in flat.items():
        *folders, last = name.split("/")
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
        node[last] = array
    return tree


def non_defaults(settings: Any) -> dict[str, Any]:
    """The fields of a settings dataclass that differ from their defaults, as plain JSON values.

    They identify a run: a setting that is added later, with the default that was tacit before, changes no name. A
    default must therefore never change; tests pin the names of some runs.
    """
    changed = {
        field.name: getattr(settings, field.name)
        for field in fields(settings)
        if getattr(settings, field.name) != field.default
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}


def settings_from(kind: type[Settings], changed: dict[str, Any]) -> Settings:
    """Undo `non_defaults`: settings of a kind from what differs from their defaults."""
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in changed.items()})


def settings_hash(settings: dict[str, Any]) -> str:
    """Ten hexadecimal digits that name these settings: SHA-256 of their canonical JSON."""
    canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:10]
