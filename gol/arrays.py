"""Boards as users have them, numpy or jax arrays or lists of rows, become arrays that compute rightly, or a refusal."""

import operator
from collections.abc import Sequence
from typing import Any, SupportsIndex

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Shaped, UInt8

from gol.errors import InputError

AnyArray = jax.Array | np.ndarray
Rows = Sequence[Any]
"""Cells as lists: a board is a list of rows, a batch a list of boards."""

MAX_GENERATIONS = 2**31 - 1
"""jax counts in 32 bits."""


def as_array(boards: Shaped[AnyArray, "..."] | Rows) -> Shaped[AnyArray, "..."]:
    """Boards as an array that jax takes as it is.

    Args:
        boards: a numpy or jax array, strided and read-only ones too, or lists. Booleans; integers, where 0 is dead and
            anything else alive; or floating-point numbers that are exactly 0 or 1. Inside jit and vmap floating-point
            numbers are refused, since their values are not known there.

    Returns:
        The same array where jax has its dtype; else a new one of 0 and 1 in the dtype that jax makes of it (32 bits for
        64, unless x64 mode is on).

    Raises:
        InputError: for other numbers or things.
    """
    array = boards if isinstance(boards, jax.Array) else _numpy(boards)
    if jnp.issubdtype(array.dtype, jnp.floating) and not isinstance(array, jax.core.Tracer):
        if not bool(((array == 0) | (array == 1)).all()):
            raise InputError(f"boards of {array.dtype} hold exactly 0 and 1, and these have other numbers")
    elif not (jnp.issubdtype(array.dtype, jnp.integer) or array.dtype == jnp.bool_):
        raise InputError(f"boards hold integers or booleans (0 dead, else alive), not {array.dtype}: cast them first")
    return array if isinstance(array, jax.Array) else _as_jax_has_it(array)


def as_boards(boards: Shaped[AnyArray, "..."] | Rows) -> Shaped[AnyArray, "*batch height width"]:
    """A batch of boards that can evolve.

    Args:
        boards: as for `as_array`, with the axes (..., height, width).

    Returns:
        As from `as_array`.

    Raises:
        InputError: from `as_array`; for fewer than two axes, or a side below 3 (on a torus a neighbour would count
            twice).
    """
    array = as_array(boards)
    if array.ndim < 2:
        raise InputError(f"boards need the axes (..., height, width), not the shape {array.shape}")
    height, width = array.shape[-2:]
    if height < 3 or width < 3:
        raise InputError(f"boards need a height and width of at least 3, not {height} x {width}")
    return array


def as_cells(cells: Shaped[AnyArray, "..."] | Rows) -> UInt8[np.ndarray, "height width"]:
    """One pattern or board of any size, for numpy.

    Args:
        cells: as for `as_array`, with the axes (height, width).

    Returns:
        A new array of 0 and 1.

    Raises:
        InputError: from `as_array`, or for another number of axes.
    """
    array = np.asarray(as_array(cells))
    if array.ndim != 2:
        raise InputError(f"a pattern's cells have the axes (height, width), not the shape {array.shape}")
    return (array != 0).astype(np.uint8)


def as_generations(generations: SupportsIndex) -> int:
    """How many generations, as a Python integer.

    Args:
        generations: an integer of Python, numpy or jax.

    Returns:
        The number.

    Raises:
        InputError: where it is negative or over `MAX_GENERATIONS`.
    """
    number = operator.index(generations)
    if not 0 <= number <= MAX_GENERATIONS:
        given = number if number.bit_length() < 64 else f"a number of {number.bit_length()} bits"
        raise InputError(f"a board evolves through 0 to {MAX_GENERATIONS} generations at a time, not {given}")
    return number


def _numpy(boards: Any) -> np.ndarray:
    try:
        return np.asarray(boards)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError("boards are arrays or lists of equally long rows of numbers, and these are not") from error


def _as_jax_has_it(array: np.ndarray) -> np.ndarray:
    native = np.dtype(np.float64) if array.dtype == np.longdouble else array.dtype.newbyteorder("=")
    wanted = jax.dtypes.canonicalize_dtype(native)
    # Cells first, then the dtype: cut to 32 bits, a large number may be 0.
    return array if array.dtype == wanted else (array != 0).astype(wanted)
