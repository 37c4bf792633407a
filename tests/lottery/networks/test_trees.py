"""Trees of arrays: any pytree, None leaves that stay None, and copies that share nothing with what they came from."""

from typing import NamedTuple

import numpy as np
import pytest
from helpers import assert_same

from lottery.networks import trees


class Layer(NamedTuple):
    """A tree need not be made of dictionaries."""

    kernel: np.ndarray
    bias: np.ndarray | None


TREE = {"first": Layer(np.arange(6.0).reshape(3, 2), None), "rest": [np.arange(3), {"deep": np.ones((3, 1))}]}


def test_leaves_have_flat_names_in_any_tree_and_none_has_one_too():
    assert list(trees.named_leaves(TREE)) == ["first/kernel", "first/bias", "rest/0", "rest/1/deep"]
    assert list(trees.flatten(TREE)) == ["first/kernel", "rest/0", "rest/1/deep"]
    nested = {"a": {"b": {"c": np.ones(2)}, "d": np.zeros(1)}}
    assert_same(trees.unflatten(trees.flatten(nested)), nested)


def test_networks_are_stacked_picked_and_concatenated_with_none_left_as_it_is():
    ones = [trees.pick(TREE, index) for index in range(3)]
    assert ones[1]["first"].bias is None
    np.testing.assert_array_equal(ones[1]["first"].kernel, [2, 3])
    assert_same(trees.stack(ones), TREE)
    assert_same(trees.concatenate([trees.pick(TREE, slice(0, 1)), trees.pick(TREE, np.array([1, 2]))]), TREE)
    with pytest.raises(ValueError, match="None"):
        trees.stack([{"bias": None}, {"bias": np.ones(1)}])


def test_rows_are_put_into_a_copy():
    before = TREE["first"].kernel.copy()
    found = trees.put(TREE, np.array([2, 0]), trees.pick(TREE, np.array([0, 1])))
    np.testing.assert_array_equal(found["first"].kernel, before[[1, 1, 0]])
    np.testing.assert_array_equal(TREE["first"].kernel, before)


def test_none_is_taken_from_another_tree():
    whole = TREE | {"first": Layer(np.zeros((3, 2)), np.full(3, 7.0))}
    found = trees.or_else(TREE, whole)
    assert found["first"].bias is whole["first"].bias
    assert found["first"].kernel is TREE["first"].kernel


def test_entries_are_counted_and_summed_without_none():
    assert trees.size(TREE) == 12
    assert trees.total({"a": {"kernel": np.array([True, False, True]), "bias": None}}) == 2
    assert_same(trees.full_like({"a": np.zeros(2), "b": None}, 3), {"a": np.full(2, 3, np.float32), "b": None})


def test_the_content_feels_names_types_bits_and_none():
    same = {"a": np.zeros(2, np.float32), "b": None}
    assert trees.content(same) == trees.content({"b": None, "a": np.zeros(2, np.float32)})
    others = [
        {"a": np.zeros(2, np.float64), "b": None},
        {"a": -np.zeros(2, np.float32), "b": None},
        {"c": np.zeros(2, np.float32), "b": None},
        {"a": np.zeros(2, np.float32)},
    ]
    assert len({trees.content(tree) for tree in [same, *others]}) == 5
