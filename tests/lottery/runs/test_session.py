"""How commands start and end."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gol.errors import InputError
from lottery.runs import session

ROOT = Path(__file__).parents[3]

INTERRUPTED = """
import atexit, os
from lottery.runs import session

def main():
    print("so far")
    atexit.register(os._exit, 3)  # what an interpreter's end would run into
    raise KeyboardInterrupt

session.run(main)
"""


def python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def test_ctrl_c_ends_without_taking_down_what_computes_and_keeps_what_was_printed():
    ended = python(INTERRUPTED)
    assert ended.returncode == 130
    assert ended.stdout == "so far\n"
    assert ended.stderr == "Stopped. What is finished is kept; the same command goes on from there.\n"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("width is 0: choose\nmore."), "width is 0: choose more."),
        (InputError("no rule \x1b[31m"), r"no rule \x1b[31m"),
        (
            PermissionError(errno.EACCES, "Permission denied", "runs/\x07"),
            r"runs/\x07 cannot be used: Permission denied.",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "The machine refuses: No space left on device."),
        (MemoryError("4 GiB"), "The machine has too little memory for this: choose smaller numbers (4 GiB)."),
    ],
)
def test_what_a_user_or_the_machine_refuses_is_one_harmless_line(error, sentence):
    assert session.explain(error) == sentence


def test_a_message_without_an_end_is_cut():
    assert session.explain(InputError("x" * 10**6)) == "x" * (session.LONGEST - 1) + "…"


@pytest.mark.parametrize("bug", [KeyError("x"), OSError("odd"), OSError(errno.EBADF, "Bad"), RuntimeError("odd")])
def test_a_bug_is_not_explained_away(bug):
    assert session.explain(bug) is None


def test_a_bug_keeps_its_traceback():
    ended = python("from lottery.runs import session; session.run(lambda: {}['missing'])")
    assert ended.returncode == 1
    assert "KeyError: 'missing'" in ended.stderr


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize(("argument", "words"), [("a\x1b[31mb", r"'a\x1b[31mb' has control characters"), ("", "empty")])
def test_arguments_that_no_option_takes_are_refused(argument, words):
    ended = python("from lottery.runs import session; session.run(lambda: print('ran'))", argument)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "\x1b" not in ended.stderr


def test_what_an_encoding_does_not_have_is_printed_in_plainer_characters():
    code = r"from lottery.runs import session; session.run(lambda: print('✓ ╭─│ ▀▄█ é … 雪 \udcff'))"
    assert python(code, PYTHONIOENCODING="ascii").stdout == "+ +-| '.# e ... ? \\xff\n"
    assert python(code, PYTHONIOENCODING="utf-8").stdout == "✓ ╭─│ ▀▄█ é … 雪 \\xff\n"


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize(
    ("name", "value"), [("JAX_PLATFORMS", "abacus"), ("JAX_NUM_CPU_DEVICES", "many"), ("JAX_ENABLE_X64", "maybe")]
)
def test_an_environment_that_jax_cannot_start_in_is_a_sentence(name, value, monkeypatch):
    monkeypatch.delenv("JAX_DISABLE_MOST_OPTIMIZATIONS", raising=False)  # which tests/conftest.py sets
    ended = python("from lottery.runs import session; session.run(session.start)", **{name: value})
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Error: jax does not start with {name}={value}")
    assert ended.stderr.count("\n") == 1


def test_the_cache_is_where_xdg_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    monkeypatch.setattr(Path, "home", _no_home)
    assert session.cache_folder() == tmp_path / "mine" / "gol-lottery" / "xla"
    assert session.cache_folder().is_dir()


@pytest.mark.parametrize("unset", ["", "a/relative/one"])
def test_a_cache_home_that_is_no_absolute_path_counts_as_unset(monkeypatch, tmp_path, unset):
    monkeypatch.setenv("XDG_CACHE_HOME", unset)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert session.cache_folder() == tmp_path / ".cache" / "gol-lottery" / "xla"


def test_without_a_home_or_a_folder_to_write_to_nothing_is_cached(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", _no_home)
    assert session.cache_folder() is None
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert session.cache_folder() is None


def _no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")
