"""The command `gol-lottery` and its commands, as they are called in this process."""

import importlib.util
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from made_up_report import point

from lottery import commands, computing, replication
from lottery.benchmarks import training_speed
from lottery.claims import CLAIMS
from lottery.commands import choice
from lottery.commands.command import Command
from lottery.commands.replicate import CLAIMS as CLAIMS_IN_HELP
from lottery.networks.lifenet import LifeNet
from lottery.runs import session

ROOT = Path(__file__).parents[3]
NO_JAX = """
import sys
from lottery import commands
try:
    commands.main()
finally:
    heavy = sorted({"jax", "flax", "optax", "numpy", "matplotlib"} & set(sys.modules))
    assert not heavy, heavy
"""


def shown(words, capsys, monkeypatch, columns=80):
    """What `gol-lottery WORDS` prints on a terminal of so many columns, and its exit code."""
    monkeypatch.setattr(sys, "argv", ["gol-lottery", *words])
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "1")  # of a process that has begun to compute, it cannot be changed
    monkeypatch.setattr(session.stopping, "at_signals", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        commands.main()
    return capsys.readouterr().out, ended.value.code


def test_every_command_is_one_and_the_wheel_installs_the_console_command():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"gol-lottery": "lottery.commands:main"}
    for name in choice.NAMES:
        found = choice.command(name)
        assert isinstance(found, Command)
        assert found.name == name
        assert found.usual_call in found.description


@pytest.mark.parametrize("name", choice.NAMES)
def test_the_help_of_a_command_is_about_a_screen_and_shows_no_default_of_none(name, capsys, monkeypatch):
    out, code = shown([name, "--help"], capsys, monkeypatch)
    assert code == 0
    assert f"gol-lottery {name}" in out
    assert "{None}" not in out
    assert "default: None" not in out
    assert len(out.splitlines()) <= 60
    assert max(map(len, out.splitlines())) <= 80


def test_an_option_that_the_short_help_hides_is_in_the_long_one_and_is_parsed(capsys, monkeypatch):
    short, _ = shown(["ticket", "--help"], capsys, monkeypatch)
    long, _ = shown(["ticket", "--help-all"], capsys, monkeypatch)
    assert "--help-all shows" in short
    assert "--help-all shows" not in long
    assert "--bank-boards" in long
    assert "--bank-boards" not in short
    assert choice.command("ticket").parsed(["--bank-boards", "64"]).bank_boards == 64


WRITTEN = {
    **{name: choice.command(name).description for name in choice.NAMES},
    **{page: (ROOT / page).read_text() for page in ("README.md", "docs/commands.md")},
}


@pytest.mark.parametrize("where", WRITTEN)
def test_every_command_that_is_written_down_is_parsed(where):
    lines = re.findall(r"^    gol-lottery (.*?)(?: +#.*)?$", WRITTEN[where], re.MULTILINE)
    typed = [shlex.split(line) for line in lines if "--help" not in line and "--version" not in line]
    for name, *words in typed:
        assert choice.command(name).parsed(words) is not None
    assert typed


@pytest.mark.thorough
def test_the_python_of_the_page_about_commands_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", WRITTEN["docs/commands.md"], re.DOTALL)
    for shown_there, short in (("width=4", "width=2"), ("2500", "250"), ("levels=3", "levels=1"), ("=16", "=2")):
        assert code.count(shown_there) == 1
        code = code.replace(shown_there, short)
    exec(compile(code, "docs/commands.md", "exec"), {})  # noqa: S102 - our own page
    assert "small, as many updates" in capsys.readouterr().out


def test_the_help_of_replicate_names_every_claim():
    assert set(CLAIMS_IN_HELP) == {claim.name for claim in CLAIMS.values() if claim.__module__.startswith("lottery.")}


def test_without_a_command_the_commands_are_listed(capsys, monkeypatch):
    out, code = shown([], capsys, monkeypatch)
    assert code == 0
    assert all(choice.command(name).about in " ".join(re.sub("[│•]", "", out).split()) for name in choice.NAMES)


def test_an_unknown_command_ends_with_exit_code_2(capsys, monkeypatch):
    assert shown(["replicat"], capsys, monkeypatch)[1] == 2


@pytest.mark.parametrize("words", [["--version"], ["compare", "--version"]])
def test_the_version_names_what_numbers_depend_on(words, capsys, monkeypatch):
    out, code = shown(words, capsys, monkeypatch)
    assert code == 0
    assert out.startswith(f"gol-lottery {session.versions()['gol-lottery']} (python ")
    assert f"jax {session.versions()['jax']}" in out
    assert out.count("\n") == 1


def test_a_shell_completes_every_command_and_option(capsys, monkeypatch):
    out, code = shown(["--tyro-print-completion", "bash"], capsys, monkeypatch)
    assert not code
    for word in (*choice.NAMES, "--prune-fraction", "--width-replicates", "--shapes", "streams"):
        assert word in out


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("words", ["compare --help", "bench --help", "--version", "replicate --help-all"])
def test_neither_help_nor_version_waits_for_jax(words):
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", NO_JAX, *words.split()], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.thorough
def test_python_m_lottery_is_the_same_command():
    done = subprocess.run(
        [sys.executable, "-m", "lottery", "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.startswith("gol-lottery ")


def test_a_benchmark_says_what_is_missing_and_how_the_machine_stands(capsys, monkeypatch, tmp_path):
    speed = training_speed.reference_speed(1, 8) / 4
    row = training_speed._row(LifeNet(width=8), training_speed.OURS, "patterns", 64, 1.0, speed) | {"ratio": 5.0}
    monkeypatch.setattr(training_speed, "rows", lambda *_: [[row]])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    out, code = shown(["bench", "train", "--json", str(tmp_path / "rows.json")], capsys, monkeypatch, columns=200)
    assert code == 0
    assert "numba is not installed" in out
    assert "PyTorch is not installed" in out
    assert "0.25 times the speed of the reference machine" in out
    assert json.loads((tmp_path / "rows.json").read_text())[0]["updates_per_second"] == speed


def test_a_certificate_can_be_read_by_a_program(capsys, monkeypatch):
    out, code = shown(["certify", "--json", "-"], capsys, monkeypatch)
    assert code == 0
    found = json.loads(out)
    assert (found["kind"], found["correct"], found["checked"]) == ("neighbourhoods", True, 512)


def test_the_plan_of_a_run_is_printed_and_nothing_is_made(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("lottery.computing.reference_ratio", lambda steps: 2.0)
    words = ["replicate", "--preset", "smoke", "--plan", "--out", str(tmp_path / "run"), "--json", "-"]
    out, code = shown(words, capsys, monkeypatch)
    assert code == 0
    plan = json.loads(out)
    assert plan["seconds"] == sum(piece["seconds"] for piece in plan["pieces"]) > 0
    assert any(piece["name"].startswith("imp-weights-m4-") for piece in plan["pieces"])
    assert not (tmp_path / "run").exists()


def test_a_readme_without_markers_is_refused_before_anything_is_computed(capsys, monkeypatch, tmp_path):
    (tmp_path / "README.md").write_text("# No markers\n")
    words = ["replicate", "--preset", "smoke", "--out", str(tmp_path / "run"), "--readme", str(tmp_path / "README.md")]
    _, code = shown(words, capsys, monkeypatch)
    assert code == 2
    assert not (tmp_path / "run").exists()


def test_only_the_points_of_the_claims_that_are_asked_for_are_printed(capsys, monkeypatch, tmp_path):
    points = [point(id="handmade/n=5", claim="handmade"), point(id="width/m=16")]
    monkeypatch.setattr(computing, "KINDS", {"handmade": lambda *_: {"correct": True, "seconds": 1.0}})  # at once
    monkeypatch.setattr(replication, "report", lambda *_: points)
    words = ["replicate", "--preset", "smoke", "--claims", "handmade", "--out", str(tmp_path)]
    out, code = shown(words, capsys, monkeypatch)
    assert code == 0
    assert "n=5" in out
    assert "m=16" not in out
    assert "Points of other claims in the folder: 1." in out
