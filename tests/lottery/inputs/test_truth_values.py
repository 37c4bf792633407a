"""Truth values in every form give what arrays of bool give, in every function that takes them; others are refused."""

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from helpers import assert_same, random_parameters

from gol.errors import InputError
from lottery.analysis.compaction import compact
from lottery.analysis.mask_overlap import likeness, matched, overlap
from lottery.analysis.sign_flips import add_noise, draw_places, flip_signs
from lottery.claims.frame.found import rate
from lottery.claims.frame.races import race
from lottery.claims.tickets.connectivity import associated
from lottery.inputs.truth_values import truths
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import apply_mask, as_mask, effective_mask, fill_pruned, full_mask, map_masked, measure
from lottery.report.figures.survival_curves import Times
from lottery.statistics.comparisons import count, paired
from lottery.statistics.ranks import rank
from lottery.statistics.rates import mcnemar_exact, paired_difference
from lottery.statistics.survival import kaplan_meier, logrank, logrank_paired, pair_wins

FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "list of bool": lambda truth: truth.tolist(),
    "list of int": lambda truth: truth.astype(int).tolist(),
    "list of float": lambda truth: truth.astype(float).tolist(),
    "tuple": lambda truth: tuple(truth.astype(int).tolist()),
    "object": lambda truth: truth.astype(object),
    **{name: lambda truth, name=name: truth.astype(name) for name in ("int64", "int8", "uint8", "float32", "float64")},
    "jax bool": jnp.asarray,
    "jax int": lambda truth: jnp.asarray(truth, jnp.int32),
    "jax bfloat16": lambda truth: jnp.asarray(truth, jnp.bfloat16),
}
WRONG = {"two": 2, "minus one": -1, "half": 0.5, "nan": np.nan, "text": "1", "None": None}

TIMES = np.array([3, 5, 5, 2, 9, 4, 9, 7])
LATER = np.array([7, 5, 9, 1, 9, 9, 8, 8])
FIRST = np.array([1, 1, 0, 1, 0, 1, 0, 1], bool)
SECOND = np.array([1, 0, 0, 0, 0, 1, 1, 0], bool)

# Every function that takes truth values, of two arms in the form that is tried.
OF_ARMS: dict[str, Callable[[Any, Any], Any]] = {
    "truths": lambda one, other: (truths(one, "one"), truths(other, "other")),
    "paired_difference": paired_difference,
    "mcnemar_exact": mcnemar_exact,
    "kaplan_meier": lambda one, other: (kaplan_meier(TIMES, one), kaplan_meier(LATER, other)),
    "logrank": lambda one, other: logrank(TIMES, one, LATER, other),
    "logrank_paired": lambda one, other: logrank_paired(TIMES, one, LATER, other),
    "pair_wins": lambda one, other: pair_wins(TIMES, one, LATER, other),
    "paired": paired,
    "race": lambda one, other: race(*(Times("an arm", at, np.asarray(o)) for at, o in ((TIMES, one), (LATER, other)))),
    "count": lambda one, other: (count(one), count(other)),
    "rate": lambda one, other: (rate(one), rate(other)),
    "rank": lambda one, other: rank(one, [other, one], 0),
}

PARAMS = random_parameters(LifeNet(features=(3, 2)), 0, np.float64)
OTHERS = random_parameters(LifeNet(features=(3, 2)), 1, np.float64)


def _mask(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return map_masked(lambda leaf: rng.random(leaf.shape) < 0.5, full_mask(PARAMS))


ONE, OTHER = _mask(0), _mask(1)

OF_MASKS: dict[str, Callable[[Any, Any], Any]] = {
    "as_mask": lambda one, other: (as_mask(one), as_mask(other)),
    "map_masked": lambda one, other: (map_masked(np.sum, one), map_masked(np.sum, other)),
    "apply_mask": lambda one, other: (apply_mask(PARAMS, one), apply_mask(PARAMS, other)),
    "fill_pruned": lambda one, other: (fill_pruned(PARAMS, one, OTHERS), fill_pruned(PARAMS, other, OTHERS)),
    "measure": lambda one, other: (measure(PARAMS, one), measure(PARAMS, other)),
    "effective_mask": lambda one, other: (effective_mask(one), effective_mask(other)),
    "overlap": overlap,
    "matched": matched,
    "likeness": lambda one, other: likeness([one, other], match=True, drawings=2, rng=np.random.default_rng(0)),
    "compact": lambda one, other: (compact(PARAMS, one).params, compact(PARAMS, other).params),
    "draw_places": lambda one, other: [draw_places(m, 3, np.random.default_rng(0)) for m in (one, other)],
    "flip_signs": lambda one, other: (flip_signs(PARAMS, one), flip_signs(PARAMS, other)),
    "add_noise": lambda one, other: add_noise(PARAMS, one, other, np.random.default_rng(0)),
}


def _parts(found: Any) -> Any:
    """A result as something that `assert_same` can compare."""
    if isinstance(found, tuple | list):
        return [_parts(part) for part in found]
    if isinstance(found, dict):
        return {name: _parts(part) for name, part in found.items()}
    return _parts(asdict(found)) if is_dataclass(found) else found


@pytest.mark.thorough(but=15)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("function", OF_ARMS.values(), ids=OF_ARMS.keys())
def test_zeros_and_ones_of_any_form_are_truth_values(function, form):
    assert_same(_parts(function(form(FIRST), form(SECOND))), _parts(function(FIRST, SECOND)))


@pytest.mark.thorough(but=15)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("function", OF_ARMS.values(), ids=OF_ARMS.keys())
def test_what_is_no_truth_value_is_refused_in_either_arm(function, wrong):
    broken = [*SECOND.tolist()[:-1], wrong]
    for arms in ((broken, SECOND), (FIRST, broken)):
        with pytest.raises(InputError, match="takes True and False, or 1 and 0, not"):
            function(*arms)


@pytest.mark.thorough(but=15)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("function", OF_MASKS.values(), ids=OF_MASKS.keys())
def test_masks_of_zeros_and_ones_are_masks_and_what_is_never_pruned_stays_so(function, form):
    one, other = (
        {
            layer: {name: None if leaf is None else form(leaf) for name, leaf in leaves.items()}
            for layer, leaves in m.items()
        }
        for m in (ONE, OTHER)
    )
    assert_same(_parts(function(one, other)), _parts(function(ONE, OTHER)))
    assert as_mask(one)["readout"]["bias"] is None


@pytest.mark.thorough(but=15)
@pytest.mark.parametrize("wrong", [2, -1, 0.5, np.nan])
@pytest.mark.parametrize("function", OF_MASKS.values(), ids=OF_MASKS.keys())
def test_a_mask_of_anything_else_is_refused_with_the_name_of_its_leaf(function, wrong):
    kernel = ONE["readout"]["kernel"].astype(float)
    kernel[0, 0, 0, 0] = wrong
    broken = {**ONE, "readout": {**ONE["readout"], "kernel": kernel}}
    for masks in ((broken, OTHER), (ONE, broken)):
        with pytest.raises(InputError, match=f"mask/readout/kernel takes True and False, or 1 and 0, not {wrong}"):
            function(*masks)


def test_a_mask_keeps_the_order_of_its_layers():
    assert list(as_mask({"b": {"kernel": [1]}, "a": {"kernel": [0]}})) == ["b", "a"]


def test_the_survival_of_integer_events_is_that_of_bools():
    curve = kaplan_meier([1, 2, 3, 4, 5], [1, 1, 0, 1, 0])
    np.testing.assert_allclose(curve.probability, [0.8, 0.6, 0.6, 0.3, 0.3])
    np.testing.assert_allclose(kaplan_meier([1, 2, 3, 3], [1, 1, 0, 1]).probability, [0.75, 0.5, 0.25])


def test_stable_and_solved_networks_may_be_counted_in_integers():
    stable, solved = np.random.default_rng(0).random((2, 8, 6)) < 0.5
    as_bools = associated(stable, solved, 0.95)
    assert as_bools[0] is not None
    assert associated(stable.astype(int), solved.astype(float), 0.95) == as_bools


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(InputError, match="rows of one length"):
        truths([[True], [True, False]], "mask")


def test_no_truth_values_at_all_are_none():
    assert truths([], "nothing").dtype == bool


@pytest.mark.parametrize("wrong", [True, [[True, False]]])
def test_arms_are_rows_of_truth_values(wrong):
    with pytest.raises(InputError, match="equally many replicates"):
        paired_difference(np.asarray(wrong), np.asarray(wrong))
    with pytest.raises(InputError, match="every run needs a time"):
        kaplan_meier(np.asarray(wrong, float), np.asarray(wrong))


def test_times_and_truth_values_in_the_wrong_order_are_refused():
    with pytest.raises(InputError, match="takes True and False"):
        kaplan_meier(FIRST, TIMES)
    with pytest.raises(InputError, match="times are numbers"):
        kaplan_meier(FIRST, FIRST)
