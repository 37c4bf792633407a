import numpy as np
import pytest
from helpers import assert_same, random_parameters

import gol
from lottery.analysis import fifteen_parameters
from lottery.analysis.fifteen_parameters import architecture, from_numbers, numbers_of, premises, scaled
from lottery.analysis.unit_responses import unit_answers
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters, smallest_parameters, sparsest_parameters
from lottery.networks.lifenet import LifeNet
from lottery.networks.neighbourhoods import NEIGHBOURHOODS

CELLS = NEIGHBOURHOODS.sum(axis=1) - NEIGHBOURHOODS[:, 4]


def _table(rule):
    return np.asarray(gol.truth_table(gol.parse_rule(rule)), bool)


def test_fifteen_parameters_are_enough():
    certificate = certify(sparsest_parameters())
    assert (certificate.exact, certificate.correct, certificate.margin) == (True, True, 20.0)
    found = architecture(sparsest_parameters())
    assert found.nonzero == fifteen_parameters.FEWEST == 15
    assert found.words == "(1, 2): 9 + 2 + 2 weights, 0 + 1 + 1 biases"


def test_none_of_the_fifteen_can_go():
    numbers = numbers_of(sparsest_parameters())
    for name, values in numbers.items():
        for place, value in enumerate(values):
            if value:
                without = {**numbers, name: [*values[:place], 0.0, *values[place + 1 :]]}
                assert not certify(from_numbers(without)).correct


def test_the_premises_hold_for_life_and_not_for_every_rule():
    assert premises(_table("B3/S23")).hold
    assert premises(_table("B36/S23")).hold
    assert not premises(_table("B3/S3")).own
    threshold = CELLS >= 3  # a rule that one unit can play: no pair is an exclusive or
    assert not premises(threshold).pairs
    assert not premises(_table("B0123/S23")).empty
    only_north = NEIGHBOURHOODS[:, 1] > 0
    assert not premises(only_north).pairs


@pytest.mark.parametrize("rule", ["B3/S23", "B36/S23"])
def test_every_pair_is_looked_at(rule):
    table = _table(rule).copy()
    for code in range(512):  # the north-west and the north cell never decide together
        if code & (1 << 8) and code & (1 << 7):
            table[code] = table[code & ~(1 << 8)]
    assert not premises(table).pairs


def test_architectures_of_known_networks():
    hand = architecture(handmade_parameters())
    assert (hand.units, hand.kernels, hand.inner, hand.outer, hand.biases) == ((2, 1), 18, 2, 1, (2, 0, 1))
    assert hand.nonzero == 24 >= fifteen_parameters.FEWEST_WITH_ONE_NARROW_UNIT
    assert architecture(smallest_parameters()).nonzero == 17
    assert architecture(handmade_parameters(width=4)) == hand


def test_scaling_changes_no_answer_and_undoes_scaling():
    params = random_parameters(LifeNet(features=(3, 2)), 5, np.float64)
    small = scaled(params)
    before, after = (unit_answers(p).narrow @ p["readout"]["kernel"][0, 0, :, 0] for p in (params, small))
    np.testing.assert_allclose(before, after, rtol=1e-12, atol=1e-12)
    double = {layer: {name: leaf.copy() for name, leaf in leaves.items()} for layer, leaves in params.items()}
    double["block0_3x3"] = {name: 4 * leaf for name, leaf in double["block0_3x3"].items()}
    double["block0_1x1"]["kernel"] /= 4
    for layer, leaves in scaled(double).items():
        for name, leaf in leaves.items():
            np.testing.assert_allclose(leaf, small[layer][name], rtol=1e-12)


def test_numbers_come_back_bit_by_bit():
    params = random_parameters(LifeNet(features=(3, 2)), 5)
    assert_same(from_numbers(numbers_of(params)), params)
