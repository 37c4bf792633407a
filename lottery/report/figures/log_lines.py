"""Lines on two logarithmic axes, in one panel or several, with one legend for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from gol.errors import InputError
from lottery.report.figures.figure import Row
from lottery.report.figures.style import COLOURS, DASHES, FAINT_INK, GRID, INK, MARKERS, PAPER, RC


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        label: its name.
        x: places, above 0.
        y: values, above 0.
        low: lower ends of the values' intervals; empty where there are none.
        high: upper ends.
        dots: whether its places are marked, as those of measured values are.
    """

    label: str
    x: Sequence[float | int]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    dots: bool = False

    def __post_init__(self) -> None:
        if not self.x or len(self.x) != len(self.y) or min(*self.x, *self.y) <= 0:
            raise InputError(f"line {self.label!r} needs a place or more and as many values, all above 0")


def log_lines(
    panels: Mapping[str, Sequence[Line]],
    *,
    xlabel: str,
    ylabels: Sequence[str],
    ticks: Sequence[float | int] = (),
    best: str = "",
) -> tuple[Figure, list[Row]]:
    """Draw lines on logarithmic axes.

    Args:
        panels: title -> lines, all with one horizontal axis.
        xlabel: name of the horizontal axis.
        ylabels: names of the vertical axes, one per panel.
        ticks: of the horizontal axis; by default powers of ten.
        best: where it is not empty, the lowest of the lines is drawn broad and pale under them, by this name; the lines
            of a panel have to have the same places then.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if a panel has no line.
    """
    if not panels or not all(panels.values()):
        raise InputError("a figure of lines needs a line or more in every panel")
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(8.4 if len(panels) == 1 else 5.2 * len(panels), 4.8), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        table: list[Row] = []
        for ax, (title, lines), ylabel in zip(axes, panels.items(), ylabels, strict=True):
            ax.set_xscale("log")
            ax.set_yscale("log")
            if best:
                lowest = np.min([line.y for line in lines], axis=0)
                ax.plot(lines[0].x, lowest, color=GRID, linewidth=11, solid_capstyle="butt", zorder=1, label=best)
            for style, line in enumerate(lines):
                _draw(ax, line, style)
                table += _rows(title, line)
            ax.set_title(title)
            ax.set_ylabel(ylabel)
            ax.set_xlabel(xlabel)
            ax.tick_params(length=0)
            if ticks:
                ax.xaxis.set_major_locator(FixedLocator(list(ticks)))
                ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
            else:
                ax.xaxis.set_major_locator(LogLocator(numticks=14))
            ax.yaxis.set_major_locator(LogLocator(numticks=14))
            ax.xaxis.set_minor_locator(NullLocator())
            ax.yaxis.set_minor_locator(NullLocator())
        named = {label: mark for ax in axes for mark, label in zip(*ax.get_legend_handles_labels(), strict=True)}
        figure.legend(named.values(), named.keys(), loc="outside upper left", ncols=2 if len(panels) == 1 else 3)
        return figure, table


def _draw(ax: Axes, line: Line, style: int) -> None:
    colour, dash = COLOURS[style % len(COLOURS)], DASHES[style % len(DASHES)]
    if line.low:
        ax.fill_between(line.x, line.low, line.high, color=colour, alpha=0.14, linewidth=0)
    ax.plot(
        line.x,
        line.y,
        color=colour if colour != INK else FAINT_INK,
        linestyle=dash,
        linewidth=1.8,
        marker=MARKERS[style % len(MARKERS)] if line.dots else None,
        markeredgecolor=PAPER,
        label=line.label,
        zorder=3,
    )


def _rows(panel: str, line: Line) -> list[Row]:
    ends: list[tuple[float | str, float | str]] = [("", "")] * len(line.x)
    if line.low:
        ends = list(zip(line.low, line.high, strict=True))
    return [
        {"panel": panel, "series": line.label, "x": float(x), "y": float(y), "low": low, "high": high}
        for x, y, (low, high) in zip(line.x, line.y, ends, strict=True)
    ]
