"""The command `gol-lottery ledger`, and the section of the report."""

import json

import pytest
from made_up_report import RUN, point, statement

from gol.errors import InputError
from lottery import replication
from lottery.commands import choice
from lottery.ledger.account import Total
from lottery.ledger.page import HEADS, sentence
from lottery.replication import costs_of_folder
from lottery.report.page import write_page
from lottery.runs import session

COSTS = Total("width", 3, 2.5e6, 4.1e12, 3.3e12, 7200.0, 3.6e6, 0.0, 480.0, 250.0)


@pytest.fixture
def command(monkeypatch):
    monkeypatch.setattr(session, "start", lambda: None)
    return choice.command("ledger")


def test_the_command_prints_totals_and_writes_them_for_a_page_and_a_program(command, monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(
        replication, "costs_of_folder", lambda folder, factors: asked.append((folder, factors)) or [COSTS]
    )
    page, rows = tmp_path / "costs.md", tmp_path / "costs.json"
    words = [str(tmp_path), "--page", str(page), "--json", str(rows), "--watts-per-core", "3", "--grams-per-kwh", "40"]
    command.run(command.parsed(words))
    ((folder, factors),) = asked
    assert (folder, factors.watts_per_core, factors.grams_per_kwh) == (tmp_path, 3.0, 40.0)
    out = capsys.readouterr().out
    assert out.splitlines()[1].split() == ["width", "3", "2.5", "4.1", "3.3", "2", "1", "0.48", "2.5"]
    assert "3 W per busy core" in out
    assert "| width | 3 | 2.5 | 4.1 | 3.3 | 2 | 1 | 0.48 | 2.5 |" in page.read_text()
    assert json.loads(rows.read_text())[0]["updates"] == 2.5e6


def test_a_folder_that_holds_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"it has no run\.json"):
        costs_of_folder(tmp_path)


def test_a_run_without_a_finished_claim_is_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"size": "smoke"}')
    with pytest.raises(InputError, match="no claim that is finished"):
        costs_of_folder(tmp_path)


def test_the_report_shows_costs_where_there_are_any(tmp_path):
    row = ("width", *(str(number) for number in range(8)))
    costs = {"total": sentence(COSTS), "heads": HEADS, "rows": [row], "words": "All of it is estimated."}
    for run, shown in (({**RUN, "ledger": costs}, True), (RUN, False)):
        write_page([statement()], [point()], [], run, tmp_path / "index.html")
        html = (tmp_path / "index.html").read_text()
        assert ("What it cost" in html) == ("All of it is estimated." in html) == shown
        assert ("3 pieces took 2.5 million network updates of 4.1 * 10^12" in html) == shown
        assert ('<td data-name="kWh">5</td>' in html) == shown
