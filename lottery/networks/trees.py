"""Trees of arrays: parameters, masks and whatever else is shaped like them, of one network or of many.

A tree is any pytree. A None leaf, in a mask one that is never pruned, stays None. Where a tree holds many networks, the
leading axis of every leaf counts them.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

Tree = Any


def named_leaves(tree: Tree) -> dict[str, Any]:
    """The leaves by their flat names, {"block0_3x3/kernel": leaf}, None leaves too."""
    found = jax.tree.leaves_with_path(tree, is_leaf=_is_none)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in found}


def flatten(tree: Tree) -> dict[str, np.ndarray]:
    """The arrays by their flat names, {"block0_3x3/kernel": array}; None leaves are left out."""
    return {name: np.asarray(leaf) for name, leaf in named_leaves(tree).items() if leaf is not None}


def unflatten(flat: dict[str, np.ndarray]) -> Tree:
    """Undo `flatten` of nested dictionaries (it has forgotten the None leaves)."""
    tree: dict[str, Any] = {}
    for name, array in flat.items():
        *folders, last = name.split("/")
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
        node[last] = array
    return tree


def pick(tree: Tree, index: int | np.integer | slice | np.ndarray) -> Tree:
    """One replicate's part of a stacked pytree: the leaves without their leading axis.

    Args:
        tree: leaves (R, ...).
        index: a number; a slice or an array of numbers picks several replicates, whose leaves keep the axis.
    """
    return jax.tree.map(lambda leaf: leaf[index], tree)


def stack(trees: Sequence[Tree]) -> Tree:
    """Networks (or masks) one by one -> one pytree with a leading replicate axis; None leaves stay None."""
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


def concatenate(trees: Sequence[Tree]) -> Tree:
    """Stacks of networks, leaves (R1, ...), (R2, ...), ... -> one stack of them all, leaves (R1 + R2 + ..., ...)."""
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *trees)


def put(tree: Tree, places: np.ndarray, rows: Tree) -> Tree:
    """A copy of a stack in which some networks are replaced.

    Args:
        tree: leaves (R, ...), numpy arrays.
        places: (r,) which networks are replaced.
        rows: what comes in their place, leaves (r, ...).
    """

    def replaced(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        merged = old.copy()
        merged[places] = new
        return merged

    return jax.tree.map(replaced, tree, rows)


def or_else(tree: Tree, otherwise: Tree) -> Tree:
    """A tree whose None leaves are taken from another."""
    return jax.tree.map(lambda leaf, other: other if leaf is None else leaf, tree, otherwise, is_leaf=_is_none)


def full_like(tree: Tree, value: int, dtype: Any = np.float32) -> Tree:
    """A tree of the same shapes that holds one whole number everywhere."""
    return jax.tree.map(lambda leaf: np.full(np.shape(leaf), value, dtype), tree)


def on_host(tree: Tree, dtype: Any = None) -> Tree:
    """The leaves as numpy arrays, of their own type or of one that is given."""
    return jax.tree.map(lambda leaf: np.asarray(leaf, dtype), tree)


def size(tree: Tree) -> int:
    """How many numbers the leaves hold."""
    return sum(int(np.size(leaf)) for leaf in jax.tree.leaves(tree))


def total(tree: Tree) -> int:
    """The sum of all leaves, integers or truth values: of a mask the number of weights that it keeps."""
    return sum(int(np.sum(leaf)) for leaf in jax.tree.leaves(tree))


def content(tree: Tree) -> str:
    """A hash of a pytree of arrays: names, shapes, types and every bit; None leaves count as such."""
    digest = hashlib.sha256()
    for path, leaf in jax.tree.leaves_with_path(tree, is_leaf=_is_none):
        array = None if leaf is None else np.ascontiguousarray(leaf)
        digest.update(f"{jax.tree_util.keystr(path)} {array if array is None else (array.shape, array.dtype)}".encode())
        if array is not None:
            digest.update(array.tobytes())
    return digest.hexdigest()[:16]


def _is_none(leaf: Any) -> bool:
    return leaf is None
