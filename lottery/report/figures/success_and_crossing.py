"""Success against width with fitted curves, and the stretch in which each of them crosses 50 %."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from gol.errors import InputError
from lottery.report.figures.figure import Rates, Row, plot_rates, rate_axes
from lottery.report.figures.style import COLOURS, DASHES, FAINT_INK, RC
from lottery.statistics.crossings import Crossing

Series = tuple[Rates, Crossing | None]  # the rates, whose x is the width m, and the crossing of a curve fitted to them


def success_and_crossing(panels: Mapping[str, Sequence[Series]]) -> tuple[Figure, list[Row]]:
    """Draw success against width on a logarithmic axis: samples with Wilson's 95 % intervals, and fitted curves.

    The interval of a curve's crossing is a thick line on the line of 50 %.

    Args:
        panels: the series of each panel, by its title. Series in the same place have the same style and label.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no panel, or one without series.
    """
    if not panels or not all(panels.values()):
        raise InputError("a figure needs a panel, and every panel a series")
    widths = sorted({x for series in panels.values() for rates, _ in series for x in rates.x})
    table: list[Row] = []
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(7.2, 4.2), layout="constrained")
        FigureCanvasAgg(figure)
        row = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
        for ax, (title, series) in zip(row, panels.items(), strict=True):
            table += [{"panel": title, **found} for found in _panel(ax, series, widths)]
            ax.set_title(title)
            ax.label_outer()
        figure.legend(*row[0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure, table


def _panel(ax: Axes, series: Sequence[Series], widths: Sequence[int | float]) -> list[Row]:
    rate_axes(ax, "width m (times overcomplete)")
    ax.axhline(0.5, color=FAINT_INK, linewidth=0.8, zorder=1)
    table: list[Row] = []
    for place, (rates, crossed) in enumerate(series):
        # Equal widths would hide each other's bars: spread them by a few per cent around the true place.
        nudge = 1.045 ** (place - (len(series) - 1) / 2)
        moved = Rates(rates.label, [x * nudge for x in rates.x], rates.successes, rates.trials)
        known = crossed is not None and _is_known(crossed, sorted(rates.x))
        rows = plot_rates(ax, moved, style=place, joined=crossed is not None and not known)
        for row, x in zip(rows, rates.x, strict=True):
            fitted = "" if crossed is None else float(crossed.rate(np.array([x]))[0])
            table.append({"width": x, **{name: value for name, value in row.items() if name != "x"}, "curve": fitted})
        if crossed is not None and known:
            _curve(ax, crossed, sorted(rates.x), place)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_locator(FixedLocator(widths))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda width, _: f"{width:g}"))
    return table


def _is_known(crossed: Crossing, widths: Sequence[int | float]) -> bool:
    """Whether something is known of a curve's shape: its crossing is neither beyond all widths nor anywhere in them."""
    anywhere = crossed.low <= widths[0] and crossed.high >= widths[-1]
    return crossed.low < np.inf and crossed.high > 0 and not anywhere


def _curve(ax: Axes, crossed: Crossing, widths: Sequence[int | float], style: int) -> None:
    colour, dash = COLOURS[style % len(COLOURS)], DASHES[style % len(DASHES)]
    at = np.geomspace(widths[0], widths[-1], 200)
    ax.plot(at, crossed.rate(at), color=colour, linestyle=dash, linewidth=1.4, alpha=0.8)
    ends = np.clip([crossed.low, crossed.high], widths[0], widths[-1])
    if ends[0] < ends[1]:
        ax.plot(ends, [0.5, 0.5], color=colour, linewidth=6, alpha=0.45, solid_capstyle="butt", zorder=2)
