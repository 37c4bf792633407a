"""The figure of `bench.py scale`."""

from pathlib import Path
from typing import Any

from lottery.report.figures import new_figure, save_figure
from lottery.report.style import COLOURS, MARKERS


def draw_scale(rows: list[dict[str, Any]], path: Path) -> None:
    """Throughput against the number of networks, one line per width; written as SVG, PNG and CSV beside each other.

    Args:
        rows: of `bench_train.scale_rows`.
        path: the figure's name; its ending plays no role.
    """
    figure, ax = new_figure()
    widths = sorted({row["width"] for row in rows})
    for place, width in enumerate(widths):
        line = [row for row in rows if row["width"] == width]
        ax.plot(
            [row["replicates"] for row in line],
            [row["updates_per_second"] for row in line],
            color=COLOURS[place % len(COLOURS)],
            marker=MARKERS[place % len(MARKERS)],
            label=f"m = {width}",
        )
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlabel("networks trained together")
    ax.set_ylabel("network updates per second")
    ax.legend(ncols=3, frameon=False)
    names = ("steps", "width", "replicates", "updates_per_second", "peak_megabytes", "gigaflops", "share_of_roof")
    save_figure(figure, [{name: row[name] for name in names} for row in rows], path.parent, path.stem)
