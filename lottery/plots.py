"""Figures of one's own results, in the style of the report."""

from collections.abc import Iterable

from matplotlib.figure import Figure

from gol.errors import InputError
from lottery.report.figures.figure import Rates, success_against_density
from lottery.tickets.search import Level


def plot_success(levels: Iterable[Level]) -> Figure:
    """Draw the success of tickets and their controls against the share of weights kept, with 95 % intervals.

    Args:
        levels: as `lottery.find_ticket` yields them, in any order.

    Returns:
        A figure of matplotlib: `figure.savefig("success.svg")` writes it, and a notebook shows it.

    Raises:
        InputError: where there is no level.
    """
    levels = sorted(levels, key=lambda level: -level.density)
    if not levels:
        raise InputError("a plot of success needs at least one level")
    names = {name: None for level in levels for name in level.arms}  # in the order in which they come
    arms = []
    for name in names:
        found = [level for level in levels if name in level.arms]
        successes = [level.arms[name].successes for level in found]
        trials = [len(level.arms[name].first_solved) for level in found]
        arms.append(Rates(name.replace("_", " "), [level.density for level in found], successes, trials))
    figure, _ = success_against_density(arms)
    return figure
