"""Several processes on one folder, tried with real ones: every piece is computed once, and nobody fails."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lottery.runs import pieces
from lottery.runs.files import clean_temporaries, write_bytes
from lottery.runs.locks import BusyError, owned
from lottery.runs.pieces import Piece

ROOT = Path(__file__).parents[3]
INSTANCE = Path(__file__).with_name("instance.py")
PIECE = Piece("toy", "toy", {"number": 3}, updates=0, seconds=1.0)


def _start(script, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_NUM_CPU_DEVICES": "1"}
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def _end(process):
    output, errors = process.communicate(timeout=300)
    assert "Traceback" not in errors, errors
    return process.returncode, output, errors


@pytest.mark.thorough
@pytest.mark.parametrize("count", [2, 4])
def test_instances_on_one_folder_compute_every_piece_once_and_all_succeed(tmp_path, count):
    root, log, go = tmp_path / "pieces", tmp_path / "log", tmp_path / "go"
    instances = [_start(INSTANCE, root, log, go) for _ in range(count)]
    _wait_for(lambda: len(list(tmp_path.glob("ready-*"))) == count)
    go.touch()
    assert [_end(instance)[0] for instance in instances] == [0] * count
    assert sorted(log.read_text().split()) == ["a", "b", "c", "d"]
    assert not list(root.rglob(".*")), "a lock, an unfinished folder or a temporary file is left"


@pytest.mark.thorough
def test_a_killed_owner_is_followed_by_the_instance_that_waits(tmp_path):
    root, log, go = tmp_path / "pieces", tmp_path / "log-slow", tmp_path / "go"
    go.touch()
    first = _start(INSTANCE, root, log, go)
    _wait_for(lambda: log.exists() and "slow" in log.read_text())
    second = _start(INSTANCE, root, log, go)
    _wait_for(lambda: len(list(root.glob("toy-*"))) == 4)  # all others, by either
    time.sleep(2)
    assert second.poll() is None
    first.send_signal(signal.SIGKILL)
    first.communicate()
    code, output, _ = _end(second)
    assert code == 0
    assert output.count("Waiting for") == 1
    assert f"process {first.pid} on" in output
    assert sorted(log.read_text().split()) == ["a", "b", "c", "d", "slow", "slow"]
    assert not list(root.rglob(".*"))


def _wait_for(condition, seconds=200):
    started = time.monotonic()
    while not condition():
        time.sleep(0.05)
        assert time.monotonic() - started < seconds


@pytest.mark.thorough
def test_commands_started_at_once_in_a_new_folder_all_succeed(tmp_path):
    arguments = ["--preset", "smoke", "--claims", "handmade", "--out", tmp_path / "run"]
    commands = [_start(ROOT / "scripts" / "replicate.py", *arguments) for _ in range(3)]
    assert [_end(command)[0] for command in commands] == [0, 0, 0]
    assert json.loads((tmp_path / "run" / "run.json").read_text())["seed"] == 0
    assert not list((tmp_path / "run").rglob(".*"))


def test_a_piece_that_appears_while_it_is_computed_is_read(tmp_path):
    """As when the other process runs a version without locks, or on a machine that does not share them."""

    def slower(settings, folder, on_progress):
        (tmp_path / PIECE.name).mkdir()
        for name, value in (("settings", PIECE.identity), ("outcomes", {"by": "other", "seconds": 1.0})):
            (tmp_path / PIECE.name / f"{name}.json").write_text(json.dumps(value))
        return {"by": "us", "seconds": 1.0}

    assert pieces.compute(PIECE, tmp_path, {"toy": slower}, lambda share, words: None)["by"] == "other"


def test_one_process_at_a_time_owns_a_lock(tmp_path):
    lock = tmp_path / "a.lock"
    with owned(lock, wait=False), pytest.raises(BusyError), owned(lock, wait=False):
        pass
    with pytest.raises(KeyboardInterrupt), owned(lock, wait=True):
        raise KeyboardInterrupt
    with owned(lock, wait=False):
        pass
    assert not lock.exists()


def test_temporary_files_of_the_dead_are_removed_and_those_of_others_stay(tmp_path, monkeypatch):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = {}
    monkeypatch.setattr(Path, "replace", lambda self, target: host.setdefault("name", self.name))
    write_bytes(tmp_path / "x.json", b"")
    monkeypatch.undo()
    ours = host["name"].split(".")[-3]
    names = {
        f".level00.json.{ours}.{dead.pid}.tmp": False,
        f".level00.json.{dead.pid}.tmp": False,  # of an earlier version
        f".level00.json.{ours}.{os.getpid()}.tmp": True,
        f".level00.json.0123abcd.{dead.pid}.tmp": True,  # of another machine
        ".mine.tmp": True,
        "level00.json": True,
        f".level00.json.{dead.pid}.tmp.txt": True,
    }
    for name in names:
        (tmp_path / name).touch()
    clean_temporaries(tmp_path)
    assert {name: (tmp_path / name).exists() for name in names} == names
    for name in names:
        if (tmp_path / name).exists():
            os.utime(tmp_path / name, (0, 0))
    clean_temporaries(tmp_path)
    left = {".mine.tmp", "level00.json", f".level00.json.{dead.pid}.tmp.txt"}
    assert {path.name for path in tmp_path.iterdir()} == left
