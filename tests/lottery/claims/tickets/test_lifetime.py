from functools import partial

import pytest
from routes_outcomes import PLAN, SHRUNK, results_of

from lottery.claims.frame import routes
from lottery.claims.frame.answers import Points
from lottery.claims.tickets.lifetime import FEWEST_CELLS, Lifetime, cheapest, crossing
from lottery.statistics.restarts import resampled


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(routes, "resampled", partial(resampled, resamples=199))  # 1999 take seconds


def points_of(rates, **more):
    claim = Lifetime(PLAN, results_of(Lifetime(PLAN), rates, **more))
    points = list(claim.points())
    return claim, {point["id"].removeprefix("lifetime/"): point for point in points}, points


def test_a_line_crosses_another_where_its_flatter_slope_has_paid_for_its_beginning():
    assert crossing((10.0, 5.0), (110.0, 3.0)) == 50
    assert crossing((10.0, 5.0), (5.0, 3.0)) == 0
    assert crossing((10.0, 3.0), (110.0, 5.0)) == float("inf")
    assert crossing((10.0, 3.0), (110.0, 3.0)) == float("inf")
    assert crossing((10.0, 3.0), (5.0, 3.0)) == 0


def test_the_cheapest_lines_are_those_of_the_lower_envelope():
    lines = {"steep": (1e3, 100.0), "never": (1e9, 60.0), "middle": (1e6, 50.0), "flat": (1e9, 10.0)}
    found = cheapest(lines)
    assert [name for name, _ in found] == ["steep", "middle", "flat"]
    starts = [start for _, start in found]
    assert starts == pytest.approx([FEWEST_CELLS, (1e6 - 1e3) / 50, (1e9 - 1e6) / 40])
    for name, start in found:
        for cells in (1.01 * start, 1.2 * start):
            costs = {one: begin + slope * cells for one, (begin, slope) in lines.items()}
            assert min(costs, key=costs.__getitem__) == name


def test_what_is_flattest_but_beyond_all_cells_is_no_part_of_it():
    assert [name for name, _ in cheapest({"one": (1.0, 2.0), "other": (1e30, 1.0)})] == ["one"]


def test_a_network_that_is_hard_to_find_pays_if_it_is_used_often_enough():
    claim, _, every = points_of({("small", 7): 1.0, ("small", 10): 0.3, ("fresh", 1): 0.05})
    names = [point["label"].split(": ", 1)[1] for point in every if "cheapest/sparse" in point["id"]]
    assert names[0].startswith("a small dense network")
    assert names[-1] == "a network of m=8 shrunk to 15 parameters"
    starts = [point["measured"] for point in every if "cheapest/sparse" in point["id"]]
    assert starts == sorted(starts)
    said = claim.answer(Points(every))
    assert "never the cheapest" in said
    assert " on it is a network of m=8 shrunk to 15 parameters." in said


def test_a_pruned_network_is_said_to_be_cheapest_where_it_is():
    rates = {("small", 7): 0.0, ("small", 10): 0.0, "levels": 1.0, "snip": 0.0, "erk-snip": 0.0, "erk-one-shot": 0.0}
    rates |= {("width", m): 0.0 for m in PLAN.widths if m != 8} | {("fresh", 1): 0.0, ("fresh", 3): 0.0}
    claim, points, every = points_of(rates, shrunk={**SHRUNK, "weights": [90] * 4, "sizes": [95] * 4})
    assert "is one of these" in claim.answer(Points(every))
    assert points["pays/20%/small"]["measured"] is None
    assert "Never certified: 20 %: small dense network" in points["pays/20%/small"]["note"]


def test_pruning_pays_against_its_dense_network_and_only_if_zeros_are_skipped():
    claim, points, _ = points_of({"levels": 1.0, ("width", 8): 1.0})
    dense, pruned = claim.routes["m=8"], claim.routes["20%/levels"]
    paid = points["pays/20%/dense"]
    more = pruned.cut * pruned.operations - dense.cut * dense.operations
    assert paid["measured"] == pytest.approx(more / (dense.per_cell - pruned.per_cell))
    assert paid["interval"][0] <= paid["measured"] <= paid["interval"][1]
    assert not any(
        "level by level" in one["label"] for name, one in points.items() if name.startswith("cheapest/dense")
    )


def test_where_no_network_was_ever_certified_nothing_is_cheapest_and_nothing_is_drawn(tmp_path):
    every_piece = dict.fromkeys(Lifetime(PLAN).pieces(), 0.0) | {"reinit": 0.0}
    claim, _, every = points_of(every_piece, shrunk={**SHRUNK, "rounds": [], "sizes": [], "weights": []})
    assert claim.lives == {}
    assert {point["measured"] for point in every} == {None}
    assert "numbers were measured" in claim.answered(every)
    assert claim.drawn(tmp_path) == []


def test_masks_that_are_known_beforehand_are_no_route_of_their_own():
    claim, _, _ = points_of({})
    assert not any(name.endswith(("/ticket", "/mask")) for name in claim.lives)


def test_all_points_are_new_and_the_figure_has_two_panels(tmp_path):
    claim, _, every = points_of({})
    assert {point["verdict"] for point in every} == {"new"}
    assert len({point["label"] for point in every}) == len(every)
    (figure,) = claim.drawn(tmp_path)
    drawn = figure.svg.with_suffix(".csv").read_text()
    assert "All operations" in drawn
    assert "Over the cheapest" in drawn
