"""Where batches come from: a renewed bank of boards, boards of one's own, one stream shared by all, or no boards.

Keys. A run's seed gives one key; replicate r has `fold_in(key, r)`, from which its initial weights and its sequence of
batches follow, so that replicate 17 is the same network alone or among others. Banks depend on the seed and on their
epoch (update // bank_updates) only.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

import gol
from gol.errors import InputError
from lottery.inputs import numerics
from lottery.networks.neighbourhoods import risk_weights
from lottery.training.settings import TrainSettings

# What a replicate's key is folded with, one number per purpose.
INITIAL, DATA, CONTROL = 0, 1, 2
SCORES = 2**20  # beyond the levels that CONTROL is added to
NOISE = 2**20  # folded into the key of a batch
COPIES = 2**21  # added to the number of a replicate's further sequences of batches
_BANK, _SCREEN, _SHARED = 2**31 - 1, 2**31 - 2, 2**31 - 3

# A batch, and what it is made of, come in three forms:
#   histograms  (counts of the 512 codes,); a batch is (weights (512,),), which sum to 1
#   codes       (neighbourhood codes, targets), each (batch, height, width)
#   boards      (boards, targets), each (batch, height, width)
Batch = Any


def replicate_key(seed: int, replicate: int | Array, purpose: int | Array) -> Array:
    """The key of one replicate for one purpose (INITIAL, DATA or CONTROL)."""
    return jax.random.fold_in(jax.random.fold_in(numerics.key(seed), replicate), purpose)


def data_keys(seed: int, replicates: list[int], stream: str, copies: list[int] | None = None) -> np.ndarray:
    """Raw keys (replicates, 2) uint32 of the sequences of batches; all alike where the stream is shared.

    Args:
        seed: of the run.
        replicates: their numbers.
        stream: as in `TrainSettings`.
        copies: which of its sequences each replicate sees: 0, by default, is the usual one.

    Raises:
        InputError: where a stream that is the same for all is to have several sequences.
    """
    copies = [0] * len(replicates) if copies is None else copies
    if any(copies) and stream in ("shared", "risk"):
        raise InputError(f"With the stream {stream!r} all see the same batches: copies have to be 0.")
    if stream == "shared":
        shared = jax.random.key_data(jax.random.fold_in(numerics.key(seed), _SHARED))
        return np.tile(np.asarray(shared), (len(replicates), 1))
    purposes = [COPIES + copy if copy else DATA for copy in copies]
    of_one = jax.vmap(lambda replicate, purpose: jax.random.key_data(replicate_key(seed, replicate, purpose)))
    return np.asarray(of_one(jnp.asarray(replicates), jnp.asarray(purposes)))


@partial(jax.jit, static_argnames=("settings", "steps", "topology", "form"))
def bank(seed: int | Array, epoch: int | Array, settings: TrainSettings, steps: int, topology: str, form: str) -> Batch:
    """A bank of boards, ready for training.

    Returns:
        As histograms (counts,), uint16 (bank_boards, 512); as codes or boards (codes or boards, targets), uint16 or
        uint8 (bank_boards, board, board), where targets are `steps` generations later; of the exact risk (weights,),
        floats (512,), always the same.
    """
    if settings.stream == "risk":
        return (jnp.asarray(risk_weights(settings.density), jnp.result_type(float)),)
    key = jax.random.fold_in(jax.random.fold_in(numerics.key(seed), _BANK), epoch)
    return _prepare(key, settings.bank_boards, settings, steps, topology, form)


@partial(jax.jit, static_argnames=("settings", "steps", "topology", "form"))
def screen(seed: int | Array, settings: TrainSettings, steps: int, topology: str, form: str = "boards") -> Batch:
    """The boards and targets that a network of two or more steps has to get right before it is certified."""
    key = jax.random.fold_in(numerics.key(seed), _SCREEN)
    return _prepare(key, settings.screen_boards, settings, steps, topology, form)


def _prepare(key: Array, count: int, settings: TrainSettings, steps: int, topology: str, form: str) -> Batch:
    boards = gol.random_boards(key, (count, settings.board, settings.board), settings.density)
    if form == "histograms":
        return (gol.neighbourhood_histogram(boards, topology).astype(jnp.uint16),)
    after = gol.evolve(boards, steps, settings.rule, topology)
    return (gol.neighbourhood_codes(boards, topology).astype(jnp.uint16) if form == "codes" else boards), after


def draws(key: Array, update: Array, settings: TrainSettings) -> Array:
    """What one replicate needs for one batch: rows of the bank (batch,), or a key where its boards are its own."""
    key = jax.random.fold_in(key, update)
    if settings.stream in ("own", "risk"):
        return jax.random.key_data(key)
    return jax.random.randint(key, (settings.batch,), 0, settings.bank_boards, jnp.int32)


def of_each(function: Callable[[Array, Array], Array], keys: Array, times: Array) -> Array:
    """A function of (key, update), such as `draws`, for every update and replicate: (times, replicates, ...)."""
    return jax.vmap(lambda time: jax.vmap(lambda key: function(key, time))(keys))(times)


def noise_key(key: Array, update: Array) -> Array:
    """The key of what one replicate draws in one update beside its batch."""
    return jax.random.fold_in(jax.random.fold_in(key, update), NOISE)


def batch(
    source: Batch, drawn: Array, settings: TrainSettings, steps: int, topology: str, form: str, dtype: Any
) -> Batch:
    """One batch of one replicate, ready for the loss: all but codes in the floating-point type of training.

    The weights of patterns are the summed histograms of the batch's boards over its number of cells.
    """
    if settings.stream == "risk":
        return jax.tree.map(lambda leaf: leaf.astype(dtype), source)
    if settings.stream == "own":
        rows = _prepare(numerics.wrap(drawn), settings.batch, settings, steps, topology, form)
    else:
        rows = jax.tree.map(lambda leaf: leaf[drawn], source)
    if form != "histograms":
        cells, after = rows
        return cells.astype(jnp.int32 if form == "codes" else dtype), after.astype(dtype)
    cells = settings.batch * settings.board * settings.board
    return (jnp.sum(rows[0].astype(dtype), axis=0) / cells,)
