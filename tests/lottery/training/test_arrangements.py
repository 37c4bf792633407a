"""Every arrangement computes the loss of the boards reference and its gradient, to the last digits of float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import assert_close, example, leaves, on_device

from lottery.networks.lifenet import LifeNet, untie
from lottery.training.losses import boards_loss, columns_loss, tables_loss

# (steps, features): the paper's widths, free widths, one step as the smallest table, three steps.
NETWORKS = [(1, None), (2, None), (2, (3, 5)), (3, (4, 2))]


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("loss", ["bce", "mse"])
@pytest.mark.parametrize("padding", ["torus", "zero"])
@pytest.mark.parametrize(("steps", "features"), NETWORKS)
def test_tables_and_columns_are_the_boards_reference(steps, features, padding, loss, masked):
    net = LifeNet(steps=steps, width=2, features=features, padding=padding)
    with jax.enable_x64(True):
        params, mask, boards, codes, after = on_device(example(net, masked))

        def kept(p):
            return jax.tree.map(jnp.multiply, p, mask)

        def loss_and_gradient(function):
            return jax.jit(jax.value_and_grad(function))(params)

        expected = loss_and_gradient(lambda p: boards_loss(net, kept(p), boards, after, loss))
        assert_close(loss_and_gradient(lambda p: tables_loss(kept(p), codes, after, padding, loss)), expected, 1e-10)
        assert_close(loss_and_gradient(lambda p: columns_loss(kept(p), boards, after, padding, loss)), expected, 1e-10)
        assert all(np.any(leaf) for leaf in leaves(expected[1]) if leaf.size > 30)  # no layer is dead


@pytest.mark.thorough
@pytest.mark.parametrize(("activation", "tied"), [("prelu_channels", False), ("sine", False), ("relu", True)])
def test_columns_are_the_boards_reference_with_other_activations_and_tied_blocks(activation, tied):
    net = LifeNet(steps=2, features=(3, 1), activation=activation, tied=tied)
    with jax.enable_x64(True):
        params, _, boards, _, after = on_device(example(net, masked=False))
        expected = jax.value_and_grad(lambda p: boards_loss(net, p, boards, after, "bce"))(params)
        found = jax.value_and_grad(lambda p: columns_loss(untie(net, p), boards, after, "torus", "bce", activation))(
            params
        )
        assert_close(found, expected, 1e-10)
