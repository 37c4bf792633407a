import jax
import numpy as np
import pytest
from helpers import assert_same, random_parameters

from lottery.analysis.mask_overlap import likeness, matched, overlap, reorder
from lottery.analysis.unit_responses import unit_answers
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import apply_mask, full_mask, map_masked

PARAMS = random_parameters(LifeNet(features=(6, 3)), 0, np.float64)


def _mask(seed, density=0.4):
    rng = np.random.default_rng(seed)
    return map_masked(lambda leaf: rng.random(leaf.shape) < density, full_mask(PARAMS))


def test_overlap_counts_what_is_shared_and_what_chance_would():
    one, other = _mask(0), _mask(1)
    found = overlap(one, one)
    assert found.shared == found.kept == sum(int(leaf.sum()) for leaf in jax.tree.leaves(one))
    assert overlap(one, map_masked(np.logical_not, one)).shared == 0
    by_layer = [(one[layer]["kernel"].sum(), other[layer]["kernel"].sum(), one[layer]["kernel"].size) for layer in one]
    assert overlap(one, other).expected == pytest.approx(sum(a * b / n for a, b, n in by_layer))


def test_another_order_of_units_is_the_same_network():
    rng = np.random.default_rng(3)
    wide, narrow = rng.permutation(6), rng.permutation(3)
    ones = reorder(PARAMS, wide, narrow)
    logits = [unit_answers(p).narrow @ p["readout"]["kernel"][0, 0] for p in (PARAMS, ones)]
    np.testing.assert_allclose(*logits, rtol=1e-12)
    mask = _mask(2)
    assert_same(
        apply_mask(ones, reorder(mask, wide, narrow))["block0_1x1"],
        reorder(apply_mask(PARAMS, mask), wide, narrow)["block0_1x1"],
    )


def test_matching_finds_a_permuted_mask_again():
    rng = np.random.default_rng(4)
    for seed in range(5):
        mask = _mask(seed)
        permuted = reorder(mask, rng.permutation(6), rng.permutation(3))
        assert overlap(mask, permuted).shared < overlap(mask, mask).kept
        assert overlap(mask, matched(mask, permuted)).shared >= 0.95 * overlap(mask, mask).kept


def test_masks_at_random_are_as_alike_as_chance_and_permuted_ones_more():
    rng = np.random.default_rng(5)
    random = likeness([_mask(seed) for seed in range(6)], match=True, drawings=5, rng=rng)
    assert random.lowest - 0.02 < random.shared < random.highest + 0.02
    same = [reorder(_mask(0), rng.permutation(6), rng.permutation(3)) for _ in range(4)]
    places, units = (likeness(same, match=match, drawings=3, rng=rng) for match in (False, True))
    assert units.shared > 0.9 > units.highest
    assert places.shared < 0.7
