"""Which side of zero is right, for arrays of numpy and inside compiled programs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lottery.networks.neighbourhoods import right_side, right_side_traced

LOGITS = np.array([1.0, -1.0, 0.0, -0.0, np.nan, np.inf, -np.inf], np.float32)


def _traced(logit, alive):
    return np.asarray(jax.jit(right_side_traced)(jnp.asarray(logit), jnp.asarray(alive)))


@pytest.mark.parametrize("judge", [right_side, _traced])
def test_only_a_finite_logit_strictly_on_its_side_is_right(judge):
    alive = np.ones(len(LOGITS), bool)
    assert judge(LOGITS, alive).tolist() == [True, False, False, False, False, False, False]
    assert judge(LOGITS, ~alive).tolist() == [False, True, False, False, False, False, False]
