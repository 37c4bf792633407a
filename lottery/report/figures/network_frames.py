"""Frames of an animation: a network as a graph, its 512 answers, and how many of them are wrong from frame to frame."""

from collections.abc import Sequence
from io import BytesIO

import matplotlib
import numpy as np
from jaxtyping import Bool
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

import gol
from gol.errors import InputError
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.report.figures.network_graphs import draw_network
from lottery.report.figures.style import COLOURS, FAINT_INK, GRID, INK, PAPER, RC
from lottery.runs.saved_networks import SavedNetwork

WRONG = COLOURS[3]
_COLOURS = 64  # of a GIF's palette: enough for lines that are drawn smoothly
_LAST = 4  # times as long as others the last frame stands


def network_gif(networks: Sequence[SavedNetwork], captions: Sequence[str], seconds: float) -> bytes:
    """Draw an animation that loops for ever.

    Args:
        networks: one a frame, each of one step with a read-out.
        captions: a few words for each.
        seconds: how long a frame stands; the last one stands four times as long.

    Returns:
        A GIF.

    Raises:
        InputError: for no networks, another number of captions, a time below 0.02 s, or networks that are not drawn.
    """
    if not networks or len(networks) != len(captions):
        raise InputError(f"an animation needs a caption for every network, and has {len(captions)} for {len(networks)}")
    if seconds < 0.02:
        raise InputError(f"a frame stands for at least 0.02 s, not {seconds}")
    if any(network.steps > 1 or "readout" not in network.params for network in networks):
        raise InputError("an animation shows networks of one step with a read-out")
    answers = np.array([_answers(network) for network in networks])
    right = np.array([np.asarray(gol.truth_table(network.rule), bool) for network in networks])
    wrong = np.sum(answers != right, axis=1)
    frames = [
        _frame(network, caption, answers[at], right[at], wrong, at)
        for at, (network, caption) in enumerate(zip(networks, captions, strict=True))
    ]
    palette = _common_palette(frames)
    pictures = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [round(1000 * seconds)] * (len(frames) - 1) + [round(1000 * seconds * _LAST)]
    content = BytesIO()
    pictures[0].save(
        content, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0, optimize=True
    )
    return content.getvalue()


def _answers(network: SavedNetwork) -> Bool[np.ndarray, "512"]:
    """What a network says to each neighbourhood: the middle cells of 512 boards of 3x3."""
    return network.predict(NEIGHBOURHOODS.reshape(512, 3, 3).astype(np.uint8))[:, 1, 1]


def _frame(
    network: SavedNetwork,
    caption: str,
    answers: Bool[np.ndarray, "512"],
    right: Bool[np.ndarray, "512"],
    wrong: np.ndarray,
    at: int,
) -> Image.Image:
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(8.0, 4.2), dpi=90, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        grid = figure.add_gridspec(2, 2, width_ratios=[1.0, 1.15], height_ratios=[1.5, 1.0])
        left = figure.add_subplot(grid[:, 0])
        left.set_title(caption)
        draw_network(left, network.params)
        _draw_answers(figure.add_subplot(grid[0, 1]), answers, right)
        _draw_course(figure.add_subplot(grid[1, 1]), wrong, at)
        canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _draw_answers(ax: Axes, answers: Bool[np.ndarray, "512"], right: Bool[np.ndarray, "512"]) -> None:
    kinds = np.where(answers == right, right.astype(int), 2).reshape(16, 32)
    ax.pcolormesh(kinds, cmap=ListedColormap([PAPER, INK, WRONG]), vmin=0, vmax=2, edgecolors=GRID, linewidth=0.4)
    ax.invert_yaxis()
    ax.set_aspect("equal")
    ax.axis("off")
    ax.set_title(f"{np.sum(answers == right)} of 512 answers are right", fontsize=11)
    keys = (("alive", INK), ("dead", PAPER), ("wrong", WRONG))
    ax.legend(
        handles=[Patch(facecolor=colour, edgecolor=FAINT_INK, linewidth=0.6, label=name) for name, colour in keys],
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=3,
        handlelength=1.0,
        borderaxespad=0.2,
    )


def _draw_course(ax: Axes, wrong: np.ndarray, at: int) -> None:
    """How many answers are wrong in all frames, those that are still to come in grey."""
    places = np.arange(len(wrong))
    ax.plot(places, wrong, color=GRID, drawstyle="steps-mid")
    ax.plot(places[: at + 1], wrong[: at + 1], color=WRONG, drawstyle="steps-mid")
    ax.plot([at], [wrong[at]], "o", color=WRONG)
    ax.set_xlim(-0.5, len(wrong) - 0.5)
    ax.set_ylim(-0.05 * max(10, wrong.max()), 1.1 * max(10, wrong.max()))
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.grid(axis="x", visible=False)
    ax.set_ylabel("wrong answers")


def _common_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """One palette for all frames, so that what does not move does not flicker: of some frames side by side."""
    some = frames[:: max(1, len(frames) // 6)]
    together = Image.new("RGB", (some[0].width, sum(frame.height for frame in some)))
    for place, frame in enumerate(some):
        together.paste(frame, (0, place * frame.height))
    return together.quantize(_COLOURS)
