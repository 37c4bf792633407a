import jax
import numpy as np
import pytest
from helpers import assert_same, leaves, random_parameters

from gol.errors import InputError
from lottery.analysis.sign_flips import add_noise, draw_places, flip_signs, norm, within_layer
from lottery.networks.lifenet import LifeNet, initial_parameters
from lottery.networks.masks import full_mask

PARAMS = random_parameters(LifeNet(width=3), 0)
WEIGHTS, ALL = full_mask(PARAMS), full_mask(PARAMS, prune_biases=True)


def _rng():
    return np.random.default_rng(7)


def _flat(tree):
    return np.concatenate([leaf.ravel() for leaf in leaves(tree)])


def _biases(params):
    return np.concatenate([layer["bias"] for layer in params.values()])


@pytest.mark.parametrize("k", [0, 1, 5, 75])
def test_exactly_k_distinct_signs_are_flipped_and_nothing_else(k):
    flipped = flip_signs(PARAMS, draw_places(WEIGHTS, k, _rng()))
    changed = _flat(flipped) != _flat(PARAMS)
    assert changed.sum() == k
    np.testing.assert_array_equal(_flat(flipped)[changed], -_flat(PARAMS)[changed])
    np.testing.assert_array_equal(_biases(flipped), _biases(PARAMS))


def test_flipping_twice_gives_the_same_network_back():
    places = draw_places(ALL, 9, _rng())
    assert_same(flip_signs(flip_signs(PARAMS, places), places), PARAMS)


def test_more_flips_hold_all_that_fewer_hold():
    few, many = (_flat(draw_places(WEIGHTS, k, _rng())) for k in (4, 6))
    assert (few & many).sum() == 4


def test_every_place_is_equally_likely():
    rng = np.random.default_rng(0)
    where = full_mask(random_parameters(LifeNet(width=1), 0))
    counts = sum(_flat(draw_places(where, 2, rng)).astype(int) for _ in range(2100))
    assert counts.shape == (21,)
    assert 150 < counts.min() <= counts.max() < 250  # 200 expected, with a standard deviation of 14


def test_places_stay_within_a_layer():
    places = draw_places(within_layer(WEIGHTS, "block0_1x1"), 18, _rng())
    assert places["block0_1x1"]["kernel"].all()
    assert places["readout"] == {"bias": None, "kernel": None}
    changed = flip_signs(PARAMS, places)
    assert_same({**changed, "block0_1x1": PARAMS["block0_1x1"]}, PARAMS)


def test_biases_that_start_at_zero_make_flipping_them_no_change():
    glorot, pytorch = (
        initial_parameters(LifeNet(width=2, initialiser=name), jax.random.key(0)) for name in ("glorot", "pytorch")
    )
    for params, moved in ((glorot, 0), (pytorch, 7)):
        where = {layer: {"bias": np.ones(leaf["bias"].shape, bool), "kernel": None} for layer, leaf in params.items()}
        assert (_flat(flip_signs(params, draw_places(where, 7, _rng()))) != _flat(params)).sum() == moved


@pytest.mark.parametrize("where", [WEIGHTS, ALL])
def test_noise_is_as_long_as_the_flips_and_falls_everywhere(where):
    places = draw_places(where, 3, _rng())
    flipped, noisy = flip_signs(PARAMS, places), add_noise(PARAMS, places, where, _rng())
    length = norm(jax.tree.map(np.subtract, flipped, PARAMS))
    assert norm(jax.tree.map(np.subtract, noisy, PARAMS)) == pytest.approx(length, rel=1e-5)
    assert (_flat(noisy) != _flat(PARAMS)).sum() == _flat(where).sum()
    assert {leaf.dtype for leaf in leaves(noisy)} == {np.dtype(np.float32)}


def test_noise_as_long_as_no_flip_is_none():
    assert_same(add_noise(PARAMS, draw_places(WEIGHTS, 0, _rng()), WEIGHTS, _rng()), PARAMS)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="between 0 and the 75 places"):
        draw_places(WEIGHTS, 76, _rng())
    with pytest.raises(InputError, match="Unknown layer 'block1_3x3'"):
        within_layer(WEIGHTS, "block1_3x3")
    with pytest.raises(InputError, match="0 places"):
        draw_places(jax.tree.map(lambda _: None, PARAMS), 1, _rng())
