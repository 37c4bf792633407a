"""The command a newcomer tries first."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gol
from lottery.commands import simulate as simulate_command

SCRIPT = Path(__file__).parents[2] / "scripts" / "simulate.py"


def simulate(*arguments, folder=".", **environment):
    return subprocess.run(  # noqa: S603
        [sys.executable, SCRIPT, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | environment,
    )


def test_a_pattern_is_printed_with_a_summary():
    done = simulate("glider", "--generations", "4", "--height", "8", "--width", "10")
    assert done.returncode == 0, done.stderr
    picture, summary = done.stdout.rstrip("\n").rsplit("\n", 1)
    assert sum(picture.count(letter) for letter in "▀▄") + 2 * picture.count("█") == 5
    assert summary == "generation 4: 5 of 80 cells alive, B3/S23 on a torus of 8 x 10"


@pytest.mark.thorough
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


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gilder"], "no pattern is called 'gilder'"),
        (["missing.rle"], "cannot read"),
        (["glider", "--rule", "B9/S"], "'9' at character 2"),
        (["glider", "--rule", ""], "argument is empty"),
        (["soup", "--height", "0"], "at least 3"),
        (["glider", "--width", "-5"], "at least 3"),
        (["soup", "--height", "100000", "--width", "10000000"], "a board of 100000 x 10000000 would take about"),
        (["soup", "--width", "9" * 400], "are available"),
        (["soup", "--seed", str(2**32)], "a seed is a whole number from 0 to 4294967295"),
        (["glider", "--generations", "-1"], "not -1"),
        (["glider", "--generations", str(2**80)], "a number of 81 bits"),
        (["glider", "--out", "."], "--out ends in one of"),
        (["glider", "--out", "no/such/folder/a.rle"], "cannot write"),
        (["glider", "--out", "a" * 300 + ".png"], "cannot write"),
        (["glider", "--out", "a.png", "--scale", "0"], "a scale of at least 1"),
        (["glider", "--out", "a.gif", "--generations", "2000000000"], "too many pixels"),
        (["a" * 5000], "no pattern is called"),
        (["gl\x1b[31mider"], r"'gl\x1b[31mider'"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments, sentence):
    done = simulate(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.thorough
def test_a_folder_is_no_place_for_a_picture(tmp_path):
    (tmp_path / "a.png").mkdir()
    done = simulate("glider", "--out", "a.png", folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot write 'a.png': is a directory" in done.stderr


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}])
@pytest.mark.parametrize("how", [[], ["--play", "--generations", "0"]])
def test_a_terminal_without_block_characters_gets_plain_ones(environment, how):
    done = simulate("glider", "--generations", "0", "--height", "4", "--width", "5", *how, **environment)
    assert done.returncode == 0, done.stderr
    assert "..O..\n...O.\n.OOO.\n....." in done.stdout.replace("\n\n", "\n")


@pytest.mark.thorough
def test_a_name_that_the_terminal_cannot_show_is_escaped(tmp_path):
    done = simulate("glider", "--out", "caf\xe9.png", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert r"caf\xe9.png" in done.stdout
    assert (tmp_path / "caf\xe9.png").exists()


def test_a_file_s_place_decides_where_its_pattern_meets_the_border(tmp_path):
    (tmp_path / "a.rle").write_text("#CXRLE Pos=-5,-4 Gen=100\nx = 3, y = 1, rule = B3/S23:P10,8\n3o!\n")
    done = simulate("a.rle", "--generations", "1", "--out", "b.rle", folder=tmp_path)
    assert done.stdout.startswith("generation 101: 2 of 80 cells alive"), done.stderr
    after = gol.read_pattern(tmp_path / "b.rle")
    assert np.argwhere(after.cells).tolist() == [[0, 1], [1, 1]]
    assert (after.corner(), after.generation) == ((0, 0), 101)


def test_more_generations_than_one_turn_are_the_same(monkeypatch):
    board = gol.place(gol.pattern("r-pentomino"), (40, 76))
    start = simulate_command.Moment(board, gol.parse_rule("B3/S23"), "torus")
    monkeypatch.setattr(simulate_command, "CELLS_PER_TURN", 30 * board.size)
    for generations in (0, 30, 100):
        np.testing.assert_array_equal(
            simulate_command.evolved(start, generations), np.asarray(gol.evolve(board, generations))
        )
