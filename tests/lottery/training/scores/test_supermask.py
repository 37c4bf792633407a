"""Supermasks: what is drawn, its gradient, and training against a plain loop."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_close, assert_same, leaves, plain_scores, rows

from lottery.certificates.certificate import certify
from lottery.networks.lifenet import LifeNet
from lottery.training.loop import draw_initial, pick, train
from lottery.training.scores.supermask import Supermask

NET = LifeNet(width=2, initialiser="pytorch")
FAST = replace(TINY, learning_rate=0.5, updates=100)
LOOP = replace(FAST, dtype="float64", updates=50)
MASK = Supermask()


def _params(score):
    weights = {"one": {"kernel": jnp.array([[[[2.0, 3.0, 5.0]]]]), "bias": jnp.array([7.0])}}
    scores = {"one": {"kernel": jnp.asarray(score)[None, None, None], "bias": jnp.array([0.5])}}
    return {"scores": scores, "weights": weights}


def test_weights_that_are_as_likely_there_as_not_are_there_when_it_counts():
    found = MASK.network(_params([-0.1, 0.0, 3.0]))["one"]
    assert found["kernel"].ravel().tolist() == [0, 3, 5]
    assert found["bias"].tolist() == [7]


def test_an_update_sees_each_weight_as_often_as_its_score_says():
    params = _params([-1.0, 0.0, 2.0])
    drawn = jax.vmap(lambda key: MASK.sample(params, key)["one"]["kernel"].ravel())(
        jax.random.split(jax.random.key(0), 20_000)
    )
    there = np.asarray(drawn) / [2, 3, 5]
    assert set(np.unique(there)) == {0, 1}
    np.testing.assert_allclose(there.mean(0), jax.nn.sigmoid(jnp.array([-1.0, 0.0, 2.0])), atol=0.02)
    assert np.abs(np.corrcoef(there.T) - np.eye(3)).max() < 0.03  # every weight by itself


def test_the_gradient_goes_through_the_draw_as_if_it_were_its_chance():
    params = _params([-1.0, 0.0, 2.0])
    for seed in range(3):
        slope = jax.grad(lambda p, seed=seed: jnp.sum(MASK.sample(p, jax.random.key(seed))["one"]["kernel"]))(params)
        chance = np.asarray(jax.nn.sigmoid(jnp.array([-1.0, 0.0, 2.0])))
        np.testing.assert_allclose(
            slope["scores"]["one"]["kernel"].ravel(), [2, 3, 5] * chance * (1 - chance), rtol=1e-6
        )


@pytest.mark.thorough
def test_a_trained_supermask_is_a_plain_loop_over_its_scores():
    with jax.enable_x64(True):
        found = train(NET, LOOP, seed=4, replicates=[5], scored=MASK)
        start, _ = MASK.begin(draw_initial(NET, 4, [5]), 4, [5])
        assert all((score == 0).all() for score in leaves(start["scores"]))
        assert_close(rows(found.params, 0), plain_scores(NET, LOOP, MASK, 4, 5), 1e-9)


@pytest.mark.thorough
def test_weights_are_there_as_drawn_or_not_and_a_replicate_is_the_same_in_company_and_alone():
    who = [0, 3, 5]
    result = train(NET, FAST, seed=1, replicates=who, scored=MASK)
    there = []
    for leaf, first in zip(leaves(result.params), leaves(draw_initial(NET, 1, who)), strict=True):
        assert leaf[leaf != 0].tobytes() == first[leaf != 0].tobytes()
        there.append((leaf != 0).reshape(3, -1))
    share = np.concatenate(there, axis=1).mean(1)
    assert (share < 1).all()
    assert (share > 0).all()
    assert len({tuple(row) for row in np.concatenate(there, axis=1)}) == 3  # draws of their own
    assert [one.wrong for one in result.certificates] == [certify(pick(result.params, i)).wrong for i in range(3)]
    alone = train(NET, FAST, seed=1, replicates=[3], scored=MASK)
    assert_same(rows(alone.params, 0), rows(result.params, 1))
