"""The claim about penalties, on made-up outcomes."""

import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper.minimal import Minimal
from lottery.claims.paper.penalties import Penalties

PLAN = plan_of("paper", replicates=100)


def _outcomes(solved, trials=100):
    return {"solved_at_end": [i < solved for i in range(trials)], "seconds": 1.0}


def _results(none, solved, plan=PLAN):
    return {piece.name: _outcomes(solved.get(arm, none)) for arm, piece in Penalties(plan).pieces().items()}


def _points(none, solved, plan=PLAN):
    return {point["id"]: point for point in Penalties(plan, _results(none, solved, plan)).points()}


def test_a_penalty_is_judged_in_pairs_against_none():
    points = _points(28, {"l1/0.001": 44, "l2/0.001": 10})
    assert points["penalties/none"]["verdict"] == "reproduced"
    assert points["penalties/l1/0.001"]["verdict"] == "reproduced"
    assert points["penalties/l1/0.001"]["measured"] == pytest.approx(0.16)
    assert points["penalties/l1/0.001"]["expected"] == pytest.approx(0.16)
    assert points["penalties/l2/0.001"]["verdict"] == "contradicted"
    assert points["penalties/l1/0.0001"]["verdict"] == "undecided"
    assert "44/100 (published 44/100), the same networks without: 28/100" in points["penalties/l1/0.001"]["note"]


def test_six_pairs_are_enough_alone_but_not_among_four():
    points = _points(28, {"l1/0.001": 34})  # 6 pairs, all one way: p = 0.031
    assert points["penalties/l1/0.001"]["verdict"] == "undecided"


def test_the_networks_are_those_of_the_claim_about_minimal_ones():
    none = Minimal(plan_of("laptop")).pieces()["cellularautoma"].settings
    for piece in Penalties(plan_of("laptop")).needed()[1:]:
        start, stop = piece.settings["replicates"]
        assert start == none["replicates"][0]
        assert stop <= none["replicates"][1]
        training = {name: value for name, value in piece.settings["training"].items() if name not in ("l1", "l2")}
        assert training == none["training"]
        assert piece.settings["network"] == none["network"]


def test_a_short_budget_gives_no_verdict():
    points = _points(28, {"l1/0.001": 60}, plan_of("paper", updates=1000, replicates=100))
    assert {point["verdict"] for point in points.values()} == {"undecided"}


def test_the_figure_has_a_row_per_arm_and_three_published_samples(tmp_path):
    assert Penalties(PLAN, _results(28, {})).drawn(tmp_path)[0].svg == tmp_path / "penalties.svg"
    assert len((tmp_path / "penalties.csv").read_text().splitlines()) == 1 + 5 + 3
