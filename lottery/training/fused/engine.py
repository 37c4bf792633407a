"""The fused arrangement behind the engine's interface: networks are shared out over the cores, one at a time each."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

import gol
from lottery.inputs import numerics
from lottery.networks.lifenet import LifeNet
from lottery.training import batches
from lottery.training.fused import network, one_step
from lottery.training.fused.denormals import flush_denormals
from lottery.training.fused.loss import series
from lottery.training.fused.memory import Shape, reserve
from lottery.training.fused.weights import flatten, unflatten
from lottery.training.optimisers import B1
from lottery.training.schedules import rate_factor
from lottery.training.settings import TrainSettings

NINE_TABLES_FROM = 10  # features of the second 3x3 from which nine tables are faster than the convolution (docs)


def network_shape(net: LifeNet, settings: TrainSettings) -> Shape:
    """What the kernels have to know about a network and its boards."""
    a, b = net.channels
    return Shape(
        steps=net.steps,
        a=a,
        b=b,
        side=settings.board,
        torus=net.padding == "torus",
        squared=settings.loss == "mse",
        nine_tables=net.steps > 1 and a >= NINE_TABLES_FROM,
    )


def adam_of(settings: TrainSettings) -> network.Adam:
    """The hyperparameters of Adam as the kernels take them."""
    return network.Adam(b1=B1, b2=float(settings.b2), eps=float(settings.epsilon))


def scratch(settings: TrainSettings) -> tuple[Any, ...]:
    """A fresh working set of the loss of one step, as `loss_and_slope` wants it."""
    constants, atanh, whole = series(settings.dtype)
    return constants, atanh, np.zeros(one_step.PATTERNS, settings.dtype), np.zeros(one_step.PATTERNS, whole.dtype)


class Flat(NamedTuple):
    """Networks as the kernels take them: every leaf has the networks as its leading axis, and is trained in place."""

    params: np.ndarray
    mu: np.ndarray
    nu: np.ndarray
    masks: np.ndarray
    held: np.ndarray  # what weights are multiplied with before the network computes
    rates: np.ndarray  # of every update
    done: np.ndarray  # updates before


# (networks, bank, screen, rows of the bank) -> losses and wrong answers of the networks, which are trained in place.
Kernels = Callable[[Flat, batches.Batch, batches.Batch, np.ndarray], tuple[np.ndarray, np.ndarray]]


def make_advance(net: LifeNet, settings: TrainSettings, arrangement: str, frozen: bool = False) -> Callable[..., Any]:
    """(State by groups of one, bank, screen, first update) -> (State, losses, wrong), as `Engine.advance` does.

    The batches are those of the other arrangements: the rows of the bank are drawn by the same function of the keys.
    A network's numbers do not depend on the others', nor on how many cores there are.
    """
    kernels = {"fused_patterns": _on_patterns, "fused": _on_boards}[arrangement](net, settings)

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
        rows = np.asarray(draw(jnp.asarray(state.keys), first))
        moments = state.optimizer[0]
        params, masks, mu, nu = (
            flatten(net, jax.tree.map(lambda leaf: np.asarray(leaf)[:, 0], tree))
            for tree in (state.params, state.masks, moments.mu, moments.nu)
        )
        counts = np.asarray(moments.count)
        still = np.zeros((len(params), 1), np.int32)  # a constant rate has no clock
        rate = rates(still if state.ahead is None else state.ahead, first)
        held = np.ones_like(masks) if frozen else masks
        networks = Flat(params, mu, nu, masks, held, np.broadcast_to(rate, rows.shape[:2]).copy(), counts[:, 0])
        losses, wrong = kernels(networks, source, screen, rows)

        def grouped(flat: np.ndarray) -> Any:
            return jax.tree.map(lambda leaf: leaf[:, None], unflatten(net, flat))

        moments = moments._replace(count=counts + np.int32(len(rows[0])), mu=grouped(mu), nu=grouped(nu))
        state = state._replace(params=grouped(params), optimizer=(moments, *state.optimizer[1:]))
        return state, losses.astype(settings.dtype)[:, None], wrong.astype(np.int32)[:, None]

    return advance


def _cores() -> ThreadPoolExecutor:
    """A thread for every core, whose kernels take numbers too small for a normal float as zero."""
    return ThreadPoolExecutor(os.cpu_count(), initializer=flush_denormals)


def _on_boards(net: LifeNet, settings: TrainSettings) -> Kernels:
    """The kernels of any number of steps, which take one network at a time to each core."""
    shape, adam = network_shape(net, settings), adam_of(settings)

    def kernels(
        networks: Flat, source: batches.Batch, screen: batches.Batch, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        codes, targets = (np.asarray(leaf) for leaf in source)
        screened = [np.asarray(leaf) for leaf in screen]

        def one(index: int) -> tuple[float, int]:
            *weights, done = (leaf[index] for leaf in networks)
            params, held, work = networks.params[index], networks.held[index], reserve(shape, settings.dtype)
            loss = network.train(*weights, int(done), adam, shape, work, codes, targets, rows[index])
            return loss, network.wrong_cells(params, held, shape, work, *screened)

        with _cores() as cores:
            losses, wrong = zip(*cores.map(one, range(len(rows))), strict=True)
        return np.array(losses), np.array(wrong)

    return kernels


def _on_patterns(net: LifeNet, settings: TrainSettings) -> Kernels:
    """The kernel of one step, which takes several networks at a time to each core: a call costs more than an update."""
    shape, adam = network_shape(net, settings), adam_of(settings)
    answers = gol.truth_table(settings.rule).astype(settings.dtype)

    def kernels(
        networks: Flat, source: batches.Batch, screen: batches.Batch, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        (bank,) = (np.asarray(leaf) for leaf in source)
        losses, wrong = np.zeros(len(rows)), np.zeros(len(rows), np.int64)
        share = -(-len(rows) // (4 * (os.cpu_count() or 1)))

        def some(first: int) -> None:
            last = min(first + share, len(rows))
            one_step.train(*networks, adam, shape, answers, bank, rows, scratch(settings), losses, wrong, first, last)

        with _cores() as cores:
            list(cores.map(some, range(0, len(rows), share)))
        return losses, wrong

    return kernels
