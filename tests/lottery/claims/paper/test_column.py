"""The claim about the whole column, on made-up outcomes."""

import pytest

from lottery.claims.frame.plan import PRESETS, plan_of
from lottery.claims.frame.reruns import width_piece
from lottery.claims.paper import column
from lottery.claims.paper.column import Column
from lottery.training.settings import TrainSettings

PLAN = plan_of("laptop")
COUNTS = {1: 2, 2: 26, 3: 40, 4: 55, 5: 58, 6: 62}


def _outcomes(solved, trials=64):
    return {
        "parameters": 25,
        "solved_at_end": None,  # solved networks leave
        "first_solved": [250 if i < solved else -1 for i in range(trials)],
        "seconds": 2.0,
    }


def _results(plan=PLAN, glorot=COUNTS, pytorch=COUNTS):
    counts = {"glorot": glorot, "pytorch": pytorch}
    return {
        piece.name: _outcomes(counts[initialiser].get(m, 64))
        for (initialiser, m), piece in Column(plan).pieces().items()
    }


def _points(plan=PLAN, **counts):
    return {point["id"]: point for point in Column(plan, _results(plan, **counts)).points()}


def test_the_rates_are_those_of_networks_ever_solved():
    points = _points()
    assert points["column/glorot/m=3"]["measured"] == 40 / 64
    assert points["column/glorot/m=3"]["verdict"] == "reproduced"
    assert points["column/glorot/m=24"]["verdict"] == "new"
    assert {point["outcome"] for point in points.values()} == {"ever_solved"}
    assert len(points) == 2 * (10 + 1)


@pytest.mark.parametrize(("solved", "verdict"), [(10, "contradicted"), (64, "undecided")])
def test_a_higher_rate_contradicts_nothing_because_the_paper_counted_at_the_end(solved, verdict):
    assert _points(glorot={**COUNTS, 3: solved})["column/glorot/m=3"]["verdict"] == verdict


def test_the_crossing_of_each_initialiser_is_held_against_the_papers():
    points = _points(pytorch={1: 0, 2: 0, 3: 0, 4: 0, 5: 2, 6: 10})
    found = points["column/glorot/crossing"]
    assert found["verdict"] == "reproduced"
    assert found["interval"][0] < found["measured"] < found["interval"][1]
    assert 2 < found["measured"] < 3
    assert "More than half succeed from m=3 on." in found["note"]
    assert points["column/pytorch/crossing"]["verdict"] == "contradicted"


def test_the_time_of_the_whole_column_stands_beside_its_crossing():
    assert _points()["column/glorot/crossing"]["seconds"] == 20.0


def test_a_crossing_that_was_not_seen_has_no_number():
    never = dict.fromkeys(column.WIDTHS["laptop"], 0)
    found = _points(glorot=never)["column/glorot/crossing"]
    assert found["measured"] is found["interval"] is None
    assert found["verdict"] == "contradicted"
    assert "The whole interval is above m=24." in found["note"]
    always = _points(glorot=dict.fromkeys(never, 64))["column/glorot/crossing"]
    assert "The whole interval is below m=1." in always["note"]
    # 28 of 64 at the largest width: the lower end was seen, the rest was not.
    half = _points(glorot={**never, 12: 5, 16: 14, 24: 28})["column/glorot/crossing"]
    assert half["measured"] is None
    assert half["interval"][0] < half["interval"][1] == 24
    assert "The interval goes on above m=24." in half["note"]


def test_a_short_budget_gives_no_verdict():
    assert {point["verdict"] for point in _points(plan_of("smoke")).values()} == {"undecided", "new"}


def test_networks_are_shared_neither_between_cells_nor_with_the_headline():
    for plan in PRESETS.values():
        used = [set(range(*piece.settings["replicates"])) for piece in Column(plan).needed()]
        used.append(set(range(*width_piece(plan, 1).settings["replicates"])))
        assert len(set.union(*used)) == sum(len(one) for one in used)


def test_solved_networks_leave():
    assert all(TrainSettings(**piece.settings["training"]).stop_when_solved for piece in Column(PLAN).needed())


def test_the_figure_shows_every_rate_and_the_papers_samples(tmp_path):
    assert Column(PLAN, _results()).drawn(tmp_path)[0].svg == tmp_path / "column.svg"
    rows = (tmp_path / "column.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * 10 + 2
