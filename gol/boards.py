"""Random boards: soups of one density, or each board with a density of its own."""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Float32, Key, UInt8, UInt32

from gol.errors import InputError
from gol.packed import BITS, unpack

PRECISION = 16
"""Random bits per cell: densities are rounded to multiples of 2**-16, which halves the cost of 32 bits."""
TURNS = 2
"""The comparison is a loop of so many turns."""

RandomKey = Key[jax.Array, ""] | UInt32[jax.Array, "_"]


def random_boards(
    key: RandomKey, shape: tuple[int, ...], density: float | None = None
) -> UInt8[jax.Array, "*batch height width"]:
    """Draw boards whose cells are alive independently of each other.

    Args:
        key: a jax random key. One key gives the same boards on every device.
        shape: (..., height, width).
        density: the probability of a live cell in every board, in [0, 1]; None draws one from U(0, 1) for each board,
            as in Springer & Kenyon 2020 (arXiv 2009.01398). Probabilities are rounded to multiples of 2**-16.

    Returns:
        Cells 0 or 1.

    Raises:
        InputError: where the density is outside [0, 1] or the shape has fewer than two axes or a negative one.
    """
    if len(shape) < 2 or min(shape) < 0:
        raise InputError(f"the shape of random boards is (..., height, width) without negative sides, not {shape}")
    if density is not None and not 0 <= density <= 1:
        raise InputError(f"a density lies between 0 and 1, not at {density}")
    return _draw(key, tuple(shape), None if density is None else jnp.float32(density))


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

    A cell lives where a random number of PRECISION bits is below its board's threshold. 32 cells are compared at once,
    bit by bit from the lowest: the comparison so far survives where threshold and number agree, which is a majority.
    """
    shape = (p.shape[0], height, words)
    board, row, word = (jax.lax.broadcasted_iota(jnp.uint32, shape, axis) for axis in range(3))
    seed = jax.random.bits(key, (2,), jnp.uint32)
    threshold = jnp.round(p * jnp.float32(2**PRECISION)).astype(jnp.uint32)[:, None, None]

    def compare(turn: UInt32[jax.Array, ""], below: UInt32[jax.Array, "*shape"]) -> UInt32[jax.Array, "*shape"]:
        for place in range(0, PRECISION // TURNS, 2):
            block = turn * jnp.uint32(PRECISION // TURNS) + jnp.uint32(place)
            counter = (board * jnp.uint32(height) + row, word * jnp.uint32(PRECISION) + block)
            for offset, number in enumerate(threefry((seed[0], seed[1]), counter)):
                bit = -((threshold >> (block + jnp.uint32(offset))) & jnp.uint32(1))  # in all places at once
                below = (number & (below | bit)) | (below & bit)
        return below

    # A loop puts its result in memory; without one XLA would draw every word again for each of the 32 bytes it becomes.
    below = jax.lax.fori_loop(jnp.uint32(0), jnp.uint32(TURNS), compare, jnp.zeros(shape, jnp.uint32))
    # A probability of 1 is a threshold above all numbers.
    return below | -(threshold >> jnp.uint32(PRECISION))


def threefry(
    key: tuple[UInt32[jax.Array, ""], UInt32[jax.Array, ""]],
    counter: tuple[UInt32[jax.Array, "*shape"], UInt32[jax.Array, "*shape"]],
) -> tuple[UInt32[jax.Array, "*shape"], UInt32[jax.Array, "*shape"]]:
    """Threefry-2x32 with 20 rounds, the generator behind jax's own keys, as plain operations that fuse with their use.

    jax's primitive computes the same (a test holds the two together) but on a CPU goes through memory in every round.

    Args:
        key: two words.
        counter: two words for each pair of random words.

    Returns:
        The random words.

    Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", doi 10.1145/2063384.2063405.
    """
    schedule = (*key, key[0] ^ key[1] ^ jnp.uint32(0x1BD11BDA))
    first, second = counter[0] + schedule[0], counter[1] + schedule[1]
    for group in range(5):
        for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
            first = first + second
            second = first ^ ((second << jnp.uint32(turn)) | (second >> jnp.uint32(32 - turn)))
        first = first + schedule[(group + 1) % 3]
        second = second + schedule[(group + 2) % 3] + jnp.uint32(group + 1)
    return first, second
