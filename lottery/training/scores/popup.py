"""Tickets without training: the weights stay as they were drawn, and what is trained is which of them are there.

Edge-popup (Ramanujan et al. 2020, arXiv 1911.13299, section 3): every weight w has a score s. The network computes with

    w h(s),    h = 1 for the share `density` of the weights of its layer with the highest |s|, else 0,

and the gradient goes straight through h as if it were |s|: dL/ds = dL/d(w h) w sign(s). An optimiser moves the scores.
Without biases no network can answer Life's dead board, whose logit would be 0: biases have scores too, and have to be
drawn by an initialiser that does not start them at zero ("pytorch").
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from gol.errors import InputError
from lottery.inputs.plain_types import check_types
from lottery.networks.lifenet import Parameters
from lottery.training import batches
from lottery.training.scores.scored_masks import ScoredMasks

FEW = 128  # numbers that are compared all with all


@dataclass(frozen=True)
class EdgePopup(ScoredMasks):
    """What is trained instead of the weights.

    Attributes:
        density: share of every layer's kernel, and of its bias, that is there; the count is rounded and at least 1.
        biases: whether biases have scores; without, all of them are there.
        counts: (layer, weights of its kernel that are there) for layers whose count is given instead of the share.
    """

    density: float = 0.5
    biases: bool = True
    counts: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        check_types(self)
        if not 0 < self.density <= 1:
            raise InputError(f"density is {self.density}: the share of weights that are there lies within 0 and 1.")

    def first_scores(self, weights: Parameters, seed: int, replicate: int) -> Parameters:
        """Uniform within +-1/sqrt(fan_in), as the weights of PyTorch (and the scores of Ramanujan et al.) begin."""
        rng = np.random.default_rng([seed, replicate, batches.SCORES])
        scores = {}
        for layer in sorted(weights):
            bound = np.prod(np.shape(weights[layer]["kernel"])[:-1]) ** -0.5
            scores[layer] = {
                name: rng.uniform(-bound, bound, np.shape(weights[layer][name])).astype(np.float32)
                for name in self.scored(weights[layer])
            }
        return scores

    def network(self, params: Parameters) -> Parameters:
        """The weights that one network computes with, differentiable by the scores."""
        scores = params["scores"]
        return {
            layer: {
                name: leaf * _there(scores[layer][name], self._count(layer, name, leaf.size))
                if name in scores[layer]
                else leaf
                for name, leaf in leaves.items()
            }
            for layer, leaves in params["weights"].items()
        }

    def _count(self, layer: str, name: str, size: int) -> int:
        given = dict(self.counts).get(layer) if name == "kernel" else None
        return max(1, round(self.density * size)) if given is None else given


def _there(score: Float[Array, "*shape"], count: int) -> Float[Array, "*shape"]:
    size = jnp.abs(score)
    mask = highest(size, count).astype(score.dtype)
    return mask + (size - jax.lax.stop_gradient(size))  # exactly 0 or 1, with the slope of |s|


@partial(jax.jit, static_argnums=1)
def highest(sizes: Float[Array, "*shape"], count: int) -> Bool[Array, "*shape"]:
    """Where the `count` highest of some numbers are, none of them negative; of equal ones the later.

    XLA sorts so slowly on a CPU that sorting would take twenty times as long as everything else. Few numbers are
    compared all with all; of many, the lowest that stays is found by halving, on their bits, which are in their order.
    """
    flat = sizes.ravel()
    if flat.size <= FEW:
        place = np.arange(flat.size)
        above = (flat[None] > flat[:, None]) | ((flat[None] == flat[:, None]) & (place[None] > place[:, None]))
        return (jnp.sum(above, axis=1, dtype=jnp.int32) < count).reshape(sizes.shape)
    whole = jnp.int64 if flat.dtype == jnp.float64 else jnp.int32
    bits = jax.lax.bitcast_convert_type(flat, whole)

    def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = low + (high - low) // 2
        enough = jnp.sum(bits >= middle, dtype=jnp.int32) >= count
        return jnp.where(enough, middle, low), jnp.where(enough, high, middle)

    ends = jnp.zeros((), whole), jnp.asarray(jnp.iinfo(whole).max, whole)
    lowest, _ = jax.lax.fori_loop(0, jnp.iinfo(whole).bits - 1, halve, ends)
    above, equal = bits > lowest, bits == lowest
    missing = count - jnp.sum(above, dtype=jnp.int32)
    later = jnp.cumsum(equal[::-1], dtype=jnp.int32)[::-1]
    return (above | (equal & (later <= missing))).reshape(sizes.shape)


def signed_constant(weights: Parameters) -> Parameters:
    """Weights of one size per layer, sqrt(2 / fan_in), with the signs of those given; biases too.

    The "signed Kaiming constant" of Ramanujan et al. 2020, which does best there. Their networks have no biases; here
    a bias is one more weight.

    Args:
        weights: leaves (R, ...) or of one network, kernels (..., h, w, in, out).
    """
    found = {}
    for layer, leaves in weights.items():
        size = np.float32((2 / np.prod(np.shape(leaves["kernel"])[-4:-1])) ** 0.5)
        found[layer] = {name: np.where(np.asarray(leaf) < 0, -size, size) for name, leaf in leaves.items()}
    return found
