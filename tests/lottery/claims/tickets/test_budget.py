"""Tickets at the full budget, on made-up outcomes."""

from dataclasses import replace

import numpy as np
import pytest
from lab_outcomes import first, pruned

from lottery.claims.frame import lab
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets import budget
from lottery.claims.tickets.alone import Alone
from lottery.claims.tickets.budget import CELLS, COURSES, USUAL, Budget, Cell, Course, any_matches
from lottery.claims.tickets.learning_rate import LearningRate

PLAN = plan_of("laptop")
SIX = (
    Cell(USUAL, 0),
    *(Cell(course, 0) for course in (*COURSES[1:3], COURSES[5])),
    Cell(USUAL, 500),
    Cell(USUAL, 2500),
)


@pytest.fixture
def six_settings(monkeypatch):
    """Six settings in place of a laptop's one: enough for every kind of point."""
    monkeypatch.setattr(budget, "CELLS", replace(CELLS, laptop=SIX))


def _results(rate=lambda cell, level, arm: 1.0, small=0.5, plan=PLAN, possible=1.0):
    results = {}
    for key, piece in Budget(plan).pieces().items():
        if isinstance(key, Cell):
            results[piece.name] = pruned(
                piece, lambda level, arm, cell=key: 1.0 if level == 0 else rate(cell, level, arm), possible=possible
            )
        else:
            trials = len(range(*piece.settings["replicates"]))
            results[piece.name] = {"solved_at_end": first(round(small * trials), trials), "seconds": 1.0}
    return results


def _points(plan=PLAN, **shares):
    return {one["id"].removeprefix("budget/"): one for one in Budget(plan, _results(plan=plan, **shares)).points()}


@pytest.mark.usefixtures("six_settings")
def test_the_grid_of_the_paper_is_whole_and_the_laptops_lies_in_it():
    assert len(set(CELLS["paper"])) == 30
    assert set(CELLS["laptop"]) <= set(CELLS["paper"])
    for size in ("smoke", "laptop", "paper"):
        assert {Cell(cell.course, 0) for cell in CELLS[size]} <= set(CELLS[size])
    pieces = Budget(PLAN).pieces()
    late = pieces[Cell(USUAL, 2500)].settings
    assert late["pruning"]["rewind_to"] == 2500
    assert late["training"] == {"arrangement": "fused_patterns"}  # otherwise the paper's: 125,000 updates at 0.001
    decaying = pieces[Cell(Course(1e-2, "cosine"), 0)].settings["training"]
    assert decaying == {"learning_rate": 1e-2, "schedule": "cosine", "arrangement": "fused_patterns"}
    assert late["pruning"]["controls"] == ["reinit", "shuffled_feasible"]
    assert late["pruning"]["at"] == [7, 10]
    assert late["replicates"] == [0, 64]


@pytest.mark.parametrize("preset", ["laptop", "paper"])
def test_small_networks_share_no_number_with_any_others(preset):
    plan = plan_of(preset)
    used = [
        set(range(*piece.settings["replicates"]))
        for piece in {
            piece.name: piece for claim in (Budget, Alone, LearningRate) for piece in claim(plan).needed()
        }.values()
        if piece.kind == "train"
    ]
    assert len(set.union(*used)) == sum(map(len, used))


@pytest.mark.usefixtures("six_settings")
def test_a_ticket_that_matches_somewhere_is_enough():
    best = Cell(Course(1e-2, "constant"), 0)
    points = _points(rate=lambda cell, level, arm: 1.0 if cell == best else 0.25)
    assert points["tenth/any"]["verdict"] == "reproduced"
    assert "rate=0.01,constant,rewound=0" in points["tenth/any"]["note"]
    assert points["rate=0.01,constant,rewound=0/10%/vs-dense"]["verdict"] == "reproduced"
    assert points["rate=0.003,constant,rewound=0/10%/vs-dense"]["verdict"] == "new"  # a loss contradicts no source


@pytest.mark.usefixtures("six_settings")
def test_tickets_that_match_nowhere_are_a_new_finding():
    assert _points(rate=lambda cell, level, arm: 0.5)["tenth/any"]["verdict"] == "new"
    assert _points(rate=lambda cell, level, arm: 0.9)["tenth/any"]["verdict"] == "undecided"


def test_matching_takes_the_confidence_of_all_settings_and_dense_networks_that_succeed():
    cell, other = Cell(USUAL, 0), Cell(USUAL, 500)
    good, bad, none = (np.arange(64) < k for k in (64, 32, 0))
    assert any_matches({cell: (good, good)}) == "reproduced"
    assert any_matches({Cell(USUAL, step): (good, good) for step in range(30)}) == "undecided"  # 64 are too few
    assert any_matches({cell: (bad, good), other: (none, none)}) == "contradicted"
    assert any_matches({cell: (none, none)}) == "undecided"


@pytest.mark.usefixtures("six_settings")
def test_late_rewinding_is_held_against_initialisation():
    hurt = _points(rate=lambda cell, level, arm: 0.25 if cell.rewind_to == 2500 else 0.75)
    assert hurt["rate=0.001,constant,rewound=2500/20%/less-than-rewound=0"]["measured"] == pytest.approx(0.5)
    assert hurt["rate=0.001,constant,rewound=2500/20%/less-than-rewound=0"]["verdict"] == "new"
    assert hurt["rate=0.001,constant,rewound=500/20%/less-than-rewound=0"]["verdict"] == "reproduced"
    assert len([name for name in hurt if name.endswith("less-than-rewound=0")]) == 2 * 2


@pytest.mark.usefixtures("six_settings")
def test_every_arm_stands_beside_every_ticket():
    points = _points(rate=lambda cell, level, arm: 0.75 if arm == "ticket" else 0.25, possible=0.5)
    for cell in SIX:
        for share in ("20%", "10%"):
            assert points[f"{cell}/{share}/vs-reinit"]["verdict"] == "reproduced"
            assert points[f"{cell}/{share}/vs-small"]["measured"] == pytest.approx(0.25)
            assert "Ticket 32/32, control 16/32" in points[f"{cell}/{share}/vs-shuffled_feasible"]["note"]
    none = _points(possible=0.0)[f"{Cell(USUAL, 0)}/10%/vs-shuffled_feasible"]
    assert (none["verdict"], none["measured"]) == ("undecided", None)


def test_a_short_budget_gives_no_verdict():
    smoke = plan_of("smoke")
    assert {point["verdict"] for point in Budget(smoke, _results(plan=smoke)).points()} == {"undecided", "new"}
    assert Budget(smoke).at == (lab.size(smoke).verdict, 2)
    assert budget.UPDATES["smoke"] == 500


@pytest.mark.usefixtures("six_settings")
def test_the_figure_has_a_panel_for_every_rate_and_schedule(tmp_path):
    (figure,) = Budget(PLAN, _results()).drawn(tmp_path)
    assert figure.svg == tmp_path / "budget.svg"
    rows = (tmp_path / "budget.csv").read_text().splitlines()[1:]
    assert len(rows) == 4 * (11 + 2 + 2) + 2 * 11


def test_a_laptop_rewinds_to_initialisation_alone_and_says_nothing_of_later_steps():
    points = _points()
    assert not any(name.endswith("less-than-rewound=0") for name in points)
    said = Budget(PLAN).answered(list(points.values()))
    assert said.startswith("In the setting that was run a ticket of a tenth matches")
    assert "late" not in said
