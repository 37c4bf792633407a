"""How long networks sit on a plateau, against how long they take: one dot per solved network."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from jaxtyping import Int
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gol.errors import InputError
from lottery.report.figures.figure import Row, legend_above, new_figure
from lottery.report.figures.style import COLOURS, FAINT_INK, MARKERS, PAPER, RC

Course = tuple[str, Int[np.ndarray, " runs"], Int[np.ndarray, " runs"]]


def plateau_and_solution(courses: Sequence[Course]) -> tuple[Figure, list[Row]]:
    """Draw the last update on the plateau against the update of the solution, on logarithmic axes.

    Args:
        courses: (label, last update on the plateau, update of the solution) of each series; runs whose solution is
            negative were never solved and are left out.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if no run was solved.
    """
    if not any((solved >= 0).any() for _, _, solved in courses):
        raise InputError("a figure of plateaus needs a solved network")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(width=6.0, height=5.8)
        table: list[Row] = []
        for style, (label, plateau, solved) in enumerate(courses):
            runs = np.flatnonzero(solved >= 0)
            ax.plot(
                solved[runs],
                plateau[runs],
                MARKERS[style % len(MARKERS)],
                color=COLOURS[style % len(COLOURS)],
                markeredgecolor=PAPER,
                markeredgewidth=0.6,
                markersize=6,
                alpha=0.8,
                label=label,
            )
            table += [
                {"series": label, "run": int(run), "solved": int(solved[run]), "plateau_end": int(plateau[run])}
                for run in runs
            ]
        every = np.concatenate([each[solved >= 0] for _, plateau, solved in courses for each in (plateau, solved)])
        ends = every.min() / 1.3, every.max() * 1.3
        ax.plot(ends, ends, color=FAINT_INK, linewidth=1, zorder=1)
        for axis, name in ((ax.xaxis, "updates until solved"), (ax.yaxis, "updates on the plateau")):
            axis.set_label_text(name)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlim(*ends)
        ax.set_ylim(*ends)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda updates, _: f"{updates:,.0f}".replace(",", " ")))
            axis.set_minor_formatter(FuncFormatter(lambda updates, _: ""))
        ax.set_aspect("equal")
        legend_above(ax)
        return figure, table
