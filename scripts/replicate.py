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

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from lottery.runs import session


@dataclass(frozen=True)
class Options:
    """Replicate the claims. Settings that are not given are those of the preset."""

    preset: str = "laptop"
    """smoke (a minute), laptop (at most 15 minutes on two cores) or paper (the full protocol)"""
    claims: Annotated[tuple[str, ...], tyro.conf.arg(metavar="ID...")] = ("headline",)
    """names of claims, or all; by default the headline ones: handmade, width, tenth, ticket"""
    out: Path | None = None
    """folder of the run; by default runs/ and a name made of the settings"""
    pages: Path | None = None
    """also write one Markdown page per claim to this folder"""
    seed: int = 0
    """of everything that is random"""
    replicates: int | None = None
    """networks per arm of the claims beside the headline ones"""
    updates: int | None = None
    """budget of each of their networks, in updates"""
    widths: tuple[int, ...] | None = None
    """m of the networks whose success is measured"""
    width_replicates: int | None = None
    """networks per width"""
    width_updates: int | None = None
    """budget of each of them, in updates"""
    ticket_width: int | None = None
    """m of the dense networks that are pruned"""
    ticket_replicates: int | None = None
    """dense networks that are pruned"""
    ticket_updates: int | None = None
    """budget of every level of pruning, in updates"""
    levels: int | None = None
    """prunings until the final density is reached"""
    final_density: float | None = None
    """share of the prunable weights that the last level keeps"""
    verdict_density: float | None = None
    """density at which the ticket is held against its controls"""
    rewind_to: int | None = None
    """update whose weights the survivors go back to"""
    scope: str | None = None
    """global or layerwise pruning"""
    initialiser: str | None = None
    """glorot, normal, he or pytorch"""
    padding: str | None = None
    """torus or zero"""
    batch: int | None = None
    """boards per update"""
    board: int | None = None
    """side of the training boards, in cells"""
    density: float | None = None
    """share of live cells in training boards; by default each board's own, from U(0, 1)"""
    rule: str | None = None
    """cellular automaton, in B/S notation"""
    learning_rate: float | None = None
    """of Adam"""
    loss: str | None = None
    """bce or mse"""
    stream: str | None = None
    """where batches come from: bank, own, shared or risk"""
    bank_boards: int | None = None
    """boards in a bank"""
    bank_updates: int | None = None
    """updates after which the bank is renewed"""
    check_every: int | None = None
    """updates between two checks whether a network is solved"""
    arrangement: str | None = None
    """how the loss is computed: patterns, tables, fused, boards or auto"""
    group: int | None = None
    """networks computed together"""


def main() -> None:
    """Parse, plan, compute, report."""
    options = tyro.cli(Options, description=__doc__)
    session.start()
    from lottery import replication
    from lottery.claims import chosen
    from lottery.claims.frame.plan import deviations, plan_of
    from lottery.experiments.network_piece import refuse_pieces
    from lottery.report.terminal_table import summary_table
    from lottery.runs.files import settings_hash
    from lottery.runs.outputs import make_folder

    overrides = {
        name: value for name, value in asdict(options).items() if name not in ("preset", "claims", "out", "pages")
    }
    plan = plan_of(options.preset, **overrides)
    claims = chosen(list(options.claims))
    out = options.out or Path("runs") / f"{options.preset}-{settings_hash(asdict(plan))}"
    needed = replication.needed_pieces(claims, plan)
    refuse_pieces(needed, out / "pieces")
    root = replication.open_folder(out, plan)
    if options.pages is not None:
        make_folder(options.pages, "--pages")
    console = Console()
    departures = deviations(plan) if any(claim.headline for claim in claims) else []  # others tell their own size
    replication.show_plan(console, needed, root, departures)
    results = replication.compute_all(console, needed, root)
    results = {**replication.finished(plan, root), **results}
    points = replication.report(out, plan, options.preset, results, options.pages)
    console.print(summary_table(points))
    files = f"The report is {out / 'index.html'}; the points are in {out / 'claims.json'}."
    console.print(files, highlight=False, markup=False)


if __name__ == "__main__":
    session.run(main)
