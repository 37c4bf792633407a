"""Replicate the claims about lottery tickets in the Game of Life, from random boards to a report with certificates.

    python scripts/replicate.py                    # the laptop preset: all headline claims, at most 15 minutes
    python scripts/replicate.py --preset smoke     # a minute, to see that everything works
    python scripts/replicate.py --claims width     # one claim alone
    python scripts/replicate.py --claims all       # every claim, some ten hours

A run that was stopped goes on where it was when the same command is given again.
"""

from lottery.runs import stopping

if __name__ == "__main__":
    stopping.at_signals()  # from here on, also while the libraries below are imported

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from lottery.inputs.options import Source, given, names_of, with_settings
from lottery.runs import session

PLAN = "lottery.claims.frame.plan"
UNSET = "default: the preset's"
OF_PLAN = Source(f"{PLAN}.Plan", leave_out=("size",), unset=UNSET)  # the preset says the size
OF_TRAINING = Source("lottery.training.TrainSettings", leave_out=names_of(f"{PLAN}.SET_BY_CLAIMS"), unset=UNSET)


@dataclass(frozen=True)
class OwnOptions:
    """Replicate the claims. Settings that are not given are those of the preset."""

    preset: str = "laptop"
    """smoke (a minute), laptop (at most 15 minutes on two cores) or paper (the full protocol)"""
    claims: Annotated[tuple[str, ...], tyro.conf.arg(metavar="ID...")] = ("headline",)
    """names of claims, or all; by default the headline ones: handmade, width, tenth, ticket"""
    out: Path | None = None
    """folder of the run; by default runs/ and a name made of the settings"""
    pages: Path | None = None
    """also write one Markdown page per claim to this folder"""
    readme: Path | None = None
    """also write the answers and the table of results into this README, between its markers"""
    data: Path | None = None
    """also write one row per network to this folder, results.csv and (with the extra data) results.parquet"""


Options = with_settings(OwnOptions, OF_PLAN, OF_TRAINING)


def main() -> None:
    """Parse, plan, compute, report."""
    options = tyro.cli(Options, description=__doc__)
    session.start()
    from rich.console import Console

    from lottery import replication
    from lottery.claims import chosen
    from lottery.claims.frame.plan import deviations, plan_of
    from lottery.experiments.network_piece import refuse_pieces
    from lottery.report.terminal_table import summary_table
    from lottery.runs.files import settings_hash
    from lottery.runs.outputs import make_folder
    from lottery.runs.tables import FORMATS

    plan = plan_of(options.preset, **given(options, OF_PLAN), **given(options, OF_TRAINING))
    claims = chosen(list(options.claims))
    out = options.out or Path("runs") / f"{options.preset}-{settings_hash(plan.stored())}"
    needed = replication.needed_pieces(claims, plan)
    refuse_pieces(needed, out / "pieces")
    root = replication.open_folder(out, plan)
    if options.pages is not None:
        make_folder(options.pages, "--pages")
    if options.data is not None:
        make_folder(options.data, "--data", files=tuple(FORMATS))
    console = Console()
    departures = deviations(plan) if any(claim.headline for claim in claims) else []  # others tell their own size
    replication.show_plan(console, needed, root, departures)
    results = replication.compute_all(console, needed, root)
    results = {**replication.finished(plan, root), **results}
    points = replication.report(out, plan, options.preset, results, options.pages, options.readme, options.data)
    console.print(summary_table(points))
    files = f"The report is {out / 'index.html'}; the points are in {out / 'claims.json'}."
    console.print(files, highlight=False, markup=False)


if __name__ == "__main__":
    session.run(main)
