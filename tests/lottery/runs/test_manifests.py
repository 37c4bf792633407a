"""What a manifest says of when and from what a piece was made."""

import json
import subprocess
from datetime import UTC, datetime

import pytest

from lottery.experiments.rows import COLUMNS
from lottery.runs import pieces, session
from lottery.runs.crate import NAME, write_crate
from lottery.runs.files import read_json, write_json
from lottery.runs.manifests import Dated, add_manifests, check_manifest, date_of, write_manifest
from lottery.runs.tables import FORMATS, write_tables

TOY = pieces.Piece("toy", "toy", {"n": 1}, 1, 1.0)


def _toy(settings, folder, on_progress):
    return {"count": settings["n"], "seconds": 0.0}


@pytest.fixture
def finished(tmp_path):
    pieces.compute(TOY, tmp_path / "pieces", {"toy": _toy}, lambda *_: None)
    return tmp_path / "pieces" / TOY.name


def test_a_computed_piece_has_the_date_of_its_run_and_the_commit_of_the_code(finished):
    dated = date_of(finished)
    assert abs((datetime.now(UTC) - dated.at).total_seconds()) < 600
    assert not dated.entered
    assert read_json(finished / "manifest.json")["commit"] == session.commit()


def test_a_piece_of_an_earlier_version_has_the_commit_and_the_date_of_its_entry(finished):
    (finished / "manifest.json").unlink()
    entry = {"commit": "abc", "date": "2026-11-25T12:02:07+00:00"}
    assert add_manifests(finished.parent, {finished.name: entry}) == [finished]
    assert check_manifest(finished)
    assert date_of(finished) == Dated(datetime(2026, 11, 25, 12, 2, 7, tzinfo=UTC), entered=True)
    assert "date" not in read_json(finished / "manifest.json")


def test_without_an_entry_an_early_piece_has_no_date(finished):
    (finished / "manifest.json").unlink()
    assert date_of(finished) is None
    add_manifests(finished.parent)
    assert date_of(finished) is None


def test_the_commit_is_that_of_the_checkout_and_says_where_files_differ(tmp_path, monkeypatch):
    package = tmp_path / "lottery"
    package.mkdir()
    monkeypatch.setattr(session, "__file__", str(package / "runs" / "session.py"))
    _git(tmp_path, "init", "--quiet")
    (package / "__init__.py").write_text("")
    assert session.commit.__wrapped__() is None  # a repository that does not hold the package
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "--quiet", "-m", "one")
    head = _git(tmp_path, "rev-parse", "HEAD")
    assert session.commit.__wrapped__() == head
    (package / "__init__.py").write_text("1")
    assert session.commit.__wrapped__() == f"{head}-dirty"


def _git(folder, *words):
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def test_the_crate_has_every_piece_with_its_date_and_no_key_beside_its_graph(finished):
    out = finished.parents[1]
    other = out / "pieces" / "other & undated"
    other.mkdir()
    write_json(other / "outcomes.json", {"seconds": 0})
    write_manifest(other, {"entered": None})
    write_crate(out, [finished.name, other.name])
    crate = json.loads((out / NAME).read_text())
    assert set(crate) == {"@context", "@graph"}
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    at = date_of(finished).at
    assert entities[f"pieces/{finished.name}/"]["dateCreated"] == at.isoformat()
    assert entities["./"]["datePublished"] == at.date().isoformat()
    assert "dateCreated" not in entities["pieces/other%20%26%20undated/"]


def test_the_crate_names_the_tables_that_lie_in_the_folder(finished):
    out = finished.parents[1]
    rows = [dict.fromkeys(COLUMNS) | {"claim": "one"}]
    written = [path.name for path in write_tables(out, rows, COLUMNS)]
    write_crate(out, [finished.name])
    entities = {entity["@id"]: entity for entity in json.loads((out / NAME).read_text())["@graph"]}
    assert [entities[name]["encodingFormat"] for name in written] == [FORMATS[name] for name in written]
    assert [part["@id"] for part in entities["./"]["hasPart"]] == ["run.json", *written, "pieces/"]
