"""The updates in which networks are lost: made once more they are those of the training, and what is read is true."""

import json
from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import TINY, assert_close

from gol.errors import InputError
from lottery.experiments import KINDS, spikes
from lottery.experiments.network_piece import Asked, asked
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import stack
from lottery.runs import pieces
from lottery.training.loop import train
from lottery.training.updates import State

NET = LifeNet(width=8)
# One board per update and a high rate, looked at often: the first of these networks is right once and then wrong again.
RESTLESS = replace(TINY, learning_rate=3e-2, batch=1, check_every=10, updates=300)


@pytest.fixture(scope="module")
def piece():
    return spikes.spikes_piece("spikes", NET, RESTLESS, seed=0, replicates=range(4))


@pytest.fixture(scope="module")
def watching(piece):
    seen = spikes._Watching()
    train(NET, RESTLESS, seed=0, replicates=range(4), certify_checks=False, watch=seen)
    return seen


def test_a_piece_says_who_was_lost_and_how(piece, tmp_path):
    found = pieces.compute(piece, tmp_path, KINDS, lambda share, words: None)
    seen = train(NET, RESTLESS, seed=0, replicates=range(4), certify_checks=False)
    assert found["networks"] == 4
    assert found["ever_right"] == np.sum((seen.wrong == 0).any(1)) >= 1
    (lost,) = found["lost"]
    assert (lost["network"], lost["first_right"]) == (0, 240)
    look = int(np.flatnonzero((seen.wrong[0, :-1] == 0) & (seen.wrong[0, 1:] > 0))[0])
    assert lost["last_right"] == seen.checks[look]
    assert lost["wrong"] == seen.wrong[0, look + 1]  # the updates made again end where the training did
    assert 1 <= lost["broken_after"] <= 10
    assert lost["layer"].split("/")[1] in ("kernel", "bias")
    assert set(lost["before"]) == {"fall", "surprise", "step", "denominator"}
    (course,) = found["courses"]
    assert {len(course[name]) for name in course if name != "network"} == {10}
    assert course["updates"][lost["broken_after"] - 1] == 0
    assert course["wrong"][-1] == lost["wrong"]
    assert len(json.dumps(found)) < 25_000


def test_updates_made_one_by_one_are_those_of_the_training(watching):
    asked_for, start = Asked(NET, RESTLESS, 0, range(4)), watching.lost[0]
    steps = spikes._stepped(asked_for, start.right, start.update)
    # One step of plain descent at a rate of 1 from the same weights is the gradient.
    single = replace(RESTLESS, optimiser="sgd", learning_rate=1.0, check_every=1, updates=start.update + 1)
    weights = stack([start.right.params])
    after = train(NET, single, seed=0, replicates=[0], initial=weights, start=start.update, certify_checks=False)
    descent = jax.tree.map(np.subtract, weights, after.params)
    np.testing.assert_allclose(steps.gradient[0], spikes._flat(descent), rtol=1e-3, atol=1e-5)
    # What Adam makes of it, by its formula.
    moments = start.right.optimizer[0]
    count = int(moments.count) + 1
    mu = (0.9 * spikes._flat(moments.mu) + 0.1 * steps.gradient[0]) / (1 - 0.9**count)
    nu = (0.999 * spikes._flat(moments.nu) + 0.001 * steps.gradient[0] ** 2) / (1 - 0.999**count)
    np.testing.assert_allclose(steps.change[0], -3e-2 * mu / (np.sqrt(nu) + 1e-8), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(steps.denominator[1], np.sqrt(nu) + 1e-8, rtol=1e-4, atol=1e-9)


def test_the_states_kept_are_those_of_the_looks(watching):
    start = watching.lost[0]
    whole = train(NET, replace(RESTLESS, updates=start.update), seed=0, replicates=[0], certify_checks=False)
    assert isinstance(start.right, State)
    assert_close(stack([start.right.params]), whole.params, 1e-6)
    assert int(start.right.optimizer[0].count) == int(start.before.optimizer[0].count) + 10 == start.update
    assert watching.first[0][0] == 240


def test_a_flat_weight_is_found_in_its_layer(watching):
    state = watching.lost[0].right
    sizes = [leaf.size for leaf in jax.tree.leaves(state.params)]
    assert spikes._layer_of(state, 0) == "block0_1x1/bias"
    assert spikes._layer_of(state, sizes[0] - 1) == "block0_1x1/bias"
    assert spikes._layer_of(state, sizes[0]) == "block0_1x1/kernel"
    assert spikes._layer_of(state, sum(sizes) - 1) == "readout/kernel"


@pytest.mark.parametrize("changes", [{"optimiser": "sgd"}, {"clip": 1.0}])
def test_it_takes_adam(changes):
    with pytest.raises(InputError, match="it takes Adam without a clip"):
        spikes.spikes_piece("spikes", NET, replace(RESTLESS, **changes), seed=0, replicates=range(4))


def test_settings_say_everything(piece):
    assert asked(piece.settings) == Asked(NET, RESTLESS, 0, range(4))
