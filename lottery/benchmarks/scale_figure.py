"""The figure of `gol-lottery bench scale`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from lottery.report.figures.figure import save_figure
from lottery.report.figures.style import COLOURS, MARKERS, PAPER, RC

COLUMNS = ("steps", "width", "replicates", "updates_per_second", "peak_megabytes", "gigaflops", "roof", "share_of_roof")


class End(NamedTuple):
    """Where a line ends, what it is called and its colour."""

    x: float
    y: float
    name: str
    colour: str


def draw_scale(rows: list[dict[str, Any]], path: Path) -> None:
    """Throughput and memory against the number of networks, one line per width; SVG, PNG and CSV beside each other.

    Args:
        rows: of `training_speed.scale_rows`, under their roofs.
        path: the figure's name; its ending plays no role.
    """
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(10, 4.4), layout="constrained")
        FigureCanvasAgg(figure)
        speed, memory = figure.subplots(1, 2)
        speed.set_yscale("log")
        ends = _draw(speed, rows, "updates_per_second", "network updates per second")
        _draw(memory, rows, "peak_megabytes", "most memory held by the process, MB")
        memory.set_ylim(bottom=0)
        _name_lines(speed, ends)  # in one panel: in the other, of the same colours, lines are too near each other
        save_figure(figure, [{name: row[name] for name in COLUMNS} for row in rows], path.parent, path.stem)


def _draw(ax: Axes, rows: list[dict[str, Any]], name: str, title: str) -> list[End]:
    """One panel: a line per width; returns where the lines end."""
    counts = sorted({row["replicates"] for row in rows})
    ends = []
    for place, width in enumerate(sorted({row["width"] for row in rows})):
        line = [(row["replicates"], row[name]) for row in rows if row["width"] == width]
        colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
        ax.plot(*zip(*line, strict=True), color=colour, marker=marker, markeredgecolor=PAPER, markeredgewidth=1)
        ends.append(End(*line[-1], f"m = {width}", colour))
    ax.set_title(title, fontsize=11, fontweight="normal")
    ax.set_xscale("log", base=2)
    ax.set_xlim(counts[0] / 1.3, counts[-1] * 1.3)
    ax.xaxis.set_major_locator(FixedLocator(counts))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_locator(NullLocator())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", " ")))
    ax.set_xlabel(f"networks trained together, n = {rows[0]['steps']}")
    ax.tick_params(length=0)
    ax.grid(axis="x", visible=False)
    return ends


def _name_lines(ax: Axes, ends: Sequence[End]) -> None:
    """Write each line's name behind its end."""
    ax.set_xlim(right=ax.get_xlim()[1] * 3)
    ax.figure.canvas.draw()  # only a drawn panel knows where its points are
    pixel = 72 / ax.figure.dpi  # in points
    heights = [float(ax.transData.transform((end.x, end.y))[1]) * pixel for end in ends]
    for end, lift in zip(ends, spread(heights, [end.x for end in ends]), strict=True):
        ax.annotate(
            end.name, (end.x, end.y), xytext=(9, lift), textcoords="offset points", va="center", color=end.colour
        )


def spread(heights: Sequence[float | int], columns: Sequence[float | int], gap: float = 15.0) -> list[float]:
    """How far to lift names so that those above each other are at least a gap apart, their middle where it was.

    Args:
        heights: where the names would be, in points.
        columns: names with equal values stand above each other.
        gap: how far apart they have to be, in points.
    """
    lifts = [0.0] * len(heights)
    for column in set(columns):
        members = sorted((i for i in range(len(heights)) if columns[i] == column), key=lambda i: heights[i])
        placed: list[float] = []
        for i in members:
            placed.append(max(heights[i], placed[-1] + gap) if placed else heights[i])
        middle = sum(placed[k] - heights[i] for k, i in enumerate(members)) / len(members)
        for k, i in enumerate(members):
            lifts[i] = placed[k] - middle - heights[i]
    return lifts
