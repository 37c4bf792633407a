"""What pruning leaves of networks, level by level: units, weights of a kernel, and what networks have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from gol.errors import InputError
from lottery.report.figures.figure import Row
from lottery.report.figures.style import COLOURS, DASHES, MARKERS, RC


def remains_panels(levels: Sequence[Mapping[str, Any]], channels: tuple[int, int]) -> tuple[Figure, list[Row]]:
    """Draw three panels against density: units left, weights of a kernel, and shares in common.

    Args:
        levels: outcomes of the levels from 1 on, as the pieces of the claim about structure tell them.
        channels: units of the dense network.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no level.
    """
    if not levels:
        raise InputError("a figure of what is left needs at least one level of pruning")
    at = [row["kept"] / row["prunable"] for row in levels]
    table: list[Row] = []
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(11.4, 4.0), layout="constrained")
        FigureCanvasAgg(figure)
        units, kernels, common = figure.subplots(1, 3)
        for style, (label, values) in enumerate(_units(levels, channels).items()):
            table += _line(units, at, values, label, style)
        units.set_title("units left")
        units.set_ylim(0, channels[0] * 1.35)  # room for the legend
        units.set_yticks(range(0, channels[0] + 1, max(1, channels[0] // 4)))
        table += _line(kernels, at, [mean_weights(row) for row in levels], "weights of a 3x3 unit", 0)
        kernels.set_title("weights left in a 3x3 unit")
        kernels.set_ylim(0, 9.3)
        kernels.set_yticks([0, 3, 6, 9])
        for style, (name, label) in enumerate((("matched", "units matched"), ("places", "place by place"))):
            found = [row["overlap"][name] for row in levels if row["overlap"]]
            places = [x for x, row in zip(at, levels, strict=True) if row["overlap"]]
            if not found:
                continue
            table += _line(common, places, [one["shared"] for one in found], label, style)
            common.fill_between(
                places, [one["lowest"] for one in found], [one["highest"] for one in found],
                color=COLOURS[style], alpha=0.3, linewidth=0,
            )  # fmt: skip
            chance = [one["chance"] for one in found]
            common.plot(places, chance, color=COLOURS[style], linewidth=1, linestyle=(0, (1, 1.5)))
            table += [_row(f"{label}, chance", x, y) for x, y in zip(places, chance, strict=True)]
        common.set_title("in common with another")
        common.set_ylim(0, 1.03)
        common.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        for ax in (units, kernels, common):
            _axes(ax, at)
        units.legend(loc="upper right", fontsize=9)
        common.legend(loc="upper right", fontsize=9)
    return figure, table


def _units(levels: Sequence[Mapping[str, Any]], channels: tuple[int, int]) -> dict[str, list[float]]:
    wide = [float(np.mean([shape[0] for shape in row["features"]])) for row in levels]
    random = [float(np.mean([shape[0] for shape in row["shuffled_features"]])) for row in levels]
    narrow = [float(np.mean([shape[1] for shape in row["features"]])) for row in levels]
    return {f"3x3, of {channels[0]}": wide, "3x3, random places": random, f"1x1, of {channels[1]}": narrow}


def mean_weights(row: Mapping[str, Any]) -> float:
    """How many of its nine weights a 3x3 unit has that is left, the mean over all units of a level; 0 without any."""
    units = row["units_by_weights"]
    return sum(weights * count for weights, count in enumerate(units, start=1)) / max(1, sum(units))


def _line(ax: Axes, at: Sequence[float], values: Sequence[float], label: str, style: int) -> list[Row]:
    ax.plot(
        at, values, marker=MARKERS[style], color=COLOURS[style], linestyle=DASHES[style], label=label, markersize=4.5
    )
    return [_row(label, x, y) for x, y in zip(at, values, strict=True)]


def _row(series: str, density: float, value: float) -> Row:
    return {"series": series, "density": density, "value": value}


def _axes(ax: Axes, at: Sequence[float]) -> None:
    ax.set_xscale("log")
    ax.set_xlim(1.25, min(at) / 1.1)
    ax.xaxis.set_major_locator(FixedLocator([x for x in (1, 0.5, 0.2, 0.1) if x >= 0.95 * min(at)]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.0f} %"))
    ax.grid(axis="x", visible=False)
    ax.tick_params(length=0)
    ax.set_xlabel("weights kept")
