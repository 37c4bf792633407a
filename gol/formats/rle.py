"""RLE (conwaylife.com/wiki/Run_Length_Encoded), with the bounded boards ``:T`` and ``:P`` of Golly."""

import re

import numpy as np

from gol.errors import InputError
from gol.formats.pattern import Pattern, Run, check_box, fill, live_runs
from gol.rules import Rule, parse_rule

LINE = 70
"""Writers break lines here; readers accept any."""

MAX_DIGITS = 9
"""Longer numbers are over every limit, and Python refuses to convert very long ones."""

_HEADER = re.compile(
    r"x\s*=\s*(?P<x>-?\d+)\s*,\s*y\s*=\s*(?P<y>-?\d+)\s*(?:,\s*rule\s*=\s*(?P<rule>.*))?", re.IGNORECASE
)
_TOKEN = re.compile(r"\s*(?P<count>\d*)\s*(?P<tag>\S)")
_POSITION = re.compile(r"#CXRLE\b.*?\bPos\s*=\s*(-?\d{1,18})\s*,\s*(-?\d{1,18})")
_TOPOLOGIES = {"T": "torus", "P": "plane"}


def read(lines: list[str]) -> Pattern:
    """Read RLE.

    Args:
        lines: the text's lines. A header is optional, ``!`` is not: without it the file was cut off.

    Returns:
        The pattern, with the size that the header declares.

    Raises:
        InputError: for anything damaged or too large; the sentence names the line.
    """
    name, comments, origin, header, start = "", [], (0, 0), None, len(lines)
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("#N"):
            name = stripped[2:].strip()
        elif found := _POSITION.match(stripped):
            origin = (int(found[2]), int(found[1]))
        elif stripped.startswith("#"):
            comments.append(stripped[2:].strip() if stripped[1:2] in ("C", "c") else stripped)
        elif stripped:
            header = _HEADER.fullmatch(stripped)
            if header is None and re.match(r"x\s*=", stripped, re.IGNORECASE):
                raise InputError(
                    f"line {number + 1} should be a header like 'x = 3, y = 3, rule = B3/S23': {stripped[:60]!r}"
                )
            start = number + 1 if header else number
            break
    rule, topology, size = parse_rule("B3/S23"), None, None
    declared: tuple[int, int] | None = None
    if header:
        declared = (_side("y", header["y"]), _side("x", header["x"]))
        check_box(*declared)
        if header["rule"]:
            rule, topology, size = _read_rule(header["rule"])
    runs, rows, columns = _read_body(lines, start)
    height, width = declared or (rows, columns)
    if rows > height or columns > width:
        raise InputError(f"the header says x = {width}, y = {height}, but live cells reach x = {columns}, y = {rows}")
    return Pattern(fill(runs, height, width), rule, topology, size, origin, name, tuple(comments))


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
    head += [line if line.startswith("#O ") else f"#C {line}".rstrip() for line in pattern.comments]
    if pattern.origin != (0, 0):
        head.append(f"#CXRLE Pos={pattern.origin[1]},{pattern.origin[0]}")
    height, width = pattern.cells.shape
    rule = str(pattern.rule)
    if pattern.topology and pattern.size:
        letter = next(letter for letter, name in _TOPOLOGIES.items() if name == pattern.topology)
        rule += f":{letter}{pattern.size[1]},{pattern.size[0]}"
    head.append(f"x = {width}, y = {height}, rule = {rule}")
    return "\n".join([*head, *_wrapped(_tokens(pattern.cells))]) + "\n"


def _side(letter: str, text: str) -> int:
    if text.startswith("-"):
        raise InputError(f"the header has {letter} = {text[:20]}, and a size cannot be negative")
    if len(text) > MAX_DIGITS:
        raise InputError(f"the header has a size {letter} of {len(text)} digits, over every limit")
    return int(text)


def _read_rule(text: str) -> tuple[Rule, str | None, tuple[int, int] | None]:
    notation, colon, suffix = text.strip().partition(":")
    if not colon:
        return parse_rule(notation), None, None
    found = re.fullmatch(r"([A-Za-z])(\d{1,9}),(\d{1,9})", suffix.strip())
    if found is None or found[1].upper() not in _TOPOLOGIES:
        raise InputError(f"the board ':{suffix[:40]}' is not one of ours: ':T32,32' is a torus, ':P32,32' a plane")
    size = (int(found[3]), int(found[2]))
    if min(size) < 3:
        raise InputError(f"the board ':{suffix[:40]}' is too narrow or endless: both sides need at least 3 cells")
    return parse_rule(notation), _TOPOLOGIES[found[1].upper()], size


def _read_body(lines: list[str], start: int) -> tuple[list[Run], int, int]:
    """The live runs, and how many rows and columns they reach."""
    runs: list[Run] = []
    row = column = rows = columns = 0
    for number in range(start, len(lines)):
        line = lines[number]
        if line.lstrip().startswith("#"):
            continue
        for token in _TOKEN.finditer(line):
            if len(token["count"]) > MAX_DIGITS:
                raise InputError(
                    f"line {number + 1} has a run length of {len(token['count'])} digits, over every limit"
                )
            count = int(token["count"] or 1)
            match token["tag"]:
                case "!":
                    return runs, rows, columns
                case "$":
                    row, column = row + count, 0
                case "b" | "B" | ".":
                    column += count
                case "o" | "O" | "A":
                    if count:
                        runs.append((row, column, count))
                        column += count
                        rows, columns = row + 1, max(columns, column)
                        check_box(rows, columns)
                case tag:
                    place = token.end()
                    raise InputError(f"line {number + 1} has {tag!r} at character {place}, where b, o, $ or ! belongs")
    raise InputError("the pattern ends without '!': the file was cut off")


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
