"""The 3x3 neighbourhood of every cell as a number below 512, and how often each number occurs on a board."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Int32, Shaped

from gol.arrays import AnyArray, Rows, as_boards
from gol.topologies import check_topology, framed

BLOCK = 2**18
"""Cells whose codes are computed and counted before the next: so many codes stay in a processor's cache.

Counting by scatter-add in such blocks runs at 2.5 to 3e8 cells/s on two cores, half that without. Slower, on 4096
boards of 32 x 32: bit planes and popcounts 1.3e8, sorting 3e7, products of one-hot vectors 1.3e7 (docs/simulator.md).
"""


def neighbourhood_codes(
    boards: Shaped[AnyArray, "*batch height width"] | Rows, topology: str = "torus"
) -> Int32[jax.Array, "*batch height width"]:
    """The code of the 3x3 neighbourhood around every cell, an index into `gol.truth_table`.

    Args:
        boards: as for `gol.evolve`.
        topology: ``torus`` or ``plane`` (cells beyond the edge count as dead).

    Returns:
        NW=256, N=128, NE=64, W=32, centre=16, E=8, SW=4, S=2, SE=1, added up.

    Raises:
        InputError: for boards or topologies that cannot be.
    """
    check_topology(topology)
    return _codes(as_boards(boards), topology)


@partial(jax.jit, static_argnames="topology")
def _codes(boards: Shaped[AnyArray, "*batch height width"], topology: str) -> Int32[jax.Array, "*batch height width"]:
    frame = framed(jnp.asarray(boards).astype(bool).astype(jnp.int32), topology)
    # Three cells in a column weigh 256, 32, 4 west of the centre, half of that at its own column, a quarter east of it.
    columns = 64 * frame[..., :-2, :] + 8 * frame[..., 1:-1, :] + frame[..., 2:, :]
    return 4 * columns[..., :-2] + 2 * columns[..., 1:-1] + columns[..., 2:]


def neighbourhood_histogram(
    boards: Shaped[AnyArray, "*batch height width"] | Rows, topology: str = "torus"
) -> Int32[jax.Array, "*batch 512"]:
    """How often each of the 512 neighbourhoods occurs on each board.

    Args:
        boards: as for `gol.evolve`.
        topology: ``torus`` or ``plane``.

    Returns:
        Counts that add up to height x width, for each board. One batch is faster than a vmap over its boards.

    Raises:
        InputError: for boards or topologies that cannot be.
    """
    check_topology(topology)
    return _counts(as_boards(boards), topology)


@partial(jax.jit, static_argnames="topology")
def _counts(boards: Shaped[AnyArray, "*batch height width"], topology: str) -> Int32[jax.Array, "*batch 512"]:
    height, width = boards.shape[-2:]
    flat = jnp.asarray(boards).reshape(-1, height, width)
    counts = jax.lax.map(partial(_count, topology=topology), flat, batch_size=max(1, BLOCK // (height * width)))
    return counts.reshape(*boards.shape[:-2], 512)


def _count(board: Shaped[jax.Array, "height width"], topology: str) -> Int32[jax.Array, "512"]:
    codes = _codes(board, topology).reshape(-1)
    return jnp.zeros(512, jnp.int32).at[codes].add(1, mode="promise_in_bounds")
