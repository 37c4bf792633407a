"""Random boards: soups of one density, or each board with a density of its own."""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Float32, Key, UInt8, UInt32

from gol.errors import InputError

LEVELS = 2**16
"""Densities are rounded to multiples of 1 / LEVELS: sixteen random bits per cell instead of 32 halve the cost."""

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
    for_cells, for_densities = jax.random.split(key)
    boards = math.prod(shape[:-2])
    if density is None:
        p = jax.random.uniform(for_densities, (boards,), jnp.float32)
    else:
        p = jnp.full((boards,), density, jnp.float32)
    return _bernoulli(for_cells, p, shape[-2] * shape[-1]).reshape(shape)


@partial(jax.jit, static_argnames="cells")
def _bernoulli(key: RandomKey, p: Float32[jax.Array, "boards"], cells: int) -> UInt8[jax.Array, "boards cells"]:
    """Cells of each board alive with its own probability.

    Each pair of words from the generator makes the four bytes of one word of cells, so that the whole is one loop
    without arrays in between; `jax.random.uniform` and a comparison take several times as long.
    """
    shape = (p.shape[0], -(-cells // 4))
    seed = jax.random.bits(key, (2,), jnp.uint32)
    counters = [jax.lax.broadcasted_iota(jnp.uint32, shape, axis) for axis in (0, 1)]
    pair = threefry((seed[0], seed[1]), (counters[0], counters[1]))
    threshold = jnp.round(p * jnp.float32(LEVELS)).astype(jnp.uint32)[:, None]
    numbers = [half for word in pair for half in (word & jnp.uint32(LEVELS - 1), word >> jnp.uint32(16))]
    four = jnp.zeros(shape, jnp.uint32)
    for place, number in enumerate(numbers):
        four |= (number < threshold).astype(jnp.uint32) << jnp.uint32(8 * place)
    return jax.lax.bitcast_convert_type(four, jnp.uint8).reshape(p.shape[0], -1)[:, :cells]


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
