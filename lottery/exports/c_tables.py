"""The layers of a one-step network as tables of C, and which of two ways of writing a table is the smaller.

Measured on the shipped ticket, compacted, with gcc 12 -Os for a Cortex-M0+: loops over tables take 296 bytes in float32
and 138 in int8, statements with the weights in them 464 and 214. So weights are tables. Where the zeros that are left
would take more than the code that skips them, they are left out, and a bit for each input says which weights there are.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Num, Shaped

from lottery.runs.saved_networks import SavedNetwork

# Bytes of a Cortex-M0+ that the code takes which skips zeros, by the bytes of a weight: measured on random networks.
_TAPS_COST = {4: 16, 1: 100}


@dataclass(frozen=True)
class Layer:
    """One layer: a unit's sum is its bias and the weights of what it reads.

    Attributes:
        kernel: by input and unit. Inputs of the first layer are the bits of a neighbourhood, from bit 0 on.
        bias: by unit.
    """

    kernel: Num[np.ndarray, "inputs units"]
    bias: Num[np.ndarray, " units"]

    def of(self, inputs: Num[np.ndarray, "n inputs"]) -> Num[np.ndarray, "n units"]:
        """The sums of all units."""
        return self.bias + inputs @ self.kernel


BITS: Int[np.ndarray, "512 9"] = (np.arange(512)[:, None] >> np.arange(9)) & 1
"""All neighbourhoods as the first layer reads them: code by bit."""


def layers_of(network: SavedNetwork) -> list[Layer]:
    """The layers of a one-step network, float64: 3x3, 1x1 and, where it has one, the read-out."""
    found = []
    for name in ("block0_3x3", "block0_1x1", "readout"):
        if name in network.params:
            kernel, bias = (np.asarray(network.params[name][leaf], np.float64) + 0.0 for leaf in ("kernel", "bias"))
            flat = kernel.reshape(-1, kernel.shape[-1])
            # The north-west cell is bit 8; zeros lose their sign above, so that none is written as -0.
            found.append(Layer(flat[::-1] if name == "block0_3x3" else flat, bias))
    return found


def activations(layers: list[Layer]) -> list[Num[np.ndarray, "512 _"]]:
    """What each layer gives for all 512 neighbourhoods: after its ReLU, and of the last layer the logits."""
    found: list[Num[np.ndarray, "512 _"]] = []
    values: Num[np.ndarray, "512 _"] = BITS
    for layer in layers:
        values = layer.of(values)
        values = values if layer is layers[-1] else np.maximum(values, 0)
        found.append(values)
    return found


def table(layer: Layer, size: int, suffix: str, bias_unit: int = 1) -> dict[str, object]:
    """A layer as the template of the header writes it.

    Args:
        layer: of numbers as they are to be written.
        size: of a weight, bytes.
        suffix: of a literal.
        bias_unit: what a written bias is multiplied with.
    """
    inputs, units = layer.kernel.shape
    reads = layer.kernel != 0
    bits = 16 if inputs <= 16 else 32
    left_out = (
        size * int(np.sum(~reads)) - units * bits // 8 > _TAPS_COST[size] and inputs <= bits and bool(np.any(reads))
    )

    def row(numbers: Shaped[np.ndarray, " n"]) -> str:
        return ", ".join(f"{number}{suffix}" for number in numbers.tolist())

    shown = layer.kernel if suffix == "" else layer.kernel.astype(np.float32).astype(str)
    biases = layer.bias if suffix == "" else layer.bias.astype(np.float32).astype(str)
    rows = [row(shown[:, unit]) for unit in range(units)]
    return {
        "inputs": inputs,
        "units": units,
        "nonzero": int(np.sum(reads)),
        "tap_bits": bits,
        "taps": ", ".join(f"{int(reads[:, unit] @ (1 << np.arange(inputs)))}u" for unit in range(units)) * left_out,
        "weights": row(shown.T[reads.T]) if left_out else rows,
        "biases": row(biases),
        "bias_unit": bias_unit,
    }
