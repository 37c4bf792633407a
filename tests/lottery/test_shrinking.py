"""Shrinking: what removal costs and saves, and that certified networks stay certified while they become smaller."""

from dataclasses import replace

import jax
import numpy as np
import pytest

import gol
from gol.errors import InputError
from lottery.certificates import certify
from lottery.claims.shrunk import describe, run, shrink_piece
from lottery.data import risk_weights
from lottery.handmade import handmade_parameters, sparsest_parameters
from lottery.losses import pattern_logits
from lottery.networks import LifeNet
from lottery.settings import TrainSettings
from lottery.shrinking import ShrinkSettings, candidates, removal_costs, remove, saved, shrink, size_of
from lottery.sparsest import FEWEST

TABLE = np.asarray(gol.truth_table(gol.parse_rule("B3/S23")), bool)
WEIGHTS = risk_weights(None)
TRAINING = TrainSettings(updates=250, check_every=250, stream="risk", learning_rate=3e-3)


def loss(params):
    logits = np.asarray(pattern_logits(jax.tree.map(jax.numpy.asarray, params)), np.float64)
    return float(np.logaddexp(0, np.where(TABLE, -logits, logits)) @ WEIGHTS)


def test_the_cost_of_a_removal_is_the_rise_of_the_exact_loss():
    params = sparsest_parameters()
    places = candidates(params)
    assert len(places) == FEWEST
    costs = removal_costs(params, places, TABLE, WEIGHTS)
    without_own_cell = jax.tree.map(np.copy, params)
    without_own_cell["block0_3x3"]["kernel"][1, 1] = 0
    assert costs[4] == pytest.approx(loss(without_own_cell) - loss(params), rel=1e-4)
    without_shift = jax.tree.map(np.copy, params)
    without_shift["readout"]["bias"][:] = 0
    assert costs[-1] == pytest.approx(loss(without_shift) - loss(params), rel=1e-4)


def test_with_the_last_weight_that_reads_a_unit_go_all_of_the_unit():
    params = handmade_parameters()  # two 3x3 units with a bias each, read by one 1x1 unit without a bias
    counts = saved(params, candidates(params))
    # A 3x3 weight or bias: itself. An inner weight: the unit's ten, and itself. The outer weight: all but one bias.
    assert counts.tolist() == [1] * 18 + [1] * 2 + [11] * 2 + [23] + [1]


def test_a_round_in_vain_halves_the_step_and_then_tries_other_candidates():
    params = handmade_parameters()
    settings = ShrinkSettings(share=0.2)
    left = [size_of(remove(params, in_vain, settings, TABLE, WEIGHTS)) for in_vain in range(6)]
    assert left[0] <= left[1] <= 24 - 2
    assert all(size < 24 for size in left)
    singles = [remove(params, in_vain, settings, TABLE, WEIGHTS) for in_vain in (3, 4, 5)]
    flat = [tuple(np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(one)])) for one in singles]
    assert len(set(flat)) == 3


def test_shrunk_networks_are_certified_smaller_and_sit_at_the_places_of_the_large_one():
    net = LifeNet(features=(3, 2))
    params = handmade_parameters(1, features=(3, 2))
    small = shrink(
        net, TRAINING, [params, params], ShrinkSettings(rounds=4, updates=250, tries=3), seed=0, replicates=[0, 1]
    )
    for one in small:
        assert certify(one.params).correct
        assert one.sizes[0] == 24
        assert list(one.sizes) == sorted(one.sizes, reverse=True)
        assert FEWEST <= one.sizes[-1] == size_of(one.params)
        assert len(one.sizes) - 1 + one.failures <= 4
        assert jax.tree.map(np.shape, one.params) == jax.tree.map(np.shape, params)
    told = describe(net, TRAINING, [7, 8], small)
    assert told["sizes"] == [one.sizes[-1] for one in small]
    assert told["record"]["certificate"]["correct"]


@pytest.mark.parametrize("net", [LifeNet(steps=2), LifeNet(activation="tanh"), LifeNet(readout=False)])
def test_other_networks_are_refused(net):
    with pytest.raises(InputError, match="one-step networks with ReLU"):
        shrink(net, TRAINING, [handmade_parameters()], ShrinkSettings(), seed=0, replicates=[0])


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"updates": 0}, {"tries": 0}, {"share": 0.0}, {"share": 1.0}])
def test_settings_that_remove_nothing_are_refused(wrong):
    with pytest.raises(InputError, match="Nothing shrinks"):
        ShrinkSettings(**wrong)


def test_a_piece_in_which_no_network_is_certified_has_no_record(tmp_path):
    training = replace(TRAINING, updates=50, check_every=50, stop_when_solved=True)
    piece = shrink_piece(
        "s", LifeNet(), training, ShrinkSettings(rounds=1), seed=0, replicates=range(2), chains=1, rewind=True
    )
    found = run(piece.settings, tmp_path, lambda share, words: None)
    assert (found["trials"], found["certified"], found["record"], found["rewound"]) == (2, 0, None, [])
