"""How numba compiles the kernels."""

from inspect import unwrap
from typing import Any

from numba import njit

# Sums may be reordered and multiplications fused with additions; NaN and infinity keep their meaning.
_OPTIONS = {
    "nogil": True,
    "cache": True,
    "fastmath": {"contract", "reassoc", "nsz", "arcp"},
    "error_model": "numpy",
}


def compiled(function: Any) -> Any:
    """Compile a function at its first call, for the types it is called with; later processes find it in a cache."""
    return njit(**_OPTIONS)(unwrap(function))  # in the tests a checker of annotations stands around it


def assembled(function: Any) -> Any:
    """The same for a function that only calls others: numba puts its lines in place of each call of it.

    LLVM compiles whatever a compiled function calls once more with it, so that every further level of calls costs all
    that lies below. Without these levels a first training waits for two thirds of the time.
    """
    return njit(inline="always", **_OPTIONS)(unwrap(function))


def inlined(function: Any) -> Any:
    """The same, with a copy of the code at every call.

    Otherwise there are two copies of a function's code, its own and one inside the function that calls it, optimised
    together with that; the process that compiles runs the first, and one that reads the cache the second. Where LLVM
    orders the sum of a loop differently in the two, results would depend on who had compiled before.
    """
    return njit(forceinline=True, **_OPTIONS)(unwrap(function))
