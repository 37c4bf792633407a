"""Changes of initial weights: exactly k signs flipped, or Gaussian noise that moves the weights just as far.

Where a change may fall is a mask: True where it may, None in leaves that stay as they are.
`lottery.networks.masks.full_mask` gives that of all weights, with or without biases.
"""

import jax
import numpy as np

from gol.errors import InputError
from lottery.networks.lifenet import Parameters
from lottery.networks.masks import Mask, as_mask, map_masked


def within_layer(where: Mask, layer: str) -> Mask:
    """What a mask allows, in one layer alone.

    Args:
        where: a mask of one network.
        layer: its name, such as "block0_3x3".

    Raises:
        InputError: for a layer that the network does not have.
    """
    if layer not in where:
        raise InputError(f"Unknown layer {layer!r}: it is one of {', '.join(sorted(where))}.")
    return {name: leaves if name == layer else dict.fromkeys(leaves) for name, leaves in where.items()}


def draw_places(where: Mask, k: int, rng: np.random.Generator) -> Mask:
    """Draw k distinct places among those that a mask allows, all equally likely.

    They are the first k of one random order: equal generators give nested sets, that of k - 1 within that of k.

    Args:
        where: the places allowed.
        k: how many to draw.
        rng: decides which.

    Returns:
        A mask with exactly k True.

    Raises:
        InputError: where there are fewer than k places, k is negative, or the mask holds anything but truth values.
    """
    # By name: a mask read from a file has its layers in another order, and the draw must not care.
    leaves = jax.tree.leaves(as_mask(where))
    allowed = np.flatnonzero(np.concatenate([leaf.ravel() for leaf in leaves])) if leaves else np.zeros(0, int)
    if not 0 <= k <= len(allowed):
        raise InputError(f"k is {k}: it lies between 0 and the {len(allowed)} places there are.")
    drawn = np.zeros(sum(leaf.size for leaf in leaves), bool)
    drawn[rng.permutation(allowed)[:k]] = True
    parts = iter(np.split(drawn, np.cumsum([leaf.size for leaf in leaves])[:-1])) if leaves else iter(())
    return map_masked(lambda leaf: next(parts).reshape(leaf.shape), where)


def flip_signs(params: Parameters, places: Mask) -> Parameters:
    """The parameters with the opposite sign where the mask is True.

    Args:
        params: of one network.
        places: as `draw_places` gives them.

    Raises:
        InputError: where a leaf of `places` holds anything but truth values.
    """
    return jax.tree.map(
        lambda place, leaf: leaf if place is None else np.where(place, -np.asarray(leaf), leaf),
        as_mask(places),
        params,
        is_leaf=lambda leaf: leaf is None,
    )


def add_noise(params: Parameters, places: Mask, where: Mask, rng: np.random.Generator) -> Parameters:
    """The parameters moved as far as flipping some signs would move them, but in a random direction.

    Args:
        params: of one network.
        places: the signs that would be flipped; the step is 2 |w|, the Euclidean norm over these weights.
        where: the places that the noise falls on, all of them.
        rng: gives the direction, that of independent Gaussian numbers.
    """
    step = 2 * norm(map_masked(lambda place, leaf: place * leaf, places, params))
    noise = map_masked(lambda allowed: allowed * rng.normal(size=allowed.shape), where)
    scale = step / norm(noise)
    return jax.tree.map(
        lambda change, leaf: leaf if change is None else (leaf + scale * change).astype(np.asarray(leaf).dtype),
        noise,
        params,
        is_leaf=lambda leaf: leaf is None,
    )


def norm(tree: Parameters) -> float:
    """Euclidean norm of all entries of a pytree, None leaves left out."""
    return float(np.sqrt(sum(np.sum(np.square(leaf, dtype=np.float64)) for leaf in jax.tree.leaves(tree))))
