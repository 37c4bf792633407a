"""The claim about the smallest network, on made-up outcomes, and the records that are kept in the repository."""

import json
from pathlib import Path

import pytest

from lottery.certificates import certify
from lottery.claims import records
from lottery.handmade import handmade_parameters, sparsest_parameters
from lottery.presets import plan_of
from lottery.sparsest import FEWEST, architecture, from_numbers, numbers_of

PLAN = plan_of("laptop")
KEPT = sorted((Path(__file__).parents[2] / "docs" / "reference" / "pieces").glob("records-*/outcomes.json"))


def _outcomes(params, size):
    record = {"replicate": 3, "way": [24, size], "parameters": numbers_of(params)}
    return {
        "trials": 8, "certified": 2, "replicates": [3, 5], "begun": [24, 24], "sizes": [size, 24],
        "weights": [size - 3, 21], "biases": [3, 3], "architectures": [architecture(params).words] * 2,
        "record": record, "seconds": 1.0,
    }  # fmt: skip


def _nothing():
    return {"trials": 8, "certified": 0, "replicates": [], "sizes": [], "record": None, "seconds": 1.0}


def _results(params=None, size=24):
    found = _nothing() if params is None else _outcomes(params, size)
    return {records.search_piece(PLAN, start).name: found for start in records.starts(PLAN)}


def _points(*args):
    return {point["id"].removeprefix("records/"): point for point in records.points(PLAN, _results(*args))}


def test_the_table_holds_the_networks_by_hand_and_the_smallest_of_each_search():
    points = _points(handmade_parameters())
    assert points["minimum"]["measured"] == FEWEST
    assert points["minimum"]["verdict"] == "contradicted"
    assert points["lower-bound"]["measured"] == FEWEST
    assert {name for name in points if name.startswith("hand/")} == {"hand/15", "hand/17", "hand/24"}
    assert points["search/m=1"]["measured"] == 24
    assert "replicate 3, seed 0" in points["search/m=1"]["note"]


def test_a_record_is_certified_again_and_a_wrong_one_is_none():
    wrong = sparsest_parameters()
    wrong["readout"]["bias"][:] = 0
    assert _points(wrong, 14)["search/m=1"]["measured"] is None
    assert _points(wrong, 14)["minimum"]["measured"] == FEWEST


def test_searches_without_a_certified_network_say_so():
    points = _points()
    assert points["search/m=1"]["measured"] is None
    assert "The search has found none." in points["minimum"]["note"]


def test_a_network_is_told_in_words():
    words = records.in_words(sparsest_parameters())
    assert words.startswith("A1 = relu(1 1 1 / 1 0.5 1 / 1 1 1 on the cells); ")
    assert words.endswith("logit = 80 B1 - 160 B2 - 180.")


def test_figures_show_the_sparsest_and_how_far_searches_came(tmp_path):
    drawn = records.figures(PLAN, _results(handmade_parameters()), tmp_path)
    assert [figure.claim for figure in drawn] == ["records", "records"]
    assert len(records.figures(PLAN, _results(), tmp_path)) == 1


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.parent.name)
def test_the_records_that_are_kept_are_certified(path):
    outcomes = json.loads(path.read_text())
    if outcomes["record"] is None:
        assert outcomes["sizes"] == []
        return
    params = from_numbers(outcomes["record"]["parameters"])
    certificate = certify(params)
    assert certificate.exact
    assert certificate.correct
    assert architecture(params).nonzero == min(outcomes["sizes"]) >= FEWEST
