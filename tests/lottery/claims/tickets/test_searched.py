"""Gates and genes against edge-popup, on made-up outcomes, and tiny runs of the pieces."""

import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.searched import METHODS, Searched
from lottery.experiments import bred, popup

PLAN = plan_of("paper")


def _outcomes(wrong, solved=0, spread=1):
    return {
        "solved_at_end": [index < solved for index in range(64)],
        "wrong_at_end": [wrong + spread * (index % 3) for index in range(64)],
        "kept": 40,
        "parameters": 80,
        "seconds": 1.0,
    }


def _points(wrong, plan=PLAN):
    claim = Searched(plan)
    results = {piece.name: _outcomes(wrong.get(key[2], 100)) for key, piece in claim.pieces().items()}
    done = Searched(plan, results)
    return {one["id"].removeprefix("searched/"): one for one in done.points()}, done


def test_fewer_wrong_answers_than_edge_popup_are_reproduced_and_more_are_new():
    points, claim = _points({"gates": 50, "bred": 140})
    for start in ("drawn", "signed"):
        assert points[f"gates/{start}/less-popup"]["verdict"] == "reproduced"
        assert points[f"gates/{start}/less-popup"]["measured"] == -50
        assert points[f"bred/{start}/less-popup"]["verdict"] == "new"
        assert points[f"priced/{start}/less-popup"]["verdict"] == "undecided"
    assert claim.answered(list(points.values())).startswith("2 of 6 comparisons")


def test_every_width_has_a_rate_and_a_laptop_leaves_the_price_out():
    points, _ = _points({})
    assert len([name for name in points if "/m=" in name]) == 5 * 2 * len(METHODS)
    assert not any("priced" in piece.name for piece in Searched(plan_of("laptop")).pieces().values())


def test_the_networks_are_those_of_edge_popup():
    pieces = Searched(PLAN).pieces()
    for method in METHODS:
        for start in ("drawn", "signed"):
            ours, theirs = pieces[start, 32, method].settings, pieces[start, 32, "popup"].settings
            for name in ("network", "seed", "replicates", "weights"):
                assert ours[name] == theirs[name]


def test_a_short_budget_gives_no_verdict():
    smoke = plan_of("smoke")
    points, _ = _points({"gates": 50}, plan=smoke)
    assert {one["verdict"] for one in points.values()} == {"undecided", "new"}


@pytest.mark.thorough
@pytest.mark.parametrize("method", METHODS)
def test_pieces_compute_what_the_claim_reads(method, tmp_path):
    piece = Searched(plan_of("smoke")).pieces()["signed", 2, method]
    found = (bred if method == "bred" else popup).run(piece.settings, tmp_path, lambda share, words: None)
    assert len(found["solved_at_end"]) == len(found["wrong_at_end"]) == 4
    assert all(0 <= wrong <= 512 for wrong in found["wrong_at_end"])
    assert found["parameters"] == 53


def test_the_figure_has_every_method(tmp_path):
    _, claim = _points({})
    (figure,) = claim.drawn(tmp_path)
    assert figure.svg == tmp_path / "searched.svg"
    assert len((tmp_path / "searched.csv").read_text().splitlines()) == 1 + 64 * 2 * 4
