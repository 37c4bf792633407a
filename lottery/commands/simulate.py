"""Run a pattern, a file or a soup of the Game of Life, and print, play or save it.

    gol-lottery simulate glider                       # 60 generations
    gol-lottery simulate soup --play                  # random cells
    gol-lottery simulate "gosper gun" --out gun.gif   # every generation
    gol-lottery simulate gun.rle --generations 500 --out later.rle
    gol-lottery simulate soup --rule HighLife --out soup.png

--out takes its kind from the name's ending: a picture, a looping picture or a pattern file.
"""

import io
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from lottery.commands.command import Command
from lottery.commands.outputs import Flag

if TYPE_CHECKING:
    import numpy as np

    import gol


BYTES_PER_CELL = 16
"""Memory at the peak of a run: 8 where a soup is printed and 14 where it is written as RLE, measured."""

CELLS_PER_TURN = 2**31
"""How many cells may evolve until Ctrl-C is heard, a few seconds."""


@dataclass(frozen=True)
class Moment:
    """A board, the world that it lives in, and how many generations it has been through."""

    board: "np.ndarray"
    rule: "gol.Rule"
    topology: str
    generation: int = 0


FILE_S_OWN = "(default: the file's own, or {})"


@dataclass(frozen=True)
class Options:
    """Run a pattern, a file or a soup of the Game of Life, and print, play or save it."""

    what: tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="[PATTERN]")]] = "gosper gun"
    """a named pattern such as glider or "gosper gun", a pattern file (.rle, .cells, .lif), or soup"""
    generations: int = 60
    """how many to run"""
    rule: Annotated[str | None, tyro.conf.arg(metavar="RULE", help_behavior_hint=FILE_S_OWN.format("Life"))] = None
    """B3/S23, HighLife, ..."""
    topology: Annotated[
        Literal["torus", "plane"] | None,
        tyro.conf.arg(metavar="{torus,plane}", help_behavior_hint=FILE_S_OWN.format("torus")),
    ] = None
    """torus (edges meet) or plane (a dead border)"""
    height: Annotated[
        int | None,
        tyro.conf.arg(metavar="INT", help_behavior_hint=FILE_S_OWN.format("enough for the pattern")),
    ] = None
    """rows of the board"""
    width: Annotated[
        int | None,
        tyro.conf.arg(metavar="INT", help_behavior_hint=FILE_S_OWN.format("enough for the pattern")),
    ] = None
    """columns of the board"""
    density: float = 0.35
    """share of live cells in a soup"""
    seed: int = 0
    """of the soup"""
    out: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(not saved by default)")] = None
    """where to save: .gif has every generation; .png, .rle, .cells and .lif have the last one"""
    play: Flag = False
    """show every generation in the terminal"""
    scale: int = 6
    """pixels per side of a cell in a picture"""


def run(options: Options) -> None:
    """Run what the options name, and print, play or save it."""
    import numpy as np

    import gol
    from gol.arrays import as_generations
    from gol.pictures import as_text, save_gif

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may have letters that the terminal lacks
    generations, out, scale = options.generations, options.out, options.scale
    as_generations(generations)
    start = prepare(
        options.what,
        options.rule,
        options.topology,
        (options.height, options.width),
        options.density,
        options.seed,
    )
    rows, columns = start.board.shape
    check_out(out, (rows, columns), generations, scale)
    if options.play:
        show(start, generations)
    if out is not None and out.suffix.lower() == ".gif":
        frames = [start.board]
        for _ in range(generations):
            frames.append(np.asarray(gol.step(frames[-1], start.rule, start.topology)))
        last = frames[-1]
        save_gif(np.stack(frames), out, scale)
    else:
        last = evolved(start, generations)
        if out is not None:
            save(replace(start, board=last, generation=start.generation + generations), out, scale)
        elif not options.play:
            print(as_text(last, sys.stdout.encoding))
    summary = f"generation {start.generation + generations}: {last.sum():,} of {last.size:,} cells alive"
    print(f"{summary}, {start.rule} on a {start.topology} of {rows} x {columns}" + (f", in {out}" if out else ""))


def prepare(
    what: str,
    rule: str | None,
    topology: str | None,
    sides: tuple[int | None, int | None],
    density: float,
    seed: int,
) -> Moment:
    """The first board, from what the user asked for and what the file says."""
    import jax
    import numpy as np

    import gol

    if what == "soup":
        if not 0 <= seed < 2**32:
            raise gol.InputError(f"a seed is a whole number from 0 to {2**32 - 1}")  # jax cuts others to 32 bits
        shape = board_shape(sides, (40, 76))
        board = np.asarray(gol.random_boards(jax.random.key(seed, impl="threefry2x32"), shape, density))
        return Moment(board, gol.parse_rule("B3/S23" if rule is None else rule), topology or "torus")
    pattern = gol.read_pattern(Path(what)) if names_file(what) else gol.Pattern(gol.pattern(what))
    height, width = pattern.cells.shape
    shape = board_shape(sides, pattern.size or (max(40, height + 16), max(76, width + 16)))
    on_board = replace(pattern, size=shape).corner() if pattern.size else None
    chosen = pattern.rule if rule is None else gol.parse_rule(rule)
    board = gol.place(pattern.cells, shape, on_board)
    return Moment(board, chosen, topology or pattern.topology or "torus", pattern.generation)


def board_shape(sides: tuple[int | None, int | None], default: tuple[int, int]) -> tuple[int, int]:
    """The sides that the user gave and defaults for the others, refused where no board or no memory is like that."""
    from gol import InputError
    from gol.errors import shown
    from gol.memory import refuse_beyond_memory

    rows, columns = (own if side is None else side for side, own in zip(sides, default, strict=True))
    if rows < 3 or columns < 3:
        raise InputError("a board needs a height and a width of at least 3")
    refuse_beyond_memory(rows * columns * BYTES_PER_CELL, shown(f"a board of {rows} x {columns}"))
    return rows, columns


def names_file(what: str) -> bool:
    """Whether a file is meant, not a named pattern."""
    from gol.formats.doors import SUFFIXES

    try:
        return Path(what).suffix.lower() in SUFFIXES or Path(what).is_file()
    except OSError:  # too long for a name, say
        return False


def check_out(out: Path | None, shape: tuple[int, int], generations: int, scale: int) -> None:
    """Refuse, before anything is computed, an output that cannot be made."""
    from gol import InputError
    from gol.errors import shown
    from gol.formats.doors import SUFFIXES
    from gol.pictures import check_picture

    if out is None:
        return
    kinds = (".gif", ".png", *SUFFIXES)
    if out.suffix.lower() not in kinds:
        raise InputError(f"--out ends in one of {', '.join(kinds)}, and '{shown(str(out), 200)}' does not")
    if out.suffix.lower() in (".gif", ".png"):
        check_picture(shape, scale, generations + 1 if out.suffix.lower() == ".gif" else 1)


def evolved(start: Moment, generations: int) -> "np.ndarray":
    """The last board, in turns so short that Ctrl-C is heard between them."""
    import numpy as np

    import gol

    board, turn = start.board, max(1, CELLS_PER_TURN // start.board.size)
    for done in range(0, max(1, generations), turn):
        board = np.asarray(gol.evolve(board, min(turn, generations - done), start.rule, start.topology))
    return board


def save(end: Moment, out: Path, scale: int) -> None:
    """Save one board as a picture or a pattern file."""
    import gol
    from gol.pictures import save_png

    if out.suffix.lower() == ".png":
        save_png(end.board, out, scale)
    elif out.suffix.lower() == ".rle":  # the one format with a place for the board
        world = gol.Pattern(end.board, end.rule, end.topology, end.board.shape, generation=end.generation)
        gol.write_pattern(world, out)
    else:
        gol.write_pattern(gol.Pattern(end.board, end.rule), out)


def show(start: Moment, generations: int) -> None:
    """Play an evolution in the terminal, ten generations a second."""
    import time

    import numpy as np
    from rich.live import Live
    from rich.text import Text

    import gol
    from gol.pictures import as_text

    board = start.board
    with Live(auto_refresh=False) as screen:
        for generation in range(generations + 1):
            picture = as_text(board, sys.stdout.encoding)
            screen.update(Text(f"{picture}\ngeneration {start.generation + generation}"), refresh=True)
            time.sleep(0.1)
            board = np.asarray(gol.step(board, start.rule, start.topology))


COMMAND = Command(
    name="simulate",
    about="Run a pattern, a file or a soup, and print, play or save it.",
    description=__doc__,
    options=Options,
    run=run,
)
