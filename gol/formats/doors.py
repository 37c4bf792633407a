"""The two doors, `read_pattern` and `write_pattern`: they find out the format and leave the rest to one file each."""

import re
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from gol.errors import InputError
from gol.formats import life105, life106, plaintext, rle
from gol.formats.pattern import Pattern

MAX_BYTES = 2**26
"""Larger files are refused unread."""

WRITERS = {"rle": rle.write, "life105": life105.write, "life106": life106.write, "cells": plaintext.write}
SUFFIXES = {".rle": "rle", ".cells": "cells", ".lif": "life105", ".life": "life105"}


def read_pattern(source: str | Path) -> Pattern:
    """Read a pattern in RLE, Life 1.05, Life 1.06 or plaintext; the format is told from the content.

    Args:
        source: a `Path`, or a string: the pattern itself where it has a line end, ``!``, a leading ``#`` or nothing but
            ``.``, ``O`` and ``*``, else the name of a file.

    Returns:
        The pattern.

    Raises:
        InputError: where there is no such file, it is over 64 MiB or not text, or the pattern is damaged or too large.

    Example:
        >>> read_pattern("bo$2bo$3o!").cells.tolist()
        [[0, 1, 0], [0, 0, 1], [1, 1, 1]]

    Source: the formats as in conwaylife.com/wiki (RLE, Life 1.05, Life 1.06, Plaintext).
    """
    if isinstance(source, str) and re.search(r"[\n!]|^#|^[.O*]*$", source):
        return _parse(source)
    path = Path(source)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} has {path.stat().st_size} bytes, over the limit of {MAX_BYTES}")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"cannot read the pattern file {str(path)!r}: {_reason(error)}") from error
    try:
        # Files of the last century have Latin-1 in their comments.
        return _parse(_decode(content))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def write_pattern(
    pattern: Pattern | Shaped[np.ndarray, "height width"], path: str | Path | None = None, format: str | None = None
) -> str:
    """Write a pattern.

    Args:
        pattern: a `Pattern`, or an array in which anything but 0 is alive.
        path: where to write it as well; None only returns it.
        format: ``rle``, ``life105``, ``life106`` or ``cells``; None goes by the path's suffix, and without one is RLE.

    Returns:
        The text. Life 1.06 holds live cells alone: dead margins, name and comments stay behind.

    Raises:
        InputError: for an unknown format or suffix, a rule or board that the format cannot hold, a comment of several
            lines, or a path that cannot be written.
    """
    if not isinstance(pattern, Pattern):
        pattern = Pattern((np.asarray(pattern) != 0).astype(np.uint8))
    if format is None:
        suffix = Path(path).suffix.lower() if path else ".rle"
        if suffix not in SUFFIXES:
            raise InputError(
                f"no format goes with the suffix {suffix!r}: use {', '.join(SUFFIXES)}, or name the format"
            )
        format = SUFFIXES[suffix]
    if format not in WRITERS:
        raise InputError(f"format {format!r} is unknown: choose one of {', '.join(WRITERS)}")
    for line in (pattern.name, *pattern.comments):
        if len(line.splitlines()) > 1 or line.strip() != line:
            raise InputError(f"a name or comment is one line without spaces around it, not {line!r}")
    text = WRITERS[format](pattern)
    if path is not None:
        try:
            Path(path).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise InputError(f"cannot write {str(path)!r}: {_reason(error)}") from error
    return text


def _parse(text: str) -> Pattern:
    if "\0" in text:
        raise InputError("this is binary data, not a pattern in text")
    lines = text.removeprefix("\ufeff").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if re.match(r"#Life\s+1\.05", first, re.IGNORECASE):
        return life105.read(lines)
    if re.match(r"#Life\s+1\.06", first, re.IGNORECASE):
        return life106.read(lines)
    if first.startswith("!") or (first and all(re.fullmatch(r"[.O*]*", line.strip()) for line in lines)):
        return plaintext.read(lines)
    if not first:
        raise InputError("there is no pattern in an empty text")
    return rle.read(lines)


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
