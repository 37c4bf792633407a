"""The classics by name, with what is known of them; the tests run every one and hold it to its entry."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped, UInt8

from gol.arrays import AnyArray, Rows, as_cells
from gol.errors import InputError, shown
from gol.formats import read_pattern


@dataclass(frozen=True)
class KnownPattern:
    """A pattern of Life with a name.

    Attributes:
        name: lower case.
        kind: ``still life``, ``oscillator``, ``spaceship``, ``gun`` or ``methuselah``.
        rle: its cells.
        populations: live cells over one period; of a gun at the start of each of the first four, of a methuselah at
            the start and when it has settled.
        period: generations until it is itself again; for a methuselah the generation from which it is settled.
        displacement: (rows, columns) moved in one period, down and right positive.
    """

    name: str
    kind: str
    rle: str
    populations: tuple[int, ...]
    period: int = 1
    displacement: tuple[int, int] = (0, 0)


# Shapes, periods and lifespans are those that the LifeWiki (conwaylife.com/wiki) gives under these names;
# populations come from running the simulator, but for the r-pentomino (OEIS A268857) and die hard (A268575).
_ALL = (
    KnownPattern("block", "still life", "2o$2o!", (4,)),
    KnownPattern("beehive", "still life", "b2o$o2bo$b2o!", (6,)),
    KnownPattern("loaf", "still life", "b2o$o2bo$bobo$2bo!", (7,)),
    KnownPattern("boat", "still life", "2o$obo$bo!", (5,)),
    KnownPattern("tub", "still life", "bo$obo$bo!", (4,)),
    KnownPattern("pond", "still life", "b2o$o2bo$o2bo$b2o!", (8,)),
    KnownPattern("ship", "still life", "2o$obo$b2o!", (6,)),
    KnownPattern("eater", "still life", "2o$obo$2bo$2b2o!", (7,)),
    KnownPattern("blinker", "oscillator", "3o!", (3, 3), 2),
    KnownPattern("toad", "oscillator", "b3o$3o!", (6, 6), 2),
    KnownPattern("beacon", "oscillator", "2o$o$3bo$2b2o!", (6, 8), 2),
    KnownPattern("clock", "oscillator", "2bo$obo$bobo$bo!", (6, 6), 2),
    KnownPattern(
        "pulsar",
        "oscillator",
        "2b3o3b3o2$o4bobo4bo$o4bobo4bo$o4bobo4bo$2b3o3b3o2$2b3o3b3o$o4bobo4bo$o4bobo4bo$o4bobo4bo2$2b3o3b3o!",
        (48, 56, 72),
        3,
    ),
    KnownPattern("figure eight", "oscillator", "3o$3o$3o$3b3o$3b3o$3b3o!", (18, 14, 20, 18, 26, 18, 16, 12), period=8),
    KnownPattern(
        "galaxy",
        "oscillator",
        "6ob2o$6ob2o$7b2o$2o5b2o$2o5b2o$2o5b2o$2o$2ob6o$2ob6o!",
        (48, 40, 64, 36, 36, 44, 28, 32),
        8,
    ),
    KnownPattern(
        "tumbler",
        "oscillator",
        "bo5bo$obo3bobo$o2bobo2bo$2bo3bo$2b2ob2o!",
        (16, 18, 16, 18, 22, 18, 18, 16, 18, 16, 18, 22, 18, 18),
        14,
    ),
    KnownPattern(
        "pentadecathlon",
        "oscillator",
        "2bo4bo$2ob4ob2o$2bo4bo!",
        (12, 22, 18, 40, 18, 18, 20, 28, 20, 20, 22, 18, 22, 20, 16),
        15,
    ),
    KnownPattern(
        "queen bee shuttle",
        "oscillator",
        "9bo$7bobo$6bobo$2o3bo2bo11b2o$2o4bobo11b2o$7bobo$9bo!",
        (20, 24, 23, 31, 24, 27, 26, 33, 26, 33, 30, 26, 30, 20, 20) * 2,
        30,
    ),
    KnownPattern("glider", "spaceship", "bo$2bo$3o!", (5, 5, 5, 5), 4, (1, 1)),
    KnownPattern("lwss", "spaceship", "bo2bo$o$o3bo$4o!", (9, 12, 9, 12), 4, (0, -2)),
    KnownPattern("mwss", "spaceship", "3bo$bo3bo$o$o4bo$5o!", (11, 15, 11, 15), 4, (0, -2)),
    KnownPattern("hwss", "spaceship", "3b2o$bo4bo$o$o5bo$6o!", (13, 18, 13, 18), 4, (0, -2)),
    KnownPattern(
        "copperhead",
        "spaceship",
        "b2o2b2o$3b2o$3b2o$obo2bobo$o6bo2$o6bo$b2o2b2o$2b4o2$3b2o$3b2o!",
        (28, 30, 28, 28, 30, 28, 30, 32, 30, 36),
        10,
        (-1, 0),
    ),
    KnownPattern(
        "gosper gun",
        "gun",
        "24bo$22bobo$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4bobo$10bo5bo7bo$11bo3bo$12b2o!",
        (36, 41, 46, 51),
        30,
    ),
    KnownPattern("r-pentomino", "methuselah", "b2o$2o$bo!", (5, 116), 1103),
    KnownPattern("die hard", "methuselah", "6bo$2o$bo3b3o!", (7, 0), 130),
    KnownPattern("acorn", "methuselah", "bo$3bo$2o2b3o!", (7, 633), 5206),
    KnownPattern("pi-heptomino", "methuselah", "3o$obo$obo!", (7, 55), 173),
    KnownPattern("b-heptomino", "methuselah", "ob2o$3o$bo!", (7, 28), 148),
    KnownPattern("thunderbird", "methuselah", "3o2$bo$bo$bo!", (6, 46), 243),
)

KNOWN_PATTERNS = {known.name: known for known in _ALL}
"""Every named pattern by its name."""


def known_pattern(name: str) -> KnownPattern:
    """Look a pattern up.

    Args:
        name: one of ``KNOWN_PATTERNS``; case, spaces, hyphens and underscores do not matter, so ``Diehard`` is found.

    Returns:
        What is known of it.

    Raises:
        InputError: where no pattern has the name; the sentence lists those there are.
    """
    by_letters = {_letters(known): known for known in KNOWN_PATTERNS}
    if _letters(name) not in by_letters:
        raise InputError(f"no pattern is called '{shown(name)}': there are {', '.join(KNOWN_PATTERNS)}")
    return KNOWN_PATTERNS[by_letters[_letters(name)]]


def pattern(name: str) -> UInt8[np.ndarray, "height width"]:
    """The cells of a named pattern, in the smallest box.

    Args:
        name: as for `known_pattern`.

    Returns:
        Cells 0 or 1; put them on a board with `place`.

    Raises:
        InputError: where no pattern has the name.

    Example:
        >>> pattern("glider").tolist()
        [[0, 1, 0], [0, 0, 1], [1, 1, 1]]
    """
    return read_pattern(known_pattern(name).rle).cells


def place(
    cells: Shaped[AnyArray, "height width"] | Rows, shape: tuple[int, int], at: tuple[int, int] | None = None
) -> UInt8[np.ndarray, "rows columns"]:
    """Put a pattern on an empty board.

    Args:
        cells: the pattern, as for `gol.evolve` but of any height and width.
        shape: (rows, columns) of the board.
        at: (row, column) of the pattern's top left cell; None puts it in the middle.

    Returns:
        The board, a numpy array of 0 and 1, uint8.

    Raises:
        InputError: for cells that cannot be, or where the pattern does not fit there.
    """
    pattern_cells = as_cells(cells)
    height, width = pattern_cells.shape
    top, left = at if at is not None else ((shape[0] - height) // 2, (shape[1] - width) // 2)
    if min(top, left) < 0 or top + height > shape[0] or left + width > shape[1]:
        raise InputError(
            f"a pattern of {height} x {width} does not fit on a board of {shape[0]} x {shape[1]} at ({top}, {left})"
        )
    board = np.zeros(shape, np.uint8)
    board[top : top + height, left : left + width] = pattern_cells
    return board


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
