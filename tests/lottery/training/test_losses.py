"""The loss of one batch on its boards and on its 512 patterns is one number with one gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import assert_close, on_device, random_parameters

import gol
from lottery.networks.lifenet import LifeNet, logits
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.training.losses import LOSSES, binary_cross_entropy, boards_loss, pattern_logits, patterns_loss


@pytest.mark.parametrize("features", [(2, 1), (6, 3), (3, 4)])
def test_pattern_logits_are_the_network_on_the_512_windows(features):
    net = LifeNet(features=features, padding="valid")
    params = on_device(random_parameters(net, 0))
    windows = jnp.asarray(NEIGHBOURHOODS.reshape(512, 3, 3))
    np.testing.assert_allclose(pattern_logits(params), logits(net, params, windows)[:, 0, 0], rtol=1e-5, atol=1e-5)


def test_neighbourhoods_are_in_the_order_of_the_simulators_codes():
    windows = NEIGHBOURHOODS.reshape(512, 3, 3)
    codes = np.array([gol.neighbourhood_codes(window.astype(np.uint8), "plane")[1, 1] for window in windows[::37]])
    np.testing.assert_array_equal(codes, np.arange(512)[::37])


def both(padding, loss, dtype, masked):
    """Loss and gradient of one batch in the two arrangements."""
    topology = "torus" if padding == "torus" else "plane"
    net = LifeNet(width=3, padding=padding)
    params = on_device(random_parameters(net, 1, dtype))
    rng = np.random.default_rng(2)
    mask = on_device(jax.tree.map(lambda leaf: (rng.random(leaf.shape) < 0.6).astype(dtype), params))
    boards = gol.random_boards(jax.random.key(3), (5, 11, 8))
    after = gol.evolve(boards, 1, topology=topology).astype(dtype)
    counts = gol.neighbourhood_histogram(boards, topology).sum(0)
    weights = counts.astype(dtype) / (5 * 11 * 8)
    table = jnp.asarray(gol.truth_table("B3/S23"), dtype)

    def kept(params):
        return jax.tree.map(jnp.multiply, params, mask) if masked else params

    def loss_and_gradient(function):
        return jax.jit(jax.value_and_grad(function))(params)

    on_boards = loss_and_gradient(lambda p: boards_loss(net, kept(p), boards.astype(dtype), after, loss))
    on_patterns = loss_and_gradient(lambda p: patterns_loss(kept(p), weights, table, loss))
    return on_boards, on_patterns


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("masked", [False, True], ids=["dense", "masked"])
@pytest.mark.parametrize("loss", ["bce", "mse"])
@pytest.mark.parametrize("padding", ["torus", "zero"])
def test_boards_and_patterns_give_one_loss_and_one_gradient(padding, loss, masked):
    on_boards, on_patterns = both(padding, loss, np.float32, masked)
    assert_close(on_boards, on_patterns, 1e-5)
    with jax.enable_x64(True):
        on_boards, on_patterns = both(padding, loss, np.float64, masked)
        assert on_boards[0].dtype == jnp.float64
        assert_close(on_boards, on_patterns, 1e-10)


def test_losses_are_their_formulas_and_finite_where_these_overflow():
    z, t = jnp.array([-3.0, 0.5, 2.0]), jnp.array([0.0, 1.0, 0.0])
    p = 1 / (1 + np.exp(-np.asarray(z, np.float64)))
    t64 = np.asarray(t, np.float64)
    np.testing.assert_allclose(LOSSES["bce"](z, t), -t64 * np.log(p) - (1 - t64) * np.log(1 - p), rtol=1e-5)
    np.testing.assert_allclose(LOSSES["mse"](z, t), (p - t64) ** 2, rtol=1e-5)
    far = jnp.array([200.0, -200.0])
    np.testing.assert_allclose(LOSSES["bce"](far, jnp.array([0.0, 1.0])), [200.0, 200.0])
    slope = jax.grad(lambda z: LOSSES["bce"](z, jnp.array([1.0, 1.0])).sum())(far)
    np.testing.assert_allclose(slope, [0.0, -1.0], atol=1e-6)


@pytest.mark.thorough(but=3)
@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("logit", [-90.0, -1.5, 0.0, 1.5, 90.0])
def test_the_slope_of_the_cross_entropy_is_sigmoid_minus_target_also_at_a_logit_of_zero(logit, target):
    slope = jax.grad(lambda z: binary_cross_entropy(z, jnp.float32(target)))(jnp.float32(logit))
    assert float(slope) == pytest.approx(1 / (1 + np.exp(-logit)) - target, abs=1e-6)
