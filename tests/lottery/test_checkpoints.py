"""A run that was killed goes on where it was, bit by bit."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import TINY, assert_same

import lottery.checkpoints
from lottery.networks import LifeNet
from lottery.training import train

NET = LifeNet(width=5)
EASY = replace(TINY, learning_rate=1e-2, updates=800, batch=16)
MANY = range(16)


class KilledError(Exception):
    pass


def killed_after(update):
    def progress(done, solved):
        if done == update:
            raise KilledError

    return progress


@pytest.fixture(autouse=True)
def _saved_after_every_chunk(monkeypatch):
    monkeypatch.setattr(lottery.checkpoints, "SECONDS_BETWEEN", -1.0)


def assert_same_result(one, other):
    assert_same(one.params, other.params)
    assert_same(one.snapshot, other.snapshot)
    for name in ("solved_at_end", "first_solved", "checks", "loss", "wrong"):
        assert_same(getattr(one, name), getattr(other, name))
    assert one.certificates == other.certificates


@pytest.mark.parametrize("stop", [False, True], ids=["to the end", "stopping"])
def test_killed_twice_and_continued_is_the_same_run(tmp_path, stop):
    settings = replace(EASY, stop_when_solved=stop)
    path = tmp_path / "state.safetensors"
    undisturbed = train(NET, settings, seed=3, replicates=MANY, snapshot_at=100)
    seen = []
    for update in (200, 300):
        with pytest.raises(KilledError):
            train(
                NET, settings, seed=3, replicates=MANY, snapshot_at=100, checkpoint=path, progress=killed_after(update)
            )
    continued = train(
        NET,
        settings,
        seed=3,
        replicates=MANY,
        snapshot_at=100,
        checkpoint=path,
        progress=lambda done, solved: seen.append(done),
    )
    assert seen[0] == 300  # what was saved after 250 updates was not computed again
    assert_same_result(undisturbed, continued)


def test_killed_after_all_were_solved_still_continues(tmp_path):
    settings = replace(EASY, stop_when_solved=True)
    solved = train(NET, settings, seed=3, replicates=MANY)
    fast = [int(i) for i in np.argsort(np.where(solved.ever_solved, solved.first_solved, 10**9))[:2]]
    path = tmp_path / "state.safetensors"
    once = train(NET, settings, seed=3, replicates=fast, checkpoint=path)
    assert once.ever_solved.all()
    assert_same_result(once, train(NET, settings, seed=3, replicates=fast, checkpoint=path))
