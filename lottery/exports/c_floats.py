"""C with float32 weights: right in whatever order, and with whatever fused operations, a compiler computes the sums.

A compiler may keep more digits than float32 has, may round a product and a sum together (FMA), and with -ffast-math may
add in any order. None of this matters where every logit is farther from zero than all rounding can move it.
"""

from typing import Any

import numpy as np
from jaxtyping import Float

from gol.errors import InputError
from lottery.exports.c_tables import BITS, Layer, activations, layers_of, table
from lottery.runs.saved_networks import SavedNetwork

_UNIT_ROUNDOFF = 2.0**-24


def in_floats(network: SavedNetwork) -> dict[str, Any]:
    """What the template needs to write a network with its float32 weights.

    Raises:
        InputError: where rounding could change an answer, so that the file would be right on some machines alone.
    """
    layers = layers_of(network)
    logits = activations(layers)[-1][:, 0]
    error = rounding_error(layers)
    smallest = np.argmin(np.abs(logits) - error)
    if not np.abs(logits[smallest]) > error[smallest]:
        raise InputError(
            f"A logit of this network is {logits[smallest]:.3g}, and rounding may move it by {error[smallest]:.3g}, so "
            "that C with float32 could be right on some machines and wrong on others."
        )
    return {
        "about": [
            "Numbers are float32. The answers are the same on every machine, with or without FMA or -ffast-math: the",
            f"smallest |logit| is {np.min(np.abs(logits)):.3g}, and no order of summation moves a logit by more than "
            f"{np.max(error):.2g}.",
        ],
        "layers": [table(layer, 4, "f") for layer in layers],
        "weight_type": "float",
        "sum_type": "float",
    }


def rounding_error(layers: list[Layer]) -> Float[np.ndarray, "512"]:
    """How far the logits computed in float32 may be from the exact ones, by neighbourhood.

    A sum of n products and a bias, in any order, is off by at most gamma(n + 1) times the sum of the magnitudes, where
    gamma(k) = k u / (1 - k u); errors of the inputs come through the weights, and ReLU lets them grow no further.

    Source: Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1 (with one more rounding for the
    bias).
    """
    values, error = BITS.astype(np.float64), np.zeros((512, 9))
    for layer, after in zip(layers, activations(layers), strict=True):
        weights = np.abs(layer.kernel)
        steps = (len(weights) + 2) * _UNIT_ROUNDOFF
        magnitude = np.abs(layer.bias) + (np.abs(values) + error) @ weights
        error = error @ weights + steps / (1 - steps) * magnitude
        values = after
    return error[:, 0]
