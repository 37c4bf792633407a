"""Write a certified network in a form that runs without this package, and prove the file by running it.

    gol-lottery export --to onnx             # the ticket of the package
    gol-lottery export FILE --to stablehlo   # any saved network
    gol-lottery export runs/tickets/PIECE --to onnx --out best.onnx
    gol-lottery export PIECE --replicate 3 --level 5 --to onnx
    gol-lottery export PIECE --replicate 3 --to html   # all levels

The folder of a piece stands for its best ticket, unless a replicate is named. A page of a replicate has a slider over
all levels of pruning. A network that is wrong anywhere is refused, with exit code 2.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from lottery.commands.certify import SHIPPED
from lottery.commands.command import Command
from lottery.commands.outputs import JsonPath, console_beside, write_for_program
from lottery.inputs.options import names_of
from lottery.runs import session

if TYPE_CHECKING:
    from rich.console import Console

    from lottery.runs.saved_networks import SavedNetwork

FORMS = ", ".join(names_of("lottery.exports.form.FORMS"))
_BY_DEFAULT = "(default: in this folder, named after the network)"


@dataclass(frozen=True)
class Options:
    """Write a certified network in a form that runs without this package."""

    to: Annotated[str, tyro.conf.arg(metavar="FORM", help=f"the form: one of {FORMS}")]
    network: tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="[NETWORK]")]] = SHIPPED
    """a file (.safetensors), the folder of a piece, or `shipped`"""
    replicate: Annotated[int | None, tyro.conf.arg(metavar="NUMBER", help_behavior_hint="(not set by default)")] = None
    """which network of a piece"""
    level: Annotated[int | None, tyro.conf.arg(metavar="NUMBER", help_behavior_hint="(default: the last)")] = None
    """of pruning, in a piece that has levels"""
    out: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint=_BY_DEFAULT)] = None
    """the file to write"""
    json: JsonPath = None
    """also write what was exported as JSON to this file; - is the standard output"""


def run(options: Options) -> None:
    """Export one network."""
    session.start()
    console = console_beside(options.json)
    from gol.errors import shown
    from lottery.exports import export
    from lottery.exports.form import form_of

    network, name = named(options)
    out = options.out or Path(name + form_of(options.to).suffix)
    refuse_out(out, options.network)
    if levels := levels_to_show(options):
        show_levels(console, options, levels, out)
        return
    found = export(network, options.to, out)
    console.print(f"{out}: {shown(str(found.network), longest=500)}", markup=False, soft_wrap=True)
    console.print(f"{len(found.content):,} bytes. {found.explanation}", markup=False, soft_wrap=True)
    values = {"out": str(out), "to": found.to, "bytes": len(found.content), "checked": found.checked}
    write_for_program(options.json, {**values, **found.facts})


def levels_to_show(options: Options) -> list[int]:
    """The levels that a page has a slider over; none where one network is meant."""
    from lottery.experiments.piece_networks import levels_of_piece

    if options.to != "html" or options.replicate is None or options.level is not None:
        return []
    return levels_of_piece(Path(options.network))


def show_levels(console: "Console", options: Options, levels: list[int], out: Path) -> None:
    """Write a page of a replicate with all its levels."""
    from lottery.experiments.piece_networks import network_of_piece
    from lottery.exports import demo

    networks = [network_of_piece(Path(options.network), options.replicate, level) for level in levels]
    content = demo(networks, out)
    console.print(f"{out}: {len(levels)} levels of pruning, {len(content):,} bytes.", markup=False, soft_wrap=True)
    write_for_program(options.json, {"out": str(out), "to": "html", "bytes": len(content), "levels": levels})


def named(options: Options) -> tuple["SavedNetwork", str]:
    """The network that is meant, and a name for its file.

    Raises:
        InputError: where there is none.
    """
    from gol.errors import InputError
    from lottery.experiments.piece_networks import network_of_piece
    from lottery.runs.saved_networks import load_network, shipped_ticket

    path = Path(options.network)
    if options.network != SHIPPED and path.is_dir():
        numbers = {"level": options.level, "replicate": options.replicate}
        words = [f"{word}{number}" for word, number in numbers.items() if number is not None]
        return network_of_piece(path, options.replicate, options.level), "-".join([path.resolve().name, *words])
    if options.replicate is not None or options.level is not None:
        raise InputError(f"{options.network} is one network: --replicate and --level are for the folder of a piece.")
    return (shipped_ticket(), "ticket") if options.network == SHIPPED else (load_network(path), path.stem)


def refuse_out(out: Path, network: str) -> None:
    """Refuse a file that cannot be written, or that is the network itself.

    Raises:
        InputError: for one of them.
    """
    from gol.errors import InputError
    from lottery.runs.outputs import check_file

    check_file(out, "--out")
    if out.exists() and Path(network).exists() and out.samefile(network):
        raise InputError(f"{out} is the network itself, which the export would replace: choose another --out.")


COMMAND = Command(
    name="export",
    about="Write a network in a form that runs without this package.",
    description=__doc__,
    options=Options,
    run=run,
)
