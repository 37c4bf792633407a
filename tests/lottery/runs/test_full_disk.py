"""A disk that is full, a file that may not grow: one sentence, nothing lost, and the same command goes on."""

import errno
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.console import Console

from gol.errors import InputError, WriteError
from lottery import computing, replication
from lottery.claims import CLAIMS
from lottery.claims.frame.plan import plan_of
from lottery.report.figures.figure import save_figure
from lottery.runs import pieces
from lottery.runs.files import read_arrays, read_json, write_arrays, write_bytes, write_json
from lottery.runs.pieces import Piece

ROOT = Path(__file__).parents[3]
PIECES = [Piece(f"toy-{name}", "toy", {"name": name}, updates=0, seconds=1.0) for name in "abc"]


@pytest.fixture
def calls(monkeypatch):
    """Toy pieces with two levels of 20 kB each; the levels that are computed."""
    calls = []

    def toy(settings, folder, on_progress):
        for number in (0, 1):
            path = folder / f"level{number}.safetensors"
            if not path.exists():
                write_arrays(path, {"a": np.full(20_000, number, np.uint8)})
                calls.append((settings["name"], number))
        return {"sum": sum(int(read_arrays(folder / f"level{n}.safetensors")["a"].sum()) for n in (0, 1)), "seconds": 1}

    monkeypatch.setattr(computing, "KINDS", {"toy": toy})
    return calls


@contextmanager
def _largest_file(size):
    """No file may grow beyond a size: writing more is an error, EFBIG, as Python ignores the signal."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _disk(folder, size):
    """A disk of its own at a folder."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("only root may mount")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607


@pytest.mark.thorough(but=4)
@pytest.mark.parametrize("size", [0, 1, 40, 90, 150, 200, 250, 350, 500, 800, 4096, 10_000, 20_000, 20_100])
def test_a_file_that_may_not_grow_ends_in_a_sentence_and_nothing_is_lost(tmp_path, calls, size):
    with _largest_file(size), pytest.raises(WriteError) as caught:
        computing.compute_all(Console(quiet=True), PIECES, tmp_path)
    words = str(caught.value)
    assert "cannot be written: File too large; raise the limit on the size of a file." in words
    assert words.endswith("the same command goes on from there. 0 of 3 pieces are finished.")
    assert not list(tmp_path.rglob("*.tmp"))
    assert len(computing.compute_all(Console(quiet=True), PIECES, tmp_path)) == 3
    assert calls == [(name, number) for name in "abc" for number in (0, 1)]


@pytest.mark.thorough(but=3)
@pytest.mark.parametrize("kilobytes", range(16, 156, 12))
def test_a_full_disk_ends_in_a_sentence_and_nothing_is_lost(tmp_path, calls, kilobytes):
    with _disk(tmp_path, f"{kilobytes}k"):
        with pytest.raises(WriteError) as caught:
            computing.compute_all(Console(quiet=True), PIECES, tmp_path)
        assert "No space left on device; make room on that disk." in str(caught.value)
        assert f"{len(list(tmp_path.glob('toy-*')))} of 3 pieces are finished." in str(caught.value)
        assert not list(tmp_path.rglob("*.tmp"))
        subprocess.run(["mount", "-o", "remount,size=2m", str(tmp_path)], check=True)  # noqa: S603, S607
        assert len(computing.compute_all(Console(quiet=True), PIECES, tmp_path)) == 3
        assert calls == [(name, number) for name in "abc" for number in (0, 1)]


@pytest.mark.thorough
def test_the_command_ends_with_exit_code_2_and_no_traceback(tmp_path):
    arguments = ["--preset", "smoke", "--claims", "handmade", "--out", str(tmp_path / "run")]
    with _disk(tmp_path, "8k"):
        done = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, str(ROOT / "scripts" / "replicate.py"), *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "JAX_NUM_CPU_DEVICES": "1"},
            check=False,
        )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "Error: " in done.stderr
    assert "No space left on device" in done.stderr


@pytest.mark.thorough(but=5)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("call", ["os.fsync", "Path.replace", "Path.mkdir", "Path.open"])
def test_whatever_the_system_refuses_is_named(tmp_path, monkeypatch, code, call):
    def refuse(*_, **__):
        raise OSError(code, os.strerror(code))

    write_json(tmp_path / "a.json", {"old": 1})
    monkeypatch.setattr(f"lottery.runs.files.{call}", refuse)
    with pytest.raises(WriteError, match=f"a.json cannot be written: {os.strerror(code)}"):
        write_bytes(tmp_path / "a.json", b"new")
    monkeypatch.undo()
    assert read_json(tmp_path / "a.json") == {"old": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.thorough
@pytest.mark.parametrize("blocked", ["claims.json", "index.html", "pages"])
def test_a_report_that_cannot_be_written_ends_in_a_sentence(tmp_path, blocked):
    plan = plan_of("smoke")
    root = replication.open_folder(tmp_path, plan)
    needed = replication.needed_pieces([CLAIMS["handmade"]], plan)
    results = computing.compute_all(Console(quiet=True), needed, root)
    if blocked == "pages":
        (tmp_path / blocked).touch()
    else:
        (tmp_path / blocked).mkdir()
    with pytest.raises(WriteError, match=f"{blocked}.* cannot be written: .*the same command writes the report again"):
        replication.report(tmp_path, plan, "smoke", results, tmp_path / "pages")


def test_a_figure_that_cannot_be_written_ends_in_a_sentence(tmp_path):
    (tmp_path / "figures").touch()
    with pytest.raises(WriteError, match=r"width.csv cannot be written: "):
        save_figure(Figure(), [{"x": 1}], tmp_path / "figures", "width")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may become somebody else")
def test_what_may_not_be_read_is_named_and_left_where_it_is(tmp_path, calls):
    computing.compute_all(Console(quiet=True), PIECES, tmp_path)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/tmp"):  # noqa: S108
            folder.chmod(0o755)
    (tmp_path / PIECES[0].name / "outcomes.json").chmod(0)
    os.seteuid(65534)
    try:
        with pytest.raises(InputError, match=r"outcomes.json cannot be read: Permission denied."):
            pieces.load(PIECES[0], tmp_path)
        new = Piece("toy-d", "toy", {"name": "d"}, updates=0, seconds=1.0)
        with pytest.raises(WriteError, match=r"Permission denied.*the same command goes on"):
            pieces.compute(new, tmp_path, computing.KINDS, lambda share, words: None)
    finally:
        os.seteuid(0)
    assert not list(tmp_path.glob("*.damaged-*"))
