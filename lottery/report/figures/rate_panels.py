"""Small multiples: panels of rates, side by side on the same axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from gol.errors import InputError
from lottery.report.figures.figure import Rates, Row, plot_rates, rate_axes
from lottery.report.figures.rates_by_name import NamedRates, draw_named
from lottery.report.figures.style import COLOURS, FAINT_INK, INK, RC
from lottery.statistics.rates import Interval, wilson


@dataclass(frozen=True, eq=False)
class PeakPanel:
    """What one panel shows.

    Attributes:
        title: above the panel.
        rates: the measured ones.
        baseline: successes and trials of the arm that all others are held against.
        at: places of the smoothed curve.
        curve: its values.
        place: interval of where it is highest; None where it has no peak.
    """

    title: str
    rates: Rates
    baseline: tuple[int, int]
    at: Float[np.ndarray, " points"]
    curve: Float[np.ndarray, " points"]
    place: Interval | None


def peak_panels(
    panels: Sequence[PeakPanel], *, expected: float, baseline: str, xlabel: str
) -> tuple[Figure, list[Row]]:
    """Draw rates with their smoothed curves and the interval of its peak, the baseline behind, one panel per series.

    Args:
        panels: up to four, two in a row.
        expected: where the peak is expected, marked by a line.
        baseline: what the baseline is called.
        xlabel: name of the horizontal axis.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no panel.
    """
    if not panels:
        raise InputError("small multiples need at least one panel")
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(4.2 * columns, 0.5 + 2.9 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        axes = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True)).ravel()
        table = [row for ax, panel in zip(axes, panels, strict=False) for row in _draw(ax, panel, expected, baseline)]
        for ax in axes[len(panels) :]:
            ax.set_visible(False)
        for place, ax in enumerate(axes[: len(panels)]):
            rate_axes(ax, xlabel if place >= len(panels) - columns else "", "")
        figure.supylabel("networks that succeed", fontsize=11, color=INK)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=2)
        return figure, table


def _draw(ax: Axes, panel: PeakPanel, expected: float, baseline: str) -> list[Row]:
    ax.set_title(panel.title)
    ends = wilson(*panel.baseline)
    ax.axhspan(ends.low, ends.high, color=COLOURS[4], alpha=0.25, linewidth=0, label=baseline)
    if panel.place is not None:
        low, high = panel.place.low, panel.place.high
        ax.axvspan(low, high, color=COLOURS[0], alpha=0.1, linewidth=0, label="interval of the peak")
    ax.axvline(expected, color=FAINT_INK, linewidth=1.2, linestyle=(0, (4, 3)), label=f"published {expected:g}")
    rows = plot_rates(ax, Rates("this run", panel.rates.x, panel.rates.successes, panel.rates.trials), joined=False)
    ax.plot(panel.at, panel.curve, color=COLOURS[0], linewidth=1.4, alpha=0.8)
    measured = [{**row, "series": panel.rates.label} for row in rows]
    k, n = panel.baseline
    behind: Row = {"series": f"{panel.rates.label}, {baseline}", "x": "", "successes": k, "trials": n, "rate": k / n}
    return [*measured, {**behind, "low": ends.low, "high": ends.high}]


def rates_in_panels(
    panels: Mapping[str, Sequence[NamedRates]], *, xlabel: str = "networks that succeed"
) -> tuple[Figure, list[Row]]:
    """Draw rates as dots in named rows with Wilson's 95 % intervals, one panel per setting, all with the same rows.

    Args:
        panels: title -> its series, as many and in the same order in every panel; rows that a panel has no rates for
            stay empty.
        xlabel: name of the axis of rates.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is nothing to draw.
    """
    names = list(dict.fromkeys(name for series in panels.values() for one in series for name in one.names))
    if not names:
        raise InputError("small multiples of rates need at least one of them")
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(2.6 + 1.75 * len(panels), 1.5 + 0.46 * len(names)))
        FigureCanvasAgg(figure)
        figure.set_layout_engine("constrained", w_pad=0.12)  # inches; the ends of two axes of rates would touch
        axes = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
        table: list[Row] = []
        for ax, (title, series) in zip(axes, panels.items(), strict=True):
            table += [{"panel": title, **row} for row in draw_named(ax, series, names)]
            ax.set_title(title)
            ax.xaxis.set_major_locator(FixedLocator([0, 0.5, 1]))
        figure.supxlabel(xlabel, fontsize=11, color=INK)
        handles, labels = axes[0].get_legend_handles_labels()
        if len(labels) > 1:
            figure.legend(handles, labels, loc="outside upper left", ncols=len(labels), columnspacing=1.6)
        return figure, table


def lines_in_panels(panels: Mapping[str, Sequence[Rates]], *, line: float | None = None) -> tuple[Figure, list[Row]]:
    """Draw rates against positive numbers on log axes, two panels in a row, every panel with the same series.

    Args:
        panels: title, which says what the horizontal axis is -> its series, in the same order in every panel.
        line: a rate that a line marks in every panel, a fraction.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no panel.
    """
    if not panels:
        raise InputError("small multiples need at least one panel")
    rows = -(-len(panels) // 2)
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(8.2, 0.6 + 2.7 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, 2, sharey=True, squeeze=False).ravel()
        table: list[Row] = []
        for ax, (title, series) in zip(axes, panels.items(), strict=False):
            rate_axes(ax, "", "")
            ax.set_title(title)
            if line is not None:
                ax.axhline(line, color=FAINT_INK, linewidth=1.2, zorder=1)
            for place, one in enumerate(series):
                nudge = 1.04 ** (place - (len(series) - 1) / 2)  # equal places would hide each other's bars
                moved = Rates(one.label, [x * nudge for x in one.x], one.successes, one.trials)
                rows_of_one = plot_rates(ax, moved, style=place)
                table += [{"panel": title, **row, "x": x} for row, x in zip(rows_of_one, one.x, strict=True)]
            ax.set_xscale("log")
            ax.xaxis.set_major_locator(FixedLocator(sorted({x for one in series for x in one.x})))
            ax.xaxis.set_minor_locator(NullLocator())
            ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}" if x >= 1000 else f"{x:g}"))
        for ax in axes[len(panels) :]:
            ax.set_visible(False)
        figure.supylabel("networks that succeed", fontsize=11, color=INK)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=len(labels), columnspacing=1.6)
        return figure, table
