"""The 3x3 neighbourhood of every cell as a number below 512, and how often each number occurs on a board."""

import jax
import jax.numpy as jnp
from jaxtyping import Int32, Shaped

from gol.topologies import AnyArray, check_boards, check_topology, framed


def neighbourhood_codes(
    boards: Shaped[AnyArray, "*batch height width"], topology: str = "torus"
) -> Int32[jax.Array, "*batch height width"]:
    """The code of the 3x3 neighbourhood around every cell, an index into `gol.truth_table`.

    Args:
        boards: integers or booleans, 0 is dead and anything else alive; height and width at least 3.
        topology: ``torus`` or ``plane`` (cells beyond the edge count as dead).

    Returns:
        NW=256, N=128, NE=64, W=32, centre=16, E=8, SW=4, S=2, SE=1, added up.

    Raises:
        InputError: for boards or topologies that cannot be.
    """
    check_boards(boards)
    check_topology(topology)
    frame = framed(jnp.asarray(boards).astype(bool).astype(jnp.int32), topology)
    # Three cells in a column weigh 256, 32, 4 west of the centre, half of that at its own column, a quarter east of it.
    columns = 64 * frame[..., :-2, :] + 8 * frame[..., 1:-1, :] + frame[..., 2:, :]
    return 4 * columns[..., :-2] + 2 * columns[..., 1:-1] + columns[..., 2:]


def neighbourhood_histogram(
    boards: Shaped[AnyArray, "*batch height width"], topology: str = "torus"
) -> Int32[jax.Array, "*batch 512"]:
    """How often each of the 512 neighbourhoods occurs on each board.

    Args:
        boards: integers or booleans, 0 is dead and anything else alive; height and width at least 3.
        topology: ``torus`` or ``plane``.

    Returns:
        Counts that add up to height x width, for each board.

    Raises:
        InputError: for boards or topologies that cannot be.
    """
    codes = neighbourhood_codes(boards, topology)
    batch = codes.shape[:-2]
    flat = codes.reshape(-1, codes.shape[-2] * codes.shape[-1])
    counts = jax.vmap(lambda one: jnp.zeros(512, jnp.int32).at[one].add(1))(flat)
    return counts.reshape(*batch, 512)
