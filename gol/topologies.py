"""What lies beyond the edge of a board: the opposite edge (torus) or dead cells for ever (plane)."""

from typing import Literal, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Shaped

from gol.arrays import AnyArray
from gol.errors import InputError, shown

Topology = Literal["torus", "plane"]


def check_topology(topology: str) -> None:
    """Refuse a topology that is not one of ours.

    Args:
        topology: the name.

    Raises:
        InputError: where it is neither ``torus`` nor ``plane``.
    """
    if topology not in get_args(Topology):
        raise InputError(f"topology '{shown(topology)}' is unknown: choose 'torus' or 'plane' (a dead border)")


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
