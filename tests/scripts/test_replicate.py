import json
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from command import ROOT, environment, run

from lottery.report.points import REQUIRED


def _without_times(path: Path) -> list[dict]:
    return [{**point, "seconds": None} for point in json.loads(path.read_text())]


SHORT = ["--claims", "handmade", "width", "--widths", "1", "--width-replicates", "4", "--width-updates", "250"]


def _replicated(tmp_path_factory, *arguments):
    out = tmp_path_factory.mktemp("run") / "run"
    return out, run("replicate.py", "--preset", "smoke", "--out", str(out), *arguments)


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    return _replicated(tmp_path_factory)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    return _replicated(tmp_path_factory, *SHORT)


def _assert_reported(finished, claims, figures):
    out, done = finished
    assert done.returncode == 0, done.stderr
    points = json.loads((out / "claims.json").read_text())
    assert {point["claim"] for point in points} == claims
    for point in points:
        assert set(point) >= set(REQUIRED)
        if point["trials"] is not None:
            assert point["measured"] == point["successes"] / point["trials"]
            assert point["interval"][0] <= point["measured"] <= point["interval"][1]
    assert [p["verdict"] for p in points if p["claim"] == "handmade"] == ["reproduced"] * 5
    for name in figures:
        for ending in ("svg", "png", "csv"):
            assert (out / "figures" / f"{name}.{ending}").stat().st_size > 100
    assert "Deviation from the protocol" in done.stdout
    assert "n=5" in done.stdout


def test_a_short_run_ends_with_a_report(short):
    # `time` asks nothing but what `width` has trained.
    _assert_reported(short, {"handmade", "width", "time"}, ["width"])


@pytest.mark.thorough
def test_the_smoke_preset_ends_with_a_report(smoke):
    _assert_reported(smoke, {"handmade", "width", "tenth", "ticket", "time"}, ["width", "tenth", "ticket"])


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.outside = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            outside = value and not value.startswith("#")
            if name in ("src", "href", "data") and outside:
                self.outside.append((tag, value))


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("finished", ["short", "smoke"])
def test_the_page_stands_alone(finished, request):
    out, _ = request.getfixturevalue(finished)
    links = _Links()
    links.feed((out / "index.html").read_text())
    assert {tag for tag, _ in links.outside} == {"a"}
    assert [value for _, value in links.outside if not (out / value).is_file()] == []


@pytest.mark.thorough
def test_a_finished_run_computes_nothing_again(smoke):
    out, _ = smoke
    before = {path: path.stat().st_mtime_ns for path in (out / "pieces").rglob("*")}
    assert run("replicate.py", "--preset", "smoke", "--out", str(out)).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in (out / "pieces").rglob("*")} == before


@pytest.mark.thorough
def test_a_killed_run_continues_to_the_same_claims_in_another_folder(smoke, tmp_path):
    out, _ = smoke
    target = tmp_path / "killed"
    command = [sys.executable, str(ROOT / "scripts" / "replicate.py"), "--preset", "smoke", "--out", str(target)]
    process = subprocess.Popen(  # noqa: S603 - our own script
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    )
    started = time.monotonic()
    while process.poll() is None and not list(target.glob("pieces/.imp-*.partial/level00.json")):
        time.sleep(0.05)
        assert time.monotonic() - started < 300
    assert process.poll() is None, "the run was over before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (target / "claims.json").exists()
    assert run("replicate.py", "--preset", "smoke", "--out", str(target)).returncode == 0
    assert _without_times(target / "claims.json") == _without_times(out / "claims.json")


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "huge"], "smoke, laptop, paper"),
        (["--claims", "everything"], "handmade, width, tenth, ticket"),
        (["--claims"], "names no claim: give it some of handmade, width, tenth, ticket"),
        (["--updates", "0"], "updates is 0"),
        (["--replicates", "0"], "replicates is 0"),
        (["--seed", "9223372036854775808"], "2147483647"),
        (["--levels", "1000000000"], "each level removes a weight"),
        (["--claims", "all", "--replicates", "1000000000"], "GiB of memory"),
        (["--ticket-width", "100000"], "GiB of memory"),
        (["--levels", "-1"], "at least 1"),
        (["--density", "1.5"], "0 and 1"),
        (["--rule", "B3/S9"], "S9"),
        (["--padding", "sphere"], "torus"),
        (["--seed", "-4"], "2147483647"),
        (["--widths", "three"], "INT"),
        (["--no-such-option"], "no-such-option"),
    ],
)
def test_a_mistake_gets_one_sentence_and_exit_code_2(arguments, words, tmp_path):
    done = run("replicate.py", "--preset", "smoke", "--out", str(tmp_path / "run"), *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert words in done.stderr + done.stdout
    assert not (tmp_path / "run").exists()


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["claims.json", "index.html", "run.json"])
def test_a_folder_in_the_place_of_a_file_is_refused_before_anything_is_computed(name, tmp_path):
    (tmp_path / name).mkdir()
    done = run("replicate.py", "--preset", "smoke", "--out", str(tmp_path))
    assert done.returncode == 2
    assert f"{name} is a folder, where a file is written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.thorough
def test_a_folder_of_another_run_is_refused_and_kept(short):
    out, _ = short
    before = (out / "claims.json").read_bytes()
    done = run("replicate.py", "--preset", "smoke", "--out", str(out), *SHORT, "--seed", "7")
    assert done.returncode == 2
    assert "seed 0, not 7" in done.stderr
    assert (out / "claims.json").read_bytes() == before
