import csv

import numpy as np
import pytest
from helpers import TINY

from lottery.analysis.fifteen_parameters import numbers_of
from lottery.claims.frame import lab
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.structure import Structure
from lottery.experiments import KINDS, anatomy
from lottery.experiments.anatomy import anatomy_piece, spreads, units_by_weights
from lottery.networks.handmade import handmade_parameters, sparsest_parameters
from lottery.networks.lifenet import LifeNet
from lottery.report.figures.remains_of_pruning import mean_weights
from lottery.runs import pieces
from lottery.tickets.settings import PruningSettings

PLAN = plan_of("laptop")
COUNT = Structure.sizes.laptop.replicates


def _level(level, ticket, shared=0.6):
    found = {"shared": shared, "chance": 0.5, "lowest": 0.45, "highest": 0.55}
    return {
        "level": level,
        "kept": round(280 * 0.1 ** (level / 10)),
        "prunable": 280,
        "solved": [place < ticket for place in range(COUNT)],
        "features": [[5, 4]] * COUNT,
        "shuffled_features": [[9, 4]] * COUNT,
        "effective_parameters": [40] * COUNT,
        "dead": [[1, 0]] * COUNT,
        "units_by_weights": [2, 0, 0, 0, 0, 0, 0, 0, 2],
        "even": [3, 10],
        "overlap": {"places": {**found, "shared": 0.5}, "matched": found} if level else None,
        "with_one_shot": [0.7, 0.3] if level else None,
    }


def _results(ticket, scratch, shared=0.6):
    example = {
        "level": 7,
        "replicate": 3,
        "size": 15,
        "dense": numbers_of(handmade_parameters(width=8)),
        "ticket": numbers_of(sparsest_parameters()),
    }
    outcomes = {
        "levels": [_level(level, ticket, shared) for level in range(11)],
        "scratch": {"level": 7, "features": [[5, 4]] * COUNT, "solved": [place < scratch for place in range(COUNT)]},
        "example": example,
        "seconds": 1.0,
    }
    return {Structure(PLAN).pieces()["tickets"].name: outcomes}


def _points(*args, **more):
    points = Structure(PLAN, _results(*args, **more)).points()
    return {point["id"].removeprefix("structure/"): point for point in points}


def test_the_architecture_is_held_against_the_ticket_in_pairs():
    assert _points(60, 60)["architecture"]["verdict"] == "reproduced"
    worse = _points(60, 20)["architecture"]
    assert worse["verdict"] == "contradicted"
    assert worse["measured"] == pytest.approx(-40 / 64)
    assert "20/64; the tickets at density 0.20, rewound: 60/64" in worse["note"]


def test_agreement_is_judged_after_matching_and_at_one_level():
    assert _points(60, 60)["agreement/matched/level=7"]["verdict"] == "reproduced"
    assert _points(60, 60, shared=0.5)["agreement/matched/level=7"]["verdict"] == "undecided"
    assert _points(60, 60, shared=0.4)["agreement/matched/level=7"]["verdict"] == "contradicted"
    assert _points(60, 60)["agreement/places/level=7"]["verdict"] == "new"
    assert _points(60, 60)["agreement/matched/level=10"]["verdict"] == "new"


def test_what_is_left_is_counted():
    points = _points(60, 60)
    assert points["units/level=10"]["measured"] == 5
    assert "random places 9.0" in points["units/level=10"]["note"]
    assert points["kernels/level=10"]["measured"] == 5
    assert "9: 2" in points["kernels/level=10"]["note"]
    assert points["one-shot/level=5"]["measured"] == 0.7
    assert mean_weights({"units_by_weights": [0] * 9}) == 0


@pytest.mark.thorough
def test_the_figures(tmp_path):
    assert len(Structure(PLAN, _results(60, 60)).drawn(tmp_path)) == 2
    rows = list(csv.DictReader((tmp_path / "structure.csv").read_text().splitlines()))
    assert {row["series"] for row in rows} >= {"3x3, of 16", "units matched", "units matched, chance"}
    without = _results(60, 60)
    without[Structure(PLAN).pieces()["tickets"].name]["example"] = None
    assert len(Structure(PLAN, without).drawn(tmp_path)) == 1


def test_kernels_are_described():
    assert units_by_weights(handmade_parameters(width=2)) == [0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert spreads(handmade_parameters()).tolist() == [0, 0]
    one = handmade_parameters()
    one["block0_3x3"]["kernel"][..., 1] = 0
    one["block0_3x3"]["kernel"][0, 0, 0, 1] = 1
    assert units_by_weights(one) == [1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert spreads(one)[1] == pytest.approx(np.sqrt(7))


def test_a_tiny_run_tells_every_level(tmp_path, monkeypatch):
    monkeypatch.setattr(anatomy, "DRAWINGS", 2)
    piece = anatomy_piece(
        "anatomy",
        LifeNet(width=2),
        TINY,
        PruningSettings(levels=2, prune_fraction=0.4, controls=()),
        verdict=1,
        seed=0,
        replicates=range(3),
    )
    outcomes = pieces.compute(piece, tmp_path, KINDS, lambda share, words: None)
    assert [row["level"] for row in outcomes["levels"]] == [0, 1, 2]
    dense, first, second = outcomes["levels"]
    assert dense["features"] == [[4, 2]] * 3
    assert (dense["overlap"], dense["with_one_shot"]) == (None, None)
    assert first["with_one_shot"][0] == 1  # the first cut is one cut
    assert sum(second["units_by_weights"]) == sum(shape[0] for shape in second["features"] if shape[0])
    assert len(outcomes["scratch"]["solved"]) == 3
    assert outcomes["scratch"]["features"] == first["features"]
    assert lab.size(PLAN).verdict == 7
    assert anatomy.COMPARED >= 2
