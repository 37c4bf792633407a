"""Boards as pictures: PNG, a looping GIF, and half-block characters for a terminal."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped
from PIL import Image

from gol.arrays import AnyArray, Rows, as_array, as_cells
from gol.errors import InputError, shown

DEAD, ALIVE, GAP = (247, 247, 242), (33, 53, 85), (200, 200, 195)
"""Colours, red green blue from 0 to 255."""

MAX_PIXELS = 2**26
"""A larger picture is refused: no viewer shows it, and its pixels would fill the memory."""

MAX_STILL = 655.35
"""Seconds: a GIF holds how long a frame stands in 16 bits, in hundredths of a second."""

HALF_BLOCKS = np.array([[" ", "▄"], ["▀", "█"]])
"""By the upper and the lower of two cells."""


def as_text(board: Shaped[AnyArray, "height width"] | Rows, encoding: str = "utf-8") -> str:
    """A board for a terminal, two rows of cells to a line.

    Args:
        board: one board, as for `gol.evolve` but of any height and width.
        encoding: what the terminal can show, such as ``sys.stdout.encoding``.

    Returns:
        ceil(height / 2) lines of ``width`` characters: space, ``▀``, ``▄`` or ``█``; where the encoding has no such
        characters, ``height`` lines of ``.`` and ``O``.

    Raises:
        InputError: for a board that cannot be.
    """
    cells = as_cells(board)
    try:
        "".join(HALF_BLOCKS.flat).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "\n".join("".join(line) for line in np.array([".", "O"])[cells])
    cells = np.pad(cells, ((0, cells.shape[0] % 2), (0, 0)))
    return "\n".join("".join(line) for line in HALF_BLOCKS[cells[::2], cells[1::2]])


def as_image(boards: Shaped[AnyArray, "*batch height width"] | Rows, scale: int = 8) -> Image.Image:
    """A board, or a batch in a grid with gaps between the boards, as a picture of few colours.

    Args:
        boards: as for `gol.evolve`, but of any height and width.
        scale: pixels per side of a cell.

    Returns:
        A palette image.

    Raises:
        InputError: for boards that cannot be, a scale below 1, no boards, or a picture of more than `MAX_PIXELS`.
    """
    array = np.asarray(as_array(boards))
    if array.ndim < 2:
        raise InputError(f"boards need the axes (..., height, width), not the shape {array.shape}")
    indices = _tiled((array != 0).astype(np.uint8))
    check_picture(indices.shape, scale)
    image = Image.fromarray(indices)
    image.putpalette([*DEAD, *ALIVE, *GAP])
    return image.resize((indices.shape[1] * scale, indices.shape[0] * scale), Image.Resampling.NEAREST)


def check_picture(shape: tuple[int, ...], scale: int, frames: int = 1) -> None:
    """Refuse a picture before anything is computed for it.

    Args:
        shape: (rows, columns) of all its cells.
        scale: pixels per side of a cell.
        frames: how many such pictures a GIF has.

    Raises:
        InputError: for a scale below 1, no cells or frames, more than `MAX_PIXELS`, or four times as many in a GIF.
    """
    if frames < 1:
        raise InputError("a GIF needs a frame")
    if scale < 1 or 0 in shape:
        raise InputError(f"a picture needs at least one cell and a scale of at least 1, not {shape} at {scale}")
    pixels = shape[0] * shape[1] * scale**2
    if pixels > MAX_PIXELS:
        raise InputError(f"a picture of {shape} cells at scale {scale} is over {MAX_PIXELS} pixels: scale down")
    if pixels * frames > 4 * MAX_PIXELS:
        raise InputError(f"{frames} frames of {shape} cells at scale {scale} are too many pixels: scale down")


def save_png(boards: Shaped[AnyArray, "*batch height width"] | Rows, path: str | Path, scale: int = 8) -> None:
    """Save a board or a batch as PNG.

    Args:
        boards: as for `as_image`.
        path: where to.
        scale: pixels per side of a cell.

    Raises:
        InputError: from `as_image`, or where the path cannot be written.
    """
    _save(as_image(boards, scale), path, format="PNG", optimize=True)


def save_gif(
    frames: Shaped[AnyArray, "time *batch height width"] | Rows, path: str | Path, scale: int = 8, seconds: float = 0.1
) -> None:
    """Save an evolution as a GIF that loops for ever.

    Args:
        frames: boards, or batches of boards, one after another, each as for `as_image`.
        path: where to.
        scale: pixels per side of a cell.
        seconds: how long each frame stands; GIF counts in hundredths.

    Raises:
        InputError: from `as_image`, without frames, for a time below 0.02 s, for more pixels than `check_picture`
            allows, where nothing changes for longer than `MAX_STILL` seconds, or where the path cannot be written.
    """
    array = np.asarray(as_array(frames))
    if array.ndim < 3 or len(array) == 0:
        raise InputError(f"a GIF needs a frame and the axes (time, ..., height, width), not the shape {array.shape}")
    if not 0.02 <= seconds <= MAX_STILL:
        raise InputError(f"a frame of a GIF stands for 0.02 s to {MAX_STILL} s, not {seconds} s")
    check_picture(_tiled(array[0]).shape, scale, len(array))
    still = _longest_still(array) * seconds
    if still > MAX_STILL:
        raise InputError(
            f"nothing changes for {still:.4g} s, and a frame of a GIF stands for at most {MAX_STILL} s: "
            "take fewer generations or a shorter time for each"
        )
    first, *rest = [as_image(frame, scale) for frame in array]
    _save(first, path, format="GIF", save_all=True, append_images=rest, duration=round(seconds * 1000), loop=0)


def _save(image: Image.Image, path: str | Path, **options: Any) -> None:
    try:
        image.save(path, **options)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"cannot write '{shown(str(path), 200)}': {reason}") from error


def _longest_still(frames: Shaped[np.ndarray, "time *batch height width"]) -> int:
    """How many frames one after another are the same at most; Pillow makes one of them that stands as long as all."""
    changes = [
        index for index in range(1, len(frames)) if not np.array_equal(frames[index] != 0, frames[index - 1] != 0)
    ]
    return int(np.diff([0, *changes, len(frames)]).max())


def _tiled(boards: Shaped[np.ndarray, "*batch height width"]) -> Shaped[np.ndarray, "rows columns"]:
    """A batch as a grid, as square as its number allows, with a gap of one cell (index 2) between boards."""
    if boards.ndim == 2:
        return boards
    flat = boards.reshape(-1, *boards.shape[-2:])
    count, height, width = flat.shape
    across = int(np.ceil(np.sqrt(count)))
    down = -(-count // max(across, 1))
    grid = np.full((down * across, height + 1, width + 1), 2, np.uint8)
    grid[:count, :height, :width] = flat
    tiles = grid.reshape(down, across, height + 1, width + 1).swapaxes(1, 2)
    return tiles.reshape(down * (height + 1), across * (width + 1))[:-1, :-1]
