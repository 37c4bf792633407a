"""Run a pattern, a file or a soup of the Game of Life, and print, play or save it.

    python scripts/simulate.py glider                                # a named pattern, 60 generations, printed
    python scripts/simulate.py soup --play                           # random cells, played in the terminal
    python scripts/simulate.py "gosper gun" --out gun.gif            # every generation, as a looping picture
    python scripts/simulate.py gun.rle --generations 500 --out later.rle
    python scripts/simulate.py soup --rule HighLife --height 200 --width 300 --out soup.png

--out takes its kind from the name's ending: a picture, a looping picture or a pattern file.
"""

from lottery import stopping

if __name__ == "__main__":
    stopping.at_signals(stopping.PLAIN)  # from here on, also while the libraries below are imported

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from lottery import session

if TYPE_CHECKING:
    import numpy as np

    import gol


@dataclass(frozen=True)
class Start:
    """A board and the world that it lives in."""

    board: "np.ndarray"
    rule: "gol.Rule"
    topology: str


def main(
    what: Annotated[str, tyro.conf.Positional] = "gosper gun",
    generations: int = 60,
    rule: str | None = None,
    topology: Literal["torus", "plane"] | None = None,
    height: int | None = None,
    width: int | None = None,
    density: float = 0.35,
    seed: int = 0,
    out: Path | None = None,
    play: bool = False,
    scale: int = 6,
) -> None:
    """Run a pattern, a file or a soup of the Game of Life, and print, play or save it.

    Args:
        what: a named pattern such as glider or "gosper gun", a pattern file (.rle, .cells, .lif), or soup.
        generations: how many to run.
        rule: B3/S23, HighLife, ...; by default the file's own, or Life.
        topology: torus (edges meet) or plane (a dead border); by default the file's own, or torus.
        height: rows of the board; by default the file's own, or enough for the pattern.
        width: columns of the board; as for the height.
        density: share of live cells in a soup.
        seed: of the soup.
        out: where to save: .gif has every generation; .png, .rle, .cells and .lif have the last one.
        play: show every generation in the terminal.
        scale: pixels per side of a cell in a picture.
    """
    import numpy as np

    import gol
    from gol.pictures import as_text, save_gif, save_png

    start = prepare(what, rule, topology, (height, width), density, seed)
    if play:
        show(start, generations)
    last = np.asarray(gol.evolve(start.board, generations, start.rule, start.topology))
    rows, columns = last.shape
    summary = f"generation {generations}: {last.sum():,} of {last.size:,} cells alive"
    if out is None:
        if not play:
            print(as_text(last))
    elif out.suffix.lower() == ".gif":
        frames = [start.board]
        for _ in range(generations):
            frames.append(np.asarray(gol.step(frames[-1], start.rule, start.topology)))
        save_gif(np.stack(frames), out, scale)
    elif out.suffix.lower() == ".png":
        save_png(last, out, scale)
    else:
        bounded = out.suffix.lower() == ".rle"  # the one format with a place for the board
        world = gol.Pattern(last, start.rule, start.topology, (rows, columns))
        gol.write_pattern(world if bounded else gol.Pattern(last, start.rule), out)
    print(f"{summary}, {start.rule} on a {start.topology} of {rows} x {columns}" + (f", in {out}" if out else ""))


def prepare(
    what: str,
    rule: str | None,
    topology: str | None,
    sides: tuple[int | None, int | None],
    density: float,
    seed: int,
) -> Start:
    """The first board, from what the user asked for and what the file says."""
    import jax
    import numpy as np

    import gol

    if what == "soup":
        shape = (sides[0] or 40, sides[1] or 76)
        board = np.asarray(gol.random_boards(jax.random.key(seed), shape, density))
        return Start(board, gol.parse_rule(rule or "B3/S23"), topology or "torus")
    is_file = Path(what).suffix.lower() in (".rle", ".cells", ".lif", ".life") or Path(what).is_file()
    pattern = gol.read_pattern(Path(what)) if is_file else gol.Pattern(gol.pattern(what))
    rows, columns = pattern.size or (max(40, pattern.cells.shape[0] + 16), max(76, pattern.cells.shape[1] + 16))
    board = gol.place(pattern.cells, (sides[0] or rows, sides[1] or columns))
    chosen = gol.parse_rule(rule) if rule else pattern.rule
    return Start(board, chosen, topology or pattern.topology or "torus")


def show(start: Start, generations: int) -> None:
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
            screen.update(Text(f"{as_text(board)}\ngeneration {generation}"), refresh=True)
            time.sleep(0.1)
            board = np.asarray(gol.step(board, start.rule, start.topology))


if __name__ == "__main__":
    session.run(lambda: tyro.cli(main, description=__doc__))
