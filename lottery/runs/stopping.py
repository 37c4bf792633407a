"""How a command ends when it is asked to stop: Ctrl-C and SIGTERM, from its first line on, whatever it computes.

Scripts import this module before all others. It needs nothing but the standard library's smallest parts, so that the
second in which jax and flax are imported is covered too.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM)
RESUMABLE = "Stopped. What is finished is kept; the same command goes on from there."
PLAIN = "Stopped."
SHOW_CURSOR = b"\x1b[?25h"  # which a bar hides
FLUSH_SECONDS = 1.0  # a reader of our output that has stalled must not keep us from ending

_installed = False


def at_signals(sentence: str = RESUMABLE) -> None:
    """From now on, end this process in one line on Ctrl-C (exit code 130) and SIGTERM (143).

    A second call does nothing.

    A Python handler runs between two lines of Python, not while XLA compiles or a kernel computes. The interpreter
    writes a byte to a pipe the moment a signal comes, and a thread of ours waits for that byte. Nothing is unwound:
    raised at any place, an exception could be swallowed or turned into another. Results are written to a temporary name
    and then renamed, so an end at any moment leaves everything that is finished.

    A signal that is ignored when the command starts (`nohup`, a shell's background) stays ignored.

    Args:
        sentence: the line to print.
    """
    global _installed
    if _installed:
        return
    _installed = True
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reader, sentence), daemon=True).start()
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # the thread does it all


def _wait(reader: int, sentence: str) -> None:
    while number := os.read(reader, 1):
        if number[0] in SIGNALS:
            end(number[0], sentence)


def end(number: int, sentence: str = RESUMABLE) -> None:
    """Print a line, take down the processes that we started and leave at once, with the exit code of a signal.

    The interpreter is not taken down in order: XLA's threads may still compute, and crash it now and then.

    Args:
        number: of the signal; the exit code is 128 more.
        sentence: the line to print.
    """
    flushing = threading.Thread(target=_flush, daemon=True)
    flushing.start()
    flushing.join(FLUSH_SECONDS)
    with suppress(OSError, ValueError):  # nobody reads any more
        if sys.stdout is not None and sys.stdout.isatty():
            os.write(sys.stdout.fileno(), SHOW_CURSOR + b"\n")  # a bar may stand on the last line
        if sys.stderr is not None:
            os.write(sys.stderr.fileno(), f"{sentence}\n".encode())
    for process in _descendants():  # last, so that no thread of ours has the time to speak of their end
        with suppress(OSError):  # where it has ended by itself
            os.kill(process, signal.SIGKILL)
    os._exit(128 + number)


def _flush() -> None:
    with suppress(AttributeError, OSError, ValueError):  # closed, or its reader has gone
        sys.stdout.flush()


def _descendants() -> list[int]:
    """The processes that this one has started, and theirs, where /proc tells (Linux)."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in parentheses, may hold anything; the state and the parent follow it.
            parent = int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(parent, []).append(int(folder.name))
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        of_one = children.get(waiting.pop(), [])
        found += of_one
        waiting += of_one
    return found


@contextmanager
def without_ctrl_c() -> Iterator[None]:
    """Start processes that leave Ctrl-C, which a terminal sends to all of them, to this one.

    They inherit a blocked signal. Here it is heeded all the same, by another thread.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """In a worker process: end as soon as the process that started it has ended, however it did."""
    from multiprocessing import parent_process

    parent = parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
