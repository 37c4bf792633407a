"""Algorithms of minimal networks: all six are written by hand, and no symmetry changes what they are called."""

import jax
import numpy as np
import pytest

import gol
from gol.errors import InputError
from lottery.analysis.algorithms import (
    ALGORITHMS,
    IMPOSSIBLE,
    algorithm_of,
    answers,
    groups_of,
    joined,
    normal_form,
    ramps,
    variant,
)
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters, smallest_parameters
from lottery.networks.neighbourhoods import NEIGHBOURHOODS

LIFE = np.asarray(gol.truth_table(gol.parse_rule("B3/S23")), bool)


def _network(units, weights, inner, outer):
    """Units (sign of the ring, centre, bias), their weights into h, its bias, and the read-out (weight, bias)."""
    kernel = np.stack([np.full((3, 3, 1), sign, np.float32) for sign, _, _ in units], axis=-1)
    kernel[1, 1, 0] = [centre for _, centre, _ in units]
    return {
        "block0_3x3": {"kernel": kernel, "bias": np.array([bias for _, _, bias in units], np.float32)},
        "block0_1x1": {
            "kernel": np.array(weights, np.float32).reshape(1, 1, 2, 1),
            "bias": np.full(1, inner, np.float32),
        },
        "readout": {"kernel": np.full((1, 1, 1, 1), outer[0], np.float32), "bias": np.full(1, outer[1], np.float32)},
    }


FEW, MANY = (-1, -1, 3), (1, 0, -3)  # relu(3 - N - s), relu(N - 3)
A, B, MISSING = (1, 0.5, -3), (1, 1, -2), (-1, 0, 4)  # relu(N + s/2 - 3), relu(N + s - 2), relu(4 - N)
SIX = {
    "rise-fall/life": handmade_parameters(),
    "rise-fall/death": _network((A, B), (2, -1), 1, (-2, 1)),
    "two-alarms/death": _network((FEW, MANY), (1, 1), 0, (-2, 1)),
    "two-alarms/life": _network((FEW, MANY), (-1, -1), 1, (2, -1)),
    "mirror/life": _network((MISSING, FEW), (1, -3), 0, (2, -1)),
    "mirror/death": _network((MISSING, FEW), (-1, 3), 1, (-2, 1)),
}


@pytest.mark.parametrize("name", SIX)
def test_each_algorithm_can_be_written_by_hand_and_has_its_own_name(name):
    assert certify(SIX[name]).correct
    assert algorithm_of(SIX[name]) == name


def _scaled(params, unit, factor):
    changed = jax.tree.map(np.copy, params)
    changed["block0_3x3"]["kernel"][..., unit] *= factor
    changed["block0_3x3"]["bias"][unit] *= factor
    changed["block0_1x1"]["kernel"][0, 0, unit] /= factor
    return changed


def _swapped(params):
    changed = jax.tree.map(np.copy, params)
    changed["block0_3x3"] = {name: leaf[..., ::-1] for name, leaf in changed["block0_3x3"].items()}
    changed["block0_1x1"]["kernel"] = changed["block0_1x1"]["kernel"][:, :, ::-1]
    return changed


def _rescaled_hidden(params, factor):
    changed = jax.tree.map(np.copy, params)
    changed["block0_1x1"] = {name: factor * leaf for name, leaf in changed["block0_1x1"].items()}
    changed["readout"]["kernel"] /= factor
    return changed


@pytest.mark.parametrize("name", SIX)
@pytest.mark.parametrize(
    "change",
    [lambda p: _scaled(p, 0, 5.0), lambda p: _scaled(p, 1, 0.25), _swapped, lambda p: _rescaled_hidden(p, 3.0)],
)
def test_scaling_and_permutation_change_nothing_of_the_normal_form(name, change):
    before, after = normal_form(SIX[name]), normal_form(change(SIX[name]))
    assert variant(after) == variant(before)
    for field in ("directions", "effects", "kernels", "thresholds", "gains", "constant", "inner_bias"):
        np.testing.assert_allclose(getattr(after, field), getattr(before, field), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", SIX)
def test_the_relu_before_the_readout_decides_nothing(name):
    np.testing.assert_array_equal(answers(normal_form(SIX[name])) > 0, LIFE)


def test_the_normal_form_of_the_handmade_network_is_its_definition():
    solution = normal_form(handmade_parameters())
    assert solution.directions.tolist() == [1, 1]
    assert solution.effects.tolist() == [1, -1]
    assert solution.centres.tolist() == [1, 0.5]
    assert solution.thresholds.tolist() == [2, 3]
    assert solution.gains.tolist() == [40, 80]
    assert solution.constant == -20
    assert not solution.spread.any()
    assert variant(solution) == "rise-fall/life: up 3+/2+, up 4+/3+"


def test_a_unit_that_is_barely_on_counts_as_off():
    nearly = _network((A, (1, 1, -2 + 0.05)), (-2, 1), 0, (2, -1))
    assert variant(normal_form(nearly)) == variant(normal_form(handmade_parameters()))
    clearly = _network((A, (1, 1, -2 + 0.2)), (-2, 1), 0, (2, -1))
    assert variant(normal_form(clearly)) == "rise-fall/life: up 2+/1+, up 4+/3+"


def test_variants_tell_where_units_that_count_down_are_on():
    assert variant(normal_form(SIX["two-alarms/death"])) == "two-alarms/death: up 4+/4+, down 0-2/0-1"


def test_an_uneven_kernel_has_a_spread():
    params = jax.tree.map(np.copy, handmade_parameters())
    params["block0_3x3"]["kernel"][0, 0, 0, 0] = 9.0  # of the unit A: mean 2, eight weights 1 to 9
    assert normal_form(params).spread.tolist() == pytest.approx([0, np.std([4.5] + 7 * [0.5])])


def test_ramps_that_can_rise_to_three_and_fall_to_four_are_those_of_the_three_algorithms():
    rng = np.random.default_rng(0)
    kinds = [(direction, effect) for direction in (1, -1) for effect in (1, -1)]
    pairs = [(one, two) for place, one in enumerate(kinds) for two in kinds[place:]]
    assert len(pairs) == 10
    thresholds, gains, count = rng.uniform(0, 8, (20_000, 2)), rng.exponential(size=(20_000, 2)), np.arange(2, 5)
    peaked = set()
    for pair in pairs:
        directions, effects = np.array(pair).T
        along = directions[:, None] * (count - thresholds[..., None])
        sums = np.sum((effects * gains)[..., None] * np.maximum(along, 0), axis=1)
        if np.any((sums[:, 1] > sums[:, 0] + 1e-9) & (sums[:, 1] > sums[:, 2] + 1e-9)):
            peaked.add(pair)
    assert peaked == set(ALGORITHMS)


def test_signs_of_no_algorithm_are_called_impossible():
    assert algorithm_of(_network((MANY, MANY), (1, 1), 0, (1, 0))) == f"{IMPOSSIBLE}/life"
    assert algorithm_of(_network((FEW, MANY), (1, 1), 0, (1, 0))) == f"{IMPOSSIBLE}/life"


def test_what_is_no_minimal_network_is_refused():
    with pytest.raises(InputError, match="features"):
        normal_form(smallest_parameters())
    with pytest.raises(InputError, match="cut off"):
        normal_form(_network((A, B), (0, 1), 0, (1, 0)))


def test_ramps_and_constant_add_up_to_the_answer():
    solution = normal_form(SIX["mirror/death"])
    np.testing.assert_allclose(
        ramps(solution, NEIGHBOURHOODS[:3]).sum(axis=1) + solution.constant, answers(solution)[:3]
    )


def test_a_straight_line_joins_exact_networks_only_if_all_between_are_exact():
    own = normal_form(handmade_parameters())
    near = normal_form(_network((A, (1, 1, -1.75)), (-2, 1), 0, (2, -1.6)))
    broken = normal_form(_network((A, (1, 1, 1)), (-2, 1), 0, (2, -1)))
    np.testing.assert_array_equal(answers(near) > 0, LIFE)
    assert joined(own, [own, near, broken], LIFE) == [True, True, False]


def test_groups_are_chains_of_straight_lines():
    own, spelled = normal_form(SIX["rise-fall/life"]), normal_form(SIX["rise-fall/death"])
    broken = normal_form(_network((A, (1, 1, 1)), (-2, 1), 0, (2, -1)))
    assert groups_of([own, broken, spelled]) == [[0, 2], [1]]
    assert groups_of([]) == []
