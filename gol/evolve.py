"""Boards through time: one front door for every rule, topology and size."""

import math
from typing import SupportsIndex

import jax
import jax.numpy as jnp
from jaxtyping import Shaped

from gol.arrays import AnyArray, Rows, as_boards, as_generations
from gol.by_table import evolve_by_table
from gol.packed import evolve_packed
from gol.plain import evolve_plain
from gol.rules import MapRule, Rule, parse_any_rule, truth_table
from gol.topologies import check_topology


def evolve(
    boards: Shaped[AnyArray, "*batch height width"] | Rows,
    generations: SupportsIndex,
    rule: Rule | MapRule | str = "B3/S23",
    topology: str = "torus",
) -> Shaped[jax.Array, "*batch height width"]:
    """Let boards evolve.

    Args:
        boards: numpy or jax arrays or lists of integers or booleans, 0 is dead and anything else alive, or of
            floating-point numbers that are exactly 0 or 1; any axes in front, height and width at least 3.
        generations: how many generations, an integer from 0 to 2**31 - 1; another number compiles nothing new.
        rule: a `Rule`, a `MapRule` or anything `parse_any_rule` reads: B/S notation, names, MAP strings.
        topology: ``torus`` (edges meet) or ``plane`` (cells beyond the edge are dead for ever).

    Returns:
        The boards after so many generations, 0 or 1, of the same shape and dtype, as jax arrays: int64, which lists
        of integers are to numpy, comes back as int32, and float64 as float32, where jax is not in x64 mode.

    Raises:
        InputError: for boards, rules, topologies or numbers of generations that cannot be.

    Example:
        >>> import numpy as np
        >>> blinker = np.zeros((5, 5), np.uint8)
        >>> blinker[2, 1:4] = 1
        >>> evolve(blinker, 1)[:, 2].tolist()
        [0, 1, 1, 1, 0]
    """
    array, number = as_boards(boards), as_generations(generations)
    check_topology(topology)
    parsed = parse_any_rule(rule)
    if isinstance(parsed, MapRule):
        return evolve_by_table(array, number, jnp.asarray(truth_table(parsed)), topology)
    way = evolve_packed if packing_pays(array.shape, number) else evolve_plain
    return way(array, number, parsed, topology)


def packing_pays(shape: tuple[int, ...], generations: int) -> bool:
    """Whether 32 cells to a word are faster than a byte per cell; both give the same boards.

    Args:
        shape: (..., height, width).
        generations: how many.

    Returns:
        False where there is so little to do that calls cost more than cells, or where rows of a few cells leave words
        empty and too few generations follow to make up for packing (measured, see docs/simulator.md).
    """
    return math.prod(shape) * generations >= 2**13 and shape[-1] * generations >= 8


def step(
    boards: Shaped[AnyArray, "*batch height width"] | Rows,
    rule: Rule | MapRule | str = "B3/S23",
    topology: str = "torus",
) -> Shaped[jax.Array, "*batch height width"]:
    """One generation: `evolve` with ``generations=1``, which see for the arguments."""
    return evolve(boards, 1, rule, topology)
