"""The networks of the paper: how many parameters, what they see at the edge, how they start."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import leaves, on_device, plain_logits, random_parameters, shapes_of

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet, initial_parameters, logits, parameter_count
from lottery.training.loop import draw_initial


@pytest.mark.parametrize("steps", range(1, 6))
def test_minimal_network_has_23n_plus_2_parameters_as_the_paper_says(steps):
    net = LifeNet(steps=steps, width=1)
    assert parameter_count(net) == 23 * steps + 2
    assert sum(leaf.size for leaf in jax.tree.leaves(shapes_of(net))) == 23 * steps + 2


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("features", [(2, 1), (8, 4), (48, 24), (3, 5), (1, 1)])
def test_parameter_count_is_that_of_the_pytree(steps, features):
    net = LifeNet(steps=steps, features=features)
    a, b = features
    closed = (9 * a + a + a * b + b) + (steps - 1) * (9 * b * a + a + a * b + b) + b + 1
    assert parameter_count(net) == closed
    assert sum(leaf.size for leaf in jax.tree.leaves(shapes_of(net))) == closed


def test_width_m_means_2m_and_m_channels():
    for width in (1, 3, 8):
        one, other = LifeNet(steps=2, width=width), LifeNet(steps=2, features=(2 * width, width))
        assert shapes_of(one) == shapes_of(other)
    # width 8 has 9*16 + 16 + 16*8 + 8 + 8 + 1 parameters
    assert parameter_count(LifeNet(steps=1, width=8)) == 305


def test_parameters_are_named_by_layer_and_float32():
    params = initial_parameters(LifeNet(steps=2, width=3), jax.random.key(0))
    assert set(params) == {"block0_3x3", "block0_1x1", "block1_3x3", "block1_1x1", "readout"}
    assert params["block1_3x3"]["kernel"].shape == (3, 3, 3, 6)
    assert {leaf.dtype for leaf in leaves(params)} == {np.dtype(np.float32)}


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("padding", ["torus", "zero"])
def test_network_is_its_layers_one_after_the_other(steps, padding):
    net = LifeNet(steps=steps, width=2, padding=padding)
    params = random_parameters(net, steps)
    boards = np.random.default_rng(1).integers(0, 2, (3, 7, 9))
    found = logits(net, on_device(params), jnp.asarray(boards, jnp.float32))
    expected = np.stack([plain_logits(params, board, padding) for board in boards])
    assert found.shape == (3, 7, 9)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    edge = np.abs(plain_logits(params, boards[0], "torus") - plain_logits(params, boards[0], "zero"))
    assert edge.max() > 0.1  # the two paddings differ on this board, so the test tells them apart


def test_torus_network_moves_with_its_board_and_zero_padded_one_does_not():
    board = jnp.asarray(np.random.default_rng(2).integers(0, 2, (10, 12)), jnp.float32)
    for padding, moves in (("torus", True), ("zero", False)):
        net = LifeNet(steps=2, width=2, padding=padding)
        params = on_device(random_parameters(net, 3))
        moved_before = logits(net, params, jnp.roll(board, (3, 5), (0, 1)))
        moved_after = jnp.roll(logits(net, params, board), (3, 5), (0, 1))
        assert bool(jnp.allclose(moved_before, moved_after, atol=1e-5)) is moves


def test_valid_padding_gives_the_inner_cells_of_the_other_two():
    board = jnp.asarray(np.random.default_rng(4).integers(0, 2, (9, 9)), jnp.float32)
    params = on_device(random_parameters(LifeNet(steps=2), 5))
    inner = logits(LifeNet(steps=2, padding="valid"), params, board)
    assert inner.shape == (5, 5)
    for padding in ("torus", "zero"):
        whole = logits(LifeNet(steps=2, padding=padding), params, board)
        np.testing.assert_allclose(inner, whole[2:-2, 2:-2], rtol=1e-5, atol=1e-5)


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize(
    ("initialiser", "spread", "bound"),
    [
        ("glorot", (2 / (9 * 12 + 9 * 24)) ** 0.5, (6 / (9 * 12 + 9 * 24)) ** 0.5),
        ("normal", 1.0, None),
        ("he", (2 / (9 * 12)) ** 0.5, None),
        ("pytorch", (1 / (3 * 9 * 12)) ** 0.5, (9 * 12) ** -0.5),
    ],
)
def test_initialisers_have_their_spread_and_range(initialiser, spread, bound):
    net = LifeNet(steps=2, features=(24, 12), initialiser=initialiser)
    drawn = draw_initial(net, 0, range(8))
    kernel, bias = drawn["block1_3x3"]["kernel"], drawn["block1_3x3"]["bias"]
    assert kernel.std() == pytest.approx(spread, rel=0.03)
    assert abs(kernel.mean()) < 4 * spread / kernel.size**0.5
    if bound is not None:
        assert 0.99 * bound < np.abs(kernel).max() <= bound
    if initialiser == "pytorch":
        assert bias.std() == pytest.approx(spread, rel=0.15)
        assert np.abs(bias).max() <= bound
    else:
        assert (bias == 0).all()


def test_layers_of_one_shape_start_with_different_weights():
    params = initial_parameters(LifeNet(steps=3, width=2), jax.random.key(0))
    assert not np.array_equal(params["block1_3x3"]["kernel"], params["block2_3x3"]["kernel"])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"width": 0}, "width 0"),
        ({"features": (2, 0)}, r"features \(2, 0\)"),
        ({"padding": "moebius"}, "Unknown padding 'moebius': it is one of torus, zero"),
        ({"initialiser": "lucky"}, "Unknown initialiser 'lucky': it is one of glorot"),
    ],
)
def test_settings_that_no_network_has_are_refused(wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        LifeNet(**wrong)
