"""The claim about planted tickets on made-up outcomes, and tiny runs of its pieces."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.planted import WORDS, PlantedTicket
from lottery.experiments import planted as plants
from lottery.experiments.planted import AT_INIT, TRUTH, Setting

PLAN = plan_of("laptop", replicates=10)
TINY = {"batch": 4, "board": 8, "bank_boards": 64, "bank_updates": 100, "check_every": 50, "group": 8}


def _row(method, recalled, *, known=False, certified=0, trained=None):
    row = {
        "method": method,
        "known": known,
        "recalled": recalled,
        "recalled_in": {"block0_3x3": sum(recalled), "block0_1x1": 0, "readout": 0},
        "kept_in": {"block0_3x3": 210, "block0_1x1": 0, "readout": 0},
        "certified": [int(index < certified) for index in range(10)],
        "trained": None if trained is None else [int(index < trained) for index in range(10)],
    }
    return {**row, "cut": [0] * 10} if method in ("imp", "oneshot") else row


def _results(**whole):
    """Of each method, the networks in which it recovers the plant at the headline."""
    results = {}
    claim = PlantedTicket(PLAN)
    for (setting, route), piece in claim.pieces().items():
        at_headline = setting == claim.judged
        trained = 3 if piece.settings["retrain"] else None

        def recalled(method, at_headline=at_headline):
            count = whole.get(method, 0) if at_headline else 0
            return [21] * count + [7] * (10 - count)

        methods = {"init": AT_INIT, "trained": ("imp", "oneshot"), "popup": ("popup",)}[route]
        rows = [_row(method, recalled(method), known=method == "popup", trained=trained) for method in methods]
        if route == "init":
            rows += [_row(method, [14] * 10, known=True) for method in methods]
            rows.append(_row(TRUTH, [21] * 10, known=True, certified=9, trained=trained))
        results[piece.name] = {"prunable": 280, "rows": rows, "seconds": 1.0}
    return results


def _points(results):
    return {point["id"].removeprefix("planted/"): point for point in PlantedTicket(PLAN, results).points()}


def test_a_method_misses_the_plant_if_it_recovers_it_in_clearly_less_than_half():
    points = _points(_results(imp=4, snip=10))
    assert points["recovered/magnitude"]["verdict"] == "reproduced"
    assert points["recovered/imp"]["verdict"] == "undecided"
    assert points["recovered/snip"]["verdict"] == "contradicted"
    assert (points["recovered/imp"]["successes"], points["recovered/imp"]["trials"]) == (4, 10)
    assert "mean 12.6 of 21 (by chance 1.6)" in points["recovered/imp"]["note"]
    assert points["recovered-told/snip"]["successes"] == 0
    assert "Mean 14.0" in points["recovered-told/snip"]["note"]


def test_what_training_makes_of_it_is_told_beside_what_was_there_before():
    points = _points(_results())
    assert points["trained/imp"]["successes"] == 3
    assert "matched, noise 0.1: trained 3, untrained 0" in points["trained/imp"]["note"]
    assert points[f"trained/{TRUTH}"]["note"].count("untrained 9, recovered whole 10") == 2
    assert points["plant/m=8/matched/noise=0.1"]["successes"] == 9
    assert "edge-popup" not in points["plant/m=4/matched/noise=0"]["note"]
    assert f"{WORDS['snip']} 33%" in points["plant/m=4/matched/noise=0"]["note"]


def test_figures_hold_every_method_and_leave_empty_what_was_not_run(tmp_path):
    figures = PlantedTicket(PLAN, _results(imp=4)).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["planted.svg", "planted-kept.svg"]
    with (tmp_path / "planted.csv").open() as file:
        rows = {(row["series"], row["name"]): float(row["rate"]) for row in csv.DictReader(file)}
    assert rows["all layers ranked together", WORDS["imp"]] == pytest.approx((4 * 21 + 6 * 7) / 210)
    assert f"Networks with the whole plant: {WORDS['imp']} 4." in figures[0].caption
    assert ("told the layers", WORDS["imp"]) not in rows
    with (tmp_path / "planted-kept.csv").open() as file:
        cells = {(row["row"], row["group"], row["column"]): float(row["share"]) for row in csv.DictReader(file)}
    assert len(cells) == 3 * 3 * len(AT_INIT)
    assert {column for _, _, column in cells} == {"noise 0", "noise 0.3", "as written"}


def test_the_headline_is_computed_first_and_in_full():
    claim = PlantedTicket(PLAN)
    pieces = claim.needed()
    assert len(pieces) == len(claim.pieces()) == len(claim.settings) + 2 * 2
    assert [piece.settings["route"] for piece in pieces[:3]] == list(plants.ROUTES)
    assert (pieces[0].settings["scale"], pieces[0].settings["noise"]) == ("matched", 0.0)
    assert not any(piece.settings["retrain"] for piece in pieces[6:])


@pytest.fixture(scope="module")
def tiny():
    plan = plan_of("smoke", **TINY)
    return lambda route, retrain, **more: plants.planted_piece(
        "tiny",
        Setting(2, "matched", 0.0),
        plan.network(2),
        plan.training(50),
        seed=0,
        replicates=range(2),
        route=route,
        retrain=retrain,
        **more,
    )


@pytest.mark.thorough
def test_every_way_of_pruning_keeps_as_many_weights_as_are_planted(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(plants, "AT_INIT", ("random", "magnitude"))  # the other criteria have tests of their own
    plan = plan_of("smoke", **TINY)
    pieces = [tiny("init", True), tiny("trained", True, levels=2)]
    pieces.append(tiny("popup", False, scores=plan.training(50, learning_rate=0.1)))
    for piece in pieces:
        outcomes = plants.run(piece.settings, tmp_path / piece.settings["route"], lambda share, words: None)
        assert outcomes["prunable"] == 18 * 2 + 8 + 2
        for row in outcomes["rows"]:
            assert sum(row["kept_in"].values()) == 2 * 21
            assert sum(row["recalled"]) == sum(row["recalled_in"].values())
            assert len(row["certified"]) == 2
            if row["known"]:
                assert row["kept_in"] == {"block0_3x3": 36, "block0_1x1": 4, "readout": 2}
            if row["method"] == TRUTH:
                assert row["recalled"] == [21, 21]
                assert row["certified"] == [1, 1]
    methods = [row["method"] for row in outcomes["rows"]]
    assert methods == ["popup"]
    assert outcomes["rows"][0]["trained"] is None


@pytest.mark.thorough
def test_a_replicate_is_planted_the_same_alone(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(plants, "AT_INIT", ("random", "magnitude"))
    piece = tiny("init", False)
    alone = replace(piece, settings={**piece.settings, "replicates": [1, 2]})
    both, one = (plants.run(p.settings, tmp_path, lambda share, words: None)["rows"] for p in (piece, alone))
    for together, single in zip(both, one, strict=True):
        assert np.array_equal(together["recalled"][1:], single["recalled"])
