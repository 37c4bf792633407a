"""Shares of networks that have reached a number, as steps: an empirical distribution in which some never get there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from gol.errors import InputError
from lottery.report.figures.figure import Row, legend_above, new_figure, rate_axes
from lottery.report.figures.style import COLOURS, DASHES, FAINT_INK, RC


@dataclass(frozen=True)
class Reached:
    """One series.

    Attributes:
        label: what the legend calls it.
        numbers: where each network stands; those that never got anywhere are missing.
        total: networks, those that are missing included.
    """

    label: str
    numbers: Sequence[int]
    total: int


def cumulative_steps(
    series: Sequence[Reached],
    *,
    xlabel: str,
    ylabel: str,
    ticks: Sequence[int],
    marks: Mapping[int, str] = {},
) -> tuple[Figure, list[Row]]:
    """Draw for each series the share of networks at or below a number, on a logarithmic axis.

    Args:
        series: what to draw, the first one bold.
        xlabel: name of the horizontal axis.
        ylabel: name of the vertical axis.
        ticks: numbers on the horizontal axis, rising; the first and the last are its ends.
        marks: numbers with a vertical line, and the words above it.

    Returns:
        The figure and the drawn numbers, one row per step.

    Raises:
        InputError: if there is no network at all, or more than the total.
    """
    if not any(one.total for one in series) or any(len(one.numbers) > one.total for one in series):
        raise InputError("a chart of shares needs a network or more, and no more of them than there are")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(height=4.6)
        rate_axes(ax, xlabel, ylabel)
        table: list[Row] = []
        low, high = ticks[0], ticks[-1]
        for style, one in enumerate(series):
            if not one.total:
                continue
            places = sorted(one.numbers)
            steps = [(x, sum(other <= x for other in places) / one.total) for x in dict.fromkeys(places)]
            xs, ys = [low, *(x for x, _ in steps), high], [0.0, *(y for _, y in steps)]
            ax.step(
                xs, [*ys, ys[-1]], where="post", color=COLOURS[style % len(COLOURS)], label=one.label,
                linestyle=DASHES[style % len(DASHES)], linewidth=2.6 if style == 0 else 1.6,
            )  # fmt: skip
            table += [
                {"series": one.label, "at": x, "networks": round(y * one.total), "total": one.total, "share": y}
                for x, y in steps or [(high, 0.0)]
            ]
        for row, (x, words) in enumerate(sorted(marks.items())):
            ax.axvline(x, color=FAINT_INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            height = 1.015 + 0.045 * (row % 2)  # above the panel, where no line is; two rows, or words would touch
            ax.text(
                x, height, words, transform=ax.get_xaxis_transform(), ha="left", va="bottom", fontsize=8.5,
                color=FAINT_INK,
            )  # fmt: skip
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ax.xaxis.set_major_locator(FixedLocator(list(ticks)))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        legend_above(ax)
        legend = ax.get_legend()
        if marks and legend is not None:
            legend.set_bbox_to_anchor((0, 1.1))
        return figure, table
