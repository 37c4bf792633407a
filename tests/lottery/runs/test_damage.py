"""What is damaged on disk is never used: it is named in a sentence, kept under another name, and computed again."""

import json
import logging
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from damage import damaged
from rich.console import Console

from gol.errors import DamagedError, InputError
from lottery import computing, replication
from lottery.claims import CLAIMS
from lottery.claims.frame.plan import plan_of
from lottery.experiments import KINDS
from lottery.experiments.prune import pruning_piece
from lottery.networks.lifenet import LifeNet
from lottery.runs import pieces
from lottery.runs.files import read_arrays, read_json, write_arrays, write_json
from lottery.runs.manifests import add_manifests, check_manifest
from lottery.runs.pieces import Piece
from lottery.tickets.settings import PruningSettings
from lottery.training import checkpoints
from lottery.training.loop import train
from lottery.training.settings import TrainSettings

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "pieces"
TOY = Piece("toy", "toy", {"number": 3}, updates=0, seconds=1.0)


def _quiet(share, words):
    pass


def _toy(settings, folder, on_progress):
    write_arrays(folder / "weights.safetensors", {"a": np.arange(3.0)})
    return {"solved_at_end": [True, False], "count": settings["number"], "seconds": 0.5}


@pytest.fixture
def finished(tmp_path):
    pieces.compute(TOY, tmp_path, {"toy": _toy}, _quiet)
    return tmp_path / TOY.name


def _compute():
    calls = []

    def toy(settings, folder, on_progress):
        calls.append(folder)
        return _toy(settings, folder, on_progress)

    return calls, {"toy": toy}


def test_a_finished_piece_lists_its_files_with_what_made_them(finished):
    manifest = read_json(finished / "manifest.json")
    assert set(manifest["files"]) == {"outcomes.json", "settings.json", "weights.safetensors"}
    assert {path.name for path in finished.iterdir()} == {*manifest["files"], "manifest.json"}
    assert {"python", "jax", "gol-lottery"} <= set(manifest["versions"])
    assert manifest["device"].startswith(("cpu", "gpu", "tpu"))
    assert manifest["date"].endswith("+00:00")


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("name", ["outcomes.json", "settings.json", "manifest.json", "weights.safetensors"])
def test_no_damaged_bit_of_a_finished_piece_goes_unseen(finished, name):
    count = 0
    for _ in damaged(finished / name):
        count += 1
        with pytest.raises(DamagedError, match=r"is damaged: "):
            pieces.load(TOY, finished.parent)
    assert count > 8 * min(finished.joinpath(name).stat().st_size, 512)
    assert pieces.load(TOY, finished.parent)["solved_at_end"] == [True, False]


def test_a_damaged_piece_is_named_set_aside_and_computed_again(finished, caplog):
    outcomes = finished / "outcomes.json"
    for time in (1, 2):
        outcomes.write_text(outcomes.read_text().replace("true", "false"))
        calls, kinds = _compute()
        assert pieces.compute(TOY, finished.parent, kinds, _quiet)["solved_at_end"] == [True, False]
        assert len(calls) == 1
        (message,) = caplog.messages
        assert message == (
            f"{finished} is damaged: its outcomes.json does not match manifest.json; "
            f"it was set aside as {TOY.name}.damaged-{time} and is computed again."
        )
        caplog.clear()
        aside = finished.with_name(f"{TOY.name}.damaged-{time}")
        assert json.loads((aside / "outcomes.json").read_text())["solved_at_end"] == [False, False]


def test_weights_may_be_absent_but_outcomes_and_settings_may_not(finished):
    (finished / "weights.safetensors").unlink()
    assert pieces.load(TOY, finished.parent)["count"] == 3
    for name in ("outcomes.json", "settings.json"):
        content = (finished / name).read_bytes()
        (finished / name).unlink()
        with pytest.raises(DamagedError, match=f"its {name} is missing"):
            pieces.load(TOY, finished.parent)
        (finished / name).write_bytes(content)


def _fifo(path):
    os.mkfifo(path)


def _folder(path):
    path.mkdir()
    (path / "x").touch()


def _dangling(path):
    path.symlink_to("nowhere")


@pytest.mark.thorough(but=4)
@pytest.mark.parametrize("make", [_fifo, _folder, _dangling])
@pytest.mark.parametrize("name", ["outcomes.json", "settings.json", "manifest.json", "weights.safetensors", ""])
def test_something_else_where_a_file_should_be_is_damage(finished, make, name):
    path = finished / name if name else finished
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    make(path)
    calls, kinds = _compute()
    with pytest.raises(DamagedError):
        pieces.load(TOY, finished.parent)
    assert pieces.compute(TOY, finished.parent, kinds, _quiet)["count"] == 3
    assert len(calls) == 1


@pytest.mark.thorough(but=4)
@pytest.mark.parametrize("make", [_fifo, _folder, _dangling])
@pytest.mark.parametrize(
    "name", ["settings.json", "outcomes.json", "level00.json", "owner.json", "checkpoint.safetensors"]
)
def test_something_else_in_an_unfinished_piece_is_set_aside(tmp_path, make, name):
    partial = tmp_path / f".{TOY.name}.partial"
    partial.mkdir()
    make(partial / name)
    assert pieces.compute(TOY, tmp_path, {"toy": _toy}, _quiet)["count"] == 3
    assert [path.name for path in tmp_path.rglob("*.damaged-1")] == [f"{name}.damaged-1"]


@pytest.mark.parametrize("make", [_fifo, Path.touch, _dangling])
def test_something_else_than_the_folder_of_an_unfinished_piece_is_set_aside(tmp_path, make):
    make(tmp_path / f".{TOY.name}.partial")
    assert pieces.compute(TOY, tmp_path, {"toy": _toy}, _quiet)["count"] == 3
    assert os.path.lexists(tmp_path / f".{TOY.name}.partial.damaged-1")


def test_a_folder_that_holds_another_unfinished_piece_is_set_aside(tmp_path, caplog):
    other = Piece("toy", "toy", {"number": 4}, updates=0, seconds=1.0)

    def stopped(settings, folder, on_progress):
        write_json(folder / "level00.json", {"number": 4})
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pieces.compute(other, tmp_path, {"toy": stopped}, _quiet)
    (tmp_path / f".{other.name}.partial").rename(tmp_path / f".{TOY.name}.partial")
    assert pieces.compute(TOY, tmp_path, {"toy": _toy}, _quiet)["count"] == 3
    assert "other settings" in caplog.text
    assert (tmp_path / f".{TOY.name}.partial.damaged-1" / "level00.json").exists()


def test_a_piece_of_an_earlier_version_is_used_and_a_sentence_says_so_once(finished, caplog):
    (finished / "manifest.json").unlink()
    for _ in range(2):
        assert pieces.load(TOY, finished.parent)["count"] == 3
    assert len(caplog.messages) == 1
    assert "cannot be checked" in caplog.text
    assert add_manifests(finished.parent) == [finished]
    assert check_manifest(finished)
    assert add_manifests(finished.parent) == []


@pytest.mark.parametrize("content", ["{}", "[]", '{"format": 1}'])
def test_a_manifest_without_a_checksum_is_damage(finished, content):
    (finished / "manifest.json").write_text(content)
    with pytest.raises(DamagedError, match="no checksum"):
        pieces.load(TOY, finished.parent)


def test_a_manifest_of_a_later_version_is_refused(finished):
    write_json(finished / "manifest.json", {**read_json(finished / "manifest.json"), "format": 2})
    with pytest.raises(InputError, match="another version"):
        pieces.load(TOY, finished.parent)


def test_every_piece_of_the_reference_matches_its_manifest():
    folders = sorted(REFERENCE.iterdir())
    assert len(folders) >= 392
    for folder in folders:
        assert check_manifest(folder), f"{folder} has no manifest: see lottery.runs.manifests.add_manifests"
    kept = {"outcomes.json.gz", "settings.json", "manifest.json"}
    assert sum(path.stat().st_size for path in REFERENCE.rglob("*") if path.name in kept) < 4e6


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(computing, "KINDS", {"handmade": lambda *_: {"correct": True, "seconds": 1.0}})  # at once
    plan = plan_of("smoke")
    root = replication.open_folder(tmp_path, plan)
    needed = replication.needed_pieces([CLAIMS["handmade"]], plan)
    computing.compute_all(Console(quiet=True), needed, root)
    return plan, root, needed


def test_the_report_names_a_damaged_piece_and_leaves_it_out(run_folder, caplog):
    plan, root, needed = run_folder
    path = root / needed[0].name / "outcomes.json"
    path.write_text(path.read_text().replace("true", "false"))
    assert replication.finished(plan, root).keys() == {piece.name for piece in needed[1:]}
    assert f"{needed[0].name} is damaged: its outcomes.json does not match manifest.json" in caplog.text
    assert path.exists()
    results = computing.compute_all(Console(quiet=True), needed, root)
    assert replication.finished(plan, root) == results
    assert (root / f"{needed[0].name}.damaged-1").exists()


def test_damaged_settings_of_a_run_are_set_aside_and_written_again(run_folder, caplog):
    plan, root, _ = run_folder
    stored = root.parent / "run.json"
    before = stored.read_text()
    stored.write_text(before.replace('"seed": 0', '"seed": 1'))
    assert replication.open_folder(root.parent, plan) == root
    assert stored.read_text() == before
    assert "run.json.damaged-1" in caplog.text


PIECE = pruning_piece(
    "prune",
    LifeNet(width=1),
    TrainSettings(updates=60, bank_boards=16, bank_updates=20, check_every=20),
    PruningSettings(levels=2, prune_fraction=0.3, controls=()),
    seed=3,
    replicates=range(2),
)


def _without_times(outcomes):
    return [{**row, "seconds": 0} for row in outcomes["levels"]]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """The folder of a pruning piece that was stopped within its last level, and what it ends with."""
    root = tmp_path_factory.mktemp("stopped")
    before, checkpoints.SECONDS_BETWEEN = checkpoints.SECONDS_BETWEEN, -1.0

    def stop(share, words):
        if words == "level 2" and list((root / f".{PIECE.name}.partial").glob("checkpoint-level2*")):
            raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            pieces.compute(PIECE, root, KINDS, stop)
    finally:
        checkpoints.SECONDS_BETWEEN = before
    expected = pieces.compute(PIECE, tmp_path_factory.mktemp("whole"), KINDS, _quiet)
    return root / f".{PIECE.name}.partial", expected


FILES = ["level00.json", "level01.json", "level00.safetensors", "level01.safetensors", "checkpoint-level2.safetensors"]


@pytest.mark.thorough
@pytest.mark.parametrize("name", FILES)
def test_no_damaged_bit_of_an_unfinished_piece_goes_unseen(stopped, tmp_path, name):
    shutil.copy(stopped[0] / name, tmp_path / name)
    read = read_json if name.endswith(".json") else read_arrays
    read(tmp_path / name)
    for _ in damaged(tmp_path / name):
        with pytest.raises(DamagedError):
            read(tmp_path / name)


@pytest.mark.thorough
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_of_an_unfinished_piece_is_set_aside_and_the_outcomes_are_the_same(
    stopped, tmp_path, name, caplog
):
    partial, expected = stopped
    shutil.copytree(partial, tmp_path / partial.name)
    path = tmp_path / partial.name / name
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    found = pieces.compute(PIECE, tmp_path, KINDS, _quiet)
    assert _without_times(found) == _without_times(expected)
    (message,) = caplog.messages
    assert re.search(rf"{name} is damaged: .*set aside as {name}.damaged-1 and is computed again", message)
    assert (tmp_path / PIECE.name / f"{name}.damaged-1").read_bytes() == content


@pytest.mark.thorough
def test_a_stopped_piece_of_an_earlier_version_goes_on(stopped, tmp_path, caplog):
    partial, expected = stopped
    shutil.copytree(partial, tmp_path / partial.name)
    for name in ("level00.json", "level01.json"):
        path = tmp_path / partial.name / name
        path.write_text(json.dumps(read_json(path)))
    assert _without_times(pieces.compute(PIECE, tmp_path, KINDS, _quiet)) == _without_times(expected)
    assert len(caplog.messages) == 1
    assert "cannot be checked" in caplog.text


def test_a_damaged_checkpoint_of_ones_own_is_refused_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", -1.0)
    settings = TrainSettings(updates=60, bank_boards=16, bank_updates=20, check_every=20)
    path = tmp_path / "mine.safetensors"
    train(LifeNet(width=1), settings, seed=0, replicates=range(2), checkpoint=path)
    content = path.read_bytes()
    for damage in (content[:-1], content[:-1] + bytes([content[-1] ^ 1]), b""):
        path.write_bytes(damage)
        with pytest.raises(DamagedError, match=r"mine.safetensors is (damaged|not a readable safetensors file)"):
            train(LifeNet(width=1), settings, seed=0, replicates=range(2), checkpoint=path)


@pytest.fixture(autouse=True)
def _sentences(caplog):
    caplog.set_level(logging.WARNING, "lottery")
    pieces._warn_of_unchecked.cache_clear()
