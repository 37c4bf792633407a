"""The claim about what keeps what deep networks learn, on made-up outcomes."""

from dataclasses import replace
from functools import lru_cache

import pytest

from lottery.claims.frame.answers import Points
from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import kept
from lottery.claims.paper.kept import Kept
from lottery.claims.paper.lost import Lost
from lottery.report.points import check_points

PLAN = plan_of("laptop")  # in the tests with every arm and two cells
PAPER = plan_of("paper")
WIDE = {"ever": 30, "end": 30, "certified": 28}
LOST = {"ever": 30, "end": 12, "certified": 10}


@pytest.fixture(autouse=True)
def everything(request, monkeypatch):
    """Every arm and a second cell on a laptop, but for the test of what a laptop has."""
    if "a_laptop" not in request.node.name:
        monkeypatch.setattr(kept, "DECAYING", replace(kept.DECAYING, laptop=("cosine", "linear")))
        monkeypatch.setattr(kept, "WIDTHS", replace(kept.WIDTHS, laptop={2: (4,), 3: (8,)}))


def _first(number, count):
    return [i < number for i in range(count)]


def _outcomes(count, kept, *, ever, end, certified):
    """The first networks are right, the same ones at the end and certified; who loses it does so once."""
    ever, end, certified = (round(number * count / 32) for number in (ever, end, certified))
    found = {
        "parameters": 453,
        "looks": 500,
        "check_every": 250,
        "first_right": [25_000 if it else -1 for it in _first(ever, count)],
        "right_looks": [401 if i < end else int(i < ever) for i in range(count)],
        "losses_of_it": [int(end <= i < ever) for i in range(count)],
        "longest_wrong_after": [100_000 * (end <= i < ever) for i in range(count)],
        "right_at_end": _first(end, count),
        "solved_at_end": _first(certified, count),
        "kind": "windows",
        "seconds": 1.0,
    }
    if kept:
        found["best"] = {"wrong": [0] * ever + [3] * (count - ever), "solved_at_end": _first(ever - 1, count)}
        found["average"] = {"wrong": [0] * end + [3] * (count - end), "solved_at_end": _first(end, count)}
    return found


def _results(plan=PLAN, constant=LOST, cosine=WIDE, linear=WIDE):
    made = {"constant": constant, "cosine": cosine, "linear": linear}
    results = {}
    for key, piece in Kept(plan).pieces().items():
        start, stop = piece.settings["replicates"]
        results[piece.name] = _outcomes(stop - start, "keep" in piece.settings, **made[key[-1]])
    return results


@lru_cache
def _points(plan=PLAN):
    points = list(Kept(plan, _results(plan)).points())
    check_points(points)
    return {point["id"].removeprefix("kept/"): point for point in points}


def test_arms_of_a_cell_share_their_networks_and_differ_in_the_rate_alone():
    pieces = Kept(PAPER).pieces()
    assert len(pieces) == 3 * 4 * 4
    for steps, width in Kept(PAPER).cells:
        constant, cosine, linear = (pieces[steps, width, arm].settings for arm in ("constant", "cosine", "linear"))
        assert constant["keep"] == 0.9
        assert constant["training"] == {}
        for arm, settings in (("cosine", cosine), ("linear", linear)):
            assert "keep" not in settings
            assert settings["training"] == {"schedule": arm, "final_rate": 0.0}
            assert {**settings, "training": {}, "keep": 0.9} == constant
    places = {tuple(piece.settings["replicates"]) for piece in pieces.values()}
    assert len(places) == 16
    assert places.isdisjoint(tuple(piece.settings["replicates"]) for piece in Lost(PAPER).needed())


def test_a_laptop_has_one_cell_and_one_decay():
    assert list(Kept(PLAN).pieces()) == [(2, 4, "constant"), (2, 4, "cosine")]
    points = list(Kept(PLAN, _results()).points())
    assert not any("linear" in point["id"] for point in points)
    assert "a line to zero" not in Kept(PLAN).answered(points)


def test_nothing_has_a_verdict_because_no_source_has_numbers():
    assert {point["verdict"] for point in _points().values()} == {"new"}
    assert all(point["expected"] is None for point in _points().values())
    assert Kept.fixed is None


def test_what_is_kept_is_said_by_the_rule():
    points = _points()
    assert points["n=2/m=4/cosine/end-ever"]["note"] == "At the end 30/32, at some look 30/32: kept."
    assert points["n=2/m=4/constant/end-ever"]["note"] == "At the end 12/32, at some look 30/32: not kept."
    assert points["n=2/m=4/average/end-ever"]["note"] == "At the end 12/32, at some look 30/32: not kept."
    assert points["n=2/m=4/cosine-constant/ever"]["note"].endswith("constant rate 30/32: no cost.")
    assert "n=2/m=4/best/end" not in points  # right on the boards by its choice
    assert "n=2/m=4/best-constant/end" not in points


def test_where_nobody_was_ever_right_it_stays_open():
    never = {"ever": 0, "end": 0, "certified": 0}
    few = {"ever": 4, "end": 4, "certified": 4}
    results = _results(plan_of("laptop"), constant=never | {"ever": 1}, cosine=never, linear=few)
    points = {point["id"]: point for point in Kept(PLAN, results).points()}
    assert points["kept/n=2/m=4/cosine/end-ever"]["note"].endswith("open.")
    assert points["kept/n=2/m=4/linear/end-ever"]["note"].endswith("open.")  # 4 of 32 are below the margin
    assert points["kept/n=2/m=4/cosine/stays"]["measured"] is None
    assert points["kept/n=2/m=4/cosine/ever"]["measured"] == 0


def test_gains_over_the_constant_rate_are_paired_and_corrected_over_all():
    points = _points()
    gain = points["n=2/m=4/cosine-constant/certified"]
    assert gain["measured"] == pytest.approx(18 / 32)
    assert gain["tests"] == 2 * (4 + 3)
    assert gain["p"] == pytest.approx(12 * 2 / 2**18)  # the best weights of both cells gain one more
    assert "cosine to zero 28/32, constant rate 10/32" in gain["note"]
    assert points["n=2/m=4/best-constant/certified"]["measured"] == pytest.approx(19 / 32)
    assert "29 of the 30 networks" in points["n=2/m=4/best/certified"]["note"]


def test_the_answer_tells_of_the_cell_whose_certificates_are_exact():
    said = Kept(PLAN).answer(Points(list(_points().values())))
    assert said.startswith("Of networks of 2 steps and m=4 at a constant rate, 30 of 32")
    assert "10 of 32" in said
    assert "28 of 32" in said
    assert "29 of 32" in said


@pytest.mark.thorough
def test_the_figure_shows_every_arm_of_the_widest_cells(tmp_path):
    figures = Kept(PAPER, _results(PAPER)).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["kept.svg"]
    rows = (tmp_path / "kept.csv").read_text().splitlines()
    assert len(rows) == 1 + 4 * (5 + 4 + 3)
