"""Trees of parameters: their flat names, and one network's part of many."""

from typing import Any

import numpy as np

from lottery.networks.lifenet import Parameters


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
