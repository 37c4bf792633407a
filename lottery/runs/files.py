"""Files: arrays as safetensors, settings and results as JSON; written to a temporary name, then renamed.

Whatever goes wrong with a disk ends in one sentence. What is read back is checked first. A file may lie there
compressed, under its name with `.gz` after it (`compress`): it is read as if it were plain.
"""

import errno
import gzip
import hashlib
import json
import logging
import os
import platform
import re
import stat
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from gol.errors import DamagedError, InputError, WriteError
from lottery.runs import seals

Settings = TypeVar("Settings")

log = logging.getLogger(__name__)


# What a user can do about a write that failed.
_REMEDIES = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room within your quota",
    errno.EFBIG: "raise the limit on the size of a file",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "choose a folder that you may write to",
}

# Processes of several machines may share a folder, and only those of this machine can be asked whether they live.
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
_TEMPORARY = re.compile(r"\..+?(?:\.(?P<host>[0-9a-f]{8}))?\.(?P<process>\d{1,9})\.tmp")
_OLD = 3600.0  # seconds; a temporary file lives for as long as one file is written


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise WriteError, which names the path and what can be done, where the block raises OSError."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        words = f"{error.strerror or error}; {remedy}" if remedy else f"{error.strerror or error}"
        raise WriteError(f"{path} cannot be written: {words}.") from error


@contextmanager
def adding(sentence: str) -> Iterator[None]:
    """Add a sentence to the WriteError that the block raises: what is kept, and how to continue."""
    try:
        yield
    except WriteError as error:
        raise WriteError(f"{error} {sentence}") from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a kill or a power cut.

    Raises:
        WriteError: where the system refuses; an older file of that name is still there.
    """
    temporary = path.with_name(f".{path.name}.{_HOST}.{os.getpid()}.tmp")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def clean_temporaries(folder: Path) -> None:
    """Remove the temporary files of `write_bytes` whose process was killed: dead on this machine, or an hour old."""
    with suppress(OSError):  # an untidy folder is no reason to stop
        for path in folder.glob(".*.tmp"):
            if (found := _TEMPORARY.fullmatch(path.name)) and path.is_file():
                ours = found["host"] in (None, _HOST) and _is_dead(int(found["process"]))
                if ours or time.time() - path.stat().st_mtime > _OLD:
                    path.unlink(missing_ok=True)


def _is_dead(process: int) -> bool:
    if os.name != "posix":  # elsewhere the question would end the process
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def set_aside(path: Path, error: DamagedError) -> None:
    """Rename what is damaged to `NAME.damaged-1` (or the next free number), and say so in one sentence."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists() or aside.is_symlink():
        number += 1
    with writing(aside):
        path.rename(aside)
    log.warning("%s; it was set aside as %s and is computed again.", str(error).removesuffix("."), aside.name)


def is_set_aside(path: Path) -> bool:
    """Whether `set_aside` has named this file or folder."""
    return re.search(r"\.damaged-\d+$", path.name) is not None


def _compressed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def is_there(path: Path) -> bool:
    """Whether `read_bytes` finds something under this name, be it damaged: plain, or compressed."""
    return os.path.lexists(path) or os.path.lexists(_compressed(path))


def compress(path: Path) -> None:
    """Replace a file by its compressed form, which `read_bytes` reads under the old name.

    Raises:
        DamagedError: from `read_bytes`.
        InputError: from `read_bytes`.
        WriteError: where the system refuses; the plain file is still there.
    """
    write_bytes(_compressed(path), gzip.compress(read_bytes(path), mtime=0))
    with writing(path):
        path.unlink()


def read_bytes(path: Path) -> bytes:
    """Read a file, plain or, where only that is there, compressed.

    Raises:
        DamagedError: where there is something else than a file, or the disk cannot read it.
        InputError: where there is none, or the system refuses.
    """
    if not os.path.lexists(path) and os.path.lexists(compressed := _compressed(path)):
        try:
            return gzip.decompress(_read_plain(compressed))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DamagedError(f"{compressed} is damaged: it cannot be decompressed ({error}).") from error
    return _read_plain(path)


def _read_plain(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would block for ever
            raise DamagedError(f"{path} is damaged: it is not a file.")
        return path.read_bytes()
    except OSError as error:
        if isinstance(error, FileNotFoundError) and path.is_symlink():
            raise DamagedError(f"{path} is damaged: it is a link to nothing.") from error
        if isinstance(error, FileNotFoundError):
            raise InputError(f"There is no file {path}.") from error
        kind = DamagedError if error.errno == errno.EIO else InputError
        raise kind(f"{path} cannot be read: {error.strerror or error}.") from error


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, indented, keys in the order given; NaN is refused, because JSON has none.

    An object gets a seal (lottery/runs/seals.py) as its first entry, which `read_json` checks and leaves out.
    """
    value = {seals.KEY: seals.BLANK, **value} if isinstance(value, dict) else value
    write_bytes(path, seals.seal((json.dumps(value, indent=2, allow_nan=False) + "\n").encode()))


def write_entries(path: Path, entries: dict[str, Any]) -> None:
    """Write a JSON object with one line per entry, so that long lists of numbers stay short; NaN is refused."""
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value, allow_nan=False)}" for name, value in entries.items())
    write_bytes(path, f"{{\n{lines}\n}}\n".encode())


def read_json(path: Path) -> Any:
    """Read a JSON file, after checking its seal where it has one.

    Raises:
        DamagedError: where it is not what was written.
        InputError: where there is none, or the system refuses.
    """
    content = read_bytes(path)
    seals.check_seal(content, path)
    try:
        value = json.loads(content.decode())
    except (ValueError, RecursionError) as error:  # of the text's encoding, or of JSON
        raise DamagedError(f"{path} is damaged: it is not JSON ({error}).") from error
    return {key: entry for key, entry in value.items() if key != seals.KEY} if isinstance(value, dict) else value


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write one JSON object per line."""
    write_bytes(path, "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows).encode())


def write_arrays(path: Path, arrays: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> None:
    """Write named arrays as one safetensors file, with a seal (lottery/runs/seals.py) in its metadata."""
    metadata = {**(metadata or {}), seals.KEY: seals.BLANK}
    content = save({name: np.asarray(array, order="C") for name, array in arrays.items()}, metadata)
    write_bytes(path, seals.seal(content))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read a safetensors file, after checking its seal where it has one.

    Raises:
        DamagedError: where it is not what was written.
        InputError: where there is none, or the system refuses.
    """
    content = read_bytes(path)
    seals.check_seal(content, path)
    try:
        return load(content)
    except (SafetensorError, KeyError, ValueError) as error:
        raise DamagedError(f"{path} is not a readable safetensors file ({error}).") from error


def non_defaults(settings: Any) -> dict[str, Any]:
    """The fields of a settings dataclass that differ from their defaults, as plain JSON values.

    They identify a run: a setting that is added later, with the default that was tacit before, changes no name. A
    default must therefore never change; tests pin the names of some runs.
    """
    changed = {
        field.name: getattr(settings, field.name)
        for field in fields(settings)
        if getattr(settings, field.name) != field.default
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}


def settings_from(kind: type[Settings], changed: dict[str, Any]) -> Settings:
    """Undo `non_defaults`: settings of a kind from what differs from their defaults."""
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in changed.items()})


def settings_hash(settings: dict[str, Any]) -> str:
    """Ten hexadecimal digits that name these settings: SHA-256 of their canonical JSON."""
    canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:10]
