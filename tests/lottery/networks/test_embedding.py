"""A small network inside a larger one with masked channels is the small network."""

import jax
import numpy as np
import pytest
from helpers import assert_same, random_parameters

from lottery.analysis.unit_responses import unit_answers
from lottery.networks.embedding import channel_masks, cut, embed
from lottery.networks.lifenet import LifeNet


@pytest.mark.parametrize("net", [LifeNet(features=(2, 1)), LifeNet(features=(2, 1), readout=False)])
def test_cutting_out_undoes_embedding(net):
    small = random_parameters(net, 1)
    large = embed(small, (3, 4) if net.readout else (3, 1))
    assert large["block0_3x3"]["kernel"].shape == (3, 3, 1, 3)
    assert_same(cut(large, net.channels), small)


def test_channels_that_are_not_there_are_zero_and_masked():
    small = random_parameters(LifeNet(features=(1, 2)), 2)
    large, masks = embed(small, (2, 3)), channel_masks(small, (2, 3))
    for leaf, mask in zip(jax.tree.leaves(large), jax.tree.leaves(masks), strict=True):
        assert leaf.shape == mask.shape
        np.testing.assert_array_equal(leaf != 0, mask != 0)
    answers = unit_answers(large)
    np.testing.assert_allclose(answers.narrow[:, :2], unit_answers(small).narrow)
    assert not answers.narrow[:, 2].any()
