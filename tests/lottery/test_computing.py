"""How long a run may take, and how far it is."""

import io
import re

import pytest
from rich.console import Console

from lottery import computing
from lottery.computing import Clock, Forecast, forecast
from lottery.runs.pieces import Piece


def piece(name, seconds, steps=1):
    return Piece(name, "toy", {"network": {"steps": steps}, "name": name}, 1000, seconds)


@pytest.fixture
def slow(monkeypatch):
    """A machine three times as slow as the reference for one step, and five times for more; what was measured."""
    measured = []
    monkeypatch.setattr(computing, "reference_ratio", lambda steps: measured.append(steps) or {1: 3.0, 2: 5.0}[steps])
    return measured


def test_minutes_of_work_are_estimated_from_the_speed_of_this_machine(slow, tmp_path):
    needed = [piece("a", 100.0), piece("b", 20.0), piece("deep", 700.0, steps=4)]
    found = forecast(needed, tmp_path)
    assert (found.total, found.measured, slow) == (3 * 120 + 5 * 700, True, [1, 2])
    assert "1 h 04 min, measured on this machine just now" in found.sentence


def test_seconds_of_work_are_not_worth_measuring_anything(slow, tmp_path):
    found = forecast([piece("a", 15.0), piece("deep", 500.0, steps=2)], tmp_path)
    assert (found.total, found.measured, slow) == (515, False, [])


def test_what_is_finished_takes_no_time(slow, tmp_path):
    needed = [piece("a", 100.0), piece("b", 15.0)]
    (tmp_path / needed[0].name).mkdir()
    assert forecast(needed, tmp_path).seconds == {needed[0].name: 0.0, needed[1].name: 15.0}
    assert Forecast({"a": 0.0}, measured=False).sentence == "All of it is finished."


def test_what_is_left_is_the_estimate_at_first_and_what_was_measured_later():
    clock = Clock(600.0)
    assert clock.left(0.0, 0.0) == 600
    assert clock.left(300.0, 3 * 300.0) == pytest.approx(3 * 300, rel=0.07)
    assert clock.left(600.0, 1000.0) == 0


@pytest.fixture
def toys(monkeypatch):
    def toy(settings, folder, on_progress):
        on_progress(0.5, "half of it")
        return {"seconds": 65.0}

    monkeypatch.setattr(computing, "KINDS", {"toy": toy})
    monkeypatch.setattr(computing, "SECONDS_BETWEEN_LINES", 0.0)
    return [piece("first", 60.0), piece("second", 30.0)]


def test_a_log_file_gets_lines_with_the_time_and_what_is_left(toys, tmp_path):
    console = Console(file=io.StringIO(), width=80)
    assert len(computing.compute_all(console, toys, tmp_path)) == 2
    lines = console.file.getvalue().splitlines()
    assert all(re.match(r"(✓ )?\d\d:\d\d:\d\d ", line) for line in lines)
    words = [re.sub(r"\d\d:\d\d:\d\d ", "", line) for line in lines]
    assert words[0] == "0 % done, 1 min 30 s left; first: starting"
    assert words[1].startswith("33 % done, ")
    assert words[1].endswith(" left; first: half of it")
    assert words[2] == f"✓ {toys[0].name}  1 min 05 s"
    assert words[-1] == f"✓ {toys[1].name}  1 min 05 s"


def test_a_terminal_gets_a_bar_that_names_the_piece_that_is_computed(toys, tmp_path):
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    computing.compute_all(console, toys, tmp_path)
    shown = console.file.getvalue()
    assert "second: done" in shown
    assert "100%" in shown
    assert "all done" not in shown


def test_a_plan_breaks_no_name_and_needs_no_more_than_80_columns(slow, tmp_path):
    console = Console(file=io.StringIO(), width=80)
    needed = [piece("a-piece-with-a-name-of-some-length", 100.0)]
    computing.show_plan(console, needed, forecast(needed, tmp_path), ["Fewer updates than in the paper."])
    shown = console.file.getvalue()
    assert needed[0].name in shown
    assert "5 min 00 s" in shown
    assert "Deviation from the protocol: Fewer updates" in shown
