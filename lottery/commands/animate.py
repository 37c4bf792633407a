"""Moving pictures of what happens, as GIFs.

    gol-lottery animate learning           # 512 answers turn right, one network
    gol-lottery animate pruning            # weights vanish until it breaks
    gol-lottery animate boards             # the ticket's boards and Life's
    gol-lottery animate boards FILE        # of a saved network

Each trains or runs real networks, for a minute or two, and writes a GIF.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from lottery.commands.certify import SHIPPED
from lottery.commands.command import Command
from lottery.runs import session

if TYPE_CHECKING:
    from lottery.animations import Frames

GifPath = Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(NAME.gif by default)")]


@dataclass(frozen=True)
class Learning:
    """A network learns one step: its answers to the 512 neighbourhoods turn right."""

    width: float | int = 8
    """m, a multiple of the minimal network"""
    updates: int = 1_500
    """of the last frame"""
    frames: int = 61
    """how many, evenly spaced from 0 on"""
    replicate: int = 0
    """which network of the seed"""
    seed: int = 0
    """of weights and batches"""
    out: GifPath = None
    """the GIF"""

    def frames_of_it(self) -> "Frames":
        """Train and draw."""
        from lottery.animations import learning

        return learning(self.width, self.updates, self.frames, self.seed, self.replicate)


@dataclass(frozen=True)
class Pruning:
    """A network is pruned by magnitude and rewound, level by level, until it breaks."""

    width: float | int = 4
    """m, a multiple of the minimal network"""
    levels: int = 12
    """prunings, of 20 % of what is left each"""
    updates: int = 20_000
    """budget of each level"""
    replicates: int = 16
    """networks; the one that is solved at most levels is drawn"""
    seed: int = 0
    """of everything that is random"""
    out: GifPath = None
    """the GIF"""

    def frames_of_it(self) -> "Frames":
        """Train, prune and draw."""
        from lottery.animations import pruning

        return pruning(self.width, self.levels, self.updates, self.replicates, self.seed)


@dataclass(frozen=True)
class Boards:
    """Boards that networks predict, each from its own last one, beside the true boards."""

    networks: tyro.conf.Positional[
        Annotated[tuple[str, ...], tyro.conf.arg(metavar="[FILES]", help_behavior_hint="")]
    ] = ()
    """saved networks, or `shipped`; by default the ticket of the package, and the same with one weight less"""
    generations: int = 60
    """how often each network is asked"""
    side: int = 48
    """of the board, in cells"""
    seed: int = 0
    """of the soup"""
    out: GifPath = None
    """the GIF"""

    def frames_of_it(self) -> "Frames":
        """Predict and draw."""
        from lottery.animations import boards, ticket_and_less
        from lottery.runs.saved_networks import load_network, shipped_ticket

        named = [
            (Path(name).stem, shipped_ticket() if name == SHIPPED else load_network(name)) for name in self.networks
        ]
        return boards(named or ticket_and_less(), self.generations, self.side, self.seed)


Options = (
    Annotated[Learning, tyro.conf.subcommand("learning")]
    | Annotated[Pruning, tyro.conf.subcommand("pruning")]
    | Annotated[Boards, tyro.conf.subcommand("boards")]
)


def run(options: Learning | Pruning | Boards) -> None:
    """Compute the frames and write them."""
    session.start()
    from rich.console import Console

    from lottery.runs.outputs import check_file

    path = options.out or Path(f"{type(options).__name__.lower()}.gif")
    check_file(path, "--out")
    frames = options.frames_of_it()
    frames.save(path)
    size = path.stat().st_size
    Console(highlight=False).print(f"{path}: {len(frames.images)} frames, {size / 1000:,.0f} kB", markup=False)


COMMAND = Command(
    name="animate",
    about="Draw networks that learn, are pruned, and predict, as a GIF.",
    description=__doc__,
    options=Options,
    run=run,
)
