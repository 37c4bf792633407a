import json
import re

import numpy as np
import pytest
from command import run, start
from safetensors.numpy import save_file

from lottery.inputs.options import declared
from lottery.networks.handmade import handmade_parameters
from lottery.pruning.allocation import SCOPES
from lottery.pruning.criteria import CRITERIA
from lottery.runs.saved_networks import SavedNetwork, save_network
from lottery.tickets.arms import ARMS
from lottery.tickets.settings import PRUNED, WHEN
from lottery.tickets.starts import STARTS
from lottery.training.schedules import SCHEDULES

SEARCH = ("--width", "3", "--updates", "250", "--replicates", "2", "--levels", "2")


@pytest.mark.thorough
def test_the_shipped_ticket_is_certified():
    done = run("find_ticket.py", "--certify", "shipped")
    assert done.returncode == 0, done.stderr
    assert "correct: 0 of 512 wrong, by neighbourhoods." in done.stdout
    assert "Ticket of replicate" in done.stdout


@pytest.mark.thorough
def test_a_wrong_network_is_refuted_with_an_example_and_exit_code_1(tmp_path):
    params = handmade_parameters(1)
    params["readout"]["bias"] = np.full(1, 1.0, np.float32)
    save_network(tmp_path / "wrong.safetensors", SavedNetwork(params, "torus", "B3/S23", "made wrong"))
    done = run("find_ticket.py", "--certify", str(tmp_path / "wrong.safetensors"))
    assert done.returncode == 1
    assert "WRONG: 372 of 512 wrong" in done.stdout  # it calls all alive, and 140 of the 512 are
    assert "...\n...\n..." in done.stdout


@pytest.mark.thorough
def test_what_a_file_says_of_itself_is_harmless_to_a_terminal(tmp_path):
    saved = SavedNetwork(handmade_parameters(1), "torus", "B3/S23", "made \x1b[31m by hand")
    save_network(tmp_path / "red.safetensors", saved)
    done = run("find_ticket.py", "--certify", str(tmp_path / "red.safetensors"))
    assert done.returncode == 0
    assert done.stdout.startswith(r"made \x1b[31m by hand")


def test_a_search_prints_a_row_per_level_and_stores_them(tmp_path):
    done = run("find_ticket.py", *SEARCH, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if re.match(r"[012] +\d\.\d{3} ", line)]
    assert [row.split()[2] for row in rows] == ["75/75", "60/75", "48/75"]
    (stored,) = tmp_path.glob("ticket-n1-m3-*/outcomes.json")
    assert [row["kept"] for row in json.loads(stored.read_text())["levels"]] == [75, 60, 48]
    used = json.loads((stored.parent / "ledger.json").read_text())
    assert used["cpu_seconds"] > 0
    assert used["operations"] > used["as_masked"] > 0


@pytest.mark.thorough  # a piece that is done is read again in tests/lottery/runs/test_pieces.py
def test_a_search_that_is_done_prints_the_same_again(tmp_path):
    first, again = (run("find_ticket.py", *SEARCH, "--out", str(tmp_path)) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert again.stdout == first.stdout


@pytest.mark.thorough
@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x08\x00\x00\x00\x00\x00\x00\x00{}", None])
def test_a_damaged_or_missing_file_gets_a_sentence(content, tmp_path):
    path = tmp_path / "damaged.safetensors"
    if content is not None:
        path.write_bytes(content)
    done = run("find_ticket.py", "--certify", str(path))
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.thorough
def test_arrays_that_are_no_network_get_a_sentence(tmp_path):
    metadata = {"padding": "torus", "rule": "B3/S23"}
    save_file({"weight": np.zeros(3, np.float32)}, tmp_path / "other.safetensors", metadata)
    done = run("find_ticket.py", "--certify", str(tmp_path / "other.safetensors"))
    assert done.returncode == 2
    assert "no layer of a LifeNet" in done.stderr


@pytest.fixture(scope="module")
def help_text():
    done = run("find_ticket.py", "--help-all")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_help_has_a_command_per_line(help_text):
    commands = [line for line in help_text.splitlines() if line.startswith("    python scripts/find_ticket.py")]
    # One more is the usage.
    assert len(commands) + 1 == help_text.count("python scripts/find_ticket.py") > 3


@pytest.mark.parametrize(
    ("option", "names"),
    [("criterion", CRITERIA), ("scope", SCOPES), ("when", WHEN), ("start", STARTS), ("pruned", PRUNED),
     ("controls", set(ARMS) - {"ticket"}), ("schedule", SCHEDULES)],
)  # fmt: skip
def test_the_help_names_what_the_code_has_and_nothing_else(help_text, option, names):
    _, text = help_text.split(f"│ --{option} ", 1)  # not where an example uses it
    words = set(re.findall(r"\w+", re.split(r"\(default|│ --", text, maxsplit=1)[0]))
    assert set(names) <= words
    others = set(declared("lottery.tickets.PruningSettings"))  # a text may speak of another setting
    assert {word for word in words if "_" in word} <= set(names) | others


@pytest.mark.thorough
def test_every_axis_can_be_chosen_and_the_rows_have_a_column_for_each_control(tmp_path):
    arguments = ["--width", "2", "--updates", "250", "--replicates", "2", "--levels", "1", "--out", str(tmp_path)]
    axes = ["--criterion", "synflow", "--when", "init", "--scope", "erk", "--floor", "2", "--pruned", "frozen"]
    axes += ["--schedule", "linear", "--start", "reshuffle", "--controls", "lr_rewound", "inverted"]
    done = run("find_ticket.py", *arguments, *axes)
    assert done.returncode == 0, done.stderr
    assert "ticket           lr_rewound       inverted" in done.stdout
    (stored,) = tmp_path.glob("ticket-n1-m2-*/settings.json")
    assert json.loads(stored.read_text())["settings"]["pruning"] == {
        "levels": 1, "criterion": "synflow", "scope": "erk", "controls": ["lr_rewound", "inverted"],
        "start": "reshuffle", "pruned": "frozen", "when": "init", "floor": 2,
    }  # fmt: skip


@pytest.mark.thorough
def test_a_name_that_is_not_known_gets_a_sentence(tmp_path):
    done = run("find_ticket.py", "--criterion", "charisma", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "Unknown criterion 'charisma'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--replicates", "0"], "at least 1 dense network"),
        (["--seed", "2147483648"], "2147483647"),
        (["--at"], "--at names no level"),
        (["--levels", "1000000000"], "levels is 1000000000"),
        (["--floor", "1000"], "no layer keeps so many, of 305"),
        (["--rewind-to", "-250"], "rewind_to is -250"),
        (["--width", "100000"], "GiB of memory"),
        (["--steps", "1000000000"], "GiB of memory"),
    ],
)
def test_numbers_that_no_search_can_have_get_a_sentence_before_anything_is_made(arguments, words, tmp_path):
    done = run("find_ticket.py", *arguments, "--out", str(tmp_path / "new"))
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.thorough
def test_a_file_as_out_gets_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    done = run("find_ticket.py", "--out", str(tmp_path / "file"))
    assert done.returncode == 2
    assert "is a file: --out has to name a folder" in done.stderr


@pytest.mark.thorough
def test_days_of_work_are_said_beforehand(tmp_path):
    updates = str(2**31 - 2**31 % 250)
    arguments = ["--updates", updates, "--replicates", "8", "--levels", "1", "--out", str(tmp_path)]
    process = start("find_ticket.py", *arguments)
    with process:
        try:
            said = [process.stdout.readline() for _ in range(2)]
        finally:
            process.kill()
    assert re.match(r"It may take [1-9][0-9]+ h ", said[1])
