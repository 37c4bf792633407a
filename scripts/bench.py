"""How fast the simulator and the training engine are on this machine, beside named peers.

    python scripts/bench.py train                    # network updates per second
    python scripts/bench.py simulate                 # cell updates per second
    python scripts/bench.py scale                    # training over numbers of networks and widths
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
    points: tuple[str, ...] = ("1,1", "1,8", "1,24", "2,1", "2,4", "2,8", "2,24", "3,8"),
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
    from importlib.util import find_spec

    from bench_train import rows

    from lottery.storage import write_json

    found: list[dict[str, Any]] = []
    for of_network in rows(parse_points(points), replicates):
        found += of_network
        show(of_network, "updates_per_second", None)
        if json is not None:  # after every network, so that a run that is stopped leaves what it has
            write_json(json, found)
    if find_spec("torch") is None:
        Console().print("PyTorch is not installed: it was left out, and the ratios are to the faster of the two flax.")


@app.command
def scale(
    steps: int = 1,
    widths: tuple[int, ...] = (1, 2, 4, 8, 16, 24),
    counts: tuple[int, ...] = (1, 4, 16, 64, 256, 1024, 4096),
    json: Path | None = None,
    figure: Path | None = None,
) -> None:
    """Scale: throughput and memory over numbers of networks and widths, and the share of the machine's arithmetic.

    Args:
        steps: n of all networks.
        widths: m of the networks to time.
        counts: how many networks are trained together.
        json: also write the rows to this file.
        figure: also draw them, to a PNG or SVG file.
    """
    session.start()
    from bench_train import arithmetic_roof, scale_rows

    rows = scale_rows(widths, counts, steps)
    roof = arithmetic_roof() / 1e9
    rows = [{**row, "share_of_roof": row["gigaflops"] / roof} for row in rows]
    show(rows, "updates_per_second", json)
    Console().print(f"The roof is arithmetic: matrix products of 1024 x 1024 reach {roof:,.0f} Gflop/s here.")
    if figure is not None:
        from bench_figure import draw_scale

        draw_scale(rows, figure)


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


# Short enough for all columns to fit on 80 characters.
HEADINGS = {
    "steps": "n",
    "width": "m",
    "replicates": "nets",
    "updates_per_second": "updates/s",
    "compile_seconds": "compile s",
    "peak_megabytes": "MB",
    "gigaflops": "Gflop/s",
    "share_of_roof": "of roof",
}


def show(rows: list[dict[str, Any]], speed: str, json: Path | None) -> None:
    """Print rows as a table and write them to a file where asked to."""
    from lottery.storage import write_json

    console = Console()
    hidden = {"device", "versions"}
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in hidden]
    table = Table(header_style="bold", box=None, pad_edge=False)
    for name in names:
        table.add_column(
            HEADINGS.get(name, name.replace("_", " ")),
            no_wrap=name == "implementation",
            justify="left" if name in ("implementation", "arrangement") else "right",
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
