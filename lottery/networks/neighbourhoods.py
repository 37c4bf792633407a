"""The 512 neighbourhoods that a one-step network sees, how probable each is, and which side of zero is right."""

from math import factorial

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

# All 3x3 neighbourhoods by code, cells in reading order with the north-west cell as the top bit: shape (512, 9).
NEIGHBOURHOODS = ((np.arange(512)[:, None] >> np.arange(8, -1, -1)) & 1).astype(np.float32)


def topology_of(padding: str) -> str:
    """The simulator's topology that a network's padding can be exact on."""
    return "torus" if padding == "torus" else "plane"


def risk_weights(density: float | None) -> np.ndarray:
    """How probable each of the 512 neighbourhoods is: weights of the exact risk, float64 (512,), by code.

    The expected loss over all boards of a torus is the mean over its cells, each of which sees every neighbourhood with
    k live cells with probability d^k (1-d)^(9-k); where d is drawn from U(0, 1), with the integral k! (9-k)! / 10!.

    Args:
        density: d, or None for U(0, 1).
    """
    alive = NEIGHBOURHOODS.sum(1).astype(np.int64)
    if density is None:
        return np.array([factorial(k) * factorial(9 - k) / factorial(10) for k in range(10)])[alive]
    return np.array([density**k * (1 - density) ** (9 - k) for k in range(10)])[alive]


def right_side(logit: Float[np.ndarray, "*n"], alive: Bool[np.ndarray, "*n"]) -> Bool[np.ndarray, "*n"]:
    """Where a logit is strictly on the right side; 0, NaN and infinities that came of overflow are wrong."""
    return np.asarray(np.where(alive, logit > 0, logit < 0) & np.isfinite(logit))


def right_side_traced(logit: Float[Array, "*n"], alive: Bool[Array, "*n"]) -> Bool[Array, "*n"]:
    """What `right_side` says, as part of a compiled program."""
    return jnp.where(alive, logit > 0, logit < 0) & jnp.isfinite(logit)
