import jax
import numpy as np
import pytest
from helpers import assert_same, random_parameters

import gol
from gol.errors import InputError
from lottery.analysis.fifteen_parameters import from_numbers
from lottery.analysis.removal_cost import (
    candidates,
    compensated,
    flatten_in_order,
    losses,
    restored,
    saved,
    slopes,
    without_each,
)
from lottery.analysis.unit_responses import unit_answers
from lottery.certificates.certificate import certify
from lottery.experiments import shrink as shrunk
from lottery.networks.embedding import embed
from lottery.networks.handmade import handmade_parameters, sparsest_parameters
from lottery.networks.lifenet import LifeNet
from lottery.networks.neighbourhoods import risk_weights
from lottery.runs.files import read_arrays
from lottery.tickets.shrinking import ShrinkSettings, remove, shrink, size_of
from lottery.training.settings import TrainSettings

TABLE = np.asarray(gol.truth_table(gol.parse_rule("B3/S23")), bool)
WEIGHTS = risk_weights(None)
TRAINING = TrainSettings(updates=250, stream="risk", learning_rate=3e-3, group=4)


def test_all_parameters_in_a_row_and_back():
    params = random_parameters(LifeNet(features=(3, 2)), 1)
    flat, shapes = flatten_in_order(params)
    assert len(flat) == 27 + 3 + 6 + 2 + 2 + 1
    assert_same(restored(flat, shapes), params)
    assert restored(np.stack([flat, flat]), shapes)["block0_1x1"]["kernel"].shape == (2, 1, 1, 3, 2)


def test_the_loss_is_the_expected_cross_entropy():
    params = jax.tree.map(lambda leaf: 0 * leaf, random_parameters(LifeNet(features=(2, 1)), 1))
    flat, shapes = flatten_in_order(params)
    assert losses(flat[None], shapes, TABLE, WEIGHTS)[0] == pytest.approx(np.log(2))
    exact, shapes = flatten_in_order(sparsest_parameters())
    assert losses(exact[None], shapes, TABLE, WEIGHTS)[0] < 1e-6


def test_slopes_are_those_of_the_logits():
    params = random_parameters(LifeNet(features=(3, 2)), 4, np.float64)
    flat, shapes = flatten_in_order(params)

    def logits(row):
        tree = restored(row, shapes)
        return unit_answers(tree).narrow @ tree["readout"]["kernel"][0, 0, :, 0] + tree["readout"]["bias"][0]

    expected = slopes(params)
    for place in range(len(flat)):
        step = np.where(np.arange(len(flat)) == place, 1e-6, 0.0)
        found = (logits(flat + step) - logits(flat - step)) / 2e-6
        # Where a unit turns on within the step there is no slope.
        assert np.mean(np.abs(found - expected[:, place]) < 1e-5) > 0.99


def test_a_bias_goes_if_those_after_it_take_over():
    params = sparsest_parameters()
    # The same for z >= 1: A = relu(z - 1), and what the 1x1 units read is 1 more.
    params["block0_3x3"]["bias"][:] = -1
    params["block0_1x1"]["bias"][:] = 1, -5
    assert certify(params).correct
    places = candidates(params)
    _, shapes = flatten_in_order(params)
    mine = int(np.flatnonzero(places == 9)[0])
    plain, mended = without_each(flatten_in_order(params)[0], places)[mine], compensated(params, places)[mine]
    assert plain[9] == mended[9] == 0
    costs = losses(np.stack([plain, mended]), shapes, TABLE, WEIGHTS)
    assert costs[1] < 0.05 * costs[0]


def test_with_a_unit_go_all_its_parameters():
    params = handmade_parameters()
    places = candidates(params)
    gone = dict(zip(places.tolist(), saved(params, places).tolist(), strict=True))
    assert gone[0] == 1  # a weight of a kernel
    assert gone[20] == gone[21] == 1 + 9 + 1  # what the 1x1 unit reads of a 3x3 unit with nine weights and a bias
    assert gone[23] == 1 + 2 + 2 * 10  # what the read-out reads
    assert gone[24] == 1


def test_fewer_are_removed_after_failures_and_then_others():
    params = random_parameters(LifeNet(features=(4, 2)), 3)
    settings = ShrinkSettings(share=0.4)  # of 53: 21, then 10, 5, 2, 1
    left = [size_of(remove(params, in_vain, settings, TABLE, WEIGHTS)) for in_vain in range(4)]
    assert left == sorted(left)
    assert left[0] < left[2]
    first, second = (remove(params, in_vain, settings, TABLE, WEIGHTS) for in_vain in (4, 5))
    zero = [np.flatnonzero(flatten_in_order(one)[0] == 0).tolist() for one in (first, second)]
    assert zero[0] != zero[1]


@pytest.mark.thorough
def test_a_network_with_too_much_comes_down_and_stays_certified():
    rng = np.random.default_rng(0)
    wide = embed(sparsest_parameters(), (2, 3))
    wide["block0_1x1"]["kernel"][0, 0, 0, 2] = 0.1
    wide["readout"]["kernel"][0, 0, 2, 0] = 0.1
    wide["block0_3x3"]["kernel"][..., 1] = 0.01 * rng.normal(size=(3, 3, 1))
    wide["block0_1x1"]["kernel"][0, 0, 1] = 0.01
    net = LifeNet(features=(2, 3))
    begun = size_of(wide)
    assert certify(wide).correct
    assert begun > 25
    (found,) = shrink(net, TRAINING, [wide], ShrinkSettings(rounds=6, updates=250), seed=0, replicates=[5])
    assert certify(found.params).correct
    assert found.sizes[0] == begun
    assert found.sizes[-1] == size_of(found.params) < begun
    assert list(found.sizes) == sorted(found.sizes, reverse=True)
    assert [size_of(params) for params in found.way] == list(found.sizes)
    assert all(certify(params).correct for params in found.way)


def test_only_what_it_can_shrink():
    with pytest.raises(InputError, match="Only one-step"):
        shrink(LifeNet(steps=2), TRAINING, [handmade_parameters(2)], ShrinkSettings(), seed=0, replicates=[0])
    with pytest.raises(InputError, match="Nothing shrinks"):
        ShrinkSettings(share=1.0)


@pytest.mark.thorough
def test_a_piece_tells_its_smallest_network_by_weights_that_are_certified(tmp_path, monkeypatch):
    # The dense networks are solved by construction: every replicate begins as the hand-made network.
    net, training = LifeNet(width=1), TrainSettings(updates=250, stop_when_solved=True, group=4)
    piece = shrunk.shrink_piece(
        "x", net, training, ShrinkSettings(rounds=2, updates=250), seed=0, replicates=range(3), chains=2, rewind=(40,)
    )
    hand = jax.tree.map(lambda leaf: np.stack([leaf] * 3), handmade_parameters())
    real = shrunk.train
    monkeypatch.setattr(
        shrunk, "train", lambda *args, **more: real(*args, **({"initial": hand} | more) | {"checkpoint": None})
    )
    outcomes = shrunk.run(piece.settings, tmp_path, lambda share, words: None)
    assert (outcomes["trials"], outcomes["certified"], outcomes["replicates"]) == (3, 3, [0, 1])
    assert len(outcomes["sizes"]) == len(outcomes["margins"]) == len(outcomes["rewound"]) == 2
    assert outcomes["rewound"] == [None, None]  # of minimal networks, hardly any learns within 250 updates
    record = outcomes["record"]
    certificate = certify(from_numbers(record["parameters"]))
    assert certificate.correct
    assert certificate.margin == pytest.approx(record["certificate"]["margin"])
    assert record["way"][-1] == min(outcomes["sizes"]) <= 25
    assert read_arrays(tmp_path / "weights.safetensors")["readout/bias"].shape == (2, 1)


def test_a_piece_without_a_certified_network_says_so(tmp_path):
    piece = shrunk.shrink_piece(
        "x",
        LifeNet(width=1),
        TrainSettings(updates=250, group=4),
        ShrinkSettings(),
        seed=0,
        replicates=range(2),
        chains=2,
        rewind=(25,),
    )
    outcomes = shrunk.run(piece.settings, tmp_path, lambda share, words: None)
    assert (outcomes["certified"], outcomes["sizes"], outcomes["record"], outcomes["rewound"]) == (0, [], None, [])
