import pytest

from gol.errors import InputError
from lottery.claims.frame.plan import PRESETS
from lottery.experiments.network_piece import network_settings
from lottery.experiments.prune import pruning_piece
from lottery.experiments.train import training_piece
from lottery.networks.lifenet import LifeNet
from lottery.runs import pieces
from lottery.runs.files import non_defaults, settings_from, write_json
from lottery.runs.manifests import write_manifest
from lottery.runs.pieces import Piece
from lottery.tickets.settings import PruningSettings
from lottery.training.settings import TrainSettings


@pytest.fixture
def piece():
    return Piece("toy-a", "toy", {"number": 3}, updates=0, seconds=1.0)


def _kinds(calls):
    def toy(settings, folder, on_progress):
        calls.append(settings["number"])
        (folder / "checkpoint.safetensors").write_bytes(b"state")
        on_progress(0.5, "half way")
        return {"doubled": 2 * settings["number"], "seconds": 0.0}

    return {"toy": toy}


def test_a_finished_piece_is_stored_whole_and_found_again(piece, tmp_path):
    told = []
    outcomes = pieces.compute(piece, tmp_path, _kinds([]), lambda share, words: told.append((share, words)))
    assert outcomes == {"doubled": 6, "seconds": 0.0}
    assert told == [(0.5, "half way")]
    assert pieces.is_done(piece, tmp_path)
    assert pieces.load(piece, tmp_path) == outcomes
    assert not list(tmp_path.glob(".*.partial"))
    assert not list((tmp_path / piece.name).glob("checkpoint*"))


def test_a_failed_piece_is_not_done_and_keeps_its_partial_folder(piece, tmp_path):
    def failing(settings, folder, on_progress):
        (folder / "level00.json").write_text("{}")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pieces.compute(piece, tmp_path, {"toy": failing}, lambda share, words: None)
    assert not pieces.is_done(piece, tmp_path)
    assert (tmp_path / f".{piece.name}.partial" / "level00.json").exists()


def test_the_name_follows_from_all_settings(piece):
    assert piece.name == "toy-a-00af958b6b"  # pinned: a change of this hash orphans every stored run
    assert Piece("toy-a", "toy", {"number": 4}, 0, 1.0).name != piece.name
    assert Piece("toy-a", "other", {"number": 3}, 0, 1.0).name != piece.name
    assert Piece("toy-a", "toy", {"number": 3}, 9, 2.0).name == piece.name  # an estimate is no setting


def test_a_folder_of_other_settings_is_refused(piece, tmp_path):
    pieces.compute(piece, tmp_path, _kinds([]), lambda share, words: None)
    write_json(tmp_path / piece.name / "settings.json", {"kind": "toy", "settings": {"number": 5}})
    write_manifest(tmp_path / piece.name, {})
    with pytest.raises(InputError, match="other settings"):
        pieces.load(piece, tmp_path)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"doubled": 6}'])
def test_damaged_outcomes_are_refused_in_a_sentence(piece, tmp_path, damage):
    pieces.compute(piece, tmp_path, _kinds([]), lambda share, words: None)
    (tmp_path / piece.name / "outcomes.json").write_text(damage)
    write_manifest(tmp_path / piece.name, {})
    with pytest.raises(InputError, match="damaged"):
        pieces.load(piece, tmp_path)


def test_a_piece_is_named_by_what_differs_from_the_defaults_so_that_new_settings_rename_nothing():
    """Names in results that are kept: if one of these changes, a default has changed, and with it what was run."""
    plan = PRESETS["paper"]
    trained = training_piece("m3", plan.network(3), plan.training(125_000), seed=0, replicates=range(64))
    assert trained.settings == {"network": {"width": 3}, "training": {}, "seed": 0, "replicates": [0, 64]}
    pruned = pruning_piece(
        "imp",
        LifeNet(steps=2, features=(3, 4), initialiser="he"),
        TrainSettings(updates=500, density=0.38),
        PruningSettings(levels=3, controls=("reinit",)),
        seed=1,
        replicates=range(8),
    )
    assert pruned.settings["network"] == {"steps": 2, "features": [3, 4], "initialiser": "he"}
    assert (trained.name, pruned.name) == ("m3-3b151eaf22", "imp-f1042595e4")


def test_settings_survive_being_written_as_what_differs_from_the_defaults():
    for net in (LifeNet(2, 3, padding="zero"), LifeNet(features=(5, 4), initialiser="he"), LifeNet()):
        assert settings_from(LifeNet, network_settings(net)) == net
    for settings in (TrainSettings(), TrainSettings(updates=500, density=0.38, stop_when_solved=True)):
        assert settings_from(TrainSettings, non_defaults(settings)) == settings
    pruning = PruningSettings(levels=3, controls=())
    assert settings_from(PruningSettings, non_defaults(pruning)) == pruning
