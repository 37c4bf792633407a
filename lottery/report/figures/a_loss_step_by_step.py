"""The updates in which a network loses what it had learned: its gradient and Adam's denominator, steps, wrong cells."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gol.errors import InputError
from lottery.report.figures.figure import Row
from lottery.report.figures.style import COLOURS, FAINT_INK, RC

CURVES = {"gradient": "gradient there", "denominator": "Adam's denominator there", "gradient_norm": "gradient, norm"}


def a_loss_step_by_step(courses: Sequence[Mapping[str, Any]], *, rate: float) -> tuple[Figure, list[Row]]:
    """Draw the updates around the break of one to three networks, one column each.

    Args:
        courses: as a `spikes` piece stores them: `network`, `updates` (0 is the one that breaks it), the decimal
            logarithms of `gradient` and `denominator` at one weight, `gradient_norm` and `longest_step`, and `wrong`.
        rate: the learning rate, marked among the steps.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no network.
    """
    if not courses:
        raise InputError("the updates in which a network is lost need one network at least")
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(1.4 + 2.6 * len(courses), 6.0), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(3, len(courses), sharex="col", sharey="row", squeeze=False)
        for column, course in zip(axes.T, courses, strict=True):
            gradients, steps, wrong = column
            gradients.set_title(f"network {course['network']}")
            for place, (name, label) in enumerate(CURVES.items()):
                values = [10.0**one for one in course[f"log10_{name}"]]
                gradients.plot(course["updates"], values, color=COLOURS[place], linewidth=1.2, label=label)
            lengths = [10.0**one for one in course["log10_longest_step"]]
            steps.plot(course["updates"], lengths, color=COLOURS[0], linewidth=1.2)
            steps.axhline(rate, color=FAINT_INK, linewidth=1.2)
            wrong.plot(course["updates"], course["wrong"], color=COLOURS[1], linewidth=1.2)
            for axis in (gradients, steps):
                axis.set_yscale("log")
            wrong.set_yscale("symlog", linthresh=1)
            wrong.set_xlabel("updates since the break")
        # Once for all of them: a limit stops the axis that they share from growing with the next network.
        axes[2, 0].set_ylim(-0.3, 2 * max(1, *(max(course["wrong"]) for course in courses)))
        for axis, label in zip(axes[:, 0], ("gradient", "longest step", "wrong cells"), strict=True):
            axis.set_ylabel(label)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=len(CURVES))
    return figure, [row for course in courses for row in _rows(course)]


def _rows(course: Mapping[str, Any]) -> list[Row]:
    drawn = [*CURVES, "longest_step"]
    return [
        {
            "network": course["network"],
            "updates": update,
            **{name: 10.0 ** course[f"log10_{name}"][place] for name in drawn},
            "wrong": course["wrong"][place],
        }
        for place, update in enumerate(course["updates"])
    ]
