import json

import jax
import numpy as np
import pytest
from helpers import TINY, assert_same
from scipy import stats

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import signs
from lottery.claims.paper.signs import Signs
from lottery.experiments import flips
from lottery.experiments.flips import LAYERS, Arm, changed, fresh_number, fresh_seed
from lottery.networks.lifenet import LifeNet, initial_parameters
from lottery.networks.trees import flatten
from lottery.runs.files import write_json
from lottery.statistics.clusters import clustered_difference, clustered_rate

PLAN = plan_of("smoke", updates=125_000)  # two widths, at the paper's budget
NET = LifeNet(width=8)


def _outcomes(piece, failing, winners=16):
    """Outcomes in which the share failing(variant, k) of the runs fails, spread over the winners at random."""
    rng = np.random.default_rng(0)
    arms = []
    for variant, k in piece.settings["arms"]:
        runs = winners * piece.settings["sets"]
        failed = rng.permutation(np.arange(runs) < failing(variant, k) * runs).reshape(winners, piece.settings["sets"])
        arm = {"variant": variant, "k": k, "first_solved": np.where(failed, -1, 2500).tolist()}
        if k == 1 and variant in ("weights", *LAYERS):  # the first set flips the centre, all others corners
            arm["places"] = np.where(np.arange(failed.shape[1]) == 0, 0, 2)[None].repeat(winners, 0).tolist()
        arms.append(arm)
    pool = len(range(*piece.settings["pool"]))
    return {
        "parameters": 85,
        "pool_first_solved": [2500] * winners + [-1] * (pool - winners),
        "winners": list(range(winners)),
        "arms": arms if winners else [],
        "seconds": 60.0,
    }


def _results(plan, failing, winners=16):
    return {piece.name: _outcomes(piece, failing, winners) for piece in Signs(plan).needed()}


def _points(failing, plan=PLAN, winners=16):
    return {point["id"]: point for point in Signs(plan, _results(plan, failing, winners)).points()}


def test_failures_as_published_reproduce_the_claim():
    points = _points(lambda variant, k: {0: 0.0, 1: 0.2}.get(k, 0.9), winners=64)
    one = points["signs/m=8/k=1"]
    assert one["verdict"] == "reproduced"
    assert one["interval"][0] < 0.2 < one["interval"][1]
    assert points["signs/m=8/k=0"]["measured"] == 0.0
    assert points["signs/m=8/k=4-6"]["verdict"] == "reproduced"
    assert points["signs/m=8/one-flip"]["verdict"] == "reproduced"
    assert points["signs/m=8/one-flip"]["measured"] == pytest.approx(one["measured"])
    assert points["signs/any-width"]["verdict"] == "reproduced"


def test_other_failures_decide_nothing_because_the_papers_width_is_not_known():
    never = _points(lambda variant, k: 0.0, winners=64)
    assert never["signs/m=8/k=1"]["verdict"] == "undecided"
    assert never["signs/m=8/k=4-6"]["verdict"] == "undecided"
    assert never["signs/m=8/one-flip"]["verdict"] == "undecided"
    assert (never["signs/any-width"]["verdict"], never["signs/any-width"]["measured"]) == ("undecided", 0)
    always = _points(lambda variant, k: 1.0)
    assert always["signs/m=1/k=1"]["verdict"] == "undecided"
    assert always["signs/m=1/k=4-6"]["verdict"] == "reproduced"
    assert always["signs/any-width"]["verdict"] == "undecided"


def test_rows_with_a_verdict_have_intervals_that_hold_for_all_widths():
    claim = Signs(PLAN, _results(PLAN, lambda variant, k: 0.2))
    point = next(point for point in claim.points() if point["id"] == "signs/m=8/k=1")
    failed = claim.failed("glorot", 8, "weights", 1)
    strict = clustered_rate(failed.sum(axis=1), np.full(16, 2), confidence=0.975)  # two widths
    assert point["interval"] == [strict.low, strict.high]
    assert signs.interval_of(failed).high < strict.high


def test_single_flips_in_the_kernel_are_told_by_place():
    points = _points(lambda variant, k: 1.0 if variant == "block0_3x3" else 0.0)
    assert points["signs/m=8/3x3/centre/k=1"]["measured"] == 1
    assert "16 of 16 runs fail" in points["signs/m=8/3x3/centre/k=1"]["note"]
    assert points["signs/m=8/3x3/corner/k=1"]["verdict"] == "new"
    assert "signs/m=8/3x3/side/k=1" not in points  # no flip fell there


def test_a_smaller_budget_gives_no_verdict():
    points = _points(lambda variant, k: {0: 0.0, 1: 0.2}.get(k, 0.9), plan_of("smoke", updates=20_000))
    assert {point["verdict"] for point in points.values()} <= {"undecided", "new"}


@pytest.mark.parametrize("winners", [0, 1])
def test_without_winners_nothing_is_claimed(winners, tmp_path):
    points = _points(lambda variant, k: 0.5, winners=winners)
    assert {point["verdict"] for point in points.values()} <= {"undecided", "new"}
    assert points["signs/m=1/k=1"]["interval"] is None
    assert Signs(PLAN, _results(PLAN, lambda variant, k: 0.5, winners)).drawn(tmp_path) == []


def test_noise_is_compared_with_flips_of_the_same_length():
    points = _points(lambda variant, k: 0.1 if variant == "noise" else 0.9)
    assert points["signs/m=8/flips-noise/k=3"]["measured"] > 0.5
    assert points["signs/m=8/flips-noise/k=3"]["unit"] == "difference"


def test_sets_of_flips_of_one_winner_are_one_cluster():
    # Eight winners whose four runs all fail and eight whose runs never do are 16 samples, not 64.
    failed = np.repeat([[False] * 4, [True] * 4], 8, axis=0)
    interval = signs.interval_of(failed)
    alone = stats.binomtest(8, 16).proportion_ci(method="exact")
    assert interval.high - interval.low == pytest.approx(alone.high - alone.low, abs=0.08)
    assert signs.interval_of(failed[:1]) is None
    assert signs.difference_of(failed, failed) == clustered_difference(np.zeros(16))
    assert signs.difference_of(failed[:1], failed[:1]) is None


def test_every_width_has_pieces_whose_layers_have_the_signs_to_flip():
    arms = {piece.label: piece.settings["arms"] for piece in Signs(plan_of("paper")).needed()}
    assert ["readout", 1] in arms["signs-m1"]
    assert ["readout", 3] not in arms["signs-m1"]
    assert ["readout", 3] in arms["signs-m3"]
    assert ["biases", 1] in arms["signs-pytorch-m8"]
    assert [k for variant, k in arms["signs-m2"] if variant == "weights"] == list(range(9))
    pools = [set(range(*piece.settings["pool"])) for piece in Signs(plan_of("paper")).needed()]
    assert sum(len(pool) for pool in pools) == len(set().union(*pools))


def test_figures_show_every_width_and_every_kind_of_change(tmp_path):
    drawn = Signs(PLAN, _results(PLAN, lambda variant, k: min(1, 0.2 * k))).drawn(tmp_path)
    assert [figure.svg.name for figure in drawn] == ["signs.svg", "signs-variants-m1.svg", "signs-variants-m8.svg"]
    rows = (tmp_path / "signs.csv").read_text().splitlines()[1:]
    assert len(rows) == 2 * 4
    assert "3 signs,in the read-out" in (tmp_path / "signs-variants-m8.csv").read_text()


def test_arms_change_what_they_say():
    params = jax.tree.map(np.asarray, initial_parameters(NET, jax.random.key(0)))
    assert_same(changed(params, Arm("weights", 0), [0, 3, 1]), params)
    one = changed(params, Arm("readout", 1), [0, 3, 1])
    assert (one["readout"]["kernel"] == -params["readout"]["kernel"]).sum() == 1
    assert_same({**one, "readout": params["readout"]}, params)
    noisy = changed(params, Arm("noise", 1), [0, 3, 1])
    assert (noisy["block0_3x3"]["kernel"] != params["block0_3x3"]["kernel"]).all()
    other = changed(params, Arm("weights", 1), [0, 3, 2])
    with pytest.raises(AssertionError):
        assert_same(changed(params, Arm("weights", 1), [0, 3, 1]), other)


@pytest.mark.parametrize(("layer", "size"), [("block0_3x3", 144), ("block0_1x1", 128), ("readout", 8)])
def test_the_place_of_a_single_flip_is_where_the_sign_changes(layer, size):
    params = jax.tree.map(np.asarray, initial_parameters(NET, jax.random.key(0)))
    found = set()
    for flip_set in range(30):
        arm, seed = Arm(layer, 1), [0, 3, flip_set]
        there = flatten(changed(params, arm, seed))[f"{layer}/kernel"] != flatten(params)[f"{layer}/kernel"]
        assert (there.size, there.sum()) == (size, 1)
        place = flips.PLACES[flips.place_of_flip(params, arm, seed)]
        if layer == "block0_3x3":
            row, column, *_ = np.argwhere(there)[0]
            assert place == {(1, 1): "centre"}.get((row, column), "side" if 1 in (row, column) else "corner")
        else:
            assert place == layer
        found.add(place)
    assert len(found) == (3 if layer == "block0_3x3" else 1)


def test_fresh_data_have_a_seed_and_numbers_of_their_own():
    assert fresh_seed(0) == 1
    assert fresh_seed(2**31 - 1) == 0
    assert len({fresh_number(winner, flip_set) for winner in range(5) for flip_set in range(4)}) == 20


def test_a_piece_is_computed_and_goes_on_after_its_pool(tmp_path):
    piece = flips.flips_piece(
        "flips",
        LifeNet(width=2),
        TINY,
        seed=0,
        pool=range(6),
        winners=2,
        sets=2,
        arms=[Arm("weights", 0), Arm("noise", 1), Arm("weights", 1)],
        share=1.0,
    )
    write_json(tmp_path / "first_solved.json", {"first_solved": [-1, 250, -1, 100, 100, 50]})  # of an earlier call
    found = flips.run(piece.settings, tmp_path, lambda share, words: None)
    assert found["winners"] == [1, 3]
    assert [arm["variant"] for arm in found["arms"]] == ["weights", "noise", "weights"]
    assert np.shape(found["arms"][0]["first_solved"]) == (2, 2)
    assert [np.shape(arm.get("places")) for arm in found["arms"]] == [(), (), (2, 2)]
    assert flips.failures(found, "noise", 1).shape == flips.places(found, "weights").shape == (2, 2)
    assert json.loads(json.dumps(found)) == found
