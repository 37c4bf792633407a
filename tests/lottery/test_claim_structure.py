"""The claim about what tickets are made of, on made-up outcomes, and how they are described."""

import numpy as np
import pytest

from lottery.claims import lab, structure
from lottery.claims.anatomy import alike, kernel_weights
from lottery.handmade import handmade_parameters, sparsest_parameters
from lottery.presets import plan_of
from lottery.sparsest import numbers_of

PLAN = plan_of("laptop", replicates=40)


def _row(level, shared):
    other = {"shared": 0.2, "chance": 0.2, "lowest": 0.1, "highest": 0.3}
    return {
        "level": level, "kept": round(280 * 0.8**level), "prunable": 280, "solved": [True] * 20 + [False] * 20,
        "features": [[4, 2]] * 40, "shuffled_features": [[9, 5]] * 40, "effective_parameters": [40] * 40,
        "dead": [[1, 0]] * 40, "kernel_weights": [[9, 7, 5]] * 40, "like_handmade": [[0.1, 0.6]] * 20 + [None] * 20,
        "overlap": {"places": other, "matched": {**other, "shared": shared}} if level else None,
        "with_one_shot": [0.8, 0.2] if level else None,
    }  # fmt: skip


def _results(shared=0.5, alone=20, example=None):
    levels = [_row(level, shared) for level in range(lab.size(PLAN).levels + 1)]
    scratch = {"level": 7, "features": [[4, 2]] * 40, "solved": [i < alone for i in range(40)]}
    return {
        structure.piece(PLAN).name: {"levels": levels, "scratch": scratch, "example": example, "seconds": 1.0},
    }


def _points(**more):
    return {p["id"].removeprefix("structure/"): p for p in structure.points(PLAN, _results(**more))}


def test_agreement_above_below_and_within_chance():
    name = f"agreement/matched/level={lab.size(PLAN).verdict}"
    assert _points(shared=0.5)[name]["verdict"] == "reproduced"
    assert _points(shared=0.25)[name]["verdict"] == "undecided"
    assert _points(shared=0.05)[name]["verdict"] == "contradicted"
    assert _points()[name.replace("matched", "places")]["verdict"] == "new"


def test_the_architecture_is_compared_in_pairs():
    assert _points(alone=20)["architecture"]["measured"] == 0
    worse = _points(alone=0)["architecture"]
    assert worse["measured"] == pytest.approx(-0.5)
    assert worse["verdict"] == "contradicted"


def test_units_and_kernels_are_counted():
    points = _points()
    units, kernels = points["units/level=7"], points["kernels/level=7"]
    assert units["measured"] == 4
    assert "random places 9.0" in units["note"]
    assert kernels["measured"] == 7
    assert "Of the 40 units of certified tickets, 0" in kernels["note"] or "Of the 40 units" in kernels["note"]


def test_kernels_are_described_by_their_weights_and_how_alike_they_are():
    hand = handmade_parameters()
    assert kernel_weights(hand) == [9, 9]
    assert alike(hand) == [0.0, 0.0]
    lone = {"block0_3x3": {"kernel": np.zeros((3, 3, 1, 2))}}
    lone["block0_3x3"]["kernel"][0, 0, 0, 0] = -3.0
    assert kernel_weights(lone) == [1]
    assert alike(lone) == [pytest.approx(7**0.5, abs=1e-3)]


def test_figures_with_and_without_an_example(tmp_path):
    example = {
        "level": 7, "replicate": 3, "size": 15,
        "dense": numbers_of(handmade_parameters()), "ticket": numbers_of(sparsest_parameters()),
    }  # fmt: skip
    assert len(structure.figures(PLAN, _results(), tmp_path)) == 1
    assert len(structure.figures(PLAN, _results(example=example), tmp_path)) == 2
    assert (tmp_path / "structure-graphs.csv").exists()
