"""Charts of numbers whose intervals are not Wilson's: estimates against a number, and estimates by name."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from gol.errors import InputError
from lottery.report.figures.figure import Row, legend_above, new_figure, rate_axes
from lottery.report.figures.rates_by_name import share_axis
from lottery.report.figures.style import COLOURS, DASHES, FAINT_INK, INK, MARKERS, PAPER, RC


@dataclass(frozen=True)
class Estimates:
    """One series of rates with intervals of any kind.

    Attributes:
        label: what the legend calls it.
        x: where each rate stands, a number or a name.
        values: the rates.
        low: lower ends of their intervals.
        high: upper ends.
    """

    label: str
    x: Sequence[float | int] | Sequence[str]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]

    def __post_init__(self) -> None:
        if not self.x or not len(self.x) == len(self.values) == len(self.low) == len(self.high):
            raise InputError(f"series {self.label!r} needs as many values and intervals as places, one or more")

    def rows(self, name: str) -> list[Row]:
        """The numbers behind a chart, one row per value.

        Args:
            name: of the column of places.
        """
        return [
            {"series": self.label, name: x, "rate": float(value), "low": float(low), "high": float(high)}
            for x, value, low, high in zip(self.x, self.values, self.low, self.high, strict=True)
        ]


def estimates_against(
    series: Sequence[Estimates],
    *,
    xlabel: str,
    ylabel: str,
    nudge: float = 0.0,
    published: Sequence[tuple[float | int, float | int, float]] = (),
) -> tuple[Figure, list[Row]]:
    """Draw rates against a number, one line per series, with their intervals as bars.

    Args:
        series: what to draw.
        xlabel: name of the horizontal axis, with its unit.
        ylabel: name of the vertical axis.
        nudge: distance by which series are moved apart, so that bars do not hide each other.
        published: levels (from x, to x, rate) that others reported, drawn as grey lines.

    Returns:
        The figure and the drawn numbers.
    """
    with matplotlib.rc_context(RC):
        figure, ax = new_figure()
        rate_axes(ax, xlabel, ylabel)
        for place, one in enumerate(series):
            colour = COLOURS[place % len(COLOURS)]
            x = np.array(one.x, float) + nudge * (place - (len(series) - 1) / 2)
            ax.vlines(x, one.low, one.high, color=colour, linewidth=2.4, alpha=0.4)
            ax.plot(
                x,
                one.values,
                color=colour,
                marker=MARKERS[place % len(MARKERS)],
                markeredgecolor=PAPER,
                markeredgewidth=1.0,
                linestyle=DASHES[place % len(DASHES)],
                linewidth=1.6,
                label=one.label,
                zorder=3,
            )
        for index, (start, stop, rate) in enumerate(published):
            label = "published" if index == 0 else None
            ax.plot([start, stop], [rate, rate], color=FAINT_INK, linewidth=4, alpha=0.7, label=label, zorder=1.5)
        ax.xaxis.set_major_locator(FixedLocator(sorted({float(x) for one in series for x in one.x})))
        legend_above(ax)
        return figure, [row for one in series for row in one.rows("x")]


def estimates_by_name(series: Sequence[Estimates], names: Sequence[str], *, xlabel: str) -> tuple[Figure, list[Row]]:
    """Draw rates as dots in named rows, from the first at the top, with their intervals.

    Args:
        series: what to draw; a series may lack some of the names.
        names: of the rows, in their order.
        xlabel: name of the axis of rates.

    Returns:
        The figure and the drawn numbers.
    """
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(height=1.3 + 0.36 * len(names))
        for place, one in enumerate(series):
            colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
            y = np.array([names.index(str(name)) for name in one.x]) + 0.2 * (place - (len(series) - 1) / 2)
            ax.hlines(y, one.low, one.high, color=colour, linewidth=2.4, alpha=0.45)
            ax.plot(one.values, y, marker, color=colour, markeredgecolor=PAPER, label=one.label, zorder=3)
        ax.set_yticks(np.arange(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        share_axis(ax, max(end for one in series for end in one.high))
        ax.grid(axis="y", visible=False)
        ax.tick_params(length=0)
        ax.tick_params(axis="y", labelcolor=INK)
        ax.set_xlabel(xlabel)
        if len(series) > 1:
            legend_above(ax)
        return figure, [row for one in series for row in one.rows("name")]
