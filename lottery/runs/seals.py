"""A checksum that a file carries inside itself, so that a file and its checksum are written and lost together.

A seal is the entry `"seal": "gol-lottery:sha256:<64 digits>"` of a JSON object, or of the metadata of a safetensors
file. The digits are SHA-256 of the whole file with zeros in their place, so every bit of the file is covered.
"""

import hashlib
import re
from pathlib import Path

from gol.errors import DamagedError

KEY = "seal"
_MARK = b"gol-lottery:sha256:"
_ZEROS = b"0" * 64
_SEAL = re.compile(rb'"seal": ?"' + re.escape(_MARK) + rb'([0-9a-f]{64})"')

BLANK = (_MARK + _ZEROS).decode()  # the value of the entry before it is filled in


def seal(content: bytes) -> bytes:
    """Fill in the first blank seal of a file's content."""
    return content.replace(_MARK + _ZEROS, _MARK + hashlib.sha256(content).hexdigest().encode(), 1)


def check_seal(content: bytes, path: Path) -> bool:
    """Compare a file's content with its seal.

    Args:
        content: the whole file.
        path: of the file, for the sentence.

    Returns:
        False where the file has no seal: something else wrote it, or an earlier version of this package.

    Raises:
        DamagedError: where the seal does not fit.
    """
    found = _SEAL.search(content)
    if found is None:
        # The key and the mark are both there in a sealed file: one damaged bit breaks one of them, never both.
        if _MARK in content or re.search(rb'"seal": ?"', content):
            raise DamagedError(f"{path} is damaged: its checksum is not readable.")
        return False
    start, end = found.span(1)
    digest = hashlib.sha256(content[:start])
    digest.update(_ZEROS)
    digest.update(memoryview(content)[end:])
    if digest.hexdigest().encode() != found.group(1):
        raise DamagedError(f"{path} is damaged: its content does not match its checksum.")
    return True
