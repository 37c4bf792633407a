"""The unit of work: a piece is settings that name one finished folder, and a run is a list of pieces known beforehand.

A piece's results are a pure function of its settings, which include the seed and the replicates. Its folder is named by
a readable label and a hash of the settings:

    DIR/pieces/<label>-<hash>/settings.json   what was asked for
                              outcomes.json   what came of it: everything that the claims read
                              manifest.json   a checksum of every file, and what made them (lottery/runs/manifests.py)
                              ...             weights and masks (safetensors), metrics (JSONL)

While it is computed the folder is called `.<label>-<hash>.partial` and holds checkpoints, each file with a checksum of
its own (lottery/runs/seals.py); it is renamed when all is done. One process at a time owns a piece, by the lock file
`.<label>-<hash>.lock`. A piece whose folder exists is not computed again, unless it is damaged: then it is set aside.
"""

import logging
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from gol.errors import DamagedError, InputError
from lottery.runs import session
from lottery.runs.files import (
    adding,
    clean_temporaries,
    is_set_aside,
    is_there,
    read_arrays,
    read_bytes,
    read_json,
    set_aside,
    settings_hash,
    write_entries,
    write_json,
    writing,
)
from lottery.runs.locks import BusyError, owned
from lottery.runs.manifests import REQUIRED, check_manifest, write_manifest
from lottery.runs.seals import check_seal

log = logging.getLogger(__name__)

OWNER = "owner.json"

Outcomes = dict[str, Any]

# on_progress(share of the piece that is done, a few words about where it stands)
OnProgress = Callable[[float, str], None]

# run(settings, folder, on_progress) -> outcomes, plain JSON values
Run = Callable[[dict[str, Any], Path, OnProgress], Outcomes]


@dataclass(frozen=True)
class Piece:
    """What is computed in one go.

    Attributes:
        label: readable part of the folder's name, such as `width-m3`.
        kind: how it is computed, a name of the registry that `compute` is given.
        settings: plain JSON values that say everything the results depend on.
        updates: network updates it takes, a count, for the estimate of its time.
        seconds: estimated time on two cores.
    """

    label: str
    kind: str
    settings: dict[str, Any]
    updates: int
    seconds: float

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What is hashed and stored: the kind and the settings."""
        return {"kind": self.kind, "settings": self.settings}

    @property
    def name(self) -> str:
        """Name of the piece's folder."""
        return f"{self.label}-{settings_hash(self.identity)}"


def is_done(piece: Piece, root: Path) -> bool:
    """Whether a piece's folder is there, finished; `load` finds out whether it is damaged."""
    return os.path.lexists(root / piece.name)


def load(piece: Piece, root: Path) -> Outcomes:
    """Read the outcomes of a finished piece, after comparing its files with its manifest.

    Raises:
        DamagedError: where the folder is damaged, or holds other settings than the piece's.
        InputError: where it cannot be read.
    """
    folder = root / piece.name
    if not check_manifest(folder):
        _warn_of_unchecked(root)
    missing = [name for name in REQUIRED if not is_there(folder / name)]
    if missing:
        raise DamagedError(f"{folder} is damaged: its {missing[0]} is missing.")
    if read_json(folder / "settings.json") != piece.identity:
        raise DamagedError(f"{folder} is damaged: it was made with other settings than its name says.")
    outcomes = read_json(folder / "outcomes.json")
    if not isinstance(outcomes, dict) or "seconds" not in outcomes:
        raise DamagedError(f"{folder} is damaged: its outcomes.json does not hold outcomes.")
    return outcomes


@cache
def _warn_of_unchecked(root: Path) -> None:
    """Say once per process and folder that some of it cannot be checked."""
    log.warning("%s holds pieces of an earlier version, without checksums: they are used, but cannot be checked.", root)


def compute(
    piece: Piece, root: Path, kinds: Mapping[str, Run], on_progress: OnProgress, *, wait: bool = True
) -> Outcomes:
    """Read a piece that is finished; else compute it, or continue it where it was left, as its only owner.

    What is damaged is named in a sentence, set aside, and computed again.

    Args:
        piece: what to compute.
        root: the folder of all pieces.
        kinds: how each kind is computed: function(settings, folder, on_progress) -> outcomes.
        on_progress: is told how far it is.
        wait: for another process that computes this piece.

    Returns:
        The outcomes as they stand in `outcomes.json`.

    Raises:
        BusyError: where another process computes this piece and we do not wait.
        WriteError: where the disk is full or the system refuses; what is finished is kept.
    """
    with suppress(DamagedError):  # what is damaged is looked at again below, by its owner
        if is_done(piece, root):
            return load(piece, root)
    with writing(root):
        root.mkdir(parents=True, exist_ok=True)
    lock = root / f".{piece.name}.lock"
    with adding("What is finished is kept, and the same command goes on from there."):
        try:
            with owned(lock, wait=False):
                return _compute_as_owner(piece, root, kinds, on_progress)
        except BusyError:
            if not wait:
                raise
        log.warning("Waiting for %s, which %s computes.", piece.name, owner(piece, root))
        with owned(lock, wait=True):
            return _compute_as_owner(piece, root, kinds, on_progress)


def owner(piece: Piece, root: Path) -> str:
    """Who computes an unfinished piece, in words."""
    with suppress(InputError, LookupError, TypeError):
        found = read_json(_partial(piece, root) / OWNER)
        return f"process {found['process']} on {found['host']}"
    return "another process"


def _partial(piece: Piece, root: Path) -> Path:
    return root / f".{piece.name}.partial"


def _compute_as_owner(piece: Piece, root: Path, kinds: Mapping[str, Run], on_progress: OnProgress) -> Outcomes:
    finished, partial = root / piece.name, _partial(piece, root)
    if is_done(piece, root):  # it appeared meanwhile, or is damaged
        try:
            return load(piece, root)
        except DamagedError as error:
            set_aside(finished, error)
    _open_partial(piece, partial)
    outcomes = kinds[piece.kind](piece.settings, partial, on_progress)
    write_entries(partial / "outcomes.json", outcomes)
    write_manifest(partial, _made_with(), _is_passing)
    with writing(finished):
        try:
            partial.rename(finished)
        except OSError:
            if not is_done(piece, root):
                raise  # else a process that knows no locks was faster, with the same outcomes
        # Only now, so that a full disk or a kill before this line costs no training.
        for path in finished.iterdir():
            if _is_passing(path) and not is_set_aside(path):
                path.unlink()
    return load(piece, root)


def _made_with() -> dict[str, Any]:
    """What results may depend on beside the settings, for the manifest."""
    return {"versions": session.versions(), "commit": session.commit(), "device": session.device_name()}


def _is_passing(path: Path) -> bool:
    """Whether a file is of use only while its piece is unfinished, or was set aside."""
    return path.name.startswith("checkpoint") or path.name == OWNER or is_set_aside(path)


def _open_partial(piece: Piece, partial: Path) -> None:
    """Make or reopen the folder of an unfinished piece; what is damaged in it is set aside."""
    if os.path.lexists(partial) and not partial.is_dir():
        set_aside(partial, DamagedError(f"{partial} is damaged: it is not a folder."))
    elif not _has_its_settings(piece, partial):
        set_aside(partial, DamagedError(f"{partial} is damaged: it holds other settings than its name says."))
    with writing(partial):
        partial.mkdir(exist_ok=True)
        clean_temporaries(partial)
        unfinished = [path for path in sorted(partial.iterdir()) if not is_set_aside(path)]
    for path in unfinished:
        _check_unfinished(path)
    write_json(partial / "settings.json", piece.identity)
    write_json(partial / OWNER, {"host": platform.node(), "process": os.getpid()})


def _has_its_settings(piece: Piece, partial: Path) -> bool:
    """Whether an unfinished folder is what its name says; settings that are missing or damaged are written again."""
    try:
        return read_json(partial / "settings.json") == piece.identity
    except InputError:
        return True


def _check_unfinished(path: Path) -> None:
    """Set a file of an unfinished piece aside where it is damaged."""
    if path.suffix not in (".json", ".safetensors"):
        return
    try:
        if not check_seal(read_bytes(path), path) and path.name != "outcomes.json":  # which is written again
            _warn_of_unchecked(path.parent.parent)
            (read_json if path.suffix == ".json" else read_arrays)(path)
    except DamagedError as error:
        set_aside(path, error)
