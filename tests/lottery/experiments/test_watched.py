"""Networks that are looked at and certified at the end alone: what is stored of them, and that they train as others."""

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers import TINY, assert_same

from gol.errors import InputError
from lottery.claims.frame.plan import plan_of
from lottery.claims.paper.lost import Lost
from lottery.experiments import KINDS
from lottery.experiments.watched import watched_piece
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import stack
from lottery.runs import pieces
from lottery.runs.files import read_arrays
from lottery.training import checkpoints, course
from lottery.training.loop import train

NET = LifeNet(width=2)
SETTINGS = replace(TINY, updates=100, screen_boards=4)


def _right_at_first(**changes):
    """A network that is right to begin with, trained at a rate at which it stays so, beside one that learns nothing."""
    wrong = handmade_parameters(1, 2)
    wrong["readout"] = {name: np.zeros_like(leaf) - (name == "bias") for name, leaf in wrong["readout"].items()}
    initial = stack([handmade_parameters(1, 2), wrong])
    return train(NET, replace(SETTINGS, learning_rate=1e-9), seed=0, replicates=range(2), initial=initial, **changes)


def test_nothing_is_certified_before_the_end_and_networks_train_the_same(monkeypatch):
    usual = _right_at_first()
    assert usual.first_solved.tolist() == [50, -1]

    def refuse(*_, **__):
        raise AssertionError("certified at a check")

    monkeypatch.setattr(course, "certify_network", refuse)
    watched = _right_at_first(certify_checks=False)
    assert watched.first_solved.tolist() == [-1, -1]
    assert watched.solved_at_end.tolist() == [True, False]
    for name in ("params", "loss", "wrong", "checks"):
        assert_same(getattr(watched, name), getattr(usual, name))


def test_networks_that_leave_have_to_be_certified():
    with pytest.raises(InputError, match="only certified networks leave"):
        train(NET, replace(SETTINGS, stop_when_solved=True), seed=0, replicates=[0], certify_checks=False)


def test_a_checkpoint_says_that_checks_do_not_certify_and_nothing_where_they_do(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", -1.0)
    path = tmp_path / "state.safetensors"
    train(NET, SETTINGS, seed=0, replicates=[0], checkpoint=path)
    assert "certify_checks" not in json.loads(read_arrays(path)["identity"].tobytes())
    with pytest.raises(InputError, match="certify_checks is None there and False here"):
        train(NET, SETTINGS, seed=0, replicates=[0], checkpoint=path, certify_checks=False)


def test_a_watched_piece_says_what_its_looks_saw(tmp_path):
    piece = watched_piece("watched", NET, SETTINGS, seed=3, replicates=range(2))
    found = pieces.compute(piece, tmp_path, KINDS, lambda share, words: None)
    course_of_it = read_arrays(tmp_path / piece.name / "course.safetensors")
    assert found["looks"] == len(found["right_share"]) == 2
    assert found["course_updates"] == course_of_it["checks"].tolist() == [50, 100]
    assert found["last_wrong"] == course_of_it["wrong"][:, -1].tolist()
    for name in ("first_right", "losses_of_it", "right_at_end", "solved_at_end", "all_dead_at_end", "constant_wide"):
        assert len(found[name]) == 2
    assert found["kind"] == "neighbourhoods"


def test_kept_weights_are_judged_as_the_last_ones_are_and_change_nothing_else(tmp_path):
    settings = replace(SETTINGS, screen_boards=3, learning_rate=1e-2)
    usual, keeping = (
        watched_piece("watched", LifeNet(steps=2), settings, seed=3, replicates=range(2), keep=keep)
        for keep in (None, 0.0)
    )
    assert keeping.settings == {**usual.settings, "keep": 0.0}
    plain, found = (pieces.compute(each, tmp_path, KINDS, lambda share, words: None) for each in (usual, keeping))
    best, average = found.pop("best"), found.pop("average")
    assert {**found, "seconds": 0} == {**plain, "seconds": 0}
    # An average that remembers nothing is the last weights.
    assert average["wrong"] == found["last_wrong"]
    assert average["wrong_at_end"] == found["wrong_at_end"]
    wrong = read_arrays(tmp_path / keeping.name / "course.safetensors")["wrong"]
    assert best["wrong"] == wrong.min(1).tolist()
    assert best["at"] == [50 * (int(look) + 1) for look in wrong.argmin(1)]
    assert best["solved_at_end"] == [False, False]


def test_pieces_that_keep_nothing_have_the_names_they_had():
    plan = plan_of("laptop")
    assert [piece.name for piece in Lost(plan).needed()] == ["lost-n3-m8-constant-33c18ec36a"]


def test_who_calls_every_cell_dead_is_told_from_who_is_merely_wrong():
    from lottery.experiments.network_piece import Asked
    from lottery.experiments.watched import _all_dead

    result = _right_at_first(certify_checks=False)
    asked = Asked(NET, SETTINGS, 0, range(2))
    assert _all_dead(asked, result) == [False, True]
    alive = result.params["readout"]["bias"].copy()
    alive[1] = 1.0
    result.params["readout"]["bias"] = alive
    assert _all_dead(asked, result) == [False, False]
