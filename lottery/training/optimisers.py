"""Optimisers by name, with the hyperparameters that their papers or PyTorch take by default."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from gol.errors import InputError
from lottery.networks.lifenet import Parameters

OPTIMISERS: dict[str, Callable[..., optax.GradientTransformation]] = {
    "adam": optax.adam,
    "adamw": partial(optax.adamw, weight_decay=1e-2),  # PyTorch's default decay
    "nadam": optax.nadam,
    "amsgrad": optax.amsgrad,  # Reddi et al. 2018, arXiv 1904.09237
    "rmsprop": partial(optax.rmsprop, decay=0.99),  # PyTorch's default decay
    "momentum": partial(optax.sgd, momentum=0.9),
    "sgd": optax.sgd,
}
B1 = 0.9  # decay of the first moment of Adam and its kin, as optax has it
# Which settings an optimiser takes beside its rate, and what it calls them.
_OF_ADAM = {"epsilon": "eps", "b2": "b2"}
TAKES: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("adam", "adamw", "nadam", "amsgrad"), _OF_ADAM),
    "rmsprop": {"epsilon": "eps"},
}


def make_optimiser(settings: Any) -> optax.GradientTransformation:
    """The optimiser that the settings of a training name, after a clip of the gradient where they ask for one.

    Args:
        settings: a `TrainSettings`.
    """
    taken = {its: getattr(settings, ours) for ours, its in TAKES.get(settings.optimiser, {}).items()}
    optimiser = OPTIMISERS[settings.optimiser](settings.learning_rate, **taken)
    return optimiser if settings.clip is None else optax.chain(optax.clip_by_global_norm(settings.clip), optimiser)


def penalty(params: Parameters, l1: float, l2: float) -> Float[Array, ""]:
    """l1 sum |w| + l2 sum w^2 over all kernels; biases and slopes are free.

    Raises:
        InputError: where no parameter is called "kernel".
    """
    kernels = [leaf for path, leaf in jax.tree.leaves_with_path(params) if path[-1].key == "kernel"]
    if not kernels:
        raise InputError("l1 and l2 are penalties on kernels, and no parameter of this network is called kernel.")
    return sum((l1 * jnp.sum(jnp.abs(w)) + l2 * jnp.sum(w * w) for w in kernels), start=jnp.zeros((), kernels[0].dtype))
