"""Masks and what is counted in them, on toys whose numbers can be worked out by hand."""

import numpy as np
import pytest

from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import apply_mask, effective_mask, full_mask, layers_in_order, measure
from lottery.networks.trees import stack
from lottery.training.loop import draw_initial, pick


@pytest.fixture
def params():
    return pick(draw_initial(LifeNet(features=(2, 2)), 0, [0]), 0)  # kernels 18, 4, 2; biases 2, 2, 1


def test_a_full_mask_keeps_all_weights_and_never_prunes_biases(params):
    mask = full_mask(params)
    assert mask["readout"]["bias"] is None
    found = measure(params, mask)
    assert (found.kept, found.prunable, found.parameters_kept, found.parameters) == (24, 24, 29, 29)
    assert (found.density, found.sparsity, found.compression, found.collapsed) == (1.0, 0.0, 1.0, ())
    with_biases = measure(params, full_mask(params, prune_biases=True))
    assert (with_biases.kept, with_biases.prunable, with_biases.effective) == (29, 29, 29)


def test_density_is_reported_per_layer_and_in_all_with_and_without_biases(params):
    mask = full_mask(params)
    mask["block0_3x3"]["kernel"][1:, :, :, :] = False  # 6 of 18 stay
    mask["block0_1x1"]["kernel"][0, 0, 0, 1] = False  # 3 of 4
    found = measure(params, mask)
    assert {row.layer: (row.kept, row.prunable) for row in found.layers} == {
        "block0_3x3": (6, 18),
        "block0_1x1": (3, 4),
        "readout": (2, 2),
    }
    assert found.layers[0].density == pytest.approx(1 / 3)
    assert found.density == pytest.approx(11 / 24)
    assert found.sparsity == pytest.approx(13 / 24)
    assert found.compression == pytest.approx(24 / 11)
    assert found.density_of_all == pytest.approx(16 / 29)


def test_effective_density_counts_only_weights_on_an_unpruned_path(params):
    mask = full_mask(params, prune_biases=True)
    # Unit 0 of the 3x3 has no way on; unit 1 of the 1x1 is not read; the read-out reads unit 0 alone.
    mask["block0_1x1"]["kernel"][0, 0] = [[False, False], [True, True]]
    mask["readout"]["kernel"][0, 0] = [[True], [False]]
    mask["block0_3x3"]["kernel"][0, 0, 0, 1] = False
    found = effective_mask(mask)
    # 3x3: the 8 survivors of unit 1; 1x1: the one weight 1 -> 0; read-out: one weight.
    assert [int(found[layer]["kernel"].sum()) for layer in layers_in_order(mask)] == [8, 1, 1]
    # Biases: of unit 1, of output 0, and of the read-out.
    assert found["block0_3x3"]["bias"].tolist() == [False, True]
    assert found["block0_1x1"]["bias"].tolist() == [True, False]
    measured = measure(params, mask)
    assert measured.effective == 8 + 1 + 1 + 3
    assert measured.kept == 17 + 2 + 1 + 5
    assert measured.effective_density == pytest.approx(13 / 29)


def test_a_weight_behind_a_unit_without_inputs_is_not_effective(params):
    mask = full_mask(params)
    mask["block0_3x3"]["kernel"][:, :, :, 0] = False
    found = effective_mask(mask)
    assert found["block0_1x1"]["kernel"][0, 0].tolist() == [[False, False], [True, True]]
    assert found["readout"]["kernel"].all()


def test_a_collapsed_layer_is_reported_and_leaves_nothing_effective(params):
    mask = full_mask(params)
    mask["block0_1x1"]["kernel"][:] = False
    found = measure(params, mask)
    assert found.collapsed == ("block0_1x1",)
    assert found.effective == 0
    assert found.kept == 20
    mask = full_mask(params)
    for layer in layers_in_order(mask):
        mask[layer]["kernel"][:] = False
    assert measure(params, mask).compression == float("inf")


def test_masked_weights_are_zero_and_the_others_keep_their_bits(params):
    mask = full_mask(params)
    mask["block0_3x3"]["kernel"][0] = False
    cut = apply_mask(params, mask)
    assert (cut["block0_3x3"]["kernel"][0] == 0).all()
    np.testing.assert_array_equal(cut["block0_3x3"]["kernel"][1:], params["block0_3x3"]["kernel"][1:])
    assert cut["block0_3x3"]["bias"] is params["block0_3x3"]["bias"]
    assert cut["block0_3x3"]["kernel"].dtype == np.float32


def test_stacked_masks_keep_what_is_never_pruned(params):
    stacked = stack([full_mask(params)] * 3)
    assert stacked["readout"]["bias"] is None
    assert stacked["readout"]["kernel"].shape == (3, 1, 1, 2, 1)


def test_layers_are_in_the_order_of_the_data_not_of_the_alphabet():
    params = pick(draw_initial(LifeNet(steps=2), 0, [0]), 0)
    assert layers_in_order(params) == ["block0_3x3", "block0_1x1", "block1_3x3", "block1_1x1", "readout"]
