"""One 3x3 unit: 17 parameters are exact by hand, 14 are impossible, and an exact network is read as an interval."""

import jax
import numpy as np
import pytest

import gol
from gol.errors import InputError
from lottery.analysis.one_linear_form import is_threshold_function, linear_form
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters, smallest_parameters
from lottery.networks.lifenet import LifeNet, initial_parameters, parameter_count
from lottery.networks.neighbourhoods import NEIGHBOURHOODS


def _table(rule):
    return np.asarray(gol.truth_table(gol.parse_rule(rule)), bool)


def test_17_parameters_are_exact_and_no_number_on_the_way_is_rounded():
    params = smallest_parameters()
    net = LifeNet(features=(1, 2))
    assert parameter_count(net) == 17
    assert jax.tree.map(np.shape, params) == jax.tree.map(np.shape, initial_parameters(net, jax.random.key(0)))
    certificate = certify(params)
    assert certificate.exact
    assert certificate.correct
    assert certificate.margin == 20
    assert all(np.array_equal(leaf * 2, np.round(leaf * 2)) for leaf in jax.tree.leaves(params))


def test_life_is_no_threshold_function_and_a_majority_is_one():
    assert not is_threshold_function(_table("B3/S23"))
    assert is_threshold_function(_table("B345678/S2345678"))


def test_a_threshold_function_may_weigh_its_cells_differently():
    assert is_threshold_function(NEIGHBOURHOODS @ np.arange(-4.0, 5.0) > 1)
    assert not is_threshold_function(NEIGHBOURHOODS.sum(axis=1) % 2 == 1)


def test_the_placements_of_two_three_and_four_neighbours_alone_are_the_contradiction():
    # The mean of any form over all placements of N neighbours of a dead cell is linear in N.
    weights = np.random.default_rng(0).normal(size=9)
    form, dead = NEIGHBOURHOODS @ weights, NEIGHBOURHOODS[:, 4] == 0
    means = [form[dead & (NEIGHBOURHOODS.sum(axis=1) == n)].mean() for n in (2, 3, 4)]
    assert means[1] == pytest.approx((means[0] + means[2]) / 2)
    # With a dead cell's four neighbours alive the rule is a threshold function: nothing else is in the way.
    assert is_threshold_function(np.where(dead, _table("B345678/S23"), True))


def test_the_linear_form_of_the_handmade_network_is_read_off():
    form = linear_form(smallest_parameters())
    assert form.kernel[1, 1] == 0.5
    assert (form.live, form.dead) == ((2.5, 3.5), (2.0, 4.0))
    assert form.spread == 0
    assert form.bends == (2.0, 2.5, 3.5)  # A turns on, few turns off, many turns on


def test_the_linear_form_knows_no_scale_and_no_sign():
    params = smallest_parameters()
    # The unit counts down from z = 4: A = 3 relu(4 - z), few = relu(A - 4.5), many = relu(1.5 - A).
    params["block0_3x3"] = {"kernel": -3 * params["block0_3x3"]["kernel"], "bias": np.full(1, 12, np.float32)}
    params["block0_1x1"] = {
        "kernel": np.array([[[[1, -1]]]], np.float32),
        "bias": np.array([-4.5, 1.5], np.float32),
    }
    assert certify(params).correct
    form = linear_form(params)
    assert form.live == pytest.approx((2.5, 3.5))
    assert form.bends == pytest.approx((2.5, 3.5, 4))


def test_a_linear_form_is_refused_where_there_is_none():
    with pytest.raises(InputError, match="one 3x3 unit"):
        linear_form(handmade_parameters())
    wrong = smallest_parameters()
    wrong["block0_3x3"]["kernel"][0, 0] = 3.0
    with pytest.raises(InputError, match="one interval"):
        linear_form(wrong)
