"""One Markdown page per claim, and one table of all: what `docs/claims/` holds, written from what was run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lottery.report import points as wording
from lottery.report.dates import Dates
from lottery.report.page import PageFigure
from lottery.report.points import Point, by_claim, duration_text, expected_text, interval_text, measured_text
from lottery.runs.files import read_bytes, write_bytes

OF_DATES = (
    "Rule first: whether the rule was committed before the outcomes that stand here were finished or, where only that "
    "date was kept, committed. Earlier runs of some questions had been seen when their rules were fixed; "
    "docs/method.md names them. Claims without a verdict have no date."
)


@dataclass(frozen=True)
class Statement:
    """What a page tells of a claim before its results.

    Attributes:
        name: as in `--claims NAME`.
        statement: the claim in one sentence.
        source: who made it.
        protocol: how it is tested, and what the source leaves open.
        rule: how the verdict is reached.
        dates: of the rule and of its outcomes, where they are known.
    """

    name: str
    statement: str
    source: str
    protocol: str
    rule: str
    dates: Dates | None = None


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
    lines += [f"**Dates.** {claim.dates.words}", ""] if claim.dates else []
    lines += _table(points)
    lines += [line for text in wording.legends(points) for line in ("", text)]
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
    if dates := _dates(claims):
        lines += [*dates, "", OF_DATES, ""]
    everything = [point for points in found.values() for point in points]
    lines += [line for text in wording.legends(everything) for line in (text, "")]
    for claim in claims:
        lines += [f"## [{claim.name}]({claim.name}.md)", "", claim.statement, "", *_table(found[claim.name]), ""]
    return "\n".join(lines)


def _dates(claims: Sequence[Statement]) -> list[str]:
    """Of every claim, whether its rule is older than its numbers."""
    rows = [
        (f"[{claim.name}]({claim.name}.md)", claim.dates.fixed, *claim.dates.span, claim.dates.older)
        for claim in claims
        if claim.dates is not None
    ]
    return _grid(("claim", "rule fixed (UTC)", "first outcome", "last outcome", "rule first"), rows) if rows else []


def _table(points: Sequence[Point]) -> list[str]:
    """The points of a claim, with a column of p-values where one of them has one."""
    columns: dict[str, Callable[[Point], str]] = {
        "point": lambda point: f"`{_short(point)}`",
        "expected": expected_text,
        "measured": measured_text,
        "95 % interval": interval_text,
        "p, corrected": wording.p_text,
        "verdict": lambda point: wording.verdict_text(point["verdict"]),
        "time": lambda point: duration_text(point["seconds"]),
    }
    if not any(wording.p_text(point) for point in points):
        del columns["p, corrected"]
    return _grid(columns, [[text(point) for text in columns.values()] for point in points])


def _grid(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A table in Markdown."""
    heads = list(columns)
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in (heads, *rows)]
    return [lines[0], "|" + "---|" * len(heads), *lines[1:]]


def _short(point: Point) -> str:
    return str(point["id"]).removeprefix(f"{point['claim']}/")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _where(run: Mapping[str, object]) -> str:
    versions = run["versions"]
    assert isinstance(versions, Mapping)  # noqa: S101 - for the type checker
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"On {run['device']}, seed {run['seed']}; {named}. Times are of computing, in seconds or minutes per point."
