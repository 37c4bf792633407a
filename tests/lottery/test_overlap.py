"""Masks on each other: place by place, with their units matched, and against chance."""

import jax
import numpy as np

from lottery.masks import full_mask
from lottery.networks import LifeNet
from lottery.overlap import likeness, matched, overlap, reorder
from lottery.pruning import shuffle_within_layers
from lottery.training import draw_initial, pick


def mask_of(seed, width=4, keep=0.4):
    rng = np.random.default_rng(seed)
    whole = full_mask(pick(draw_initial(LifeNet(width=width), 0, [0]), 0))
    return jax.tree.map(lambda leaf: rng.random(leaf.shape) < keep, whole)


def test_a_mask_shares_all_with_itself_and_nothing_with_its_complement():
    mask = mask_of(0)
    kept = sum(int(leaf.sum()) for leaf in jax.tree.leaves(mask))
    assert overlap(mask, mask).shared == overlap(mask, mask).kept == kept
    assert overlap(mask, jax.tree.map(np.logical_not, mask)).shared == 0


def test_the_expected_overlap_is_that_of_shuffled_masks():
    one, other = mask_of(1), mask_of(2)
    rng = np.random.default_rng(0)
    drawn = [overlap(one, shuffle_within_layers(other, rng)).shared for _ in range(300)]
    assert abs(np.mean(drawn) - overlap(one, other).expected) < 1.0


def test_matching_undoes_another_order_of_the_units():
    mask = mask_of(3)
    rng = np.random.default_rng(5)
    moved = reorder(mask, rng.permutation(8), rng.permutation(4))
    kept = overlap(mask, mask).kept
    assert overlap(mask, moved).shared < kept
    assert overlap(mask, matched(mask, moved)).shared == kept


def test_chance_is_matched_too_so_that_random_masks_are_no_more_alike_than_chance():
    masks = [mask_of(seed) for seed in range(6)]
    found = likeness(masks, match=True, drawings=8, rng=np.random.default_rng(0))
    assert found.lowest <= found.chance <= found.highest
    assert abs(found.shared - found.chance) < 0.05
    assert found.chance > likeness(masks, match=False, drawings=8, rng=np.random.default_rng(0)).chance
    same = likeness([masks[0]] * 3, match=False, drawings=2, rng=np.random.default_rng(0))
    assert same.shared == 1.0
