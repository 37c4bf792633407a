"""How much memory a machine has, so that what cannot fit is refused before anything is allocated."""

import os
from pathlib import Path

from gol.errors import InputError

GIB = 2**30


def available_bytes() -> int | None:
    """The memory that a process may hope for.

    Returns:
        Bytes: what the kernel calls available, or all of the machine's where it does not say; no more than the limit of
        the process's container. None where nothing is known.
    """
    known = [amount for amount in (_meminfo() or _physical(), _container()) if amount is not None]
    return min(known, default=None)


def refuse_beyond_memory(needed: int, what: str) -> None:
    """Refuse what does not fit.

    Args:
        needed: bytes, an estimate.
        what: what needs them, the subject of the sentence.

    Raises:
        InputError: where the machine has less.
    """
    available = available_bytes()
    if available is not None and needed > available:
        needed = min(needed, 2**100)  # a number that a user types may be larger than a float can be
        raise InputError(
            f"{what} would take about {needed / GIB:.3g} GiB of memory, and {available / GIB:.3g} GiB are available"
        )


def _meminfo() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").split("\n")
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _physical() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def _container() -> int | None:
    for place in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return int(Path(place).read_text(encoding="ascii"))
        except (OSError, ValueError):  # no such group, or 'max'
            continue
    return None
