"""Life 1.05 (conwaylife.com/wiki/Life_1.05): blocks of ``.`` and ``*``, each with its place; survival before birth."""

import re
from dataclasses import dataclass, field

from gol.errors import InputError, shown
from gol.formats.pattern import Pattern, Run, check_box, fill
from gol.formats.refusals import refuse_board
from gol.formats.rule import file_rule
from gol.formats.text import BLANKS
from gol.rules import Rule, parse_rule

LINE = 80
"""The format's longest row; wider patterns are written as several blocks."""

LIFE = parse_rule("B3/S23")


@dataclass
class _Read:
    """What the lines have said so far; None is nothing yet."""

    rule: Rule | None = None
    name: str | None = None
    comments: list[str] = field(default_factory=list)
    left: int = 0
    row: int = 0


def read(lines: list[str]) -> Pattern:
    """Read Life 1.05.

    Args:
        lines: the text's lines. A block without a place (``#P`` alone) lies below the one before it, the first at 0, 0.

    Returns:
        The pattern, in the smallest box that holds all blocks.

    Raises:
        InputError: for lines that do not belong, with their number, or a box that is too large.
    """
    done = _Read()
    runs: list[Run] = []
    corners: list[tuple[int, int]] = []  # every row's first and last cell, dead or alive
    for number, line in enumerate(lines, start=1):
        row = line.rstrip(BLANKS)
        if re.fullmatch(r"[.*]+", row):
            runs += [(done.row, done.left + found.start(), len(found[0])) for found in re.finditer(r"\*+", row)]
            corners += [(done.row, done.left), (done.row, done.left + len(row) - 1)]
            done.row += 1
        elif row and not _reads_hash_line(done, line.strip(BLANKS), number):
            raise InputError(f"line {number} does not belong in Life 1.05: '{shown(row)}'")
    rule, name, comments = done.rule or LIFE, done.name or "", tuple(done.comments)
    if not corners:
        return Pattern(fill([], 0, 0), rule, name=name, comments=comments)
    top, bottom = min(y for y, _ in corners), max(y for y, _ in corners)
    west, east = min(x for _, x in corners), max(x for _, x in corners)
    check_box(bottom - top + 1, east - west + 1)
    cells = fill([(y - top, x - west, length) for y, x, length in runs], bottom - top + 1, east - west + 1)
    return Pattern(cells, rule, origin=(top, west), name=name, comments=comments)


def _reads_hash_line(done: _Read, line: str, number: int) -> bool:
    """Take in a line that begins with ``#``; False where it does not belong."""
    text = line[2:].strip(BLANKS)
    if found := re.fullmatch(r"#P(?:\s+([+-]?\d{1,18})\s+([+-]?\d{1,18}))?", line, re.ASCII):
        if found[1] is not None:
            done.left, done.row = int(found[1]), int(found[2])
    elif line.startswith(("#R", "#N")):  # '#N' is the normal rule
        rule = file_rule(text) if line.startswith("#R") else LIFE
        if done.rule not in (None, rule):
            raise InputError(f"line {number} gives the rule {rule}, and a line before it {done.rule}")
        done.rule = rule
        done.comments += [line] if line.startswith("#N") and text else []
    elif line.startswith(("#D", "#C", "#O")):
        if text.startswith("Name:") and done.name is None:
            done.name = text.removeprefix("Name:").strip(BLANKS)
        else:
            done.comments.append(text)
    else:
        return re.fullmatch(r"#Life\s+1\.05", line, re.IGNORECASE | re.ASCII) is not None
    return True


def write(pattern: Pattern) -> str:
    """Write Life 1.05.

    Args:
        pattern: a pattern without a board; its generation is not kept.

    Returns:
        The text.

    Raises:
        InputError: for a board, which the format has no place for.
    """
    refuse_board(pattern, "Life 1.05")
    head = ["#Life 1.05"]
    # The first 'Name:' is read as the name, so a comment that begins so needs one in front of it, even an empty one.
    named = pattern.name or any(comment.startswith("Name:") for comment in pattern.comments)
    head += [f"#D Name: {pattern.name}".rstrip(BLANKS)] if named else []
    head += [f"#D {comment}".rstrip(BLANKS) for comment in pattern.comments]
    births, survivals = str(pattern.rule).removeprefix("B").split("/S")
    head.append("#N" if pattern.rule == LIFE else f"#R {survivals}/{births}")
    top, left = pattern.origin
    for column in range(0, pattern.cells.shape[1], LINE):
        head.append(f"#P {left + column} {top}")
        head += ["".join(".*"[cell] for cell in row) for row in pattern.cells[:, column : column + LINE]]
    return "\n".join(head) + "\n"
