"""Plaintext patterns, ``.cells`` (conwaylife.com/wiki/Plaintext): a row of ``.`` and ``O`` per line."""

import re

from gol.errors import InputError, shown
from gol.formats.pattern import Pattern, fill
from gol.formats.refusals import refuse_board, refuse_rule
from gol.formats.text import BLANKS


def read(lines: list[str]) -> Pattern:
    """Read plaintext.

    Args:
        lines: the text's lines; ``!`` opens a comment, ``!Name:`` the name, and ``o`` and ``*`` count as ``O``.

    Returns:
        The pattern, as wide as its longest row.

    Raises:
        InputError: for other characters, with their place, or a box that is too large.
    """
    name: str | None = None
    comments, rows = [], []
    for number, line in enumerate(lines, start=1):
        if line.startswith("!"):
            text = line[1:].strip(BLANKS)
            if text.startswith("Name:") and name is None:
                name = text.removeprefix("Name:").strip(BLANKS)
            else:
                comments.append(text)
            continue
        row = line.rstrip(BLANKS)
        if found := re.search(r"[^.Oo*]", row):
            place = found.start() + 1
            raise InputError(f"line {number} has '{shown(found[0])}' at character {place}, where '.' or 'O' belongs")
        rows.append(row)
    runs = [(y, found.start(), len(found[0])) for y, row in enumerate(rows) for found in re.finditer(r"[Oo*]+", row)]
    cells = fill(runs, len(rows), max(map(len, rows), default=0))
    return Pattern(cells, name=name or "", comments=tuple(comments))


def write(pattern: Pattern) -> str:
    """Write plaintext.

    Args:
        pattern: a pattern of Life without a board, since the format has no place for either; its origin and generation
            are not kept.

    Returns:
        The text.

    Raises:
        InputError: for another rule or a board.
    """
    refuse_rule(pattern, "plaintext")
    refuse_board(pattern, "plaintext")
    head = [f"!Name: {pattern.name}".rstrip(BLANKS), *(f"!{comment}" for comment in pattern.comments)]
    return "\n".join([*head, *("".join(".O"[cell] for cell in row) for row in pattern.cells)]) + "\n"
