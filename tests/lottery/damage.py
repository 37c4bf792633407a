"""Every way to damage a little file, and many ways to damage a larger one."""

from collections.abc import Iterator
from pathlib import Path

EVERY = 4096  # bits; of a longer file this many are taken, evenly spaced


def flipped_bits(content: bytes) -> Iterator[bytes]:
    """Copies of a file's content with one bit flipped."""
    bits = 8 * len(content)
    for place in range(0, bits, max(1, bits // EVERY)):
        copy = bytearray(content)
        copy[place // 8] ^= 1 << place % 8
        yield bytes(copy)


def cuts(content: bytes) -> Iterator[bytes]:
    """What is left of a file's content when its end is lost, and what a power cut leaves: zeros of the same length."""
    for length in sorted({0, 1, 8, 9, len(content) // 3, len(content) // 2, len(content) - 2, len(content) - 1}):
        yield content[:length]
    yield bytes(len(content))


def damaged(path: Path) -> Iterator[bytes]:
    """Put every damage into a file, one after the other, and what was there at the end."""
    whole = path.read_bytes()
    for content in (*flipped_bits(whole), *cuts(whole)):
        path.write_bytes(content)
        yield content
    path.write_bytes(whole)
