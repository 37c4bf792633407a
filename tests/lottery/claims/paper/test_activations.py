"""The claim about activations, on made-up outcomes."""

import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.reruns import width_piece
from lottery.claims.paper import activations
from lottery.claims.paper.activations import (
    BIBIN,
    CELLS,
    FIRST,
    SOURCES,
    Activations,
    neighbours_of_the_dead,
    share_of_births,
)
from lottery.networks.activations import ACTIVATIONS

PLAN = plan_of("paper", replicates=64)


def _outcomes(solved, trials=64):
    return {
        "parameters": 25,
        "solved_at_end": [i < solved for i in range(trials)],
        "first_solved": [250 if i < solved + 1 else -1 for i in range(trials)],
        "wrong_at_end": [0 if i < solved else 56 if i % 2 else 140 for i in range(trials)],
        "seconds": 1.0,
    }


def _results(plan=PLAN, bibin_tanh=58, elsewhere=3, **solved):
    """Outcomes in which activations succeed so often in the source's cell, and `elsewhere` times in all others."""
    claim = Activations(plan)
    pieces = claim.pieces()
    results = {pieces[BIBIN].name: _outcomes(bibin_tanh)}
    for key, piece in pieces.items():
        if key != BIBIN:
            cell, arm = key
            results[piece.name] = _outcomes(solved.get(arm, 3) if cell == SOURCES else elsewhere)
    return results


def _points(plan=PLAN, **solved):
    return {point["id"]: point for point in Activations(plan, _results(plan, **solved)).points()}


def test_each_activation_is_compared_with_its_own_published_sample_in_the_cell_of_the_source():
    points = _points(relu=2, celu=18, silu=60, square=5, prelu_channels=64, prelu=64)
    verdicts = {arm: points[f"activations/pytorch-d50/{arm}"]["verdict"] for arm in activations.ARMS}
    assert verdicts["relu"] == verdicts["silu"] == verdicts["prelu_channels"] == "reproduced"
    assert verdicts["celu"] == "undecided"  # 18 of 64 against 1 of 16, which allows much
    assert verdicts["square"] == "contradicted"
    assert verdicts["sine"] == verdicts["prelu"] == "new"  # the source's PReLU has a slope per channel
    silu = points["activations/pytorch-d50/silu"]
    assert silu["expected"] == 15 / 16
    assert "published 15/16. 61 of 64" in silu["note"]
    assert "Minus ReLU: +91 points" in silu["note"]
    assert "Minus U(0,1): +89 points" in silu["note"]
    assert "Minus ReLU" not in points["activations/pytorch-d50/relu"]["note"]


def test_cells_of_other_densities_and_initial_weights_are_new():
    points = _points(prelu_channels=64, elsewhere=0)
    others = [
        point
        for name, point in points.items()
        if not name.endswith((BIBIN, "56-wrong")) and not name.startswith("activations/pytorch-d50/")
    ]
    assert len(others) == (len(CELLS) - 1) * len(activations.ARMS) + len(activations.SWEEP.paper)
    assert {(point["verdict"], point["expected"]) for point in others} == {("new", None)}
    assert "Minus U(0,1)" not in points["activations/glorot-uniform/prelu"]["note"]


def test_the_arm_of_an_incompletely_known_source_is_never_contradicted():
    assert _points(bibin_tanh=58)["activations/bibin-tanh"]["verdict"] == "reproduced"
    assert _points(bibin_tanh=6)["activations/bibin-tanh"]["verdict"] == "undecided"


def test_every_activation_of_the_package_is_an_arm_with_replicates_of_its_own_in_every_cell():
    assert set(ACTIVATIONS) == set(activations.ARMS)
    pieces = Activations(PLAN).needed()
    assert len(pieces) == len(CELLS) * len(activations.ARMS) + len(activations.SWEEP.paper) + 1
    used = [set(range(*piece.settings["replicates"])) for piece in pieces]
    assert len(set.union(*used)) == sum(len(one) for one in used)


def test_cells_are_trained_from_the_weights_and_on_the_boards_that_they_name():
    pieces = Activations(plan_of("paper", density=0.1)).pieces()  # a plan's density does not touch the cells
    source = pieces[SOURCES, "prelu_channels"].settings
    assert source["network"] == {"activation": "prelu_channels", "initialiser": "pytorch"}
    assert source["training"] == {"density": 0.5}
    assert pieces[FIRST, "relu"].name == width_piece(plan_of("paper"), 1).name
    assert pieces[FIRST, "silu"].settings["training"] == {}


def test_failures_are_counted_that_are_wrong_on_as_many_neighbourhoods_as_there_are_births():
    points = _points(prelu_channels=64, elsewhere=4)
    missed = points["activations/glorot-uniform/prelu_channels/56-wrong"]
    assert (missed["successes"], missed["trials"], missed["verdict"]) == (30, 60, "new")
    assert "Births are 6.7%" in missed["note"]
    assert "2.67 live neighbours" in missed["note"]
    assert points["activations/pytorch-d20/prelu_channels/56-wrong"]["trials"] == 60
    assert points["activations/pytorch-d20/prelu_channels"]["successes"] == 4
    assert "activations/pytorch-d50/prelu_channels/56-wrong" not in points  # nothing failed


@pytest.mark.parametrize(("density", "boards"), [(0.38, 0.38), (0.5, 0.5), (None, np.linspace(0, 1, 2001))])
def test_the_share_of_births_is_that_of_random_boards(density, boards):
    by_neighbourhood = [np.mean(boards**3 * (1 - boards) ** 6)] * 56  # three of eight neighbours alive, the cell dead
    assert share_of_births(density) == pytest.approx(sum(by_neighbourhood), rel=1e-3)


@pytest.mark.parametrize(("density", "boards"), [(0.38, 0.38), (None, np.linspace(0, 1, 2001))])
def test_dead_cells_have_as_many_live_neighbours_as_on_random_boards(density, boards):
    expected = np.mean(8 * boards * (1 - boards)) / np.mean(
        1 - boards
    )  # weighted by how many cells of a board are dead
    assert neighbours_of_the_dead(density) == pytest.approx(expected, rel=1e-3)


def test_tanh_of_bibin_and_dereventsov_has_their_set_up():
    settings = Activations(PLAN).pieces()[BIBIN].settings
    assert settings["network"] == {
        "activation": "tanh",
        "readout": False,
        "padding": "zero",
        "output_bias": -0.5,
    }
    assert settings["training"]["loss"] == "relu_mse"


def test_a_short_budget_gives_no_verdict():
    points = _points(plan_of("paper", updates=1000, replicates=64), prelu_channels=64)
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


def test_the_figure_has_a_panel_per_density_with_the_published_samples_in_that_of_the_source(tmp_path):
    figures = Activations(PLAN, _results()).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["activations.svg", "activations-density.svg"]
    by_density = (tmp_path / "activations-density.csv").read_text().splitlines()[1:]
    assert len(by_density) == len(activations.SWEEP.paper) + 2
    rows = (tmp_path / "activations.csv").read_text().splitlines()[1:]
    assert len(rows) == len(CELLS) * len(activations.ARMS) + len(activations.AHMED)
    assert all("density 0.5" in row for row in rows if "published" in row)
