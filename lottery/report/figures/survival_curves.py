"""Survival curves: the share of networks still unsolved against time, by Kaplan and Meier."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from jaxtyping import Int, Real, Shaped
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gol.errors import InputError
from lottery.inputs.truth_values import truths
from lottery.report.figures.figure import Row, legend_above, new_figure, rate_axes
from lottery.report.figures.style import COLOURS, DASHES, RC
from lottery.statistics.rates import wilson
from lottery.statistics.survival import kaplan_meier


@dataclass(frozen=True, eq=False)
class Times:
    """One series of times to the first success.

    Attributes:
        label: what the legend calls it.
        times: updates until each run was solved, or at which it ended unsolved.
        observed: whether the run was solved (True) or ended unsolved (False).
    """

    label: str
    times: Real[np.ndarray, " runs"]
    observed: Shaped[np.ndarray, " runs"]  # of bool from here on, given as 0 and 1 of any dtype

    def __post_init__(self) -> None:
        object.__setattr__(self, "observed", truths(self.observed, "observed"))

    @classmethod
    def until(cls, label: str, first_solved: Sequence[int] | Int[np.ndarray, " runs"], budget: int) -> "Times":
        """A series from outcomes: the update of each run's first success, -1 for never, which ends at the budget."""
        first = np.array(first_solved)
        return cls(label, np.where(first >= 0, first, budget), first >= 0)


def survival(arms: Sequence[Times], *, xlabel: str = "updates") -> tuple[Figure, list[Row]]:
    """Draw the share of networks still unsolved against time, by Kaplan and Meier, with its 95 % band.

    Args:
        arms: the series to compare.
        xlabel: name of the horizontal axis, with its unit.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no series, or a time cannot be.
    """
    if not arms:
        raise InputError("a figure needs at least one series")
    with matplotlib.rc_context(RC):
        figure, ax = new_figure()
        rate_axes(ax, xlabel, "networks still unsolved")
        table = draw_survival(ax, arms)
        legend_above(ax)
        return figure, table


def draw_survival(ax: Axes, arms: Sequence[Times]) -> list[Row]:
    """Draw the share of networks still unsolved against time on a panel, by Kaplan and Meier, with its 95 % band.

    Args:
        ax: the panel.
        arms: the series to compare.

    Returns:
        The drawn numbers.
    """
    table: list[Row] = []
    for style, arm in enumerate(arms):
        curve = kaplan_meier(arm.times, arm.observed)
        colour, dash = COLOURS[style % len(COLOURS)], DASHES[style % len(DASHES)]
        # Until the first event the share is 1, and as uncertain as n of n is.
        times, share = np.r_[0, curve.times], np.r_[1, curve.probability]
        low, high = np.r_[wilson(len(arm.times), len(arm.times)).low, curve.low], np.r_[1, curve.high]
        ax.fill_between(times, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
        ax.step(times, share, where="post", color=colour, linestyle=dash, label=arm.label)
        table += [
            {"series": arm.label, "time": float(t), "unsolved": float(s), "low": float(lo), "high": float(hi)}
            for t, s, lo, hi in zip(times, share, low, high, strict=True)
        ]
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda updates, _: f"{updates:,.0f}".replace(",", " ")))
    return table
