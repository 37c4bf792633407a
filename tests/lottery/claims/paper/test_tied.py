"""The claim about tied blocks, on made-up outcomes."""

import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import tied
from lottery.claims.paper.tied import Tied

PLAN = plan_of("paper")


def _outcomes(solved, trials=64):
    return {
        "parameters": 25,
        "solved_at_end": None,
        "first_solved": [500 + 500 * i if i < solved else -1 for i in range(trials)],
        "seconds": 1.0,
    }


def _results(solved, plan=PLAN):
    return {piece.name: _outcomes(solved.get(arm, 0)) for arm, piece in Tied(plan).pieces().items()}


def _points(solved, plan=PLAN):
    return {point["id"]: point for point in Tied(plan, _results(solved, plan)).points()}


def test_minimal_networks_of_two_steps_are_held_against_the_published_rate():
    points = _points({"n=2/a=2/tied": 30, "n=2/a=8/tied": 64})
    assert points["tied/n=2/a=2/tied"]["verdict"] == "contradicted"
    assert points["tied/n=2/a=2/free"]["verdict"] == "reproduced"
    assert points["tied/n=2/a=8/tied"]["verdict"] == points["tied/n=3/a=2/free"]["verdict"] == "new"
    assert points["tied/n=2/a=2/tied"]["outcome"] == "ever_solved"
    assert "The median of those solved took 7,750 updates." in points["tied/n=2/a=2/tied"]["note"]
    assert "median" not in points["tied/n=2/a=2/free"]["note"]


def test_tied_is_compared_with_free_of_the_same_depth_and_width():
    points = _points({"n=2/a=8/tied": 64, "n=3/a=8/free": 32})
    assert points["tied/n=2/a=8/tied-minus-free"]["measured"] == 1
    assert points["tied/n=3/a=8/tied-minus-free"]["measured"] == pytest.approx(-0.5)
    assert points["tied/n=2/a=2/tied-minus-free"]["measured"] == 0


def test_arms_have_the_networks_that_they_name_and_no_replicate_in_common():
    pieces = {arm: piece.settings for arm, piece in Tied(PLAN).pieces().items()}
    assert pieces["n=3/a=8/tied"]["network"] == {"steps": 3, "features": [8, 1], "tied": True}
    assert pieces["n=2/a=2/free"]["network"] == {"steps": 2, "features": [2, 1]}
    assert all(settings["training"]["stop_when_solved"] for settings in pieces.values())
    used = [set(range(*settings["replicates"])) for settings in pieces.values()]
    assert len(set.union(*used)) == sum(len(one) for one in used)
    assert min(set.union(*used)) > 3  # the networks that were looked at before the rule was fixed


def test_a_short_budget_can_only_show_that_more_succeed_than_were_published():
    plan = plan_of("laptop", replicates=64)
    assert {point["verdict"] for point in _points({}, plan).values()} == {"undecided", "new"}
    points = _points({"n=2/a=2/tied": 20}, plan)
    assert points["tied/n=2/a=2/tied"]["verdict"] == "contradicted"
    assert points["tied/n=2/a=2/free"]["verdict"] == "undecided"


def test_the_figure_has_every_arm_and_the_published_bound(tmp_path):
    assert Tied(PLAN, _results({"n=2/a=8/tied": 40})).drawn(tmp_path)[0].svg == tmp_path / "tied.svg"
    assert len((tmp_path / "tied.csv").read_text().splitlines()) == 1 + len(tied.ARMS) + 1
