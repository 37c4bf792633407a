"""Figures and animations of one's own results, in the style of the report."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from gol.errors import InputError
from lottery.report.figures.figure import Rates, success_against_density
from lottery.report.figures.network_frames import network_gif
from lottery.runs.files import write_bytes
from lottery.runs.saved_networks import SavedNetwork
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


def save_animation(
    networks: Sequence[SavedNetwork], captions: Sequence[str], path: Path | str, seconds: float = 0.5
) -> None:
    """Save a GIF of a network that changes: that learns, or loses its weights level by level.

    Every frame shows the network as a graph, its 512 answers, and how many of them are wrong in all frames.

    Args:
        networks: one a frame, each of one step with a read-out.
        captions: a few words for each.
        path: where to.
        seconds: how long a frame stands; the last one stands four times as long.

    Raises:
        InputError: for no networks, another number of captions, a time below 0.02 s, or networks that are not drawn.
    """
    write_bytes(Path(path), network_gif(networks, captions, seconds))
