"""C with weights and biases of eight bits: one scale per layer, found by trying, and proved on all neighbourhoods.

ReLU lets every unit be scaled by any positive number if what reads it is scaled back. So we first scale every unit so
that its largest weight is 1, which costs nothing. Then each layer is multiplied with a whole number and rounded; biases
of a layer share a power of two. We try small numbers first, so that a ternary network is found where there is one.
"""

from dataclasses import dataclass, replace
from itertools import pairwise, product
from math import prod
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

import gol
from gol.errors import InputError
from lottery.exports.c_tables import BITS, Layer, layers_of, table
from lottery.networks.neighbourhoods import right_side
from lottery.runs.saved_networks import SavedNetwork

LARGEST = 127
SCALES = (*range(1, 17), 20, 24, 32, 48, 64, 96, LARGEST)
"""What the largest weight of a layer may become."""


@dataclass(frozen=True)
class Quantised:
    """The first layers of a network, or all of it, as whole numbers.

    Attributes:
        layers: their kernels and biases: whole numbers from -127 to 127, as float64, which is exact.
        bias_units: the power of two that the biases of each layer are multiplied with.
        scale: what the sums of the last layer are multiplied with beside those of the network.
        sums: of the last layer, for all 512 neighbourhoods.
        largest: no sum on the way is larger.
    """

    layers: tuple[Layer, ...]
    bias_units: tuple[int, ...]
    scale: int
    sums: Float[np.ndarray, "512 _"]
    largest: int


def in_integers(network: SavedNetwork) -> dict[str, Any]:
    """What the template needs to write a network with integers of eight bits.

    Raises:
        InputError: where no scales that we try give a network that is right.
    """
    found = quantise(layers_of(network), np.asarray(gol.truth_table(network.rule), bool))
    bits = 16 if found.largest < 2**15 else 32
    whole = [Layer(layer.kernel.astype(np.int64), layer.bias.astype(np.int64)) for layer in found.layers]
    largest = [int(np.abs(layer.kernel).max()) for layer in whole]
    ternary = ", so it is ternary" if max(largest) == 1 else ""
    return {
        "about": [
            f"Weights and biases are int8; the largest weights by layer are {', '.join(map(str, largest))}{ternary}.",
            f"No sum exceeds {found.largest:,}, so {bits} bits hold them all. It was proved anew with these integers.",
        ],
        "layers": [table(layer, 1, "", unit) for layer, unit in zip(whole, found.bias_units, strict=True)],
        "weight_type": "int8_t",
        "sum_type": f"int_fast{bits}_t",
    }


def quantise(layers: list[Layer], alive: Bool[np.ndarray, "512"]) -> Quantised:
    """The integers of the smallest scales that are right.

    Args:
        layers: of a network.
        alive: the answers that are right, by neighbourhood code.

    Raises:
        InputError: where none are.
    """
    *hidden, last = equalised(layers)
    begun: dict[tuple[int, ...], Quantised] = {(): Quantised((), (), 1, BITS.astype(np.float64), 0)}
    for scales in sorted(product(SCALES, repeat=len(layers)), key=lambda scales: (prod(scales), scales)):
        for depth, layer in enumerate(hidden):
            start, more = scales[:depth], scales[: depth + 1]
            if more not in begun:
                begun[more] = rounded(begun[start], layer, more[-1])
        found = rounded(begun[scales[:-1]], last, scales[-1])
        if found.largest < 2**31 and np.all(right_side(found.sums[:, 0], alive)):
            return merged(found)
    raise InputError(
        f"No weights and biases of 8 bits that we tried ({len(SCALES)} scales per layer) answer as this network does."
    )


def equalised(layers: list[Layer]) -> list[Layer]:
    """The same network, but for the length of its logits, where the largest weight of every unit is 1 or -1."""
    found, back = [], np.ones(len(layers[0].kernel))
    for layer in layers:
        kernel = layer.kernel * back[:, None]
        size = np.abs(kernel).max(axis=0)
        back = np.where(size > 0, size, 1.0)
        found.append(Layer(kernel / back, layer.bias / back))
    return found


def rounded(begun: Quantised, layer: Layer, scale: int) -> Quantised:
    """One layer more, multiplied with its scale and rounded.

    Args:
        begun: the layers before.
        layer: the next one, equalised.
        scale: what its largest weight becomes.
    """
    inputs = np.maximum(begun.sums, 0)
    total = begun.scale * scale  # sums carry the scales of all layers so far, and biases have to do the same
    kernel, unit = np.rint(layer.kernel * scale), 1
    while np.abs(bias := np.rint(layer.bias * (total / unit))).max() > LARGEST:
        unit *= 2
    reach = unit * np.abs(bias) + inputs.max(axis=0) @ np.abs(kernel)
    return Quantised(
        layers=(*begun.layers, Layer(kernel, bias)),
        bias_units=(*begun.bias_units, unit),
        scale=total,
        sums=unit * bias + inputs @ kernel,
        largest=max(begun.largest, int(reach.max())),
    )


def merged(network: Quantised) -> Quantised:
    """The same network with one unit for all that compute the same; their outgoing weights add up.

    Rounding makes units equal that were nearly so before. Units stay apart where the sum of their weights takes more
    than eight bits.
    """
    layers = list(network.layers)
    for place, (layer, reader) in enumerate(pairwise(network.layers)):
        together = np.vstack([layers[place].kernel, layer.bias])
        kept, groups = np.unique(together, axis=1, return_inverse=True)
        sums = np.zeros((kept.shape[1], reader.kernel.shape[1]))
        np.add.at(sums, groups.ravel(), reader.kernel)
        if np.abs(sums).max() <= LARGEST:
            layers[place] = Layer(kept[:-1], kept[-1])
            layers[place + 1] = Layer(sums, reader.bias)
    return replace(network, layers=tuple(layers))
