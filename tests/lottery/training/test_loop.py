"""Training: two outcomes that are never mixed, stopping early, snapshots and going on from step k."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import TINY, assert_same, rows

from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.networks.lifenet import LifeNet
from lottery.training import batches
from lottery.training.loop import draw_initial, pick, train

# Most of these networks are solved after a few hundred updates, at different times, and some never.
NET = LifeNet(width=5)
EASY = replace(TINY, learning_rate=1e-2, updates=800, batch=16)
MANY = range(16)


@pytest.fixture(scope="module")
def full():
    return train(NET, EASY, seed=3, replicates=MANY)


@pytest.mark.thorough
def test_some_replicates_are_solved_and_their_times_differ(full):
    assert full.ever_solved.sum() > 4
    assert len(set(full.first_solved)) > 2


@pytest.mark.thorough
def test_stopping_gives_the_same_solved_set_and_times_and_keeps_the_weights_they_were_solved_with(full):
    stopped = train(NET, replace(EASY, stop_when_solved=True), seed=3, replicates=MANY)
    np.testing.assert_array_equal(stopped.first_solved, full.first_solved)
    assert stopped.solved_at_end is None
    for index in np.flatnonzero(stopped.ever_solved):
        assert stopped.certificates[index] == certify(pick(stopped.params, int(index)))
    for time in set(full.first_solved[full.ever_solved].tolist()):
        then = train(NET, replace(EASY, updates=time), seed=3, replicates=MANY)
        for index in np.flatnonzero(full.first_solved == time):
            assert_same(pick(stopped.params, int(index)), pick(then.params, int(index)))
    gone = stopped.checks[None] > np.where(stopped.ever_solved, stopped.first_solved, 10**9)[:, None]
    assert (stopped.wrong[gone] == -1).all()
    assert np.isnan(stopped.loss[gone]).all()
    np.testing.assert_array_equal(stopped.loss[~gone], full.loss[:, : stopped.loss.shape[1]][~gone])


def test_solved_at_end_is_the_certificate_of_the_final_weights(full):
    again = [certify(pick(full.params, index)).correct for index in range(len(full.certificates))]
    np.testing.assert_array_equal(full.solved_at_end, again)
    np.testing.assert_array_equal(full.checks, np.arange(50, 801, 50))
    assert full.loss.shape == full.wrong.shape == (16, 16)
    solved_at = full.wrong == 0
    np.testing.assert_array_equal(full.ever_solved, solved_at.any(1))
    for index in np.flatnonzero(full.ever_solved):
        assert full.checks[np.argmax(solved_at[index])] == full.first_solved[index]


@pytest.mark.thorough
def test_a_snapshot_is_there_also_where_all_have_left_before_it():
    easy = replace(EASY, stop_when_solved=True)
    solved = train(NET, easy, seed=3, replicates=MANY)
    fast = [int(i) for i in np.flatnonzero(solved.ever_solved & (solved.first_solved < 800))][:2]
    early = train(NET, easy, seed=3, replicates=fast, snapshot_at=800)
    assert_same(early.snapshot, early.params)


def test_snapshot_is_the_state_after_k_updates_and_start_goes_on_from_k_with_a_fresh_optimiser():
    net = LifeNet(width=2)
    whole = train(net, TINY, seed=1, replicates=[0, 1], snapshot_at=100)
    half = train(net, replace(TINY, updates=100), seed=1, replicates=[0, 1])
    assert_same(whole.snapshot, half.params)
    on = train(net, TINY, seed=1, replicates=[0, 1], initial=whole.snapshot, start=100)
    np.testing.assert_array_equal(on.checks, [150, 200])
    for a, b in zip(jax.tree.leaves(on.params), jax.tree.leaves(whole.params), strict=True):
        assert not np.array_equal(a, b)  # Adam's moments were not carried over
        np.testing.assert_allclose(a, b, atol=0.15)
    # A fresh Adam's first step is the learning rate times the sign of the gradient: nothing moves further than that.
    one = replace(TINY, check_every=1, updates=101)
    moved = train(net, one, seed=1, replicates=[0, 1], initial=whole.snapshot, start=100)
    steps = [np.abs(a - b) for a, b in zip(jax.tree.leaves(moved.params), jax.tree.leaves(whole.snapshot), strict=True)]
    assert max(step.max() for step in steps) == pytest.approx(TINY.learning_rate, rel=1e-2)
    # Its loss is that of batch 100 of bank 1, not of batch 0.
    assert moved.loss[0, 0] == pytest.approx(loss_of_batch(net, rows(whole.snapshot, 0), 0, 100), rel=1e-5)
    assert moved.loss[0, 0] != pytest.approx(loss_of_batch(net, rows(whole.snapshot, 0), 0, 0), rel=1e-5)


def loss_of_batch(net, params, replicate, update):
    from lottery.training.losses import boards_loss

    key = jax.random.wrap_key_data(jax.numpy.asarray(batches.data_keys(1, [replicate], "bank")[0]))
    source = batches.bank(1, update // TINY.bank_updates, TINY, 1, "torus", "boards")
    chosen = batches.draws(key, jax.numpy.int32(update), TINY)
    boards, after = (leaf[chosen].astype(np.float32) for leaf in source)
    return float(boards_loss(net, jax.tree.map(jax.numpy.asarray, params), boards, after, "bce"))


def test_nothing_is_trained_where_the_start_is_the_end():
    initial = draw_initial(NET, 1, [4])
    result = train(NET, TINY, seed=1, replicates=[4], start=200)
    assert_same(result.params, initial)
    assert result.loss.shape == (1, 0)


@pytest.mark.thorough
def test_two_arms_of_one_replicate_see_the_same_batches():
    net = LifeNet(width=2)
    initial = draw_initial(net, 1, [0])
    twice = jax.tree.map(lambda leaf: np.concatenate([leaf, leaf]), initial)
    result = train(net, TINY, seed=1, replicates=[0, 0], initial=twice)
    assert_same(rows(result.params, 0), rows(result.params, 1))


@pytest.mark.thorough
def test_two_steps_are_screened_and_trained():
    result = train(LifeNet(steps=2), replace(TINY, updates=50, arrangement="tables"), seed=1, replicates=[0])
    assert result.certificates[0].kind == "windows"
    assert 0 < result.wrong[0, 0] <= TINY.screen_boards * 64


@pytest.mark.thorough
def test_a_network_of_two_steps_that_is_right_from_the_start_is_solved_at_the_first_check():
    from lottery.networks.handmade import handmade_parameters

    exact = jax.tree.map(lambda leaf: leaf[None], handmade_parameters(2))
    result = train(
        LifeNet(steps=2), replace(TINY, updates=50, learning_rate=1e-9), seed=1, replicates=[0], initial=exact
    )
    assert result.first_solved.tolist() == [50]
    assert result.solved_at_end.tolist() == [True]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**31}, "seed is"),
        ({"replicates": []}, "at least one number"),
        ({"replicates": [-1]}, "numbers from 0 on"),
        ({"start": 25}, "start is 25: it has to be a multiple of check_every"),
        ({"start": 250}, "start is 250"),
        ({"snapshot_at": 250}, "snapshot_at is 250"),
        ({"start": 100, "snapshot_at": 50}, "snapshot_at is 50"),
    ],
)
def test_arguments_that_cannot_be_are_refused(wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        train(NET, TINY, **{"seed": 1, "replicates": [0], **wrong})
