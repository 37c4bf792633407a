"""The claim about optimisers, on made-up outcomes."""

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import optimisers
from lottery.claims.paper.optimisers import Optimisers
from lottery.training.optimisers import OPTIMISERS

PLAN = plan_of("paper")


def _outcomes(solved, trials=64):
    return {
        "solved_at_end": [i < solved for i in range(trials)],
        "first_solved": [250 if i < solved + 1 else -1 for i in range(trials)],
        "seconds": 1.0,
    }


def _results(solved, plan=PLAN):
    return {piece.name: _outcomes(solved.get(arm, 3)) for arm, piece in Optimisers(plan).pieces().items()}


def _points(solved, plan=PLAN):
    return {point["id"]: point for point in Optimisers(plan, _results(solved, plan)).points()}


def test_adam_is_held_against_the_paper_and_the_others_against_adam():
    points = _points({"momentum/0.1": 40, "rmsprop/0.003": 0})
    assert points["optimisers/adam/0.001"]["verdict"] == "reproduced"
    assert points["optimisers/adam/0.001"]["expected"] == 3 / 64
    assert points["optimisers/momentum/0.1"]["verdict"] == "new"
    assert "Minus Adam at 0.001: +58 points" in points["optimisers/momentum/0.1"]["note"]
    assert "exact McNemar" in points["optimisers/momentum/0.1"]["note"]
    assert points["optimisers/better"]["measured"] == 1
    assert "1 succeed more often than Adam at 0.001 (momentum/0.1), 0 less often" in points["optimisers/better"]["note"]


def test_those_that_lose_are_named():
    points = _points(dict.fromkeys(("adam/0.001", "sgd/0.1", "sgd/0.3", "sgd/1"), 40))
    note = points["optimisers/better"]["note"]
    assert "10 less often (adam/0.003, adamw/0.001" in note
    assert "sgd" not in note


def test_every_optimiser_of_the_package_is_tried_at_two_rates_or_more():
    assert set(optimisers.RATES) == set(optimisers.WORDS) == set(OPTIMISERS) - {"amsgrad"}  # which `why` tries
    assert all(len(set(rates)) >= 2 for rates in optimisers.RATES.values())
    assert len({piece.name for piece in Optimisers(PLAN).needed()}) == len(optimisers.ARMS)


def test_arms_share_their_replicates():
    used = {tuple(piece.settings["replicates"]) for piece in Optimisers(plan_of("paper")).needed()}
    assert used == {(0, 64)}


def test_a_short_budget_gives_no_verdict():
    points = _points({}, plan_of("paper", updates=1000))
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


def test_the_figure_has_a_row_per_arm(tmp_path):
    assert Optimisers(PLAN, _results({})).drawn(tmp_path)[0].svg == tmp_path / "optimisers.svg"
    assert len((tmp_path / "optimisers.csv").read_text().splitlines()) == 1 + len(optimisers.ARMS) + 1
