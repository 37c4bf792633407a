"""Exceptions that mean: the user asked for something that cannot be, and here is what would be right."""

LONGEST = 60
"""How many characters of a foreign text a message shows."""


class InputError(ValueError):
    """A user's mistake, told in one sentence: what was wrong and what would be right.

    Commands catch this class alone, print its sentence and exit with code 2; anything else that is raised is a bug
    of ours and keeps its traceback.
    """


class DamagedError(InputError):
    """A file or folder of ours that does not hold what was written to it, told in one sentence."""


class WriteError(InputError):
    """A file or folder that cannot be written (disk full, quota, no permission), told in one sentence."""


def shown(text: str | bytes, longest: int = LONGEST) -> str:
    r"""Text from a file or a user as a message may print it: on one line, harmless to a terminal, and not long.

    Args:
        text: anything; bytes are read as UTF-8 where they are that.
        longest: how many characters to show; what is longer is cut and ends in an ellipsis.

    Returns:
        The text without quotes around it, where characters that do not print (controls, line ends, lone surrogates,
        bytes that are no UTF-8) are escaped as in Python.

    Example:
        >>> shown("red \x1b[31m")
        'red \\x1b[31m'
        >>> shown("a" * 100, longest=8)
        'aaaaaaa…'
    """
    # A character has at most four bytes, so the cut leaves enough and a damaged file of a gigabyte costs nothing.
    start = text[: 4 * longest + 4]
    if isinstance(start, bytes):
        start = start.decode("utf-8", "surrogateescape")
    pieces = [_escaped(character) for character in start]
    if len("".join(pieces)) <= longest:
        return "".join(pieces)
    kept, length = [], 1  # the ellipsis
    for piece in pieces:
        length += len(piece)
        if length > longest:
            break
        kept.append(piece)
    return "".join(kept) + "…"


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":  # a byte that was no UTF-8, as Python keeps it in text and in paths
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
