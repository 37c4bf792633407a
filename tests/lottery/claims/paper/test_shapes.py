"""The claim about shapes on made-up outcomes, and one tiny run of its pieces."""

from itertools import pairwise

import numpy as np
import pytest
from helpers import random_parameters

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import shapes
from lottery.claims.paper.shapes import Shapes
from lottery.experiments.shapes import outcome, run, shapes_piece
from lottery.networks.handmade import smallest_parameters
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.runs.files import read_arrays
from lottery.training.settings import TrainSettings

PLAN = plan_of("laptop")
FORM = {
    "kernel": [[1.0] * 3, [1.0, 0.43, 1.0], [1.0] * 3],
    "live": [2.43, 3.43],
    "dead": [2.0, 4.0],
    "bends": [2, 3],
    "spread": 0.0,
}


def _shape(a, b, solved, trials=48, *, stopped=False, readout=True, explained=()):
    return {
        "features": [a, b],
        "parameters": parameter_count(LifeNet(features=(a, b), readout=readout)),
        "trials": trials,
        "solved_at_end": None if stopped else solved,
        "first_solved": [250] * solved,
        "explained": list(explained),
    }


def _results(rate, small=(0, 0, 0), bare=0, explained=(), plan=PLAN):
    found = {a: {"shapes": [_shape(a, b, rate(a, b)) for b in range(1, 9)], "seconds": 8.0} for a in range(1, 9)}
    rows = [
        _shape(*shape, k, 2048, stopped=True, explained=explained if k else ())
        for shape, k in zip(shapes.SMALL, small, strict=True)
    ]
    found["small"] = {"shapes": rows, "seconds": 9.0}
    found["bare"] = {"shapes": [_shape(2, 1, bare, 2048, stopped=True, readout=False)], "seconds": 3.0}
    return {piece.name: found[key] for key, piece in Shapes(plan).pieces().items()}


def _points(results, plan=PLAN):
    return {point["id"].removeprefix("shapes/"): point for point in Shapes(plan, results).points()}


def test_the_minimum_is_17_by_proof_from_both_sides():
    points = _points(_results(lambda a, b: 0))
    assert points["minimum"]["measured"] == points["lower-bound"]["measured"] == 17
    assert points["minimum"]["verdict"] == "new"
    assert "infeasible" in points["lower-bound"]["note"]


def test_the_smallest_network_that_training_found_is_new():
    points = _points(_results(lambda a, b: 0))
    assert points["trained-minimum"]["measured"] is None
    points = _points(_results(lambda a, b: 0, small=(0, 3, 5), bare=40, explained=[FORM]))
    assert points["trained-minimum"]["measured"] == 20
    assert points["trained-minimum"]["verdict"] == "new"
    assert "z = N + 0.43 s" in points["trained-minimum"]["note"]
    assert "bends at z = 2.00, 3.00" in points["trained-minimum"]["note"]
    assert points["small/a1b3"]["successes"] == 3
    assert points["small/a2b1-no-readout"]["label"] == "23 parameters, without a read-out"


def test_the_papers_shape_is_held_against_the_best_that_is_not_larger():
    # (3, 2) has 41 parameters, (4, 2) 53.
    points = _points(_results(lambda a, b: {(4, 2): 20, (3, 2): 40}.get((a, b), 0)))
    assert points["m=2"]["verdict"] == "contradicted"
    assert points["m=2"]["measured"] == pytest.approx(-20 / 48)
    assert "(3, 2) with 41: 40/48" in points["m=2"]["note"]
    assert "1 such shapes are better" in points["m=2"]["note"]
    points = _points(_results(lambda a, b: 30 if (a, b) == (4, 2) else 3))
    assert points["m=2"]["verdict"] == "reproduced"
    assert points["m=1"]["verdict"] == "undecided"


def test_a_short_budget_gives_no_verdict_on_shapes():
    plan = plan_of("laptop", updates=10_000)
    results = _results(lambda a, b: 40 if (a, b) == (3, 2) else 0, plan=plan)
    assert _points(results, plan)["m=2"]["verdict"] == "undecided"


def test_rivals_are_all_other_shapes_that_are_not_larger():
    parameters = {(a, b): parameter_count(LifeNet(features=(a, b))) for a in range(1, 4) for b in range(1, 4)}
    assert shapes.rivals(parameters, (2, 1)) == [(1, 1), (1, 2), (1, 3)]


def test_no_two_shapes_share_a_replicate():
    used = [
        number
        for piece in Shapes(PLAN).needed()
        for first in piece.settings["first"]
        for number in (first, first + piece.settings["replicates"] - 1)
    ]
    spans = sorted(zip(used[::2], used[1::2], strict=True))
    assert all(end < start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.thorough
def test_both_figures_are_drawn_with_their_numbers(tmp_path):
    results = _results(lambda a, b: min(48, a * b))
    figures = Shapes(PLAN, results).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["shapes.svg", "shapes-parameters.svg"]
    for figure in figures:
        assert len(figure.svg.with_suffix(".csv").read_text().splitlines()) == 65
    assert "8,8,48,48,1.0" in figures[0].svg.with_suffix(".csv").read_text()


@pytest.mark.thorough
def test_a_piece_trains_every_shape_and_tells_which_were_certified(tmp_path):
    # The settings of the smallest other training tests, so that nothing is compiled anew.
    plan = plan_of("smoke", batch=4, board=8, bank_boards=64, bank_updates=100, check_every=50, group=8)
    piece = shapes_piece("tiny", plan.network(), plan.training(50), [(1, 1), (2, 1)], seed=0, replicates=2, arm=0)
    outcomes = run(piece.settings, tmp_path, lambda share, words: None)
    assert [row["features"] for row in outcomes["shapes"]] == [[1, 1], [2, 1]]
    assert [row["parameters"] for row in outcomes["shapes"]] == [14, 25]
    assert all((row["trials"], row["solved_at_end"]) == (2, 0) for row in outcomes["shapes"])
    weights = read_arrays(tmp_path / "weights.safetensors")["block0_3x3/kernel"]
    assert not weights[:2, ..., 1].any()
    assert weights[2:, ..., 1].all()


def test_an_exact_network_is_counted_and_explained():
    net = LifeNet(features=(1, 2))
    stacked = {
        layer: {name: np.stack([leaf, random_parameters(net, 0)[layer][name]]) for name, leaf in leaves.items()}
        for layer, leaves in smallest_parameters().items()
    }
    row = outcome(net, TrainSettings(), stacked, np.array([500, -1]))
    assert row["solved_at_end"] == 1
    assert row["first_solved"] == [500]
    assert row["explained"] == [
        {
            "kernel": [[1, 1, 1], [1, 0.5, 1], [1, 1, 1]],
            "live": [2.5, 3.5],
            "dead": [2.0, 4.0],
            "bends": [2.0, 2.5, 3.5],
            "spread": 0.0,
        }
    ]
