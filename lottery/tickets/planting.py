"""The hand-made network hidden in a random wider one, so that it is known which ticket a pruning method should find.

Planting (Fischer and Burkholz 2022, arXiv 2111.11153): some units of a random network take the weights of a network
that is known to solve the task. The mask that keeps just these weights is a ticket of known sparsity, exact without any
training. Here two random units of the 3x3 layer become A and B of lottery/networks/handmade.py, and one of the 1x1
layer h.

Hand-made weights (1, 1/2, -2, 40) are many times larger than random ones, and a method that ranks sizes would find them
for that alone. But a ReLU lets positive factors through: with the weights of the three layers times p, q and r, and the
biases times p, p q and p q r, the logits are p q r times what they were, so every answer stays. `rescaled` chooses p, q
and r such that in each layer planted weights have the root mean square of the random ones.
"""

from dataclasses import dataclass

import jax
import numpy as np

from gol.errors import InputError
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import Parameters
from lottery.networks.masks import Mask, full_mask, layers_in_order

SCALES = ("written", "matched")  # as the hand-made weights are, or as large as the random ones


@dataclass(frozen=True, eq=False)
class Planted:
    """A random network with the hand-made one inside.

    Attributes:
        params: of the whole network.
        mask: True at the planted weights; biases are None, never pruned.
    """

    params: Parameters
    mask: Mask


def plant(params: Parameters, *, scale: str, noise: float, rng: np.random.Generator) -> Planted:
    """Hide the hand-made network in a random one.

    Args:
        params: of a random one-step network with at least 2 channels in its 3x3 layer.
        scale: "written" plants the weights as they are, "matched" rescaled to the size of the random ones.
        noise: relative: planted weights and biases are multiplied by 1 + noise times a standard normal number.
        rng: chooses the units, then draws the noise.

    Raises:
        InputError: for an unknown scale, a negative noise, or a network that the hand-made one does not fit in.
    """
    if scale not in SCALES:
        raise InputError(f"Unknown scale {scale!r}: it is one of {', '.join(SCALES)}.")
    if not noise >= 0:
        raise InputError(f"noise is {noise}: it has to be 0 or more.")
    units = _units(params, rng)
    small = handmade_parameters(1, features=(2, 1))
    if scale == "matched":
        small = rescaled(small, params)
    small = jax.tree.map(
        lambda leaf: (leaf * (1 + noise * rng.standard_normal(leaf.shape))).astype(leaf.dtype) if noise else leaf, small
    )
    planted = jax.tree.map(np.array, params)
    mask = jax.tree.map(lambda keep: None if keep is None else np.zeros_like(keep), full_mask(params))
    inputs = np.zeros(1, int)
    for layer in layers_in_order(small):
        outputs = units[layer]
        places = np.ix_(*(np.arange(side) for side in small[layer]["kernel"].shape[:2]), inputs, outputs)
        planted[layer]["kernel"][places] = small[layer]["kernel"]
        planted[layer]["bias"][outputs] = small[layer]["bias"]
        mask[layer]["kernel"][places] = True
        inputs = outputs
    return Planted(planted, mask)


def _units(params: Parameters, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Which units of each layer become the hand-made ones."""
    a, b = (params[f"block0_{size}"]["kernel"].shape[3] for size in ("3x3", "1x1"))
    if "block1_3x3" in params or "readout" not in params or a < 2:
        raise InputError("The hand-made network fits in one step with 2 or more 3x3 channels and a read-out.")
    return {
        "block0_3x3": rng.choice(a, 2, replace=False),
        "block0_1x1": rng.choice(b, 1),
        "readout": np.zeros(1, int),
    }


def rescaled(params: Parameters, like: Parameters) -> Parameters:
    """The same answers from weights that have, layer by layer, the root mean square of another network's.

    Args:
        params: of a one-step network of ReLUs.
        like: of another one.

    Returns:
        Parameters whose logits are those of `params` times one positive number.
    """
    found, passed = {}, 1.0
    for layer in layers_in_order(params):
        kernel = np.asarray(params[layer]["kernel"], np.float64)
        factor = _root_mean_square(like[layer]["kernel"]) / _root_mean_square(kernel)
        passed *= factor
        found[layer] = {
            "kernel": (factor * kernel).astype(np.float32),
            "bias": (passed * np.asarray(params[layer]["bias"], np.float64)).astype(np.float32),
        }
    return found


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.asarray(values, np.float64) ** 2)))


def planted_weights() -> dict[str, int]:
    """Planted weights by layer: 21 in all, whatever the width of the random network."""
    return {layer: leaves["kernel"].size for layer, leaves in handmade_parameters(1, features=(2, 1)).items()}


def recalled(mask: Mask, truth: Mask) -> dict[str, int]:
    """How many of the planted weights a mask keeps, by layer.

    Args:
        mask: what a method kept.
        truth: `Planted.mask`.
    """
    return {layer: int(np.sum(mask[layer]["kernel"] & truth[layer]["kernel"])) for layer in layers_in_order(truth)}
