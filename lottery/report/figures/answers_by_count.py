"""The 512 answers of a one-step network as squares: a row by the cell itself, a column by its live neighbours."""

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.image import AxesImage

from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.report.figures.style import COLOURS, GRID, PAPER

ALIVE, DEAD = COLOURS[0], GRID
WRONG_ALIVE, WRONG_DEAD = COLOURS[1], "#f6d3b8"
ACROSS, DOWN = 7, 10  # squares in the cell of the table for one count: up to 70 neighbourhoods have it


def answers_picture(answers: Bool[np.ndarray, " 512"], rule: Bool[np.ndarray, " 512"]) -> Float[np.ndarray, "24 81 3"]:
    """The squares of all answers as a picture in red, green and blue from 0 to 1, a pixel to a square.

    Args:
        answers: what a network says of each neighbourhood, by code.
        rule: what is right, by code.
    """
    picture = np.ones((2 * (DOWN + 2), 9 * (ACROSS + 2), 3)) * to_rgb(PAPER)
    colours = np.array([[to_rgb(DEAD), to_rgb(WRONG_ALIVE)], [to_rgb(WRONG_DEAD), to_rgb(ALIVE)]])  # [rule][answer]
    picture[_places()] = colours[rule.astype(int), answers.astype(int)]
    return picture


def draw_answers(ax: Axes, picture: Float[np.ndarray, "24 81 3"]) -> AxesImage:
    """Draw such a picture with its labels; the image that comes back takes the next one.

    Args:
        ax: where to.
        picture: of `answers_picture`.
    """
    ax.grid(False)
    ax.set_xticks([count * (ACROSS + 2) + (ACROSS + 1) / 2 for count in range(9)], [str(count) for count in range(9)])
    ax.set_yticks([(DOWN + 2) * row + (DOWN + 1) / 2 for row in (0, 1)], ["dead now", "alive now"])
    ax.tick_params(length=0)
    ax.set_xlabel("live neighbours")
    for side in ax.spines.values():
        side.set_visible(False)
    return ax.imshow(picture, interpolation="nearest", aspect="equal")


def _places() -> tuple[Int[np.ndarray, " 512"], Int[np.ndarray, " 512"]]:
    """Row and column of each neighbourhood's square, by code; those of one count fill their cell from the bottom."""
    centre = NEIGHBOURHOODS[:, 4].astype(int)
    count = NEIGHBOURHOODS.sum(1).astype(int) - centre
    rows, columns = np.zeros(512, int), np.zeros(512, int)
    for alive in (0, 1):
        for neighbours in range(9):
            codes = np.flatnonzero((centre == alive) & (count == neighbours))
            across = min(ACROSS, int(np.ceil(np.sqrt(len(codes)))))
            place = np.arange(len(codes))
            rows[codes] = alive * (DOWN + 2) + DOWN - place // across
            columns[codes] = neighbours * (ACROSS + 2) + 1 + (ACROSS - across) // 2 + place % across
    return rows, columns


LEGEND = {
    "says alive, right": ALIVE,
    "says dead, right": DEAD,
    "says alive, wrong": WRONG_ALIVE,
    "says dead, wrong": WRONG_DEAD,
}
"""Colours by their meaning."""
