"""Success rates of many shapes (a, b): a heat map with every value written on it, and lines over their size."""

from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gol.errors import InputError
from lottery.report.figures.figure import Rates, Row, legend_above, new_figure, plot_rates, rate_axes
from lottery.report.figures.style import COLOURS, PAPER, RC
from lottery.statistics.rates import wilson

# Tiles keep their colours in the dark, so their text must not follow the page's ink and paper.
DARK_TEXT, LIGHT_TEXT = "#101418", "#fdfdfe"
SCALE = LinearSegmentedColormap.from_list("rates", ["#eef3f7", "#7fb8dc", COLOURS[0], "#003a5c"])
_FRAME = COLOURS[1]


def rate_tiles(
    counts: Mapping[tuple[int, int], tuple[int, int]],
    *,
    xlabel: str,
    ylabel: str,
    small_print: Mapping[tuple[int, int], str],
    framed: Sequence[tuple[int, int]] = (),
) -> tuple[Figure, list[Row]]:
    """Draw one tile per pair of whole numbers (x, y): its rate by colour and as a percentage, and a small line below.

    Args:
        counts: (x, y) -> (successes, trials).
        xlabel: name of the horizontal axis.
        ylabel: name of the vertical axis.
        small_print: (x, y) -> what stands below the percentage.
        framed: tiles with a frame around them.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no tile.
    """
    if not counts:
        raise InputError("a heat map needs at least one tile")
    xs, ys = sorted({x for x, _ in counts}), sorted({y for _, y in counts})
    table: list[Row] = []
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(1.6 + 0.72 * len(xs), 1.3 + 0.62 * len(ys))
        for (x, y), (k, n) in sorted(counts.items()):
            ends = wilson(k, n)
            text = LIGHT_TEXT if k / n > 0.45 else DARK_TEXT
            ax.add_patch(Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, facecolor=SCALE(k / n), linewidth=0))
            ax.text(x, y + 0.1, f"{100 * k / n:.0f} %", ha="center", va="center", color=text, fontsize=10)
            ax.text(x, y - 0.25, small_print[x, y], ha="center", va="center", color=text, fontsize=7)
            table.append(
                {"x": x, "y": y, "successes": k, "trials": n, "rate": k / n, "low": ends.low, "high": ends.high}
            )
        for x, y in framed:
            ax.add_patch(
                Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, fill=False, edgecolor=_FRAME, linewidth=2.4, zorder=3)
            )
        ax.set_xlim(xs[0] - 0.55, xs[-1] + 0.55)
        ax.set_ylim(ys[0] - 0.55, ys[-1] + 0.55)
        ax.set_xticks(xs)
        ax.set_yticks(ys)
        ax.grid(visible=False)
        ax.tick_params(length=0)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)
        return figure, table


def rates_by_size(
    counts: Mapping[tuple[int, int], tuple[int, int]],
    sizes: Mapping[tuple[int, int], int],
    chosen: Sequence[tuple[int, int]],
    label: str,
) -> tuple[Figure, list[Row]]:
    """Draw the rates of all shapes (a, b) against their size: a line for each a, over b, and some shapes told apart.

    Args:
        counts: (a, b) -> (successes, trials).
        sizes: (a, b) -> number of parameters.
        chosen: shapes that are marked, with Wilson's 95 % intervals.
        label: what the legend calls them.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no shape.
    """
    if not counts:
        raise InputError("a chart of shapes needs at least one of them")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(height=4.8)
        rate_axes(ax, "parameters")
        ax.set_ylim(-0.05, 1.05)
        for a in sorted({a for a, _ in counts}):
            shapes = sorted(shape for shape in counts if shape[0] == a)
            xs = [sizes[shape] for shape in shapes]
            ys = [counts[shape][0] / counts[shape][1] for shape in shapes]
            ax.plot(xs, ys, "o-", color=COLOURS[0], linewidth=1.2, markersize=4, markeredgewidth=0, alpha=0.75)
            # On the first point, b = 1: these are ten parameters apart, so the numbers never touch.
            if shapes[0] not in chosen:
                ax.plot(xs[0], ys[0], "o", color=COLOURS[0], markersize=13, markeredgecolor=PAPER, zorder=4)
            ax.text(xs[0], ys[0], str(a), ha="center", va="center_baseline", color=LIGHT_TEXT, fontsize=9, zorder=6)
        ax.plot([], [], "o-", color=COLOURS[0], linewidth=1.2, markersize=11, label="one a, its number at b = 1")
        if chosen:
            successes, trials = ([counts[shape][i] for shape in chosen] for i in (0, 1))
            marked = Rates(label, [sizes[shape] for shape in chosen], successes, trials)
            plot_rates(ax, marked, style=1, joined=False)
            ax.lines[-1].set(markersize=11, zorder=5)
        legend_above(ax)
    rows: list[Row] = []
    for (a, b), (k, n) in sorted(counts.items(), key=lambda item: (sizes[item[0]], item[0])):
        ends = wilson(k, n)
        row: Row = {"a": a, "b": b, "parameters": sizes[a, b], "successes": k, "trials": n, "rate": k / n}
        rows.append({**row, "low": ends.low, "high": ends.high})
    return figure, rows
