import jax
import numpy as np
import pytest
from helpers import assert_same, random_parameters

from lottery.certificates.certificate import certify
from lottery.networks.chaining import chain_mask, chain_parameters
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import full_mask

ONE, TWO = LifeNet(width=2), LifeNet(steps=2, width=2)


def _random_mask(seed, biases=False):
    rng = np.random.default_rng(seed)
    return jax.tree.map(
        lambda leaf: rng.random(leaf.shape) < 0.6, full_mask(random_parameters(ONE, 0), prune_biases=biases)
    )


def test_a_chained_mask_has_the_ticket_in_every_block():
    mask = _random_mask(1)
    mask["readout"]["kernel"][0, 0, :, 0] = [True, False]
    chained = chain_mask(mask, 3)
    assert set(chained) == {f"block{i}_{size}" for i in range(3) for size in ("3x3", "1x1")} | {"readout"}
    assert_same(chained["block0_3x3"], mask["block0_3x3"])
    for block in range(3):
        assert_same(chained[f"block{block}_1x1"], mask["block0_1x1"])
    for block in (1, 2):
        kernel = chained[f"block{block}_3x3"]["kernel"]
        assert kernel.shape == (3, 3, 2, 4)
        np.testing.assert_array_equal(kernel[:, :, 0], mask["block0_3x3"]["kernel"][:, :, 0])
        assert not kernel[:, :, 1].any()  # the read-out's weight of this channel is pruned
        assert chained[f"block{block}_3x3"]["bias"] is None
    assert chain_mask(_random_mask(1, biases=True), 2)["block1_3x3"]["bias"].shape == (4,)


def test_a_chained_mask_has_the_shapes_of_the_longer_network():
    like, chained = full_mask(random_parameters(TWO, 0)), chain_mask(_random_mask(2), 2)
    assert jax.tree.structure(like) == jax.tree.structure(chained)
    assert [leaf.shape for leaf in jax.tree.leaves(like)] == [leaf.shape for leaf in jax.tree.leaves(chained)]
    assert chain_mask(full_mask(random_parameters(ONE, 0)), 2)["block1_3x3"]["kernel"].all()


def test_chained_weights_read_out_what_the_block_before_passes_on():
    params, like = random_parameters(ONE, 3), random_parameters(TWO, 4)
    chained = chain_parameters(params, like)
    assert jax.tree.structure(chained) == jax.tree.structure(like)
    for leaf, other in zip(jax.tree.leaves(chained), jax.tree.leaves(like), strict=True):
        assert leaf.shape == other.shape
        assert leaf.dtype == other.dtype
    kernel = chained["block1_3x3"]["kernel"]
    assert np.std(kernel) == pytest.approx(np.std(like["block1_3x3"]["kernel"]), rel=1e-5)
    outer = np.einsum("yxu,j->yxju", params["block0_3x3"]["kernel"][:, :, 0], params["readout"]["kernel"][0, 0, :, 0])
    ratio = kernel / outer
    np.testing.assert_allclose(ratio, ratio.flat[0], rtol=1e-4)
    assert ratio.flat[0] > 0


def test_the_handmade_network_chained_is_the_handmade_network_of_two_steps():
    chained = chain_parameters(handmade_parameters(1, 1), handmade_parameters(2, 1))
    assert_same(chained, handmade_parameters(2, 1))
    assert certify(chained, method="composition").correct
