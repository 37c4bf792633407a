"""One-step networks of several shapes trained as one: small ones inside a larger one whose other channels are masked.

A masked channel has no weights, its units give relu(0) = 0, and neither it nor its gradient touches anything else: the
computation is that of the small network, up to the order of summation. It saves compiling a program for every shape.
"""

from typing import Any

import numpy as np

from lottery.networks.lifenet import Parameters
from lottery.networks.trees import full_like

Features = tuple[int, int]


def _sizes(features: Features) -> dict[str, dict[str, tuple[int, ...]]]:
    """The last axes of each leaf that depend on the shape: kernels (in, out), biases (out,)."""
    a, b = features
    return {
        "block0_3x3": {"kernel": (1, a), "bias": (a,)},
        "block0_1x1": {"kernel": (a, b), "bias": (b,)},
        "readout": {"kernel": (b, 1), "bias": (1,)},
    }


def embed(params: Parameters, features: Features) -> Parameters:
    """Parameters of a one-step network as those of a larger one, with zeros for the channels that it does not have.

    Args:
        params: leaves may have leading axes, such as one for replicates.
        features: (a, b) of the larger network, not below the network's own.
    """

    def pad(leaf: np.ndarray, ends: tuple[int, ...]) -> np.ndarray:
        short = [(0, end - size) for end, size in zip(ends, leaf.shape[-len(ends) :], strict=True)]
        return np.pad(leaf, [(0, 0)] * (leaf.ndim - len(ends)) + short)

    sizes = _sizes(features)
    return {
        layer: {name: pad(np.asarray(leaf), sizes[layer][name]) for name, leaf in leaves.items()}
        for layer, leaves in params.items()
    }


def cut(params: Parameters, features: Features) -> Parameters:
    """The small network inside a larger one: undoes `embed`.

    Args:
        params: of the larger network; leaves may have leading axes.
        features: (a, b) of the small network.
    """

    def first_of(leaf: np.ndarray, ends: tuple[int, ...]) -> np.ndarray:
        index: tuple[Any, ...] = (..., *(slice(end) for end in ends))
        return np.asarray(leaf)[index]

    sizes = _sizes(features)
    return {
        layer: {name: first_of(leaf, sizes[layer][name]) for name, leaf in leaves.items()}
        for layer, leaves in params.items()
    }


def channel_masks(params: Parameters, features: Features) -> Parameters:
    """Masks that keep, in a larger network, just the channels of a small one: 1 where it has a weight.

    Args:
        params: of the small network.
        features: (a, b) of the larger one.
    """
    return embed(full_like(params, 1), features)
