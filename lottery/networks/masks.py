"""Masks: pytrees shaped like the parameters, True where a weight is kept, None where nothing is ever pruned."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from gol.errors import InputError
from lottery.inputs.truth_values import truths
from lottery.networks.lifenet import Network, Parameters, is_lifenet
from lottery.networks.trees import or_else, size, total

Mask = Parameters


def full_mask(params: Parameters, prune_biases: bool = False) -> Mask:
    """The mask of a dense network: every weight kept; biases are None, never pruned, unless asked for.

    Args:
        params: of one network, nested to any depth.
        prune_biases: whether leaves named "bias" can be pruned as well. What is neither a weight (`is_weight`) nor a
            bias, such as a learned slope, never is.
    """

    def whole(path: tuple[Any, ...], leaf: Any) -> Any:
        chosen = is_weight(path, leaf) or (prune_biases and _names(path)[-1] == "bias")
        return np.ones(np.shape(leaf), bool) if chosen else None

    return jax.tree.map_with_path(whole, params)


def is_weight(path: tuple[Any, ...], leaf: Any) -> bool:
    """Whether a parameter is a weight, which pruning may remove: named "kernel", or of two axes and no bias.

    Args:
        path: where it lies in its tree, as `jax.tree.map_with_path` gives it.
        leaf: its array.
    """
    name = _names(path)[-1]
    return name == "kernel" or (np.ndim(leaf) >= 2 and name != "bias")


def by_layer(tree: Parameters) -> dict[str, dict[str, Any]]:
    """The leaves of each layer by name, None leaves too: a layer is whatever holds them.

    Layers are named by their place, such as "block/wide"; "." is the network itself.
    """
    layers: dict[str, dict[str, Any]] = {}
    for path, leaf in jax.tree.leaves_with_path(tree, is_leaf=lambda leaf: leaf is None):
        layers.setdefault(layer_of(path), {})[_names(path)[-1]] = leaf
    return layers


def layer_of(path: tuple[Any, ...]) -> str:
    """The layer that a leaf lies in, named as in `by_layer`."""
    return "/".join(_names(path)[:-1]) or "."


def _names(path: tuple[Any, ...]) -> list[str]:
    return [str(getattr(key, "key", key)) for key in path] or [""]


def within(mask: Mask, layers: Collection[str]) -> Mask:
    """The mask in which nothing but these layers can be pruned: the leaves of all others are None."""
    return jax.tree.map_with_path(lambda path, leaf: leaf if layer_of(path) in layers else None, mask)


def as_mask(mask: Mask, name: str = "mask") -> Mask:
    """A mask whose leaves are arrays of bool, from one of 0 and 1 in any form; None leaves stay None.

    Args:
        mask: as `full_mask` makes them, its leaves arrays or lists of truth values.
        name: what a refusal calls it.

    Raises:
        InputError: where a leaf holds anything but truth values.
    """
    if isinstance(mask, Mapping):
        return {key: as_mask(part, f"{name}/{key}") for key, part in mask.items()}
    return None if mask is None else truths(mask, name)


def map_masked(function: Callable[..., Any], mask: Mask, *trees: Parameters) -> Any:
    """Apply a function to every leaf that can be pruned; leaves never pruned stay None.

    Raises:
        InputError: where a leaf of the mask holds anything but truth values.
    """
    return jax.tree.map(
        lambda leaf, *others: None if leaf is None else function(leaf, *others),
        as_mask(mask),
        *trees,
        is_leaf=lambda leaf: leaf is None,
    )


def apply_mask(params: Parameters, mask: Mask) -> Parameters:
    """The parameters with pruned ones set to zero, in their own dtype.

    Raises:
        InputError: where a leaf of the mask holds anything but truth values.
    """
    return jax.tree.map(
        lambda keep, leaf: leaf if keep is None else np.where(keep, leaf, np.zeros((), np.asarray(leaf).dtype)),
        as_mask(mask),
        params,
        is_leaf=lambda leaf: leaf is None,
    )


def fill_pruned(params: Parameters, mask: Mask, instead: Parameters) -> Parameters:
    """The parameters with pruned ones replaced by those of `instead`, in their own dtype.

    Raises:
        InputError: where a leaf of the mask holds anything but truth values.
    """
    return jax.tree.map(
        lambda keep, leaf, other: leaf if keep is None else np.where(keep, leaf, np.asarray(other, leaf.dtype)),
        as_mask(mask),
        params,
        instead,
        is_leaf=lambda leaf: leaf is None,
    )


def fill_masks(masks: Mask, ones: Parameters) -> Parameters:
    """Masks with None (never pruned) replaced by ones, as arrays of float32.

    Args:
        masks: of 0 and 1 or truth values, of shapes that broadcast to those of `ones`.
        ones: what takes the place of None leaves.
    """
    whole = or_else(masks, ones)
    return jax.tree.map(lambda mask, one: np.broadcast_to(np.asarray(mask, np.float32), one.shape), whole, ones)


@dataclass(frozen=True)
class LayerDensity:
    """Kept and prunable parameters of one layer; counts."""

    layer: str
    kept: int
    prunable: int

    @property
    def density(self) -> float:
        """Kept over prunable, a fraction."""
        return self.kept / self.prunable


@dataclass(frozen=True)
class Density:
    """How much of a network a mask keeps.

    Attributes:
        layers: one row per layer with prunable parameters.
        kept: survivors among the prunable parameters, a count.
        prunable: all prunable parameters, a count.
        effective: survivors that lie on an unpruned path from input to output, a count (Vysogorets and Kempe 2021);
            None where the layers are not a LifeNet's, whose paths are known.
        parameters_kept: survivors and all parameters that are never pruned, a count: biases are counted here.
        parameters: all parameters of the dense network, a count.
    """

    layers: tuple[LayerDensity, ...]
    kept: int
    prunable: int
    effective: int | None
    parameters_kept: int
    parameters: int

    @property
    def density(self) -> float:
        """Kept over prunable, a fraction."""
        return self.kept / self.prunable

    @property
    def sparsity(self) -> float:
        """Pruned over prunable, a fraction: 1 - density."""
        return 1 - self.density

    @property
    def compression(self) -> float:
        """Prunable over kept: 1 / density; infinite where nothing is kept."""
        return self.prunable / self.kept if self.kept else float("inf")

    @property
    def effective_density(self) -> float | None:
        """Effective survivors over prunable, a fraction; None where they are not known."""
        return None if self.effective is None else self.effective / self.prunable

    @property
    def density_of_all(self) -> float:
        """Kept parameters over all parameters, biases counted on both sides, a fraction."""
        return self.parameters_kept / self.parameters

    @property
    def collapsed(self) -> tuple[str, ...]:
        """Layers pruned to nothing: their network can only answer one constant."""
        return tuple(row.layer for row in self.layers if row.kept == 0)


def measure(params: Parameters, mask: Mask, net: Network | None = None) -> Density:
    """Count what a mask keeps of one network.

    Args:
        params: of one network, only their shapes matter.
        mask: as `full_mask` makes them.
        net: the network, where it is no `LifeNet` though its layers have the same names.

    Raises:
        InputError: where a leaf of the mask holds anything but truth values.

    Source: density = kept / prunable; effective density as in Vysogorets and Kempe 2021 (arXiv 2107.02306).
    """
    layers, mask = [], as_mask(mask)
    chain = _is_chain(mask) and (net is None or is_lifenet(net))
    leaves = by_layer(mask)
    for layer in layers_in_order(mask) if chain else leaves:
        if prunable := size(leaves[layer]):
            layers.append(LayerDensity(layer, total(leaves[layer]), prunable))
    kept = sum(row.kept for row in layers)
    prunable = sum(row.prunable for row in layers)
    effective = total(effective_mask(mask)) if chain else None
    whole = size(params)
    return Density(tuple(layers), kept, prunable, effective, whole - prunable + kept, whole)


def effective_mask(mask: Mask) -> Mask:
    """The survivors that can matter: weights on an unpruned path from the input to the output.

    A weight counts if its input channel is reached from the board and its output channel reaches the read-out. A
    prunable bias counts if its channel reaches the read-out, because a constant is still an answer.

    Args:
        mask: of one LifeNet; kernels (h, w, in, out).

    Raises:
        InputError: where the layers are not a LifeNet's, or a leaf of the mask holds anything but truth values.

    Source: Vysogorets and Kempe 2021 (arXiv 2107.02306), effective sparsity.
    """
    mask = as_mask(mask)
    if not _is_chain(mask):
        raise InputError("Which weights lie on an unpruned path is known for a LifeNet, whose layers are a chain.")
    layers = layers_in_order(mask)  # jax sorts the keys of a dictionary by name
    edges = {layer: mask[layer]["kernel"].any(axis=(0, 1)) for layer in layers}  # (in, out)
    reached = {}
    alive = np.ones(1, bool)
    for layer in layers:
        reached[layer] = alive
        alive = alive @ edges[layer]
    reaching = {}
    alive = np.ones(1, bool)
    for layer in reversed(layers):
        reaching[layer] = alive
        alive = edges[layer] @ alive
    return {
        layer: {
            "bias": None if mask[layer]["bias"] is None else mask[layer]["bias"] & reaching[layer],
            "kernel": mask[layer]["kernel"] & reached[layer][:, None] & reaching[layer],
        }
        for layer in layers
    }


def _is_chain(mask: Mask) -> bool:
    """Whether a mask has the layers of a LifeNet, all of whose kernels can be pruned."""
    names, layers = layers_in_order(mask), by_layer(mask)
    others = set(layers) - set(names) - {f"{name}_slope" for name in names}
    whole = all(
        {"kernel", "bias"} == set(layers.get(name, ())) and np.ndim(layers[name]["kernel"]) == 4 for name in names
    )
    return bool(names) and not others and whole


def layers_in_order(params: Parameters) -> list[str]:
    """Layer names from the input to the output: the blocks by number, the read-out (if there is one) last."""
    blocks = sum(name.endswith("_3x3") for name in params)
    names = [f"block{i}_{size}" for i in range(blocks) for size in ("3x3", "1x1")]
    return names + [name for name in ("readout",) if name in params]
