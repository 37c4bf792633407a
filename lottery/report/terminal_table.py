"""The table that a terminal shows at the end of a run."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

from lottery.report.points import (
    SECOND_HAND,
    Point,
    by_claim,
    check_points,
    expected_text,
    interval_text,
    measured_text,
    verdict_text,
)

_STYLES = {"reproduced": "green", "contradicted": "bold red", "undecided": "yellow", "new": "cyan"}
_COLUMNS = ("point", "expected", "measured", "95 % interval", "verdict")
_GAP = 2  # characters between two columns
_WIDEST_EXPECTED = 14  # a text that is longer is broken between words


class SummaryTable:
    """All points claim by claim, with expected and measured values, intervals and verdicts; for rich's console.

    A name is never broken: where the terminal is too narrow for a point's row, its name has a line of its own, and the
    numbers stand below it. No text is taken as markup.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        """Take points as in claims.json.

        Raises:
            InputError: if a point cannot be shown.
        """
        check_points(points)
        self.points = points

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        rows = {claim: [_cells(point, claim) for point in found] for claim, found in by_claim(self.points).items()}
        cells = [_COLUMNS, *(tuple(cell.plain for cell in row) for found in rows.values() for row in found)]
        widths = [max(cell_len(row[column]) for row in cells) for column in range(len(_COLUMNS))]
        widths[1] = min(widths[1], _WIDEST_EXPECTED)
        fits = sum(widths) + _GAP * (len(widths) - 1) <= options.max_width
        table = Table(header_style="bold", box=None, pad_edge=False)
        for name, width in zip(_COLUMNS, widths, strict=True):
            narrow = name == "point" and not fits
            table.add_column("" if narrow else name, no_wrap=name != "expected", width=1 if narrow else width)
        yield from _rows(table, rows, apart=not fits)
        if any(point.get("second_hand") for point in self.points):
            yield Text(SECOND_HAND)


def _rows(table: Table, rows: dict[str, list[tuple[Text, ...]]], apart: bool) -> Iterator[RenderableType]:
    """The table's rows; with `apart` each name is a line of its own between tables of one row."""
    if not apart:
        for claim, found in rows.items():
            table.add_row(Text(claim, style="bold"))
            for cells in found:
                table.add_row(*cells)
        yield table
        return
    yield table  # the names of the columns
    for claim, found in rows.items():
        yield Text(claim, style="bold")
        for name, *numbers in found:
            yield name
            one = Table(box=None, pad_edge=False, show_header=False)
            for column in table.columns:
                one.add_column(no_wrap=column.no_wrap, width=column.width)
            one.add_row("", *numbers)
            yield one


def _cells(point: Point, claim: str) -> tuple[Text, ...]:
    return (
        Text(point["id"].removeprefix(f"{claim}/")),
        Text(expected_text(point)),
        Text(measured_text(point)),
        Text(interval_text(point).removesuffix(" points")),  # the unit stands beside the measured value
        Text(verdict_text(point["verdict"]), style=_STYLES[point["verdict"]]),
    )
