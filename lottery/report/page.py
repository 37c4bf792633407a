"""One self-contained page of everything that was measured: no script, no outside resource, readable on a phone."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gol.errors import InputError
from lottery.report import points as wording
from lottery.report.bars import bar, scale_texts
from lottery.report.points import VERDICTS, Point, by_claim, check_points
from lottery.runs.files import read_bytes, write_bytes

RUN_KEYS = ("preset", "seed", "device", "versions", "seconds", "deviations", "outcome", "command")
OUTCOMES = {
    "solved_at_end": (
        "A network counts as a success if it is certified after its whole, fixed budget of updates "
        "(solved_at_end). Nothing was stopped early."
    ),
    "ever_solved": (
        "A network counts as a success if any check during its training certified it (ever_solved), whether or not "
        "it would still have been right at the end of the budget."
    ),
}


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page.

    Attributes:
        title: its heading.
        caption: what it shows and how to read it, in a sentence or two.
        svg: file that holds it; its content is copied into the page.
        claim: the claim in whose section it stands; None puts it below the table of all points.
    """

    title: str
    caption: str
    svg: Path
    claim: str | None = None


def write_page(points: Sequence[Point], figures: Sequence[PageFigure], run: Mapping[str, Any], path: Path) -> None:
    """Write the report as one HTML file.

    Args:
        points: as in claims.json; besides the keys there, `rule`, `protocol`, `note`, `outcome`, `unit` and
            `quantity` are shown where a point has them.
        figures: in the order in which they shall stand.
        run: what was run: `preset`, `seed`, `device`, `versions` (name to version), `seconds` (of all pieces),
            `deviations` (sentences: where the run departs from the source's protocol), `outcome` (solved_at_end or
            ever_solved) and `command` (what to type to get this page again). Besides, `dates`: a few sentences by
            claim on whether its rule is older than its numbers.
        path: where the page shall be; its folder is made if it is missing.

    Raises:
        InputError: if a point, a figure or the run lacks something that the page shows.
    """
    check_points(points)
    missing = [key for key in RUN_KEYS if key not in run]
    if missing:
        raise InputError(f"the description of the run lacks {', '.join(missing)}")
    if run["outcome"] not in OUTCOMES:
        raise InputError(f"outcome {run['outcome']!r} is none of {', '.join(OUTCOMES)}")
    claims = by_claim(points)
    for figure in figures:
        if figure.claim is not None and figure.claim not in claims:
            raise InputError(f"figure {figure.title!r} belongs to claim {figure.claim!r}, of which there is no point")
        if not figure.svg.is_file():
            raise InputError(f"figure {figure.title!r} is not at {figure.svg}")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    html = environment.get_template("page.html.jinja").render(
        run=run,
        outcome_sentence=OUTCOMES[run["outcome"]],
        claims=claims,
        figures=figures,
        tally=[(verdict, sum(point["verdict"] == verdict for point in points)) for verdict in VERDICTS],
        bar=bar,
        scale_texts=scale_texts,
        distinct=_distinct,
        legends=wording.legends(points),
        dates=run.get("dates", {}),
        data_uri=_data_uri,
        wording=wording,
    )
    write_bytes(path, html.encode())


def _distinct(points: Sequence[Point], key: str) -> list[str]:
    """List what the points say under a key, each once, in order; nothing where they say nothing."""
    return list(dict.fromkeys(point[key] for point in points if point.get(key)))


def _data_uri(svg: Path) -> str:
    # As an image an SVG keeps its ids to itself and can run no script.
    return "data:image/svg+xml;base64," + b64encode(read_bytes(svg)).decode()
