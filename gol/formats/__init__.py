"""Reading and writing patterns: RLE, Life 1.05, Life 1.06 and plaintext, from files or strings."""

from gol.formats.doors import read_pattern, write_pattern
from gol.formats.pattern import MAX_CELLS, Pattern

__all__ = ["MAX_CELLS", "Pattern", "read_pattern", "write_pattern"]
