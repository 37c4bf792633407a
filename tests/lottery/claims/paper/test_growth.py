import json
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lottery.claims.frame.answers import Points
from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import growth
from lottery.claims.paper.growth import CARD, PROCESSOR, Growth
from lottery.networks.lifenet import LifeNet
from lottery.statistics.restarts import resampled
from lottery.training.operations import of_update
from lottery.training.settings import TrainSettings

PLAN = plan_of("laptop")
DOCS = Path(__file__).parents[4] / "docs"


def results_of(updates_of, successes_of=lambda n, m: 1.0, refuted=()):
    """Outcomes in which the share successes_of(n, m) of every cell succeeds after updates_of(n, m) updates."""
    found = {}
    for (n, m, _), piece in Growth(PLAN).pieces().items():
        trials = len(range(*piece.settings["replicates"]))
        won = round(successes_of(n, m) * trials)
        found[piece.name] = {
            "first_solved": [round(updates_of(n, m)) if i < won else -1 for i in range(trials)],
            "wrong_at_end": [(n, m) in refuted] * trials,
            "seconds": 1.0,
        }
    return found


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(growth, "resampled", partial(resampled, resamples=199))  # 1999 take seconds


def points_of(*args, **more):
    claim = Growth(PLAN, results_of(*args, **more))
    points = list(claim.points())
    return claim, {point["id"].removeprefix("growth/"): point for point in points}, points


def test_the_exponents_are_those_of_the_outcomes():
    _, points, _ = points_of(lambda n, m: 24_000 * n**1.5 / m**0.5)
    assert points["m/n=1/updates"]["measured"] == pytest.approx(-0.5, abs=0.01)
    assert points["m/n=2/updates"]["measured"] == pytest.approx(-0.5, abs=0.01)
    assert points["n/m=8/updates"]["measured"] == pytest.approx(1.5, abs=0.01)
    of_one = points["m/n=1/operations-of-an-update"]["measured"]
    assert points["m/n=1/operations"]["measured"] == pytest.approx(of_one - 0.5, abs=0.01)
    assert 1 < of_one < 2  # between the weights of the first layer, as m, and of the second, as m squared


def test_exponents_in_width_are_of_widths_at_which_all_succeed_and_the_cheapest_width_counts_failures():
    _, points, _ = points_of(lambda n, m: 1000, lambda n, m: 0.1 if m < 5 else 1.0)
    assert points["m/n=1/updates"]["measured"] == pytest.approx(0, abs=0.01)
    assert "Over m = 5, 6, 8, 12, 16, 24" in points["m/n=1/updates"]["note"]
    assert points["cheapest-width/n=1"]["measured"] == 5
    low, high = points["cheapest-width/n=1"]["interval"]
    assert low <= 5 <= high


def test_a_network_that_was_refuted_later_is_no_success():
    claim, points, _ = points_of(lambda n, m: 1000, refuted={(3, 16), (3, 8)})
    assert claim.updates[3, 16] == float("inf")
    assert "n = 1, 2 at m=8" in points["n/m=8/updates"]["note"]


def test_where_hardly_anybody_succeeds_there_are_no_exponents_and_the_default_is_said():
    claim, points, every = points_of(lambda n, m: 1000, lambda n, m: 0.2)
    assert not any(name.startswith(("m/", "n/")) for name in points)
    assert "numbers were measured" in claim.answered(every)


def test_where_one_depth_succeeds_the_answer_leaves_depth_out():
    claim, _, every = points_of(lambda n, m: 1000, lambda n, m: 1.0 if n == 1 else 0.0)
    assert "depth" not in claim.answer(Points(every))
    claim, _, every = points_of(lambda n, m: 1000)
    assert "with depth n to the power" in claim.answer(Points(every))


def test_the_speeds_of_the_processor_are_those_of_the_benchmark():
    rows = json.loads((DOCS / "bench" / "train.json").read_text())
    best = {}
    for row in rows:
        if row["implementation"] == "gol-lottery":
            cell = row["steps"], row["width"]
            best[cell] = max(best.get(cell, 0), row["updates_per_second"])
    assert PROCESSOR.speeds == {cell: pytest.approx(speed, rel=1e-3) for cell, speed in best.items()}


def test_the_speeds_of_the_card_are_those_of_its_table():
    text = (DOCS / "engine.md").read_text()
    rows = re.findall(r"^\| (\d), (\d+) \|(?:[^|\n]*\|){5} ([\d,]+) (?:\* )?\|", text, re.MULTILINE)
    assert CARD.speeds == {(int(n), int(m)): int(speed.replace(",", "")) for n, m, speed in rows}
    card = json.loads((DOCS / "bench" / "card-h200.json").read_text())
    for row in card:
        if found := re.fullmatch(r"n=(\d), m=(\d+), 64 networks", row["size"]):
            assert CARD.speeds[int(found[1]), int(found[2])] == pytest.approx(row["speed"], rel=1e-3)


def test_a_machine_takes_its_own_speed_where_it_was_measured_and_the_nearest_rate_elsewhere():
    for machine in (PROCESSOR, CARD):
        for cell, speed in machine.speeds.items():
            assert machine.seconds(*cell) == pytest.approx(1 / speed)
    net = {m: of_update(LifeNet(steps=5, width=m), TrainSettings()).total for m in (23, 24)}
    assert CARD.seconds(5, 23) / CARD.seconds(5, 24) == pytest.approx(net[23] / net[24])


def test_the_grid_is_the_sum_of_its_cells():
    _, points, _ = points_of(lambda n, m: 1000)
    assert points["grid/operations"]["measured"] == pytest.approx(
        64
        * 125_000
        * sum(
            of_update(LifeNet(steps=n, width=m), TrainSettings(), on_boards=True).total
            for n in range(1, 6)
            for m in range(1, 25)
        )
        / 1e15
    )
    days = points["grid/processor/days"]["measured"]
    assert points["grid/processor/kwh"]["measured"] == pytest.approx(days * 24 * 0.020)
    assert points["grid/card/days"]["measured"] < days
    assert points["grid/cluster/hours"]["measured"] >= 24 * points["grid/card/days"]["measured"] / 100


def test_all_points_are_new_and_both_panels_are_drawn(tmp_path):
    claim, _, every = points_of(lambda n, m: 1000 * n, lambda n, m: 0.5)
    assert {point["verdict"] for point in every} == {"new"}
    assert len({point["label"] for point in every}) == len(every)
    (figure,) = claim.drawn(tmp_path)
    drawn = figure.svg.with_suffix(".csv").read_text()
    assert "Updates until a success,n=3" in drawn
    assert not any(np.isinf(number) for one in claim.cells for number in [claim.updates[one]])
