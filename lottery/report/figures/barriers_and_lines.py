"""Figures of linear mode connectivity: barriers and success by step, and the error along lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gol.errors import InputError
from lottery.inputs.truth_values import truths
from lottery.report.figures.figure import Rates, Row, plot_rates, rate_axes
from lottery.report.figures.style import COLOURS, DASHES, FAINT_INK, MARKERS, PAPER, RC

_SHADES = LinearSegmentedColormap.from_list("from early to late", [COLOURS[4], COLOURS[1], "#5c1f73", COLOURS[0]])


@dataclass(frozen=True, eq=False)
class Barriers:
    """Networks of one width.

    Attributes:
        title: above the panel.
        steps: k, rising.
        barriers: by the name of a series, error barriers of pairs, shares.
        solved: by the same names, which networks succeeded.
    """

    title: str
    steps: Sequence[int]
    barriers: Mapping[str, Float[np.ndarray, "steps replicates"]]
    solved: Mapping[str, Bool[np.ndarray, "steps replicates"]]


@dataclass(frozen=True, eq=False)
class LineErrors:
    """Errors along lines, both ends included, by the step that the copies start from."""

    title: str
    errors: Mapping[int, Sequence[float]]


def barriers_by_step(panels: Sequence[Barriers], *, threshold: float) -> tuple[Figure, list[Row]]:
    """Draw barriers (median and quartiles) above and success rates below, one column per width.

    Args:
        panels: one per column; series of the same place have the same colour.
        threshold: of the barrier, marked by a line.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no panel.
    """
    if not panels:
        raise InputError("a figure of barriers needs at least one width")
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(max(4.6, 4.2 * len(panels)), 6.0), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(2, len(panels), sharex="col", sharey="row", squeeze=False)
        table: list[Row] = []
        for column, panel in enumerate(panels):
            upper, lower = axes[0, column], axes[1, column]
            upper.set_title(panel.title)
            table += _draw_barriers(upper, panel, threshold) + _draw_rates(lower, panel)
            lower.set_xticks(range(len(panel.steps)), [_step(step) for step in panel.steps])
            lower.set_xlabel("starts from update k")
        axes[0, 0].set_ylabel("error barrier")
        axes[0, 0].set_ylim(bottom=min(-0.004, axes[0, 0].get_ylim()[0]))  # all panels' own, once all are drawn
        axes[1, 0].set_ylabel("networks that succeed")
        named: dict[str, Any] = {}
        for handle, label in (pair for ax in axes[0] for pair in zip(*ax.get_legend_handles_labels(), strict=True)):
            named.setdefault(label, handle)
        figure.legend(list(named.values()), list(named), loc="outside upper left", ncols=min(len(named), 4))
        return figure, table


def _draw_barriers(ax: Axes, panel: Barriers, threshold: float) -> list[Row]:
    ax.axhline(
        threshold, color=FAINT_INK, linewidth=1.2, linestyle=(0, (4, 3)), label=f"stable below {100 * threshold:g} %"
    )
    rows: list[Row] = []
    for place, (name, values) in enumerate(panel.barriers.items()):
        low, middle, high = np.percentile(values, [25, 50, 75], axis=1)
        x = np.arange(len(panel.steps)) + 0.12 * (place - (len(panel.barriers) - 1) / 2)
        ax.vlines(x, low, high, color=COLOURS[place], linewidth=2.4, alpha=0.4)
        ax.plot(
            x,
            middle,
            color=COLOURS[place],
            marker=MARKERS[place],
            markeredgecolor=PAPER,
            linestyle=DASHES[place],
            linewidth=1.6,
            label=name,
            zorder=3,
        )
        rows += [
            _row(panel.title, name, "error barrier", step, value, lower, upper)
            for step, lower, value, upper in zip(panel.steps, low, middle, high, strict=True)
        ]
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
    ax.grid(axis="x", visible=False)
    ax.tick_params(length=0)
    return rows


def _draw_rates(ax: Axes, panel: Barriers) -> list[Row]:
    rate_axes(ax, "", "")
    rows: list[Row] = []
    for place, (name, outcomes) in enumerate(panel.solved.items()):
        solved = truths(outcomes, name)
        x = np.arange(len(panel.steps)) + 0.12 * (place - (len(panel.solved) - 1) / 2)
        count = [solved.shape[1]] * len(x)
        drawn = plot_rates(ax, Rates(name, x.tolist(), solved.sum(axis=1).tolist(), count), style=place)
        rows += [
            _row(panel.title, name, "success", step, row["rate"], row["low"], row["high"])
            for step, row in zip(panel.steps, drawn, strict=True)
        ]
    return rows


def _row(panel: str, series: str, what: str, step: int, value: object, low: object, high: object) -> Row:
    numbers = {"value": float(value), "low": float(low), "high": float(high)}  # type: ignore[arg-type]
    return {"panel": panel, "series": series, "what": what, "k": step, **numbers}


def error_along_lines(panels: Sequence[LineErrors]) -> tuple[Figure, list[Row]]:
    """Draw the error against the place on the line, a panel per kind of network, a line per step, early ones light.

    Args:
        panels: up to three in a row.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no panel.
    """
    if not panels:
        raise InputError("a figure of lines needs at least one panel")
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(max(4.6, 3.2 * columns), 0.9 + 2.7 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        table: list[Row] = []
        for ax, panel in zip(axes, panels, strict=False):
            ax.set_title(panel.title)
            for place, (step, errors) in enumerate(panel.errors.items()):
                colour = _SHADES(place / max(1, len(panel.errors) - 1))
                t = np.linspace(0, 1, len(errors))
                ax.plot(t, errors, color=colour, linewidth=1.7, label=f"k = {_step(step)}")
                table += [
                    {"panel": panel.title, "k": step, "place": float(a), "error": float(e)}
                    for a, e in zip(t, errors, strict=True)
                ]
            ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
            ax.set_xticks([0.12, 0.88], ["one copy", "the other"])
            ax.grid(axis="x", visible=False)
            ax.tick_params(length=0)
        for ax in axes[len(panels) :]:
            ax.set_visible(False)
        for place, ax in enumerate(axes[: len(panels)]):
            ax.tick_params(labelbottom=place + columns >= len(panels))
            if place % columns == 0:
                ax.set_ylabel("cells that are wrong")
        axes[0].set_ylim(bottom=min(-0.002, axes[0].get_ylim()[0]))
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=4)
        return figure, table


def _step(step: int) -> str:
    return f"{step:,}".replace(",", "\N{THIN SPACE}")
