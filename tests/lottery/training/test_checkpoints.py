"""A run that was killed goes on where it was, bit by bit."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import TINY, assert_same, random_parameters

import lottery.training.checkpoints
from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import stack
from lottery.runs.files import read_arrays, write_arrays
from lottery.training.loop import train

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
    monkeypatch.setattr(lottery.training.checkpoints, "SECONDS_BETWEEN", -1.0)


def assert_same_result(one, other):
    assert_same(one.params, other.params)
    assert_same(one.snapshot, other.snapshot)
    for name in ("solved_at_end", "first_solved", "checks", "loss", "wrong"):
        assert_same(getattr(one, name), getattr(other, name))
    assert one.certificates == other.certificates


@pytest.mark.thorough  # a plain run kills a command instead (test_instances.py)
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


@pytest.mark.thorough
def test_killed_after_all_were_solved_still_continues(tmp_path):
    settings = replace(EASY, stop_when_solved=True)
    solved = train(NET, settings, seed=3, replicates=MANY)
    fast = [int(i) for i in np.argsort(np.where(solved.ever_solved, solved.first_solved, 10**9))[:2]]
    path = tmp_path / "state.safetensors"
    once = train(NET, settings, seed=3, replicates=fast, checkpoint=path)
    assert once.ever_solved.all()
    assert_same_result(once, train(NET, settings, seed=3, replicates=fast, checkpoint=path))


SMALL = replace(TINY, updates=100)


@pytest.fixture
def left(tmp_path):
    """A run's file, as it is left behind."""
    path = tmp_path / "state.safetensors"
    train(LifeNet(width=2), SMALL, seed=3, replicates=[0, 1], checkpoint=path)
    return path


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 4}, "seed is 3 there and 4 here"),
        ({"replicates": [0, 2]}, r"replicates is \[0, 1\] there and \[0, 2\] here"),
        ({"net": LifeNet(width=3)}, "width is 2 there and 3 here"),
        ({"settings": replace(SMALL, rule="B36/S23")}, "rule is 'B3/S23' there and 'B36/S23' here"),
        ({"settings": replace(SMALL, learning_rate=2e-3)}, "learning_rate is 0.001 there and 0.002 here"),
        ({"copies": [1, 0]}, "copies is"),
        ({"frozen": True}, "frozen is False there and True here"),
        ({"snapshot_at": 50}, "snapshot_at is None there and 50 here"),
        ({"initial": stack([random_parameters(LifeNet(width=2), seed) for seed in (5, 6)])}, "initial is"),
    ],
)
def test_another_runs_file_is_refused_and_says_what_differs(left, change, named):
    asked = {"net": LifeNet(width=2), "settings": SMALL, "seed": 3, "replicates": [0, 1], "checkpoint": left} | change
    with pytest.raises(InputError, match=f"was left by another run.*{named}"):
        train(asked.pop("net"), asked.pop("settings"), **asked)


def test_a_file_of_other_numerics_is_refused(left, monkeypatch):
    with jax.default_matmul_precision("bfloat16"), pytest.raises(InputError, match="matmul_precision is None there"):
        train(LifeNet(width=2), SMALL, seed=3, replicates=[0, 1], checkpoint=left)


def test_a_file_that_does_not_say_its_run_is_refused(left):
    arrays = read_arrays(left)
    del arrays["identity"]
    write_arrays(left, arrays)
    with pytest.raises(InputError, match="does not say which run it is of"):
        train(LifeNet(width=2), SMALL, seed=3, replicates=[0, 1], checkpoint=left)


def test_a_file_is_named_as_a_text_and_replicates_by_an_array(left):
    again = train(LifeNet(width=2), SMALL, seed=3, replicates=np.arange(2), checkpoint=str(left))
    assert_same_result(again, train(LifeNet(width=2), SMALL, seed=3, replicates=range(2)))


def test_weights_and_masks_of_another_network_are_refused():
    net = LifeNet(width=2)

    def weights(net, count=2):
        return stack([random_parameters(net, 0)] * count)

    right = weights(net)
    ones = jax.tree.map(np.ones_like, right)

    def refused(sentence, **given):
        with pytest.raises(InputError, match=sentence):
            train(net, SMALL, seed=0, replicates=[0, 1], **given)

    refused(r"initial: block0_1x1/bias has the shape \(2, 3\)", initial=weights(LifeNet(width=3)))
    refused("initial: the network has no block1_1x1/bias", initial=weights(LifeNet(steps=2, width=2)))
    refused(r"initial: block0_1x1/bias has the shape \(1, 2\)", initial=weights(net, 1))
    refused("initial holds int", initial=jax.tree.map(lambda leaf: leaf.astype(int), right))
    refused("masks: block0_1x1/bias has the shape", masks=jax.tree.map(lambda leaf: leaf[:1], ones))
    refused("masks holds other values than 0 and 1", masks=jax.tree.map(lambda leaf: 2 * leaf, ones))
    refused("masks holds other values", masks=jax.tree.map(lambda leaf: np.nan * leaf, ones))
    refused("copies has 1 entries", copies=[1])
