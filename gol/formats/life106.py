"""Life 1.06 (conwaylife.com/wiki/Life_1.06): ``x y`` per live cell, and nothing else."""

import re

import numpy as np

from gol.errors import InputError, shown
from gol.formats.pattern import Pattern, fill
from gol.formats.refusals import refuse_board, refuse_rule
from gol.formats.text import BLANKS


def read(lines: list[str]) -> Pattern:
    """Read Life 1.06.

    Args:
        lines: the text's lines.

    Returns:
        The pattern, in the smallest box that holds the live cells.

    Raises:
        InputError: for lines that are not two whole numbers, or a box that is too large.
    """
    places, comments = [], []
    for number, line in enumerate(lines, start=1):
        stripped = line.strip(BLANKS)
        if re.match(r"#(Life|[DCON]|\W|$)", stripped, re.IGNORECASE):
            comments.append(stripped)
        elif found := re.fullmatch(r"([+-]?\d{1,18})\s+([+-]?\d{1,18})", stripped, re.ASCII):
            places.append((int(found[2]), int(found[1])))
        elif stripped:
            raise InputError(f"line {number} should be 'x y', two whole numbers, not '{shown(stripped)}'")
    kept = tuple(comments[1:])  # the first one is the format's own line
    if not places:
        return Pattern(fill([], 0, 0), comments=kept)
    top, left = min(y for y, _ in places), min(x for _, x in places)
    height, width = max(y for y, _ in places) - top + 1, max(x for _, x in places) - left + 1
    return Pattern(fill(((y - top, x - left, 1) for y, x in places), height, width), origin=(top, left), comments=kept)


def write(pattern: Pattern) -> str:
    """Write Life 1.06.

    Args:
        pattern: a pattern of Life without a board; its dead margins, name, comments and generation are not kept.

    Returns:
        The text.

    Raises:
        InputError: for another rule or a board, which the format has no place for.
    """
    refuse_rule(pattern, "Life 1.06")
    refuse_board(pattern, "Life 1.06")
    top, left = pattern.origin
    return "\n".join(["#Life 1.06", *(f"{x + left} {y + top}" for y, x in np.argwhere(pattern.cells).tolist())]) + "\n"
