"""The networks of Springer and Kenyon (2020) that predict a Game of Life board n steps ahead."""

from collections.abc import Callable
from math import prod
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gol.errors import InputError
from lottery.activations import ACTIVATIONS, SLOPE, slope_shape

# A plain pytree: {"block0_3x3": {"kernel", "bias"}, "block0_1x1": ..., "readout": ...}, and with a learned activation
# {"block0_3x3_slope": {"slope"}, ...} too.
Parameters = Any

# "valid" pads nothing: a window of (2n+1) x (2n+1) cells gives the one logit of its centre.
PADDINGS = {"torus": "CIRCULAR", "zero": "SAME", "valid": "VALID"}


def _fan_in_uniform(key: Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> Array:
    """PyTorch's default for convolutions: uniform within +-1/sqrt(fan_in), shape (h, w, in, out)."""
    bound = (shape[0] * shape[1] * shape[2]) ** -0.5
    return jax.random.uniform(key, shape, dtype, -bound, bound)


# Biases start at zero except in "pytorch", whose layers draw them from the same range as their weights.
INITIALISERS: dict[str, Callable[..., Array]] = {
    "glorot": nn.initializers.glorot_uniform(),
    "normal": nn.initializers.normal(stddev=1.0),
    "he": nn.initializers.he_normal(),
    "pytorch": _fan_in_uniform,
}


def _same(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    return x


class _Activation(nn.Module):
    """What stands between two layers; holds the layer's slopes where they are learned."""

    activation: str

    @nn.compact
    def __call__(self, x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        """Activate elementwise."""
        chosen = ACTIVATIONS[self.activation]
        shape = slope_shape(self.activation, x.shape[-1])
        slope = None if shape is None else self.param("slope", nn.initializers.constant(SLOPE), shape, jnp.float32)
        return chosen.train(x, slope)


class LifeNet(nn.Module):
    """A chain of `steps` blocks (3x3 conv to a channels, ReLU, 1x1 conv to b channels, ReLU) and a 1x1 read-out.

    The paper's network, m times overcomplete, is `LifeNet(steps=n, width=m)` with (a, b) = (2m, m); it has 23n+2
    parameters at m=1. Free widths are `LifeNet(steps=n, features=(a, b))`.

    Attributes:
        steps: n, how many generations ahead the network predicts.
        width: m, how many times overcomplete; ignored where `features` is given.
        features: (a, b), channels of the 3x3 and of the 1x1 convolution of each block, or None for (2m, m).
        padding: "torus" (the simulator's torus), "zero" (its plane with a dead border) or "valid" (windows).
        initialiser: "glorot" (uniform; our choice where the paper is silent), "normal", "he" or "pytorch".
        activation: between the layers, a name of `lottery.activations.ACTIVATIONS`.
        readout: without it the last 1x1 convolution gives the logits (one step and one channel only): 23 parameters
            with (a, b) = (2, 1), as in some re-runs of the paper.
        output_bias: where the bias of the last layer starts (with the initialiser "pytorch" it is drawn instead).
        tied: all blocks share one set of weights, as the steps of the automaton share one rule (b = 1 only, because
            the first block reads one channel).

    Source: Springer and Kenyon 2020 (arXiv 2009.01398), section on architectures.
    """

    steps: int = 1
    width: int = 1
    features: tuple[int, int] | None = None
    padding: str = "torus"
    initialiser: str = "glorot"
    activation: str = "relu"
    readout: bool = True
    tied: bool = False
    output_bias: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that no network can have, with a sentence."""
        if self.steps < 1:
            raise InputError(f"steps is {self.steps}: a network looks at least 1 step ahead.")
        if min(self.channels) < 1:
            raise InputError(f"width {self.width}, features {self.features}: every layer needs at least 1 channel.")
        if self.padding not in PADDINGS:
            raise InputError(f"Unknown padding {self.padding!r}: it is one of {', '.join(PADDINGS)}.")
        if self.initialiser not in INITIALISERS:
            raise InputError(f"Unknown initialiser {self.initialiser!r}: it is one of {', '.join(INITIALISERS)}.")
        if self.activation not in ACTIVATIONS:
            raise InputError(f"Unknown activation {self.activation!r}: it is one of {', '.join(ACTIVATIONS)}.")
        if not self.readout and (self.steps, self.channels[1]) != (1, 1):
            raise InputError("A network without a read-out looks one step ahead and has one channel: features=(a, 1).")
        if self.tied and self.channels[1] != 1:
            raise InputError(f"Tied blocks pass one channel on, not {self.channels[1]}: choose features=(a, 1).")
        super().__post_init__()

    @property
    def channels(self) -> tuple[int, int]:
        """(a, b): channels of the 3x3 and of the 1x1 convolution of each block."""
        return self.features if self.features is not None else (2 * self.width, self.width)

    @nn.compact
    def __call__(self, boards: Float[Array, "*batch height width"]) -> Float[Array, "*batch out_height out_width"]:
        """Logits that each cell is alive `steps` generations later.

        Args:
            boards: 0/1 cells as floats, shape (..., height, width).

        Returns:
            Logits of the same shape; with padding "valid" each side is 2 * steps shorter.
        """
        a, b = self.channels
        x = boards[..., None]
        for block in range(self.steps):
            if block == 0 or not self.tied:
                wide = self._conv(a, 3, x.shape[-1], f"block{block}_3x3")
                narrow = self._conv(b, 1, a, f"block{block}_1x1")
                after_wide = _Activation(self.activation, name=f"block{block}_3x3_slope")
                after_narrow = _Activation(self.activation, name=f"block{block}_1x1_slope") if self.readout else _same
            x = after_narrow(narrow(after_wide(wide(x))))
        return self._conv(1, 1, b, "readout")(x)[..., 0] if self.readout else x[..., 0]

    def _conv(self, features: int, size: int, channels_in: int, name: str) -> nn.Conv:
        last = "readout" if self.readout else "block0_1x1"
        bias = nn.initializers.constant(self.output_bias) if name == last else nn.initializers.zeros
        if self.initialiser == "pytorch":
            bound = (size * size * channels_in) ** -0.5

            def bias(key: Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> Array:
                return jax.random.uniform(key, shape, dtype, -bound, bound)

        return nn.Conv(
            features,
            (size, size),
            padding=PADDINGS[self.padding] if size > 1 else "VALID",
            kernel_init=INITIALISERS[self.initialiser],
            bias_init=bias,
            precision="highest",  # TF32 or bfloat16 would silently turn proofs into guesses on an accelerator
            name=name,
        )


def initial_parameters(net: LifeNet, key: Array) -> Parameters:
    """Draw initial weights: a plain pytree of float32 arrays, kernels (h, w, in, out) and biases (out,)."""
    # A window is the smallest input that every padding accepts; parameters do not depend on the board's size.
    side = 2 * net.steps + 1
    return net.init(key, jnp.zeros((1, side, side), jnp.float32))["params"]


def logits(net: LifeNet, params: Parameters, boards: Float[Array, "*batch h w"]) -> Float[Array, "*batch oh ow"]:
    """Apply a network: logits (..., height, width) of boards (..., height, width) given as floats."""
    return net.apply({"params": params}, boards)


def parameter_count(net: LifeNet) -> int:
    """How many parameters (weights and biases) a network has, from its shapes alone.

    Returns:
        n (9 c a + a + a b + b) + b + 1, where c = 1 in the first block and b after it; b + 1 fewer without a read-out,
        those of one block for all if tied, and one more per activated layer, or per channel of it, if the activation
        is learned.
    """
    a, b = net.channels
    blocks = 1 if net.tied else net.steps
    layers = blocks * (9 * b * a + a + a * b + b) - 9 * (b - 1) * a  # the first block reads one channel
    activated = (a, b) if net.readout else (a,)
    shapes = [slope_shape(net.activation, channels) for channels in activated]
    slopes = blocks * sum(prod(shape) for shape in shapes if shape is not None)
    return layers + slopes + (b + 1 if net.readout else 0)


def untie(net: LifeNet, params: Parameters) -> Parameters:
    """The parameters, every block by its own name: those of a network that is not tied are given back as they are."""
    if not net.tied:
        return params
    first = {name.removeprefix("block0"): layer for name, layer in params.items() if name.startswith("block0")}
    return {**params, **{f"block{i}{name}": layer for i in range(net.steps) for name, layer in first.items()}}


def slope_of(params: Parameters, layer: str) -> Any:
    """The learned slope of the activation after a layer, () or (channels,), None where it has none."""
    return params.get(f"{layer}_slope", {}).get("slope")


def steps_of(params: Parameters) -> int:
    """How many blocks, and so how many steps ahead, a parameter pytree has."""
    return sum(name.endswith("_3x3") for name in params)
