"""What finished pieces cost, from their records where they have one and from outcomes and settings where not; sums."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from io import StringIO
from pathlib import Path
from typing import Any

from lottery.ledger.factors import Factors
from lottery.ledger.record import read_usage
from lottery.ledger.usage import Usage
from lottery.ledger.work import Work, work_of
from lottery.runs.files import write_bytes
from lottery.runs.manifests import made_on
from lottery.runs.pieces import Outcomes, Piece

TABLE = "ledger.csv"
UNKNOWN_CORES = 2  # of the machine that computed what does not say where: that of docs/engine.md


@dataclass(frozen=True)
class Entry:
    """What a piece cost.

    Attributes:
        piece: its name.
        kind: how it was computed.
        device: what computed it; empty where that was not recorded.
        updates: of single networks.
        updates_counted: whether outcomes say how many; else they are those of its plan.
        operations: floating-point operations of these updates, every weight counted.
        operations_as_masked: the same without pruned weights.
        seconds: by the clock.
        cpu_seconds: of all threads together; None where no record says so.
        peak_memory: bytes, likewise.
        bytes_on_disk: of the files that are there.
        joules: counted where the machine does, else estimated.
        joules_counted: whether all of them were counted.
        grams: of CO2 equivalent.
        cents: of rent.
    """

    piece: str
    kind: str
    device: str
    updates: float | int
    updates_counted: bool
    operations: float
    operations_as_masked: float
    seconds: float
    cpu_seconds: float | None
    peak_memory: int | None
    bytes_on_disk: int
    joules: float
    joules_counted: bool
    grams: float
    cents: float


@dataclass(frozen=True)
class Total:
    """Several pieces together.

    Attributes:
        name: of the claim that they belong to, or what else they are.
        pieces: how many.
        updates: of single networks, those of plans among them.
        operations: floating-point operations.
        operations_as_masked: the same without pruned weights.
        seconds: by the clock, added up although pieces may have run side by side.
        joules: of all.
        joules_counted: of these, what machines have counted.
        grams: of CO2 equivalent.
        cents: of rent.
    """

    name: str
    pieces: int
    updates: float | int
    operations: float
    operations_as_masked: float
    seconds: float
    joules: float
    joules_counted: float
    grams: float
    cents: float


def entry_of(piece: Piece, outcomes: Outcomes, root: Path, factors: Factors | None = None) -> Entry:
    """What a finished piece cost.

    Args:
        piece: what was computed.
        outcomes: what came of it.
        root: the folder of all pieces.
        factors: assumptions where nothing was counted; by default ours.
    """
    chosen, folder = factors or Factors(), root / piece.name
    used = read_usage(folder)
    device = (made_on(folder) or "").partition(" with ")[0]
    work: Work = work_of(piece, outcomes, on_gpu=device.startswith("gpu"))
    seconds = float(used.wall_seconds if used else outcomes["seconds"])
    cores, cards = _busy(device, used, seconds)
    by_cores, by_cards = (None, None) if used is None else (used.cpu_joules, used.gpu_joules)
    parts = (
        chosen.joules(cores, 0.0) if by_cores is None else by_cores,
        chosen.joules(0.0, cards) if by_cards is None else by_cards,
    )
    return Entry(
        piece=piece.name,
        kind=piece.kind,
        device=device,
        updates=work.updates,
        updates_counted=work.counted,
        operations=work.operations,
        operations_as_masked=work.as_masked,
        seconds=seconds,
        cpu_seconds=None if used is None else used.cpu_seconds,
        peak_memory=None if used is None else used.peak_memory,
        # Outcomes may come from elsewhere than this folder, as those of one's own report do.
        bytes_on_disk=sum(path.stat().st_size for path in folder.glob("*") if path.is_file()),
        joules=sum(parts),
        joules_counted=by_cores is not None and (by_cards is not None or not cards),
        grams=chosen.grams(sum(parts)),
        cents=chosen.cents(cores, cards),
    )


def _busy(device: str, used: Usage | None, seconds: float) -> tuple[float, float]:
    """Seconds of cores and of cards: recorded, or all cores of a CPU for the whole time, or one core beside cards."""
    found = re.match(r"(\w+) \((\d+) device", device)
    count = int(found[2]) if found else UNKNOWN_CORES
    cards = 0 if found is None or found[1] == "cpu" else count
    cores = seconds * (1 if cards else count) if used is None else used.cpu_seconds
    return float(cores), float(cards * seconds)


def total(name: str, entries: Iterable[Entry]) -> Total:
    """Several pieces together, each of which counts once.

    Args:
        name: what they are.
        entries: of the pieces, none twice.
    """
    found = list(entries)
    summed = ("updates", "operations", "operations_as_masked", "seconds", "joules", "grams", "cents")
    return Total(
        name=name,
        pieces=len(found),
        joules_counted=float(sum(one.joules for one in found if one.joules_counted)),
        **{field: float(sum(getattr(one, field) for one in found)) for field in summed},
    )


def totals(claims: Mapping[str, Sequence[str]], entries: Mapping[str, Entry]) -> list[Total]:
    """A total per claim, and one of all pieces; what claims share counts in each of them and once in the last.

    Args:
        claims: the names of each claim's pieces.
        entries: by the pieces' names.
    """
    each = [total(name, (entries[piece] for piece in names)) for name, names in claims.items()]
    every = dict.fromkeys(piece for names in claims.values() for piece in names)
    return [*each, total("all", (entries[piece] for piece in every))]


def write_table(path: Path, entries: Iterable[Entry]) -> None:
    """Write one row per piece as CSV; what is not known is empty.

    Args:
        path: of the file.
        entries: of the pieces.
    """
    text = StringIO()
    names = [one.name for one in fields(Entry)]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(getattr(entry, name)) for name in names] for entry in entries)
    write_bytes(path, text.getvalue().encode())


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else f"{value:.9g}" if isinstance(value, float) else value
