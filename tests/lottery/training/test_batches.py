"""Batches: a bank that all share, boards of one's own, one stream for all; all follow from the seed."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY

import gol
from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.networks.neighbourhoods import risk_weights
from lottery.training import batches
from lottery.training.loop import train
from lottery.training.settings import TrainSettings


def batch_of(settings, replicate, update, form, source):
    key = jax.random.wrap_key_data(jnp.asarray(batches.data_keys(1, [replicate], settings.stream)[0]))
    drawn = batches.draws(key, jnp.int32(update), settings)
    return batches.batch(source, drawn, settings, 1, "torus", form, jnp.float32)


def test_bank_of_boards_and_bank_of_histograms_hold_the_same_boards():
    boards, after = batches.bank(1, 0, TINY, 2, "plane", "boards")
    np.testing.assert_array_equal(after, gol.evolve(boards, 2, topology="plane"))
    (histograms,) = batches.bank(1, 0, TINY, 2, "plane", "histograms")
    np.testing.assert_array_equal(histograms, gol.neighbourhood_histogram(boards, "plane"))


def test_banks_differ_by_epoch_and_by_seed_and_follow_from_them():
    first = np.asarray(batches.bank(1, 0, TINY, 1, "torus", "boards")[0])
    for seed, epoch, same in ((1, 0, True), (1, 1, False), (2, 0, False)):
        assert np.array_equal(first, batches.bank(seed, epoch, TINY, 1, "torus", "boards")[0]) is same


def test_screen_is_no_part_of_the_bank():
    screened = np.asarray(batches.screen(1, TINY, 1, "torus")[0])
    assert screened.shape == (TINY.screen_boards, 8, 8)
    bank = {board.tobytes() for board in np.asarray(batches.bank(1, 0, TINY, 1, "torus", "boards")[0]) if board.any()}
    assert not bank & {board.tobytes() for board in screened if 8 < board.sum() < 56}


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("stream", ["bank", "own", "shared"])
def test_weights_of_the_patterns_are_the_histogram_of_the_boards_of_the_batch(stream):
    settings = replace(TINY, stream=stream)
    for update in (0, 7):
        boards, after = batch_of(settings, 3, update, "boards", batches.bank(1, 0, settings, 1, "torus", "boards"))
        (weights,) = batch_of(settings, 3, update, "histograms", batches.bank(1, 0, settings, 1, "torus", "histograms"))
        counts = gol.neighbourhood_histogram(np.asarray(boards, np.uint8)).sum(0)
        np.testing.assert_allclose(weights, np.asarray(counts) / (4 * 64), rtol=1e-6)
        np.testing.assert_array_equal(np.asarray(after, np.uint8), gol.evolve(np.asarray(boards, np.uint8), 1))
        assert float(weights.sum()) == pytest.approx(1)


@pytest.mark.parametrize(("stream", "alike"), [("bank", False), ("own", False), ("shared", True)])
def test_replicates_see_different_batches_unless_the_stream_is_shared(stream, alike):
    settings = replace(TINY, stream=stream)
    source = batches.bank(1, 0, settings, 1, "torus", "boards")
    one, other = (np.asarray(batch_of(settings, replicate, 5, "boards", source)[0]) for replicate in (0, 1))
    assert np.array_equal(one, other) is alike
    assert not np.array_equal(one, np.asarray(batch_of(settings, 0, 6, "boards", source)[0]))


@pytest.mark.thorough
def test_batches_are_the_same_in_64_bit_mode():
    expected = np.asarray(batch_of(TINY, 2, 9, "boards", batches.bank(1, 0, TINY, 1, "torus", "boards"))[0])
    with jax.enable_x64(True):
        found = np.asarray(batch_of(TINY, 2, 9, "boards", batches.bank(1, 0, TINY, 1, "torus", "boards"))[0])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.thorough
def test_density_is_that_of_the_settings():
    boards = np.asarray(batches.bank(1, 0, replace(TINY, bank_boards=500, density=0.38), 1, "torus", "boards")[0])
    assert boards.mean() == pytest.approx(0.38, abs=4 * (0.38 * 0.62 / boards.size) ** 0.5)
    spread = np.asarray(batches.bank(1, 0, replace(TINY, bank_boards=500), 1, "torus", "boards")[0]).mean(axis=(1, 2))
    assert spread.std() == pytest.approx(12**-0.5, rel=0.15)  # of U(0,1)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"updates": 0}, "updates is 0"),
        ({"batch": -1}, "batch is -1"),
        ({"board": 2}, "board is 2"),
        ({"density": 1.2}, "density is 1.2"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"loss": "hinge"}, "Unknown loss 'hinge': it is one of bce, mse"),
        ({"arrangement": "magic"}, "Unknown arrangement"),
        ({"stream": "radio"}, "Unknown stream"),
        ({"dtype": "float16"}, "Unknown dtype"),
        ({"updates": 300, "check_every": 250}, "multiple of check_every"),
        ({"bank_updates": 300}, "bank_updates"),
        ({"rule": "life-ish"}, "life-ish"),
    ],
)
def test_settings_that_cannot_be_trained_with_are_refused(wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        TrainSettings(**wrong)


@pytest.mark.parametrize("density", [0.38, None])
def test_risk_weights_are_what_many_boards_come_to(density):
    weights = risk_weights(density)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights[511] == pytest.approx(0.1 if density is None else 0.38**9)  # the integral of d^9
    boards = gol.random_boards(jax.random.key(2), (20_000, 8, 8), density)
    shares = np.asarray(gol.neighbourhood_histogram(boards)) / 64
    error = shares.std(0) / len(shares) ** 0.5
    assert (np.abs(shares.mean(0) - weights) < 5 * error + 1e-6).all()


def test_exact_risk_is_trained_on_and_has_no_noise():
    settings = replace(TINY, stream="risk")
    first = train(LifeNet(), settings, seed=1, replicates=[0, 1])
    again = train(LifeNet(), replace(settings, bank_updates=200), seed=1, replicates=[0, 1])
    np.testing.assert_array_equal(first.loss, again.loss)  # no bank is drawn, so none can be renewed
    twins = jax.tree.map(lambda leaf: np.repeat(leaf[:1], 2, axis=0), first.params)
    twins = train(LifeNet(), settings, seed=1, replicates=[0, 1], initial=twins)
    np.testing.assert_array_equal(twins.loss[0], twins.loss[1])
    assert (np.diff(first.loss, axis=1) < 1e-6).all()  # small steps on one fixed function go downhill


@pytest.mark.parametrize("net", [LifeNet(steps=2), LifeNet(padding="zero")])
def test_exact_risk_is_refused_where_it_is_not_known(net):
    with pytest.raises(InputError, match="exact risk"):
        train(net, replace(TINY, stream="risk"), seed=1, replicates=[0])
