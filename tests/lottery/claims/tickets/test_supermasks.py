"""The claim about tickets without training on made-up outcomes, and tiny runs of its pieces."""

import csv

import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.supermasks import Supermasks, first_above_half
from lottery.experiments.popup import popup_piece
from lottery.experiments.popup import run as run_popup
from lottery.experiments.sums import run as run_sums
from lottery.experiments.sums import sums_piece
from lottery.runs.files import read_arrays

PLAN = plan_of("paper")
SIZE = Supermasks(PLAN).size


def _popup(solved=0, wrong=60, spread=0):
    return {
        "solved_at_end": [index < solved for index in range(64)],
        "first_solved": [250 if index < solved else -1 for index in range(64)],
        "wrong_at_end": [wrong + spread * (index % 2) for index in range(64)],
        "least_wrong": [wrong // 2] * 64,
        "kept": 40,
        "parameters": 80,
        "trained": [index < 32 for index in range(64)],
        "seconds": 1.0,
    }


def _sums(shares, predicted):
    rows = [
        {
            "width": width,
            "certified": [int(index < share * 256) for index in range(256)],
            "error": [0.05] * 100 + [0.2] * 155 + [None],
            "kept": [100] * 256,
        }
        for width, share in zip(SIZE.built, shares, strict=True)
    ]
    return {"rows": rows, "predicted": predicted, "seconds": 2.0}


SHARES = [0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]
CHANCES = [0.0, 0.0, 0.0, 0.0, 0.0, 0.01, 0.15, 0.4, 0.75]


def _results(changed=None, shares=SHARES, plan=PLAN):
    """What came of every piece; `changed` by start, width and density, which supermasks have none of."""
    return {
        piece.name: _sums(shares, CHANCES if key == "drawn" else None)
        if piece.kind == "sums"
        else (changed or {}).get(key, _popup(wrong=140))
        for key, piece in Supermasks(plan).pieces().items()
    }


def _points(results, plan=PLAN):
    return {point["id"].removeprefix("supermasks/"): point for point in Supermasks(plan, results).points()}


def test_tickets_that_are_built_show_that_they_exist_and_the_others_show_nothing():
    points = _points(_results())
    assert points["exists/drawn"]["verdict"] == "reproduced"
    assert "m=16. Counting sums (one pair of units, one scale) predicts m=32." in points["exists/drawn"]["note"]
    assert "Counting" not in points["exists/signed"]["note"]
    none = _points(_results(shares=[0] * 9))
    assert none["exists/drawn"]["verdict"] == "undecided"
    assert "m=None" in none["exists/drawn"]["note"]
    assert points["built/drawn/m=10"]["successes"] == 64
    assert "within the tolerance of 1/10: 100." in points["built/drawn/m=10"]["note"]


def test_the_first_width_is_the_one_from_which_all_are_above_half():
    assert first_above_half([1, 2, 4, 8], [0.6, 0.4, 0.6, 0.9]) == 4
    assert first_above_half([1, 2], [0.6, 0.5]) is None


def test_edge_popup_finds_them_if_it_ends_certified_in_more_than_half():
    widest = SIZE.widths[-1]
    verdicts = {
        solved: _points(_results({("signed", widest, 0.5): _popup(solved)}))["found"]["verdict"]
        for solved in (0, 32, 60)
    }
    assert verdicts == {0: "contradicted", 32: "undecided", 60: "reproduced"}


def test_a_short_budget_gives_no_verdict_on_what_is_found():
    plan = plan_of("paper", updates=1000)
    results = _results({("signed", SIZE.widths[-1], 0.5): _popup(60)}, plan=plan)
    assert _points(results, plan)["found"]["verdict"] == "undecided"


def test_wrong_answers_are_compared_in_pairs():
    widest = SIZE.widths[-1]
    better = _points(_results({("signed", widest, 0.5): _popup(wrong=60)}))
    assert better["one-size"]["verdict"] == "reproduced"
    assert better["half/0.3"]["verdict"] == better["half/0.7"]["verdict"] == "reproduced"
    assert better["one-size"]["measured"] == -80
    mixed = _points(_results({("signed", widest, 0.5): _popup(wrong=139, spread=2)}))
    assert mixed["one-size"]["verdict"] == "undecided"
    assert "fewer in 32 replicates, more in 32" in mixed["one-size"]["note"]
    worse = _points(_results({("signed", widest, 0.7): _popup(wrong=10)}))
    assert worse["half/0.7"]["verdict"] == "contradicted"


def test_edge_popup_is_held_against_supermasks_of_the_same_weights():
    widest = SIZE.widths[-1]
    points = _points(_results({("signed", widest, None): _popup(wrong=141)}))
    assert points["edge-popup"]["verdict"] == "reproduced"
    assert points["edge-popup"]["measured"] == -1
    assert f"zhou/drawn/m={widest}" in points
    assert "a median of 40 of 80 parameters there" in points[f"zhou/signed/m={widest}"]["note"]
    assert _points(_results({("signed", widest, None): _popup(wrong=20)}))["edge-popup"]["verdict"] == "contradicted"


def test_arms_of_a_width_share_replicates_and_only_half_is_trained_afterwards():
    pieces = [piece for piece in Supermasks(PLAN).needed() if piece.kind == "popup"]
    assert len(pieces) == 5 * (3 + 1) * 2
    assert {tuple(piece.settings["replicates"]) for piece in pieces} == {(0, 64)}
    assert {piece.settings["density"] for piece in pieces if piece.settings["training"] is not None} == {0.5}


def test_figures_hold_rates_chances_and_every_network(tmp_path):
    figures = Supermasks(PLAN, _results({("signed", 64, 0.7): _popup(wrong=28)})).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["supermasks.svg", "supermasks-wrong.svg"]
    with (tmp_path / "supermasks.csv").open() as file:
        rows = {(row["series"], row["x"]): row["rate"] for row in csv.DictReader(file)}
    assert float(rows["built, as drawn", "10"]) == 0.25
    assert float(rows["predicted, as drawn", "24"]) == 0.4
    assert float(rows["then trained, one size", "64"]) == 0.5
    with (tmp_path / "supermasks-wrong.csv").open() as file:
        wrong = [row["wrong"] for row in csv.DictReader(file) if row["method"] == "one size, density 0.7"]
    assert wrong == ["28"] * 64


@pytest.mark.thorough
def test_a_piece_trains_scores_then_weights_under_the_same_masks(tmp_path):
    plan = plan_of("smoke", batch=4, board=8, bank_boards=64, bank_updates=100, check_every=50, group=8)
    piece = popup_piece(
        "tiny",
        plan.network(2, initialiser="pytorch"),
        plan.training(50, learning_rate=0.1),
        seed=0,
        replicates=range(2),
        weights="signed",
        density=0.5,
        training=plan.training(50),
    )
    outcomes = run_popup(piece.settings, tmp_path, lambda share, words: None)
    assert (outcomes["kept"], outcomes["parameters"]) == (18 + 2 + 4 + 1 + 1 + 1, 53)
    assert len(outcomes["trained"]) == len(outcomes["wrong_at_end"]) == 2
    kernel = read_arrays(tmp_path / "weights.safetensors")["block0_3x3/kernel"]
    assert sorted({round(float(abs(value)), 4) for value in kernel.ravel()}) == [0, round((2 / 9) ** 0.5, 4)]


@pytest.mark.thorough
def test_a_piece_builds_tickets_by_width(tmp_path):
    piece = sums_piece("tiny", (2, 24), seed=0, draws=2, counted=5, weights="drawn")
    outcomes = run_sums(piece.settings, tmp_path, lambda share, words: None)
    narrow, wide = outcomes["rows"]
    assert narrow["certified"] == [0, 0]
    assert sum(wide["certified"]) >= 1
    assert len(outcomes["predicted"]) == 2
    again = run_sums({**piece.settings, "draws": 1}, tmp_path, lambda share, words: None)
    assert again["rows"][1]["error"] == wide["error"][:1]
