import json
from dataclasses import replace

import numpy as np
import pytest
from helpers import TINY, assert_same

from gol.errors import InputError
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.connectivity import Connectivity, associated, gap, onset
from lottery.experiments import connectivity as connected
from lottery.experiments.connectivity import connectivity_piece
from lottery.networks.lifenet import LifeNet
from lottery.tickets.search import find_ticket
from lottery.tickets.settings import PruningSettings
from lottery.training import batches
from lottery.training.loop import train

PLAN = plan_of("laptop")
NET = LifeNet(width=2)
PRUNING = PruningSettings(levels=1, prune_fraction=0.5, controls=())


def _pairs(barriers, end=0.0):
    return {
        "error_barrier": barriers.tolist(),
        "loss_barrier_quartiles": [0.1, 0.2, 0.3],
        "end_error": [end] * len(barriers),
        "most_wrong": [0 if b == 0 else 9 for b in barriers],
        "median_error": [end, float(np.median(barriers)), end],
        "solved": [len(barriers)] * 2,
    }


def _outcomes(piece, solves):
    """Barriers that are 0 for more of the replicates the later the step; solves(stable, level) -> success rates."""
    replicates = len(range(*piece.settings["replicates"]))
    rng = np.random.default_rng(3)
    kept = [75, 44, 26] if piece.settings["network"].get("width") == 3 else [280, 164, 96, 56]
    outcomes = {"parameters": 85, "points": 30, "seconds": 9.0}
    for place, step in enumerate(piece.settings["steps"]):
        levels = []
        for level in range(piece.settings["pruning"]["levels"] + 1):
            stable = rng.random(replicates) < (place + 1) / (len(piece.settings["steps"]) + 1)
            barriers = np.where(stable, 0.0, 0.05 + 0.01 * level)
            chance = solves(stable, level)
            levels.append(
                {
                    "level": level,
                    "kept": kept[level],
                    "prunable": kept[0],
                    "solved": (rng.random(replicates) < chance).tolist(),
                    "copies": _pairs(barriers) if level in piece.settings["copied"] else None,
                    "successive": _pairs(barriers) if level else None,
                }
            )
        outcomes[f"step{step}"] = {"levels": levels}
    return outcomes


def _results(solves):
    return {piece.name: _outcomes(piece, solves) for piece in Connectivity(PLAN).needed()}


def _points(solves):
    points = Connectivity(PLAN, _results(solves)).points()
    return {point["id"].removeprefix("connectivity/"): point for point in points}


def test_stable_tickets_that_succeed_reproduce_the_claim():
    points = _points(lambda stable, level: np.where(stable, 0.9, 0.2))
    for name in ("m=8/d=0.34/stable-succeed", "m=8/d=0.20/stable-succeed", "m=3/d=0.34/stable-succeed"):
        assert points[name]["verdict"] == "reproduced"
        assert points[name]["interval"][0] < points[name]["measured"] < points[name]["interval"][1]
        assert points[name]["measured"] == pytest.approx(0.7, abs=0.15)
    assert points["m=8/successive-levels"]["verdict"] == "reproduced"
    assert points["m=8/d=0.20/order"]["measured"] < -0.5
    assert "all steps: stable" in points["m=8/d=0.20/stable-succeed"]["note"]


def test_success_that_has_nothing_or_the_opposite_to_do_with_stability_does_not():
    assert _points(lambda stable, level: 0.5)["m=8/d=0.20/stable-succeed"]["verdict"] == "undecided"
    assert _points(lambda stable, level: np.where(stable, 0.1, 0.9))["m=8/d=0.20/stable-succeed"]["verdict"] == (
        "contradicted"
    )


def test_nothing_is_said_where_all_are_stable():
    stable, solved = np.ones((3, 8), bool), np.ones((3, 8), bool)
    assert associated(stable, solved, 0.95) == (None, None, "undecided")
    stable[0, :7] = False
    assert associated(stable, solved, 0.95)[2] == "undecided"  # one pair too few


def test_replicates_are_clusters():
    # One replicate's seven steps are one draw: seven steps that agree say no more than one.
    rng = np.random.default_rng(0)
    stable, solved = rng.random((1, 40)) < 0.5, rng.random((1, 40)) < 0.5
    _, alone, _ = associated(stable, solved, 0.95)
    _, repeated, _ = associated(np.repeat(stable, 7, 0), np.repeat(solved, 7, 0), 0.95)
    assert repeated.high - repeated.low == pytest.approx(alone.high - alone.low, rel=0.1)


def test_the_gap_between_stable_and_unstable():
    rows = np.array([[1, 1], [1, 0], [0, 0], [0, 0], [0, 1], [0, 0]], float)
    assert gap(rows) == pytest.approx(1 / 2 - 1 / 4)
    assert gap(rows[:2]) == 0


@pytest.mark.parametrize(
    ("medians", "first"), [([0.1, 0.01, 0.0], 250), ([0.01, 0.1, 0.0], 500), ([0.1, 0.0, 0.02], None), ([0, 0, 0], 0)]
)
def test_the_onset_is_where_medians_stay_below_the_threshold(medians, first):
    assert onset([0, 250, 500], np.array(medians, float)) == first


def test_figures_show_every_step_width_and_density(tmp_path):
    drawn = Connectivity(PLAN, _results(lambda stable, level: np.where(stable, 0.9, 0.2))).drawn(tmp_path)
    assert [figure.svg.name for figure in drawn] == ["connectivity.svg", "connectivity-steps.svg"]
    assert len((tmp_path / "connectivity.csv").read_text().splitlines()) == 1 + 2 * (2 + 1)
    assert len((tmp_path / "connectivity-steps.csv").read_text().splitlines()) == 1 + 2 * 7 * (3 + 2)


@pytest.mark.thorough
def test_copies_see_batches_of_their_own_and_nothing_else_changes():
    plain = train(NET, TINY, seed=1, replicates=[4, 5])
    copies = train(NET, TINY, seed=1, replicates=[4, 5, 4, 4], copies=[0, 0, 1, 2])
    for row in (0, 1):
        assert_same({k: v[row] for k, v in copies.params["readout"].items()},
                    {k: v[row] for k, v in plain.params["readout"].items()})  # fmt: skip
    assert copies.loss[2, 0] != copies.loss[0, 0]
    assert copies.loss[2, 0] != copies.loss[3, 0]
    keys = batches.data_keys(1, [4, 4, 5], "bank", [0, 1, 1])
    np.testing.assert_array_equal(keys[:1], batches.data_keys(1, [4], "bank"))
    assert len({tuple(key) for key in keys.tolist()}) == 3
    with pytest.raises(InputError, match="copies have to be 0"):
        batches.data_keys(1, [4], "shared", [1])


def test_a_piece_is_made_of_what_it_says_and_goes_on_after_its_steps(tmp_path):
    piece = connectivity_piece("c", NET, TINY, PRUNING, seed=1, replicates=range(4), steps=(0, 100), copied=(0, 1))
    found = connected.run(piece.settings, tmp_path, lambda share, words: None)
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {"parameters", "points", "step0", "step100", "seconds"}
    dense, ticket = found["step100"]["levels"]
    assert (dense["kept"], ticket["kept"], ticket["prunable"]) == (46, 23, 46)
    assert dense["successive"] is None
    assert len(ticket["copies"]["error_barrier"]) == len(ticket["successive"]["error_barrier"]) == 4
    # The ticket is the one that is found without any copies, rewound to the same step.
    alone = list(find_ticket(NET, TINY, replace(PRUNING, rewind_to=100), seed=1, replicates=range(4)))[1]
    assert ticket["solved"] == alone.arms["ticket"].solved_at_end.tolist()
    # Copies from the start part more than copies that share half of the way; both part.
    apart = {
        step: np.array(found[step]["levels"][0]["copies"]["loss_barrier_quartiles"]) for step in ("step0", "step100")
    }
    assert (apart["step100"] > 0).all()
    stored = tmp_path / "checkpoint-step0.json"
    stored.write_text(json.dumps({"levels": ["stored"], "seconds": 1.0}))
    assert connected.run(piece.settings, tmp_path, lambda share, words: None)["step0"] == {"levels": ["stored"]}
