"""Search a wide network for winning tickets: train, prune, rewind, repeat.

    gol-lottery ticket --width 8        # a row per level, then the best ticket
    gol-lottery ticket --criterion synflow --when init
    gol-lottery ticket --start lr_rewind --schedule cosine
    gol-lottery ticket --certify FILE   # prove or refute a network

Which weights stay (--criterion, --scope, --floor, --inverted), what they start from (--start), what the pruned ones
hold (--pruned) and when they are pruned (--when) are chosen one by one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from lottery.commands.certify import certify_network
from lottery.commands.command import MOST_LEVELS, Command
from lottery.commands.outputs import Flag, JsonPath, console_beside, write_for_program
from lottery.inputs.options import Source, given, with_settings
from lottery.runs import session

if TYPE_CHECKING:
    from rich.console import Console

    from lottery.runs.pieces import Piece
    from lottery.tickets.settings import PruningSettings

DAY = 24 * 60 * 60.0  # seconds

NETWORK = Source("lottery.networks.LifeNet", defaults={"width": 8}, first=("steps", "width"))
PRUNING = Source(
    "lottery.tickets.PruningSettings",
    defaults={"at": None},  # a bare --at is a mistake
    first=("levels", "prune_fraction", "criterion", "controls"),
)
# The row of a level counts what is solved at the end of the budget, so networks train on after they are solved.
TRAINING = Source(
    "lottery.training.TrainSettings",
    leave_out=("stop_when_solved",),
    defaults={"updates": 20_000},
    first=("updates",),
)


@dataclass(frozen=True)
class OwnOptions:
    """One pruning experiment."""

    replicates: int = 16
    """dense networks to start from"""
    seed: int = 0
    """of everything that is random"""
    out: Path = Path("runs/tickets")
    """folder for the experiment's own folder"""
    plan: Flag = False
    """print what would be computed and how long it would take, and compute nothing"""
    json: JsonPath = None
    """also write the rows of the levels, or the plan or certificate, as JSON to this file; - is the standard output"""
    certify: Annotated[
        str | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(without it, tickets are searched for)")
    ] = None
    """certify this saved network instead (a file, or `shipped`)"""


Options = with_settings(OwnOptions, NETWORK, PRUNING, TRAINING)


def run(options: OwnOptions) -> None:
    """Run or resume one experiment, or certify one file."""
    session.start()
    console = console_beside(options.json)
    if options.certify is not None:
        certify_network(console, options.certify, options.json)
    else:
        search(console, options)


def planned(options: OwnOptions) -> tuple["Piece", "PruningSettings"]:
    """The piece that the options ask for, and how it prunes.

    Raises:
        InputError: for options that no search can have, and for one that cannot fit into memory.
    """
    from gol.errors import InputError
    from lottery.experiments.network_piece import refuse_pieces, size_label
    from lottery.experiments.prune import pruning_piece
    from lottery.networks.lifenet import LifeNet, parameter_count
    from lottery.tickets.settings import PruningSettings
    from lottery.training.settings import TrainSettings

    refuse_options(options)
    net = LifeNet(**given(options, NETWORK))
    training = TrainSettings(**given(options, TRAINING))
    pruning = PruningSettings(**given(options, PRUNING))
    floor = pruning.floor if isinstance(pruning.floor, int) else max(pruning.floor)
    if floor > (weights := parameter_count(net)):
        raise InputError(f"floor is {pruning.floor}: no layer keeps so many, of {weights} in all.")
    if pruning.rewind_to % training.check_every or not 0 <= pruning.rewind_to < training.updates:
        raise InputError(
            f"rewind_to is {pruning.rewind_to}: it has to be a multiple of {training.check_every} from 0 on, below "
            f"updates ({training.updates})."
        )
    label, replicates = f"ticket-{size_label(net)}", range(options.replicates)
    piece = pruning_piece(label, net, training, pruning, seed=options.seed, replicates=replicates)
    refuse_pieces([piece], options.out)
    return piece, pruning


def search(console: "Console", options: OwnOptions) -> None:
    """Prune level by level, a row per level as it goes."""
    from lottery import computing
    from lottery.experiments.prune import run as run_piece
    from lottery.ledger.record import metered
    from lottery.report.points import duration_text
    from lottery.runs import pieces
    from lottery.runs.outputs import make_folder

    piece, pruning = planned(options)
    if options.plan:
        expected = computing.forecast([piece], options.out)
        computing.show_plan(console, [piece], expected)
        write_for_program(options.json, expected.described([piece]))
        return
    done = pieces.is_done(piece, options.out)
    if not done:
        make_folder(options.out, "--out", folders=(piece.name,))
    console.print(
        f"{options.out / piece.name}: {piece.updates:,} network updates on {session.device_name()}",
        markup=False,
        soft_wrap=True,
    )
    if piece.seconds > DAY and not done:
        console.print(f"It may take {duration_text(piece.seconds)} on two cores like the reference machine's.")
    arms = ("ticket", *pruning.controls)
    console.print(row_text(["level", "density", "kept", "effective", *arms, "cut only"]), style="bold", soft_wrap=True)

    rows: list[dict[str, Any]] = []

    def on_level(row: dict[str, Any]) -> None:
        rows.append(row)
        console.print(row_text(level_cells(row, arms)), markup=False, soft_wrap=True)

    run = metered(piece, lambda settings, folder, progress: run_piece(settings, folder, progress, on_level))
    outcomes = pieces.compute(piece, options.out, {"prune": run}, lambda share, words: None)
    for row in outcomes["levels"][len(rows) :]:  # of a piece that was finished before
        on_level(row)
    write_for_program(options.json, rows)
    best = options.out / piece.name / "best.safetensors"
    if best.exists():
        console.print(f"Best ticket: {best}", markup=False, soft_wrap=True)
        certify_network(console, str(best))
    else:
        console.print("No ticket was certified at the end of its budget.")


def refuse_options(options: OwnOptions) -> None:
    """Refuse numbers that no search can have, before anything is made of them.

    Raises:
        InputError: for the first of them.
    """
    from gol.errors import InputError

    if not 0 <= options.seed < 2**31:
        raise InputError(f"seed is {options.seed}: it lies between 0 and 2147483647.")
    if options.replicates < 1:
        raise InputError(f"replicates is {options.replicates}: a search starts from at least 1 dense network.")
    pruning = given(options, PRUNING)
    if pruning.get("at") == ():
        raise InputError("--at names no level: give it some, or leave it out for controls at all levels.")
    if pruning["levels"] > MOST_LEVELS:
        raise InputError(f"levels is {pruning['levels']}: {MOST_LEVELS} at most leave nothing of any network.")


def row_text(cells: list[str]) -> str:
    """Cells in columns of fixed width, so that rows printed one by one line up."""
    widths = [5, 7, 8, 9] + [15] * (len(cells) - 4)
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def level_cells(row: dict[str, Any], arms: tuple[str, ...]) -> list[str]:
    """One level as text: densities, then success k/n with Wilson's interval for every arm."""
    from lottery.statistics.rates import wilson

    def rate(outcomes: list[bool]) -> str:
        interval = wilson(sum(outcomes), len(outcomes))
        return f"{sum(outcomes)}/{len(outcomes)} {100 * interval.low:.0f}-{100 * interval.high:.0f} %"

    effective = sorted(row["effective"])[len(row["effective"]) // 2] / row["prunable"]
    cells = [
        str(row["level"]),
        f"{row['kept'] / row['prunable']:.3f}",
        f"{row['kept']}/{row['prunable']}",
        f"{effective:.3f}",
    ]
    for arm in arms:
        cells.append(rate(row["arms"][arm]["solved_at_end"]) if arm in row["arms"] else "–")
    return [*cells, rate(row["cut_solved"])]


COMMAND = Command(
    name="ticket",
    about="Search a wide network for winning tickets.",
    description=__doc__,
    options=Options,
    short=with_settings(OwnOptions, NETWORK, PRUNING, TRAINING, short=True),
    run=run,
)
