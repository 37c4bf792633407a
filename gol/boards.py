"""Random boards: soups of one density, or each board with a density of its own."""

import math
import operator
from collections.abc import Sequence
from functools import partial
from typing import SupportsIndex

import jax
import jax.numpy as jnp
from jaxtyping import Float32, Key, UInt8, UInt32

from gol.errors import InputError
from gol.packed import BITS, unpack

ROUNDS = 13
"""Rounds of Threefry-2x32 for cells. Its authors' Random123 has 20 and says of fewer (threefry.h): "As of September
2011, the authors know of no statistical flaws with ROUNDS=13 or more for Threefry2x32." Boards need no wider margin
than that, and a third of the arithmetic is saved."""
TURNS, CALLS = 2, 3
"""A cell's bits are compared in a loop of TURNS, each of which calls the generator CALLS times for two words each."""
OWN_BITS = 1 + 2 * TURNS * CALLS
"""Random bits that are a cell's own; the call before the loop gives one of them, and a word that 32 cells share."""

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
"""By how many places threefry rotates, round after round."""

RandomKey = Key[jax.Array, ""] | UInt32[jax.Array, "_"]


def random_boards(
    key: RandomKey, shape: Sequence[SupportsIndex], density: float | None = None
) -> UInt8[jax.Array, "*batch height width"]:
    """Draw boards whose cells are alive independently of each other (see `_bernoulli_words` for how nearly).

    Args:
        key: a jax random key. One key gives the same boards on every device.
        shape: (..., height, width).
        density: the probability of a live cell in every board, in [0, 1]; None draws one from U(0, 1) for each board,
            as in Springer & Kenyon 2020 (arXiv 2009.01398). Taken as float32 and met to 2**-45.

    Returns:
        Cells 0 or 1.

    Raises:
        InputError: where the density is outside [0, 1] or the shape has fewer than two axes or a negative one.
    """
    sides = tuple(operator.index(side) for side in shape)
    if len(sides) < 2 or min(sides) < 0:
        raise InputError(f"the shape of random boards is (..., height, width) without negative sides, not {sides}")
    if density is not None and not 0 <= density <= 1:
        raise InputError(f"a density lies between 0 and 1, not at {density}")
    return _draw(key, sides, None if density is None else jnp.float32(density))


@partial(jax.jit, static_argnames="shape")
def _draw(
    key: RandomKey, shape: tuple[int, ...], density: Float32[jax.Array, ""] | None
) -> UInt8[jax.Array, "*batch height width"]:
    for_cells, for_densities = jax.random.split(key)
    boards = math.prod(shape[:-2])
    if density is None:
        p = jax.random.uniform(for_densities, (boards,), jnp.float32)
    else:
        p = jnp.broadcast_to(density, (boards,))
    words = _bernoulli_words(for_cells, p, shape[-2], -(-shape[-1] // BITS))
    return unpack(words, shape[-1]).reshape(shape)


def _bernoulli_words(
    key: RandomKey, p: Float32[jax.Array, "boards"], height: int, words: int
) -> UInt32[jax.Array, "boards height words"]:
    """Words whose bits are 1 with the probability of their board.

    A cell lives where a random number is below its board's probability. Its first OWN_BITS bits are the cell's own, the
    32 after them are one word shared by the cells of a word, which matters to two of them at once only where the first
    bits of both equal the probability's. So every cell has the probability asked for, to 2**(-OWN_BITS - 32), and two
    cells of a word have a covariance of at most 2**(-2 * OWN_BITS - 2), those of different words none.

    32 cells are compared at once, bit by bit from the lowest: the comparison so far survives where probability and
    number agree, which is a majority.
    """
    shape = (p.shape[0], height, words)
    board, row, word = (jax.lax.broadcasted_iota(jnp.uint32, shape, axis) for axis in range(3))
    seed = jax.random.bits(key, (2,), jnp.uint32)
    scaled = (p * jnp.float32(2**OWN_BITS))[:, None, None]  # exact, as is what is left after the point
    threshold = jnp.floor(scaled).astype(jnp.uint32)
    rest = ((scaled - jnp.floor(scaled)) * jnp.float32(2**32)).astype(jnp.uint32)

    def draw(call: UInt32[jax.Array, ""]) -> tuple[UInt32[jax.Array, "*shape"], UInt32[jax.Array, "*shape"]]:
        counter = (board * jnp.uint32(height) + row, word * jnp.uint32(1 + TURNS * CALLS) + call)
        return threefry((seed[0], seed[1]), counter, ROUNDS)

    def compare(
        number: UInt32[jax.Array, "*shape"], below: UInt32[jax.Array, "*shape"], place: UInt32[jax.Array, ""]
    ) -> UInt32[jax.Array, "*shape"]:
        bit = -((threshold >> place) & jnp.uint32(1))  # in all places at once
        return (number & (below | bit)) | (below & bit)

    def turn(index: UInt32[jax.Array, ""], below: UInt32[jax.Array, "*shape"]) -> UInt32[jax.Array, "*shape"]:
        for call in range(CALLS):
            done = index * jnp.uint32(CALLS) + jnp.uint32(call)
            for offset, number in enumerate(draw(done + jnp.uint32(1))):
                below = compare(number, below, jnp.uint32(2) * done + jnp.uint32(1 + offset))
        return below

    shared, lowest = draw(jnp.uint32(0))
    below = compare(lowest, -(shared < rest).astype(jnp.uint32), jnp.uint32(0))
    # A loop puts its result in memory; without one XLA would draw every word again for each of the 32 bytes it becomes.
    below = jax.lax.fori_loop(jnp.uint32(0), jnp.uint32(TURNS), turn, below)
    # A probability of 1 is a threshold above all numbers.
    return below | -(threshold >> jnp.uint32(OWN_BITS))


def threefry(
    key: tuple[UInt32[jax.Array, ""], UInt32[jax.Array, ""]],
    counter: tuple[UInt32[jax.Array, "*shape"], UInt32[jax.Array, "*shape"]],
    rounds: int = 20,
) -> tuple[UInt32[jax.Array, "*shape"], UInt32[jax.Array, "*shape"]]:
    """Threefry-2x32, with 20 rounds the generator behind jax's own keys, as plain operations that fuse with their use.

    jax's primitive computes the same (a test holds the two together) but on a CPU goes through memory in every round.

    Args:
        key: two words.
        counter: two words for each pair of random words.
        rounds: how often the words are mixed.

    Returns:
        The random words.

    Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", doi 10.1145/2063384.2063405.
    """
    schedule = (*key, key[0] ^ key[1] ^ jnp.uint32(0x1BD11BDA))
    first, second = counter[0] + schedule[0], counter[1] + schedule[1]
    for turn in range(rounds):
        rotation = ROTATIONS[turn % len(ROTATIONS)]
        first = first + second
        second = first ^ ((second << jnp.uint32(rotation)) | (second >> jnp.uint32(32 - rotation)))
        if turn % 4 == 3:
            group = turn // 4 + 1
            first = first + schedule[group % 3]
            second = second + schedule[(group + 1) % 3] + jnp.uint32(group)
    return first, second
