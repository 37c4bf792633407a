"""One Markdown page per claim, and one table of all: what `docs/claims/` holds, written from what was run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lottery.report import points as wording
from lottery.report.page import PageFigure
from lottery.report.points import Point, by_claim, duration_text, expected_text, interval_text, measured_text
from lottery.runs.files import read_bytes, write_bytes


@dataclass(frozen=True)
class Statement:
    """What a page tells of a claim before its results.

    Attributes:
        name: as in `--claims NAME`.
        statement: the claim in one sentence.
        source: who made it.
        protocol: how it is tested, and what the source leaves open.
        rule: how the verdict is reached.
    """

    name: str
    statement: str
    source: str
    protocol: str
    rule: str


def write_claim_pages(
    claims: Sequence[Statement],
    points: Sequence[Point],
    figures: Sequence[PageFigure],
    run: Mapping[str, object],
    folder: Path,
) -> list[Path]:
    """Write `<claim>.md` for every claim that has points, and `README.md` with the table of all.

    Args:
        claims: in the order of the table.
        points: as in claims.json.
        figures: their SVG files are copied into the folder.
        run: as `write_page` takes it: device, versions and the command are told. Besides, `base_command`: a command
            of the same settings that names no claim, to which the page of a claim adds its own.
        folder: where the pages shall lie.

    Returns:
        The paths of the pages.
    """
    found = by_claim(points)
    pages = []
    for claim in claims:
        if claim.name in found:
            drawn = [figure for figure in figures if figure.claim == claim.name]
            for figure in drawn:
                write_bytes(folder / figure.svg.name, read_bytes(figure.svg))
            pages.append(folder / f"{claim.name}.md")
            write_bytes(pages[-1], _page(claim, found[claim.name], drawn, run).encode())
    pages.append(folder / "README.md")
    present = [claim for claim in claims if claim.name in found]
    write_bytes(pages[-1], _overview(present, found, run).encode())
    return pages


def _page(claim: Statement, points: Sequence[Point], figures: Sequence[PageFigure], run: Mapping[str, object]) -> str:
    lines = [f"# {claim.name}: {claim.statement}", ""]
    lines += [
        f"**Source.** {claim.source}",
        "",
        f"**Protocol.** {claim.protocol}",
        "",
        f"**Verdict.** {claim.rule}",
        "",
    ]
    lines += ["| point | expected | measured | 95 % interval | verdict | time |", "|---|---|---|---|---|---|"]
    lines += [_row(point) for point in points]
    for figure in figures:
        lines += ["", f"![{figure.title}]({figure.svg.name})", "", f"*{figure.caption}*"]
    notes = [f"- `{_short(point)}`: {_cell(point['note'])}" for point in points if point.get("note")]
    if notes:
        lines += ["", "## Notes", "", *notes]
    lines += ["", "## Run it", "", f"    {run['base_command']} --claims {claim.name}", ""]
    lines += [_where(run), ""]
    return "\n".join(lines)


def _overview(claims: Sequence[Statement], found: Mapping[str, Sequence[Point]], run: Mapping[str, object]) -> str:
    lines = ["# The claims, one by one", "", f"Made by `{run['command']}`. {_where(run)}", ""]
    for claim in claims:
        lines += [f"## [{claim.name}]({claim.name}.md)", "", claim.statement, ""]
        lines += ["| point | expected | measured | 95 % interval | verdict | time |", "|---|---|---|---|---|---|"]
        lines += [*(_row(point) for point in found[claim.name]), ""]
    return "\n".join(lines)


def _row(point: Point) -> str:
    time = duration_text(point["seconds"])
    cells = (f"`{_short(point)}`", expected_text(point), measured_text(point), interval_text(point))
    return "| " + " | ".join(_cell(cell) for cell in (*cells, wording.verdict_text(point["verdict"]), time)) + " |"


def _short(point: Point) -> str:
    return str(point["id"]).removeprefix(f"{point['claim']}/")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _where(run: Mapping[str, object]) -> str:
    versions = run["versions"]
    assert isinstance(versions, Mapping)  # noqa: S101 - for the type checker
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"On {run['device']}, seed {run['seed']}; {named}. Times are of computing, in seconds or minutes per point."
