"""Commands that are printed beside numbers run what they stand beside: read with the command's own parser."""

import json
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from command import ROOT

from lottery import replication
from lottery.claims import CLAIMS, chosen
from lottery.claims.frame.plan import PRESETS, Plan, changed, plan_from, plan_of, typed_options
from lottery.commands.replicate import COMMAND
from lottery.experiments import KINDS

BESIDE = ("preset", "claims", "out", "plan", "json", "pages", "readme")  # options that are no settings of a plan
PAGES = sorted(path for path in (ROOT / "docs" / "claims").glob("*.md") if path.name != "README.md")
CHANGED: dict[str, Any] = {
    "seed": 7,
    "replicates": 12,
    "updates": 1750,
    "widths": (1, 2, 5),
    "width_replicates": 256,
    "width_updates": 2500,
    "ticket_width": 3,
    "ticket_replicates": 5,
    "ticket_updates": 3000,
    "levels": 4,
    "final_density": 0.15,
    "verdict_density": 0.45,
    "rewind_to": 250,
    "scope": "layerwise",
    "initialiser": "pytorch",
    "padding": "zero",
    "batch": 16,
    "board": 24,
    "density": 1 / 3,
    "rule": "B36/S23",
    "learning_rate": 1e-05,
    "loss": "mse",
    "arrangement": "boards",
    "stream": "own",
    "bank_boards": 4096,
    "bank_updates": 1250,
    "check_every": 125,
    "group": 4,
}


def _parsed(command: str) -> tuple[Plan, Any]:
    """The plan that a command runs, and its options."""
    words = shlex.split(command)
    assert words[:2] == ["python", "scripts/replicate.py"]
    options = COMMAND.parsed(words[2:])
    return plan_of(options.preset, **{k: v for k, v in vars(options).items() if k not in BESIDE}), options


def _reference() -> Plan:
    """The plan of the outcomes in docs/reference."""
    return plan_from(json.loads((ROOT / "docs" / "reference" / "run.json").read_text()))


class _Commands(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside, self.text = False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside = tag == "pre"

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside else ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


def test_every_setting_but_the_size_that_a_preset_gives_is_tried():
    assert set(CHANGED) == set(Plan().settings()) - {"size"}


@pytest.mark.thorough(but=20)
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", CHANGED)
def test_what_is_typed_for_a_plan_is_parsed_to_that_plan(preset, name):
    plan = changed(PRESETS[preset], **{name: CHANGED[name]})
    command = shlex.join(["python", "scripts/replicate.py", *typed_options(preset, plan), "--claims", "width"])
    parsed, options = _parsed(command)
    assert parsed == plan
    assert (options.preset, options.claims) == (preset, ("width",))


def test_a_plan_of_many_changes_is_typed_and_parsed_and_a_preset_is_its_name_alone():
    plan = changed(PRESETS["smoke"], **CHANGED)
    assert _parsed(shlex.join(["python", "scripts/replicate.py", *typed_options("smoke", plan)]))[0] == plan
    assert typed_options("smoke", PRESETS["smoke"]) == ["--preset", "smoke"]


@pytest.mark.thorough
def test_the_report_prints_the_command_of_its_plan_and_of_the_claims_it_holds(tmp_path):
    plan = plan_of("smoke", width_replicates=3, rule="B36/S23")
    piece = CLAIMS["handmade"](plan).needed()[0]
    outcomes = {piece.name: KINDS[piece.kind](piece.settings, tmp_path, lambda share, words: None)}
    replication.report(tmp_path / "a run", plan, "smoke", outcomes, tmp_path / "pages")
    shown = _Commands((tmp_path / "a run" / "index.html").read_text()).text
    in_readme = re.findall("^Made by `(.*?)`", (tmp_path / "pages" / "README.md").read_text(), re.MULTILINE)
    assert in_readme == [shown]
    parsed, options = _parsed(shown)
    assert parsed == plan
    assert (options.claims, options.out, options.pages) == (("handmade",), tmp_path / "a run", tmp_path / "pages")
    (of_claim,) = re.findall("^    (python .*)", (tmp_path / "pages" / "handmade.md").read_text(), re.MULTILINE)
    parsed, options = _parsed(of_claim)
    assert parsed == plan
    assert options.claims == ("handmade",)


@pytest.mark.thorough(but=5)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_command_of_a_claims_page_runs_what_the_page_shows(page):
    (command,) = re.findall("^    (python .*)", page.read_text(), re.MULTILINE)
    plan, options = _parsed(command)
    assert options.claims == (page.stem,)
    assert plan == _reference()


def test_the_command_of_the_overview_runs_all_that_it_shows():
    text = (ROOT / "docs" / "claims" / "README.md").read_text()
    (command,) = re.findall("^Made by `(.*?)`", text, re.MULTILINE)
    plan, options = _parsed(command)
    assert plan == _reference()
    assert re.findall(r"^\| \[.*?\?\]\((\w+)\.md\)", text, re.MULTILINE) == [
        claim.name for claim in chosen(list(options.claims))
    ]
    assert options.out == Path("docs/reference")


def test_the_commands_in_a_claims_file_run_that_claim():
    seen = set()
    for path in (ROOT / "lottery" / "claims").rglob("*.py"):
        text = path.read_text()
        for command in re.findall("^    (python scripts/replicate.py[^#\n]*)", text, re.MULTILINE):
            (name,) = re.findall('^    name = "(\\w+)"', text, re.MULTILINE)
            assert _parsed(command.strip())[1].claims == (name,), path
            seen.add(name)
    assert "time" in seen
