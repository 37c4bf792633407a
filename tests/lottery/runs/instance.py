"""One of several processes that compute the same toy pieces in one folder, as scripts/replicate.py does.

    python instance.py ROOT LOG GO

It begins when there is a file GO. Every computation adds a line to LOG. Where "slow" is in the name of LOG, there is
also a piece `toy-slow`, which takes for ever, unless a process has begun it before.
"""

import os
import sys
import time
from pathlib import Path

from rich.console import Console

from lottery import computing
from lottery.runs import session
from lottery.runs.pieces import Piece

ROOT, LOG, GO = map(Path, sys.argv[1:4])
NAMES = ("a", "b", "slow", "c", "d") if "slow" in LOG.name else ("a", "b", "c", "d")


def toy(settings, folder, on_progress):
    first = settings["name"] not in (LOG.read_text().split() if LOG.exists() else [])
    with LOG.open("a") as file:
        file.write(settings["name"] + "\n")
    on_progress(0.5, "half")
    time.sleep(600 if settings["name"] == "slow" and first else 0.2)
    return {"seconds": 0.2}


def main() -> None:
    needed = [Piece(f"toy-{name}", "toy", {"name": name}, updates=0, seconds=1.0) for name in NAMES]
    computing.KINDS = {"toy": toy}
    LOG.with_name(f"ready-{os.getpid()}").touch()
    while not GO.exists():
        time.sleep(0.01)
    results = computing.compute_all(Console(width=300), needed, ROOT)
    assert [results[piece.name]["seconds"] for piece in needed] == [0.2] * len(NAMES)


session.run(main)
