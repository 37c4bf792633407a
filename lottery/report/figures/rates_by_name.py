"""Charts that any claim can use: rates by name as a dot plot, rates against a number as lines."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from gol.errors import InputError
from lottery.report.figures.figure import Rates, Row, legend_above, new_figure, plot_rates, rate_axes
from lottery.report.figures.style import COLOURS, INK, MARKERS, PAPER, RC
from lottery.statistics.rates import wilson


@dataclass(frozen=True)
class NamedRates:
    """One series of success rates, each with a name.

    Attributes:
        label: what the legend calls the series.
        names: of the rows that the rates stand in.
        successes: successes in each row.
        trials: trials in each row, all replicates counted.
    """

    label: str
    names: Sequence[str]
    successes: Sequence[int]
    trials: Sequence[int]


def rates_by_name(series: Sequence[NamedRates], *, xlabel: str = "networks that succeed") -> tuple[Figure, list[Row]]:
    """Draw rates as dots in named rows, from the first at the top, with Wilson's 95 % intervals.

    Args:
        series: the first one names the rows; later ones may have values for some of them only, or new rows.
        xlabel: name of the axis of rates.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is nothing to draw.
    """
    names = list(dict.fromkeys(name for one in series for name in one.names))
    if not names:
        raise InputError("a chart of rates needs at least one of them")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(height=1.3 + 0.42 * len(names))
        table = draw_named(ax, series, names)
        share_axis(ax, max(float(row["high"]) for row in table))
        ax.set_xlabel(xlabel)
        if len(series) > 1:
            legend_above(ax)
        return figure, table


def draw_named(ax: Axes, series: Sequence[NamedRates], names: Sequence[str]) -> list[Row]:
    """Draw rates as dots in named rows on a panel.

    Args:
        ax: the panel.
        series: what to draw; rates of one name stand below each other in its row.
        names: of the rows, from the top.

    Returns:
        The drawn numbers, one row per rate.
    """
    table: list[Row] = []
    for place, one in enumerate(series):
        colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
        for row, (name, k, n) in enumerate(zip(one.names, one.successes, one.trials, strict=True)):
            # Alone in its row, a rate stands in the middle.
            sharing = [other for other, candidate in enumerate(series) if name in candidate.names]
            shift = 0.2 * (sharing.index(place) - (len(sharing) - 1) / 2)
            ends, y = wilson(k, n), names.index(name) + shift
            ax.plot([ends.low, ends.high], [y, y], color=colour, linewidth=2.4, alpha=0.45, solid_capstyle="round")
            ax.plot(
                k / n,
                y,
                marker,
                color=colour,
                markeredgecolor=PAPER,
                label=one.label if row == 0 else None,
                zorder=3,
            )
            found: Row = {"series": one.label, "name": name, "successes": k, "trials": n, "rate": k / n}
            table.append({**found, "low": ends.low, "high": ends.high})
    ax.set_yticks(np.arange(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    share_axis(ax)
    ax.grid(axis="y", visible=False)
    ax.tick_params(length=0)
    ax.tick_params(axis="y", labelcolor=INK)
    return table


def share_axis(ax: Axes, highest: float = 1.0) -> None:
    """Make the horizontal axis one of shares, from 0 to 100 % or, where all of them are small, to 50 or 25 %.

    Args:
        ax: the panel.
        highest: the largest share that is drawn, interval included.
    """
    end = next(end for end in (0.25, 0.5, 1.0) if highest <= end or end == 1.0)
    ax.set_xlim(-0.02 * end, 1.02 * end)
    ax.xaxis.set_major_locator(FixedLocator(np.linspace(0, end, 5 if end == 1 else 6).tolist()))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def rates_against(
    series: Sequence[Rates],
    *,
    xlabel: str,
    ylabel: str = "networks that succeed",
    logarithmic: bool = False,
    band: bool = False,
    joined: int | None = None,
) -> tuple[Figure, list[Row]]:
    """Draw rates against any number, one line per series, with Wilson's 95 % intervals.

    Args:
        series: what to draw.
        xlabel: name of the horizontal axis, with its unit.
        ylabel: name of the vertical axis.
        logarithmic: whether the horizontal axis is; its ticks are then the values that occur.
        band: draw the intervals as bands (many points) instead of bars (few).
        joined: how many of the series are joined by lines; by default all.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no series.
    """
    if not series:
        raise InputError("a chart of rates needs at least one series")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure()
        rate_axes(ax, xlabel, ylabel)
        table: list[Row] = []
        for place, one in enumerate(series):
            table += plot_rates(ax, one, style=place, band=band, joined=joined is None or place < joined)
        if logarithmic:
            ax.set_xscale("log")
            ax.xaxis.set_major_locator(FixedLocator(sorted({x for one in series for x in one.x})))
            ax.xaxis.set_minor_locator(NullLocator())
            ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        if len(series) > 1:
            legend_above(ax)
        return figure, table
