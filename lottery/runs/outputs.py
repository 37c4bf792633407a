"""Where results go: checked before anything is computed, so that no hour of work ends at a folder that is a file."""

import os
from collections.abc import Sequence
from pathlib import Path

from gol.errors import InputError, shown

LONGEST = 200  # characters of a path that a message shows


def make_folder(path: Path, option: str, *, files: Sequence[str] = (), folders: Sequence[str] = ()) -> None:
    """Make a folder for results, or see that an existing one takes them.

    Args:
        path: the folder.
        option: what the user calls it, such as `--out`.
        files: what will be written in it; a folder of such a name is in the way.
        folders: the folders in it; a file of such a name is in the way.

    Raises:
        InputError: where results cannot be written there.
    """
    _check_name(path, option)
    _try(path, option, "a folder")
    for name in files:
        if (path / name).is_dir():
            raise InputError(f"{_quoted(path / name)} is a folder, where a file is written: choose another {option}.")
    for name in folders:
        if os.path.lexists(path / name) and not (path / name).is_dir():
            raise InputError(f"{_quoted(path / name)} is no folder, where one is needed: choose another {option}.")


def check_file(path: Path, option: str) -> None:
    """See that a file of results can be written, its folder made if need be.

    Args:
        path: the file.
        option: what the user calls it, such as `--json`.

    Raises:
        InputError: where it cannot be written.
    """
    _check_name(path, option)
    if path.is_dir():
        raise InputError(f"{_quoted(path)} is a folder: {option} has to name a file.")
    _try(path.parent, option, "a file in a folder")


def _check_name(path: Path, option: str) -> None:
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{_quoted(path)} has bytes that are no UTF-8: give {option} a name of letters that are."
        ) from None


def _try(folder: Path, option: str, needed: str) -> None:
    """Make a folder, and a file in it for a moment."""
    probe = folder / f".probe.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        kind = f"cannot be written to ({error.strerror})"
        if isinstance(error, FileExistsError):
            kind = "is a file" if folder.exists() else "is a link to nothing"
        raise InputError(f"{_quoted(folder)} {kind}: {option} has to name {needed} that can be written to.") from error


def _quoted(path: Path) -> str:
    return shown(os.fspath(path), longest=LONGEST)
