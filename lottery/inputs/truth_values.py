"""Truth values as users have them, as arrays of bool: of integers, numpy takes `~`, `-` and an index otherwise."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import jax
import numpy as np
from jaxtyping import Bool

from gol.errors import InputError

Truths: TypeAlias = Sequence[Any] | np.ndarray | jax.Array
"""True and False, or 1 and 0 of any dtype, as an array of numpy or jax, a list or a tuple."""


def truths(values: Truths, name: str) -> Bool[np.ndarray, "*shape"]:
    """Truth values as an array of bool.

    Args:
        values: of any shape.
        name: of the argument, for the sentence of a refusal.

    Returns:
        The same values; an array of bool is returned as it is, not copied.

    Raises:
        InputError: where a value is neither True or 1 nor False or 0, or lists have no common shape.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:  # lists of different lengths
        raise InputError(f"{name} needs rows of one length: {error}.") from error
    if array.dtype == bool:
        return array
    found = array == 1
    if not np.all(found | (array == 0)):
        wrong = array[~(found | (array == 0))].flat[0]
        raise InputError(f"{name} takes True and False, or 1 and 0, not {wrong}.")
    return np.asarray(found, bool)
