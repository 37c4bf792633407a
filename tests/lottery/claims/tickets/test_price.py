from functools import partial

import numpy as np
import pytest
from routes_outcomes import PLAN, SHRUNK, results_of

from lottery.claims.frame import lab, routes
from lottery.claims.frame.answers import Points
from lottery.claims.frame.small_networks import rivals
from lottery.claims.tickets.price import Price
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.statistics.restarts import resampled
from lottery.training.operations import of_update
from lottery.training.settings import TrainSettings

M8 = of_update(LifeNet(width=8), TrainSettings()).total


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(routes, "resampled", partial(resampled, resamples=199))  # 1999 take seconds


def points_of(rates, **more):
    claim = Price(PLAN, results_of(Price(PLAN), rates, **more))
    points = list(claim.points())
    return claim, {point["id"].removeprefix("price/"): point for point in points}, points


def test_a_try_that_fails_costs_its_budget_or_what_the_best_cutoff_leaves_of_it():
    _, points, _ = points_of({("width", 8): 0.5})
    whole, early = points["m=8/whole"], points["m=8/operations"]
    # Half of 20 networks succeed after 1,000 updates, the others never within 125,000.
    assert whole["measured"] == pytest.approx((1000 + 125_000) * M8 / 1e9)
    assert early["measured"] == pytest.approx(2 * 1000 * M8 / 1e9, rel=0.6)  # of halves that are not equally lucky
    assert whole["interval"][0] < whole["measured"] < whole["interval"][1]
    assert "10 of 20 tries succeeded within 125,000 updates" in early["note"]


def test_seconds_and_joules_follow_from_updates_and_the_joules_are_called_estimated():
    _, points, _ = points_of({})
    operations, seconds, joules = (points[f"m=8/{name}"]["measured"] for name in ("operations", "seconds", "joules"))
    per_update = 10.0 / (20 * 125_000)
    assert seconds == pytest.approx(operations * 1e9 / M8 * per_update)
    assert joules == pytest.approx(seconds * 2 * 10)
    assert "estimated" in points["m=8/joules"]["label"]


def test_pruning_pays_for_all_levels_before_the_last_and_the_ticket_alone_for_none():
    _, points, _ = points_of({"levels": 1.0, "snip": 1.0, "erk-one-shot": 1.0})
    assert points["20%/levels/whole"]["measured"] == pytest.approx((7 * 20_000 + 1000) * M8 / 1e9)
    assert points["10%/levels/whole"]["measured"] == pytest.approx((10 * 20_000 + 1000) * M8 / 1e9)
    assert points["20%/ticket/whole"]["measured"] == pytest.approx(1000 * M8 / 1e9)
    assert points["20%/at-once/whole"]["measured"] == pytest.approx((20_000 + 1000) * M8 / 1e9)
    assert points["20%/snip/whole"]["measured"] == pytest.approx((1 + 1000) * M8 / 1e9)
    skipped = float(points["20%/ticket/operations"]["note"].split("skipped: ")[1].split()[0])
    assert skipped == pytest.approx(0.2 * 1000 * M8 / 1e9, rel=0.15)


def test_where_nobody_succeeds_there_is_a_lower_bound_and_no_cost():
    claim, points, every = points_of({"snip": 0.0})
    assert "20%/snip/operations" not in points
    bound = points["20%/snip/at-least"]
    assert bound["measured"] == pytest.approx(20_001 / (1 - 0.05 ** (1 / 128)) * M8 / 1e9)
    assert "None of 128 tries succeeded" in bound["note"]
    assert claim.answer(Points(every))


def test_few_successes_leave_the_interval_open_and_say_where_it_begins():
    _, points, _ = points_of({"snip": 1 / 128})
    assert points["20%/snip/operations"]["interval"] is None
    assert "has no upper end" in points["20%/snip/operations"]["note"]


def test_shrinking_pays_dense_training_and_its_rounds_and_few_reach_the_fewest_parameters():
    _, points, _ = points_of({})
    mean = 20_000 + 2_000 * 25
    assert points["shrunk/any/whole"]["measured"] == pytest.approx(mean * M8 / 1e9)
    assert points["shrunk/15/whole"]["measured"] == pytest.approx(4 * mean * M8 / 1e9)
    _, points, _ = points_of({}, shrunk={**SHRUNK, "sizes": [20, 16, 30, 25]})
    assert not any(name.startswith("shrunk/15") for name in points)


@pytest.mark.parametrize(
    ("rates", "cheaper"),
    [({"levels": 1.0, ("small", 7): 0.9}, False), ({"levels": 1.0, ("small", 7): 1 / 128}, True)],
)
def test_the_ratio_says_what_is_cheaper_and_the_answer_tells_it(rates, cheaper):
    claim, points, every = points_of(rates)
    ratio = points["20%/levels-over-small"]
    shape = rivals(PLAN, 7)[0]
    assert (ratio["measured"] < 5) == cheaper  # seven levels against one success in 128
    assert f"against {parameter_count(PLAN.network(features=shape))}" in ratio["note"]
    said = claim.answer(Points(every))
    assert f"takes {ratio['measured']:.4g}" in said
    assert "The cheapest of all routes is this one: " in said


def test_without_a_success_there_is_no_ratio():
    claim, points, every = points_of({"levels": 0.0})
    assert points["20%/levels-over-small"]["measured"] is None
    assert "takes no number" in claim.answer(Points(every))


def test_all_points_are_new_and_every_route_is_drawn(tmp_path):
    claim, _, every = points_of({"snip": 0.0})
    assert {point["verdict"] for point in every} == {"new"}
    assert len({point["label"] for point in every}) == len(every)
    (figure,) = claim.drawn(tmp_path)
    drawn = figure.svg.with_suffix(".csv").read_text()
    assert all(route.label.split(",")[0] in drawn for route in claim.routes.values())
    assert ",,," in drawn  # a bound without a cost


def test_tickets_are_compared_with_networks_of_at_most_their_parameters():
    claim, _, _ = points_of({})
    for level in claim.levels:
        kept = claim.density(level)
        assert claim.routes[f"{kept}/small"].parameters <= claim.routes[f"{kept}/levels"].parameters
    assert claim.routes["m=1"].tries.budget == 125_000
    assert len(claim.routes["m=1"].tries.times) == 1024  # the sample of fixed size
    assert len(claim.routes["m=8"].tries.times) == 20
    assert lab.widths(PLAN)[0] == 8
    assert np.isfinite(claim.routes["m=1"].whole)
