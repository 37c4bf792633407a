"""The table that a terminal shows at the end of a run."""

from collections.abc import Sequence

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


def summary_table(points: Sequence[Point]) -> Table:
    """Lay out all points claim by claim, with expected and measured values, intervals and verdicts.

    Args:
        points: as in claims.json.

    Returns:
        A table for rich's console; no text in it is taken as markup.

    Raises:
        InputError: if a point cannot be shown.
    """
    check_points(points)
    caption = Text(SECOND_HAND) if any(point.get("second_hand") for point in points) else None
    table = Table(header_style="bold", box=None, pad_edge=False, caption=caption, caption_justify="left")
    table.add_column("point", overflow="fold")
    table.add_column("expected", max_width=12)
    for name in ("measured", "95 % interval", "verdict"):
        table.add_column(name, no_wrap=True)
    for claim, of_claim in by_claim(points).items():
        table.add_row(Text(claim, style="bold"))
        _add_points(table, claim, of_claim)
    return table


def _add_points(table: Table, claim: str, points: Sequence[Point]) -> None:
    for point in points:
        table.add_row(
            Text(point["id"].removeprefix(f"{claim}/")),  # 80 columns are few
            Text(expected_text(point)),
            Text(measured_text(point)),
            Text(interval_text(point).removesuffix(" points")),  # the unit stands beside the measured value
            Text(verdict_text(point["verdict"]), style=_STYLES[point["verdict"]]),
        )
