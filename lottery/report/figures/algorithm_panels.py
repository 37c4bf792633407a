"""The figure of the algorithms that minimal networks find: ramps over the number of neighbours, and their sum."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gol.errors import InputError
from lottery.report.figures.figure import Row
from lottery.report.figures.style import COLOURS, DASHES, FAINT_INK, GRID, INK, PAPER, RC

N = np.linspace(0, 8, 161)
RAISES, LOWERS = COLOURS[2], COLOURS[3]
OWN_COLOURS, OWN_WORDS = (COLOURS[0], COLOURS[1]), ("dead cell", "living cell")
SUM_RANGE, RAMP_RANGE = (-1.9, 1.0), (-2.6, 2.6)


@dataclass(frozen=True, eq=False)
class Curves:
    """All networks of one algorithm.

    Attributes:
        title: of its column.
        subtitle: below the title.
        signs: (direction, effect) of each of its two units.
        numbers: one row per network: centres (2), thresholds (2), gains (2), constant.
    """

    title: str
    subtitle: str
    signs: tuple[tuple[int, int], tuple[int, int]]
    numbers: Float[np.ndarray, "networks 7"]

    def ramps(self, own: int, count: Float[np.ndarray, " n"] = N) -> Float[np.ndarray, "networks 2 n"]:
        """What each unit of each network adds to the logit, over the number of neighbours."""
        centres, thresholds, gains = self.numbers[:, 0:2], self.numbers[:, 2:4], self.numbers[:, 4:6]
        directions, effects = np.array(self.signs).T
        along = count + centres[..., None] * own - thresholds[..., None]
        return (effects * gains)[..., None] * np.maximum(directions[:, None] * along, 0)

    def logits(self, own: int, count: Float[np.ndarray, " n"] = N) -> Float[np.ndarray, "networks n"]:
        """The scaled logit of each network over the number of neighbours."""
        return self.ramps(own, count).sum(axis=1) + self.numbers[:, 6:7]

    @property
    def typical(self) -> int:
        """The place of the network that is nearest to the medians."""
        return int(np.argmin(np.abs(self.numbers - np.median(self.numbers, axis=0)).sum(axis=1)))


def algorithm_panels(algorithms: Sequence[Curves], total: int) -> tuple[Figure, list[Row]]:
    """Draw one column per algorithm: above what its two units add for a dead cell, below the sum for both cells.

    Args:
        algorithms: in the order of the columns; one without networks gets an empty column that says so.
        total: networks of all algorithms, of which the shares in the titles are.

    Returns:
        The figure and the numbers of the typical networks at whole N.

    Raises:
        InputError: if there is no network at all.
    """
    if not any(len(algorithm.numbers) for algorithm in algorithms):
        raise InputError("a figure of algorithms needs at least one network")
    table: list[Row] = []
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(3.1 * len(algorithms) + 0.6, 6.2), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(2, len(algorithms), sharex=True, sharey="row", squeeze=False)
        for column, algorithm in enumerate(algorithms):
            above, below = panels[:, column]
            count = len(algorithm.numbers)
            above.set_title(f"{algorithm.title}\n{count} of {total} ({100 * count / total:.0f} %)", fontsize=11)
            above.text(0.02, 0.98, algorithm.subtitle, transform=above.transAxes, va="top", color=FAINT_INK, fontsize=9)
            if not count:
                below.text(0.5, 0.5, "none found", transform=below.transAxes, ha="center", color=FAINT_INK)
                continue
            _draw_ramps(above, algorithm)
            _draw_sums(below, algorithm)
            table += _rows(algorithm)
        for panel in panels[0]:
            panel.set_ylim(*RAMP_RANGE)
        for panel in panels[1]:
            panel.set_ylim(*SUM_RANGE)
            panel.axhspan(0, SUM_RANGE[1], color=GRID, alpha=0.35, linewidth=0, zorder=0)
            panel.set_xlabel("live neighbours N")
            panel.set_xlim(-0.2, 8.2)
            panel.set_xticks(range(9))
        for panel in panels.ravel():
            panel.axhline(0, color=FAINT_INK, linewidth=1, zorder=1)
            panel.grid(axis="x", visible=False)
            panel.tick_params(length=0)
            panel.set_yticks([0])
        panels[0, 0].set_ylabel("what each unit adds")
        panels[1, 0].set_ylabel("logit: alive above 0")
        _legend(figure)
    return figure, table


def _draw_ramps(panel: Axes, algorithm: Curves) -> None:
    ramps = algorithm.ramps(own=0)
    for unit, (_, effect) in enumerate(algorithm.signs):
        colour = RAISES if effect > 0 else LOWERS
        panel.plot(N, ramps[:, unit].T, color=colour, linewidth=0.6, alpha=_faint(len(ramps)), rasterized=True)
        panel.plot(N, ramps[algorithm.typical, unit], color=colour, linewidth=2.4, zorder=4)


def _draw_sums(panel: Axes, algorithm: Curves) -> None:
    whole = np.arange(9.0)
    for own, colour in enumerate(OWN_COLOURS):
        logits = algorithm.logits(own)
        panel.plot(N, logits.T, color=colour, linewidth=0.6, alpha=_faint(len(logits)), rasterized=True)
        panel.plot(N, logits[algorithm.typical], color=colour, linewidth=2.2, linestyle=DASHES[own], zorder=4)
        at = algorithm.logits(own, whole)[algorithm.typical]
        for alive in (False, True):
            mine = (at > 0) == alive
            panel.plot(
                whole[mine], at[mine], "o", markersize=6, color=colour, markerfacecolor=colour if alive else PAPER,
                markeredgewidth=1.4, zorder=5,
            )  # fmt: skip


def _faint(lines: int) -> float:
    """Opacity of one of many lines, so that a bundle is seen as one and a single line still shows."""
    return float(np.clip(4 / lines, 0.07, 0.5))


def _rows(algorithm: Curves) -> list[Row]:
    whole = np.arange(9.0)
    rows: list[Row] = []
    for own in (0, 1):
        ramps = algorithm.ramps(own, whole)[algorithm.typical]
        logits = algorithm.logits(own, whole)
        for n in range(9):
            rows.append(
                {
                    "algorithm": algorithm.title,
                    "networks": len(algorithm.numbers),
                    "own": own,
                    "neighbours": n,
                    "unit1": float(ramps[0, n]),
                    "unit2": float(ramps[1, n]),
                    "logit": float(logits[algorithm.typical, n]),
                    "lowest": float(logits[:, n].min()),
                    "highest": float(logits[:, n].max()),
                }
            )
    return rows


def _legend(figure: Figure) -> None:
    entries = [
        Line2D([], [], color=RAISES, linewidth=2.2, label="unit that raises"),
        Line2D([], [], color=LOWERS, linewidth=2.2, label="unit that lowers"),
        *(
            Line2D([], [], color=colour, linewidth=2.2, linestyle=dash, label=word)
            for colour, dash, word in zip(OWN_COLOURS, DASHES, OWN_WORDS, strict=False)
        ),
        Line2D([], [], color=INK, marker="o", linestyle="none", label="is alive next"),
        Line2D([], [], color=INK, marker="o", markerfacecolor=PAPER, linestyle="none", label="is dead next"),
    ]
    figure.legend(handles=entries, loc="outside lower center", ncols=3)
