import json
from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import TINY, assert_same

from gol.errors import InputError
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.transfer import Transfer
from lottery.experiments import chained
from lottery.experiments import transfer as transferred
from lottery.experiments.chained import chained_piece, choose
from lottery.experiments.transfer import Arm, find_source, shuffled, starting_weights, transfer_piece
from lottery.networks.lifenet import LifeNet
from lottery.report.figures.small_multiples import survival_in_panels
from lottery.statistics.survival import pair_wins
from lottery.tickets.search import find_ticket
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import draw_initial

PLAN = plan_of("laptop")
NET = LifeNet(width=2)
PRUNING = PruningSettings(levels=1, prune_fraction=0.5, controls=("reinit", "shuffled"))
FASTER = {"ticket": 2_000, "shuffled": 9_000, "own": 2_250, "dense": 1_000}


def _runs(rate, update, count=64, seed=0):
    rng = np.random.default_rng(seed)
    solved = rng.permutation(count) < rate * count
    return {
        "solved_at_end": solved.tolist(),
        "first_solved": np.where(solved, update + 250 * rng.integers(0, 4, count), -1).tolist(),
    }


def _levels(own, dense, update):
    return [
        {"level": level, "kept": 280, "prunable": 280, "arms": {"ticket": runs}}
        for level, runs in enumerate((dense, _runs(1, 500), own))
    ]


def _results(rates, update=FASTER, won=16, two=None):
    """rates(mask, weights) -> share certified; `two`: first certificates of the two-step arms."""
    results = {}
    for piece in Transfer(PLAN).needed():
        own = _runs(rates("ticket", "own"), update["own"], seed=1)
        outcomes = {"levels": _levels(own, _runs(1, update["dense"], seed=2), update), "seconds": 9.0}
        if piece.kind == "transfer":
            outcomes |= {
                f"arm{place}": {
                    **arm,
                    **_runs(rates(arm["mask"], arm["weights"]), update[arm["mask"]], seed=place + 3),
                }
                for place, arm in enumerate(piece.settings["arms"])
            }
        if piece.kind == "chained":
            first = two or {"ticket": [2500] * 14 + [-1] * 2, "shuffled": [-1] * 16, "dense": [5000] * 15 + [-1]}
            outcomes = {
                "replicates": list(range(16)),
                "won": [True] * won + [False] * (16 - won),
                "pool_ticket": [True] * won + [False] * (64 - won),
                "kept": 100,
                "prunable": 400,
                "cells": 204_800,
                "seconds": 9.0,
                **{
                    arm: {"first_solved": when, "last_wrong": [0 if u >= 0 else 5000 for u in when]}
                    for arm, when in first.items()
                },
            }
        results[piece.name] = outcomes
    return results


def _points(*arguments, **named):
    results = _results(*arguments, **named)
    return {point["id"].removeprefix("transfer/"): point for point in Transfer(PLAN, results).points()}


def test_tickets_that_carry_over_reproduce_the_claim():
    points = _points(lambda mask, weights: 0.95 if mask == "ticket" else 0.3)
    for name in ("HighLife", "Maze", "Day & Night"):
        assert points[f"{name}/vs-shuffled"]["verdict"] == "reproduced"
        assert points[f"{name}/vs-dense"]["verdict"] == "contradicted"  # the dense network is faster
        assert points[f"{name}/vs-own"]["verdict"] == "new"
    assert {points[f"weights/{origin}/vs-shuffled"]["verdict"] for origin in Transfer(PLAN).origins} == {"reproduced"}
    assert points["two-steps/vs-shuffled"]["verdict"] == "reproduced"
    assert points["two-steps/vs-shuffled"]["measured"] == pytest.approx(14 / 16)
    assert points["two-steps/fewer-wrong-than-shuffled"]["measured"] == 1.0


def test_tickets_that_do_not_carry_over_contradict_it():
    points = _points(
        lambda mask, weights: 0.9 if weights == "own" else 0.2,
        {**FASTER, "ticket": 9_000, "shuffled": 2_000},
        two={"ticket": [-1] * 16, "shuffled": [2500] * 16, "dense": [2500] * 16},
    )
    assert points["HighLife/vs-shuffled"]["verdict"] == "contradicted"
    assert points["weights/fresh/vs-own"]["verdict"] == "contradicted"
    assert points["weights/fresh/vs-shuffled"]["verdict"] == "undecided"
    assert points["two-steps/vs-shuffled"]["verdict"] == "contradicted"
    assert points["two-steps/vs-dense"]["verdict"] == "contradicted"


def test_masks_that_serve_other_weights_as_well_match():
    points = _points(lambda mask, weights: 1.0)
    assert {points[f"weights/{origin}/vs-own"]["verdict"] for origin in Transfer(PLAN).origins} == {"reproduced"}


def test_only_tickets_that_won_are_chained_and_judged():
    assert choose(np.array([False, True, False, True, True]), 2) == [1, 3]
    assert choose(np.array([False, True, False]), 3) == [1, 0, 2]
    few = _points(lambda mask, weights: 0.5, won=1)
    assert few["two-steps"]["verdict"] == "undecided"
    some = _points(lambda mask, weights: 0.5, won=5)
    assert "Ticket 5/5" in some["two-steps/vs-shuffled"]["note"]
    assert some["two-steps/vs-shuffled"]["verdict"] == "undecided"


def test_every_size_has_the_pieces_that_its_points_read(tmp_path):
    for preset in ("smoke", "laptop", "paper"):
        plan = plan_of(preset)
        kinds = [piece.kind for piece in Transfer(plan).needed()]
        assert kinds == ["transfer", *["prune"] * (len(kinds) - 2), "chained"]
    assert Transfer(plan_of("paper", initialiser="he")).origins == ("other", "fresh", "pytorch")
    drawn = Transfer(PLAN, _results(lambda mask, weights: 0.9 if mask == "ticket" else 0.3)).drawn(tmp_path)
    assert [one.svg.name for one in drawn] == [
        "transfer-rules.svg",
        "transfer-weights.svg",
        "transfer-two-steps.svg",
    ]
    assert "Maze,its own ticket" in (tmp_path / "transfer-rules.csv").read_text()
    with pytest.raises(InputError):
        survival_in_panels({})


def test_pairs_are_won_by_who_is_first_while_the_other_is_watched():
    times = np.array([100, 300, 500, 500, 200]), np.array([200, 300, 400, 500, 100])
    seen = np.array([True, True, False, False, True]), np.array([True, True, True, False, False])
    assert pair_wins(times[0], seen[0], times[1], seen[1]) == (1, 1)


def test_starting_weights_are_those_of_their_origin():
    own = draw_initial(NET, 1, [3, 4, 5])
    assert starting_weights("own", NET, own, 1, [3, 4, 5], 2) is own
    other = starting_weights("other", NET, own, 1, [3, 4, 5], 2)
    for place, of in enumerate((1, 2, 0)):
        assert_same(jax.tree.map(lambda leaf, i=place: leaf[i], other), jax.tree.map(lambda leaf, i=of: leaf[i], own))
    he = starting_weights("he", NET, own, 1, [3], 2)
    assert_same(he, draw_initial(LifeNet(width=2, initialiser="he"), 1, [3]))


@pytest.mark.thorough
def test_fresh_weights_and_shuffled_masks_are_those_of_the_controls(tmp_path):
    # The arms `reinit` and `shuffled` of `find_ticket` are these starting weights and masks.
    levels = list(find_ticket(NET, TINY, PRUNING, seed=1, replicates=range(4)))
    arms = [Arm(TINY.rule), Arm(TINY.rule, weights="fresh"), Arm(TINY.rule, "shuffled"), Arm("B36/S23")]
    piece = transfer_piece("t", NET, TINY, replace(PRUNING, controls=()), seed=1, replicates=range(4), arms=arms)
    found = transferred.run(piece.settings, tmp_path, lambda share, words: None)
    assert json.loads(json.dumps(found)) == found
    for place, name in enumerate(("ticket", "reinit", "shuffled")):
        assert found[f"arm{place}"]["first_solved"] == levels[1].arms[name].first_solved.tolist()
    assert found["arm3"]["rule"] == "B36/S23"
    source = find_source(NET, TINY, PRUNING, 1, range(4), tmp_path, lambda level: None)  # read, not found again
    assert_same(source.masks, levels[1].masks)
    assert_same(source.initial, levels[0].rewound)
    counts = [leaf.sum() for leaf in jax.tree.leaves(shuffled(source.masks, 1, range(4), 1))]
    assert counts == [leaf.sum() for leaf in jax.tree.leaves(source.masks)]


@pytest.mark.thorough
@pytest.mark.usefixtures("uncertified")
@pytest.mark.parametrize("chosen", [[2], [2, 0]], ids=str)
def test_a_chained_piece_trains_three_arms_of_the_tickets_that_won(tmp_path, monkeypatch, chosen):
    monkeypatch.setattr(chained, "choose", lambda won, wanted: chosen)
    # The tables, because the kernels take long to compile, and others try them.
    longer = replace(TINY, updates=50, stop_when_solved=True, screen_boards=8, arrangement="tables")
    piece = chained_piece(
        "c", NET, TINY, replace(PRUNING, controls=()), longer, seed=1, pool=range(5, 9), wanted=len(chosen)
    )
    found = chained.run(piece.settings, tmp_path, lambda share, words: None)
    assert json.loads(json.dumps(found)) == found
    assert found["replicates"] == [5 + place for place in chosen]
    assert len(found["pool_ticket"]) == len(found["pool_dense"]) == 4
    assert found["prunable"] == 126
    assert 40 < found["kept"] < 90
    assert found["cells"] == 8 * 64
    for arm in chained.ARMS:
        assert len(found[arm]["first_solved"]) == len(found[arm]["last_wrong"]) == len(chosen)
