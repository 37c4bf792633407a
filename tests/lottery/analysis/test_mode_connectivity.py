import jax
import numpy as np
import pytest
from helpers import TINY, assert_same, random_parameters

from gol.errors import InputError
from lottery.analysis.mode_connectivity import along, barrier, line
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet

NET = LifeNet()
HANDMADE = jax.tree.map(np.float64, handmade_parameters())
ALIVE = 0.4 / 9 + 0.1  # of all cells one generation later: 3 live cells of 9 are always followed by life, 4 in 4 of 9


def _scaled(gain):
    return {**HANDMADE, "readout": {name: gain * leaf for name, leaf in HANDMADE["readout"].items()}}


def _loss(z):
    """Expected cross-entropy where every logit is z on the right side."""
    return np.log1p(np.exp(-z))


def test_a_line_has_its_ends_and_even_steps():
    points = line({"a": np.zeros((2, 3))}, {"a": np.full((2, 3), 6.0)}, 4)["a"]
    assert points.shape == (4, 2, 3)
    np.testing.assert_allclose(points[:, 0, 0], [0, 2, 4, 6])
    first, second = (random_parameters(NET, seed) for seed in (0, 1))
    found = line(first, second, 7)
    assert_same(jax.tree.map(lambda leaf: leaf[0], found), jax.tree.map(np.float64, first))
    assert_same(jax.tree.map(lambda leaf: leaf[-1], found), jax.tree.map(np.float64, second))
    with pytest.raises(InputError, match="points is 1"):
        line(first, second, 1)


@pytest.mark.parametrize(
    ("values", "height"), [([0, 1, 0], 1), ([0.2, 0.5, 0.4], 0.2), ([0, 0.25, 1], 0.5), ([0.3, 0.1, 0.3], 0)]
)
def test_a_barrier_is_the_highest_point_above_the_mean_of_the_ends(values, height):
    assert barrier(np.array(values, float)) == pytest.approx(height)


def test_no_barrier_where_the_line_is_a_point_or_a_scaling():
    same = along(NET, TINY, HANDMADE, HANDMADE)
    assert barrier(same.error) == 0
    assert barrier(same.loss) == pytest.approx(0, abs=1e-15)
    # Only the read-out's gain changes, so all logits are +-g on the way, and the line is known in closed form.
    scaled = along(NET, TINY, _scaled(0.1), _scaled(0.2), 5)
    assert not scaled.wrong.any()
    np.testing.assert_allclose(scaled.loss, _loss(np.linspace(2, 4, 5)), rtol=1e-12)
    assert barrier(scaled.loss) == pytest.approx(_loss(2) - (_loss(2) + _loss(4)) / 2)


def test_the_line_to_the_opposite_network_in_closed_form():
    found = along(NET, TINY, HANDMADE, _scaled(-1))  # logits 20 (1 - 2 t) on the right side, then on the wrong one
    np.testing.assert_allclose(found.error, [0.0] * 15 + [1.0] * 15, atol=1e-12)
    assert found.wrong.tolist() == [0] * 15 + [512] * 15
    assert barrier(found.error) == pytest.approx(0.5)
    np.testing.assert_allclose(found.loss, _loss(20 - 40 * np.linspace(0, 1, 30)), rtol=1e-9)


def test_the_middle_of_two_networks_that_differ_in_the_order_of_their_units_is_wrong():
    swapped = {
        **HANDMADE,
        "block0_3x3": {name: leaf[..., ::-1] for name, leaf in HANDMADE["block0_3x3"].items()},
        "block0_1x1": {**HANDMADE["block0_1x1"], "kernel": HANDMADE["block0_1x1"]["kernel"][:, :, ::-1]},
    }
    found = along(NET, TINY, HANDMADE, swapped, 3)
    assert found.wrong[0] == found.wrong[2] == 0
    # Both units have one kernel in the middle, and the 1x1 weights add up to less than 0: all cells are called dead.
    assert barrier(found.error) == found.error[1] == pytest.approx(ALIVE)
    assert found.wrong[1] == 140


def test_the_error_knows_the_rule_and_the_density():
    dead = {**HANDMADE, "readout": {"kernel": 0 * HANDMADE["readout"]["kernel"], "bias": np.full(1, -1.0)}}
    from dataclasses import replace

    everywhere = replace(TINY, rule="B012345678/S012345678")
    assert along(NET, everywhere, dead, dead, 2).error.tolist() == pytest.approx([1, 1])
    assert along(NET, replace(TINY, density=0.0), dead, dead, 2).error.tolist() == [0, 0]
    assert along(NET, TINY, dead, dead, 2).error.tolist() == pytest.approx([ALIVE, ALIVE])


def test_what_is_not_known_exactly_is_refused():
    with pytest.raises(InputError, match="steps=1"):
        along(LifeNet(padding="zero"), TINY, HANDMADE, HANDMADE)
