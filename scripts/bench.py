"""How fast the simulator and the training engine are on this machine, beside named peers.

    python scripts/bench.py train                    # network updates per second
    python scripts/bench.py simulate                 # cell updates per second
    python scripts/bench.py train --json rows.json   # the same rows as JSON

Nothing is installed: a peer that is not there is left out, and said to be.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tyro
from rich.console import Console
from rich.table import Table

from lottery import session

app = tyro.extras.SubcommandApp()


@app.command
def train(
    points: tuple[str, ...] = ("1,1", "1,8", "1,24", "2,1", "2,4"),
    replicates: int = 64,
    json: Path | None = None,
) -> None:
    """Training: network updates per second, batches of 8 boards 32x32, Adam.

    Args:
        points: networks to time, each as n,m.
        replicates: networks trained together.
        json: also write the rows to this file.
    """
    session.start()
    from bench_train import rows

    show(rows(parse_points(points), replicates), "updates_per_second", json)


@app.command
def simulate(json: Path | None = None) -> None:
    """Simulation: cell updates per second, beside numpy rolls and whatever peers are installed.

    Args:
        json: also write the rows to this file.
    """
    session.start()
    from bench_simulate import rows

    show(rows(), "cell_updates_per_second", json)


def parse_points(points: Sequence[str]) -> list[tuple[int, int]]:
    """Networks given as texts `n,m` as pairs of whole numbers from 1 on."""
    from gol.errors import InputError

    pairs = []
    for text in points:
        numbers = text.split(",")
        if len(numbers) != 2 or not all(number.isdecimal() and int(number) > 0 for number in numbers):
            raise InputError(f"points has {text!r}: write each network as n,m, such as 1,8.")
        pairs.append((int(numbers[0]), int(numbers[1])))
    return pairs


def show(rows: list[dict[str, Any]], speed: str, json: Path | None) -> None:
    """Print rows as a table and write them to a file where asked to."""
    from lottery.storage import write_json

    console = Console()
    hidden = {"device", "versions"}
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in hidden]
    table = Table(header_style="bold", box=None, pad_edge=False)
    for name in names:
        table.add_column(
            name.replace("_", " "), justify="left" if name in ("implementation", "arrangement") else "right"
        )
    for row in rows:
        table.add_row(*(cell(row.get(name)) for name in names))
    console.print(table)
    console.print(f"On {session.device_name()}; {speed.replace('_', ' ')}, median of several runs, compilation apart.")
    if json is not None:
        write_json(json, rows)


def cell(value: object) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


if __name__ == "__main__":
    session.run(lambda: app.cli(description=__doc__))
