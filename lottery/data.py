"""Where batches come from: a renewed bank of boards, boards of one's own, or one stream shared by all.

Keys. A run's seed gives one key; replicate r has `fold_in(key, r)`, from which its initial weights and its sequence of
batches follow, so that replicate 17 is the same network alone or among others. Banks depend on the seed and on their
epoch (update // bank_updates) only.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

import gol
from lottery.settings import TrainSettings

# What a replicate's key is folded with, one number per purpose.
INITIAL, DATA, CONTROL = 0, 1, 2
_BANK, _SCREEN, _SHARED = 2**31 - 1, 2**31 - 2, 2**31 - 3

Batch = Any  # (weights (512,),) on patterns; (boards, targets) of shape (batch, height, width) on boards


def replicate_key(seed: int, replicate: int, purpose: int) -> Array:
    """The key of one replicate for one purpose (INITIAL, DATA or CONTROL)."""
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), replicate), purpose)


def data_keys(seed: int, replicates: list[int], stream: str) -> np.ndarray:
    """Raw keys (replicates, 2) uint32 of the sequences of batches; all alike where the stream is shared."""
    if stream == "shared":
        shared = jax.random.key_data(jax.random.fold_in(jax.random.key(seed), _SHARED))
        return np.tile(np.asarray(shared), (len(replicates), 1))
    keys = jax.vmap(lambda replicate: jax.random.key_data(_data_key(seed, replicate)))(jnp.asarray(replicates))
    return np.asarray(keys)


def _data_key(seed: int, replicate: Array) -> Array:
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), replicate), DATA)


def topology_of(padding: str) -> str:
    """The simulator's topology that a network's padding can be exact on."""
    return "torus" if padding == "torus" else "plane"


@partial(jax.jit, static_argnames=("settings", "steps", "topology", "patterns"))
def bank(
    seed: int | Array, epoch: int | Array, settings: TrainSettings, steps: int, topology: str, patterns: bool
) -> Batch:
    """A bank of boards, ready for training.

    Returns:
        On patterns (histograms,), uint16 counts of the 512 neighbourhood codes, shape (bank_boards, 512); on boards
        (boards, targets), uint8 (bank_boards, board, board), where targets are `steps` generations later.
    """
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), _BANK), epoch)
    return _prepare(key, settings.bank_boards, settings, steps, topology, patterns)


@partial(jax.jit, static_argnames=("settings", "steps", "topology"))
def screen(seed: int | Array, settings: TrainSettings, steps: int, topology: str) -> Batch:
    """The boards and targets that a network of two or more steps has to get right before it is certified."""
    key = jax.random.fold_in(jax.random.key(seed), _SCREEN)
    return _prepare(key, settings.screen_boards, settings, steps, topology, patterns=False)


def _prepare(key: Array, count: int, settings: TrainSettings, steps: int, topology: str, patterns: bool) -> Batch:
    boards = gol.random_boards(key, (count, settings.board, settings.board), settings.density)
    if patterns:
        return (gol.neighbourhood_histogram(boards, topology).astype(jnp.uint16),)
    return boards, gol.evolve(boards, steps, settings.rule, topology)


def draws(key: Array, update: Array, settings: TrainSettings) -> Array:
    """What one replicate needs for one batch: rows of the bank (batch,), or a key where its boards are its own."""
    key = jax.random.fold_in(key, update)
    if settings.stream == "own":
        return jax.random.key_data(key)
    return jax.random.randint(key, (settings.batch,), 0, settings.bank_boards, jnp.int32)


def batch(
    source: Batch, drawn: Array, settings: TrainSettings, steps: int, topology: str, patterns: bool, dtype: Any
) -> Batch:
    """One batch of one replicate, ready for the loss, in the floating-point type of training.

    On patterns the weights are the summed histograms of the batch's boards over its number of cells.
    """
    if settings.stream == "own":
        rows = _prepare(jax.random.wrap_key_data(drawn), settings.batch, settings, steps, topology, patterns)
    else:
        rows = jax.tree.map(lambda leaf: leaf[drawn], source)
    if not patterns:
        return jax.tree.map(lambda leaf: leaf.astype(dtype), rows)
    cells = settings.batch * settings.board * settings.board
    return (jnp.sum(rows[0].astype(dtype), axis=0) / cells,)
