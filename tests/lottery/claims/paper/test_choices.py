from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import choices
from lottery.claims.paper.choices import Choices
from lottery.statistics.rates import newcombe_difference

PLAN = plan_of("laptop")


def _results(rate_of, plan=PLAN):
    """Outcomes in which the share rate_of(width, cell) of the networks succeeds."""
    results = {}
    for arm, piece in Choices(plan).pieces().items():
        trials = len(range(*piece.settings["replicates"]))
        solved = (np.arange(trials) < round(rate_of(*arm) * trials)).tolist()
        results[piece.name] = {"solved_at_end": solved, "seconds": 10.0}
    return results


def _points(rate_of, plan=PLAN):
    return {point["id"]: point for point in Choices(plan, _results(rate_of, plan)).points()}


@pytest.mark.parametrize("size", ["smoke", "laptop", "paper"])
def test_the_design_is_balanced(size):
    cells = choices.DESIGN[size]
    assert len(set(cells)) == len(cells)
    for factor in choices.Cell._fields:
        counts = Counter(getattr(cell, factor) for cell in cells)
        assert len(set(counts.values())) == 1
    for one, other in combinations(choices.Cell._fields, 2):
        pairs = Counter((getattr(cell, one), getattr(cell, other)) for cell in cells)
        levels = [len({getattr(cell, factor) for cell in cells}) for factor in (one, other)]
        assert len(pairs) == levels[0] * levels[1]
        # 24 is no multiple of 9: board and batch alone cannot meet equally often.
        nearly = size == "laptop" and (one, other) == ("board", "batch")
        assert max(pairs.values()) - min(pairs.values()) == (1 if nearly else 0)


def test_every_level_is_run_but_at_smoke_size():
    for factor, levels in choices.LEVELS.items():
        assert {getattr(cell, factor) for cell in choices.DESIGN["laptop"]} == set(levels)
    assert [len(levels) for levels in choices.LEVELS.values()] == [4, 2, 2, 3, 3]


def test_a_factor_that_decides_contradicts_that_it_hardly_matters():
    points = _points(lambda width, cell: 0.9 if cell.initialiser == "pytorch" else 0.4)
    found = points["choices/m=3/initialiser"]
    assert found["verdict"] == "contradicted"
    assert found["measured"] == pytest.approx(14 / 16 - 6 / 16)
    assert "The best level (pytorch)" in found["note"]
    assert points["choices/m=3/padding"]["verdict"] == "reproduced"  # 192 networks of each leave 9.9 points open
    assert points["choices/m=3/batch"]["verdict"] == "undecided"  # 128 of each leave 12
    assert points["choices/m=3/initialiser=pytorch"]["successes"] == 6 * 14
    assert points["choices/m=3/initialiser=pytorch"]["trials"] == 6 * 16


def test_enough_networks_without_a_difference_reproduce_that_it_hardly_matters():
    points = _points(lambda width, cell: 0.5, plan_of("paper"))
    assert {points[f"choices/m=1/{factor}"]["verdict"] for factor in choices.LEVELS} == {"reproduced"}
    assert points["choices/m=1/loss"]["measured"] == 0


def test_a_smaller_budget_gives_no_verdict():
    points = _points(lambda width, cell: 0.9 if cell.loss == "mse" else 0.4, plan_of("laptop", updates=20_000))
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


def test_p_values_are_corrected_over_factors_and_widths():
    claim = Choices(PLAN, _results(lambda width, cell: 0.6 if cell.loss == "mse" else 0.4))
    alone, together = claim.tests[3].p_values, claim.corrected
    assert len(together) == 2 * 5
    # The two smallest of ten, one per width and equal: times ten.
    assert together[3, "loss"] == pytest.approx(10 * alone[1])


@pytest.mark.parametrize(
    ("p", "counts", "verdict"),
    [
        (0.001, (50, 1000, 60, 1000), "contradicted"),
        (0.5, (50, 1000, 60, 1000), "reproduced"),
        (0.5, (50, 100, 55, 100), "undecided"),
        (0.5, (60, 1000, 150, 1000), "undecided"),
    ],
)
def test_a_factor_is_judged_by_its_test_and_its_differences(p, counts, verdict):
    same = newcombe_difference(500, 1000, 500, 1000)
    assert choices.judged(p, [same, newcombe_difference(*counts)]) == verdict


def test_pieces_are_what_their_cells_say_and_share_no_network():
    pieces = Choices(plan_of("paper")).needed()
    assert len(pieces) == 2 * 144
    numbers = [set(range(*piece.settings["replicates"])) for piece in pieces]
    assert sum(len(one) for one in numbers) == len(set().union(*numbers))
    piece = Choices(plan_of("paper")).pieces()[3, choices.Cell("he", "mse", "zero", 16, 32)]
    assert piece.settings["network"] == {"width": 3, "padding": "zero", "initialiser": "he"}
    assert piece.settings["training"] == {"batch": 32, "board": 16, "loss": "mse"}
    shared = choices.DESIGN["laptop"][7]
    laptop, paper = (Choices(plan_of(size)).pieces()[1, shared] for size in ("laptop", "paper"))
    assert laptop.settings["replicates"][0] == paper.settings["replicates"][0]


def test_the_figure_shows_every_level_of_both_widths(tmp_path):
    (figure,) = Choices(PLAN, _results(lambda width, cell: 0.2 * width)).drawn(tmp_path)
    assert figure.svg == tmp_path / "choices.svg"
    rows = (tmp_path / "choices.csv").read_text().splitlines()[1:]
    assert len(rows) == 2 * 14
    assert any(row.startswith("m=1,board 16x16,") for row in rows)
