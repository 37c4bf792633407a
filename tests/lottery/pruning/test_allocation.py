"""How many weights stay in which layer, on layers whose numbers can be worked out by hand."""

import numpy as np
import pytest

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import full_mask, measure
from lottery.pruning.allocation import SCOPES, fraction_to_reach, pools
from lottery.pruning.ranking import prune
from lottery.training.loop import draw_initial, pick

PARAMS = pick(draw_initial(LifeNet(width=8), 0, [0]), 0)  # kernels 144, 128, 8; biases 16, 8, 1


def keeps(found):
    return {pool.layers[0]: pool.keep for pool in found}


def test_global_is_one_pool_and_layerwise_one_for_each_layer():
    mask = full_mask(PARAMS)
    (pool,) = pools(mask, 0.2)
    assert (pool.before, pool.keep) == (280, 224)
    assert keeps(pools(mask, 0.2, scope="layerwise")) == {"block0_1x1": 102, "block0_3x3": 115, "readout": 6}


def test_erk_densities_follow_the_shapes_of_the_kernels_and_are_at_most_one():
    # (h + w + in + out) / (h w in out): 23/144, 26/128 and 11/8, so that counts are as 23 : 26 : 11.
    mask = full_mask(PARAMS)
    assert keeps(pools(mask, 1 - 30 / 280, scope="erk")) == {"block0_3x3": 12, "block0_1x1": 13, "readout": 5}
    # At 57 survivors the read-out's share of 10.5 is more than it has: 8 stay, and 49 are shared as 23 : 26.
    assert keeps(pools(mask, 1 - 57 / 280, scope="erk")) == {"block0_3x3": 23, "block0_1x1": 26, "readout": 8}
    for fraction in np.linspace(0, 1, 29):
        assert sum(pool.keep for pool in pools(mask, fraction, scope="erk")) == 280 - round(fraction * 280)


def test_erk_keeps_no_more_than_survive():
    mask = full_mask(PARAMS)
    mask["block0_1x1"]["kernel"].ravel()[10:] = False
    found = keeps(pools(mask, 0.2, scope="erk"))
    assert found["block0_1x1"] == 10
    assert sum(found.values()) == 162 - round(0.2 * 162)


@pytest.mark.parametrize("scope", ["global", "layerwise", "erk"])
def test_several_times_at_once_is_the_count_of_as_many_prunings(scope):
    mask = full_mask(PARAMS, prune_biases=True)
    rng = np.random.default_rng(0)
    for _ in range(5):
        mask = prune(PARAMS, mask, prune_fraction=0.3, rng=rng, scope=scope)
    at_once = prune(PARAMS, full_mask(PARAMS, prune_biases=True), prune_fraction=0.3, rng=rng, scope=scope, times=5)
    one, other = measure(PARAMS, mask), measure(PARAMS, at_once)
    assert one.kept == other.kept
    if scope == "layerwise":
        assert one.layers == other.layers


@pytest.mark.parametrize(
    ("scope", "fraction", "without"), [("global", 0.6, 0), ("layerwise", 0.6, 3), ("erk", 0.94, 3)]
)
def test_a_floor_keeps_the_highest_of_every_layer(scope, fraction, without):
    params = {layer: {**leaves, "kernel": leaves["kernel"].copy()} for layer, leaves in PARAMS.items()}
    params["readout"]["kernel"] *= np.float32(1e-6)
    free, held = (
        prune(
            params, full_mask(params), rng=np.random.default_rng(0), prune_fraction=fraction, scope=scope, floor=floor
        )
        for floor in (0, 5)
    )
    assert [int(mask["readout"]["kernel"].sum()) for mask in (free, held)] == [without, 5]
    assert measure(params, free).collapsed == (("readout",) if scope == "global" else ())
    if scope != "layerwise":  # the floor takes from the other layers
        assert measure(params, held).kept == measure(params, free).kept
    kept, weights = held["readout"]["kernel"].ravel(), np.abs(params["readout"]["kernel"]).ravel()
    assert weights[kept].min() >= weights[~kept].max()


def test_a_floor_above_the_count_wins_and_a_small_layer_keeps_what_it_has():
    found = measure(
        PARAMS, prune(PARAMS, full_mask(PARAMS), prune_fraction=1.0, rng=np.random.default_rng(0), floor=20)
    )
    assert {row.layer: row.kept for row in found.layers} == {"block0_3x3": 20, "block0_1x1": 20, "readout": 8}


def _kept_with(floor, params=PARAMS, **how):
    mask = prune(params, full_mask(params), rng=np.random.default_rng(0), floor=floor, **how)
    return {row.layer: row.kept for row in measure(params, mask).layers}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_floor_for_each_layer_goes_from_the_input_to_the_output(scope):
    least = {"block0_3x3": 9, "block0_1x1": 2, "readout": 1}
    assert _kept_with((9, 2, 1), prune_fraction=1.0, scope=scope) == least
    found = _kept_with((30, 2, 5), prune_fraction=0.7, scope=scope)
    assert found["block0_3x3"] >= 30
    assert found["readout"] >= 5
    assert _kept_with((0, 0, 0), prune_fraction=0.7, scope=scope) == _kept_with(0, prune_fraction=0.7, scope=scope)
    assert _kept_with((4, 4, 4), prune_fraction=0.9, scope=scope) == _kept_with(4, prune_fraction=0.9, scope=scope)


def test_a_floor_of_another_number_of_layers_is_refused():
    with pytest.raises(InputError, match="one for each of the 3"):
        _kept_with((9, 2), prune_fraction=0.5)


@pytest.mark.parametrize(("before", "keep", "levels"), [(280, 21, 6), (816, 21, 1), (108, 21, 11), (46, 21, 2)])
def test_a_fraction_reaches_an_exact_count_in_so_many_levels(before, keep, levels):
    share, left = fraction_to_reach(before, keep, levels), before
    for _ in range(levels):
        left -= round(share * left)
    assert left == keep


def test_a_count_that_rounding_jumps_over_is_refused():
    with pytest.raises(InputError, match="leaves 3 of 4 after 50"):
        fraction_to_reach(4, 3, 50)
