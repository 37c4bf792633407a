"""The claim about the time to solution, on made-up outcomes."""

import numpy as np
import pytest

from gol.errors import InputError
from lottery.claims.frame.plan import plan_of
from lottery.claims.paper.time import Time
from lottery.claims.paper.width import Width
from lottery.report.figures.plateau_and_solution import plateau_and_solution
from lottery.statistics.survival import kaplan_meier, median_time

PLAN = plan_of("paper", widths=(3, 1), width_replicates=8)


def _outcomes(first, relapsed=(), lost=()):
    return {
        "first_solved": first,
        "plateau_end": [update // 2 if update >= 0 else -1 for update in first],
        "relapsed": [i in relapsed for i in range(len(first))],
        "solved_at_end": [update >= 0 and i not in lost for i, update in enumerate(first)],
        "seconds": 1.0,
    }


NARROW = _outcomes([-1, -1, -1, -1, -1, -1, 500, 1000])
WIDE = _outcomes([1000, 2000, 3000, 4000, 5000, 6000, 7000, -1], relapsed=(0, 1), lost=(1,))


def _results(narrow=NARROW, wide=WIDE):
    pieces = Time(PLAN).pieces()
    return {pieces[1].name: narrow, pieces[3].name: wide}


def _points(**outcomes):
    return {point["id"]: point for point in Time(PLAN, _results(**outcomes)).points()}


def test_nothing_is_trained_beside_the_headline_networks():
    assert Time(PLAN).needed() == Width(PLAN).needed()


def test_the_median_is_when_half_are_solved_and_unknown_where_fewer_are():
    points = _points()
    assert points["time/median/m=3"]["measured"] == 4000
    assert points["time/median/m=1"]["measured"] is points["time/median/m=1"]["interval"] is None
    assert "2 of 8 are within 125,000" in points["time/median/m=1"]["note"]


def test_neighbouring_widths_are_compared_in_pairs():
    # Of eight pairs the wider was first in six, the narrower in two: a fair coin does so in 74 of 256 cases.
    pace = _points()["time/pace/m=3-before-m=1"]
    assert (pace["successes"], pace["trials"]) == (6, 8)
    assert "p = 0.29, corrected 0.29" in pace["note"]


def test_holms_correction_is_over_all_neighbouring_widths():
    plan = plan_of("paper", widths=(1, 2, 3), width_replicates=8)
    solved = {1: 3000, 2: 2000, 3: 1000}
    results = {piece.name: _outcomes([solved[m]] * 8) for m, piece in Time(plan).pieces().items()}
    notes = [point["note"] for point in Time(plan, results).points() if "pace" in point["id"]]
    assert len(notes) == 2
    assert all("p = 0.0078, corrected 0.016" in note for note in notes)  # 2 / 2^8, twice that


def test_pairs_that_tie_say_nothing():
    pace = _points(wide=NARROW)["time/pace/m=3-before-m=1"]
    assert pace["trials"] is None
    assert "p = 1" in pace["note"]


def test_the_plateau_is_a_share_of_the_time_to_the_solution():
    plateau = _points()["time/plateau/m=3"]
    assert plateau["measured"] == 0.5
    assert plateau["interval"] == [0.5, 0.5]
    assert "a median of 2,000 updates" in plateau["note"]
    assert _points(narrow=_outcomes([-1] * 8))["time/plateau/m=1"]["measured"] is None


def test_what_becomes_of_solved_networks_is_counted_among_them_alone():
    points = _points()
    relapsed, lost = points["time/relapsed"], points["time/unsolved-at-end"]
    assert (relapsed["successes"], relapsed["trials"]) == (2, 9)
    assert (lost["successes"], lost["trials"]) == (1, 9)
    assert "0 of 2 at m=1, 2 of 7 at m=3" in relapsed["note"]
    none = _points(narrow=_outcomes([-1] * 8), wide=_outcomes([-1] * 8))
    assert none["time/relapsed"]["trials"] is None


def test_there_is_no_verdict_on_what_nobody_published():
    assert {point["verdict"] for point in _points().values()} == {"new"}


def test_the_figures_hold_every_solved_network(tmp_path):
    figures = Time(PLAN, _results()).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["time.svg", "time-plateau.svg"]
    rows = (tmp_path / "time-plateau.csv").read_text().splitlines()
    assert rows[1] == "m=1,6,500,250"
    assert len(rows) == 1 + 2 + 7
    nothing = Time(PLAN, _results(_outcomes([-1] * 8), _outcomes([-1] * 8))).drawn(tmp_path)
    assert len(nothing) == 1
    with pytest.raises(InputError):
        plateau_and_solution([("m=1", np.array([-1]), np.array([-1]))])


def test_the_interval_of_the_median_is_where_the_curves_band_holds_one_half():
    # Klein and Moeschberger 2003, example 4.2: 6-MP, 21 children; median 23 weeks, log-log interval from 13 on.
    weeks = np.array([10, 7, 32, 23, 22, 6, 16, 34, 32, 25, 11, 20, 19, 6, 17, 35, 6, 13, 9, 6, 10])
    cut_off = np.array([0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1], bool)
    assert median_time(kaplan_meier(weeks, ~cut_off)) == (23.0, 13.0, None)
    assert median_time(kaplan_meier(np.array([9, 9]), np.zeros(2, bool)))[0] is None
