import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import plain_logits, random_parameters

from gol.errors import InputError
from lottery.analysis.compaction import EffectiveParameters, compact, count_nonzero, effective_parameters, tidy
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters, smallest_parameters
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.networks.masks import apply_mask, effective_mask, full_mask, map_masked

BOARDS = np.random.default_rng(0).integers(0, 2, (3, 6, 7)).astype(float)
PADDINGS = ("torus", "zero")


def _logits(params, padding, activation="relu"):
    return np.stack([plain_logits(params, board, padding, activation) for board in BOARDS])


def _assert_same_function(params, small, padding, activation="relu"):
    before, after = (_logits(tree, padding, activation) for tree in (params, small))
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-12 * max(1, np.abs(before).max()))


def _random_ticket(net, seed, density, *, biases):
    """Weights and a random mask of whole edges and single weights, so that some channels read nothing at all."""
    rng = np.random.default_rng(seed)
    params = random_parameters(net, seed, np.float64)

    def draw(leaf):
        edges = rng.random((1, 1, *leaf.shape[-2:])) < density if leaf.ndim == 4 else True
        return (rng.random(leaf.shape) < max(density, 0.4)) & edges

    mask = map_masked(draw, full_mask(params, biases))
    return params, mask


@pytest.mark.thorough(but=3)
@pytest.mark.parametrize(("steps", "padding", "biases"), list(itertools.product((1, 2), PADDINGS, (False, True))))
def test_a_compact_ticket_gives_the_same_logits(steps, padding, biases):
    net = LifeNet(steps=steps, width=4, padding=padding)
    folded, smaller = 0, 0
    for seed in range(20):
        params, mask = _random_ticket(net, seed, [0.1, 0.25, 0.5, 0.8][seed % 4], biases=biases)
        small = compact(params, mask, padding=padding, functional=seed % 3 == 0)
        _assert_same_function(apply_mask(params, mask), small.params, padding)
        if seed < 4:
            placed = tidy(params, mask, padding=padding)
            _assert_same_function(apply_mask(params, mask), placed, padding)
            assert (
                sum(map(np.count_nonzero, jax.tree.leaves(placed)))
                == effective_parameters(params, mask, padding=padding).nonzero
            )
        a, b = small.features
        assert small.params["block0_3x3"]["kernel"].shape == (3, 3, 1, a)
        assert small.params["readout"]["kernel"].shape == (1, 1, b, 1)
        folded += small.folded
        smaller += a < 8
    assert folded > 5
    assert smaller > 5


@pytest.mark.thorough(but=3)
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "prelu", "prelu_channels", "square"])
@pytest.mark.parametrize("padding", PADDINGS)
def test_constants_are_those_of_the_activation(activation, padding):
    net = LifeNet(steps=2, width=2, padding=padding, activation=activation)
    for seed in range(12):
        params, mask = _random_ticket(net, seed, 0.4, biases=False)
        mask |= {name: leaves for name, leaves in full_mask(params).items() if name.endswith("_slope")}
        small = compact(params, mask, padding=padding, activation=activation)
        _assert_same_function(apply_mask(params, mask), small.params, padding, activation)


def test_a_network_without_a_readout_stays_one():
    net = LifeNet(features=(6, 1), readout=False)
    for seed in range(8):
        params, mask = _random_ticket(net, seed, 0.4, biases=True)
        small = compact(params, mask)
        assert set(small.params) == {"block0_3x3", "block0_1x1"}
        _assert_same_function(apply_mask(params, mask), small.params, "torus")


def test_a_compact_network_is_a_network_to_jax_as_well():
    net = LifeNet(width=4)
    params, mask = _random_ticket(net, 1, 0.5, biases=True)
    small = compact(params, mask)
    found = LifeNet(features=small.features).apply(
        {"params": jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), small.params)},
        jnp.asarray(BOARDS, jnp.float32),
    )
    np.testing.assert_allclose(found, _logits(apply_mask(params, mask), "torus"), atol=1e-4)


@pytest.mark.parametrize("steps", [1, 2])
def test_the_handmade_network_is_found_in_a_wide_one_and_certified(steps):
    wide = handmade_parameters(steps, width=3)
    rng = np.random.default_rng(0)
    for block in range(steps):  # 3x3 units that nothing reads
        for leaf in wide[f"block{block}_3x3"].values():
            leaf[..., 2:] = rng.normal(size=leaf[..., 2:].shape)
    small = compact(wide)
    assert small.features == (2, 1)
    for layer, leaves in handmade_parameters(steps).items():
        np.testing.assert_array_equal(small.params[layer]["kernel"], leaves["kernel"])
    before, after = (certify(params, method="composition") for params in (wide, small.params))
    assert (after.correct, after.margin) == (before.correct, before.margin) == (True, 20.0)


def test_numbers_of_known_networks():
    hand = effective_parameters(handmade_parameters())
    # Kernels of nine, two weights into h, one out of it; biases -3, -2 and -20, and that of h is 0.
    assert hand == EffectiveParameters(weights=21, biases=3, zero_biases=1)
    assert (hand.nonzero, hand.with_all_biases) == (24, 25)
    assert effective_parameters(smallest_parameters()).nonzero == 17
    assert effective_parameters(handmade_parameters(2)).with_all_biases == 48
    dense = random_parameters(LifeNet(width=3), 0)
    assert effective_parameters(dense).nonzero == parameter_count(LifeNet(width=3))


def test_weights_are_those_of_the_effective_mask():
    net = LifeNet(width=4)
    compared = 0
    for seed in range(40):
        params, mask = _random_ticket(net, seed, 0.5, biases=False)
        on_paths = sum(int(leaf.sum()) for leaf in jax.tree.leaves(effective_mask(mask)))
        small = compact(params, mask)
        assert effective_parameters(params, mask).weights == on_paths
        compared += small.folded > 0
    assert compared > 3


def test_on_a_zero_padded_board_a_constant_stays_where_the_edge_shows():
    net = LifeNet(steps=2, features=(2, 2))
    params = jax.tree.map(np.abs, random_parameters(net, 0, np.float64))  # no unit is dead by chance
    params["block0_1x1"]["kernel"][:, :, :, 1] = 0
    params["block0_1x1"]["bias"][1] = 0.5
    torus, zero = compact(params), compact(params, padding="zero")
    assert (torus.folded, zero.folded) == (1, 0)
    assert (torus.features, zero.features) == ((2, 2), (2, 2))  # the second block still has two 1x1 units
    assert [len(torus.kept["block0_1x1"]), len(zero.kept["block0_1x1"])] == [1, 2]
    _assert_same_function(params, torus.params, "torus")
    _assert_same_function(params, zero.params, "zero")
    with pytest.raises(AssertionError):
        _assert_same_function(params, torus.params, "zero")
    params["block0_1x1"]["bias"][1] = -0.5  # relu gives 0, inside as beyond the edge
    assert len(compact(params, padding="zero").kept["block0_1x1"]) == 1


def test_functionally_dead_units_are_told_and_folded_on_request():
    params = random_parameters(LifeNet(features=(3, 2)), 1, np.float64)
    params["block0_3x3"]["bias"][1] = -100.0  # never on
    small, folded = compact(params), compact(params, functional=True)
    assert small.functionally_dead["block0_3x3"].tolist() == [1]
    assert (small.features[0], folded.features[0]) == (3, 2)
    _assert_same_function(params, folded.params, "torus")
    assert effective_parameters(params).nonzero - effective_parameters(params, functional=True).nonzero == 12


def test_a_network_pruned_to_nothing_is_one_constant():
    params = random_parameters(LifeNet(width=2), 1, np.float64)
    mask = map_masked(np.zeros_like, full_mask(params))
    small = compact(params, mask)
    assert small.features == (1, 1)
    _assert_same_function(apply_mask(params, mask), small.params, "torus")
    assert effective_parameters(params, mask) == EffectiveParameters(0, 1, 0)


def test_counts_of_several_networks():
    net = LifeNet(width=2)
    wide = handmade_parameters(width=2)
    assert count_nonzero(net, [None, wide]) == [None, 24]
    frozen = random_parameters(net, 0)  # pruned weights that hold other numbers than zero are needed
    assert count_nonzero(net, [frozen]) == [parameter_count(net)]
    tied = LifeNet(steps=2, features=(2, 1), tied=True)
    assert count_nonzero(tied, [random_parameters(tied, 0)]) == [parameter_count(tied)]


def test_unknown_words_are_refused():
    with pytest.raises(InputError, match="padding 'plane'"):
        compact(handmade_parameters(), padding="plane")
    with pytest.raises(InputError, match="activation 'step'"):
        compact(handmade_parameters(), activation="step")
