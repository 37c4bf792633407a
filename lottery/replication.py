"""A run of the replication: which pieces it needs, its folder, and turning their outcomes into the report."""

import logging
import os
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gol.errors import DamagedError, InputError
from lottery.claims import CLAIMS
from lottery.claims.frame.claim import Claim, Point
from lottery.claims.frame.plan import TRAINING_DEFAULTS, Plan, deviations, plan_from, typed_options
from lottery.experiments.rows import COLUMNS, rows_of
from lottery.ledger.account import TABLE as LEDGER_TABLE
from lottery.ledger.account import Entry, Total, entry_of, totals
from lottery.ledger.account import write_table as write_ledger
from lottery.ledger.factors import Factors
from lottery.ledger.page import HEADS, explanation, sentence
from lottery.ledger.page import rows as ledger_rows
from lottery.report.dates import Dates
from lottery.report.markdown_pages import write_claim_pages
from lottery.report.page import write_page
from lottery.report.points_table import NAME as POINTS_TABLE
from lottery.report.points_table import write_points_table
from lottery.report.readme import write_readme
from lottery.report.statement import Statement
from lottery.runs import pieces, session
from lottery.runs.archive import archive_pieces
from lottery.runs.crate import NAME as CRATE
from lottery.runs.crate import write_crate
from lottery.runs.files import adding, clean_temporaries, read_json, set_aside, write_json, writing
from lottery.runs.locks import owned
from lottery.runs.manifests import date_of, made_on
from lottery.runs.outputs import make_folder
from lottery.runs.pieces import Outcomes, Piece
from lottery.runs.tables import write_tables

log = logging.getLogger(__name__)


def needed_pieces(claims: Sequence[type[Claim]], plan: Plan) -> list[Piece]:
    """All pieces of some claims, each once: claims may share them."""
    return list({piece.name: piece for claim in claims for piece in claim(plan).needed()}.values())


def open_folder(out: Path, plan: Plan) -> Path:
    """Make or reopen a run's folder; returns the folder of its pieces.

    Raises:
        InputError: where the folder belongs to a run with other settings, or cannot take a run.
        WriteError: where it cannot be made.
    """
    files = ("run.json", "claims.json", POINTS_TABLE, LEDGER_TABLE, "index.html", CRATE)
    make_folder(out, "--out", files=files, folders=("pieces", "figures"))
    root = out / "pieces"
    with writing(out):
        root.mkdir(parents=True, exist_ok=True)
    for folder in (out, out / "figures"):
        clean_temporaries(folder)
    settings = plan.stored()
    with owned(out / ".run.json.lock", wait=True):
        found = _stored_settings(out / "run.json", settings)
    if found != settings:
        was = _differences(found, settings) if isinstance(found, dict) else "unreadable"
        raise InputError(f"{out} holds a run with other settings ({was}): choose another --out.")
    return root


def _differences(found: dict[str, Any], settings: dict[str, Any]) -> str:
    """In which settings a run's folder differs from a plan; those that are not stored have their defaults."""
    theirs, ours = TRAINING_DEFAULTS | found, TRAINING_DEFAULTS | settings
    different = [name for name in {**ours, **theirs} if theirs.get(name) != ours.get(name)]
    return "; ".join(f"{name} {theirs.get(name)}, not {ours.get(name)}" for name in different[:3])


def _stored_settings(stored: Path, settings: dict[str, Any]) -> Any:
    """The settings in a run's folder; these are written where there are none, or damaged ones."""
    if os.path.lexists(stored):
        try:
            return read_json(stored)
        except DamagedError as error:  # every piece is named by its settings, so no runs can be mixed up
            set_aside(stored, error)
    write_json(stored, settings)
    return settings


@adding("Every finished piece is kept, and the same command writes the report again.")
def report(
    out: Path,
    plan: Plan,
    preset: str,
    results: dict[str, Outcomes],
    pages: Path | None = None,
    readme: Path | None = None,
    data: Path | None = None,
) -> list[Point]:
    """Write claims.json, the figures and index.html of every claim whose pieces are all there; returns the points.

    Args:
        out: the run's folder.
        plan: what was run.
        preset: its name.
        results: outcomes by the pieces' names.
        pages: also write one Markdown page per claim to this folder.
        readme: also write the answers and the table of results into this README.
        data: also write one row per network to results.csv and results.parquet in this folder.
    """
    points: list[Point] = []
    figures = []
    stated = []
    of_claims: dict[str, list[Piece]] = {}
    for claim in CLAIMS.values():
        found = claim(plan, results)
        if all(piece.name in results for piece in found.needed()):
            measured = list(found.points())
            points += measured
            figures += found.drawn(out / "figures")
            stated.append(stated_with_dates(found, out / "pieces", measured))
            of_claims[claim.name] = found.needed()
    write_json(out / "claims.json", points)
    write_points_table(points, out / POINTS_TABLE)
    description = {
        "preset": preset,
        "seed": plan.seed,
        "device": session.device_name(),
        "versions": session.versions(),
        "seconds": sum(outcomes["seconds"] for outcomes in results.values()),
        "deviations": deviations(plan),
        "outcome": "solved_at_end",
        "data": {
            "claims.json": "all points as JSON",
            POINTS_TABLE: "as a table",
            LEDGER_TABLE: "what every piece cost",
        },
        "ledger": ledger(of_claims, results, out),
        **_commands(preset, plan, [claim.name for claim in stated], out, pages),
    }
    write_page(stated, points, figures, description, out / "index.html")
    if data is not None:
        write_tables(data, network_rows(plan, results), COLUMNS)
    write_crate(out, sorted(results))
    if pages is not None:
        clean_temporaries(pages)
        write_claim_pages(stated, points, figures, description, pages)
    if readme is not None:
        write_readme(readme, points)
    return points


def costs(
    of_claims: Mapping[str, Sequence[Piece]],
    results: Mapping[str, Outcomes],
    root: Path,
    factors: Factors | None = None,
) -> tuple[dict[str, Entry], list[Total]]:
    """What every piece cost, by its name, and the totals of claims and of all.

    Args:
        of_claims: pieces by claim.
        results: outcomes by the pieces' names.
        root: the folder of all pieces.
        factors: assumptions where nothing was counted; by default ours.
    """
    needed = {piece.name: piece for needs in of_claims.values() for piece in needs}
    entries = {name: entry_of(piece, results[name], root, factors) for name, piece in needed.items()}
    return entries, totals({claim: [piece.name for piece in needs] for claim, needs in of_claims.items()}, entries)


def costs_of_folder(out: Path, factors: Factors | None = None) -> list[Total]:
    """The totals of a run's folder, of those claims whose pieces are all there.

    Args:
        out: the run's folder.
        factors: assumptions where nothing was counted; by default ours.

    Raises:
        InputError: where it is no folder of a run, or no claim is finished.
    """
    if not (out / "run.json").is_file():
        raise InputError(f"{out} is no folder of a run: it has no run.json.")
    plan = plan_from(read_json(out / "run.json"))
    results = finished(plan, out / "pieces")
    needs = {name: claim(plan).needed() for name, claim in CLAIMS.items()}
    of_claims = {name: found for name, found in needs.items() if all(piece.name in results for piece in found)}
    if not of_claims:
        raise InputError(f"{out} has no claim that is finished: run it on first.")
    return costs(of_claims, results, out / "pieces", factors)[1]


def ledger(of_claims: Mapping[str, Sequence[Piece]], results: Mapping[str, Outcomes], out: Path) -> dict[str, Any]:
    """Write what every piece cost beside the report; returns what the page shows of it.

    Args:
        of_claims: pieces by claim.
        results: outcomes by the pieces' names.
        out: the run's folder.
    """
    entries, summed = costs(of_claims, results, out / "pieces")
    write_ledger(out / LEDGER_TABLE, entries.values())
    words = explanation(summed, Factors())
    return {"total": sentence(summed[-1]), "heads": HEADS, "rows": ledger_rows(summed), "words": words}


def network_rows(plan: Plan, results: Mapping[str, Outcomes]) -> list[dict[str, Any]]:
    """One row per network of all pieces that are finished, as `lottery.experiments.rows.COLUMNS` says.

    Args:
        plan: what was run.
        results: outcomes by the pieces' names.
    """
    pieces_by_name: dict[str, Piece] = {}
    users: dict[str, list[str]] = {}
    for claim in CLAIMS.values():
        for piece in claim(plan, results).needed():
            pieces_by_name[piece.name] = piece
            users.setdefault(piece.name, []).append(claim.name)
    return [
        row | {"claim": " ".join(users[name])}
        for name, piece in pieces_by_name.items()
        if name in results
        for row in rows_of(piece, results[name])
    ]


def stated_with_dates(claim: Claim, root: Path, points: Sequence[Point] = ()) -> Statement:
    """The words of a claim, and when its rule and its outcomes were made, where the claim says the former.

    Args:
        claim: under the plan of the run.
        root: the folder of all pieces.
        points: of the claim, which its answer tells of.
    """
    outcomes = {piece.name: date_of(root / piece.name) for piece in claim.needed()}
    dates = None if claim.fixed is None else Dates(claim.fixed, outcomes)
    said = (claim.asked, claim.answered(points), claim.statement, claim.source, claim.protocol, claim.rule)
    devices = Counter(made_on(root / piece.name) or "not recorded" for piece in claim.needed())
    return Statement(claim.name, *said, dates, devices)


def _commands(preset: str, plan: Plan, reported: Sequence[str], out: Path, pages: Path | None) -> dict[str, str]:
    """What to type for the whole report, and for the numbers of one claim when its name is added.

    Neither is what was typed: the folder may hold claims of earlier calls, and others that needed nothing of their own.
    """
    settings = ["python", "scripts/replicate.py", *typed_options(preset, plan)]
    claims = ["all"] if len(reported) == len(CLAIMS) else reported
    written = ["--out", str(out), *(["--pages", str(pages)] if pages else [])]
    return {
        "base_command": shlex.join(settings),
        "command": shlex.join([*settings, *(["--claims", *claims] if claims else []), *written]),
    }


def archive(run: Path, reference: Path) -> list[str]:
    """Bring a reference up to date with a run: the outcomes that its report is made from, compressed, without weights.

    Args:
        run: the folder of a run with the reference's settings.
        reference: a folder with a `run.json`, whose plan says which pieces are wanted.

    Returns:
        The names of the pieces that are wanted and lie in neither.

    Raises:
        InputError: where the reference has no `run.json`, or a piece of the run is damaged.
        WriteError: where the system refuses.
    """
    wanted = needed_pieces(list(CLAIMS.values()), plan_from(read_json(reference / "run.json")))
    return archive_pieces({piece.name for piece in wanted}, run / "pieces", reference / "pieces")


def finished(plan: Plan, root: Path) -> dict[str, Outcomes]:
    """Outcomes of every piece of every claim that an earlier call has finished; what is damaged is named, not used."""
    results = {}
    for piece in needed_pieces(list(CLAIMS.values()), plan):
        try:
            if pieces.is_done(piece, root):
                results[piece.name] = pieces.load(piece, root)
        except DamagedError as error:
            words = str(error).removesuffix(".")
            log.warning("%s; the report leaves its claims out until --claims has one of them computed again.", words)
    return results
