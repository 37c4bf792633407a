"""Pruned weights that are frozen at their initial values: by the mask, whatever their value."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import TINY, assert_close, assert_same, leaves, plain_loop, rows

from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import fill_pruned
from lottery.tickets.search import find_ticket, pick_mask
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import draw_initial, pick, train

NET = LifeNet(width=2)


def half(params, seed=0):
    rng = np.random.default_rng(seed)
    mask = jax.tree.map(lambda leaf: rng.random(leaf.shape) < 0.5, params)
    mask["readout"]["bias"][:] = True
    return mask


def assert_held(found, initial, mask):
    for leaf, first, keep in zip(leaves(found), leaves(initial), leaves(mask), strict=True):
        assert leaf[~keep].tobytes() == first.astype(leaf.dtype)[~keep].tobytes()
        assert not keep.any() or (leaf[keep] != first[keep]).any()
    assert (found["readout"]["bias"] != 0).all()  # a kept weight that starts at zero is trained


@pytest.mark.thorough
def test_frozen_weights_are_computed_with_and_not_trained():
    settings = replace(TINY, dtype="float64", updates=50)
    initial = draw_initial(NET, 4, [5])
    mask = half(initial)
    with jax.enable_x64(True):
        found = train(NET, settings, seed=4, replicates=[5], initial=initial, masks=mask, frozen=True)
        kept = jax.tree.map(np.float64, rows(mask, 0))
        expected = plain_loop(NET, settings, 4, 5, rows(initial, 0), kept=kept)
        assert_close(rows(found.params, 0), expected, 1e-9)
    assert_held(found.params, initial, mask)


@pytest.mark.thorough
def test_the_fused_kernels_freeze_as_the_tables_do():
    pytest.importorskip("numba")
    net, settings = LifeNet(steps=2), replace(TINY, dtype="float64", updates=100)
    initial = draw_initial(net, 4, [0, 5])
    mask = half(initial)
    with jax.enable_x64(True):
        fused, tables = (
            train(
                net, replace(settings, arrangement=name), seed=4, replicates=[0, 5],
                initial=initial, masks=mask, frozen=True,
            )
            for name in ("fused", "tables")
        )  # fmt: skip
    assert_close(fused.params, tables.params, 1e-8)
    np.testing.assert_array_equal(fused.wrong, tables.wrong)
    assert_held(fused.params, initial, mask)


@pytest.mark.thorough
@pytest.mark.parametrize("optimiser", ["adamw", "momentum"])
def test_neither_decay_nor_momentum_moves_a_frozen_weight(optimiser):
    initial = draw_initial(NET, 1, [0])
    mask = half(initial)
    settings = replace(TINY, optimiser=optimiser, l2=1e-2, updates=100, group=1, stream="shared")
    found = train(NET, settings, seed=1, replicates=[0], initial=initial, masks=mask, frozen=True)
    assert_held(found.params, initial, mask)


@pytest.mark.thorough
def test_every_arm_of_a_search_holds_what_is_pruned_at_its_initial_value():
    pruning = PruningSettings(
        levels=2, prune_fraction=0.4, pruned="frozen", controls=("reinit", "finetuned", "shuffled")
    )
    initial = draw_initial(NET, 1, [2, 5])
    levels = list(find_ticket(NET, TINY, pruning, seed=1, replicates=[2, 5]))
    for level in levels[1:]:
        for name in ("ticket", "reinit", "finetuned"):
            for layer, kept in level.masks.items():
                gone = ~kept["kernel"]
                found, first = level.arms[name].params[layer]["kernel"][gone], initial[layer]["kernel"][gone]
                assert found.tobytes() == first.tobytes()
        moved = level.arms["shuffled"].params["block0_3x3"]["kernel"] != initial["block0_3x3"]["kernel"]
        assert moved.sum() == level.masks["block0_3x3"]["kernel"].sum()
    again = train(NET, TINY, seed=1, replicates=[2, 5], initial=initial, masks=levels[2].masks, frozen=True)
    assert_same(levels[2].arms["ticket"].params, again.params)
    zero = list(find_ticket(NET, TINY, replace(pruning, pruned="zero"), seed=1, replicates=[2, 5]))
    assert_same(levels[1].masks, zero[1].masks)  # of one dense network
    assert not np.array_equal(
        levels[1].arms["ticket"].params["readout"]["bias"], zero[1].arms["ticket"].params["readout"]["bias"]
    )


@pytest.mark.thorough
def test_a_network_is_cut_to_its_initial_values_where_pruned_weights_are_frozen(monkeypatch):
    seen = []
    from lottery.tickets import search

    def certify(net, settings, params, seed=0):
        seen.append(params)
        return certify_network(net, settings, params, seed)

    certify_network = search.certify_network
    monkeypatch.setattr(search, "certify_network", certify)
    pruning = PruningSettings(levels=1, prune_fraction=0.4, pruned="frozen", controls=())
    zero, one = find_ticket(NET, TINY, pruning, seed=1, replicates=[2])
    expected = fill_pruned(
        pick(zero.arms["ticket"].params, 0), pick_mask(one.masks, 0), rows(draw_initial(NET, 1, [2]), 0)
    )
    assert_same(seen[-1], expected)
