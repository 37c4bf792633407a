"""The networks of Springer and Kenyon (2020) that predict a Game of Life board n steps ahead.

Much of the package computes from the parameters of a `LifeNet` what the network would answer, without calling it. Any
other network, also one whose class derives from `LifeNet`, is called; `is_lifenet` tells them apart.
"""

from collections.abc import Callable
from math import prod
from typing import Any, TypeAlias

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gol.errors import InputError
from lottery.inputs import numerics
from lottery.inputs.plain_types import check_types
from lottery.networks.activations import ACTIVATIONS, SLOPE, slope_shape
from lottery.networks.trees import size

# A plain pytree: {"block0_3x3": {"kernel", "bias"}, "block0_1x1": ..., "readout": ...}, and with a learned activation
# {"block0_3x3_slope": {"slope"}, ...} too.
Parameters = Any

# What is trained and certified: any flax module that maps boards (batch, height, width), floats 0 and 1, to logits of
# the same shape, and has `steps` (how many generations ahead it predicts) and, unless it is for a torus, `padding`.
Network: TypeAlias = nn.Module

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
        initialiser: of the weights, a name of `lottery.networks.lifenet.INITIALISERS`; "glorot" (uniform) is our
            choice where the paper is silent.
        activation: between the layers, a name of `lottery.networks.activations.ACTIVATIONS`.
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
        check_types(self, LifeNet)
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


def methods(net: Network) -> tuple[tuple[str, Any], ...]:
    """The methods and properties of a network's classes, by name: what has to be equal for two to compute the same."""
    own = [kind for kind in type(net).__mro__ if kind not in nn.Module.__mro__]
    found = [item for kind in own for item in vars(kind).items()]
    return tuple((name, value) for name, value in found if callable(value) or isinstance(value, property))


_METHODS = methods(LifeNet())


def is_lifenet(net: Network) -> bool:
    """Whether a network computes what its parameters say: a `LifeNet`, neither derived from it nor changed."""
    return type(net) is LifeNet and methods(net) == _METHODS


def require_lifenet(net: Network, what: str) -> None:
    """Refuse a network that may compute something other than its parameters say.

    Args:
        net: the network.
        what: is asked of it, the subject of a sentence.

    Raises:
        InputError: where it is no `LifeNet`.
    """
    if not is_lifenet(net):
        raise InputError(
            f"{what} can be had for a LifeNet as it comes, not for {type(net).__name__}, which may compute otherwise."
        )


def describe(net: Network) -> dict[str, Any]:
    """The name of a network's class and its settings, as plain JSON values."""
    settings = {name: getattr(net, name) for name in net.__dataclass_fields__ if name not in ("parent", "name")}
    plain = (bool, int, float, str, type(None))
    return {"class": type(net).__qualname__} | {
        name: value if isinstance(value, plain) else repr(value) for name, value in settings.items()
    }


def padding_of(net: Network) -> str:
    """What a network takes to be beyond the edge of a board: its `padding`, or "torus" where it has none."""
    return getattr(net, "padding", "torus")


def initial_parameters(net: Network, key: Array) -> Parameters:
    """Draw initial weights: a plain pytree of float32 arrays, for a LifeNet kernels (h, w, in, out) and biases (out,).

    Raises:
        InputError: for a network that keeps more than parameters.
    """
    # A window is the smallest input that every padding accepts; a LifeNet's parameters do not depend on the size.
    side = 2 * net.steps + 1 if is_lifenet(net) else max(32, 2 * net.steps + 1)
    with numerics.pinned():
        found = net.init(key, jnp.zeros((1, side, side), jnp.float32))
    if set(found) != {"params"}:
        raise InputError(
            f"{type(net).__name__} keeps {', '.join(sorted(found)) or 'nothing'}: it has to have parameters alone."
        )
    return found["params"]


def logits(net: Network, params: Parameters, boards: Float[Array, "*batch h w"]) -> Float[Array, "*batch oh ow"]:
    """Apply a network: logits (..., height, width) of boards (..., height, width) given as floats."""
    return net.apply({"params": params}, boards)


def parameter_count(net: Network) -> int:
    """How many parameters (weights and biases) a network has, from its shapes alone.

    Returns:
        For a LifeNet n (9 c a + a + a b + b) + b + 1, where c = 1 in the first block and b after it; b + 1 fewer
        without a read-out, those of one block for all if tied, and one more per activated layer, or per channel of it,
        if the activation is learned.
    """
    if not is_lifenet(net):
        shapes = jax.eval_shape(lambda key: initial_parameters(net, key), numerics.key(0))
        return size(shapes)
    a, b = net.channels
    blocks = 1 if net.tied else net.steps
    layers = blocks * (9 * b * a + a + a * b + b) - 9 * (b - 1) * a  # the first block reads one channel
    activated = (a, b) if net.readout else (a,)
    learned = [slope_shape(net.activation, channels) for channels in activated]
    slopes = blocks * sum(prod(shape) for shape in learned if shape is not None)
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
