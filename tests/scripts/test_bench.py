import json
import shutil
from importlib.util import find_spec

import pytest
from command import run

from lottery.benchmarks import training_speed
from lottery.benchmarks.roofs import Roof, bank_bytes, operations, under_roof
from lottery.benchmarks.scale_figure import spread

KEYS = {
    "steps", "width", "replicates", "arrangement", "implementation", "updates_per_second", "compile_seconds", "device",
    "versions",
}  # fmt: skip


@pytest.mark.thorough
def test_training_rows_are_printed_and_written(tmp_path):
    path = tmp_path / "rows.json"
    arguments = ["train", "--points", "1,1", "--replicates", "16", "--json", str(path)]
    done = run("bench.py", *arguments, columns=80)
    assert done.returncode == 0, done.stderr
    rows = json.loads(path.read_text())
    assert {"gol-lottery"} < {row["implementation"] for row in rows}
    for row in rows:
        assert set(row) >= KEYS
        assert row["updates_per_second"] > 0
    assert_whole_rows(done.stdout, len(rows))


@pytest.mark.thorough
def test_simulation_rows_are_printed_and_written(tmp_path):
    path = tmp_path / "rows.json"
    arguments = ["simulate", "--shapes", "1,64,64", "--rounds", "1", "--json", str(path)]
    done = run("bench.py", *arguments, columns=80)
    assert done.returncode == 0, done.stderr
    rows = {row["implementation"]: row for row in json.loads(path.read_text())}
    for name in ("gol.evolve", "numpy rolls", "gol.random_boards"):
        assert set(rows[name]) >= {"cell_updates_per_second", "compile_seconds", "device", "versions"}
        assert rows[name]["cell_updates_per_second"] > 0
    assert rows["gol.evolve"]["ours_over_this"] == 1
    assert rows["gol.random_boards"]["ten_generations"] > 0
    assert {"CAX", "bgolly QuickLife", "lifelib"} < set(rows)  # left out or not, each is spoken of
    assert_whole_rows(done.stdout, len(rows))


@pytest.mark.thorough
def test_scale_names_a_roof_and_draws(tmp_path):
    path, figure = tmp_path / "rows.json", tmp_path / "scale.svg"
    arguments = ["scale", "--widths", "1", "--counts", "16", "99", "--most", "32", "--json", str(path)]
    done = run("bench.py", *arguments, "--figure", str(figure), columns=80)
    assert done.returncode == 0, done.stderr
    rows = json.loads(path.read_text())
    assert [(row["width"], row["replicates"]) for row in rows] == [(1, 16)]  # 99 are more than --most
    for row in rows:
        assert set(row) >= KEYS
        assert row["roof"] in ("arithmetic", "bytes")
        assert 0 < row["share_of_roof"] < 1
        assert row["peak_megabytes"] > 10
    assert_whole_rows(done.stdout, len(rows))
    assert figure.read_text().startswith("<?xml")
    assert figure.with_suffix(".csv").read_text().count("\n") == 2


@pytest.mark.thorough
@pytest.mark.skipif(find_spec("numba") is None, reason="the fused kernels need numba")
@pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="there is no C compiler on this machine")
def test_the_kernels_beside_c_loops_are_printed_and_written(tmp_path):
    path = tmp_path / "rows.json"
    arguments = ["c", "--points", "2,1", "--repeats", "1", "--json", str(path)]
    done = run("bench.py", *arguments, columns=80)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(path.read_text())
    assert (row["steps"], row["width"]) == (2, 1)
    assert f"{row['updates_per_second']:,.0f}" in done.stdout
    assert f"C by {row['compiler']}" in done.stdout.replace("\n", "")


@pytest.mark.thorough
def test_every_stream_has_a_row(monkeypatch):
    streams = ("bank", "shared", "risk")  # boards of one's own take a quarter of a minute to compile
    monkeypatch.setattr(training_speed, "STREAMS", streams)
    rows = {row["stream"]: row for row in training_speed.stream_rows(1, 1, 8)}
    assert tuple(rows) == streams
    assert rows["shared"]["over_shared"] == rows["shared"]["with_banks"] == 1
    assert all(row["over_shared"] > 0 and row["with_banks"] > 0 for row in rows.values())
    assert all(set(row) >= KEYS for row in rows.values())


def test_the_roof_is_the_one_that_a_row_comes_closer_to():
    row = {"steps": 1, "width": 8, "updates_per_second": 1000.0}
    assert operations(1, 8) == 6 * 512 * (9 * 16 + 16 * 8 + 8)
    by_arithmetic = under_roof(row, Roof(flops=2000 * operations(1, 8), bytes=4000 * bank_bytes(1)))
    assert (by_arithmetic["roof"], by_arithmetic["share_of_roof"]) == ("arithmetic", 0.5)
    by_bytes = under_roof(row, Roof(flops=8000 * operations(1, 8), bytes=4000 * bank_bytes(1)))
    assert (by_bytes["roof"], by_bytes["share_of_roof"]) == ("bytes", 0.25)


def test_names_of_lines_that_end_together_move_apart():
    assert spread([0, 100, 50], [1, 1, 2]) == [0, 0, 0]
    lifts = spread([10, 12, 10], [1, 1, 2], gap=15.0)
    assert lifts == [-6.5, 6.5, 0]


def assert_whole_rows(printed, count):
    """Every row of the printed table is one line that ends in a number or in the dash of what is not known."""
    lines = printed.splitlines()
    starts = [index for index, line in enumerate(lines) if "compile s" in line]
    ends = [index for index, line in enumerate(lines) if line.startswith("On cpu")]
    table = [line for start, end in zip(starts, ends, strict=True) for line in lines[start + 1 : end]]
    assert len(table) == count
    for line in table:
        assert len(line) <= 80
        assert "…" not in line
        assert line.rstrip()[-1].isdigit() or line.rstrip().endswith("–")


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--points", "1;8"], "write each as n,m, such as 1,8"),
        (["train", "--points"], "points is empty"),
        (["train", "--points", "1,100000"], "GiB of memory"),
        (["train", "--replicates", "-1"], "replicates is -1"),
        (["train", "--json", "."], "is a folder: --json has to name a file"),
        (["scale", "--widths"], "widths is ()"),
        (["streams", "--steps", "0"], "steps is 0"),
        (["simulate", "--shapes", "1,100000,100000"], "GiB of memory"),
    ],
)
def test_what_cannot_be_timed_gets_a_sentence(arguments, words):
    done = run("bench.py", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
