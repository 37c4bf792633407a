"""The figures of the report: what is drawn, and the table of the very numbers that were drawn.

Every function draws on a figure of its own, touches no global state of matplotlib and needs no display.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from gol.errors import InputError
from lottery.report.figures.style import COLOURS, DASHES, GRID, MARKERS, PAPER, RC, for_readers
from lottery.runs.files import write_bytes
from lottery.statistics.rates import wilson

Row = dict[str, str | int | float]


@dataclass(frozen=True)
class Rates:
    """One series of success rates.

    Attributes:
        label: what the legend calls it.
        x: where each rate stands: a density (fraction kept), a width, ...
        successes: successes at each x.
        trials: trials at each x, all replicates counted.
    """

    label: str
    x: Sequence[float | int]
    successes: Sequence[int]
    trials: Sequence[int]

    def __post_init__(self) -> None:
        if not self.x or not len(self.x) == len(self.successes) == len(self.trials):
            raise InputError(f"series {self.label!r} needs as many successes and trials as places, one or more")


LONG_NAME = 28  # characters of a legend's entry of which three stand beside each other in a figure of 7.2 inches


def new_figure(width: float = 7.2, height: float = 4.2) -> tuple[Figure, Axes]:
    """Make an empty figure with one panel in the style of the project.

    Args:
        width: in inches.
        height: in inches.
    """
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        return figure, figure.add_subplot()


def rate_axes(ax: Axes, xlabel: str, ylabel: str = "networks that succeed") -> None:
    """Make the vertical axis one of rates, 0 to 100 %, and name both axes.

    Args:
        ax: the panel.
        xlabel: name of the horizontal axis, with its unit.
        ylabel: name of the vertical axis.
    """
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.grid(axis="x", visible=False)
    ax.tick_params(length=0)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)


def plot_rates(ax: Axes, series: Rates, *, style: int = 0, band: bool = False, joined: bool = True) -> list[Row]:
    """Draw success rates with Wilson's 95 % intervals.

    Args:
        ax: the panel.
        series: what to draw.
        style: which colour, marker and dash of the palette, from 0.
        band: draw the intervals as a band (many points) instead of bars (few).
        joined: join the points by a line.

    Returns:
        The drawn numbers, one row per point.

    Raises:
        InputError: if a count cannot be.
    """
    colour, marker, dash = (choices[style % len(choices)] for choices in (COLOURS, MARKERS, DASHES))
    rates = np.array(series.successes) / np.array(series.trials)
    ends = [wilson(k, n) for k, n in zip(series.successes, series.trials, strict=True)]
    low, high = np.array([end.low for end in ends]), np.array([end.high for end in ends])
    if band:
        ax.fill_between(series.x, low, high, color=colour, alpha=0.16, linewidth=0)
    else:
        ax.errorbar(
            series.x,
            rates,
            yerr=np.clip([rates - low, high - rates], 0, 1),
            fmt="none",
            ecolor=colour,
            elinewidth=1.6,
            capsize=3.5,
            capthick=1.6,
        )
    ax.plot(
        series.x,
        rates,
        color=colour,
        marker=marker,
        markeredgecolor=PAPER,
        markeredgewidth=1.0,
        linestyle=dash if joined else "none",
        label=series.label,
        zorder=3,
    )
    return [
        {"series": series.label, "x": x, "successes": k, "trials": n, "rate": k / n, "low": end.low, "high": end.high}
        for x, k, n, end in zip(series.x, series.successes, series.trials, ends, strict=True)
    ]


def success_against_density(
    arms: Sequence[Rates],
    *,
    verdict_density: float | None = None,
    xlabel: str = "weights kept",
    ylabel: str = "networks that succeed",
) -> tuple[Figure, list[Row]]:
    """Draw the success of all arms against the share of weights kept, from dense on the left to sparse on the right.

    Args:
        arms: the ticket and its controls; `x` is the density, kept / prunable, in (0, 1].
        verdict_density: the density fixed beforehand at which the verdict falls, marked by a line.
        xlabel: name of the horizontal axis: what can be pruned.
        ylabel: name of the vertical axis.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no arm, or a density is not in (0, 1].
    """
    _check_series(arms)
    densities = sorted({x for arm in arms for x in arm.x}, reverse=True)
    if densities[0] > 1 or densities[-1] <= 0:
        raise InputError(f"densities lie in (0, 1], not at {densities[-1]} to {densities[0]}")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure()
        rate_axes(ax, xlabel, ylabel)
        table = [row for style, arm in enumerate(arms) for row in plot_rates(ax, arm, style=style, band=True)]
        if verdict_density is not None:
            ax.axvline(verdict_density, color=GRID, linewidth=6, zorder=0, label="verdict falls here")
        density_axis(ax, densities)
        legend_above(ax)
        return figure, _renamed(table, "density")


def success_against_width(
    ours: Sequence[Rates], published: Sequence[Rates] = (), *, ylabel: str = "networks that succeed"
) -> tuple[Figure, list[Row]]:
    """Draw success against the width of the network, ours joined, published samples beside it, all with intervals.

    Args:
        ours: measured series; `x` is the width factor m.
        published: samples of others, each with its own interval, drawn unjoined.
        ylabel: name of the vertical axis.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no series, or a width is below 1.
    """
    every = [*ours, *published]
    _check_series(every)
    widths = sorted({x for series in every for x in series.x})
    if widths[0] < 1:
        raise InputError(f"widths are 1 or more, not {widths[0]}")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure()
        rate_axes(ax, "width m (times overcomplete)", ylabel)
        table: list[Row] = []
        for index, series in enumerate(every):
            # Equal widths would hide each other's bars: spread them by a few per cent around the true place.
            nudge = 1.045 ** (index - (len(every) - 1) / 2)
            moved = Rates(series.label, tuple(x * nudge for x in series.x), series.successes, series.trials)
            rows = plot_rates(ax, moved, style=index, joined=index < len(ours))
            table += [{**row, "x": x} for row, x in zip(rows, series.x, strict=True)]
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_locator(FixedLocator(widths))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda width, _: f"{width:g}"))
        legend_above(ax)
        return figure, _renamed(table, "width")


def density_axis(ax: Axes, densities: Sequence[float]) -> None:
    """Make the horizontal axis one of densities, logarithmic, from dense to sparse.

    Args:
        ax: the panel.
        densities: those that occur, from the highest to the lowest.
    """
    ax.set_xscale("log")
    ax.set_xlim(densities[0] * 1.08, densities[-1] / 1.08)
    ax.xaxis.set_major_locator(FixedLocator(_spaced(densities)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda density, _: _percent(density)))


def save_figure(figure: Figure, table: Sequence[Row], folder: Path, name: str) -> Path:
    """Write a figure as `name.svg` and `name.png`, and the numbers behind it as `name.csv`; the same bytes each time.

    Args:
        figure: what to write.
        table: one row per drawn number; all rows have the same columns.
        folder: where to write; made if it is missing.
        name: file name without its ending.

    Returns:
        The path of the SVG.

    Raises:
        InputError: if the table is empty or its rows differ in their columns.
    """
    if not table or any(row.keys() != table[0].keys() for row in table):
        raise InputError(f"the table behind figure {name!r} needs a row or more, all with the same columns")
    svg, png, numbers = BytesIO(), BytesIO(), StringIO()
    with matplotlib.rc_context(RC):
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", metadata={"Software": None})
    writer = csv.DictWriter(numbers, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    write_bytes(folder / f"{name}.csv", numbers.getvalue().encode())
    write_bytes(folder / f"{name}.png", png.getvalue())
    write_bytes(folder / f"{name}.svg", for_readers(svg.getvalue().decode()).encode())
    return folder / f"{name}.svg"


def legend_above(ax: Axes) -> None:
    """Put the legend above the panel, where it can hide nothing; three columns where the names are short enough."""
    labels = ax.get_legend_handles_labels()[1]
    columns = min(len(labels), 3 if max(map(len, labels), default=0) <= LONG_NAME else 2)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.01), ncols=columns, borderaxespad=0, columnspacing=1.6)


def _spaced(densities: Sequence[float], ratio: float = 1.5) -> list[float]:
    """Keep the densities whose labels do not touch: each at least `ratio` below the one before."""
    kept: list[float] = []
    for density in densities:
        if not kept or kept[-1] / density >= ratio:
            kept.append(density)
    return kept


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.0f} %" if fraction >= 0.0995 else f"{100 * fraction:.2g} %"


def _renamed(table: list[Row], name: str) -> list[Row]:
    return [{(name if column == "x" else column): value for column, value in row.items()} for row in table]


def _check_series(series: Sequence[Rates]) -> None:
    if not series:
        raise InputError("a figure needs at least one series")
