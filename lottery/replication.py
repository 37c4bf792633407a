"""A run of the replication: which pieces it needs, computing them, and turning their outcomes into the report."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from gol.errors import InputError
from lottery import pieces, session
from lottery.claims import CLAIMS, KINDS
from lottery.claims.claim import Claim, Point
from lottery.outputs import make_folder
from lottery.pieces import Outcomes, Piece
from lottery.presets import Plan, deviations
from lottery.report.claim_pages import Statement, write_claim_pages
from lottery.report.page import write_page
from lottery.report.points import duration_text
from lottery.storage import read_json, write_json


def needed_pieces(claims: Sequence[Claim], plan: Plan) -> list[Piece]:
    """All pieces of some claims, each once: claims may share them."""
    return list({piece.name: piece for claim in claims for piece in claim.pieces(plan)}.values())


def open_folder(out: Path, plan: Plan) -> Path:
    """Make or reopen a run's folder; returns the folder of its pieces.

    Raises:
        InputError: where the folder belongs to a run with other settings, or cannot take a run.
    """
    make_folder(out, "--out", files=("run.json", "claims.json", "index.html"), folders=("pieces", "figures"))
    stored = out / "run.json"
    settings = _as_json(plan)
    if stored.exists():
        found = read_json(stored)
        if found != settings:
            different = [name for name in settings if not isinstance(found, dict) or found.get(name) != settings[name]]
            was = (
                "; ".join(f"{name} {found.get(name)}, not {settings[name]}" for name in different[:3])
                if isinstance(found, dict)
                else "unreadable"
            )
            raise InputError(f"{out} holds a run with other settings ({was}): choose another --out.")
    else:
        write_json(stored, settings)
    root = out / "pieces"
    root.mkdir(parents=True, exist_ok=True)
    return root


def _as_json(plan: Plan) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(plan).items()}


def show_plan(console: Console, needed: Sequence[Piece], root: Path, departures: Sequence[str]) -> None:
    """Print what will be computed, how long it may take, and where it departs from the papers' protocols."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("piece")
    table.add_column("network updates", justify="right")
    table.add_column("estimate", justify="right")
    left = 0.0
    for piece in needed:
        done = pieces.is_done(piece, root)
        left += 0 if done else piece.seconds
        table.add_row(
            piece.name, f"{piece.updates:,}" if piece.updates else "–", "done" if done else duration_text(piece.seconds)
        )
    console.print(table)
    console.print(f"About {duration_text(left)} on two cores like the reference machine's; on {session.device_name()}.")
    for sentence in departures:
        console.print(f"Deviation from the protocol: {sentence}", highlight=False)


def compute_all(console: Console, needed: Sequence[Piece], root: Path) -> dict[str, Outcomes]:
    """Compute what is not there yet, with a bar that says what is left; returns all outcomes by piece name."""
    results = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    todo = [piece for piece in needed if not pieces.is_done(piece, root)]
    with Progress(*columns, console=console) as bar:
        total = sum(piece.seconds for piece in todo) or 1.0
        task = bar.add_task("all done", total=total, left="")
        done, started = 0.0, time.monotonic()
        for piece in needed:
            if pieces.is_done(piece, root):
                results[piece.name] = pieces.load(piece, root)
                continue

            def on_progress(share: float, words: str, piece: Piece = piece, done: float = done) -> None:
                at = done + share * piece.seconds
                elapsed = time.monotonic() - started
                left = duration_text(elapsed * (total - at) / at) + " left" if elapsed > 5 and at > 0 else ""
                bar.update(task, description=f"{piece.label}: {words}", completed=at, left=left)

            results[piece.name] = pieces.compute(piece, root, KINDS, on_progress)
            done += piece.seconds
            bar.update(task, description=piece.label, completed=done)
            console.print(f"[green]✓[/] {piece.name}  {duration_text(results[piece.name]['seconds'])}", highlight=False)
    return results


def report(
    out: Path, plan: Plan, preset: str, command: str, results: dict[str, Outcomes], pages: Path | None = None
) -> list[Point]:
    """Write claims.json, the figures and index.html of every claim whose pieces are all there; returns the points.

    Args:
        out: the run's folder.
        plan: what was run.
        preset: its name.
        command: what to type to get the report again.
        results: outcomes by the pieces' names.
        pages: also write one Markdown page per claim to this folder.
    """
    points: list[Point] = []
    figures = []
    for claim in CLAIMS.values():
        if all(piece.name in results for piece in claim.pieces(plan)):
            points += claim.points(plan, results)
            figures += claim.figures(plan, results, out / "figures")
    write_json(out / "claims.json", points)
    description = {
        "preset": preset,
        "seed": plan.seed,
        "device": session.device_name(),
        "versions": session.versions(),
        "seconds": sum(outcomes["seconds"] for outcomes in results.values()),
        "deviations": deviations(plan),
        "outcome": "solved_at_end",
        "command": command,
    }
    write_page(points, figures, description, out / "index.html")
    if pages is not None:
        stated = [Statement(c.name, c.statement, c.source, c.protocol, c.rule) for c in CLAIMS.values()]
        write_claim_pages(stated, points, figures, description, pages)
    return points


def finished(plan: Plan, root: Path) -> dict[str, Outcomes]:
    """Outcomes of every piece of every claim that an earlier call has finished."""
    return {
        piece.name: pieces.load(piece, root)
        for piece in needed_pieces(list(CLAIMS.values()), plan)
        if pieces.is_done(piece, root)
    }
