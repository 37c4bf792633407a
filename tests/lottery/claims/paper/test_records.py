import csv
from pathlib import Path

import pytest

from lottery.analysis.fifteen_parameters import architecture, from_numbers, numbers_of
from lottery.certificates.certificate import certify
from lottery.claims.frame.plan import plan_of
from lottery.claims.paper.records import Records
from lottery.networks.handmade import handmade_parameters, smallest_parameters, sparsest_parameters
from lottery.report.figures.cumulative_steps import Reached, cumulative_steps
from lottery.runs.files import read_json

PLAN = plan_of("laptop")
REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "pieces"


def _outcomes(params=None, sizes=(17, 24, 30)):
    sizes = list(sizes) if params is not None else []
    certificate = None if params is None else certify(params)
    return {
        "trials": 64,
        "certified": len(sizes),
        "replicates": list(range(len(sizes))),
        "begun": [50] * len(sizes),
        "sizes": sizes,
        "weights": [size - 4 for size in sizes],
        "biases": [4] * len(sizes),
        "architectures": ["(1, 2): 9 + 2 + 2 weights, 1 + 2 + 1 biases"] * len(sizes),
        "record": None
        if params is None
        else {
            "replicate": 7,
            "way": [50, 17],
            "certificate": {"kind": certificate.kind, "margin": certificate.margin},
            "parameters": numbers_of(params),
        },
        "seconds": 1.0,
    }


def _results(plan=PLAN, **found):
    pieces = Records(plan).pieces()
    return {piece.name: found.get(start.replace("=", ""), _outcomes()) for start, piece in pieces.items()}


def _points(plan=PLAN, **found):
    return {point["id"].removeprefix("records/"): point for point in Records(plan, _results(plan, **found)).points()}


def test_the_minimum_is_that_of_the_smallest_certified_network():
    points = _points(a2b4=_outcomes(smallest_parameters()))
    assert points["minimum"]["verdict"] == "new"
    assert points["minimum"]["measured"] == 15
    assert "come down to 17 (search from (2, 4), seed 0, replicate 7" in points["minimum"]["note"]
    assert "B1 = relu(-2 A1 + 1)" in points["minimum"]["note"]
    assert points["search/a2b4"]["measured"] == 17
    assert "2 are below 25" in points["search/a2b4"]["note"]
    assert points["search/m=1"]["measured"] is None


def test_a_record_that_is_not_certified_is_none():
    wrong = handmade_parameters()
    wrong["readout"]["bias"][:] = 0
    points = _points(a2b4=_outcomes(wrong))
    assert points["search/a2b4"]["measured"] is None
    assert "The search has found none" in points["minimum"]["note"]


def test_the_lower_bound_is_told_where_its_premises_hold():
    assert _points()["lower-bound"]["measured"] == 15
    points = _points(plan_of("laptop", rule="B3/S3"))
    assert points["lower-bound"]["measured"] is None
    assert points["hand/15"]["measured"] is None
    assert points["minimum"]["measured"] is None


def test_networks_by_hand_have_their_numbers():
    points = _points()
    assert {name for name in points if name.startswith("hand/")} == {"hand/15", "hand/17", "hand/24"}
    assert "logit = 80 B1 - 160 B2 - 180" in points["hand/15"]["note"]


def test_the_table_is_sorted_by_size():
    found = Records(PLAN, _results(m1=_outcomes(handmade_parameters()))).entries
    assert [architecture(entry.parameters).nonzero for entry in found] == [15, 17, 24, 24]


def test_searches_are_independent_of_each_other():
    numbers = [piece.settings["replicates"] for piece in Records(PLAN).needed()]
    taken = [number for first, last in numbers for number in range(first, last)]
    assert len(taken) == len(set(taken))


def test_the_figures_show_the_records(tmp_path):
    shown = Records(PLAN, _results(a2b4=_outcomes(sparsest_parameters()))).drawn(tmp_path)
    assert len(shown) == 2
    rows = list(csv.DictReader((tmp_path / "records.csv").read_text().splitlines()))
    values = [float(row["value"]) for row in rows if row["network"] == "search from (2, 4): 15"]
    assert len(values) == 15
    assert -180.0 in values
    rows = list(csv.DictReader((tmp_path / "records-sizes.csv").read_text().splitlines()))
    assert (rows[0]["series"], rows[0]["at"], rows[0]["networks"]) == ("(2, 4)", "17", "1")
    assert len(Records(PLAN, _results()).drawn(tmp_path)) == 1


def test_steps_end_below_one_where_some_never_get_there():
    _, rows = cumulative_steps(
        [Reached("x", [20, 20, 30], 6), Reached("none", [], 6)], xlabel="n", ylabel="s", ticks=(10, 20, 100)
    )
    assert [(row["at"], row["share"]) for row in rows] == [(20, 2 / 6), (30, 3 / 6), (100, 0.0)]


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("folder", sorted(REFERENCE.glob("records-*")), ids=lambda path: path.name)
def test_the_committed_records_are_certified_again(folder):
    outcomes = read_json(folder / "outcomes.json")
    if outcomes["record"] is None:
        pytest.skip("this search found none")
    params = from_numbers(outcomes["record"]["parameters"])
    certificate = certify(params)
    assert (certificate.exact, certificate.correct) == (True, True)
    assert certificate.margin == pytest.approx(outcomes["record"]["certificate"]["margin"], rel=1e-4)
    assert architecture(params).nonzero == min(outcomes["sizes"]) >= 15
