"""From the bytes of a file to lines of text, the same for every format."""

import re

from gol.errors import InputError

BLANKS = " \t"
"""What may stand around words. `str.strip` and ``\\s`` know more, such as U+0085, which are no blanks in any format."""


def decode(content: bytes) -> str:
    """Text from bytes.

    Args:
        content: the bytes of a file.

    Returns:
        The text; files of the last century have Latin-1 in their comments.

    Raises:
        InputError: for data that is not the text of a pattern; the sentence names the kind where it is known.
    """
    for start, kind in _KINDS_OF_DATA.items():
        if content.startswith(start):
            raise InputError(f"this is {kind}")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def lines_of(text: str) -> list[str]:
    """The lines of a text, which end in LF, CRLF or CR and in nothing else.

    Args:
        text: the text. A byte order mark in front and the end-of-file marks of DOS are no part of it.

    Returns:
        The lines without their ends. `str.splitlines` splits in more places, at U+0085 and form feeds for instance.

    Raises:
        InputError: where the text has a NUL, as only data has.
    """
    if "\0" in text:
        raise InputError("this is binary data, not a pattern in text")
    lines = re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff").rstrip("\x1a"))
    return lines if lines[-1] else lines[:-1]


_UTF_16 = "text in UTF-16 or UTF-32, which is not read: save it as UTF-8"
_KINDS_OF_DATA = {
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
    b"\0\0\xfe\xff": _UTF_16,
    b"\x1f\x8b": "a file compressed by gzip, which is not read: unpack it first",
    b"PK\x03\x04": "a zip archive, which is not read: unpack it first",
}
