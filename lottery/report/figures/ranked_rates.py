"""A chart of many rates at once: one row each, sorted, coloured by group, with a panel for each setting."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

from gol.errors import InputError
from lottery.report.figures.figure import Row
from lottery.report.figures.style import COLOURS, INK, MARKERS, PAPER, RC
from lottery.statistics.rates import wilson


@dataclass(frozen=True)
class Ranked:
    """One rate among many.

    Attributes:
        panel: the setting it belongs to; panels stand side by side in the order in which they first appear.
        name: of its row.
        group: gives the colour; groups are listed in the legend in the order in which they first appear.
        successes: successes.
        trials: trials, all replicates counted.
    """

    panel: str
    name: str
    group: str
    successes: int
    trials: int


def ranked_rates(
    rates: Sequence[Ranked], *, highlight: str, xlabel: str = "networks that succeed"
) -> tuple[Figure, list[Row]]:
    """Draw rates as dots in rows with Wilson's 95 % intervals, the highest at the top.

    Args:
        rates: one per panel and row. Rows are sorted by the last panel, equals by the panels before it.
        highlight: the group whose rows stand out.
        xlabel: name of the axis of rates.

    Returns:
        The figure and the drawn numbers, row by row.

    Raises:
        InputError: if there is nothing to draw, or a panel lacks a row.
    """
    if not rates:
        raise InputError("a chart of ranked rates needs at least one of them")
    panels, groups = (list(dict.fromkeys(values)) for values in zip(*((r.panel, r.group) for r in rates), strict=True))
    found = {(rate.panel, rate.name): rate for rate in rates}
    names = list(dict.fromkeys(rate.name for rate in rates))
    if len(found) != len(panels) * len(names):
        raise InputError("a chart of ranked rates needs every row in every panel, once")

    def key(name: str) -> list[float]:
        return [found[panel, name].successes / found[panel, name].trials for panel in reversed(panels)]

    names.sort(key=key, reverse=True)
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(8.2, 1.4 + 0.21 * len(names)))
        FigureCanvasAgg(figure)
        figure.set_layout_engine("constrained", w_pad=0.14)  # inches; the ends of the two axes of rates would touch
        axes = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
        table: list[Row] = []
        for ax, panel in zip(axes, panels, strict=True):
            for y, name in enumerate(names):
                rate = found[panel, name]
                place = groups.index(rate.group)
                colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
                ends, value = wilson(rate.successes, rate.trials), rate.successes / rate.trials
                ax.plot([ends.low, ends.high], [y, y], color=colour, linewidth=2, alpha=0.4, solid_capstyle="round")
                ax.plot(value, y, marker, color=colour, markeredgecolor=PAPER, markersize=6, zorder=3)
                counts: Row = {"panel": panel, "name": name, "group": rate.group}
                table.append(
                    {
                        **counts,
                        "successes": rate.successes,
                        "trials": rate.trials,
                        "rate": value,
                        "low": ends.low,
                        "high": ends.high,
                    }
                )
            ax.set_title(panel)
            ax.set_xlim(-0.03, 1.03)
            ax.xaxis.set_major_locator(FixedLocator([0, 0.5, 1]))
            ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
            ax.grid(axis="y", visible=False)
            ax.tick_params(length=0)
        axes[0].set_yticks(np.arange(len(names)), names)
        axes[0].set_ylim(len(names) - 0.4, -0.6)
        for label, name in zip(axes[0].get_yticklabels(), names, strict=True):
            label.set(
                color=INK, fontsize=8.5, fontweight="bold" if found[panels[0], name].group == highlight else "normal"
            )
        figure.supxlabel(xlabel, fontsize=11, color=INK)
        handles = [
            axes[0].plot([], [], MARKERS[i % len(MARKERS)], color=COLOURS[i % len(COLOURS)], label=group)[0]
            for i, group in enumerate(groups)
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=len(groups), columnspacing=1.6)
        return figure, table
