"""Moving pictures of what happens: a network that learns, one that is pruned, and boards as networks predict them.

Each is a list of frames (`Frames`), computed by training or running real networks, and saved as a GIF.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator
from PIL import Image

import gol
from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.networks.lifenet import LifeNet, Parameters
from lottery.networks.masks import apply_mask
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.report.figures.answers_by_count import LEGEND, WRONG_ALIVE, WRONG_DEAD, answers_picture, draw_answers
from lottery.report.figures.network_graphs import draw_network
from lottery.report.figures.style import COLOURS, FAINT_INK, GRID, INK, PAPER, RC
from lottery.runs.files import writing
from lottery.runs.saved_networks import SavedNetwork, shipped_ticket
from lottery.statistics.rates import wilson
from lottery.tickets.search import Level, find_ticket
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import draw_initial, pick, train
from lottery.training.settings import TrainSettings

COLOURS_OF_A_GIF = 48
LAST = 2_500  # milliseconds that the last frame stands


@dataclass(frozen=True)
class Frames:
    """A moving picture.

    Attributes:
        images: one after the other, of one size.
        milliseconds: how long each stands; the last one stands longer.
    """

    images: list[Image.Image]
    milliseconds: int

    def save(self, path: Path | str) -> None:
        """Write a GIF that loops for ever.

        Raises:
            InputError: where the path cannot be written.
        """
        first, *rest = [image.quantize(COLOURS_OF_A_GIF, dither=Image.Dither.NONE) for image in self.images]
        times = [self.milliseconds] * len(rest) + [LAST]
        with writing(Path(path)):
            first.save(path, format="GIF", save_all=True, append_images=rest, duration=times, loop=0, optimize=True)


def learning(
    width: float | int = 8, updates: int = 1_500, frames: int = 61, seed: int = 0, replicate: int = 0
) -> Frames:
    """A one-step network learns: its 512 answers turn right while it is trained.

    Training to each frame's update begins anew from the same weights and batches, so that every frame is what a run of
    that budget gives.

    Args:
        width: m of the network.
        updates: the last frame's.
        frames: how many, evenly spaced from 0 on.
        seed: of weights and batches.
        replicate: which one of the seed.

    Raises:
        InputError: for settings that cannot be.
    """
    if frames < 2 or updates % (frames - 1):
        raise InputError(f"updates ({updates}) has to be a multiple of frames - 1 ({frames - 1}).")
    every = updates // (frames - 1)
    settings, net = TrainSettings(updates=updates, check_every=every), LifeNet(width=width)
    budgets = range(0, updates + 1, every)
    rule = np.asarray(gol.truth_table(settings.rule), bool)
    right, images = [], []
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(9.0, 3.9), layout="constrained", dpi=72)
        canvas = FigureCanvasAgg(figure)
        squares, curve = figure.subplots(1, 2, width_ratios=(2.1, 1))
        figure.legend(
            handles=[Patch(color=colour, label=label) for label, colour in LEGEND.items()],
            loc="outside lower left", ncols=4, fontsize=9,
        )  # fmt: skip
        shown = draw_answers(squares, answers_picture(rule, rule))
        for budget in budgets:
            answers = _answers(_trained(net, settings, budget, seed, replicate))
            right.append(int(np.sum(answers == rule)))
            shown.set_data(answers_picture(answers, rule))
            squares.set_title(f"After {budget:,} updates, {right[-1]} of 512 answers are right")
            _draw_curve(curve, budgets[: len(right)], right, updates)
            images.append(_image(canvas))
    return Frames(images, 120)


def _trained(net: LifeNet, settings: TrainSettings, budget: int, seed: int, replicate: int) -> Parameters:
    if budget == 0:
        return pick(draw_initial(net, seed, [replicate]), 0)
    return pick(train(net, replace(settings, updates=budget), seed=seed, replicates=[replicate]).params, 0)


def _answers(params: Parameters) -> np.ndarray:
    """What a one-step network says of the 512 neighbourhoods, by code: (512,) bool."""
    boards = NEIGHBOURHOODS.reshape(512, 3, 3).astype(np.uint8)
    return SavedNetwork(params, "torus", "B3/S23", "").predict(boards)[:, 1, 1]


def _draw_curve(ax: Axes, updates: Sequence[int], right: Sequence[int], last: int) -> None:
    ax.clear()
    ax.plot(updates, right, color=COLOURS[0])
    ax.axhline(512, color=FAINT_INK, linewidth=1, linestyle=(0, (2, 2)))
    ax.set(xlim=(0, last), ylim=(0, 540), xlabel="updates", title="Right answers", xticks=(0, last))
    ax.xaxis.set_major_formatter("{x:,.0f}")


def pruning(
    width: float | int = 4, levels: int = 12, updates: int = 20_000, replicates: int = 16, seed: int = 0
) -> Frames:
    """Weights vanish level by level; the tickets go on succeeding, and then they break.

    Args:
        width: m of the networks.
        levels: prunings, of 20 % of what is left each.
        updates: budget of each level.
        replicates: networks; the first one that is solved the longest is drawn.
        seed: of everything that is random.

    Raises:
        InputError: for settings that cannot be.
    """
    found = list(
        find_ticket(
            LifeNet(width=width),
            TrainSettings(updates=updates),
            PruningSettings(levels=levels, controls=()),
            seed=seed,
            replicates=range(replicates),
        )
    )
    solved = np.array([level.arms["ticket"].solved_at_end for level in found])
    drawn = int(np.argmax(solved.sum(0)))
    images: list[Image.Image] = []
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(9.0, 4.0), layout="constrained", dpi=72)
        canvas = FigureCanvasAgg(figure)
        graph, curve = figure.subplots(1, 2, width_ratios=(1.35, 1))
        for number, level in enumerate(found):
            graph.clear()
            graph.axis("off")
            params = apply_mask(pick(level.arms["ticket"].params, drawn), pick(level.masks, drawn))
            draw_network(graph, params)
            verdict = "right on every board" if solved[number, drawn] else "wrong on some boards"
            graph.set_title(
                f"{level.density:.0%} of the weights: {verdict}",
                color=COLOURS[0] if solved[number, drawn] else COLOURS[1],
            )
            _draw_success(curve, found[: number + 1], min(level.density for level in found))
            images.append(_image(canvas))
    return Frames(images, 900)


def _draw_success(ax: Axes, levels: Sequence[Level], least: float) -> None:
    ax.clear()
    arms = [level.arms["ticket"] for level in levels]
    densities, trials = [level.density for level in levels], len(arms[0].first_solved)
    ends = [wilson(arm.successes, trials) for arm in arms]
    ax.fill_between(densities, [end.low for end in ends], [end.high for end in ends], color=GRID)
    ax.plot(densities, [arm.successes / trials for arm in arms], color=COLOURS[0], marker="o")
    ax.set(xscale="log", xlim=(1.1, 0.9 * least), ylim=(-0.03, 1.03), xlabel="share of the weights that are left")
    ax.set_title(f"{arms[-1].successes} of {trials} tickets succeed")
    ticks = [1, 0.5, 0.2, 0.1, 0.05]
    ax.set_xticks([tick for tick in ticks if tick >= least], [f"{tick:.0%}" for tick in ticks if tick >= least])
    ax.xaxis.set_minor_locator(NullLocator())


def ticket_and_less() -> list[tuple[str, SavedNetwork]]:
    """The ticket of the package, and the same without the smallest of its weights that it cannot do without."""
    ticket = shipped_ticket()
    kernels = {layer: leaves["kernel"] for layer, leaves in ticket.params.items()}
    weights = [(layer, place) for layer, kernel in kernels.items() for place in zip(*np.nonzero(kernel), strict=True)]
    for layer, place in sorted(weights, key=lambda weight: abs(kernels[weight[0]][weight[1]])):
        params = jax.tree.map(np.array, ticket.params)
        params[layer]["kernel"][place] = 0
        fewer = replace(ticket, params=params)
        if not certify(fewer).correct:
            return [("Ticket", ticket), ("One weight less", fewer)]
    raise InputError("The ticket can do without any of its weights.")


def boards(
    networks: Sequence[tuple[str, SavedNetwork]], generations: int = 60, side: int = 48, seed: int = 0
) -> Frames:
    """The true board beside what networks make of it, generation by generation, each fed with its own prediction.

    Args:
        networks: title and network of each.
        generations: how many steps of a network.
        side: of the torus, in cells.
        seed: of the soup that all of them begin with.

    Raises:
        InputError: where there is no network, or networks look another number of steps ahead or predict other rules.
    """
    if len({(network.steps, network.rule) for _, network in networks}) != 1:
        raise InputError("boards are predicted by networks of one number of steps and one rule, of which there is one.")
    steps, rule = networks[0][1].steps, networks[0][1].rule
    state = np.asarray(gol.random_boards(jax.random.key(seed), (side, side), density=0.35), np.uint8)
    states = [state] * (1 + len(networks))
    images: list[Image.Image] = []
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(3.0 * len(states), 3.4), layout="constrained", dpi=72)
        canvas = FigureCanvasAgg(figure)
        panels = [_board_panel(ax, state) for ax in figure.subplots(1, len(states))]
        for generation in range(generations + 1):
            names = [f"Life, generation {generation * steps}"] + [
                f"{title}: {np.sum(of != states[0]):,} wrong"
                for (title, _), of in zip(networks, states[1:], strict=True)
            ]
            for panel, name, of in zip(panels, names, states, strict=True):
                panel.set_data(_board_colours()[of + 2 * (of != states[0])])
                panel.axes.set_title(name, fontsize=11)
            images.append(_image(canvas))
            true = np.asarray(gol.evolve(states[0], steps, rule), np.uint8)
            predicted = [network.predict(of) for (_, network), of in zip(networks, states[1:], strict=True)]
            states = [true, *(board.astype(np.uint8) for board in predicted)]
    return Frames(images, 120)


def _board_colours() -> np.ndarray:
    """Of cells: dead and alive as they should be, in ink; dead and alive where they should not, in a warm colour."""
    return np.array([to_rgb(colour) for colour in (PAPER, INK, WRONG_DEAD, WRONG_ALIVE)])


def _board_panel(ax: Axes, state: np.ndarray) -> AxesImage:
    ax.grid(False)
    ax.set(xticks=[], yticks=[])
    return ax.imshow(_board_colours()[state], interpolation="nearest")


def _image(canvas: FigureCanvasAgg) -> Image.Image:
    canvas.draw()
    canvas.figure.set_layout_engine("none")  # of the first frame: nothing jumps afterwards
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
