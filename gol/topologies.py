"""What lies beyond the edge of a board: the opposite edge (torus) or dead cells for ever (plane)."""

from typing import Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Shaped

from gol.errors import InputError

Topology = Literal["torus", "plane"]
AnyArray = jax.Array | np.ndarray


def check_topology(topology: str) -> None:
    """Refuse a topology that is not one of ours.

    Args:
        topology: the name.

    Raises:
        InputError: where it is neither ``torus`` nor ``plane``.
    """
    if topology not in get_args(Topology):
        raise InputError(f"topology {topology!r} is unknown: choose 'torus' or 'plane' (a dead border)")


def check_boards(boards: Shaped[AnyArray, "..."]) -> None:
    """Refuse an array that cannot be a batch of boards. Works on traced arrays, since only shape and dtype are seen.

    Args:
        boards: the array.

    Raises:
        InputError: where it has fewer than two axes, a side below 3 (on a torus a neighbour would count twice), or
            numbers that are not integers or booleans.
    """
    if boards.ndim < 2:
        raise InputError(f"boards need the axes (..., height, width), not the shape {boards.shape}")
    height, width = boards.shape[-2:]
    if height < 3 or width < 3:
        raise InputError(f"boards need a height and width of at least 3, not {height} x {width}")
    if not (jnp.issubdtype(boards.dtype, jnp.integer) or boards.dtype == jnp.bool_):
        raise InputError(f"boards hold integers or booleans (0 dead, else alive), not {boards.dtype}: cast them first")


def framed(boards: Shaped[AnyArray, "*batch height width"], topology: str) -> Shaped[jax.Array, "*batch rows columns"]:
    """Boards with one more cell on every side, as the topology has it, so that neighbours are plain slices.

    Args:
        boards: cells of any dtype.
        topology: ``torus`` or ``plane``.

    Returns:
        The boards in a frame, (..., height + 2, width + 2).
    """
    widths = [(0, 0)] * (boards.ndim - 2) + [(1, 1), (1, 1)]
    return jnp.pad(boards, widths, mode="wrap" if topology == "torus" else "constant")
