"""Search a wide network for winning tickets: train, prune, rewind, repeat, with the controls beside it.

    python scripts/find_ticket.py --width 8                # a row per level, then the best ticket and its certificate
    python scripts/find_ticket.py --criterion synflow --when init --controls shuffled inverted reinit
    python scripts/find_ticket.py --start lr_rewind --schedule cosine --controls finetuned rewound
    python scripts/find_ticket.py --certify FILE           # prove or refute any saved network
    python scripts/find_ticket.py --certify shipped        # the certified ticket that comes with the package

Which weights stay (--criterion, --scope, --floor, --inverted), what they start from (--start), what the pruned ones
hold (--pruned) and when they are pruned (--when) are chosen one by one; lottery/pruning/criteria/,
lottery/tickets/starts.py and lottery/tickets/arms.py say what each name means.
"""

from lottery.runs import stopping

if __name__ == "__main__":
    stopping.at_signals()  # from here on, also while the libraries below are imported

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro

from lottery.inputs.options import Source, given, with_settings
from lottery.runs import session

if TYPE_CHECKING:
    from rich.console import Console

    from lottery.certificates.certificate import Certificate
    from lottery.runs.pieces import Piece
    from lottery.tickets.settings import PruningSettings

DAY = 24 * 60 * 60.0  # seconds
MOST_LEVELS = 10_000

NETWORK = Source("lottery.networks.LifeNet", defaults={"width": 8})
PRUNING = Source("lottery.tickets.PruningSettings", defaults={"at": None})  # a bare --at is a mistake
# The row of a level counts what is solved at the end of the budget, so networks train on after they are solved.
TRAINING = Source("lottery.training.TrainSettings", leave_out=("stop_when_solved",), defaults={"updates": 20_000})


@dataclass(frozen=True)
class OwnOptions:
    """One pruning experiment."""

    replicates: int = 16
    """dense networks to start from"""
    seed: int = 0
    """of everything that is random"""
    out: Path = Path("runs/tickets")
    """folder for the experiment's own folder"""
    certify: str | None = None
    """certify this saved network instead (a file, or `shipped`)"""


Options = with_settings(OwnOptions, NETWORK, PRUNING, TRAINING)


def main() -> None:
    """Run or resume one experiment, or certify one file."""
    options = tyro.cli(Options, description=__doc__)
    from rich.console import Console

    session.start()
    console = Console(highlight=False)
    if options.certify is not None:
        certify_file(console, options.certify)
    else:
        search(console, options)


def certify_file(console: "Console", name: str) -> None:
    """Print what is known about a saved network; exit code 1 if it is wrong."""
    from gol.errors import shown
    from lottery.certificates.certificate import certify
    from lottery.runs.saved_networks import load_network, shipped_ticket

    network = shipped_ticket() if name == "shipped" else load_network(Path(name))
    console.print(shown(network.origin or name, longest=500), markup=False)
    certificate = certify(network.params, padding=network.padding, rule=network.rule, activation=network.activation)
    console.print(f"Rule {network.rule}, {network.padding} padding, {count_parameters(network.params)}.", markup=False)
    console.print("\n".join(sentences(certificate)), markup=False)
    if not certificate.correct:
        raise SystemExit(1)


def count_parameters(params: Any) -> str:
    """How many parameters a network has, and how many are not zero."""
    import jax
    import numpy as np

    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(params)]
    total, present = sum(leaf.size for leaf in leaves), sum(int(np.count_nonzero(leaf)) for leaf in leaves)
    return f"{present} non-zero parameters of {total}"


def sentences(certificate: "Certificate") -> list[str]:
    """A certificate in words."""
    verdict = "correct" if certificate.correct else "WRONG"
    if certificate.correct and not certificate.exact:
        verdict = f"no error found (at most {certificate.error_rate_bound:.2g} of random boards, at 95 % confidence)"
    lines = [
        f"{verdict}: {certificate.wrong:,} of {certificate.checked:,} wrong, by {certificate.kind}.",
        certificate.explanation,
        f"Smallest |logit| {certificate.margin:.4g} in {certificate.dtype}; float64 agrees: {certificate.agrees}.",
    ]
    if certificate.example:
        lines += ["A wrong one:", certificate.example]
    return lines


def planned(options: OwnOptions) -> tuple["Piece", "PruningSettings"]:
    """The piece that the options ask for, and how it prunes.

    Raises:
        InputError: for options that no search can have, and for one that cannot fit into memory.
    """
    from gol.errors import InputError
    from lottery.experiments.network_piece import refuse_pieces
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
    size = f"m{net.width}" if net.features is None else "a{}-b{}".format(*net.features)
    label, replicates = f"ticket-n{net.steps}-{size}", range(options.replicates)
    piece = pruning_piece(label, net, training, pruning, seed=options.seed, replicates=replicates)
    refuse_pieces([piece], options.out)
    return piece, pruning


def search(console: "Console", options: OwnOptions) -> None:
    """Prune level by level, a row per level as it goes."""
    from lottery.experiments.prune import run
    from lottery.report.points import duration_text
    from lottery.runs import pieces
    from lottery.runs.outputs import make_folder

    piece, pruning = planned(options)
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

    shown: list[dict[str, Any]] = []

    def on_level(row: dict[str, Any]) -> None:
        shown.append(row)
        console.print(row_text(level_cells(row, arms)), markup=False, soft_wrap=True)

    kinds = {"prune": lambda settings, folder, progress: run(settings, folder, progress, on_level)}
    outcomes = pieces.compute(piece, options.out, kinds, lambda share, words: None)
    for row in outcomes["levels"][len(shown) :]:  # of a piece that was finished before
        on_level(row)
    best = options.out / piece.name / "best.safetensors"
    if best.exists():
        console.print(f"Best ticket: {best}", markup=False, soft_wrap=True)
        certify_file(console, str(best))
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


if __name__ == "__main__":
    session.run(main)
