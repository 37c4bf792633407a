"""One owner at a time: a lock that the operating system takes back when its process ends, however it ends.

So no lock is ever stale and none needs a heartbeat. Where a file system does not share locks between machines, two of
them may compute one piece: writes are whole and results depend on the settings alone, so the first to finish counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from gol.errors import WriteError

SECONDS_BETWEEN = 0.5  # two attempts to get a lock


class BusyError(Exception):
    """Another process owns what was asked for."""


@contextmanager
def owned(path: Path, *, wait: bool) -> Iterator[None]:
    """Own what the lock file stands for while the block runs.

    Args:
        path: of the lock file; it is removed when the block has ended without an exception.
        wait: until the present owner has ended.

    Raises:
        BusyError: where another process is the owner and we do not wait.
        WriteError: where the system gives no lock.
    """
    lock = FileLock(path)
    try:
        lock.acquire(blocking=wait, poll_interval=SECONDS_BETWEEN)
    except Timeout as error:
        raise BusyError(f"Another process owns {path}.") from error
    except (OSError, NotImplementedError) as error:
        raise WriteError(f"{path} cannot be locked: {getattr(error, 'strerror', None) or error}.") from error
    try:
        yield
        # Removed only after what it guards is finished: who locks a file that is gone by then finds it finished.
        with suppress(OSError):
            path.unlink()
    finally:
        lock.release()
