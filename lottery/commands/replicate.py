"""Replicate the claims about lottery tickets in the Game of Life, and write a report.

    gol-lottery replicate                  # headline claims, ten minutes
    gol-lottery replicate --plan           # how long that takes here
    gol-lottery replicate --preset smoke   # a minute, to try it
    gol-lottery replicate --claims width   # one claim alone
    gol-lottery replicate --claims all     # every claim, ten hours

When a run was stopped, the same command continues it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from lottery.commands.command import Command
from lottery.commands.outputs import Flag, JsonPath, console_beside, write_for_program
from lottery.inputs.options import ROOT, Source, given, names_of, with_settings
from lottery.runs import session

PLAN = "lottery.claims.frame.plan"
UNSET = "default: the preset's"
OF_PLAN = Source(  # the preset says the size
    f"{PLAN}.Plan", leave_out=("size",), unset=UNSET, first=("seed", "replicates", "updates")
)
OF_TRAINING = Source("lottery.training.TrainSettings", leave_out=names_of(f"{PLAN}.SET_BY_CLAIMS"), unset=UNSET)
# A claim's file is named as the claim; importing them would import jax.
CLAIMS = tuple(
    sorted(path.stem for room in ("paper", "tickets") for path in ROOT.glob(f"lottery/claims/{room}/[!_]*.py"))
)


@dataclass(frozen=True)
class OwnOptions:
    """Replicate the claims. Settings that are not given are those of the preset."""

    preset: Annotated[str, tyro.conf.arg(metavar="{smoke,laptop,paper}")] = "laptop"
    """smoke (a minute), laptop (some ten minutes on two cores) or paper (the full protocol)"""
    claims: Annotated[
        tuple[str, ...],
        tyro.conf.arg(
            metavar="NAME ...",
            help=f"headline (handmade, width, tenth and ticket), all, or some of {', '.join(CLAIMS)}",
        ),
    ] = ("headline",)
    out: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: runs/PRESET-HASH)")] = None
    """folder of the run; by default its name is made of the settings"""
    plan: Flag = False
    """print what would be computed and how long it would take, and compute nothing"""
    json: JsonPath = None
    """also write the points of the claims, or the plan, as JSON to this file; - is the standard output"""
    pages: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(not written by default)")] = None
    """also write one Markdown page per claim to this folder"""
    readme: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(not written by default)")] = None
    """also write the answers and the table of results into this README, between its markers"""
    data: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(not written by default)")] = None
    """also write one row per network to this folder, results.csv and (with the extra data) results.parquet"""


Options = with_settings(OwnOptions, OF_PLAN, OF_TRAINING)


def run(options: OwnOptions) -> None:
    """Plan, compute, report."""
    session.start()
    from lottery import computing, replication
    from lottery.claims import chosen
    from lottery.claims.frame.plan import deviations, plan_of
    from lottery.experiments.network_piece import refuse_pieces
    from lottery.report.terminal_table import SummaryTable
    from lottery.runs.files import settings_hash

    plan = plan_of(options.preset, **given(options, OF_PLAN), **given(options, OF_TRAINING))
    claims = chosen(list(options.claims))
    out = options.out or Path("runs") / f"{options.preset}-{settings_hash(plan.stored())}"
    needed = replication.needed_pieces(claims, plan)
    refuse_pieces(needed, out / "pieces")
    console = console_beside(options.json)
    if not options.plan:
        _refuse_places(options)
        replication.open_folder(out, plan)
    expected = computing.forecast(needed, out / "pieces")
    departures = deviations(plan) if any(claim.headline for claim in claims) else []  # others state their own size
    computing.show_plan(console, needed, expected, departures)
    if options.plan:
        write_for_program(options.json, expected.described(needed))
        return
    results = computing.compute_all(console, needed, out / "pieces", expected)
    results = {**replication.finished(plan, out / "pieces"), **results}
    points = replication.report(out, plan, options.preset, results, options.pages, options.readme, options.data)
    asked = [point for point in points if point["claim"] in {claim.name for claim in claims}]
    console.print(SummaryTable(asked))
    if len(asked) < len(points):
        console.print(f"Points of other claims in the folder: {len(points) - len(asked)}.")
    files = f"The report is {out / 'index.html'}; the points are in {out / 'claims.json'}."
    console.print(files, markup=False, soft_wrap=True)
    write_for_program(options.json, asked)


def _refuse_places(options: OwnOptions) -> None:
    """Refuse places that could not be written to, or no README, before anything is computed.

    Raises:
        InputError: for the first of them.
    """
    from lottery.report.readme import check_readme
    from lottery.runs.outputs import make_folder
    from lottery.runs.tables import FORMATS

    if options.pages is not None:
        make_folder(options.pages, "--pages")
    if options.data is not None:
        make_folder(options.data, "--data", files=tuple(FORMATS))
    if options.readme is not None:
        check_readme(options.readme)


COMMAND = Command(
    name="replicate",
    about="Test the claims and write a report.",
    description=__doc__,
    options=Options,
    short=with_settings(OwnOptions, OF_PLAN, OF_TRAINING, short=True),
    run=run,
)
