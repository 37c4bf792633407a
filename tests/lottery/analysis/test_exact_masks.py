from itertools import combinations, product
from pathlib import Path

import jax
import numpy as np
import pytest
from helpers import rows

import lottery
from gol.errors import InputError
from lottery.analysis.exact_masks import RING, can_be_exact, counts_can_be_exact, exact_parameters
from lottery.analysis.fifteen_parameters import from_numbers
from lottery.networks.handmade import handmade_parameters, smallest_parameters, sparsest_parameters
from lottery.networks.lifenet import LifeNet, initial_parameters
from lottery.networks.masks import full_mask, map_masked
from lottery.networks.trees import stack
from lottery.runs.files import read_json

PIECES = Path(__file__).parents[3] / "docs" / "reference" / "pieces"
SHIPPED = lottery.shipped_ticket().params


def _nonzero(params):
    return jax.tree.map(lambda leaf: np.asarray(leaf) != 0, params)


def _random_mask(rng, a, b, density, biases=False):
    shapes = {"block0_3x3": (3, 3, 1, a), "block0_1x1": (1, 1, a, b), "readout": (1, 1, b, 1)}
    return {
        layer: {
            "kernel": rng.random(shape) < density,
            "bias": rng.random(shape[-1]) < density if biases else None,
        }
        for layer, shape in shapes.items()
    }


def _records():
    return [
        from_numbers(read_json(piece / "outcomes.json")["record"]["parameters"])
        for piece in sorted(PIECES.glob("records-*"))
        if read_json(piece / "outcomes.json")["record"]
    ]


def test_masks_of_exact_networks_are_not_excluded():
    known = [SHIPPED, smallest_parameters(), sparsest_parameters(), handmade_parameters(), *_records()]
    assert len(known) > 8
    for params in known:
        assert lottery.certify(params).correct
        assert can_be_exact(_nonzero(params))
    assert can_be_exact(full_mask(SHIPPED))


def test_a_mask_without_any_one_of_the_fifteen_is_excluded():
    mask = _nonzero(sparsest_parameters())
    removed = 0
    for layer, leaves in mask.items():
        for name, leaf in leaves.items():
            for place in zip(*np.nonzero(leaf), strict=True):
                without = leaf.copy()
                without[place] = False
                assert not can_be_exact({**mask, layer: {**leaves, name: without}}), (layer, name, place)
                removed += 1
    assert removed == 15


def _by_walking(mask):
    """The conditions for masks without prunable biases, path by path."""
    kernel, inner, outer = (
        mask[name]["kernel"].squeeze(axis).reshape(shape)
        for name, axis, shape in (("block0_3x3", 2, (9, -1)), ("block0_1x1", 0, mask["block0_1x1"]["kernel"].shape[2:]),
                                  ("readout", (0, 1, 3), -1))
    )  # fmt: skip
    a, b = inner.shape
    paths = {
        cell: [(i, j) for i, j in product(range(a), range(b)) if kernel[cell, i] and inner[i, j] and outer[j]]
        for cell in range(9)
    }

    def meet(p, q):
        wide = {i for i, _ in paths[p]} & {i for i, _ in paths[q]}
        narrow = [{j for _, j in paths[cell]} for cell in (p, q)]
        return bool(wide) or (bool(narrow[0] & narrow[1]) and min(map(len, narrow)) >= 2)

    return (
        len(paths[4]) >= 1
        and all(len(paths[cell]) >= 2 for cell in RING)
        and all(meet(p, q) for p, q in combinations(RING.tolist(), 2))
    )


@pytest.mark.parametrize(("a", "b", "density"), [(1, 2, 0.97), (2, 2, 0.8), (3, 2, 0.7), (4, 3, 0.6), (6, 5, 0.5)])
def test_the_conditions_are_those_of_a_walk_along_every_path_and_masks_are_looked_at_together(a, b, density):
    rng = np.random.default_rng(0)
    masks = stack([_random_mask(rng, a, b, density) for _ in range(300)])
    found = can_be_exact(masks)
    walked = [_by_walking(map_masked(lambda leaf, i=i: leaf[i], masks)) for i in range(300)]
    assert found.tolist() == walked
    assert 10 < sum(walked) < 290


@pytest.mark.parametrize(("a", "b", "density"), [(1, 2, 0.98), (2, 1, 0.96), (4, 2, 0.75), (8, 4, 0.6)])
def test_weights_given_for_a_mask_are_exact_and_lie_under_it(a, b, density):
    rng = np.random.default_rng(1)
    given = 0
    for _ in range(60):
        mask = _random_mask(rng, a, b, density, biases=True)
        params = exact_parameters(mask)
        if params is not None:
            given += 1
            assert can_be_exact(mask)
            assert lottery.certify(params).correct
            assert not any(jax.tree.leaves(jax.tree.map(lambda leaf, keep: leaf[~keep].any(), params, mask)))
    assert given >= 5


def test_weights_are_given_for_the_masks_of_the_networks_by_hand():
    for params in (sparsest_parameters(), smallest_parameters()):
        assert exact_parameters(_nonzero(params)) is not None
    kernels = {layer: {**leaves, "bias": None} for layer, leaves in _nonzero(handmade_parameters(width=8)).items()}
    assert exact_parameters(kernels) is not None
    empty = jax.tree.map(np.zeros_like, _nonzero(sparsest_parameters()))
    assert exact_parameters(empty) is None
    assert not can_be_exact(empty)


def test_two_groups_of_neighbours_that_never_meet_are_excluded():
    kernel = np.zeros((3, 3, 1, 2), bool)
    kernel[:2], kernel[2:] = (True, False), (False, True)
    apart = {
        "block0_3x3": {"kernel": kernel, "bias": None},
        "block0_1x1": {"kernel": np.array([[1, 1, 0, 0], [0, 0, 1, 1]], bool).reshape(1, 1, 2, 4), "bias": None},
        "readout": {"kernel": np.ones((1, 1, 4, 1), bool), "bias": None},
    }
    assert not can_be_exact(apart)
    meeting = np.array([[1, 1, 0, 0], [0, 1, 1, 0]], bool).reshape(1, 1, 2, 4)
    together = {**apart, "block0_1x1": {"kernel": meeting, "bias": None}}
    assert can_be_exact(together)
    assert lottery.certify(exact_parameters(together)).correct


def test_a_unit_that_reads_nothing_stands_for_a_bias():
    mask = _nonzero(handmade_parameters(features=(3, 1)))
    mask["readout"]["bias"] = np.zeros(1, bool)
    assert not can_be_exact(mask)  # one 1x1 unit and no constant beside it: the logit has one sign
    wide = _nonzero(handmade_parameters(features=(3, 2)))
    wide["readout"] = {"kernel": np.ones((1, 1, 2, 1), bool), "bias": np.zeros(1, bool)}
    wide["block0_1x1"]["bias"] = np.array([False, True])
    assert can_be_exact(wide)


def test_counts_exclude_no_mask_that_is_not_excluded():
    rng = np.random.default_rng(2)
    masks = stack([_random_mask(rng, 3, 2, density) for density in np.linspace(0.2, 1, 400)])
    wide, narrow, outer = (
        masks[name]["kernel"].sum(axis=(1, 2, 3, 4)) for name in ("block0_3x3", "block0_1x1", "readout")
    )
    by_counts = counts_can_be_exact(wide, narrow, outer)
    assert not (can_be_exact(masks) & ~by_counts).any()
    assert 0 < by_counts.sum() < 400
    counts = {(9, 2, 2): True, (8, 9, 2): False, (9, 1, 9): False, (17, 2, 1): True, (16, 2, 1): False}
    assert counts_can_be_exact(*np.array(list(counts)).T).tolist() == list(counts.values())


def test_certified_networks_of_the_reference_have_counts_that_are_not_excluded():
    looked_at = 0
    for piece in PIECES.glob("*"):
        levels = read_json(piece / "outcomes.json").get("levels")
        if not isinstance(levels, list) or not levels or "block0_3x3" not in levels[0].get("layers", {}):
            continue
        for row in levels:
            layers = (np.array(row["layers"][name]["kept"]) for name in ("block0_3x3", "block0_1x1", "readout"))
            if set(row["layers"]) == {"block0_3x3", "block0_1x1", "readout"}:
                possible = counts_can_be_exact(*layers)
                for arm in row["arms"].values():
                    solved = np.array(arm["solved_at_end"], bool)
                    assert not (solved & ~possible).any(), piece.name
                    looked_at += solved.sum()
                    if arm.get("can_be_exact") is not None:
                        assert not (solved & ~np.array(arm["can_be_exact"])).any(), piece.name
    assert looked_at > 5000


def test_what_the_proofs_do_not_cover_is_refused():
    with pytest.raises(InputError, match="one-step LifeNet"):
        can_be_exact(full_mask(initial_parameters(LifeNet(steps=2), jax.random.key(0))))
    with pytest.raises(InputError, match="one-step LifeNet"):
        can_be_exact(full_mask(initial_parameters(LifeNet(activation="prelu"), jax.random.key(0))))
    with pytest.raises(InputError, match="lacks one of the facts"):
        can_be_exact(full_mask(SHIPPED), "B3/S3")
    mask = full_mask(SHIPPED)
    with pytest.raises(InputError, match="never be pruned is True"):
        can_be_exact({**mask, "readout": {"kernel": None, "bias": None}})


def test_several_masks_are_judged_as_each_alone():
    masks = stack([_nonzero(sparsest_parameters()), _nonzero(smallest_parameters())])
    assert can_be_exact(masks).tolist() == [bool(can_be_exact(rows(masks, i))) for i in range(2)] == [True, True]
