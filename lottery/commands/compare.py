"""Hold a pruned network against small ones from scratch, random reinit and a shuffled mask.

    gol-lottery compare                            # m=8, some minutes
    gol-lottery compare --plan                     # how long that takes here
    gol-lottery compare --width 4 --levels 5
    gol-lottery compare --criterion snip --when init
    gol-lottery compare --updates 2500 --replicates 16   # a first look

The small networks have at most the ticket's parameters. They are trained for as many updates as the ticket, for as many
multiplications as the dense network, and for as many as the whole search. When a comparison was stopped, the same
command continues it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from lottery.commands.command import MOST_LEVELS, Command
from lottery.commands.outputs import Flag, JsonPath, console_beside, write_for_program
from lottery.inputs.options import Source, given, with_settings
from lottery.runs import session

if TYPE_CHECKING:
    from rich.table import Table

    from lottery.comparison import Contest, TicketComparison

NETWORK = Source("lottery.networks.LifeNet", defaults={"width": 8}, first=("steps", "width"))
PRUNING = Source(
    "lottery.tickets.PruningSettings",
    leave_out=("controls", "at"),
    defaults={"levels": 7},
    first=("levels", "prune_fraction", "criterion", "when"),
)
TRAINING = Source(
    "lottery.training.TrainSettings",
    leave_out=("stop_when_solved",),
    defaults={"updates": 20_000},
    first=("updates",),
)


@dataclass(frozen=True)
class OwnOptions:
    """One comparison."""

    replicates: int = 64
    """networks in every arm"""
    small: Annotated[
        tuple[int, int] | None,
        tyro.conf.arg(
            metavar="A B", help_behavior_hint="(default: those that learn best with at most the ticket's parameters)"
        ),
    ] = None
    """channels of the small networks' 3x3 and 1x1 convolution"""
    seed: int = 0
    """of everything that is random"""
    out: Annotated[Path, tyro.conf.arg(metavar="PATH")] = Path("runs/compare")
    """folder of all comparisons: each has a folder of its own, and they share what is trained"""
    plan: Flag = False
    """print what would be computed and how long it would take, and compute nothing"""
    json: JsonPath = None
    """also write the comparison, or the plan, as JSON to this file; - is the standard output"""


Options = with_settings(OwnOptions, NETWORK, PRUNING, TRAINING)


def run(options: OwnOptions) -> None:
    """Plan, compute, print and draw one comparison."""
    session.start()
    from lottery import computing
    from lottery.comparison import RULE
    from lottery.experiments.network_piece import refuse_pieces
    from lottery.report.figures.figure import save_figure
    from lottery.runs.files import settings_hash, write_json
    from lottery.runs.outputs import make_folder
    from lottery.training.feasibility import refuse_what_cannot_fit

    contest = planned(options)
    refuse_what_cannot_fit(contest.net, contest.training, range(contest.replicates))
    root = options.out / "pieces"
    refuse_pieces(contest.needed, root)
    folder = options.out / f"compare-{settings_hash(contest.described())}"
    console = console_beside(options.json)
    if not options.plan:
        make_folder(folder, "--out", files=("compare.json", "compare.svg", "compare.png", "compare.csv"))
    expected = computing.forecast(contest.needed, root)
    computing.show_plan(console, contest.needed, expected)
    if options.plan:
        write_for_program(options.json, expected.described(contest.needed))
        return
    found = contest.result(computing.compute_all(console, contest.needed, root, expected))
    write_json(folder / "compare.json", found.described())
    save_figure(*found.figure(), folder, "compare")
    console.print(f"The ticket keeps {100 * found.density:.1f} % of the weights. Small networks: {found.shape}.\n")
    console.print(arms_table(found))
    console.print("possible: of the masks, those that can be exact with some weights, as far as is known\n")
    console.print(verdicts_table(found))
    console.print(f"\n{RULE}")
    console.print(f"In {folder}: compare.json, compare.svg, compare.png and compare.csv.", markup=False, soft_wrap=True)
    write_for_program(options.json, found.described())


def planned(options: OwnOptions) -> "Contest":
    """The comparison that the options ask for.

    Raises:
        InputError: for options that cannot be compared.
    """
    from gol.errors import InputError
    from lottery.comparison import Contest
    from lottery.networks.lifenet import LifeNet
    from lottery.tickets.settings import PruningSettings
    from lottery.training.settings import TrainSettings

    levels = given(options, PRUNING)["levels"]
    if levels > MOST_LEVELS:
        raise InputError(f"levels is {levels}: {MOST_LEVELS} at most leave nothing of any network.")
    return Contest(
        LifeNet(**given(options, NETWORK)),
        TrainSettings(**given(options, TRAINING)),
        PruningSettings(**given(options, PRUNING)),
        options.seed,
        options.replicates,
        options.small,
    )


def arms_table(found: "TicketComparison") -> "Table":
    """How often the networks of each arm were certified at the end of their budget."""
    from rich.table import Table

    from lottery.comparison import NAMES

    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("networks", no_wrap=True)
    for name in ("parameters", "updates", "certified", "95 %", "possible"):
        table.add_column(name, no_wrap=True, justify="right")
    for arm, one in found.contestants.items():
        low, high = one.interval
        table.add_row(
            NAMES[arm],
            f"{one.parameters:,}",
            f"{one.updates:,}",
            f"{one.successes}/{one.trials}",
            f"{100 * low:.0f} to {100 * high:.0f} %",
            "–" if one.possible is None else f"{one.possible}/{one.trials}",
        )
    return table


def verdicts_table(found: "TicketComparison") -> "Table":
    """The ticket's success less that of each other arm, and the verdict."""
    from rich.table import Table

    from lottery.comparison import NAMES, in_points

    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("the ticket less", no_wrap=True)
    for name in ("points", "95 % interval", "p (Holm)"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("the ticket is", no_wrap=True)
    for arm, one in found.against.items():
        low, high = one.interval
        table.add_row(
            NAMES[arm],
            in_points(one.difference),
            f"{in_points(low)} to {in_points(high)}",
            f"{one.p:.2g}" if one.p >= 0.0001 else "< 0.0001",
            one.verdict,
        )
    return table


COMMAND = Command(
    name="compare",
    about="Hold a pruned network against small ones from scratch.",
    description=__doc__,
    options=Options,
    short=with_settings(OwnOptions, NETWORK, PRUNING, TRAINING, short=True),
    run=run,
)
