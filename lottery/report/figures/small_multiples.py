"""Small multiples of the charts about tickets: success against density, and time to success, panel beside panel."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gol.errors import InputError
from lottery.report.figures.figure import Rates, Row, density_axis, plot_rates, rate_axes
from lottery.report.figures.style import INK, RC
from lottery.report.figures.survival_curves import Times, draw_survival


def densities_in_panels(
    panels: Mapping[str, Sequence[Rates]], *, ylabel: str = "networks that succeed"
) -> tuple[Figure, list[Row]]:
    """Draw success against density, one panel per setting, all with the same series and axes.

    Args:
        panels: title -> its series; the first panel names the series. `x` is the density, kept / prunable, in (0, 1].
        ylabel: name of the vertical axis.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no panel.
    """
    with matplotlib.rc_context(RC):
        figure, axes = _panels(panels)
        table: list[Row] = []
        for ax, (title, series) in zip(axes, panels.items(), strict=True):
            rate_axes(ax, "", "")
            rows = [row for style, one in enumerate(series) for row in plot_rates(ax, one, style=style, band=True)]
            table += [{"panel": title, **{("density" if k == "x" else k): v for k, v in row.items()}} for row in rows]
        densities = sorted({x for series in panels.values() for one in series for x in one.x}, reverse=True)
        for ax in axes:
            density_axis(ax, densities)
        _finish(figure, axes, "weights kept", ylabel)
        return figure, table


def survival_in_panels(
    panels: Mapping[str, Sequence[Times]], *, xlabel: str = "updates", ylabel: str = "networks still unsolved"
) -> tuple[Figure, list[Row]]:
    """Draw the share of networks still unsolved against time, one panel per setting, all with the same series and axes.

    Args:
        panels: title -> its series; the first panel names the series.
        xlabel: name of the horizontal axis, with its unit.
        ylabel: name of the vertical axis.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no panel.
    """
    with matplotlib.rc_context(RC):
        figure, axes = _panels(panels)
        table: list[Row] = []
        for ax, (title, arms) in zip(axes, panels.items(), strict=True):
            rate_axes(ax, "", "")
            table += [{"panel": title, **row} for row in draw_survival(ax, arms)]
            ax.locator_params(axis="x", nbins=3)
        _finish(figure, axes, xlabel, ylabel)
        return figure, table


def _panels(panels: Mapping[str, Sequence[Rates] | Sequence[Times]]) -> tuple[Figure, list[Axes]]:
    if not panels:
        raise InputError("small multiples need at least one panel")
    figure = Figure(figsize=(1.2 + 3.0 * len(panels), 3.9))
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained", w_pad=0.1)
    axes = list(np.atleast_1d(figure.subplots(1, len(panels), sharex=True, sharey=True)))
    for ax, title in zip(axes, panels, strict=True):
        ax.set_title(title)
    return figure, axes


def _finish(figure: Figure, axes: Sequence[Axes], xlabel: str, ylabel: str) -> None:
    axes[0].set_ylabel(ylabel)
    figure.supxlabel(xlabel, fontsize=11, color=INK)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=min(len(labels), 3), columnspacing=1.6)
