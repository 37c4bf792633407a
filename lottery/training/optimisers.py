"""Optimisers by name, with the hyperparameters that their papers or PyTorch take by default."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from gol.errors import InputError
from lottery.networks.lifenet import Parameters

OPTIMISERS: dict[str, Callable[[float], optax.GradientTransformation]] = {
    "adam": optax.adam,
    "adamw": lambda rate: optax.adamw(rate, weight_decay=1e-2),  # PyTorch's default decay
    "nadam": optax.nadam,
    "rmsprop": lambda rate: optax.rmsprop(rate, decay=0.99),  # PyTorch's default decay
    "momentum": lambda rate: optax.sgd(rate, momentum=0.9),
    "sgd": optax.sgd,
}


def penalty(params: Parameters, l1: float, l2: float) -> Float[Array, ""]:
    """l1 sum |w| + l2 sum w^2 over all kernels; biases and slopes are free.

    Raises:
        InputError: where no parameter is called "kernel".
    """
    kernels = [leaf for path, leaf in jax.tree.leaves_with_path(params) if path[-1].key == "kernel"]
    if not kernels:
        raise InputError("l1 and l2 are penalties on kernels, and no parameter of this network is called kernel.")
    return sum((l1 * jnp.sum(jnp.abs(w)) + l2 * jnp.sum(w * w) for w in kernels), start=jnp.zeros((), kernels[0].dtype))
