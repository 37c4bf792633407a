"""The claim about two steps and more, on made-up outcomes."""

import pytest

from lottery.claims.frame.crossings import crossing_of, crossing_verdict, crossing_words
from lottery.claims.frame.plan import PRESETS, plan_of
from lottery.claims.paper import depth
from lottery.claims.paper.depth import Depth
from lottery.report.figures.figure import Rates
from lottery.training.settings import TrainSettings

PLAN = plan_of("laptop")
CERTIFIED = {1: 0, 2: 3, 4: 40, 8: 63, 16: 64}


def _outcomes(networks, certified, more_on_boards=0):
    seen = certified + more_on_boards
    return {
        "parameters": 48,
        "first_solved": [2500 if i < certified else -1 for i in networks],
        "last_wrong": [0 if i < seen else 7 for i in networks],
        "wrong_at_end": [0 if i < certified else 1000 + i for i in networks],
        "seconds": 1.0,
    }


def _results(plan=PLAN, counts=CERTIFIED, more=0):
    """Of each cell the first so many networks succeed; at laptop size none three steps ahead."""
    found = {}
    for (steps, _, width, block), piece in Depth(plan).pieces().items():
        certified = 0 if (steps, plan.size) == (3, "laptop") else counts.get(width, 0)
        found[piece.name] = _outcomes(block, certified, more)
    return found


def _points(plan=PLAN, **more):
    return {point["id"]: point for point in Depth(plan, _results(plan, **more)).points()}


def test_what_200_boards_see_stands_beside_what_is_certified():
    points = _points(counts=CERTIFIED | {8: 60}, more=4)
    assert points["depth/n=2/glorot/m=4/screen"]["successes"] == 44
    assert points["depth/n=2/glorot/m=4/certified"]["successes"] == 40
    note = points["depth/n=2/glorot/m=4/screen"]["note"]
    assert "Not certified of these: 4. They are wrong on 1,040 to 1,043 of 2^25 windows." in note
    assert "They are wrong" not in _points()["depth/n=2/glorot/m=4/screen"]["note"]


def test_both_crossings_are_held_against_the_papers():
    points = _points()
    assert points["depth/n=2/glorot/crossing/certified"]["verdict"] == "reproduced"
    assert 3 < points["depth/n=2/glorot/crossing/certified"]["measured"] < 4
    late = _points(counts={8: 1, 16: 5})
    for initialiser in depth.INITIALISERS:
        assert late[f"depth/n=2/{initialiser}/crossing/certified"]["verdict"] == "contradicted"
        assert late[f"depth/n=2/{initialiser}/crossing/certified"]["measured"] is None  # above every width


def test_three_steps_are_expected_to_fail_even_at_the_largest_width():
    points = _points(plan_of("paper"), counts={24: 20})
    assert points["depth/n=3/glorot/crossing/certified"]["expected"] == "above m=24"
    assert points["depth/n=3/glorot/crossing/certified"]["verdict"] == "reproduced"
    assert "of 4096 boards" in _points(plan_of("paper"), more=1)["depth/n=5/pytorch/m=24/screen"]["note"]


def test_a_line_not_crossed_up_to_m_8_says_nothing_of_m_24():
    rates = Rates("certified", [4, 8], [0, 0], [16, 16])
    found = crossing_of(rates)
    assert crossing_verdict(depth.PUBLISHED_CROSSING[3], rates, found) == "undecided"
    assert crossing_words(rates, found) == "above m=8 (above m=8 to above m=8)"


def test_a_line_not_crossed_up_to_m_16_is_within_the_factor_of_m_24():
    three = _points()["depth/n=3/pytorch/crossing/certified"]
    assert (three["measured"], three["verdict"]) == (None, "reproduced")
    assert "The whole interval is above m=16." in three["note"]


def test_what_the_end_refutes_is_no_success():
    plan = plan_of("paper")
    results = _results(plan)
    first = Depth(plan).pieces()[3, "glorot", 4, range(16)]
    results[first.name]["wrong_at_end"][:2] = [1, 3]
    points = {point["id"]: point for point in Depth(plan, results).points()}
    refuted, others = (points[f"depth/n=3/{initialiser}/m=4/certified"] for initialiser in ("glorot", "pytorch"))
    assert (refuted["successes"], others["successes"]) == (38, 40)
    assert "Certified once, but refuted at the end: 2." in refuted["note"]
    assert "refuted" not in others["note"]
    crossings = [points[f"depth/n=3/{initialiser}/crossing/certified"]["note"] for initialiser in ("glorot", "pytorch")]
    assert "With those that the end refutes 0, 3, 40, 63, 64, 0 succeed" in crossings[0]
    assert "the end refutes" not in crossings[1]
    assert "They are wrong on 1 to 3 of 4096 boards" in points["depth/n=3/glorot/m=4/screen"]["note"]


def test_more_steps_come_in_blocks_that_the_larger_preset_takes_over():
    laptop, paper = ([piece.name for piece in Depth(plan_of(size)).needed()] for size in ("laptop", "paper"))
    assert set(laptop) < set(paper)
    assert sum("n3-glorot-m8" in name for name in paper) == 4 * sum("n3-glorot-m8" in name for name in laptop) == 4
    points = _points(plan_of("paper"), counts={8: 40})
    assert (
        points["depth/n=3/glorot/m=8/certified"]["successes"],
        points["depth/n=3/glorot/m=8/certified"]["trials"],
    ) == (40, 64)
    assert points["depth/n=3/glorot/m=8/certified"]["seconds"] == 4
    odd = [piece for piece in Depth(plan_of("paper", replicates=20)).needed() if piece.label == "depth-n5-glorot-m2"]
    assert [len(range(*piece.settings["replicates"])) for piece in odd] == [16, 4]


def test_a_short_budget_gives_no_verdict():
    points = _points(plan_of("laptop", updates=20_000))
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


@pytest.mark.parametrize(("updates", "every"), [(None, 2500), (2000, 500), (125_250, 250)])
def test_networks_are_looked_at_seldom_whatever_the_budget(updates, every):
    for piece in Depth(plan_of("laptop", updates=updates)).needed():
        assert TrainSettings(**piece.settings["training"]).check_every == every


def test_cells_share_no_network():
    for plan in PRESETS.values():
        used = [set(range(*piece.settings["replicates"])) for piece in Depth(plan).needed()]
        assert len(set.union(*used)) == sum(len(one) for one in used)


def test_each_depth_has_a_figure(tmp_path):
    figures = Depth(PLAN, _results()).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["depth-n2.svg", "depth-n3.svg"]
    lines = [len((tmp_path / f"depth-n{steps}.csv").read_text().splitlines()) - 1 for steps in (2, 3)]
    assert lines == [2 * 2 * 5, 2 * 2 * 3]  # both looks of two initialisers
    assert set(Depth(plan_of("paper")).widths) == {2, 3, 4, 5}
