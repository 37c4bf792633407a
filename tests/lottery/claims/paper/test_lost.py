"""The claim about what deep networks learn and lose, on made-up outcomes."""

from functools import lru_cache

import numpy as np
import pytest

from gol.errors import InputError
from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.watching import stayed
from lottery.claims.paper.depth import Depth
from lottery.claims.paper.lost import Lost, at_most_half
from lottery.report.figures.life_of_a_network import life_of_a_network
from lottery.report.points import check_points

PLAN = plan_of("paper")
LOOKS, EVERY, ALL = 500, 250, 64
COURSE = {"network": 3, "log10_loss": [-1.0, None], "wrong": [0, 70]}


def _outcomes(ever, end, dead=0):
    """The first networks are right at the end, the first `ever` once; who loses it does so at the very next look."""
    once = [i < ever for i in range(ALL)]
    last = [i < end for i in range(ALL)]
    return {
        "parameters": 300,
        "looks": LOOKS,
        "check_every": EVERY,
        "first_right": [250 * 100 if it else -1 for it in once],
        "right_looks": [(401 if is_last else 1) if it else 0 for it, is_last in zip(once, last, strict=True)],
        "losses_of_it": [int(it and not is_last) for it, is_last in zip(once, last, strict=True)],
        "longest_wrong_after": [100_000 * (it and not is_last) for it, is_last in zip(once, last, strict=True)],
        "right_at_end": last,
        "solved_at_end": last,
        "kind": "sampled",
        "all_dead_at_end": [end <= i < end + dead for i in range(ALL)],
        "constant_wide": [2 * (not is_last) for is_last in last],
        "course_updates": [62_500, 125_000],
        "courses": [COURSE] if ever > end else [],
        "seconds": 1.0,
    }


def _results(constant, cosine=(60, 60), plan=PLAN):
    made = {"constant": constant, "cosine": cosine}
    return {piece.name: _outcomes(*made[key[-1]]) for key, piece in Lost(plan).pieces().items()}


@lru_cache
def _points(*made, plan=PLAN):
    points = list(Lost(plan, _results(*made, plan=plan)).points())
    check_points(points)
    return {point["id"].removeprefix("lost/"): point for point in points}


def test_schedules_share_replicates_and_cells_do_not():
    pieces = Lost(PLAN).pieces()
    assert len(pieces) == 2 * 4 * 6
    for steps, width in Lost(PLAN).cells:
        constant, cosine = (pieces[steps, width, schedule].settings for schedule in ("constant", "cosine"))
        assert constant["replicates"] == cosine["replicates"]
        assert constant["network"] == cosine["network"]
        assert cosine["training"] == {**constant["training"], "schedule": "cosine", "final_rate": 0.0}
    starts = {tuple(piece.settings["replicates"]) for piece in pieces.values()}
    assert len(starts) == len(Lost(PLAN).cells)
    assert starts.isdisjoint(tuple(piece.settings["replicates"]) for piece in Depth(PLAN).needed())


def test_nobody_leaves_and_everybody_is_looked_at_every_250_updates():
    for preset in ("laptop", "paper"):
        for piece in Lost(plan_of(preset)).needed():
            assert piece.kind == "watched"
            assert piece.updates == {"laptop": 32, "paper": 64}[preset] * 125_000
            assert not {"stop_when_solved", "check_every", "updates"} & set(piece.settings["training"])  # the defaults


def test_the_published_line_is_reproduced_where_the_whole_interval_lies_at_or_below_one_half():
    assert at_most_half((24, 64)) == "reproduced"  # up to 49.7 %
    assert at_most_half((25, 64)) == "undecided"  # up to 51.3 %
    assert at_most_half((64, 64)) == "undecided"


def test_a_rate_wholly_above_one_half_contradicts_nothing_and_says_why():
    above, around = (_points(made)["n=3/m=8/constant/end"] for made in ((60, 60), (40, 32)))
    assert above["verdict"] == around["verdict"] == "undecided"
    assert "not all of the paper's settings are known" in above["note"]
    assert "settings are known" not in around["note"]


def test_only_three_steps_or_more_at_a_constant_rate_have_a_verdict():
    points = _points((60, 10))
    judged = {name for name, point in points.items() if point["verdict"] != "new"}
    assert judged == {f"n={n}/m={m}/constant/end" for n in (3, 4, 5) for m in (1, 2, 4, 8, 16, 24)}
    assert {points[name]["verdict"] for name in judged} == {"reproduced"}
    assert all(points[name]["second_hand"] and points[name]["expected"] == "at most half" for name in judged)


def test_a_laptop_has_one_cell_at_the_constant_rate():
    plan = plan_of("laptop", replicates=64)
    assert list(Lost(plan).pieces()) == [(3, 8, "constant")]
    points = _points((60, 10), plan=plan)
    assert not any("cosine" in name for name in points)


def test_a_short_budget_gives_no_verdict():
    points = _points((0, 0), (0, 0), plan=plan_of("paper", updates=1000))
    assert points["n=3/m=8/constant/end"]["verdict"] == "undecided"


def test_of_those_that_were_ever_right_the_rest_is_counted_with_its_dead():
    points = _points((40, 10, 5))
    given = points["n=3/m=8/constant/end-given-ever"]
    assert (given["successes"], given["trials"]) == (10, 40)
    assert "30 are not, and 5 of these call every cell dead" in given["note"]
    assert "those that are not have on average 2.0 units" in given["note"]
    stays = points["n=3/m=8/constant/stays"]
    assert stays["measured"] == pytest.approx(10 / 40)
    assert "30 lost it once at least, 30 times in all" in stays["note"]
    assert "a median of 100,000 and a maximum of 100,000 updates" in stays["note"]


def test_networks_that_were_never_right_have_nothing_to_lose():
    points = _points((0, 0))
    assert points["n=3/m=8/constant/end-given-ever"]["measured"] is None
    assert "n=3/m=8/constant/stays" not in points
    assert points["n=3/m=8/constant/ever"]["measured"] == 0


def test_the_share_of_right_looks_leaves_the_first_out_and_needs_one_after_it():
    shares = stayed(np.array([-1, 250, 500, 1000]), np.array([0, 4, 2, 1]), looks=4, every=250)
    assert shares.tolist() == [1.0, 0.5]


def test_schedules_are_compared_in_pairs_and_corrected_over_all():
    points = _points((60, 10))
    end, ever = (points[f"n=3/m=8/cosine-constant/{look}"] for look in ("end", "ever"))
    assert end["measured"] == pytest.approx(50 / 64)
    assert ever["measured"] == 0
    assert end["tests"] == ever["tests"] == 48
    assert end["p"] == pytest.approx(48 * 2 / 2**50)
    assert "cosine 60/64, constant 10/64" in end["note"]


@pytest.mark.thorough
def test_the_figures_show_all_rates_and_the_life_of_one_network(tmp_path):
    figures = Lost(PLAN, _results((60, 10))).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["lost.svg", "lost-life.svg"]
    rows = (tmp_path / "lost.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * 24 * 2
    assert (tmp_path / "lost-life.csv").read_text().splitlines()[1:] == ["62500,0.1,0", "125000,,70"]
    assert "n=5, m=24" in figures[1].caption
    assert len(Lost(PLAN, _results((60, 60))).drawn(tmp_path)) == 1  # nobody lost it


def test_a_life_without_values_is_refused():
    with pytest.raises(InputError, match="one or more"):
        life_of_a_network([], [], [])
