"""Success against the share of weights kept where many methods meet at few densities."""

from collections.abc import Sequence

import matplotlib
from matplotlib.figure import Figure

from gol.errors import InputError
from lottery.report.figures.figure import Rates, Row, density_axis, legend_above, new_figure, plot_rates, rate_axes
from lottery.report.figures.style import GRID, RC


def methods_by_density(
    followed: Sequence[Rates], others: Sequence[Rates], *, verdict_density: float
) -> tuple[Figure, list[Row]]:
    """Draw success rates on a log axis of densities, dense on the left, with Wilson's 95 % intervals.

    Args:
        followed: arms known at many densities, drawn with bands; `x` is the density, in (0, 1].
        others: arms known at few, drawn with bars beside each other where their densities are equal.
        verdict_density: the density fixed beforehand at which the verdict falls, marked by a line.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no arm, or a density is not in (0, 1].
    """
    densities = [x for arm in (*followed, *others) for x in arm.x]
    if not densities or max(densities) > 1 or min(densities) <= 0:
        raise InputError("success against density needs at least one arm, and densities in (0, 1]")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(7.8, 4.6)
        rate_axes(ax, "weights kept")
        table = [row for style, arm in enumerate(followed) for row in plot_rates(ax, arm, style=style, band=True)]
        for place, arm in enumerate(others):
            nudge = 1.028 ** ((len(others) - 1) / 2 - place)  # equal densities would hide each other's bars
            moved = Rates(arm.label, [x * nudge for x in arm.x], arm.successes, arm.trials)
            rows = plot_rates(ax, moved, style=len(followed) + place)
            table += [{**row, "x": x} for row, x in zip(rows, arm.x, strict=True)]
        ax.axvline(verdict_density, color=GRID, linewidth=6, zorder=0, label="verdict falls here")
        density_axis(ax, sorted(set(densities), reverse=True))
        legend_above(ax)
        return figure, [{"density" if key == "x" else key: value for key, value in row.items()} for row in table]
