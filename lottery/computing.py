"""Computing the pieces of a run: how long it may take on this machine, and how far it is while it runs."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from gol.errors import DamagedError
from lottery.benchmarks.training_speed import reference_ratio
from lottery.experiments import KINDS
from lottery.ledger.record import metered
from lottery.report.points import duration_text
from lottery.runs import pieces, session
from lottery.runs.files import adding
from lottery.runs.locks import SECONDS_BETWEEN, BusyError
from lottery.runs.pieces import OnProgress, Outcomes, Piece, Run

MEASURED_FROM = {1: 20.0, 2: 600.0}
"""Estimated seconds of one-step networks, and of others, from which it is worth measuring this machine's speed."""

SECONDS_TRUSTED = 30.0  # after which time that was measured counts more than the estimate
SECONDS_BETWEEN_LINES = 30.0  # of progress, where it goes to a file


@dataclass(frozen=True)
class Forecast:
    """How long the pieces of a run may take.

    Attributes:
        seconds: by piece; 0 for one that is finished.
        measured: whether this machine's speed was measured; else they are the reference machine's seconds.
    """

    seconds: Mapping[str, float]
    measured: bool

    @property
    def total(self) -> float:
        """Seconds of all pieces together."""
        return sum(self.seconds.values(), 0.0)

    def described(self, needed: Sequence[Piece]) -> dict[str, Any]:
        """The plan as plain JSON values.

        Args:
            needed: the pieces.
        """
        return {
            "device": session.device_name(),
            "measured_on_this_machine": self.measured,
            "seconds": self.total,
            "pieces": [
                {"name": piece.name, "network_updates": piece.updates, "seconds": self.seconds[piece.name]}
                for piece in needed
            ],
        }

    @property
    def sentence(self) -> str:
        """How long the run may take, and what that is known from."""
        if not self.total:
            return "All of it is finished."
        known = "measured on this machine just now" if self.measured else "on two cores like the reference machine's"
        return f"About {duration_text(self.total)}, {known}: {session.device_name()}."


def forecast(needed: Sequence[Piece], root: Path) -> Forecast:
    """Estimate how long the pieces take that are not finished, from this machine's speed where they take minutes.

    Measuring takes a few seconds. One-step networks are measured apart from those that look further ahead.

    Args:
        needed: the pieces of a run.
        root: the folder of all pieces, which need not be there.
    """
    todo = {piece.name: piece for piece in needed if not pieces.is_done(piece, root)}
    seconds = {piece.name: 0.0 for piece in needed} | {name: float(piece.seconds) for name, piece in todo.items()}
    measured = False
    for steps, least in MEASURED_FROM.items():
        of_steps = [name for name, piece in todo.items() if _steps(piece) == steps]
        if sum(seconds[name] for name in of_steps) >= least:
            ratio, measured = reference_ratio(steps), True
            seconds |= {name: seconds[name] * ratio for name in of_steps}
    return Forecast(seconds, measured)


def _steps(piece: Piece) -> int:
    """1 for pieces of networks that look one step ahead, 2 for all that look further."""
    return min(2, piece.settings.get("network", {}).get("steps", 1))


def show_plan(console: Console, needed: Sequence[Piece], expected: Forecast, departures: Sequence[str] = ()) -> None:
    """Print what will be computed, how long it may take, and where it departs from the papers' protocols.

    Args:
        console: where to print.
        needed: the pieces.
        expected: of them.
        departures: sentences.
    """
    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("piece", overflow="fold")
    table.add_column("network updates", justify="right", no_wrap=True)
    table.add_column("estimate", justify="right", no_wrap=True)
    for piece in needed:
        seconds = expected.seconds[piece.name]
        updates = f"{piece.updates:,}" if piece.updates else "–"
        table.add_row(piece.name, updates, duration_text(seconds) if seconds else "done")
    console.print(table)
    console.print(expected.sentence, highlight=False)
    for sentence in departures:
        console.print(f"Deviation from the protocol: {sentence}", highlight=False)


def compute_all(
    console: Console, needed: Sequence[Piece], root: Path, expected: Forecast | None = None
) -> dict[str, Outcomes]:
    """Compute what is not there yet, and say meanwhile what is left; returns all outcomes by piece name.

    Pieces that another process computes are left to it: we take others, and wait for them when none is left.

    Args:
        console: where progress is shown: a bar on a terminal, lines with the time elsewhere.
        needed: the pieces.
        root: the folder of all pieces.
        expected: how long they may take; by default what they say of themselves.

    Raises:
        WriteError: where the disk is full or the system refuses, with the number of pieces that are finished.
    """
    results = {piece.name: found for piece in needed if (found := _sound(piece, root)) is not None}
    todo = [piece for piece in needed if piece.name not in results]
    # What is finished takes no time, unless it is damaged: then it is computed again.
    foreseen = {piece.name: float((expected and expected.seconds[piece.name]) or piece.seconds) for piece in todo}
    with _progress(console, foreseen) as progress:
        waiting: list[Piece] = []
        while todo:
            busy = []
            for piece in todo:
                try:
                    with adding(f"{len(results)} of {len(needed)} pieces are finished."):
                        run = metered(piece, _announced(KINDS[piece.kind]))
                        teller = progress.teller(piece)
                        results[piece.name] = pieces.compute(piece, root, {piece.kind: run}, teller, wait=False)
                except BusyError:
                    busy.append(piece)
                    continue
                progress.finish(piece, results[piece.name]["seconds"])
            if busy == todo:
                if busy != waiting:
                    others = ", ".join(f"{piece.name} ({pieces.owner(piece, root)})" for piece in busy)
                    console.print(
                        f"Waiting for what other processes compute: {others}.", highlight=False, soft_wrap=True
                    )
                    waiting = busy
                time.sleep(SECONDS_BETWEEN)
            todo = busy
    return results


def _announced(run: Run) -> Run:
    """The same, that says of itself that it begins: a piece may compile for long before it says anything."""

    def announced(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
        on_progress(0.0, "starting")
        return run(settings, folder, on_progress)

    return announced


def _sound(piece: Piece, root: Path) -> Outcomes | None:
    """The outcomes of a finished piece; None where it is not finished, or damaged, which `compute` mends."""
    with suppress(DamagedError):
        if pieces.is_done(piece, root):
            return pieces.load(piece, root)
    return None


@dataclass
class Clock:
    """How far a run is, and how much longer it takes: by the estimate at first, by what was measured later.

    Attributes:
        total: estimated seconds of all that is computed.
        done: of them those of finished pieces.
    """

    total: float
    done: float = 0.0

    def left(self, at: float, elapsed: float) -> float:
        """Seconds that are left.

        Args:
            at: how far the run is, in estimated seconds.
            elapsed: seconds since it began.
        """
        return (self.total - at) * (elapsed + SECONDS_TRUSTED) / (at + SECONDS_TRUSTED)


class _Shown:
    """What is told of a run while it computes; a subclass shows it."""

    def __init__(self, console: Console, foreseen: Mapping[str, float]) -> None:
        """Take the estimated seconds of every piece that is computed."""
        self.console, self.foreseen = console, foreseen
        self.clock, self.started = Clock(sum(foreseen.values(), 0.0)), time.monotonic()

    def teller(self, piece: Piece) -> OnProgress:
        """A function that a piece tells how far it is."""

        def tell(share: float, words: str) -> None:
            self.show(f"{piece.label}: {words}", self.clock.done + share * self.foreseen[piece.name])

        return tell

    def finish(self, piece: Piece, seconds: float | int) -> None:
        """Count a piece as done, and say how long it took."""
        self.clock.done += self.foreseen[piece.name]
        self.console.print(f"[green]✓[/] {self.stamp()}{piece.name}  {duration_text(seconds)}", highlight=False)
        self.show(f"{piece.label}: done", self.clock.done)

    def left(self, at: float) -> str:
        """How much longer it takes, in words."""
        return f"{duration_text(self.clock.left(at, time.monotonic() - self.started))} left"

    def stamp(self) -> str:
        """What a line begins with."""
        return ""

    def show(self, words: str, at: float) -> None:
        """Show what is computed now, and how far the run is in estimated seconds."""
        raise NotImplementedError


class _Bar(_Shown):
    """A bar at the bottom of a terminal."""

    def __init__(self, console: Console, foreseen: Mapping[str, float], bar: Progress, task: TaskID) -> None:
        """Take the bar's own task."""
        super().__init__(console, foreseen)
        self.bar, self.task = bar, task

    def show(self, words: str, at: float) -> None:
        self.bar.update(self.task, description=words, completed=at, left=self.left(at))


class _Lines(_Shown):
    """Lines with the time, some way apart: for a file, where no bar can move."""

    last = float("-inf")

    def show(self, words: str, at: float) -> None:
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_LINES and at < self.clock.total:
            self.last = now
            share = f"{at / self.clock.total:.0%}".replace("%", " %")
            self.console.print(
                f"{self.stamp()}{share} done, {self.left(at)}; {words}", highlight=False, markup=False, soft_wrap=True
            )

    def stamp(self) -> str:
        return f"{datetime.now().astimezone():%H:%M:%S} "


@contextmanager
def _progress(console: Console, foreseen: Mapping[str, float]) -> Iterator[_Shown]:
    """Progress as a bar on a terminal, and as lines elsewhere."""
    if not console.is_terminal:
        yield _Lines(console, foreseen)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console) as bar:
        # No piece at all is a bar of nothing, which is full.
        task = bar.add_task("starting", total=sum(foreseen.values()), left="")
        yield _Bar(console, foreseen, bar, task)
