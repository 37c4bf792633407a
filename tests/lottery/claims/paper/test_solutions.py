"""The claim about solutions on made-up outcomes, and one tiny run of its pieces."""

import csv
from collections import Counter

import pytest

from lottery.analysis.algorithms import normal_form
from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import solutions
from lottery.claims.paper.solutions import Solutions
from lottery.experiments import solutions as solved
from lottery.networks.handmade import handmade_parameters
from lottery.runs.files import read_arrays
from lottery.statistics.rates import wilson

PLAN = plan_of("laptop")
OWN = solved.describe([normal_form(handmade_parameters())])
CURVES = {
    "rise-fall": OWN["curves"][0],
    "two-alarms": [0, 1, 3, 3, 0.5, 0.5, 0.25],
    "mirror": [0, 1, 4, 3, 0.25, 0.75, -0.125],
}
INITIAL = {"rise-fall/life": 250, "two-alarms/death": 500, "impossible/life": 1250, "impossible/death": 48}


def _outcomes(begun="two-alarms/death", **counts):
    names = [name.replace("_", "-").replace("0", "/") for name, k in counts.items() for _ in range(k)]
    return {
        "names": names,
        "variants": [OWN["variants"][0] if name == "rise-fall/life" else f"{name}: other" for name in names],
        "groups": {"rise-fall": [1], "two-alarms": [], "mirror": [], "impossible": []},
        "spread": [0.001] * len(names),
        "curves": [CURVES.get(name.split("/")[0], CURVES["mirror"]) for name in names],
        "begun_as": [begun] * len(names),
        "first_solved": [250] * len(names),
        "initial": INITIAL,
        "trials": 2048,
        "seconds": 1.0,
    }


def _results(**changed):
    usual = _outcomes(two_alarms0death=80, rise_fall0life=8, mirror0life=2)
    return {piece.name: changed.get(arm, usual) for arm, piece in Solutions(PLAN).pieces().items()}


def _points(results):
    return {point["id"].removeprefix("solutions/"): point for point in Solutions(PLAN, results).points()}


def test_nothing_is_published_on_algorithms_so_every_point_is_new():
    assert {point["verdict"] for point in _points(_results()).values()} == {"new"}


def test_one_network_outside_the_three_is_counted():
    point = _points(_results(he=_outcomes(two_alarms0life=10, impossible0life=1)))["three"]
    assert (point["successes"], point["trials"]) == (280, 281)


def test_the_handmade_algorithm_has_an_interval_for_all_arms_together():
    points = _points(
        _results(
            he=_outcomes(rise_fall0life=30, rise_fall0death=40, mirror0life=10),
            pytorch=_outcomes(rise_fall0life=10, two_alarms0death=20),
        )
    )
    assert points["handmade/he"]["successes"] == 70
    together = wilson(70, 80, confidence=1 - 0.05 / 4)
    assert f"{100 * together.low:.1f} to {100 * together.high:.1f} % for all arms" in points["handmade/he"]["note"]
    assert points["handmade-variant"]["successes"] == 30 + 10 + 8 + 8


def test_initial_signs_are_compared_over_all_networks_solved_or_not():
    point = _points(_results())["initial-signs"]
    assert f"{4 * 90}/{4 * 750}" in point["note"]
    assert f"0/{4 * 1298}" in point["note"]
    assert point["interval"][0] > 0
    worse = _points({name: _outcomes("impossible/life", two_alarms0death=90) for name in _results()})["initial-signs"]
    assert worse["interval"][1] < 0


def test_kept_signs_need_the_spelling_too():
    point = _points(_results())["kept-signs"]
    assert point["successes"] == 4 * 80
    point = _points({name: _outcomes("two-alarms/life", two_alarms0death=90) for name in _results()})["kept-signs"]
    assert point["successes"] == 0
    assert "Algorithm alone: 360" in point["note"]


def test_without_a_certified_network_there_are_only_rates():
    empty = {name: _outcomes() for name in _results()}
    assert set(_points(empty)) == {f"certified/{arm}" for arm in solutions.ARMS}


def test_an_arm_without_a_certified_network_has_no_share():
    points = _points(_results(he=_outcomes()))
    assert "handmade/he" not in points
    assert points["certified/he"]["successes"] == 0
    assert points["three"]["trials"] == 270


@pytest.mark.thorough
def test_figures_have_the_numbers_of_a_typical_network(tmp_path):
    figures = Solutions(PLAN, _results(he=_outcomes())).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["solutions.svg", "solutions-shares.svg"]
    assert "He," not in (tmp_path / "solutions-shares.csv").read_text()
    with (tmp_path / "solutions.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["algorithm"] == solutions.TITLES["rise-fall"]]
    alive = [(row["own"], row["neighbours"]) for row in rows if float(row["logit"]) > 0]
    assert alive == [("0", "3"), ("1", "2"), ("1", "3")]
    assert {row["networks"] for row in rows} == {"24"}


def test_networks_are_described_by_their_algorithm_variant_and_groups():
    assert OWN["names"] == ["rise-fall/life"]
    assert OWN["groups"] == {"rise-fall": [1], "two-alarms": [], "mirror": [], "impossible": []}
    # Centres 1 and 1/2, thresholds 2 and 3, gains 1 to 2, constant -1/2 of the smaller gain.
    assert OWN["curves"][0] == pytest.approx([1, 0.5, 2, 3, 1 / 3, 2 / 3, -1 / 6], abs=1e-4)


@pytest.mark.thorough
def test_a_piece_counts_the_signs_that_all_networks_began_with(tmp_path):
    # The settings of the smallest other training tests, so that nothing is compiled anew.
    plan = plan_of("smoke", batch=4, board=8, bank_boards=64, bank_updates=100, check_every=50, group=8)
    piece = solved.solutions_piece(
        "tiny", plan.network(), plan.training(50, stop_when_solved=True), seed=0, replicates=range(100, 104)
    )
    outcomes = solved.run(piece.settings, tmp_path, lambda share, words: None)
    assert sum(outcomes["initial"].values()) == outcomes["trials"] == 4
    assert outcomes["names"] == outcomes["begun_as"] == []
    assert read_arrays(tmp_path / "weights.safetensors")["readout/bias"].shape == (4, 1)


def test_arms_share_no_replicates():
    spans = Counter(number for piece in Solutions(PLAN).needed() for number in range(*piece.settings["replicates"]))
    assert max(spans.values()) == 1
    assert len(spans) == 4 * 2048
