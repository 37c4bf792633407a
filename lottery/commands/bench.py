"""How fast the simulator and the training engine are on this machine, beside named peers.

    gol-lottery bench train                # network updates per second
    gol-lottery bench simulate             # cell updates per second
    gol-lottery bench scale                # numbers of networks, widths
    gol-lottery bench streams              # the cost of batches of one's own
    gol-lottery bench card                 # a card of this machine
    gol-lottery bench c                    # training beside plain C loops
    gol-lottery bench device               # networks on microcontrollers
    gol-lottery bench train --json FILE    # the same rows as JSON

Nothing is installed: a peer that is missing is left out, and the output says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from lottery.commands.command import Command
from lottery.commands.outputs import JsonPath, console_beside, write_for_program, write_so_far
from lottery.runs import session

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

FigurePath = Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(not drawn by default)")]


@dataclass(frozen=True)
class Train:
    """Training: network updates per second, batches of 8 boards 32x32, Adam."""

    points: Annotated[tuple[str, ...], tyro.conf.arg(metavar="N,M ...")] = (
        *("1,1", "1,8", "1,24"),
        *("2,1", "2,4", "2,8", "2,24"),
        "3,8",
    )
    """networks to time, each as n,m"""
    replicates: int = 64
    """networks trained together"""
    json: JsonPath = None
    """also write the rows to this file; - is the standard output"""


@dataclass(frozen=True)
class Scale:
    """Scale: throughput and memory over numbers of networks and widths, and the share of the roof."""

    steps: int = 1
    """n of all networks"""
    widths: Annotated[tuple[int, ...], tyro.conf.arg(metavar="INT ...")] = (1, 2, 4, 8, 16, 24)
    """m of the networks to time"""
    counts: Annotated[tuple[int, ...], tyro.conf.arg(metavar="INT ...")] = (1, 4, 16, 64, 256, 1024, 4096)
    """how many networks are trained together"""
    most: int = 8192
    """leave out points of more networks times width than this, which would take minutes each"""
    json: JsonPath = None
    """also write the rows to this file; - is the standard output"""
    figure: FigurePath = None
    """also draw them, to PNG, SVG and CSV files of this name"""


@dataclass(frozen=True)
class Streams:
    """Where batches come from: network updates per second, and the time over one sequence shared by all."""

    steps: int = 1
    """n of the networks"""
    width: int = 1
    """their m"""
    replicates: int = 64
    """networks trained together"""
    json: JsonPath = None
    """also write the rows to this file; - is the standard output"""


@dataclass(frozen=True)
class Simulate:
    """Simulation: cell updates per second, beside numpy rolls and whatever peers are installed."""

    shapes: Annotated[tuple[str, ...], tyro.conf.arg(metavar="BOARDS,HEIGHT,WIDTH ...")] = (
        "1024,32,32",
        "1,4096,4096",
    )
    """batches to time, each as boards,height,width"""
    rounds: int = 5
    """timings of each implementation, of which the median counts"""
    json: JsonPath = None
    """also write the rows to this file; - is the standard output"""


@dataclass(frozen=True)
class Card:
    """Card: this machine in two minutes, with the roof of each row and the share of it that was reached."""

    torch: bool = True
    """time PyTorch's stacks of networks too, where it is installed"""
    json: JsonPath = None
    """also write the rows to this file; - is the standard output"""


@dataclass(frozen=True)
class CLoop:
    """C: the fused kernels of two and more steps beside the same training as plain C loops, on one core by turns."""

    points: Annotated[tuple[str, ...], tyro.conf.arg(metavar="N,M ...")] = ("2,1", "2,4", "2,8", "2,24", "3,8")
    """networks to time, each as n,m; from n = 2 on"""
    repeats: int = 15
    """turns of each, of which the median counts"""
    json: JsonPath = None
    """also write the rows to this file; - is the standard output"""


@dataclass(frozen=True)
class Device:
    """Device: what networks take as C on two microcontrollers, which QEMU emulates."""

    networks: tyro.conf.Positional[Annotated[tuple[str, ...], tyro.conf.arg(metavar="[FILE ...]")]] = (
        "shipped",
        "fifteen",
    )
    """saved networks of one step (.safetensors), `shipped`, or `fifteen`: the one of fifteen parameters"""
    json: JsonPath = None
    """also write the figures and all assumptions to this file; - is the standard output"""
    page: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(not written by default)")] = None
    """also write them as a page of Markdown"""


def train(options: Train) -> None:
    """Print and write the rows of `bench train`."""
    session.start()
    console = ready(options.json, replicates=options.replicates)
    from importlib.util import find_spec

    from lottery.benchmarks.training_speed import rows

    found: list[dict[str, Any]] = []
    networks = [(n, m) for n, m in parse_numbers(options.points, "points", "n,m", "1,8")]
    for of_network in rows(networks, options.replicates):
        found += of_network
        show(console, of_network, TRAIN)
        _say_beside_reference(console, of_network[0])
        write_so_far(options.json, found)
    write_for_program(options.json, found)
    if find_spec("torch") is None:
        console.print("PyTorch is not installed: it was left out, and the ratios are to the faster of the two flax.")
    if find_spec("numba") is None:
        console.print(
            "numba is not installed: on a CPU it makes training of two and more steps 4 to 8 times as fast "
            "(pip install 'gol-lottery[fast]')."
        )


def _say_beside_reference(console: "Console", row: dict[str, Any]) -> None:
    """Say how fast this machine is beside the reference machine, by a row of the engine's own choice."""
    from lottery.benchmarks.training_speed import reference_speed

    share = row["updates_per_second"] / reference_speed(row["steps"], row["width"])
    console.print(f"That is {share:.2g} times the speed of the reference machine, two cores of an AMD EPYC (Zen 5).")


def scale(options: Scale) -> None:
    """Print, write and draw the rows of `bench scale`."""
    session.start()
    console = ready(
        options.json,
        options.figure,
        steps=options.steps,
        most=options.most,
        widths=options.widths,
        counts=options.counts,
    )
    from lottery.benchmarks.roofs import measure_roof, under_roof
    from lottery.benchmarks.training_speed import scale_rows

    found: list[dict[str, Any]] = []
    for of_width in scale_rows(options.widths, options.counts, options.steps, options.most):
        roof = measure_roof()  # for every width anew: a shared machine is not equally fast for minutes
        found += [under_roof(row, roof) for row in of_width]
        write_so_far(options.json, found)
    show(console, found, SCALE)
    tops = [[row[name] for row in found] for name in ("roof_gigaflops", "roof_gigabytes")]
    console.print(
        "Roofs, measured beside each width: {:,.0f} to {:,.0f} Gflop/s of matrix products, {:,.0f} to {:,.0f} GB/s of "
        "copies of a bank. A row names the one it comes closer to, and its share of it.".format(
            *(end(of_all) for of_all in tops for end in (min, max))
        )
    )
    write_for_program(options.json, found)
    if options.figure is not None:
        from lottery.benchmarks.scale_figure import draw_scale

        draw_scale(found, options.figure)


def streams(options: Streams) -> None:
    """Print and write the rows of `bench streams`."""
    session.start()
    console = ready(options.json, steps=options.steps, width=options.width, replicates=options.replicates)
    from lottery.benchmarks.training_speed import stream_rows

    found = stream_rows(options.steps, options.width, options.replicates)
    show(console, found, STREAMS)
    write_for_program(options.json, found)


def simulate(options: Simulate) -> None:
    """Print and write the rows of `bench simulate`."""
    session.start()
    console = ready(options.json, rounds=options.rounds)
    from lottery.benchmarks.simulation_speed import rows

    found: list[dict[str, Any]] = []
    for boards, height, width in parse_numbers(options.shapes, "shapes", "boards,height,width", "1024,32,32"):
        of_shape = rows(boards, height, width, options.rounds)
        found += of_shape
        write_so_far(options.json, found)
        console.print(f"{boards:,} board{'s' if boards > 1 else ''} of {height} x {width}", style="bold")
        show(console, of_shape, SIMULATE)
        for row in of_shape:
            if row["note"]:
                console.print(f"{row['implementation']}: {row['note']}.", highlight=False)
    console.print("ours/: how many times as fast gol.evolve on Life is. /ten: this over ten generations.")
    write_for_program(options.json, found)


def card(options: Card) -> None:
    """Print and write the rows of `bench card`."""
    session.start()
    console = ready(options.json)
    from lottery.benchmarks.machine_card import rows

    found: list[dict[str, Any]] = []
    for row in rows(torch=options.torch):
        found.append(row)
        write_so_far(options.json, found)
    show(console, found, CARD)
    write_for_program(options.json, found)
    if options.torch and all(row["torch"] is None for row in found):
        console.print("PyTorch is not installed, or its networks did not run: it was left out.")


def c_loop(options: CLoop) -> None:
    """Print and write the rows of `bench c`."""
    session.start()
    console = ready(options.json, repeats=options.repeats)
    from lottery.benchmarks.c_peer import refuse_what_it_does_not_know, row

    networks = [(n, m) for n, m in parse_numbers(options.points, "points", "n,m", "2,8")]
    refuse_what_it_does_not_know(networks)
    found: list[dict[str, Any]] = []
    for n, m in networks:
        found.append(row(n, m, options.repeats))
        write_so_far(options.json, found)
    show(console, found, C_LOOP)
    console.print(f"Updates per second of one network on one core; C by {found[0]['compiler']}.", highlight=False)
    write_for_program(options.json, found)


def device(options: Device) -> None:
    """Print and write the figures of `bench device`."""
    session.start()
    console = ready(options.json)
    from lottery.commands.certify import SHIPPED
    from lottery.exports.device_page import assumptions, page
    from lottery.exports.on_a_microcontroller import document
    from lottery.networks.handmade import sparsest_parameters
    from lottery.runs.outputs import check_file
    from lottery.runs.saved_networks import SavedNetwork, load_network, shipped_ticket

    def network(name: str) -> SavedNetwork:
        if name == "fifteen":
            return SavedNetwork(sparsest_parameters(), "torus", "B3/S23", "Made by hand, of fifteen parameters.")
        return shipped_ticket() if name == SHIPPED else load_network(Path(name))

    if options.page is not None:
        check_file(options.page, "--page")
    found = document({name: network(name) for name in options.networks})
    console.print(rows_table(found["rows"], DEVICE))
    console.print("\n".join(assumptions(found)), markup=False)
    write_for_program(options.json, found)
    if options.page is not None:
        options.page.write_text(page(found), encoding="utf-8")


def ready(json: Path | None, figure: Path | None = None, **numbers: int | tuple[int, ...]) -> "Console":
    """See that results can be written and that numbers are some, each from 1 on, before minutes are spent on timing.

    Args:
        json: the file of rows, if any.
        figure: the file of a figure, if any.
        numbers: by the names of their options.

    Returns:
        The console for a person.

    Raises:
        InputError: for the first that cannot be.
    """
    from gol.errors import InputError
    from lottery.runs.outputs import check_file

    console = console_beside(json)
    if figure is not None:
        check_file(figure, "--figure")
    for name, value in numbers.items():
        if min(value if isinstance(value, tuple) else (value,), default=0) < 1:
            raise InputError(f"{name} is {value}: it takes whole numbers from 1 on.")
    return console


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

LEFT = ("implementation", "arrangement", "roof", "stream", "what", "size", "unit", "network", "form", "core")

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
    "over_torch": "/torch",
}
C_LOOP = {
    "steps": "n",
    "width": "m",
    "updates_per_second": "fused",
    "c_updates_per_second": "C",
    "ratio": "fused/C",
    "weights_apart": "weights apart",
}
DEVICE = {
    "network": "network",
    "form": "form",
    "core": "core",
    "flash_bytes": "flash",
    "ram_bytes": "RAM",
    "instructions_per_cell": "instr/cell",
    "cells_per_second": "cells/s",
    "microjoules_per_generation": "µJ/gen",
}
SIMULATE = {
    "implementation": "implementation",
    "generations": "generations",
    "cell_updates_per_second": "cells/s",
    "compile_seconds": "compile s",
    "ours_over_this": "ours/",
    "ten_generations": "/ten",
}


def show(console: "Console", rows: list[dict[str, Any]], columns: dict[str, str]) -> None:
    """Print rows as a table, and below it the machine.

    Args:
        console: where to print.
        rows: all with the same names.
        columns: the names to show, and their headings.
    """
    console.print(rows_table(rows, columns))
    console.print(f"On {session.device_name()}; medians of several runs, compilation apart.")


def rows_table(rows: list[dict[str, Any]], columns: dict[str, str]) -> "Table":
    """Rows, all with the same names, as a table of these columns: the names to show, and their headings."""
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False)
    for heading in columns.values():
        left = heading in LEFT
        table.add_column(heading, no_wrap=True, justify="left" if left else "right")
    for row in rows:
        table.add_row(*(cell(row[name]) for name in columns))
    return table


def cell(value: object) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.2e}" if abs(value) >= 1e7 else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


RUNS: dict[type, Any] = {
    Train: train,
    Scale: scale,
    Streams: streams,
    Card: card,
    Simulate: simulate,
    CLoop: c_loop,
    Device: device,
}

COMMAND = Command(
    name="bench",
    about="Measure how fast this machine trains and simulates.",
    description=__doc__,
    options=Annotated[Train, tyro.conf.subcommand("train")]
    | Annotated[Scale, tyro.conf.subcommand("scale")]
    | Annotated[Streams, tyro.conf.subcommand("streams")]
    | Annotated[Card, tyro.conf.subcommand("card")]
    | Annotated[Simulate, tyro.conf.subcommand("simulate")]
    | Annotated[CLoop, tyro.conf.subcommand("c")]
    | Annotated[Device, tyro.conf.subcommand("device")],
    run=lambda options: RUNS[type(options)](options),
)
