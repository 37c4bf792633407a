import json

from command import run

KEYS = {
    "steps", "width", "replicates", "arrangement", "implementation", "updates_per_second", "compile_seconds", "device",
    "versions",
}  # fmt: skip


def test_training_rows_are_printed_and_written(tmp_path):
    path = tmp_path / "rows.json"
    arguments = ["train", "--points", "1,1", "--replicates", "16", "--json", str(path)]
    done = run("bench.py", *arguments, cache=tmp_path / "xla")
    assert done.returncode == 0, done.stderr
    rows = json.loads(path.read_text())
    assert {"gol-lottery"} < {row["implementation"] for row in rows}
    for row in rows:
        assert set(row) >= KEYS
        assert row["updates_per_second"] > 0


def test_points_that_cannot_be_get_a_sentence(tmp_path):
    done = run("bench.py", "train", "--points", "1;8", cache=tmp_path / "xla")
    assert done.returncode == 2
    assert "write each network as n,m" in done.stderr
