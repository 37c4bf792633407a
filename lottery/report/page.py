"""One self-contained page of what was found: no script, no outside resource, readable on a phone and on paper."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gol.errors import InputError
from lottery.report import points as wording
from lottery.report.bars import bar, scale_texts
from lottery.report.figures.style import DARK_RULES
from lottery.report.inline_svg import inline_svg
from lottery.report.points import Point, by_claim, check_points
from lottery.report.statement import Statement
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
        claim: that it belongs to; the first figure of a claim stands below its answer.
    """

    title: str
    caption: str
    svg: Path
    claim: str


def write_page(
    claims: Sequence[Statement],
    points: Sequence[Point],
    figures: Sequence[PageFigure],
    run: Mapping[str, Any],
    path: Path,
) -> None:
    """Write the report as one HTML file: questions with their answers and figures, then the table of verdicts.

    Args:
        claims: in the order of the page; those without points are left out.
        points: as in claims.json; besides the keys there, `label`, `note`, `outcome`, `unit` and `quantity` are shown
            where a point has them.
        figures: in the order in which they shall stand.
        run: what was run: `preset`, `seed`, `device`, `versions` (name to version), `seconds` (of all pieces),
            `deviations` (sentences: where the run departs from the source's protocol), `outcome` (solved_at_end or
            ever_solved) and `command` (what to type to get this page again). Besides, `data`: the files that lie
            beside the page, and what each holds.
        path: where the page shall be; its folder is made if it is missing.

    Raises:
        InputError: if a point, a figure or the run lacks something that the page shows.
    """
    check_points(points)
    _check_run(run)
    found = by_claim(points)
    if unknown := [name for name in found if name not in {claim.name for claim in claims}]:
        raise InputError(f"there are points of claim {unknown[0]!r}, of which nothing is stated")
    for figure in figures:
        if figure.claim not in found:
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
    environment.filters["code"] = _with_code
    html = environment.get_template("page.html.jinja").render(
        run=run,
        data=run.get("data", {}),
        outcome_sentence=OUTCOMES[run["outcome"]],
        claims=[claim for claim in claims if claim.name in found],
        found=found,
        figures=figures,
        bar=bar,
        scale_texts=scale_texts,
        legends=wording.legends(points),
        drawn=_drawn,
        beside=lambda svg: _beside(svg, path.parent),
        dark_rules=Markup(DARK_RULES),  # noqa: S704 - our own constant
        wording=wording,
    )
    write_bytes(path, html.encode())


def _check_run(run: Mapping[str, Any]) -> None:
    missing = [key for key in RUN_KEYS if key not in run]
    if missing:
        raise InputError(f"the description of the run lacks {', '.join(missing)}")
    if run["outcome"] not in OUTCOMES:
        raise InputError(f"outcome {run['outcome']!r} is none of {', '.join(OUTCOMES)}")


def _with_code(text: str) -> Markup:
    """A text with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def _drawn(figure: PageFigure) -> Markup:
    svg = read_bytes(figure.svg).decode()
    return inline_svg(svg, figure.svg.stem, f"{figure.title}. {figure.caption}")


def _beside(svg: Path, folder: Path) -> str | None:
    """Where the numbers behind a figure lie, as a link of the page; None where they do not lie beside it."""
    numbers = svg.with_suffix(".csv")
    return numbers.relative_to(folder).as_posix() if numbers.is_relative_to(folder) and numbers.is_file() else None
