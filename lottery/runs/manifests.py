"""The manifest of a finished folder: size and SHA-256 of every file in it, and what made them, and when.

A manifest has one of two dates: `date`, when a run finished the folder, or `entered`, with the commit that brought the
folder into a repository, for folders of a time when dates were not kept.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gol.errors import DamagedError, InputError
from lottery.runs.files import is_set_aside, is_there, read_bytes, read_json, write_json
from lottery.runs.seals import check_seal

NAME = "manifest.json"
FORMAT = 1

# Weights, masks and metrics may be absent: docs/reference keeps what the claims read, and no more.
REQUIRED = ("outcomes.json", "settings.json")


def write_manifest(folder: Path, made_with: dict[str, Any], left_out: Callable[[Path], bool] = is_set_aside) -> None:
    """Write the manifest of a folder, after everything else in it.

    Args:
        folder: its files are listed.
        made_with: what the results may depend on beside their settings, such as versions, commit and device; or
            `entered`, where only that is known.
        left_out: files that are not listed.
    """
    files = {
        path.name: _fingerprint(read_bytes(path))
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != NAME and not left_out(path)
    }
    if "entered" not in made_with:
        made_with = {"date": datetime.now(UTC).isoformat(timespec="seconds"), **made_with}
    write_json(folder / NAME, {"format": FORMAT, **made_with, "files": files})


def check_manifest(folder: Path) -> bool:
    """Compare every file that is there with the manifest.

    Returns:
        False where there is no manifest: an earlier version of this package made the folder.

    Raises:
        DamagedError: where a file differs or a required one is missing.
        InputError: where a later version made the folder, or the system refuses to read.
    """
    if not os.path.lexists(folder / NAME):
        return False
    if not check_seal(read_bytes(folder / NAME), folder / NAME):
        raise DamagedError(f"{folder} is damaged: its {NAME} has no checksum.")
    manifest = read_json(folder / NAME)
    if manifest.get("format") != FORMAT:
        raise InputError(f"{folder} was made by another version of this package: choose another --out.")
    for name, expected in manifest["files"].items():
        path = folder / name
        if not is_there(path) and name not in REQUIRED:
            continue
        if not is_there(path):
            raise DamagedError(f"{folder} is damaged: its {name} is missing.")
        if _fingerprint(read_bytes(path)) != expected:
            raise DamagedError(f"{folder} is damaged: its {name} does not match {NAME}.")
    return True


@dataclass(frozen=True)
class Dated:
    """When a folder was finished.

    Attributes:
        at: the time, with its zone.
        entered: whether that is when it entered a repository, after it was finished.
    """

    at: datetime
    entered: bool = False


def date_of(folder: Path) -> Dated | None:
    """When a folder was finished; None where its manifest has no date, or there is no manifest."""
    manifest = read_json(folder / NAME) if os.path.lexists(folder / NAME) else {}
    if "date" in manifest:
        return Dated(datetime.fromisoformat(manifest["date"]))
    entered = manifest.get("entered")
    return Dated(datetime.fromisoformat(entered["date"]), entered=True) if entered else None


def made_on(folder: Path) -> str | None:
    """What computed a finished folder: its device and jax's version; None where its manifest does not say."""
    manifest = read_json(folder / NAME) if os.path.lexists(folder / NAME) else {}
    device, versions = manifest.get("device"), manifest.get("versions") or {}
    return f"{device} with jax {versions['jax']}" if device and "jax" in versions else None


def add_manifests(root: Path, entered: Mapping[str, Mapping[str, str]] | None = None) -> list[Path]:
    """Write a manifest for each finished piece that an earlier version made; the files are taken as they are.

    What made them is not known, so these manifests do not say it.

    Args:
        root: the folder of all pieces.
        entered: by piece, the `commit` that brought it into the repository and its `date` (ISO 8601, with its zone).

    Returns:
        The folders that have a manifest now and had none.
    """
    folders = [path.parent for path in sorted(root.glob("*/outcomes.json")) if not (path.parent / NAME).exists()]
    folders = [folder for folder in folders if not is_set_aside(folder)]
    for folder in folders:
        # Today is not when the piece was made: where nothing better is known there is no date.
        write_manifest(folder, {"entered": (entered or {}).get(folder.name)})
    return folders


def _fingerprint(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
