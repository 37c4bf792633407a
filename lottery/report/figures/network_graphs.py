"""One-step networks drawn as graphs: their kernels, and lines for the weights of the 1x1 units and of the read-out."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle

from gol.errors import InputError
from lottery.networks.lifenet import Parameters
from lottery.report.figures.figure import Row
from lottery.report.figures.rate_tiles import DARK_TEXT
from lottery.report.figures.style import COLOURS, FAINT_INK, GRID, INK, PAPER, RC

POSITIVE, NEGATIVE = COLOURS[0], COLOURS[1]
PANEL = (3.6, 3.0)  # inches
FEW = 3  # units in a layer: with no more, numbers are written at kernels and lines
_WHITE = np.ones(3)


def network_graphs(networks: Sequence[tuple[str, Parameters]]) -> tuple[Figure, list[Row]]:
    """Draw networks side by side, the input on the left.

    Args:
        networks: title and parameters of each, one step with a read-out; zeros are not drawn.

    Returns:
        The figure and all weights and biases that are drawn.

    Raises:
        InputError: if there is no network.
    """
    if not networks:
        raise InputError("a figure of graphs needs at least one network")
    table: list[Row] = []
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(PANEL[0] * len(networks), PANEL[1] + 0.9), layout="constrained")
        FigureCanvasAgg(figure)
        panels = np.atleast_1d(figure.subplots(1, len(networks)))
        for ax, (title, params) in zip(panels, networks, strict=True):
            ax.set_title(title, fontsize=11)
            draw_network(ax, params)
            table += _rows(title, params)
        figure.legend(
            handles=[
                Line2D([], [], color=POSITIVE, linewidth=2.4, label="positive weight"),
                Line2D([], [], color=NEGATIVE, linewidth=2.4, label="negative weight"),
            ],
            title="thickness and shade: share of the strongest weight of a layer",
            title_fontsize=9,
            loc="outside lower center",
            ncols=2,
        )
    return figure, table


def draw_network(ax: Axes, params: Parameters) -> None:
    """Draw one network into a panel, the input on the left; with few units, numbers stand at kernels and lines.

    Args:
        ax: the panel, which loses its axes.
        params: one step with a read-out; zeros are not drawn.
    """
    ax.axis("off")
    first, second, last = (
        {name: np.asarray(leaf, float) for name, leaf in params[layer].items()}
        for layer in ("block0_3x3", "block0_1x1", "readout")
    )
    inner, outer = second["kernel"][0, 0], last["kernel"][0, 0, :, 0]
    a, b = inner.shape
    rows = max(a, b, FEW)
    told = max(a, b) <= FEW
    width = rows * PANEL[0] / PANEL[1]
    ax.set_xlim(0, width)
    ax.set_ylim(rows, 0)
    ax.set_aspect("equal")
    side, radius = 0.98, 0.2
    wide = [(0.06 * width, y) for y in _spread(a, rows)]
    narrow = [(0.6 * width, y) for y in _spread(b, rows)]
    end = (0.92 * width, rows / 2)
    _edges(ax, [(x + side, y) for x, y in wide], narrow, inner, radius, told)
    _edges(ax, narrow, [end], outer[:, None], radius, told, start_radius=radius)
    scale = np.abs(first["kernel"]).max() or 1.0
    for (x, y), kernel, bias in zip(wide, first["kernel"].reshape(9, -1).T, first["bias"], strict=True):
        _kernel(ax, x, y - side / 2, side, kernel.reshape(3, 3) / scale, kernel.reshape(3, 3) if told else None)
        _bias(ax, x + side / 2, y + side / 2 + 0.1, bias, told)
    for (x, y), bias in zip(narrow, second["bias"], strict=True):
        _unit(ax, x, y, radius)
        _bias(ax, x, y + radius + 0.1, bias, told)
    _unit(ax, *end, radius)
    _bias(ax, end[0], end[1] + radius + 0.1, last["bias"][0], told)
    if told:
        ax.text(*end, "logit", ha="center", va="center", fontsize=8.5, color=INK)


def _spread(count: int, rows: int) -> list[float]:
    return [rows * (place + 0.5) / count for place in range(count)]


def _kernel(ax: Axes, x: float, y: float, side: float, shades: np.ndarray, numbers: np.ndarray | None) -> None:
    cell = side / 3
    for row in range(3):
        for column in range(3):
            value = float(shades[row, column])
            colour = np.array(to_rgb(POSITIVE if value > 0 else NEGATIVE))
            strength = 0.15 + 0.75 * abs(value) if value else 0.0
            ax.add_patch(
                Rectangle(
                    (x + column * cell, y + row * cell),
                    cell,
                    cell,
                    facecolor=tuple(strength * colour + (1 - strength) * _WHITE) if value else PAPER,
                    edgecolor=GRID,
                    linewidth=0.6,
                    zorder=3,
                )
            )
            if numbers is not None and value:
                ax.text(
                    x + (column + 0.5) * cell, y + (row + 0.5) * cell, f"{numbers[row, column]:.2f}", ha="center",
                    va="center", fontsize=8, color=DARK_TEXT, zorder=4,
                )  # fmt: skip


def _unit(ax: Axes, x: float, y: float, radius: float) -> None:
    ax.add_patch(Circle((x, y), radius, facecolor=PAPER, edgecolor=FAINT_INK, linewidth=1.2, zorder=3))


def _bias(ax: Axes, x: float, y: float, bias: float, told: bool) -> None:
    if told and bias:
        ax.text(x, y, f"{bias:+.3g}", ha="center", va="center", fontsize=10, color=INK, zorder=5)


def _edges(
    ax: Axes,
    starts: Sequence[tuple[float, float]],
    ends: Sequence[tuple[float, float]],
    weights: np.ndarray,
    radius: float,
    told: bool,
    start_radius: float = 0.0,
) -> None:
    strongest = np.abs(weights).max() or 1.0
    for i, (x0, y0) in enumerate(starts):
        for j, (x1, y1) in enumerate(ends):
            weight = weights[i, j]
            if not weight:
                continue
            colour = POSITIVE if weight > 0 else NEGATIVE
            share = abs(weight) / strongest
            ax.plot([x0 + start_radius, x1 - radius], [y0, y1], color=colour, linewidth=0.5 + 2.2 * share, zorder=2)
            if told:
                at = 0.42 + 0.16 * ((i + j) % 2)  # lines that cross do so in the middle
                ax.text(
                    x0 + at * (x1 - x0), y0 + at * (y1 - y0), f"{weight:.3g}", ha="center", va="center", fontsize=10,
                    color=INK, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}, zorder=5,
                )  # fmt: skip


def _rows(title: str, params: Parameters) -> list[Row]:
    return [
        {"network": title, "layer": layer, "kind": name, "place": place, "value": float(value)}
        for layer, leaves in params.items()
        for name, leaf in leaves.items()
        for place, value in enumerate(np.ravel(leaf).tolist())
        if value
    ]
