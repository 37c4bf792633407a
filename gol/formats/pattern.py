"""What a pattern file holds, and how live runs become an array without trusting the file about sizes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt8

from gol.arrays import as_cells
from gol.errors import InputError
from gol.rules import Rule, parse_rule

MAX_CELLS = 2**26
"""The largest box that is read, 8192 x 8192 cells or 64 MiB. A file of thirty bytes can ask for far more."""

Run = tuple[int, int, int]
"""Live cells side by side: row, first column, length."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """A pattern and what a file can say about it.

    Attributes:
        cells: 0 or 1, (height, width), dead margins included; made from whatever `gol.evolve` takes as a board.
        rule: the rule it is meant for.
        topology: ``torus`` or ``plane`` where it lives on a bounded board, else None.
        size: (height, width) of that board, None where there is none.
        origin: (row, column) of the top left cell; on a bounded board, how far down and right of the place where it
            lies in the board's middle (see `corner`).
        generation: how many generations the pattern has already been through.
        name: one line, may be empty.
        comments: lines without line ends.

    Raises:
        InputError: where one of topology and size is given without the other, or for cells that cannot be.
    """

    cells: UInt8[np.ndarray, "height width"]
    rule: Rule = field(default_factory=lambda: parse_rule("B3/S23"))
    topology: str | None = None
    size: tuple[int, int] | None = None
    origin: tuple[int, int] = (0, 0)
    name: str = ""
    comments: tuple[str, ...] = ()
    generation: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", as_cells(self.cells))
        if (self.topology is None) != (self.size is None):
            raise InputError(f"a bounded board has a topology and a size, not {self.topology} and {self.size}")

    def corner(self) -> tuple[int, int]:
        """The (row, column) of the top left cell on the bounded board, counted from the board's own top left cell.

        Returns:
            Where the middle cells of pattern and board meet, as in Golly, moved by ``origin``; ``origin`` itself where
            there is no board.
        """
        if self.size is None:
            return self.origin
        (rows, columns), (height, width) = self.size, self.cells.shape
        return rows // 2 - height // 2 + self.origin[0], columns // 2 - width // 2 + self.origin[1]

    def __eq__(self, other: object) -> bool:
        """Equal in every attribute; arrays have no single truth value, so dataclass's own would not do."""
        if not isinstance(other, Pattern):
            return NotImplemented
        mine, theirs = vars(self).copy(), vars(other).copy()
        return np.array_equal(mine.pop("cells"), theirs.pop("cells")) and mine == theirs

    __hash__ = None  # type: ignore[assignment]  # an array inside cannot be hashed


def check_box(height: int, width: int) -> None:
    """Refuse a box before memory is asked for it.

    Args:
        height: rows.
        width: columns.

    Raises:
        InputError: where it has more than `MAX_CELLS` cells.
    """
    if height * width > MAX_CELLS:
        raise InputError(
            f"the pattern's box of {height} x {width} cells is over the limit of {MAX_CELLS}: "
            "patterns so large are for Golly or lifelib"
        )


def fill(runs: Iterable[Run], height: int, width: int) -> UInt8[np.ndarray, "height width"]:
    """An array with the given runs alive.

    Args:
        runs: runs that lie inside the box.
        height: rows.
        width: columns.

    Returns:
        Cells 0 or 1.

    Raises:
        InputError: from `check_box`.
    """
    check_box(height, width)
    cells = np.zeros((height, width), np.uint8)
    for row, column, length in runs:
        cells[row, column : column + length] = 1
    return cells


def live_runs(row: UInt8[np.ndarray, "width"]) -> list[tuple[int, int]]:
    """The stretches of live cells in one row.

    Args:
        row: cells 0 or 1.

    Returns:
        (first column, column after the last) of each stretch, left to right.
    """
    edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
