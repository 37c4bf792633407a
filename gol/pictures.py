"""Boards as pictures: PNG, a looping GIF, and half-block characters for a terminal."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped, UInt8
from PIL import Image

from gol.errors import InputError
from gol.topologies import AnyArray

DEAD, ALIVE, GAP = (247, 247, 242), (33, 53, 85), (200, 200, 195)
"""Colours, red green blue from 0 to 255."""

MAX_PIXELS = 2**26
"""A larger picture is refused: no viewer shows it, and its pixels would fill the memory."""

HALF_BLOCKS = np.array([[" ", "▄"], ["▀", "█"]])
"""By the upper and the lower of two cells."""


def as_text(board: Shaped[AnyArray, "height width"]) -> str:
    """A board for a terminal, two rows of cells to a line.

    Args:
        board: anything but 0 is alive.

    Returns:
        ceil(height / 2) lines of ``width`` characters: space, ``▀``, ``▄`` or ``█``.
    """
    cells = (np.asarray(board) != 0).astype(np.uint8)
    cells = np.pad(cells, ((0, cells.shape[0] % 2), (0, 0)))
    return "\n".join("".join(line) for line in HALF_BLOCKS[cells[::2], cells[1::2]])


def as_image(boards: Shaped[AnyArray, "*batch height width"], scale: int = 8) -> Image.Image:
    """A board, or a batch in a grid with gaps between the boards, as a picture of few colours.

    Args:
        boards: anything but 0 is alive.
        scale: pixels per side of a cell.

    Returns:
        A palette image.

    Raises:
        InputError: for a scale below 1, no boards, or a picture of more than `MAX_PIXELS`.
    """
    indices = _tiled((np.asarray(boards) != 0).astype(np.uint8))
    if scale < 1 or 0 in indices.shape:
        raise InputError(f"a picture needs at least one cell and a scale of at least 1, not {boards.shape} at {scale}")
    if indices.size * scale**2 > MAX_PIXELS:
        raise InputError(f"a picture of {indices.shape} cells at scale {scale} is over {MAX_PIXELS} pixels: scale down")
    image = Image.fromarray(indices)
    image.putpalette([*DEAD, *ALIVE, *GAP])
    return image.resize((indices.shape[1] * scale, indices.shape[0] * scale), Image.Resampling.NEAREST)


def save_png(boards: Shaped[AnyArray, "*batch height width"], path: str | Path, scale: int = 8) -> None:
    """Save a board or a batch as PNG.

    Args:
        boards: anything but 0 is alive.
        path: where to.
        scale: pixels per side of a cell.

    Raises:
        InputError: from `as_image`, or where the path cannot be written.
    """
    _save(as_image(boards, scale), path, format="PNG", optimize=True)


def save_gif(
    frames: Shaped[AnyArray, "time *batch height width"], path: str | Path, scale: int = 8, seconds: float = 0.1
) -> None:
    """Save an evolution as a GIF that loops for ever.

    Args:
        frames: boards, or batches of boards, one after another.
        path: where to.
        scale: pixels per side of a cell.
        seconds: how long each frame stands; GIF counts in hundredths.

    Raises:
        InputError: from `as_image`, without frames, for a time below 0.02 s, or where the path cannot be written.
    """
    if len(frames) == 0 or seconds < 0.02:
        raise InputError(f"a GIF needs a frame, and at least 0.02 s for each: not {len(frames)} of {seconds} s")
    if frames[0].size * len(frames) * scale**2 > MAX_PIXELS * 4:
        raise InputError(f"{len(frames)} frames of {frames[0].shape} at scale {scale} are too many pixels: scale down")
    first, *rest = [as_image(frame, scale) for frame in np.asarray(frames)]
    _save(first, path, format="GIF", save_all=True, append_images=rest, duration=round(seconds * 1000), loop=0)


def _save(image: Image.Image, path: str | Path, **options: Any) -> None:
    try:
        image.save(path, **options)
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r}: {(error.strerror or str(error)).lower()}") from error


def _tiled(boards: UInt8[np.ndarray, "*batch height width"]) -> UInt8[np.ndarray, "rows columns"]:
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
