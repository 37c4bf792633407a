"""How fast the simulator and the training engine are on this machine, beside named peers.

    python scripts/bench.py train                    # network updates per second
    python scripts/bench.py simulate                 # cell updates per second
    python scripts/bench.py scale                    # training over numbers of networks and widths
    python scripts/bench.py card                     # all of it in two minutes: a card of this machine
    python scripts/bench.py streams                  # what it costs that every network sees batches of its own
    python scripts/bench.py train --json rows.json   # the same rows as JSON

Nothing is installed: a peer that is not there is left out, and said to be.
"""

from lottery.runs import stopping

if __name__ == "__main__":
    stopping.at_signals(stopping.PLAIN)  # from here on, also while the libraries below are imported

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tyro
from rich.console import Console
from rich.table import Table

from lottery.runs import session

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
    ready(json=json, replicates=replicates)
    from importlib.util import find_spec

    from bench_train import rows

    from lottery.runs.files import write_json

    found: list[dict[str, Any]] = []
    networks = [(n, m) for n, m in parse_numbers(points, "points", "n,m", "1,8")]
    for of_network in rows(networks, replicates):
        found += of_network
        show(of_network, TRAIN)
        if json is not None:  # after every network, so that a run that is stopped leaves what it has
            write_json(json, found)
    if find_spec("torch") is None:
        Console().print("PyTorch is not installed: it was left out, and the ratios are to the faster of the two flax.")


@app.command
def scale(
    steps: int = 1,
    widths: tuple[int, ...] = (1, 2, 4, 8, 16, 24),
    counts: tuple[int, ...] = (1, 4, 16, 64, 256, 1024, 4096),
    most: int = 8192,
    json: Path | None = None,
    figure: Path | None = None,
) -> None:
    """Scale: throughput and memory over numbers of networks and widths, and the share of the roof.

    Args:
        steps: n of all networks.
        widths: m of the networks to time.
        counts: how many networks are trained together.
        most: leave out points of more networks times width than this, which would take minutes each.
        json: also write the rows to this file.
        figure: also draw them, to PNG, SVG and CSV files of this name.
    """
    session.start()
    ready(json=json, figure=figure, steps=steps, most=most, widths=widths, counts=counts)
    from bench_roof import measure_roof, under_roof
    from bench_train import scale_rows

    from lottery.runs.files import write_json

    found: list[dict[str, Any]] = []
    for of_width in scale_rows(widths, counts, steps, most):
        roof = measure_roof()  # for every width anew: a shared machine is not equally fast for minutes
        found += [under_roof(row, roof) for row in of_width]
        if json is not None:
            write_json(json, found)
    show(found, SCALE)
    tops = [[row[name] for row in found] for name in ("roof_gigaflops", "roof_gigabytes")]
    Console().print(
        "Roofs, measured beside each width: {:,.0f} to {:,.0f} Gflop/s of matrix products, {:,.0f} to {:,.0f} GB/s of "
        "copies of a bank. A row names the one it comes closer to, and its share of it.".format(
            *(end(of_all) for of_all in tops for end in (min, max))
        )
    )
    if figure is not None:
        from bench_figure import draw_scale

        draw_scale(found, figure)


@app.command
def streams(steps: int = 1, width: int = 1, replicates: int = 64, json: Path | None = None) -> None:
    """Where batches come from: network updates per second, and the time over one sequence shared by all.

    Args:
        steps: n of the networks.
        width: their m.
        replicates: networks trained together.
        json: also write the rows to this file.
    """
    session.start()
    ready(json=json, steps=steps, width=width, replicates=replicates)
    from bench_train import stream_rows

    from lottery.runs.files import write_json

    found = stream_rows(steps, width, replicates)
    show(found, STREAMS)
    if json is not None:
        write_json(json, found)


@app.command
def card(torch: bool = True, json: Path | None = None) -> None:
    """Card: this machine in two minutes, with the roof of each row and the share of it that was reached.

    Args:
        torch: time PyTorch's stacks of networks too, where it is installed.
        json: also write the rows to this file.
    """
    session.start()
    ready(json=json)
    from bench_card import rows

    from lottery.runs.files import write_json

    found: list[dict[str, Any]] = []
    for row in rows(torch=torch):
        found.append(row)
        if json is not None:
            write_json(json, found)
    show(found, CARD)


@app.command
def simulate(
    shapes: tuple[str, ...] = ("1024,32,32", "1,4096,4096"), rounds: int = 5, json: Path | None = None
) -> None:
    """Simulation: cell updates per second, beside numpy rolls and whatever peers are installed.

    Args:
        shapes: batches to time, each as boards,height,width.
        rounds: timings of each implementation, of which the median counts.
        json: also write the rows to this file.
    """
    session.start()
    ready(json=json, rounds=rounds)
    from bench_simulate import rows

    from lottery.runs.files import write_json

    found: list[dict[str, Any]] = []
    for boards, height, width in parse_numbers(shapes, "shapes", "boards,height,width", "1024,32,32"):
        of_shape = rows(boards, height, width, rounds)
        found += of_shape
        if json is not None:
            write_json(json, found)
        Console().print(f"{boards:,} board{'s' if boards > 1 else ''} of {height} x {width}", style="bold")
        show(of_shape, SIMULATE)
        for row in of_shape:
            if row["note"]:
                Console().print(f"{row['implementation']}: {row['note']}.", highlight=False)
    Console().print("ours/: how many times as fast gol.evolve on Life is. /ten: this over ten generations.")


def ready(json: Path | None, figure: Path | None = None, **numbers: int | tuple[int, ...]) -> None:
    """See that results can be written and that numbers are some, each from 1 on, before minutes are spent on timing.

    Args:
        json: the file of rows, if any.
        figure: the file of a figure, if any.
        numbers: by the names of their options.

    Raises:
        InputError: for the first that cannot be.
    """
    from gol.errors import InputError
    from lottery.runs.outputs import check_file

    for path, option in ((json, "--json"), (figure, "--figure")):
        if path is not None:
            check_file(path, option)
    for name, value in numbers.items():
        if min(value if isinstance(value, tuple) else (value,), default=0) < 1:
            raise InputError(f"{name} is {value}: it takes whole numbers from 1 on.")


def parse_numbers(texts: Sequence[str], option: str, form: str, example: str) -> list[tuple[int, ...]]:
    """Whole numbers from 1 on, as many in each text as its form has names.

    Args:
        texts: such as ``1,8``.
        option: what to call them in a complaint.
        form: the names of the numbers, with commas between them.
        example: a text that can be read.

    Raises:
        InputError: where a text is not of this form.
    """
    from gol.errors import InputError, shown

    if not texts:
        raise InputError(f"{option} is empty: write each as {form}, such as {example}.")
    found = []
    for text in texts:
        numbers = text.split(",")
        good = len(numbers) == len(form.split(",")) and all(NUMBER.fullmatch(one) for one in numbers)
        if not good:
            raise InputError(f"{option} has '{shown(text)}': write each as {form}, such as {example}.")
        found.append(tuple(int(one) for one in numbers))
    return found


NUMBER = re.compile("0*[1-9][0-9]{0,17}")  # longer ones Python refuses to read, or nothing can be done with

# What a table shows of each row, and how it is headed: so short that all of it fits on 80 columns.
TRAIN = {
    "steps": "n",
    "width": "m",
    "implementation": "implementation",
    "arrangement": "arrangement",
    "replicates": "nets",
    "updates_per_second": "updates/s",
    "compile_seconds": "compile s",
    "ratio": "ratio",
}
SCALE = {
    "steps": "n",
    "width": "m",
    "replicates": "nets",
    "updates_per_second": "updates/s",
    "compile_seconds": "compile s",
    "peak_megabytes": "MB",
    "gigaflops": "Gflop/s",
    "gigabytes": "GB/s",
    "roof": "roof",
    "share_of_roof": "of it",
}
STREAMS = {
    "steps": "n",
    "width": "m",
    "stream": "stream",
    "updates_per_second": "updates/s",
    "over_shared": "time/shared",
    "with_banks": "with banks",
    "compile_seconds": "compile s",
}
CARD = {
    "what": "what",
    "size": "size",
    "speed": "speed",
    "unit": "unit",
    "share_of_roof": "of roof",
    "over_torch": "/PyTorch",
}
SIMULATE = {
    "implementation": "implementation",
    "generations": "generations",
    "cell_updates_per_second": "cells/s",
    "compile_seconds": "compile s",
    "ours_over_this": "ours/",
    "ten_generations": "/ten",
}


def show(rows: list[dict[str, Any]], columns: dict[str, str]) -> None:
    """Print rows as a table.

    Args:
        rows: all with the same names.
        columns: the names to show, and their headings.
    """
    table = Table(header_style="bold", box=None, pad_edge=False)
    for heading in columns.values():
        left = heading in ("implementation", "arrangement", "roof", "stream", "what", "size", "unit")
        table.add_column(heading, no_wrap=True, justify="left" if left else "right")
    for row in rows:
        table.add_row(*(cell(row[name]) for name in columns))
    console = Console()
    console.print(table)
    console.print(f"On {session.device_name()}; medians of several runs, compilation apart.")


def cell(value: object) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.2e}" if abs(value) >= 1e7 else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


if __name__ == "__main__":
    session.run(lambda: app.cli(description=__doc__))
