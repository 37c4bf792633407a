"""Survival curves side by side: one panel per question, the same arms in each."""

from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gol.errors import InputError
from lottery.report.figures import Row, Times, plot_survival, rate_axes
from lottery.report.style import RC


def survival_panels(panels: Mapping[str, Sequence[Times]], *, xlabel: str = "updates") -> tuple[Figure, list[Row]]:
    """Draw the share of networks still unsolved against time, one panel per title, with 95 % bands.

    Args:
        panels: by title, the arms; arms of the same place look alike, and the first panel's names are in the legend.
        xlabel: name of the horizontal axes, with its unit.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no panel, or one without arms.
    """
    if not panels or not all(panels.values()):
        raise InputError("panels of survival curves need at least one, with an arm in each")
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(max(4.6, 3.1 * len(panels)), 3.9), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        table: list[Row] = []
        for place, (ax, (title, arms)) in enumerate(zip(axes, panels.items(), strict=True)):
            ax.set_title(title)
            rate_axes(ax, xlabel, "networks still unsolved" if place == 0 else "")
            for style, arm in enumerate(arms):
                table += [{"panel": title, **row} for row in plot_survival(ax, arm, style=style)]
            ax.set_xlim(left=0)
            ax.xaxis.set_major_locator(MaxNLocator(3))
            ax.xaxis.set_major_formatter(FuncFormatter(lambda updates, _: f"{updates:,.0f}".replace(",", " ")))
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=4)
        return figure, table
