"""A planted network is the hand-made one under its mask, wherever it stands and however it is scaled."""

import jax
import numpy as np
import pytest
from helpers import assert_same, on_device

from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import apply_mask
from lottery.tickets.planting import plant, planted_weights, recalled, rescaled
from lottery.training.loop import draw_initial, pick
from lottery.training.losses import pattern_logits


def rng(seed=0):
    return np.random.default_rng(seed)


def random_network(width=4, seed=0):
    return pick(draw_initial(LifeNet(width=width), seed, [0]), 0)


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("scale", ["written", "matched"])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_the_plant_is_exact_under_its_mask_and_hidden_without_it(width, scale):
    before = random_network(width)
    planted = plant(before, scale=scale, noise=0.0, rng=rng(3))
    assert certify(apply_mask(planted.params, planted.mask)).correct
    assert sum(int(leaf.sum()) for leaf in jax.tree.leaves(planted.mask)) == sum(planted_weights().values()) == 21
    for layer, leaves in planted.mask.items():
        elsewhere = ~leaves["kernel"]
        assert leaves["bias"] is None
        assert np.array_equal(planted.params[layer]["kernel"][elsewhere], before[layer]["kernel"][elsewhere])
    if width > 1 and scale == "matched":  # as written it is so large that it decides alone
        assert not certify(planted.params).correct


def test_units_are_chosen_by_chance_and_the_random_network_is_left_as_it_was():
    before = random_network(8)
    copy = jax.tree.map(np.copy, before)
    places = set()
    for seed in range(10):
        mask = plant(before, scale="written", noise=0.0, rng=rng(seed)).mask
        places.add(tuple(np.flatnonzero(mask["block0_3x3"]["kernel"].any(axis=(0, 1, 2)))))
    assert len(places) > 5
    assert_same(before, copy)


def test_a_matched_plant_has_the_size_of_the_random_weights_in_every_layer():
    before = random_network(8)
    planted = plant(before, scale="matched", noise=0.0, rng=rng())
    for layer, leaves in planted.mask.items():
        inside = planted.params[layer]["kernel"][leaves["kernel"]]
        assert np.mean(inside**2) == pytest.approx(np.mean(before[layer]["kernel"] ** 2), rel=1e-5)


def test_rescaling_multiplies_every_logit_by_the_same_positive_number():
    small = handmade_parameters(1, features=(2, 1))
    logits, before = (
        np.asarray(pattern_logits(on_device(params))) for params in (rescaled(small, random_network(8)), small)
    )
    factor = logits / before
    assert factor[0] > 0
    assert np.ptp(factor) < 1e-4 * factor[0]


def test_noise_is_relative_and_a_little_of_it_keeps_the_plant_near():
    before = random_network(4)
    clean, noisy = (plant(before, scale="written", noise=noise, rng=rng(1)) for noise in (0.0, 0.1))
    assert_same(clean.mask["block0_3x3"]["kernel"], noisy.mask["block0_3x3"]["kernel"])  # the same places
    ratio = np.concatenate(
        [
            (noisy.params[layer]["kernel"] / clean.params[layer]["kernel"])[leaves["kernel"]]
            for layer, leaves in clean.mask.items()
        ]
    )
    assert 0.05 < np.std(ratio) < 0.2
    assert np.ptp(noisy.params["readout"]["bias"] / clean.params["readout"]["bias"] - 1) < 0.5
    assert noisy.params["readout"]["bias"] != clean.params["readout"]["bias"]


def test_recall_counts_planted_weights_by_layer():
    truth = plant(random_network(3), scale="written", noise=0.0, rng=rng()).mask
    assert recalled(truth, truth) == planted_weights() == {"block0_3x3": 18, "block0_1x1": 2, "readout": 1}
    nothing = jax.tree.map(np.zeros_like, truth)
    assert set(recalled(nothing, truth).values()) == {0}
    others = jax.tree.map(np.logical_not, truth)
    assert set(recalled(others, truth).values()) == {0}


def test_what_cannot_be_planted_is_refused():
    with pytest.raises(InputError, match="scale 'other'"):
        plant(random_network(), scale="other", noise=0.0, rng=rng())
    with pytest.raises(InputError, match="noise is -1"):
        plant(random_network(), scale="written", noise=-1.0, rng=rng())
    narrow = pick(draw_initial(LifeNet(features=(1, 2)), 0, [0]), 0)
    with pytest.raises(InputError, match="2 or more 3x3 channels"):
        plant(narrow, scale="written", noise=0.0, rng=rng())
