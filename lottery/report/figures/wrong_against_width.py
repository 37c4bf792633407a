"""A chart of wrong answers: how many of the 512 neighbourhoods each network gets wrong, by width."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from gol.errors import InputError
from lottery.report.figures.figure import Row, legend_above, new_figure
from lottery.report.figures.style import COLOURS, DASHES, FAINT_INK, MARKERS, PAPER, RC


def wrong_against_width(
    series: Mapping[str, Mapping[int, Sequence[int]]], *, constant: int
) -> tuple[Figure, list[Row]]:
    """Draw every network's number of wrong answers as a dot, and the medians as lines.

    Args:
        series: label -> width -> wrong answers of 512, one per network.
        constant: wrong answers of a network that always says dead, drawn as a line.

    Returns:
        The figure and the drawn numbers, one row per network.

    Raises:
        InputError: if there is nothing to draw.
    """
    if not series or not all(series.values()):
        raise InputError("a chart of wrong answers needs a series with a width or more")
    widths = sorted({width for one in series.values() for width in one})
    table: list[Row] = []
    with matplotlib.rc_context(RC):
        figure, ax = new_figure()
        ax.axhline(constant, color=FAINT_INK, linewidth=1.2)
        ax.annotate(
            f"all dead: {constant}",
            (0, constant),
            xycoords=("axes fraction", "data"),
            xytext=(4, 4),
            textcoords="offset points",
            color=FAINT_INK,
            fontsize=9,
        )
        for place, (label, by_width) in enumerate(series.items()):
            colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
            # Series of one width stand side by side, and so do the dots of one series.
            shift = min(0.13, 0.6 / len(series)) * (place - (len(series) - 1) / 2)
            for width, values in by_width.items():
                spread = 0.045 * (np.arange(len(values)) / max(len(values) - 1, 1) - 0.5)
                x = width * 2.0 ** (shift + spread)
                ax.plot(x, sorted(values), ".", color=colour, alpha=0.35, markersize=6, markeredgewidth=0)
                table += [{"series": label, "width": width, "wrong": int(value)} for value in values]
            ax.plot(
                [width * 2.0**shift for width in by_width],
                [float(np.median(values)) for values in by_width.values()],
                color=colour,
                marker=marker,
                markeredgecolor=PAPER,
                linestyle=DASHES[place % len(DASHES)],
                label=label,
                zorder=3,
            )
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_locator(FixedLocator(widths))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda width, _: f"{width:g}"))
        ax.set_xlim(widths[0] / 1.35, widths[-1] * 1.35)
        ax.set_ylim(-4, None)
        ax.grid(axis="x", visible=False)
        ax.tick_params(length=0)
        ax.set_xlabel("width m (times overcomplete)")
        ax.set_ylabel("wrong answers of 512")
        legend_above(ax)
        return figure, table
