"""The hand-made weights are exact, against the simulator, and bitwise so."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import on_device, shapes_of

import gol
from gol.errors import InputError
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet, logits


@pytest.mark.thorough(but=5)
@pytest.mark.parametrize("steps", range(1, 6))
@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize(("padding", "topology"), [("torus", "torus"), ("zero", "plane")])
def test_handmade_network_is_the_simulator_and_its_logits_are_20_or_minus_20(steps, width, padding, topology):
    boards = gol.random_boards(jax.random.key(steps), (16, 13, 17))
    after = np.asarray(gol.evolve(boards, steps, topology=topology))
    net = LifeNet(steps=steps, width=width, padding=padding)
    found = logits(net, on_device(handmade_parameters(steps, width)), boards.astype(jnp.float32))
    np.testing.assert_array_equal(np.asarray(found), np.where(after, 20.0, -20.0))


@pytest.mark.parametrize(
    "net", [LifeNet(3, 1), LifeNet(2, 4), LifeNet(2, features=(2, 3)), LifeNet(1, features=(5, 1))]
)
def test_handmade_weights_have_the_shapes_of_their_network(net):
    handmade = handmade_parameters(net.steps, net.width, net.features)
    assert jax.tree.map(np.shape, handmade) == jax.tree.map(lambda leaf: leaf.shape, shapes_of(net))
    assert {leaf.dtype for leaf in jax.tree.leaves(handmade)} == {np.dtype(np.float32)}


def test_handmade_block_needs_two_units():
    with pytest.raises(InputError, match="at least 2 channels"):
        handmade_parameters(1, features=(1, 1))
