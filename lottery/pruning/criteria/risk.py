"""The loss that criteria differentiate: the exact expected loss for one step on a torus, else that of some boards.

A network that is no LifeNet is called on boards.

Everything is computed in float64, whatever the training's type: scores are computed once, and their order matters.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

import gol
from lottery.inputs import numerics
from lottery.networks.lifenet import Network, Parameters, is_lifenet, methods, padding_of, untie
from lottery.networks.neighbourhoods import risk_weights, topology_of
from lottery.pruning.criteria.context import Context
from lottery.training.losses import boards_loss, patterns_loss, tables_loss

BOARDS = 32  # that the loss is averaged over where it is not known exactly
TOGETHER = 64  # weights or directions that are tried at once on the 512 patterns; boards fill a cache one by one


def is_exact(net: Network) -> bool:
    """Whether the expected loss over all boards is known: for a LifeNet of one step on a torus."""
    return is_lifenet(net) and net.steps == 1 and net.padding == "torus"


@numerics.pinned()
def batch_of(context: Context) -> tuple[np.ndarray, np.ndarray]:
    """What the loss is computed on: (pattern weights, targets), each (512,), or (codes or cells, targets) of boards."""
    net, settings = context.task
    if is_exact(net):
        return risk_weights(settings.density), np.asarray(gol.truth_table(settings.rule), np.float64)
    topology = topology_of(padding_of(net))
    key = numerics.key(int(context.rng.integers(2**31)))
    boards = gol.random_boards(key, (BOARDS, settings.board, settings.board), settings.density)
    after = gol.evolve(boards, net.steps, settings.rule, topology)
    if not is_lifenet(net):
        return np.asarray(boards, np.float64), np.asarray(after, np.float64)
    codes = np.asarray(gol.neighbourhood_codes(boards, topology), np.int32)
    return codes, np.asarray(after, np.float64)


def risk(net: Network, loss: str) -> Callable[[Parameters, Any], Float[Array, ""]]:
    """(parameters, batch as `batch_of` makes them) -> the mean loss."""

    def value(params: Parameters, batch: Any) -> Float[Array, ""]:
        weights_or_codes, targets = batch
        if not is_lifenet(net):
            return boards_loss(net, params, weights_or_codes, targets, loss)
        if is_exact(net):
            return patterns_loss(params, weights_or_codes, targets, loss, net.activation)
        return tables_loss(untie(net, params), weights_or_codes, targets, net.padding, loss, net.activation)

    return value


@lru_cache(maxsize=32)
def _compiled(what: Callable[..., Any], net: Network, loss: str, _: Any) -> Callable[..., Any]:
    return jax.jit(lambda *arguments: what(risk(net, loss), TOGETHER if is_exact(net) else None, *arguments))


def on_risk(what: Callable[..., Any], context: Context, *trees: Parameters) -> Any:
    """Compute something of the loss in float64, compiled once per network and loss.

    Args:
        what: (loss function, how many at once, batch, *trees) -> arrays.
        context: the network.
        trees: pytrees of parameters, numpy arrays.
    """
    net, settings = context.task
    batch = batch_of(context)
    with jax.enable_x64(True):
        typed = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), trees)
        return jax.tree.map(
            np.asarray, _compiled(what, net, settings.loss, methods(net))(jax.tree.map(jnp.asarray, batch), *typed)
        )


def gradient(value: Callable[..., Array], _: int | None, batch: Any, params: Parameters) -> Parameters:
    """dL/dw."""
    return jax.grad(value)(params, batch)


def hessian_times(
    value: Callable[..., Array], _: int | None, batch: Any, params: Parameters, chosen: Parameters
) -> Parameters:
    """H g, where g is the gradient of the chosen weights (1 where chosen) and 0 elsewhere."""
    slope = jax.grad(value)
    direction = jax.tree.map(jnp.multiply, slope(params, batch), chosen)
    return jax.jvp(lambda p: slope(p, batch), (params,), (direction,))[1]


def increases(
    value: Callable[..., Array], together: int | None, batch: Any, params: Parameters, removed: Parameters
) -> Parameters:
    """L(w with one weight replaced) - L(w), for every weight."""
    flat, restore = ravel_pytree(params)
    instead, _ = ravel_pytree(removed)
    before = value(params, batch)

    def without(index: Array) -> Array:
        return value(restore(flat.at[index].set(instead[index])), batch) - before

    return restore(jax.lax.map(without, jnp.arange(flat.size), batch_size=together))


def hessian(value: Callable[..., Array], together: int | None, batch: Any, params: Parameters) -> Float[Array, "p p"]:
    """H, rows and columns in the order of `ravel_pytree`, that of `jax.tree.leaves`."""
    flat, restore = ravel_pytree(params)
    slope = jax.grad(lambda x: value(restore(x), batch))
    return jax.lax.map(
        lambda direction: jax.jvp(slope, (flat,), (direction,))[1], jnp.eye(flat.size), batch_size=together
    )
