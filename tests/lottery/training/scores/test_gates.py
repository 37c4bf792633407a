"""Relaxed gates: what an update computes with, its gradient, what open gates cost, and what training makes of them."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_same
from scipy import stats

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import pick
from lottery.training.loop import draw_initial, train
from lottery.training.scores.gates import RelaxedGates

NET = LifeNet(width=2, initialiser="pytorch")
FAST = replace(TINY, learning_rate=0.05, updates=100)
GATES = RelaxedGates()


def _params(score):
    weights = {"one": {"kernel": jnp.array([[[[2.0, 3.0, 5.0]]]]), "bias": jnp.array([7.0])}}
    scores = {"one": {"kernel": jnp.asarray(score)[None, None, None], "bias": jnp.array([0.5])}}
    return {"scores": scores, "weights": weights}


def _drawn(gates, score, count=20_000):
    keys = jax.random.split(jax.random.key(0), count)
    found = jax.vmap(lambda key: gates.sample(_params(score), key)["one"]["kernel"].ravel())(keys)
    return np.asarray(found) / [2, 3, 5]


def test_weights_whose_gates_are_half_open_are_there_when_it_counts():
    found = GATES.network(_params([0.49, 0.5, 3.0]))["one"]
    assert found["kernel"].ravel().tolist() == [0, 3, 5]
    assert found["bias"].tolist() == [7]


def test_an_update_sees_gates_between_zero_and_one_as_noisy_as_sigma_says():
    drawn = _drawn(RelaxedGates(sigma=0.25), [-1.0, 0.5, 0.75])
    assert drawn.min() == 0
    assert drawn.max() == pytest.approx(1)
    np.testing.assert_allclose((drawn > 0).mean(0), stats.norm.cdf([-4, 2, 3]), atol=0.01)
    np.testing.assert_allclose((drawn > 0.999).mean(0), stats.norm.cdf([-8, -2, -1]), atol=0.01)
    assert drawn[:, 1].mean() == pytest.approx(0.5, abs=0.01)


def test_the_gradient_is_the_weight_where_a_gate_is_neither_shut_nor_wide_open():
    params = _params([-9.0, 0.5, 9.0])
    tight = RelaxedGates(sigma=0.01)
    slope = jax.grad(lambda p: jnp.sum(tight.sample(p, jax.random.key(0))["one"]["kernel"]))(params)
    assert slope["scores"]["one"]["kernel"].ravel().tolist() == [0, 3, 0]


def test_open_gates_cost_their_share_of_the_price():
    assert GATES.cost(_params([0.0, 0.0, 0.0])) is None
    cost = RelaxedGates(price=0.4).cost(_params([-9.0, 9.0, 9.0]))
    assert cost == pytest.approx(0.4 * (0 + 1 + 1 + stats.norm.cdf(1)) / 4)


def test_a_price_shuts_gates_and_without_one_a_replicate_is_the_same_in_any_company():
    asked = {"settings": FAST, "seed": 3, "replicates": [4, 7]}
    free = train(NET, **asked, scored=GATES)
    more = train(NET, **{**asked, "replicates": [1, 4, 7]}, scored=GATES)
    assert_same(free.params, pick(more.params, slice(1, 3)))
    priced = train(NET, **asked, scored=RelaxedGates(price=50.0))

    def open_gates(result):
        return sum(int((leaf != 0).sum()) for leaf in jax.tree.leaves(result.params))

    assert open_gates(priced) < open_gates(free)
    initial = draw_initial(NET, 3, [4, 7])
    for leaf, first in zip(jax.tree.leaves(free.params), jax.tree.leaves(initial), strict=True):
        assert ((leaf == 0) | (leaf == first)).all()  # weights stay as they were drawn


@pytest.mark.parametrize("wrong", [{"sigma": 0.0}, {"price": -1.0}])
def test_numbers_that_are_none_are_refused(wrong):
    with pytest.raises(InputError, match="sigma has to be above 0 and price 0 or more"):
        RelaxedGates(**wrong)
