"""Scores are trained, weights are not: edge-popup against its equations and a plain loop."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_close, assert_same, leaves, plain_scores, rows

from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.networks.lifenet import LifeNet
from lottery.training.arrangements import choose_arrangement
from lottery.training.loop import draw_initial, pick, train
from lottery.training.scores.popup import FEW, EdgePopup, highest, signed_constant

NET = LifeNet(width=2, initialiser="pytorch")
POPUP = EdgePopup(density=0.5)
FAST = replace(TINY, learning_rate=0.1, updates=100)
LOOP = replace(FAST, dtype="float64", updates=50)


def test_the_highest_of_some_values():
    assert highest(jnp.array([3.0, 1.0, 5.0, 4.0]), 2).tolist() == [False, False, True, True]
    # By rank: ties take no more than asked for, the later ones.
    assert highest(jnp.zeros(5), 2).tolist() == [False, False, False, True, True]
    assert highest(jnp.array([[1.0, 2.0], [1.0, 1.0]]), 3).tolist() == [[False, True], [True, True]]


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_highest_are_those_that_sorting_finds(dtype):
    rng = np.random.default_rng(0)
    with jax.enable_x64(dtype == "float64"):
        for size in (1, 7, FEW, FEW + 1, 500):
            values = np.abs(rng.normal(size=size)).astype(dtype) * 10.0 ** rng.integers(-30, 30)
            values = np.where(rng.random(size) < 0.3, values[0], values).astype(dtype)  # many ties
            for count in {1, (size + 1) // 2, size}:
                expected = np.zeros(size, bool)
                expected[np.argsort(values, kind="stable")[size - count :]] = True
                assert np.array_equal(highest(jnp.asarray(values), count), expected)


def test_the_network_has_the_highest_scores_of_every_layer_and_the_slope_of_their_sizes():
    weights = {"one": {"kernel": jnp.array([[[[2.0, 3.0, 5.0]]]]), "bias": jnp.array([7.0, 11.0, 13.0])}}
    scores = {"one": {"kernel": jnp.array([[[[-0.9, 0.1, 0.5]]]]), "bias": jnp.array([0.3, -0.2, 0.1])}}
    params = {"scores": scores, "weights": weights}
    found = EdgePopup(density=2 / 3).network(params)["one"]
    assert found["kernel"].ravel().tolist() == [2, 0, 5]
    assert found["bias"].tolist() == [7, 11, 0]
    slope = jax.grad(lambda p: jnp.sum(EdgePopup(density=2 / 3).network(p)["one"]["kernel"]))(params)
    assert slope["scores"]["one"]["kernel"].ravel().tolist() == [-2, 3, 5]  # of what is not there as well
    whole = EdgePopup(density=2 / 3, biases=False).network(
        {**params, "scores": {"one": {"kernel": scores["one"]["kernel"]}}}
    )
    assert whole["one"]["bias"].tolist() == [7, 11, 13]


@pytest.mark.thorough
def test_a_trained_popup_is_a_plain_loop_over_its_scores():
    with jax.enable_x64(True):
        found = train(NET, LOOP, seed=4, replicates=[5], scored=POPUP)
        assert_close(rows(found.params, 0), plain_scores(NET, LOOP, POPUP, 4, 5), 1e-9)


@pytest.mark.thorough
def test_weights_are_there_as_they_were_drawn_or_not_at_all():
    who = [0, 3, 5]
    result = train(NET, FAST, seed=1, replicates=who, scored=POPUP)
    initial = draw_initial(NET, 1, who)
    before = jax.vmap(POPUP.network)(POPUP.begin(initial, 1, who)[0])
    for leaf, first in zip(leaves(result.params), leaves(initial), strict=True):
        there = leaf != 0
        assert leaf[there].tobytes() == first[there].tobytes()
        size = first[0].size
        assert (there.reshape(3, -1).sum(1) == max(1, round(0.5 * size))).all()
    assert any(not np.array_equal(a, b) for a, b in zip(leaves(result.params), leaves(before), strict=True))
    for index in range(3):
        assert result.certificates[index].wrong == certify(pick(result.params, index)).wrong
    alone = train(NET, FAST, seed=1, replicates=[3], scored=POPUP)
    assert_same(rows(alone.params, 0), rows(result.params, 1))


def test_what_cannot_be_is_refused_and_two_steps_are_trained_on_tables(caplog):
    with pytest.raises(InputError, match=r"density is 0\.0"):
        EdgePopup(density=0.0)
    assert choose_arrangement(LifeNet(steps=2), TINY, scored=True) == "tables"


def test_counts_of_layers_replace_the_share_and_biases_can_be_left_out():
    popup = EdgePopup(biases=False, counts=(("block0_1x1", 3), ("block0_3x3", 20)))
    start, _ = popup.begin(draw_initial(NET, 0, [0]), 0, [0])
    found = popup.network(jax.tree.map(jnp.asarray, pick(start, 0)))
    assert [int((np.asarray(found[layer]["kernel"]) != 0).sum()) for layer in sorted(found)] == [3, 20, 1]
    assert all(np.array_equal(found[layer]["bias"], start["weights"][layer]["bias"][0]) for layer in found)


def test_signed_constants_have_one_size_per_layer_and_the_signs_that_were_drawn():
    drawn = draw_initial(NET, 0, [0, 1])
    signed = signed_constant(drawn)
    for layer, fan_in in (("block0_3x3", 9), ("block0_1x1", 4), ("readout", 2)):
        for name in ("kernel", "bias"):
            np.testing.assert_allclose(np.abs(signed[layer][name]), (2 / fan_in) ** 0.5, rtol=1e-6)
            assert np.array_equal(np.sign(signed[layer][name]), np.sign(drawn[layer][name]))
            assert signed[layer][name].dtype == np.float32
