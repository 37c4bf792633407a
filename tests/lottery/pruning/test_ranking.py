"""Pruning removes exactly as many weights as it should, and the right ones."""

import jax
import numpy as np
import pytest

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import full_mask
from lottery.pruning.criteria import CRITERIA
from lottery.pruning.ranking import prune, shuffle_within_layers
from lottery.training.loop import draw_initial, pick
from lottery.training.settings import TrainSettings


def rng(seed=0):
    return np.random.default_rng(seed)


def toy():
    """Ten weights 0..9 with alternating signs in two layers, and biases that are smaller than all of them."""
    return {
        "one": {"kernel": np.array([0.0, -7.0, 2.0, -3.0, 4.0, -5.0]), "bias": np.full(3, 1e-9)},
        "two": {"kernel": np.array([6.0, -1.0, 8.0, -9.0]), "bias": np.full(2, 1e-9)},
    }


def kept(mask):
    params = toy()
    return {layer: sorted(np.abs(params[layer]["kernel"][leaves["kernel"]]).tolist()) for layer, leaves in mask.items()}


def survivors(mask):
    return sum(int(leaf.sum()) for leaf in jax.tree.leaves(mask))


def test_global_magnitude_keeps_the_largest_of_all_and_never_prunes_biases():
    mask = prune(toy(), full_mask(toy()), prune_fraction=0.3, rng=rng())
    assert kept(mask) == {"one": [3.0, 4.0, 5.0, 7.0], "two": [6.0, 8.0, 9.0]}  # 0, 1 and 2 go
    assert mask["one"]["bias"] is None


def test_layerwise_magnitude_takes_the_fraction_from_every_layer():
    mask = prune(toy(), full_mask(toy()), prune_fraction=0.5, rng=rng(), scope="layerwise")
    assert kept(mask) == {"one": [4.0, 5.0, 7.0], "two": [8.0, 9.0]}


def test_biases_are_pruned_where_asked_for():
    mask = prune(toy(), full_mask(toy(), prune_biases=True), prune_fraction=6 / 15, rng=rng())
    assert not mask["one"]["bias"].any()  # 1e-9 is below all weights but the 0
    assert not mask["two"]["bias"].any()
    assert kept(mask) == {"one": [2.0, 3.0, 4.0, 5.0, 7.0], "two": [1.0, 6.0, 8.0, 9.0]}


def test_the_fraction_is_of_the_survivors_and_what_is_pruned_stays_pruned():
    mask = prune(toy(), full_mask(toy()), prune_fraction=0.4, rng=rng())
    assert survivors(mask) == 6
    # Weights that were pruned are given huge values now: they must not come back.
    params = toy()
    for layer, leaves in mask.items():
        params[layer]["kernel"][~leaves["kernel"]] = 1000.0
    again = prune(params, mask, prune_fraction=0.5, rng=rng())
    assert kept(again) == {"one": [7.0], "two": [8.0, 9.0]}
    assert survivors(mask) == 6  # and the old mask was not written into


@pytest.mark.parametrize("scope", ["global", "layerwise"])
def test_counts_are_exact_at_every_level(scope):
    params = pick(draw_initial(LifeNet(width=8), 0, [0]), 0)
    mask = full_mask(params)
    count = 9 * 16 + 16 * 8 + 8
    for level in range(12):
        before = {layer: int(leaves["kernel"].sum()) for layer, leaves in mask.items()}
        mask = prune(params, mask, prune_fraction=0.2, rng=rng(level), scope=scope)
        if scope == "global":
            count -= round(0.2 * count)
        else:
            count = sum(n - round(0.2 * n) for n in before.values())
        assert survivors(mask) == count


def test_ties_prune_exactly_so_many_and_prefer_no_layer():
    params = jax.tree.map(np.ones_like, pick(draw_initial(LifeNet(width=8), 0, [0]), 0))
    removed = np.zeros(2)
    for seed in range(40):
        mask = prune(params, full_mask(params), prune_fraction=0.5, rng=rng(seed))
        assert survivors(mask) == 140
        removed += [(~mask[layer]["kernel"]).mean() for layer in ("block0_3x3", "block0_1x1")]
    np.testing.assert_allclose(removed / 40, 0.5, atol=0.03)
    same, again, other = (prune(params, full_mask(params), prune_fraction=0.5, rng=rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(same["block0_1x1"]["kernel"], again["block0_1x1"]["kernel"])
    assert not np.array_equal(same["block0_1x1"]["kernel"], other["block0_1x1"]["kernel"])


def test_nothing_and_everything():
    assert survivors(prune(toy(), full_mask(toy()), prune_fraction=0.0, rng=rng())) == 10
    assert survivors(prune(toy(), full_mask(toy()), prune_fraction=1.0, rng=rng())) == 0


def test_a_shuffled_mask_has_the_same_counts_in_other_places_of_every_layer():
    mask = {
        layer: {"kernel": np.arange(400).reshape(20, 20) < n, "bias": None} for layer, n in (("a", 100), ("b", 100))
    }
    shuffled = shuffle_within_layers(mask, rng())
    for layer in mask:
        assert shuffled[layer]["kernel"].sum() == 100
        assert shuffled[layer]["kernel"].shape == (20, 20)
        assert not np.array_equal(shuffled[layer]["kernel"], mask[layer]["kernel"])
        assert shuffled[layer]["bias"] is None
    # Equal layers get different masks, and the original was not touched.
    assert not np.array_equal(shuffled["a"]["kernel"], shuffled["b"]["kernel"])
    assert mask["a"]["kernel"].ravel()[:100].all()
    overlap = (shuffled["a"]["kernel"] & mask["a"]["kernel"]).sum()
    assert overlap == pytest.approx(25, abs=4 * 4)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"prune_fraction": 1.5}, "prune_fraction is 1.5"),
        ({"prune_fraction": -0.1}, "prune_fraction is -0.1"),
        ({"criterion": "charisma"}, "Unknown criterion"),
        ({"scope": "galactic"}, "Unknown scope"),
    ],
)
def test_what_cannot_be_pruned_by_is_refused(wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        prune(toy(), full_mask(toy()), **{"prune_fraction": 0.2, "rng": rng(), **wrong})


def test_counts_by_layer_are_kept_exactly():
    mask = prune(toy(), full_mask(toy()), prune_fraction=0.0, rng=rng(), counts={"one": 1, "two": 3})
    assert kept(mask) == {"one": [7.0], "two": [6.0, 8.0, 9.0]}


@pytest.mark.thorough(but=5)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_a_network_that_diverged_is_not_pruned(criterion, value):
    net = LifeNet(width=2)
    params = pick(draw_initial(net, 0, [0]), 0)
    task = {"initial": pick(draw_initial(net, 1, [0]), 0), "net": net, "settings": TrainSettings(), "rounds": 1}
    broken = jax.tree.map(np.copy, params)
    broken["block0_1x1"]["kernel"][0, 0, 0, 0] = value
    with pytest.raises(InputError, match="params holds NaN or infinite numbers: a network that diverged"):
        prune(broken, full_mask(params), prune_fraction=0.5, rng=rng(), criterion=criterion, **task)
    with pytest.raises(InputError, match="initial holds NaN or infinite"):
        prune(
            params, full_mask(params), prune_fraction=0.5, rng=rng(), criterion=criterion, **task | {"initial": broken}
        )


def test_scores_that_overflow_are_not_ranked():
    params = toy()
    params["one"]["kernel"][0] = 1e308
    initial = jax.tree.map(np.copy, params)
    initial["one"]["kernel"][0] = -1e308
    with np.errstate(over="ignore"), pytest.raises(InputError, match="movement gives NaN or infinite numbers"):
        prune(params, full_mask(params), prune_fraction=0.5, rng=rng(), criterion="movement", initial=initial)
