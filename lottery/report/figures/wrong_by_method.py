"""A chart of wrong answers: how many of the 512 neighbourhoods each network gets wrong, by method."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from gol.errors import InputError
from lottery.report.figures.figure import Row, new_figure
from lottery.report.figures.style import COLOURS, FAINT_INK, INK, RC


def wrong_by_method(wrong: Mapping[str, Sequence[int]], *, constant: int) -> tuple[Figure, list[Row]]:
    """Draw every network's number of wrong answers as a dot in the row of its method, and the median as a bar.

    Args:
        wrong: method -> wrong answers of 512, one per network.
        constant: wrong answers of a network that always says dead, drawn as a line.

    Returns:
        The figure and the drawn numbers, one row per network.

    Raises:
        InputError: if there is nothing to draw.
    """
    if not wrong or not all(map(len, wrong.values())):
        raise InputError("a chart of wrong answers needs a method, and every method a network")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(height=1.5 + 0.4 * len(wrong))
        ax.axvline(constant, color=FAINT_INK, linewidth=1.2)
        ax.text(constant, -0.55, f"always dead: {constant}", ha="center", va="bottom", color=FAINT_INK, fontsize=10)
        for row, values in enumerate(wrong.values()):
            spread = 0.5 * (np.arange(len(values)) / max(len(values) - 1, 1) - 0.5)
            ax.plot(sorted(values), row + spread, "o", color=COLOURS[0], alpha=0.55, markersize=5, markeredgewidth=0)
            ax.plot([np.median(values)] * 2, [row - 0.36, row + 0.36], color=COLOURS[1], linewidth=3)
        ax.set_yticks(np.arange(len(wrong)), list(wrong))
        ax.set_ylim(len(wrong) - 0.4, -0.5)
        ax.set_xlim(-4, None)
        ax.grid(axis="y", visible=False)
        ax.tick_params(length=0)
        ax.tick_params(axis="y", labelcolor=INK)
        ax.set_xlabel("wrong answers of 512")
        return figure, [{"method": name, "wrong": int(value)} for name, values in wrong.items() for value in values]
