"""The engine against a plain loop, one arrangement against the other, and a replicate against its company."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_close, assert_same, leaves, plain_loop, rows

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.training import batches
from lottery.training.arrangements import choose_arrangement
from lottery.training.engine import from_groups, make_engine, to_groups
from lottery.training.loop import draw_initial, train
from lottery.training.updates import wrong_count

NET = LifeNet(width=2)
DOUBLE = replace(TINY, dtype="float64")


def test_engine_is_a_plain_loop_and_both_arrangements_are_one_training():
    settings = replace(DOUBLE, updates=150)
    with jax.enable_x64(True):
        patterns = train(NET, settings, seed=4, replicates=[0, 5])
        boards = train(NET, replace(settings, arrangement="boards"), seed=4, replicates=[0, 5])
        np.testing.assert_allclose(patterns.loss, boards.loss, rtol=1e-6)  # kept in float32
        assert_close(patterns.params, boards.params, 1e-9)
        expected = plain_loop(NET, settings, 4, 5, rows(draw_initial(NET, 4, [5]), 0))
        assert_close(rows(patterns.params, 1), expected, 1e-9)
    assert leaves(patterns.params)[0].dtype == np.float64


@pytest.mark.thorough  # on patterns a ticket's are held to each other in test_search.py
@pytest.mark.parametrize("arrangement", ["patterns", "boards"])
def test_replicate_is_the_same_alone_among_others_and_in_another_slot_bit_by_bit(arrangement):
    settings = replace(TINY, arrangement=arrangement, group=4)
    alone = train(NET, settings, seed=1, replicates=[3])
    among = train(NET, settings, seed=1, replicates=[0, 1, 2, 3, 4])  # two groups, the second short
    moved = train(NET, settings, seed=1, replicates=[9, 3])
    for other, row in ((among, 3), (moved, 1)):
        assert_same(rows(alone.params, 0), rows(other.params, row))
        np.testing.assert_array_equal(alone.loss[0], other.loss[row])
        np.testing.assert_array_equal(alone.wrong[0], other.wrong[row])


def test_replicates_differ_in_initial_weights_and_in_batches():
    initial = draw_initial(NET, 1, [0, 1])
    assert not np.array_equal(initial["block0_3x3"]["kernel"][0], initial["block0_3x3"]["kernel"][1])
    twins = jax.tree.map(lambda leaf: np.stack([leaf[0], leaf[0]]), initial)
    result = train(NET, TINY, seed=1, replicates=[0, 1], initial=twins)
    assert (result.loss[0] != result.loss[1]).all()  # equal weights, so the batches differed
    shared = train(NET, replace(TINY, stream="shared"), seed=1, replicates=[0, 1], initial=twins)
    assert_same(rows(shared.params, 0), rows(shared.params, 1))


def test_pruned_weights_stay_zero_and_their_moments_too_and_a_kept_zero_trains():
    initial = draw_initial(NET, 1, [0])
    mask = jax.tree.map(lambda leaf: np.random.default_rng(0).random(leaf.shape) < 0.5, initial)
    mask["readout"]["bias"][:] = True  # starts at zero and is kept: frozen is what the mask says, not what is zero
    engine = make_engine(NET, replace(TINY, updates=50), tuple(jax.devices()))
    full = jax.tree.map(np.asarray, engine.begin(initial, mask, batches.data_keys(1, [0], "bank")))
    state = engine.shard(to_groups(full, np.arange(1), TINY.group, 1))
    source = engine.spread(batches.bank(1, 0, TINY, 1, "torus", "histograms"))
    state, *_ = engine.advance(state, source, engine.spread(()), jnp.int32(0))
    state = from_groups(state, 1)
    moments = state.optimizer[0]
    for tree in (state.params, moments.mu, moments.nu):
        for leaf, keep in zip(leaves(tree), leaves(mask), strict=True):
            assert (leaf[~keep] == 0).all()
    assert (state.params["readout"]["bias"] != 0).all()
    assert (state.params["block0_3x3"]["kernel"][mask["block0_3x3"]["kernel"]] != 0).all()


def test_new_masks_and_new_weights_compile_nothing():
    engine = make_engine(NET, replace(TINY, updates=50), tuple(jax.devices()))
    initial = draw_initial(NET, 1, [0, 1])
    sizes = set()
    for density in (1.0, 0.6, 0.3):
        mask = jax.tree.map(lambda leaf, d=density: np.random.default_rng(1).random(leaf.shape) < d, initial)
        train(NET, TINY, seed=1, replicates=[0, 1], initial=initial, masks=mask)
        sizes.add(engine.compilations())
    assert len(sizes) == 1


def test_a_logit_of_zero_or_nan_is_wrong():
    logit = jnp.array([1.0, -1.0, 0.0, 0.0, jnp.nan, jnp.nan, 1.0])
    target = jnp.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0])
    assert int(wrong_count(logit, target)) == 5


def test_groups_are_undone():
    tree = {"a": np.arange(10.0).reshape(5, 2)}
    order = np.array([4, 0, 2])
    grouped = to_groups(tree, order, 2, 2)
    assert grouped["a"].shape == (2, 2, 2)
    np.testing.assert_array_equal(from_groups(grouped, 3)["a"], tree["a"][order])


def test_engines_that_cannot_be_are_refused():
    assert choose_arrangement(LifeNet(), TINY) == "patterns"
    device = tuple(jax.devices())
    with pytest.raises(InputError, match="needs steps=1, not 2"):
        make_engine(LifeNet(steps=2), replace(TINY, arrangement="patterns"), device)
    with pytest.raises(InputError, match="valid padding"):
        make_engine(LifeNet(padding="valid"), TINY, device)
    with pytest.raises(InputError, match="64-bit mode"):
        make_engine(LifeNet(width=5), DOUBLE, device)
