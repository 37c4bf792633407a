"""Activation functions by name: for training in jax, and for certificates in numpy, held together by a test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gol.errors import InputError
from lottery.inputs.registries import register

LEAK = 0.01  # of leaky_relu, PyTorch's default
SLOPE = 0.25  # that prelu starts from: He et al. 2015 (arXiv 1502.01852), section 2.1


@dataclass(frozen=True)
class Activation:
    """An elementwise function between two layers.

    Attributes:
        train: (x, slope) -> values, jax arrays; `slope` is the layer's own parameter, None where it has none.
        check: the same on numpy arrays, in their dtype.
        learned: whether every layer that is followed by it has a parameter "slope": "layer" (one number), "channel"
            (one for each of its channels), or "" (none).
    """

    train: Callable[[Any, Any], Any]
    check: Callable[[Any, Any], Any]
    learned: str = ""


def _plain(train: Callable[[Any], Any], check: Callable[[Any], Any]) -> Activation:
    return Activation(lambda x, _: train(x), lambda x, _: check(x))


def _prelu(learned: str) -> Activation:
    def train(x: Any, slope: Any) -> Any:
        return jnp.where(x >= 0, x, jnp.expand_dims(slope, tuple(range(x.ndim - slope.ndim))) * x)

    return Activation(train, lambda x, slope: np.where(x >= 0, x, slope * x), learned)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


ACTIVATIONS: dict[str, Activation] = {
    "relu": _plain(jax.nn.relu, lambda x: np.maximum(x, 0)),
    "leaky_relu": _plain(
        lambda x: jnp.where(x >= 0, x, LEAK * x), lambda x: np.where(x >= 0, x, x.dtype.type(LEAK) * x)
    ),
    "prelu": _prelu("layer"),
    "silu": _plain(jax.nn.silu, lambda x: x * _sigmoid(x)),
    "celu": _plain(jax.nn.celu, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    "tanh": _plain(jnp.tanh, np.tanh),
    "sigmoid": _plain(jax.nn.sigmoid, _sigmoid),
    "square": _plain(lambda x: x * x, lambda x: x * x),
    "sine": _plain(jnp.sin, np.sin),
    "prelu_channels": _prelu("channel"),
}


def slope_shape(activation: str, channels: int) -> tuple[int, ...] | None:
    """The shape of the slopes that are learned after a layer of so many channels, None where none are."""
    return {"layer": (), "channel": (channels,)}.get(ACTIVATIONS[activation].learned)


def register_activation(name: str, activation: Activation) -> None:
    """Add an activation of one's own, which `LifeNet` and certificates then know by its name.

    Args:
        name: a new one; it stands for the activation in the identity of a run and in saved networks.
        activation: the function, for training in jax and for proofs in numpy.

    Raises:
        InputError: for a name that is taken, unknown slopes, or where the two functions differ.
    """
    if activation.learned not in ("", "layer", "channel"):
        raise InputError(f"learned is {activation.learned!r}: it is layer, channel or empty.")
    x = np.linspace(-3, 3, 25, dtype=np.float32)
    slope = np.float32(SLOPE) if activation.learned else None
    trained = activation.train(jnp.asarray(x), None if slope is None else jnp.asarray(slope))
    checked = activation.check(x, slope)
    if np.shape(trained) != x.shape or not np.allclose(trained, checked, rtol=1e-4, atol=1e-5, equal_nan=True):
        raise InputError(f"The activation {name!r} is not the same function in training and in certificates.")
    register(ACTIVATIONS, "activation", name, activation)
