"""One trained network of a piece on disk, found by its replicate and its level."""

from pathlib import Path
from typing import Any

import numpy as np

from gol.errors import InputError
from lottery.experiments.network_piece import Asked, asked
from lottery.networks.lifenet import untie
from lottery.networks.trees import pick, unflatten
from lottery.runs.files import read_arrays, read_json
from lottery.runs.saved_networks import SavedNetwork, load_network

STACKED = ("train", "watched")  # kinds whose weights.safetensors hold one network per replicate


def network_of_piece(folder: Path, replicate: int | None = None, level: int | None = None) -> SavedNetwork:
    """Read one network of a finished or unfinished piece.

    Args:
        folder: of the piece, with its settings.json.
        replicate: its number; None for the best ticket of a pruning experiment (its best.safetensors).
        level: of a pruning experiment, whose ticket of that level is read; None for its last.

    Raises:
        InputError: where the piece holds no such network.
    """
    found = read_json(folder / "settings.json") if (folder / "settings.json").is_file() else None
    if not isinstance(found, dict) or "kind" not in found:
        raise InputError(f"{folder} is no folder of a piece: it has no settings.json of one.")
    if found["kind"] not in (*STACKED, "prune"):
        raise InputError(f"{folder} holds a piece of the kind {found['kind']}, whose networks have no such address.")
    piece = asked(found["settings"])
    if replicate is None and level is None and (folder / "best.safetensors").is_file():
        return load_network(folder / "best.safetensors")
    first, last = piece.replicates[0], piece.replicates[-1]
    if replicate is None or replicate not in piece.replicates:
        raise InputError(
            f"Say which replicate of {folder.name} is meant, by --replicate: a number from {first} to {last}."
        )
    if found["kind"] in STACKED:
        if level is not None:
            raise InputError(f"{folder.name} has no levels: leave --level out.")
        return _network(piece, unflatten(read_arrays(folder / "weights.safetensors")), replicate, "")
    levels = levels_of_piece(folder)
    number = levels[-1] if level is None and levels else level
    if number not in levels:
        raise InputError(
            f"{folder.name} has no level {number}: its levels are {', '.join(map(str, levels)) or 'none'}."
        )
    arms = unflatten(read_arrays(folder / f"level{number:02d}.safetensors"))["arm"]
    return _network(piece, arms["ticket"], replicate, f", level {number}")


def levels_of_piece(folder: Path) -> list[int]:
    """The levels of pruning whose networks a piece holds, in their order; none of a piece that has no levels."""
    return sorted(int(path.stem.removeprefix("level")) for path in folder.glob("level[0-9][0-9].safetensors"))


def _network(piece: Asked, stacked: Any, replicate: int, where: str) -> SavedNetwork:
    net, training, seed, replicates = piece
    params = untie(net, pick(stacked, np.intp(replicates.index(replicate))))
    origin = f"Replicate {replicate}, seed {seed}{where}."
    return SavedNetwork(params, net.padding, training.rule, origin, net.activation)
