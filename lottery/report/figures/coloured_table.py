"""A table of shares: a row per name, columns in groups, every cell coloured by its value and with it written on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gol.errors import InputError
from lottery.report.figures.figure import Row, new_figure
from lottery.report.figures.rate_tiles import DARK_TEXT, LIGHT_TEXT, SCALE
from lottery.report.figures.style import INK, RC


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        row: name of its row; rows stand in the order in which they first appear.
        group: of its column; columns of a group stand together, groups in the order in which they first appear.
        column: name of its column.
        value: a share from 0 to 1, or None for an empty cell.
    """

    row: str
    group: str
    column: str
    value: float | None


def cells(shown: Sequence[Cell]) -> tuple[Figure, list[Row]]:
    """Draw the table.

    Args:
        shown: its cells.

    Returns:
        The figure and the drawn numbers.

    Raises:
        InputError: if there is no cell.
    """
    if not shown:
        raise InputError("a table needs at least one cell")
    rows = list(dict.fromkeys(cell.row for cell in shown))
    groups = list(dict.fromkeys(cell.group for cell in shown))
    columns = list(dict.fromkeys((cell.group, cell.column) for cell in shown))
    columns.sort(key=lambda column: groups.index(column[0]))
    # Groups are a gap apart.
    places = {column: index + 0.35 * groups.index(column[0]) for index, column in enumerate(columns)}
    table: list[Row] = []
    with matplotlib.rc_context(RC):
        figure, ax = new_figure(2.4 + 0.55 * len(columns) + 0.2 * len(groups), 1.5 + 0.36 * len(rows))
        for cell in shown:
            x, y = places[cell.group, cell.column], rows.index(cell.row)
            if cell.value is None:
                continue
            ax.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=SCALE(cell.value), linewidth=0))
            colour = LIGHT_TEXT if cell.value > 0.45 else DARK_TEXT
            ax.text(x, y, f"{100 * cell.value:.0f} %", ha="center", va="center", color=colour, fontsize=8.5)
            table.append({"row": cell.row, "group": cell.group, "column": cell.column, "share": cell.value})
        for group in groups:
            inside = [places[column] for column in columns if column[0] == group]
            ax.text(sum(inside) / len(inside), -0.75, group, ha="center", va="bottom", color=INK, fontweight="bold")
        ax.set_xlim(-0.6, max(places.values()) + 0.6)
        ax.set_ylim(len(rows) - 0.45, -0.6)
        ax.set_xticks(list(places.values()), [column for _, column in columns], rotation=45, ha="right")
        ax.set_yticks(range(len(rows)), rows)
        ax.tick_params(length=0)
        ax.tick_params(axis="y", labelcolor=INK)
        ax.grid(visible=False)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        return figure, table
