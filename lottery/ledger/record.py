"""`ledger.json`: what a piece used while it was computed, beside its outcomes.

Its name and its outcomes do not depend on it. Pieces of an earlier version have none; the manifest lists it where it is
there, and misses it nowhere.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from gol.errors import InputError
from lottery.ledger.usage import Meter, Usage
from lottery.ledger.work import work_of
from lottery.runs import session
from lottery.runs.files import read_json, write_json
from lottery.runs.pieces import OnProgress, Outcomes, Piece, Run

NAME = "ledger.json"
SECONDS_BETWEEN = 30.0  # of writing it: so much is missing at most where a run is stopped and goes on later


def metered(piece: Piece, run: Run, new_meter: Callable[[], Meter] = Meter) -> Run:
    """How a piece is computed, with a record of what that used; of a piece that was stopped, of all its sessions.

    Args:
        piece: what is computed.
        run: how.
        new_meter: makes what measures.
    """

    def measured(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
        before, meter = read_usage(folder) or Usage(), new_meter()
        written = time.monotonic()

        def tell(share: float, words: str) -> None:
            nonlocal written
            if time.monotonic() - written > SECONDS_BETWEEN:
                write_json(folder / NAME, asdict(before + meter.used()))
                written = time.monotonic()
            on_progress(share, words)

        outcomes = run(settings, folder, tell)
        device = session.device_name()
        work = work_of(piece, outcomes, on_gpu=device.startswith("gpu"))
        bytes_on_disk = sum(path.stat().st_size for path in folder.iterdir() if path.is_file() and path.name != NAME)
        used = asdict(before + meter.used())
        write_json(folder / NAME, {**used, "device": device, "bytes_on_disk": bytes_on_disk, **asdict(work)})
        return outcomes

    return measured


def read_usage(folder: Path) -> Usage | None:
    """What a piece used, as far as its record says; None where it has none that can be read.

    Args:
        folder: of the piece, finished or not.
    """
    with suppress(InputError, TypeError):
        found = read_json(folder / NAME)
        return Usage(**{one.name: found[one.name] for one in fields(Usage) if one.name in found})
    return None
