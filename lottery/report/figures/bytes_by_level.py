"""How many bytes a network takes against the share of its weights that is kept, one line per encoding."""

from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from gol.errors import InputError
from lottery.report.figures.figure import Row, density_axis, legend_above, new_figure
from lottery.report.figures.style import COLOURS, DASHES, MARKERS, PAPER, RC


def bytes_by_level(
    kept: Sequence[float], right: Sequence[bool], lines: Mapping[str, Sequence[int | None]]
) -> tuple[Figure, list[Row]]:
    """Draw bytes against the share that is kept, both logarithmic; hollow markers are networks that are wrong.

    Args:
        kept: parameters that are not zero, as a share, from the dense network on.
        right: whether the network of each level is right on every board.
        lines: bytes by level for every encoding; None is left out.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is nothing to draw.
    """
    if not kept or not lines:
        raise InputError("a figure of bytes needs at least one network and one encoding")
    table: list[Row] = []
    with matplotlib.rc_context(RC):
        figure, ax = new_figure()
        for place, (name, sizes) in enumerate(lines.items()):
            colour, marker, dash = (choices[place % len(choices)] for choices in (COLOURS, MARKERS, DASHES))
            drawn = [(x, good, size) for x, good, size in zip(kept, right, sizes, strict=True) if size is not None]
            ax.plot([x for x, _, _ in drawn], [size for _, _, size in drawn], color=colour, linestyle=dash)
            ax.plot([], [], color=colour, marker=marker, markeredgecolor=PAPER, linestyle=dash, label=name)
            for good in (True, False):
                points = [(x, size) for x, is_right, size in drawn if is_right is good]
                ax.plot(
                    [x for x, _ in points],
                    [size for _, size in points],
                    marker,
                    color=colour,
                    markerfacecolor=colour if good else PAPER,
                    markeredgecolor=PAPER if good else colour,
                )
            table += [{"encoding": name, "kept": x, "right": str(good), "bytes": size} for x, good, size in drawn]
        density_axis(ax, sorted(kept, reverse=True))
        ax.set_yscale("log")
        ax.set_yticks([ticks for ticks in (30, 100, 300, 1000, 3000, 10000) if _within(ticks, table)])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
        ax.grid(axis="x", visible=False)
        ax.tick_params(length=0)
        ax.set_xlabel("parameters that are not zero")
        ax.set_ylabel("bytes")
        legend_above(ax)
    return figure, table


def _within(tick: int, table: Sequence[Row]) -> bool:
    sizes = [float(row["bytes"]) for row in table]
    return min(sizes) / 1.5 <= tick <= max(sizes) * 1.5
