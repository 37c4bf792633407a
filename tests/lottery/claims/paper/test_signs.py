import json

import jax
import numpy as np
import pytest
from helpers import TINY, assert_same

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper.signs import Signs
from lottery.experiments import flips
from lottery.experiments.flips import Arm, changed, fresh_number, fresh_seed
from lottery.networks.lifenet import LifeNet, initial_parameters
from lottery.runs.files import write_json
from lottery.statistics.rates import wilson

PLAN = plan_of("smoke", updates=125_000)  # two widths, at the paper's budget
NET = LifeNet(width=8)


def _outcomes(piece, failing, winners=16):
    """Outcomes in which the share failing(variant, k) of the runs fails, spread over the winners at random."""
    rng = np.random.default_rng(0)
    arms = []
    for variant, k in piece.settings["arms"]:
        runs = winners * piece.settings["sets"]
        failed = rng.permutation(np.arange(runs) < failing(variant, k) * runs).reshape(winners, piece.settings["sets"])
        arms.append({"variant": variant, "k": k, "first_solved": np.where(failed, -1, 2500).tolist()})
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
    points = _points(lambda variant, k: {0: 0.0, 1: 0.2}.get(k, 0.9))
    one = points["signs/m=8/k=1"]
    assert one["verdict"] == "reproduced"
    assert one["interval"][0] < 0.2 < one["interval"][1]
    assert points["signs/m=8/k=0"]["measured"] == 0.0
    assert points["signs/m=8/k=4-6"]["verdict"] == "reproduced"
    assert points["signs/m=8/one-flip"]["verdict"] == "reproduced"
    assert points["signs/m=8/one-flip"]["measured"] == pytest.approx(one["measured"])
    assert points["signs/any-width"]["verdict"] == "reproduced"


def test_failures_that_never_or_always_come_contradict_it():
    never = _points(lambda variant, k: 0.0)
    assert never["signs/m=8/k=1"]["verdict"] == "undecided"  # 0 of 16 winners leave room for 19 %
    assert never["signs/m=8/k=4-6"]["verdict"] == "contradicted"
    assert never["signs/m=8/one-flip"]["verdict"] == "undecided"
    assert never["signs/any-width"]["verdict"] == "contradicted"
    always = _points(lambda variant, k: 1.0)
    assert always["signs/m=1/k=1"]["verdict"] == "contradicted"
    assert always["signs/m=1/k=4-6"]["verdict"] == "reproduced"


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


def test_winners_that_agree_leave_the_room_that_wilson_leaves():
    none, every = flips.interval_of(np.zeros(16)), flips.interval_of(np.ones(16))
    assert (none.low, none.high) == pytest.approx((0, wilson(0, 16).high))
    assert (every.low, every.high) == pytest.approx((wilson(16, 16).low, 1))
    even = flips.interval_of(np.zeros(16), "difference")
    assert even.low == -even.high < 0
    assert flips.interval_of(np.zeros(1)) is None


def test_sets_of_flips_of_one_winner_are_one_cluster():
    # Eight winners whose four runs all fail and eight whose runs never do are 16 samples, not 64.
    interval = flips.interval_of(np.repeat([0.0, 1.0], 8))
    alone = wilson(8, 16)
    assert interval.high - interval.low == pytest.approx(alone.high - alone.low, abs=0.08)


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
    assert [figure.svg.name for figure in drawn] == ["signs.svg", "signs-variants-m8.svg"]
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
        arms=[Arm("weights", 0), Arm("noise", 1)],
        share=1.0,
    )
    write_json(tmp_path / "first_solved.json", {"first_solved": [-1, 250, -1, 100, 100, 50]})  # of an earlier call
    found = flips.run(piece.settings, tmp_path, lambda share, words: None)
    assert found["winners"] == [1, 3]
    assert [arm["variant"] for arm in found["arms"]] == ["weights", "noise"]
    assert np.shape(found["arms"][0]["first_solved"]) == (2, 2)
    assert json.loads(json.dumps(found)) == found
