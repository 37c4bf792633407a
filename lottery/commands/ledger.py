"""Add up what a run of the replication cost: updates, operations, time, energy, carbon and money, per claim.

    gol-lottery ledger docs/reference                        # a table
    gol-lottery ledger docs/reference --page docs/ledger.md  # in a page, too
    gol-lottery ledger DIR --watts-per-core 15 --grams-per-kwh 40

What a machine did not count is estimated; every assumption is an option.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import tyro

from lottery.commands.command import Command
from lottery.commands.outputs import JsonPath, console_beside, write_for_program
from lottery.inputs.options import Source, given, with_settings
from lottery.runs import session

OF_FACTORS = Source("lottery.ledger.factors.Factors")


@dataclass(frozen=True)
class OwnOptions:
    """Add up what a run cost."""

    folder: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="DIR")]]
    """the folder of a run of `gol-lottery replicate`"""
    page: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(not written by default)")] = None
    """also write the table into this Markdown page"""
    json: JsonPath = None
    """also write the totals as JSON to this file; - is the standard output"""


Options = with_settings(OwnOptions, OF_FACTORS)


def run(options: OwnOptions) -> None:
    """Read a run's pieces and print what its claims cost."""
    session.start()
    from rich.table import Table

    from lottery import replication
    from lottery.ledger.factors import Factors
    from lottery.ledger.page import HEADS, explanation, rows, write_page
    from lottery.runs.outputs import check_file

    console = console_beside(options.json)
    if options.page is not None:
        check_file(options.page, "--page")
    factors = Factors(**given(options, OF_FACTORS))
    summed = replication.costs_of_folder(options.folder, factors)
    table = Table(header_style="bold", box=None, pad_edge=False)
    for place, head in enumerate(HEADS):
        table.add_column(head, justify="right" if place else "left", overflow="fold")
    for row in rows(summed):
        table.add_row(*row)
    console.print(table)
    console.print(explanation(summed, factors), highlight=False)
    if options.page is not None:
        write_page(options.page, summed, factors)
    write_for_program(options.json, [asdict(one) for one in summed])


COMMAND = Command(
    name="ledger",
    about="Add up what a run cost.",
    description=__doc__,
    options=Options,
    run=run,
)
