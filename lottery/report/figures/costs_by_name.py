"""Costs by name on a logarithmic axis, as dots with intervals, and arrows where only a lower bound is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from gol.errors import InputError
from lottery.report.figures.figure import Row, new_figure
from lottery.report.figures.style import COLOURS, INK, MARKERS, PAPER, RC


@dataclass(frozen=True)
class Costs:
    """One series of costs.

    Attributes:
        label: what the legend calls it.
        values: cost by name; a name may be missing.
        intervals: by name; an upper end may be infinite.
        at_least: lower bounds by name, of what has no value.
    """

    label: str
    values: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    at_least: dict[str, float]


def costs_by_name(
    series: Sequence[Costs], names: Sequence[str], *, xlabel: str, rules_after: Sequence[str] = ()
) -> tuple[Figure, list[Row]]:
    """Draw costs as dots in named rows, from the first at the top; an arrow goes where an interval or a bound is open.

    Args:
        series: what to draw, the last one on top.
        names: of the rows.
        xlabel: name of the axis of costs, with its unit.
        rules_after: names below which a line parts the rows.

    Returns:
        The figure and the drawn numbers; what is open or missing is empty.

    Raises:
        InputError: if there is no cost at all.
    """
    finite = [cost for one in series for cost in (*one.values.values(), *one.at_least.values())]
    if not finite:
        raise InputError("a chart of costs needs a cost or more")
    ends = [end for one in series for pair in one.intervals.values() for end in pair if np.isfinite(end)]
    low, high = min([*finite, *ends]) / 1.6, max([*finite, *ends]) * 2.5
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(width=8.4, height=1.3 + 0.33 * len(names))
        for place, one in enumerate(series):
            colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
            shift = 0.22 * (place - (len(series) - 1) / 2)
            for name, (left, right) in one.intervals.items():
                y = names.index(name) + shift
                ax.hlines(y, left, min(right, high), color=colour, linewidth=2.4, alpha=0.45)
            opened = {name: one.intervals[name][1] for name in one.intervals if not np.isfinite(one.intervals[name][1])}
            for name, start in {**dict.fromkeys(opened, high / 1.35), **one.at_least}.items():
                y = names.index(name) + shift
                ax.annotate(
                    "", (high, y), (start, y), arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.4}
                )
            for name, start in one.at_least.items():
                ax.plot([start], [names.index(name) + shift], "|", color=colour, markersize=9, markeredgewidth=2)
            ys = [names.index(name) + shift for name in one.values]
            ax.plot(
                list(one.values.values()), ys, marker, color=colour, markeredgecolor=PAPER, label=one.label, zorder=3
            )
        for name in rules_after:
            ax.axhline(names.index(name) + 0.5, color=INK, linewidth=0.6, alpha=0.5)
        ax.set_yticks(np.arange(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ax.xaxis.set_major_locator(LogLocator(numticks=12))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.grid(axis="y", visible=False)
        ax.tick_params(length=0)
        ax.tick_params(axis="y", labelcolor=INK)
        ax.set_xlabel(xlabel)
        figure.legend(loc="outside upper left", ncols=len(series))
    return figure, [row for one in series for row in _rows(one)]


def _rows(one: Costs) -> list[Row]:
    nothing = (float("nan"), float("nan"))
    return [
        {
            "series": one.label,
            "name": name,
            "cost": _shown(one.values.get(name)),
            "low": _shown(one.intervals.get(name, nothing)[0]),
            "high": _shown(one.intervals.get(name, nothing)[1]),
            "at_least": _shown(one.at_least.get(name)),
        }
        for name in dict.fromkeys([*one.values, *one.at_least])
    ]


def _shown(number: float | None) -> float | str:
    return "" if number is None or not np.isfinite(number) else float(number)
