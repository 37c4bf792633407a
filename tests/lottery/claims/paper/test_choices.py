"""The claim about what the paper leaves open, on made-up outcomes."""

import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import choices
from lottery.claims.paper.choices import CELLS, Cell, Choices

PLAN = plan_of("laptop")


def _results(rate_of, plan=PLAN):
    """Outcomes in which the share rate_of(cell) of the networks succeeds."""
    results = {}
    for cell, piece in Choices(plan).pieces().items():
        trials = len(range(*piece.settings["replicates"]))
        solved = (np.arange(trials) < round(rate_of(cell) * trials)).tolist()
        results[piece.name] = {"solved_at_end": solved, "seconds": 10.0}
    return results


def _points(rate_of, plan=PLAN):
    return {point["id"]: point for point in Choices(plan, _results(rate_of, plan)).points()}


def test_a_factor_that_decides_matters_and_the_others_hardly_do():
    points = _points(lambda cell: 0.9 if cell.initialiser == "pytorch" else 0.4)
    found = points["choices/initialiser"]
    assert found["note"].startswith("It matters. The best level (pytorch)")
    assert found["measured"] == pytest.approx(115 / 128 - 51 / 128)
    assert found["interval"][0] < found["measured"] < found["interval"][1]
    assert points["choices/padding"]["note"].startswith("It hardly matters.")  # 1024 networks of each level
    assert points["choices/initialiser x padding"]["note"].startswith("Open.")  # nothing shows that there is none
    assert (points["choices/initialiser=pytorch"]["successes"], points["choices/initialiser=pytorch"]["trials"]) == (
        4 * 115,
        4 * 128,
    )
    assert points["choices/pytorch-bce-torus"]["successes"] == 115


def test_factors_that_do_more_than_add_up_are_found():
    points = _points(lambda cell: 0.9 if (cell.loss == "mse") == (cell.padding == "zero") else 0.4)
    assert points["choices/loss"]["measured"] == 0
    assert points["choices/loss x padding"]["note"].startswith("It matters.")
    assert points["choices/loss x padding"]["p"] < 1e-6
    assert points["choices/initialiser x loss"]["note"].startswith("Open.")
    assert points["choices/initialiser x loss x padding"]["p"] > 0.5


def test_few_networks_leave_open_whether_a_factor_matters():
    points = _points(lambda cell: 0.5, plan_of("laptop", replicates=16))
    assert points["choices/initialiser"]["note"].startswith("Open.")


def test_nothing_is_published_so_every_point_is_new():
    points = _points(lambda cell: 0.9 if cell.loss == "mse" else 0.4)
    assert {(point["verdict"], point["expected"]) for point in points.values()} == {("new", None)}
    assert len(points) == 3 + 3 + 1 + 8 + 16


def test_a_smaller_budget_finds_nothing():
    points = _points(lambda cell: 0.9 if cell.loss == "mse" else 0.4, plan_of("laptop", updates=20_000))
    assert points["choices/loss"]["note"].startswith("Open.")


def test_p_values_are_corrected_over_factors_and_interactions():
    claim = Choices(PLAN, _results(lambda cell: 0.55 if cell.loss == "mse" else 0.45))
    counts = np.array([claim[cell].count for cell in CELLS])
    assert len(claim.tests) == 7
    assert claim.tests[1,] == pytest.approx(7 * choices.term_tests(CELLS, *counts.T)[1,])  # the smallest of seven


def test_pieces_are_what_their_cells_say_and_share_no_network():
    pieces = Choices(plan_of("paper")).pieces()
    assert len(pieces) == 16
    used = [set(range(*piece.settings["replicates"])) for piece in pieces.values()]
    assert sum(len(one) for one in used) == len(set().union(*used))
    piece = pieces[Cell("he", "mse", "zero")]
    assert piece.settings["network"] == {"width": 3, "padding": "zero", "initialiser": "he"}
    assert piece.settings["training"] == {"loss": "mse", "arrangement": "fused_patterns"}


def test_the_figure_shows_every_combination(tmp_path):
    (figure,) = Choices(PLAN, _results(lambda cell: 0.6)).drawn(tmp_path)
    assert figure.svg == tmp_path / "choices.svg"
    assert len((tmp_path / "choices.csv").read_text().splitlines()) == 1 + 16
