"""A genetic search for masks: it never gets worse, it finds what is easy to find, and it repeats itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import assert_same, on_device, random_parameters

import gol
from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet, logits
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.tickets.genetic import GeneticSettings, breed

SHORT = GeneticSettings(population=16, generations=30)


def balanced_error(params):
    """Half the share of wrong answers among neighbourhoods that live on, and half of that among the others."""
    alive = gol.truth_table("B3/S23").astype(bool)
    cells = NEIGHBOURHOODS.reshape(512, 3, 3)
    found = np.asarray(logits(LifeNet(width=2, padding="valid"), on_device(params), jnp.asarray(cells)))[:, 0, 0] > 0
    return (np.mean(~found[alive]) + np.mean(found[~alive])) / 2


def with_rubbish(scale=1.0):
    """The hand-made network in the first units of a wider one, whose other read-out weights spoil it."""
    small, wide = handmade_parameters(1, features=(2, 1)), random_parameters(LifeNet(features=(2, 3)), 0)
    wide["block0_3x3"] = small["block0_3x3"]
    wide["block0_1x1"]["kernel"][..., 0] = small["block0_1x1"]["kernel"][..., 0]
    wide["block0_1x1"]["bias"][0] = small["block0_1x1"]["bias"][0]
    wide["readout"]["kernel"][0, 0, 0] = small["readout"]["kernel"][0, 0, 0]
    wide["readout"]["kernel"][0, 0, 1:] = 1000 * scale
    wide["readout"]["bias"] = small["readout"]["bias"]
    return wide


def test_a_ticket_that_is_there_is_found_and_certified():
    found = breed(with_rubbish(), GeneticSettings(generations=300), jax.random.key(0))
    assert found.errors[-1] == 0
    assert certify(found.params).correct


def test_the_best_mask_never_gets_worse_and_is_as_wrong_as_its_certificate_says():
    weights = random_parameters(LifeNet(width=2), 3)
    found = breed(weights, SHORT, jax.random.key(1))
    assert len(found.errors) == 31
    assert (np.diff(found.errors) <= 0).all()
    assert found.errors[-1] < found.errors[0]
    assert found.errors[-1] == pytest.approx(balanced_error(found.params))
    for leaf, first in zip(jax.tree.leaves(found.params), jax.tree.leaves(weights), strict=True):
        assert ((leaf == 0) | (leaf == first)).all()


def test_one_key_gives_one_search():
    weights = random_parameters(LifeNet(width=2), 3)
    one, again, other = (breed(weights, SHORT, jax.random.key(seed)) for seed in (1, 1, 2))
    assert_same(one.params, again.params)
    assert one.errors.tolist() == again.errors.tolist() != other.errors.tolist()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"population": 0}, "population is 0"),
        ({"generations": 0}, "generations is 0"),
        ({"flips": 0.0}, "flips is 0.0"),
    ],
)
def test_numbers_that_no_search_has_are_refused(wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        GeneticSettings(**wrong)


def test_networks_of_two_steps_are_refused():
    with pytest.raises(InputError, match="one-step network with a read-out"):
        breed(random_parameters(LifeNet(steps=2), 0), SHORT, jax.random.key(0))
