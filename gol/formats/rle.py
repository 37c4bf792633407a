"""RLE (conwaylife.com/wiki/Run_Length_Encoded), with the bounded boards ``:T`` and ``:P`` of Golly."""

import re
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from gol.errors import InputError, shown
from gol.formats.pattern import Pattern, Run, check_box, fill, live_runs
from gol.formats.rule import file_rule
from gol.formats.text import BLANKS
from gol.rules import Rule, parse_rule

LINE = 70
"""Writers break lines here; readers accept any."""

MAX_DIGITS = 9
"""Longer numbers are over every limit, and Python refuses to convert very long ones."""

World = tuple[Rule, str | None, tuple[int, int] | None]
"""A rule, and the topology and size of a bounded board."""

_PLACE = r"([+-]?\d{1,18})"
_HEADER = re.compile(
    r"x\s*=\s*(?P<x>-?\d+)\s*,\s*y\s*=\s*(?P<y>-?\d+)\s*(?:,\s*(?:rule\s*=\s*(?P<rule>.*))?)?", re.IGNORECASE | re.ASCII
)
_EXTENDED = re.compile(
    rf"#CXRLE(?:[\s,]+Pos\s*=\s*{_PLACE}\s*,\s*{_PLACE})?(?:[\s,]+Gen\s*=\s*(-?\d{{1,1000}}))?", re.ASCII
)
_OFFSET = re.compile(rf"#[PR]\s*{_PLACE}\s+{_PLACE}", re.ASCII)
_TOKEN = re.compile(r"[ \t]*(?P<count>[0-9]*)[ \t]*(?P<tag>[p-y][A-X]|[^ \t])")
_TOPOLOGIES = {"T": "torus", "P": "plane"}
_BOARDS = {"K": "a Klein bottle", "C": "a cross-surface", "S": "a sphere"}

T = TypeVar("T")


@dataclass
class _Head:
    """What the lines around the body have said so far; None is nothing yet."""

    name: str | None = None
    comments: list[str] = field(default_factory=list)
    world: World | None = None
    place: tuple[int, int] | None = None
    generation: int | None = None
    sides: tuple[int, int] | None = None


def read(lines: list[str]) -> Pattern:
    """Read RLE.

    Args:
        lines: the text's lines. A header is optional, ``!`` is not: without it the file was cut off. Live cells are
            ``o`` and ``A``, and as some collections have it any letter from ``p`` to ``z``.

    Returns:
        The pattern, with the size that the header declares. Lines that begin with ``#`` give its name, comments, place
        (``#P``, ``#R``, ``#CXRLE Pos=``), generation (``#CXRLE Gen=``) and rule (``#r``).

    Raises:
        InputError: for anything damaged, contradictory, unknown or too large; the sentence names the line.
    """
    head = _Head()
    start = next((number for number, line in enumerate(lines) if not _reads_head(head, line, number + 1)), len(lines))
    runs, rows, columns = _read_body(head, lines, start)
    height, width = head.sides or (rows, columns)
    if rows > height or columns > width:
        raise InputError(f"the header says x = {width}, y = {height}, but live cells reach x = {columns}, y = {rows}")
    cells = fill(runs, height, width)
    rule, topology, size = head.world or (parse_rule("B3/S23"), None, None)
    origin = (0, 0)
    if head.place is not None:
        middle = _middle((height, width), size)
        origin = (head.place[0] + middle[0], head.place[1] + middle[1])
    comments = tuple(head.comments)
    return Pattern(cells, rule, topology, size, origin, head.name or "", comments, head.generation or 0)


def write(pattern: Pattern) -> str:
    """Write RLE.

    Args:
        pattern: the pattern.

    Returns:
        The text, with lines of at most 70 characters in the body.

    Raises:
        InputError: never; every pattern can be written.
    """
    head = [f"#N {pattern.name}"] if pattern.name else []
    # What came in as '#O author' goes out so; a comment of ours never starts with '#' and an upper-case O.
    head += [line if line.startswith("#O ") else f"#C {line}".rstrip(BLANKS) for line in pattern.comments]
    extended = []
    if pattern.origin != (0, 0):
        middle = _middle(pattern.cells.shape, pattern.size)
        extended.append(f"Pos={pattern.origin[1] - middle[1]},{pattern.origin[0] - middle[0]}")
    if pattern.generation:
        extended.append(f"Gen={pattern.generation}")
    head += [" ".join(["#CXRLE", *extended])] if extended else []
    height, width = pattern.cells.shape
    rule = str(pattern.rule)
    if pattern.topology and pattern.size:
        letter = next(letter for letter, name in _TOPOLOGIES.items() if name == pattern.topology)
        rule += f":{letter}{pattern.size[1]},{pattern.size[0]}"
    head.append(f"x = {width}, y = {height}, rule = {rule}")
    return "\n".join([*head, *_wrapped(_tokens(pattern.cells))]) + "\n"


def _middle(shape: tuple[int, ...], size: tuple[int, int] | None) -> tuple[int, int]:
    """What has to be added to a place of RLE to get the origin: places on a board count from the board's middle."""
    return (0, 0) if size is None else (shape[0] // 2, shape[1] // 2)


def _reads_head(head: _Head, line: str, number: int) -> bool:
    """Take in a line in front of the body; False where the body begins with it."""
    stripped = line.strip(BLANKS)
    if stripped.startswith("#"):
        _read_hash_line(head, stripped, number)
    elif re.match(r"x\s*=", stripped, re.IGNORECASE):
        header = _HEADER.fullmatch(stripped)
        if header is None:
            raise InputError(
                f"line {number} should be a header like 'x = 3, y = 3, rule = B3/S23', not '{shown(stripped)}'"
            )
        sides = (_side("y", header["y"]), _side("x", header["x"]))
        check_box(*sides)
        head.sides = _once(head.sides, sides, "size", number)
        if header["rule"] is not None:
            head.world = _once(head.world, _read_rule(header["rule"]), "rule", number)
    else:
        return not stripped
    return True


def _read_hash_line(head: _Head, line: str, number: int) -> None:
    """Take in a line that begins with ``#``, which may stand between those of the body too."""
    letter, text = line[1:2], line[2:].strip(BLANKS)
    if letter == "N" and head.name is None:
        head.name = text
    elif line.startswith("#CXRLE"):
        found = _EXTENDED.fullmatch(line)
        if found is None:
            raise InputError(f"line {number} should be like '#CXRLE Pos=3,4 Gen=5', not '{shown(line)}'")
        if found[1] is not None:
            head.place = _once(head.place, (int(found[2]), int(found[1])), "place", number)
        if found[3] is not None:
            head.generation = _once(head.generation, int(found[3]), "generation", number)
    elif letter in ("P", "R"):
        found = _OFFSET.fullmatch(line)
        if found is None:
            raise InputError(f"line {number} should be the first cell's place like '#P 3 4', not '{shown(line)}'")
        head.place = _once(head.place, (int(found[2]), int(found[1])), "place", number)
    elif letter == "r":
        head.world = _once(head.world, _read_rule(text), "rule", number)
    elif letter in ("C", "c"):
        head.comments.append(text)
    elif letter in ("N", "n", "O", "o", "D", "d") or not letter.isalpha():
        head.comments.append(line)
    else:
        raise InputError(f"line {number} begins with '#{letter}', which is unknown: a comment begins with '#C'")


def _once(before: T | None, now: T, what: str, number: int) -> T:
    """What a line says, where no line before it said something else."""
    if before is not None and before != now:
        raise InputError(f"line {number} gives the pattern another {what} than a line before it")
    return now


def _side(letter: str, text: str) -> int:
    if text.startswith("-"):
        raise InputError(f"the header has {letter} = {shown(text, 20)}, and a size cannot be negative")
    if len(text) > MAX_DIGITS:
        raise InputError(f"the header has a size {letter} of {len(text)} digits, over every limit")
    return int(text)


def _read_rule(text: str) -> World:
    notation, colon, suffix = text.strip(BLANKS).partition(":")
    if not colon:
        return file_rule(notation), None, None
    letter, suffix = suffix[:1].upper(), suffix.strip(BLANKS)
    found = re.fullmatch(r"[TP](?P<width>[0-9]{1,9})(?:,(?P<height>[0-9]{1,9}))?", suffix.upper())
    if found is None:
        kind = "a twisted torus" if "+" in suffix or "-" in suffix else _BOARDS.get(letter, "unknown")
        raise InputError(
            f"the board ':{shown(suffix, 30)}' is {kind}, not one of ours: ':T32,32' is a torus, ':P32,32' a plane"
        )
    size = (int(found["height"] or found["width"]), int(found["width"]))
    if min(size) < 3:
        raise InputError(f"the board ':{shown(suffix)}' is too narrow or endless: both sides need at least 3 cells")
    return file_rule(notation), _TOPOLOGIES[letter], size


def _read_body(head: _Head, lines: list[str], start: int) -> tuple[list[Run], int, int]:
    """The live runs, and how many rows and columns they reach."""
    runs: list[Run] = []
    row = column = rows = columns = 0
    for number, line in enumerate(lines[start:], start=start + 1):
        if line.lstrip(BLANKS).startswith("#"):
            _read_hash_line(head, line.strip(BLANKS), number)
            continue
        for token in _TOKEN.finditer(line):
            count, tag = _count(token, number), token["tag"]
            if tag == "!":
                return runs, rows, columns
            if tag == "$":
                row, column = row + count, 0
            elif tag in ("b", "."):
                column += count
            elif tag == "A" or (len(tag) == 1 and "o" <= tag <= "z"):
                runs.append((row, column, count))
                column += count
                rows, columns = row + 1, max(columns, column)
                check_box(rows, columns)
            else:
                raise InputError(f"line {number} has '{shown(tag)}' at character {token.end()}, {_why_not(tag)}")
    raise InputError("the pattern ends without '!': the file was cut off")


def _count(token: re.Match[str], number: int) -> int:
    digits = token["count"]
    if len(digits) > MAX_DIGITS:
        raise InputError(f"line {number} has a run length of {len(digits)} digits, over every limit")
    if digits and (int(digits) == 0 or token["tag"] == "!"):
        raise InputError(f"line {number} has '{shown(token[0].strip(BLANKS))}', which is a run of nothing")
    return int(digits or 1)


def _why_not(tag: str) -> str:
    if re.fullmatch(r"[B-X]|[p-y][A-X]", tag):
        state = 24 * (ord(tag[0]) - ord("o") if len(tag) == 2 else 0) + ord(tag[-1]) - ord("A") + 1
        return f"a cell in state {state}, and rules here have two states: '.' or b is 0, A or o is 1"
    return "where b, o, $ or ! belongs"


def _tokens(cells: np.ndarray) -> list[str]:
    tokens: list[str] = []
    ends_owed = 0
    for row in cells:
        column = 0
        for begin, end in live_runs(row):
            if ends_owed:
                tokens.append(_token(ends_owed, "$"))
                ends_owed = 0
            if begin > column:
                tokens.append(_token(begin - column, "b"))
            tokens.append(_token(end - begin, "o"))
            column = end
        ends_owed += 1
    return [*tokens, "!"]


def _token(count: int, tag: str) -> str:
    return f"{count}{tag}" if count > 1 else tag


def _wrapped(tokens: list[str]) -> list[str]:
    lines = [""]
    for token in tokens:
        if len(lines[-1]) + len(token) > LINE:
            lines.append("")
        lines[-1] += token
    return lines
