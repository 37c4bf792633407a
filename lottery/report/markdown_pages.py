"""One Markdown page per claim, and one row of each in a table: what `docs/claims/` holds, written from what was run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from lottery.report import points as wording
from lottery.report.page import PageFigure
from lottery.report.points import Point, by_claim, duration_text, expected_text, interval_text, measured_text, short_id
from lottery.report.statement import Statement
from lottery.runs.files import read_bytes, write_bytes

OF_VERDICTS = (
    "Verdicts are those of all rows of a claim that are judged; where these differ, their numbers stand. The page of a "
    "question has every row, its rule and its figures."
)
OF_DATES = (
    "Rule first: whether the rule was committed before the outcomes that stand here were finished or, where only that "
    "date was kept, committed. Earlier runs of some questions had been seen when their rules were fixed; "
    "docs/method.md names them. Claims without a verdict have no date."
)


def write_claim_pages(
    claims: Sequence[Statement],
    points: Sequence[Point],
    figures: Sequence[PageFigure],
    run: Mapping[str, object],
    folder: Path,
) -> list[Path]:
    """Write `<claim>.md` for every claim that has points, and `README.md` with one row of each.

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
    lines = [f"# {claim.question}", "", f"**What we found.** {claim.found}", ""]
    lines += [line for figure in figures[:1] for line in _drawn(figure)]
    lines += _table(wording.judged(points))
    lines += [line for text in wording.legends(points) for line in (text, "")]
    facts = {"Claim": claim.statement, "Source": claim.source, "Protocol": claim.protocol, "Rule": claim.rule}
    facts |= {"Dates": claim.dates.words} if claim.dates else {}
    facts |= {"Devices": claim.computed} if claim.computed else {}
    lines += ["## How it was tested", ""]
    lines += [line for name, text in facts.items() for line in (f"**{name}.** {text}", "")]
    if fresh := [point for point in points if point["verdict"] == "new"]:
        lines += ["## Measured without a verdict", "", *_table(fresh)]
    lines += [line for figure in figures[1:] for line in _drawn(figure)]
    notes = [f"- {', '.join(f'`{name}`' for name in of)}: {_cell(note)}" for note, of in wording.notes(points).items()]
    if notes:
        lines += ["## Notes", "", *notes, ""]
    lines += ["## Run it", "", f"    {run['base_command']} --claims {claim.name}", ""]
    lines += [_where(run), ""]
    return "\n".join(lines)


def _drawn(figure: PageFigure) -> list[str]:
    return [f"![{figure.title}]({figure.svg.name})", "", f"*{figure.caption}*", ""]


def _overview(claims: Sequence[Statement], found: Mapping[str, Sequence[Point]], run: Mapping[str, object]) -> str:
    lines = ["# The questions, one by one", ""]
    rows = [
        (f"[{claim.question}]({claim.name}.md)", claim.found, wording.verdicts_text(found[claim.name]))
        for claim in claims
    ]
    lines += [*grid(("question", "what we found", "verdict"), rows), "", OF_VERDICTS, ""]
    if dates := _dates(claims):
        lines += ["## Which rules are older than their numbers", "", *dates, "", OF_DATES, ""]
    lines += [f"Made by `{run['command']}`. {_where(run)}", ""]
    return "\n".join(lines)


def _dates(claims: Sequence[Statement]) -> list[str]:
    """Of every claim, whether its rule is older than its numbers."""
    rows = [
        (f"[{claim.name}]({claim.name}.md)", claim.dates.fixed, *claim.dates.span, claim.dates.older)
        for claim in claims
        if claim.dates is not None
    ]
    return grid(("claim", "rule fixed (UTC)", "first outcome", "last outcome", "rule first"), rows) if rows else []


def _table(points: Sequence[Point]) -> list[str]:
    """Some points of a claim, with only those columns that one of them fills."""
    columns: dict[str, Callable[[Point], str]] = {
        "what": _named,
        "expected": expected_text,
        "measured": measured_text,
        "95 % interval": interval_text,
        "p, corrected": wording.p_text,
        "verdict": lambda point: wording.verdict_text(point["verdict"]),
        "time": lambda point: duration_text(point["seconds"]),
    }
    empty = {"expected": "–", "p, corrected": "", "95 % interval": "", "verdict": "+ new", "time": "–"}
    for name, nothing in empty.items():
        if name in columns and all(columns[name](point) == nothing for point in points):
            del columns[name]
    return [*grid(columns, [[text(point) for text in columns.values()] for point in points]), ""] if points else []


def _named(point: Point) -> str:
    """What a point measures in words, and its name for whoever looks for it in claims.json."""
    return f"{point['label']} (`{short_id(point)}`)" if point.get("label") else f"`{short_id(point)}`"


def grid(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a table in Markdown.

    Args:
        columns: their names.
        rows: of cells.
    """
    heads = list(columns)
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in (heads, *rows)]
    return [lines[0], "|" + "---|" * len(heads), *lines[1:]]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _where(run: Mapping[str, object]) -> str:
    versions = run["versions"]
    assert isinstance(versions, Mapping)  # noqa: S101 - for the type checker
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"Page written with {named}; seed {run['seed']}. Times are of computing, in seconds or minutes per point."
