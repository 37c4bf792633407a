"""The two doors, `read_pattern` and `write_pattern`: they find out the format and leave the rest to one file each."""

import re
from pathlib import Path

from jaxtyping import Shaped

from gol.arrays import AnyArray, Rows, as_cells
from gol.errors import InputError, shown
from gol.formats import life105, life106, plaintext, rle
from gol.formats.pattern import Pattern
from gol.formats.text import BLANKS, decode, lines_of

MAX_BYTES = 2**26
"""Larger files are refused unread."""

WRITERS = {"rle": rle.write, "life105": life105.write, "life106": life106.write, "cells": plaintext.write}
SUFFIXES = {".rle": "rle", ".cells": "cells", ".lif": "life105", ".life": "life105"}
FOREIGN = {
    r"\[M\d": "a macrocell file",
    r"#MCell\b": "a file of MCell",
    r"#Life\b": "a file of Life in a version other than 1.05 and 1.06",
}
"""How the first line of a format begins that is known and not read."""

LONGEST_PATH = 200
"""How many characters of a path a message shows: its end matters as much as its start."""


def read_pattern(source: str | Path) -> Pattern:
    """Read a pattern in RLE, Life 1.05, Life 1.06 or plaintext; the format is told from the content.

    Args:
        source: a `Path`, or a string: the pattern itself where it has a line end, else the name of a file where it ends
            in .rle, .cells, .lif or .life, else the pattern where it has ``!``, a leading ``#`` or nothing but ``.``,
            ``O`` and ``*``, else the name of a file.

    Returns:
        The pattern.

    Raises:
        InputError: where there is no such file, it is over 64 MiB or not text, or the pattern is damaged or too large;
            for a rule of more states or other neighbours and for another format, by its name.

    Example:
        >>> read_pattern("bo$2bo$3o!").cells.tolist()
        [[0, 1, 0], [0, 0, 1], [1, 1, 1]]

    Source: the formats as in conwaylife.com/wiki (RLE, Life 1.05, Life 1.06, Plaintext).
    """
    if isinstance(source, str) and _is_pattern(source):
        return _parse(source)
    path = Path(source)
    name = shown(str(path), LONGEST_PATH)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{name} has {path.stat().st_size} bytes, over the limit of {MAX_BYTES}")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"cannot read the pattern file '{name}': {_reason(error)}") from error
    try:
        return _parse(decode(content))
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def write_pattern(
    pattern: Pattern | Shaped[AnyArray, "height width"] | Rows,
    path: str | Path | None = None,
    format: str | None = None,
) -> str:
    """Write a pattern.

    Args:
        pattern: a `Pattern`, or its cells alone, as for `gol.evolve` but of any height and width.
        path: where to write it as well; None only returns it.
        format: ``rle``, ``life105``, ``life106`` or ``cells``; None goes by the path's suffix, and without one is RLE.

    Returns:
        The text. Life 1.06 holds live cells alone: dead margins, name and comments stay behind.

    Raises:
        InputError: for cells that cannot be, an unknown format or suffix, a rule or board that the format cannot hold,
            a name or comment that is not one line of text, or a path that cannot be written.
    """
    if not isinstance(pattern, Pattern):
        pattern = Pattern(as_cells(pattern))
    if format is None:
        suffix = Path(path).suffix.lower() if path else ".rle"
        if suffix not in SUFFIXES:
            raise InputError(
                f"no format goes with the suffix '{shown(suffix)}': use {', '.join(SUFFIXES)}, or name the format"
            )
        format = SUFFIXES[suffix]
    if format not in WRITERS:
        raise InputError(f"format '{shown(format)}' is unknown: choose one of {', '.join(WRITERS)}")
    for line in (pattern.name, *pattern.comments):
        if re.search(r"[\r\n\0\ud800-\udfff]", line) or line.strip(BLANKS) != line:
            raise InputError(f"a name or comment is one line of text without spaces around it, not '{shown(line)}'")
    text = WRITERS[format](pattern)
    if path is not None:
        try:
            Path(path).write_text(text, encoding="utf-8", newline="\n")
        except (OSError, ValueError) as error:
            raise InputError(f"cannot write '{shown(str(path), LONGEST_PATH)}': {_reason(error)}") from error
    return text


def _is_pattern(text: str) -> bool:
    if re.search(r"[\r\n]", text):
        return True
    return Path(text).suffix.lower() not in SUFFIXES and bool(re.search(r"!|^#|^[.O*]*$", text))


def _parse(text: str) -> Pattern:
    lines = lines_of(text)
    first = next((line.strip(BLANKS) for line in lines if line.strip(BLANKS)), "")
    # Some files of Life 1.05 lack its first line; RLE may begin with '#P' as well, but ends with '!'.
    headless = first.startswith("#P") and not any("!" in line for line in lines if not line.startswith("#"))
    if headless or re.match(r"#Life\s+1\.05", first, re.IGNORECASE):
        return life105.read(lines)
    if re.match(r"#Life\s+1\.06", first, re.IGNORECASE):
        return life106.read(lines)
    for beginning, kind in FOREIGN.items():
        if re.match(beginning, first, re.IGNORECASE):
            raise InputError(f"this is {kind}, '{shown(first)}', which is not read: save it as RLE in Golly")
    if first.startswith("!") or (first and all(re.fullmatch(r"[.Oo*]*", line.rstrip(BLANKS)) for line in lines)):
        return plaintext.read(lines)
    if not first:
        raise InputError("there is no pattern in an empty text")
    return rle.read(lines)


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
