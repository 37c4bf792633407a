"""The unbounded plane: live cells as sorted coordinates, so that nothing has an edge and only life takes memory."""

from typing import SupportsIndex

import numpy as np
from jaxtyping import Int64, Shaped, UInt8

from gol.arrays import AnyArray, Rows, as_cells, as_generations
from gol.errors import InputError
from gol.formats.pattern import check_box
from gol.rules import MapRule, Rule, parse_rule

ROW = 2**32
"""A cell's key is row x ROW + column: rows and columns up to 2**30 off the start fit, which is 2**30 generations."""

_NEIGHBOURS = np.array([dy * ROW + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)], np.int64)


def evolve_unbounded(
    cells: Shaped[AnyArray, "height width"] | Rows, generations: SupportsIndex, rule: Rule | MapRule | str = "B3/S23"
) -> tuple[UInt8[np.ndarray, "rows columns"], tuple[int, int]]:
    """Let a pattern evolve on an unbounded plane. For tests and pattern work; HashLife is for Golly and lifelib.

    Args:
        cells: as for `gol.evolve`, but any height and width, 0 included.
        generations: how many, an integer from 0.
        rule: a `Rule` or anything `parse_rule` reads, without births from 0 neighbours.

    Returns:
        The smallest box that holds the live cells, a numpy array of uint8, (0, 0) in shape where none are left; and the
        (row, column) of its top left cell, counted from the top left cell of ``cells``.

    Raises:
        InputError: for cells that cannot be, a B0 rule, negative generations, or a box over `gol.formats.MAX_CELLS`.
    """
    parsed = refuse_b0(parse_rule(rule))
    keys = to_keys(cells)
    for _ in range(as_generations(generations)):
        keys = step_keys(keys, parsed)
    return to_box(keys)


def refuse_b0(rule: Rule) -> Rule:
    """Refuse rules that would fill an infinite plane at once.

    Args:
        rule: the rule.

    Returns:
        The rule.

    Raises:
        InputError: where a cell without live neighbours is born.
    """
    if 0 in rule.birth:
        raise InputError(
            f"{rule} brings empty space to life, so it has no meaning here on an unbounded plane: use a torus"
        )
    return rule


def to_keys(cells: Shaped[AnyArray, "height width"] | Rows) -> Int64[np.ndarray, "live"]:
    """The live cells of an array as sorted keys.

    Args:
        cells: as for `gol.arrays.as_cells`.

    Returns:
        One key per live cell.
    """
    rows, columns = np.nonzero(as_cells(cells))
    return rows.astype(np.int64) * ROW + columns


def step_keys(keys: Int64[np.ndarray, "live"], rule: Rule) -> Int64[np.ndarray, "next"]:
    """One generation.

    Args:
        keys: sorted keys of the live cells.
        rule: a rule without B0.

    Returns:
        Sorted keys of the next generation.
    """
    places, counts = np.unique((keys[:, None] + _NEIGHBOURS).ravel(), return_counts=True)
    alive = np.isin(places, keys, assume_unique=True)
    stays = np.isin(counts, list(rule.survival))
    after = places[np.where(alive, stays, np.isin(counts, list(rule.birth)))]
    if 0 in rule.survival:  # cells without any neighbour are no one's neighbour, so they are not among the places
        after = np.union1d(after, np.setdiff1d(keys, places, assume_unique=True))
    return after


def to_box(keys: Int64[np.ndarray, "live"]) -> tuple[UInt8[np.ndarray, "rows columns"], tuple[int, int]]:
    """The smallest box that holds the live cells.

    Args:
        keys: sorted keys.

    Returns:
        The box's cells, and the (row, column) of its top left one.

    Raises:
        InputError: where the box is over the limit.
    """
    if not keys.size:
        return np.zeros((0, 0), np.uint8), (0, 0)
    rows = (keys + ROW // 2) // ROW
    columns = keys - rows * ROW
    top, left = int(rows.min()), int(columns.min())
    height, width = int(rows.max()) - top + 1, int(columns.max()) - left + 1
    check_box(height, width)
    box = np.zeros((height, width), np.uint8)
    box[rows - top, columns - left] = 1
    return box, (top, left)
