"""Floating-point operations of an update and of an answer, counted from the architecture, dense and as masked.

A weight costs a multiplication and an addition at every cell where its layer is computed. Training takes three such
passes: forward, and backward for the gradients of the weights and of the layer's input (Kaplan et al. 2020, arXiv
2001.08361, section 2.1: six operations per parameter and example). The gradient of the first layer's input is counted
with them, although nothing needs it. Biases begin the sums and cost nothing. Activations, losses, the drawing of boards
and checks are not counted; `xla_operations` is what a compiler counts with all of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax

from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.training.settings import TrainSettings

PATTERNS = 512  # neighbourhoods of 3x3 cells: one step is computed on them, weighted by how often each occurs
# Additions, multiplications, divisions and roots per parameter of one step of each optimiser's textbook formula.
OF_OPTIMISER = {"adam": 14, "adamw": 16, "nadam": 18, "amsgrad": 15, "rmsprop": 8, "momentum": 4, "sgd": 2}


class Layer(NamedTuple):
    """One use of a layer's weights in a network's answer.

    Attributes:
        name: of the layer, as in the parameters.
        weights: that it has, biases not counted.
        first: whether it belongs to the first block, which sees only 512 different inputs.
    """

    name: str
    weights: int
    first: bool


@dataclass(frozen=True)
class Operations:
    """Floating-point operations of one update of one network.

    Attributes:
        forward: of the answers.
        backward: of the gradients of the weights and of the layers' inputs.
        optimiser: of the step that follows.
    """

    forward: float
    backward: float
    optimiser: float

    @property
    def passes(self) -> float:
        """Forward and backward, without the optimiser."""
        return self.forward + self.backward

    @property
    def total(self) -> float:
        """All of them."""
        return self.passes + self.optimiser


def layers(net: LifeNet) -> Iterator[Layer]:
    """The layers of a network from input to output; the blocks of a tied network are uses of the same layers.

    Args:
        net: the architecture.
    """
    a, b = net.channels
    for block in range(net.steps):
        name = f"block{0 if net.tied else block}"
        yield Layer(f"{name}_3x3", 9 * a * (1 if block == 0 else b), block == 0)
        yield Layer(f"{name}_1x1", a * b, block == 0)
    if net.readout:
        yield Layer("readout", b, net.steps == 1)


def of_answer(net: LifeNet, kept: Mapping[str, float | int] | None = None) -> float:
    """Operations of one cell's answer: two per weight.

    Args:
        net: the architecture.
        kept: weights that are left, by layer; by default all of them.
    """
    return 2.0 * sum(_weights(layer, kept) for layer in layers(net))


def of_update(
    net: LifeNet,
    settings: TrainSettings,
    *,
    tabled: bool = False,
    on_boards: bool = False,
    kept: Mapping[str, float | int] | None = None,
) -> Operations:
    """Operations of one update of one network.

    Args:
        net: the architecture.
        settings: of the training; batch, side of the boards and optimiser count.
        tabled: the first block of several steps is computed on the 512 patterns too, as the arrangements for a CPU do.
        on_boards: every layer is computed on every cell of the batch, as other software does, even of one step.
        kept: weights that are left, by layer, if hardware could skip the others; by default all of them.
    """
    cells = settings.batch * settings.board**2
    forward = 0.0
    for layer in layers(net):
        by_pattern = layer.first and (tabled or net.steps == 1) and not on_boards
        forward += 2 * (PATTERNS if by_pattern else cells) * _weights(layer, kept)
    own = {layer.name: layer for layer in layers(net)}.values()  # a tied layer has one set of weights
    stepped = parameter_count(net) - sum(layer.weights - _weights(layer, kept) for layer in own)
    return Operations(forward, 2 * forward, OF_OPTIMISER[settings.optimiser] * stepped)


def _weights(layer: Layer, kept: Mapping[str, float | int] | None) -> float:
    return float(layer.weights if kept is None else kept[layer.name])


def xla_operations(function: Callable[..., Any], *arguments: Any) -> float | None:
    """What XLA's own cost analysis says of a compiled function; None where its backend says nothing.

    A loop is counted as one of its passes.

    Args:
        function: of jax.
        arguments: that it is compiled for; shapes suffice (`jax.ShapeDtypeStruct`).
    """
    found = jax.jit(function).lower(*arguments).compile().cost_analysis() or {}
    return float(found["flops"]) if "flops" in found else None
