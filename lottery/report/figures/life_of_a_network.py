"""One network over its whole training: its loss, and below it how much of what it answers is wrong."""

from collections.abc import Sequence

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gol.errors import InputError
from lottery.report.figures.figure import Row
from lottery.report.figures.style import COLOURS, RC


def life_of_a_network(
    updates: Sequence[int], log10_loss: Sequence[float | None], wrong: Sequence[int], *, what: str = "wrong cells"
) -> tuple[Figure, list[Row]]:
    """Draw the loss on a logarithmic axis and the wrong answers below it, on an axis that shows both 0 and thousands.

    Args:
        updates: where the values stand, rising.
        log10_loss: decimal logarithm of the loss there; None where it was not finite.
        wrong: wrong answers there.
        what: name of the axis of wrong answers.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is nothing to draw, or the lengths differ.
    """
    if not updates or not len(updates) == len(log10_loss) == len(wrong):
        raise InputError("the life of a network needs as many losses and wrong answers as updates, one or more")
    losses = [float("nan") if one is None else 10.0**one for one in log10_loss]
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(7.2, 4.8), layout="constrained")
        FigureCanvasAgg(figure)
        above, below = figure.subplots(2, 1, sharex=True)
        above.plot(updates, losses, color=COLOURS[0], linewidth=1.2)
        above.set_yscale("log")
        above.set_ylabel("loss")
        below.plot(updates, wrong, color=COLOURS[1], linewidth=1.2)
        below.set_yscale("symlog", linthresh=1)
        below.set_ylim(bottom=-0.3)
        below.set_ylabel(what)
        below.set_xlabel("updates")
        below.xaxis.set_major_formatter(FuncFormatter(lambda update, _: f"{update:,.0f}".replace(",", " ")))
    table: list[Row] = [
        {"updates": update, "loss": "" if one is None else 10.0**one, "wrong": count}
        for update, one, count in zip(updates, log10_loss, wrong, strict=True)
    ]
    return figure, table
