"""All points as one table that a spreadsheet or a data frame reads."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from lottery.report.points import Point, label_text, unit
from lottery.runs.files import write_bytes

NAME = "points.csv"
COLUMNS = (
    "id", "claim", "label", "unit", "expected", "measured", "low", "high", "successes", "trials", "p", "verdict",
    "seconds",
)  # fmt: skip


def write_points_table(points: Sequence[Point], path: Path) -> None:
    """Write one row per point; rates and differences are fractions, and what a point lacks is empty.

    Args:
        points: as in claims.json.
        path: of the CSV file.
    """
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for point in points:
        low, high = point["interval"] or (None, None)
        writer.writerow({**point, "label": label_text(point), "unit": unit(point), "low": low, "high": high})
    write_bytes(path, text.getvalue().encode())
