"""The search for operations: every rule's chain gives the rule's table."""

import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import gol
from gol.logic import Node, apply_rule, rule_logic

COUNTS = st.frozensets(st.integers(0, 8))


@settings(deadline=None, max_examples=200)
@given(COUNTS, COUNTS)
def test_the_chain_of_any_rule_gives_its_table(birth, survival):
    states, counts = (grid.reshape(1, 1, -1) for grid in np.meshgrid([0, 1], range(9)))
    bits = [jnp.asarray(-((counts >> bit) & 1).astype(np.int32)).view(jnp.uint32) for bit in range(4)]
    centre = jnp.asarray(-states.astype(np.int32)).view(jnp.uint32)
    after = np.asarray(apply_rule(centre, tuple(bits), gol.Rule(birth, survival)))
    expected = np.where(states == 1, np.isin(counts, list(survival)), np.isin(counts, list(birth)))
    np.testing.assert_array_equal(after, np.where(expected, np.uint32(2**32 - 1), np.uint32(0)))


def test_life_takes_four_operations():
    two, four, one_or_alive = 2, 3, Node("or", 0, (Node("is", 1),))
    assert rule_logic(gol.parse_rule("B3/S23")) == Node("and", two, (Node("not and", four, (one_or_alive,)),))
