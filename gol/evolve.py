"""Boards through time: one front door for every rule, topology and size."""

import math
import operator

import jax
from jaxtyping import Shaped

from gol.errors import InputError
from gol.packed import evolve_packed
from gol.plain import evolve_plain
from gol.rules import Rule, parse_rule
from gol.topologies import AnyArray, check_boards, check_topology


def evolve(
    boards: Shaped[AnyArray, "*batch height width"],
    generations: int,
    rule: Rule | str = "B3/S23",
    topology: str = "torus",
) -> Shaped[jax.Array, "*batch height width"]:
    """Let boards evolve.

    Args:
        boards: integers or booleans, 0 is dead and anything else alive; any axes in front, height and width at least 3.
        generations: how many generations, a Python integer >= 0; another number compiles nothing new.
        rule: a `Rule` or anything `parse_rule` reads.
        topology: ``torus`` (edges meet) or ``plane`` (cells beyond the edge are dead for ever).

    Returns:
        The boards after so many generations, 0 or 1, of the same shape and dtype.

    Raises:
        InputError: for boards, rules or topologies that cannot be, or negative generations.

    Example:
        >>> import numpy as np
        >>> blinker = np.zeros((5, 5), np.uint8)
        >>> blinker[2, 1:4] = 1
        >>> evolve(blinker, 1)[:, 2].tolist()
        [0, 1, 1, 1, 0]
    """
    check_boards(boards)
    check_topology(topology)
    generations = operator.index(generations)
    if generations < 0:
        raise InputError(f"a board evolves through 0 or more generations, not {generations}: the past is not unique")
    way = evolve_packed if packing_pays(boards.shape, generations) else evolve_plain
    return way(boards, generations, parse_rule(rule), topology)


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
    boards: Shaped[AnyArray, "*batch height width"], rule: Rule | str = "B3/S23", topology: str = "torus"
) -> Shaped[jax.Array, "*batch height width"]:
    """One generation: `evolve` with ``generations=1``, which see for the arguments."""
    return evolve(boards, 1, rule, topology)
