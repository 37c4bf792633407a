"""The fused arrangement behind the engine's interface: networks are shared out over the cores, one at a time each."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from lottery.inputs import numerics
from lottery.networks.lifenet import LifeNet
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.training import batches
from lottery.training.fused import network
from lottery.training.fused.loss import series
from lottery.training.fused.weights import flatten, unflatten
from lottery.training.schedules import rate_factor
from lottery.training.settings import TrainSettings

NINE_TABLES_FROM = 16  # features of the second 3x3 from which nine tables are faster than the convolution (docs)
BITS = NEIGHBOURHOODS.T


def network_shape(net: LifeNet, settings: TrainSettings) -> network.Shape:
    """What the kernels have to know about a network and its boards."""
    a, b = net.channels
    return network.Shape(
        steps=net.steps,
        a=a,
        b=b,
        side=settings.board,
        torus=net.padding == "torus",
        squared=settings.loss == "mse",
        nine_tables=net.steps > 1 and a >= NINE_TABLES_FROM,
    )


def scratch(settings: TrainSettings) -> tuple[Any, ...]:
    """A fresh working set of the loss, as `loss_and_slope` wants it."""
    constants, atanh, exponent = series(settings.dtype)
    count = (settings.board - 1) * (settings.board + 2) + settings.board
    return constants, atanh, exponent, np.zeros(count, settings.dtype), np.zeros(count, exponent.dtype)


def make_advance(net: LifeNet, settings: TrainSettings, frozen: bool = False) -> Callable[..., Any]:
    """(State by groups of one, bank, screen, first update) -> (State, losses, wrong), as `Engine.advance` does.

    The batches are those of the other arrangements: the rows of the bank are drawn by the same function of the keys.
    A network's numbers do not depend on the others', nor on how many cores there are.
    """
    shape = network_shape(net, settings)
    adam = network.Adam(b1=0.9, b2=0.999, eps=1e-8)
    bits = np.ascontiguousarray(BITS, settings.dtype)

    @jax.jit
    def draw(keys: Array, first: Array) -> Array:
        times = first + jnp.arange(settings.check_every, dtype=first.dtype)
        wrapped = numerics.wrap(keys[:, 0])
        return jax.vmap(lambda key: jax.vmap(lambda time: batches.draws(key, time, settings))(times))(wrapped)

    def rates(ahead: Any, first: Array) -> np.ndarray:
        """Learning rates (networks, updates); `ahead` as in `State`."""
        times = int(first) + np.arange(settings.check_every, dtype=np.int32) + np.asarray(ahead)
        factor = rate_factor(jnp.asarray(times), settings.schedule, settings.updates, settings.final_rate)
        return (settings.learning_rate * np.asarray(factor, np.float64)).astype(settings.dtype)

    def advance(state: Any, source: batches.Batch, screen: batches.Batch, first: Array) -> Any:
        codes, targets = (np.asarray(leaf) for leaf in source)
        screened = [np.asarray(leaf) for leaf in screen]
        rows = np.asarray(draw(jnp.asarray(state.keys), first))
        moments = state.optimizer[0]
        params, masks, mu, nu = (
            flatten(net, jax.tree.map(lambda leaf: np.asarray(leaf)[:, 0], tree))
            for tree in (state.params, state.masks, moments.mu, moments.nu)
        )
        counts = np.asarray(moments.count)
        still = np.zeros((len(params), 1), np.int32)  # a constant rate has no clock
        rate = rates(still if state.ahead is None else state.ahead, first)
        held = np.ones_like(masks) if frozen else masks  # what the network computes with is the weights times this

        def one(index: int) -> tuple[float, int]:
            weights = params[index], mu[index], nu[index], masks[index], held[index], rate[index]
            loss = network.train(
                *weights, int(counts[index, 0]), adam, shape, bits, codes, targets, rows[index], scratch(settings)
            )
            return loss, network.wrong_cells(params[index], held[index], shape, bits, *screened)

        with ThreadPoolExecutor(os.cpu_count()) as cores:
            losses, wrong = zip(*cores.map(one, range(len(params))), strict=True)

        def grouped(flat: np.ndarray) -> Any:
            return jax.tree.map(lambda leaf: leaf[:, None], unflatten(net, flat))

        moments = moments._replace(count=counts + np.int32(len(rows[0])), mu=grouped(mu), nu=grouped(nu))
        state = state._replace(params=grouped(params), optimizer=(moments, *state.optimizer[1:]))
        return state, np.array(losses, settings.dtype)[:, None], np.array(wrong, np.int32)[:, None]

    return advance
