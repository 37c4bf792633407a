"""The unit of work: a piece is settings that name one finished folder, and a run is a list of pieces known beforehand.

A piece's results are a pure function of its settings, which include the seed and the replicates. Its folder is named by
a readable label and a hash of the settings:

    DIR/pieces/<label>-<hash>/settings.json   what was asked for
                              outcomes.json   what came of it: everything that the claims read
                              ...             weights and masks (safetensors), metrics (JSONL)

While it is computed the folder is called `.<label>-<hash>.partial` and holds checkpoints; it is renamed when all is
done. A piece whose folder exists is never computed again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gol.errors import InputError
from lottery.storage import read_json, settings_hash, write_entries, write_json

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
    """Whether a piece's folder is there, finished."""
    return (root / piece.name / "outcomes.json").is_file()


def load(piece: Piece, root: Path) -> Outcomes:
    """Read the outcomes of a finished piece.

    Raises:
        InputError: where the folder holds other settings than the piece's, or is damaged.
    """
    folder = root / piece.name
    if read_json(folder / "settings.json") != piece.identity:
        raise InputError(
            f"{folder} was made with other settings than its name says: delete it, or choose another --out."
        )
    outcomes = read_json(folder / "outcomes.json")
    if not isinstance(outcomes, dict) or "seconds" not in outcomes:
        raise InputError(f"{folder / 'outcomes.json'} is damaged: delete {folder} to have it made again.")
    return outcomes


def compute(
    piece: Piece,
    root: Path,
    kinds: Mapping[str, Run],
    on_progress: OnProgress,
) -> Outcomes:
    """Compute a piece, or continue it where it was left, and rename its folder when it is finished.

    Args:
        piece: what to compute.
        root: the folder of all pieces.
        kinds: how each kind is computed: function(settings, folder, on_progress) -> outcomes.
        on_progress: is told how far it is.

    Returns:
        The outcomes as they stand in `outcomes.json`.
    """
    partial = root / f".{piece.name}.partial"
    partial.mkdir(parents=True, exist_ok=True)
    write_json(partial / "settings.json", piece.identity)
    outcomes = kinds[piece.kind](piece.settings, partial, on_progress)
    for leftover in partial.glob("checkpoint*"):
        leftover.unlink()
    write_entries(partial / "outcomes.json", outcomes)
    partial.rename(root / piece.name)
    return load(piece, root)
