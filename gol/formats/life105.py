"""Life 1.05 (conwaylife.com/wiki/Life_1.05): blocks of ``.`` and ``*``, each with its place; survival before birth."""

import re

from gol.errors import InputError
from gol.formats.pattern import Pattern, Run, check_box, fill
from gol.formats.refusals import refuse_board
from gol.rules import parse_rule

LINE = 80
"""The format's longest row; wider patterns are written as several blocks."""


def read(lines: list[str]) -> Pattern:
    """Read Life 1.05.

    Args:
        lines: the text's lines.

    Returns:
        The pattern, in the smallest box that holds all blocks.

    Raises:
        InputError: for lines that do not belong, with their number, or a box that is too large.
    """
    rule, name, comments = parse_rule("B3/S23"), "", []
    runs: list[Run] = []
    corners: list[tuple[int, int]] = []  # every block's first and last cell, dead or alive
    row = left = 0
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if found := re.fullmatch(r"#P\s+(-?\d{1,18})\s+(-?\d{1,18})", stripped):
            left, row = int(found[1]), int(found[2])
        elif stripped.startswith("#R"):
            rule = parse_rule(stripped[2:])
        elif stripped.startswith("#D"):
            text = stripped[2:].strip()
            if text.startswith("Name:"):
                name = text.removeprefix("Name:").strip()
            else:
                comments.append(text)
        elif re.fullmatch(r"[.*]+", stripped):
            runs += [(row, left + found.start(), len(found[0])) for found in re.finditer(r"\*+", stripped)]
            corners += [(row, left), (row, left + len(stripped) - 1)]
            row += 1
        elif stripped and not re.match(r"#(Life|N)\b", stripped, re.IGNORECASE):
            raise InputError(f"line {number} does not belong in Life 1.05: {stripped[:60]!r}")
    if not corners:
        return Pattern(fill([], 0, 0), rule, name=name, comments=tuple(comments))
    top, bottom = min(y for y, _ in corners), max(y for y, _ in corners)
    west, east = min(x for _, x in corners), max(x for _, x in corners)
    check_box(bottom - top + 1, east - west + 1)
    cells = fill([(y - top, x - west, length) for y, x, length in runs], bottom - top + 1, east - west + 1)
    return Pattern(cells, rule, origin=(top, west), name=name, comments=tuple(comments))


def write(pattern: Pattern) -> str:
    """Write Life 1.05.

    Args:
        pattern: a pattern without a board.

    Returns:
        The text.

    Raises:
        InputError: for a board, which the format has no place for.
    """
    refuse_board(pattern, "Life 1.05")
    head = ["#Life 1.05"]
    head += [f"#D Name: {pattern.name}"] if pattern.name else []
    head += [f"#D {comment}".rstrip() for comment in pattern.comments]
    births, survivals = str(pattern.rule).removeprefix("B").split("/S")
    head.append("#N" if pattern.rule == parse_rule("B3/S23") else f"#R {survivals}/{births}")
    top, left = pattern.origin
    for column in range(0, pattern.cells.shape[1], LINE):
        head.append(f"#P {left + column} {top}")
        head += ["".join(".*"[cell] for cell in row) for row in pattern.cells[:, column : column + LINE]]
    return "\n".join(head) + "\n"
