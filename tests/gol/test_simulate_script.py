"""The command a newcomer tries first."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gol

SCRIPT = Path(__file__).parents[2] / "scripts" / "simulate.py"


def simulate(*arguments, folder="."):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, cwd=folder)  # noqa: S603


def test_a_pattern_is_printed_with_a_summary():
    done = simulate("glider", "--generations", "4", "--height", "8", "--width", "10")
    assert done.returncode == 0, done.stderr
    picture, summary = done.stdout.rstrip("\n").rsplit("\n", 1)
    assert sum(picture.count(letter) for letter in "▀▄") + 2 * picture.count("█") == 5
    assert summary == "generation 4: 5 of 80 cells alive, B3/S23 on a torus of 8 x 10"


def test_a_file_goes_on_in_its_own_world_and_is_saved_again(tmp_path):
    board = gol.place(gol.pattern("glider"), (9, 12))
    gol.write_pattern(gol.Pattern(board, gol.parse_rule("HighLife"), "plane", (9, 12)), tmp_path / "a.rle")
    done = simulate("a.rle", "--generations", "5", "--out", "b.rle", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    later = gol.read_pattern(tmp_path / "b.rle")
    assert (str(later.rule), later.topology, later.size) == ("B36/S23", "plane", (9, 12))
    np.testing.assert_array_equal(later.cells, np.asarray(gol.evolve(board, 5, "HighLife", "plane")))


def test_a_soup_becomes_a_gif(tmp_path):
    done = simulate("soup", "--generations", "3", "--height", "20", "--width", "30", "--out", "s.gif", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "s.gif") as image:
        assert image.n_frames == 4
        assert image.size == (180, 120)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gilder"], "no pattern is called 'gilder'"),
        (["missing.rle"], "cannot read"),
        (["glider", "--rule", "B9/S"], "'9' at character 2"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments, sentence):
    done = simulate(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
