"""The weights that are kept beside the last ones: those of the best look, and an average."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import TINY, assert_same, rows

import lottery.training.checkpoints
from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.training.kept import nothing_kept
from lottery.training.loop import train

NET = LifeNet(width=3)
SETTINGS = replace(TINY, learning_rate=3e-2, updates=400)
DECAY = 0.75


class KilledError(Exception):
    pass


@pytest.fixture(scope="module")
def kept():
    return train(NET, SETTINGS, seed=3, replicates=range(3), keep=DECAY)


@pytest.fixture(scope="module")
def looked_at():
    """The same run's weights at every look, each by a run of its own that ends there."""
    return [
        train(NET, replace(SETTINGS, updates=update), seed=3, replicates=range(3)).params
        for update in range(SETTINGS.check_every, SETTINGS.updates + 1, SETTINGS.check_every)
    ]


def test_what_is_kept_changes_nothing_of_the_training(kept):
    usual = train(NET, SETTINGS, seed=3, replicates=range(3))
    assert usual.kept is None
    assert_same(usual.params, kept.params)
    assert_same(usual.wrong, kept.wrong)


def test_the_best_weights_are_those_of_the_first_look_with_the_fewest_wrong_answers(kept, looked_at):
    assert kept.kept.fewest.tolist() == kept.wrong.min(1).tolist()
    assert kept.kept.best_at.tolist() == kept.checks[kept.wrong.argmin(1)].tolist()
    for i, look in enumerate(kept.wrong.argmin(1)):
        assert_same(rows(kept.kept.best, i), rows(looked_at[look], i))


def test_the_average_moves_at_the_looks_and_starts_at_the_first(kept, looked_at):
    average = jax.tree.map(np.float64, looked_at[0])
    for params in looked_at[1:]:
        average = jax.tree.map(lambda old, new: DECAY * old + (1 - DECAY) * new, average, params)
    for found, expected in zip(jax.tree.leaves(kept.kept.average), jax.tree.leaves(average), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_of_equal_looks_the_first_is_kept():
    found = nothing_kept(0.5, {"w": np.zeros((2, 1))}, 2)
    for update, wrong in ((1, [5, 3]), (2, [4, 3]), (3, [4, 9])):
        found.look(update, {"w": np.full((2, 1), float(update))}, np.array(wrong))
    assert found.best["w"].ravel().tolist() == [2, 1]
    assert found.best_at.tolist() == [2, 1]
    assert found.average["w"].ravel().tolist() == [2.25, 2.25]


def test_a_killed_run_goes_on_with_what_it_had_kept(tmp_path, monkeypatch, kept):
    monkeypatch.setattr(lottery.training.checkpoints, "SECONDS_BETWEEN", -1.0)
    path = tmp_path / "state.safetensors"

    def killed(done, _):
        if done == 250:
            raise KilledError

    with pytest.raises(KilledError):
        train(NET, SETTINGS, seed=3, replicates=range(3), keep=DECAY, checkpoint=path, progress=killed)
    with pytest.raises(InputError, match=r"keep is 0\.75 there and 0\.5 here"):
        train(NET, SETTINGS, seed=3, replicates=range(3), keep=0.5, checkpoint=path)
    continued = train(NET, SETTINGS, seed=3, replicates=range(3), keep=DECAY, checkpoint=path)
    assert_same(continued.kept.arrays, kept.kept.arrays)
    assert_same(continued.params, kept.params)


def test_networks_that_leave_and_decays_that_are_none_are_refused():
    for settings, keep in ((SETTINGS, 1.0), (SETTINGS, -0.1), (replace(SETTINGS, stop_when_solved=True), 0.9)):
        with pytest.raises(InputError, match=r"keep is .*a decay from 0 on and below 1, of networks that"):
            train(NET, settings, seed=3, replicates=[0], keep=keep)


def test_whoever_watches_sees_every_check_with_the_state_of_training(kept):
    seen = []

    def watch(course, state):
        seen.append((course.update, course.wrong[-1].tolist(), np.asarray(state.optimizer[0].count).max()))

    train(NET, SETTINGS, seed=3, replicates=range(3), watch=watch)
    assert [update for update, _, _ in seen] == [count for _, _, count in seen] == kept.checks.tolist()
    assert [wrong for _, wrong, _ in seen] == kept.wrong.T.tolist()
