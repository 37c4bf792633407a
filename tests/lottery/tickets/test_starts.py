"""One body over all starts, then what makes each of them what it is."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import assert_same, leaves, random_parameters

from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import full_mask
from lottery.pruning.ranking import prune
from lottery.tickets.replicate import Replicate
from lottery.tickets.starts import STARTS

NET = LifeNet(features=(6, 6))
# Weights at initialisation, at the step rewound to, and trained; with biases that are not zero.
INITIAL, REWOUND, TRAINED = (random_parameters(NET, seed) for seed in range(3))
MASK = prune(TRAINED, full_mask(TRAINED), prune_fraction=0.5, rng=np.random.default_rng(0))


def context(replicate=0, level=1, **changes):
    return Replicate(NET, 7, replicate, level, **{"mask": MASK, "rewound": REWOUND, "trained": TRAINED,
                                                 "initial": INITIAL, **changes})  # fmt: skip


def kernels(params, mask=MASK):
    return {layer: params[layer]["kernel"][mask[layer]["kernel"]] for layer in sorted(mask)}


@pytest.mark.parametrize("name", STARTS)
def test_every_start_has_the_shapes_of_the_network_and_follows_from_its_context(name):
    shown = context()
    before = jax.tree.map(np.copy, (shown.rewound, shown.trained, shown.initial, full_mask(REWOUND, True)))
    found = STARTS[name](shown)
    assert_same(found, STARTS[name](context()))
    for leaf, like in zip(leaves(found), leaves(REWOUND), strict=True):
        assert (leaf.shape, leaf.dtype) == (like.shape, like.dtype)
    assert_same((shown.rewound, shown.trained, shown.initial, full_mask(REWOUND, True)), before)


RANDOM = ("reinit", "reinit_sign", "reshuffle", "reshuffle_sign", "constant", "resign")


@pytest.mark.parametrize("name", RANDOM)
def test_what_is_drawn_differs_between_levels_replicates_and_layers(name):
    found = [STARTS[name](context(*who)) for who in ((0, 1), (0, 2), (1, 1))]
    assert len({each["block0_3x3"]["kernel"].tobytes() for each in found}) == 3
    if name.startswith("reinit"):
        return  # Flax draws every layer from a key of its own
    # Two layers of one shape and the same weights: one key for both would make them equal.
    twin = {"kernel": REWOUND["block0_1x1"]["kernel"], "bias": REWOUND["block0_1x1"]["bias"]}
    deep = LifeNet(steps=2, features=(6, 6))
    params = {**random_parameters(deep, 3), "block0_1x1": twin, "block1_1x1": twin}
    start = STARTS[name](
        replace(context(), net=deep, mask=full_mask(params), rewound=params, trained=params, initial=params)
    )
    assert not np.array_equal(start["block0_1x1"]["kernel"], start["block1_1x1"]["kernel"])


@pytest.mark.parametrize("name", [name for name in STARTS if name.endswith("_sign")])
def test_the_sign_is_kept_where_the_name_says_so_and_lost_by_chance_where_not(name):
    with_sign, without = STARTS[name](context()), STARTS[name.removesuffix("_sign")](context())
    for layer, old in kernels(REWOUND).items():
        np.testing.assert_array_equal(np.sign(kernels(with_sign)[layer]), np.sign(old))
    same = np.concatenate([np.sign(kernels(without)[layer]) == np.sign(old) for layer, old in kernels(REWOUND).items()])
    assert 0.2 < same.mean() < 0.8


def test_reinit_is_a_fresh_draw_of_the_initialiser_and_its_signed_one_has_the_same_magnitudes():
    fresh, signed = STARTS["reinit"](context()), STARTS["reinit_sign"](context())
    for layer in MASK:
        h, w, inputs, outputs = fresh[layer]["kernel"].shape
        assert np.abs(fresh[layer]["kernel"]).max() <= (6 / (h * w * (inputs + outputs))) ** 0.5  # Glorot's range
        np.testing.assert_array_equal(np.abs(fresh[layer]["kernel"]), np.abs(signed[layer]["kernel"]))
        assert (fresh[layer]["bias"] == 0).all()
    assert not np.array_equal(fresh["block0_3x3"]["kernel"], REWOUND["block0_3x3"]["kernel"])
    zero = jax.tree.map(np.zeros_like, REWOUND)  # a weight without a sign keeps the one it is drawn with
    assert_same(STARTS["reinit_sign"](context(rewound=zero)), fresh)


def test_reshuffle_moves_the_survivors_of_a_layer_among_their_places_and_nothing_else():
    found = STARTS["reshuffle"](context())
    for layer, old in kernels(REWOUND).items():
        new = kernels(found)[layer]
        assert sorted(new) == sorted(old)
        gone = ~MASK[layer]["kernel"]
        np.testing.assert_array_equal(found[layer]["kernel"][gone], REWOUND[layer]["kernel"][gone])
        np.testing.assert_array_equal(found[layer]["bias"], REWOUND[layer]["bias"])
    assert not np.array_equal(kernels(found)["block0_3x3"], kernels(REWOUND)["block0_3x3"])
    magnitudes = STARTS["reshuffle_sign"](context())
    for layer, old in kernels(REWOUND).items():
        np.testing.assert_array_equal(np.sort(np.abs(kernels(magnitudes)[layer])), np.sort(np.abs(old)))


def test_constants_are_the_deviation_of_the_layers_initial_weights():
    for name in ("constant", "constant_sign"):
        found = STARTS[name](context())
        for layer, new in kernels(found).items():
            np.testing.assert_allclose(np.abs(new), np.std(INITIAL[layer]["kernel"]), rtol=1e-6)
            assert (new > 0).sum() == (kernels(REWOUND)[layer] > 0).sum()  # as many of each sign


def test_resign_draws_the_sign_of_every_kept_weight_and_moves_nothing():
    found = STARTS["resign"](context())
    for layer, old in kernels(REWOUND).items():
        np.testing.assert_array_equal(np.abs(kernels(found)[layer]), np.abs(old))
        gone = ~MASK[layer]["kernel"]
        np.testing.assert_array_equal(found[layer]["kernel"][gone], REWOUND[layer]["kernel"][gone])
        np.testing.assert_array_equal(found[layer]["bias"], REWOUND[layer]["bias"])
    flipped = np.concatenate([kernels(found)[layer] != old for layer, old in kernels(REWOUND).items()])
    assert 0.2 < flipped.mean() < 0.8


def test_signed_constants_tie_and_still_only_the_asked_number_is_pruned():
    constant = STARTS["constant_sign"](context())
    for seed in range(5):
        mask = prune(constant, MASK, prune_fraction=0.2, rng=np.random.default_rng(seed))
        assert sum(leaf.sum() for leaf in leaves(mask)) == 48 - round(0.2 * 48)  # of 54 + 36 + 6 half are left


def test_prunable_biases_are_a_part_of_their_layer():
    mask = full_mask(REWOUND, prune_biases=True)
    mask["block0_3x3"]["bias"][:3] = False
    found = STARTS["reshuffle"](context(mask=mask))["block0_3x3"]["bias"]
    np.testing.assert_array_equal(found[:3], REWOUND["block0_3x3"]["bias"][:3])
    assert sorted(found[3:]) == sorted(REWOUND["block0_3x3"]["bias"][3:])
