"""Relaxed gates: each weight of a random network is multiplied by a gate between 0 and 1, and the gates are trained.

Yamada et al. 2020 (ICML, "Feature selection using stochastic gates", section 3), used to find strong tickets by Tsayag
and Lindenbaum 2026 (arXiv 2603.08914): every weight w has a score s. An update computes with

    w g,    g = min(1, max(0, s + sigma e)),    e standard normal,

whose slope by s is 1 where g lies strictly within 0 and 1, so that nothing goes straight through a threshold. What is
minimised has a price for gates that are open, the mean over all gates of the chance that g > 0, which is
Phi(s / sigma). Once it is judged, a weight is there if its score is 1/2 or more: a certificate needs a mask.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gol.errors import InputError
from lottery.inputs.plain_types import check_types
from lottery.networks.lifenet import Parameters
from lottery.training.scores.scored_masks import ScoredMasks, masked

START = 0.5  # where every gate is half open, as in the code of Yamada et al.


@dataclass(frozen=True)
class RelaxedGates(ScoredMasks):
    """What is trained instead of the weights.

    Attributes:
        sigma: standard deviation of the noise.
        price: what is added to the loss if all gates are open for certain.
        biases: whether biases have gates; without, all of them are there.
    """

    sigma: float = 0.5
    price: float = 0.0
    biases: bool = True
    noisy = True

    def __post_init__(self) -> None:
        """Refuse numbers that are none."""
        check_types(self)
        if not self.sigma > 0 or not self.price >= 0:
            raise InputError(
                f"sigma is {self.sigma} and price is {self.price}: sigma has to be above 0 and price 0 or more."
            )

    def first_scores(self, weights: Parameters, seed: int, replicate: int) -> Parameters:
        """All half open, whatever the replicate."""
        return {
            layer: {name: np.full(np.shape(leaves[name]), START, np.float32) for name in self.scored(leaves)}
            for layer, leaves in weights.items()
        }

    def network(self, params: Parameters) -> Parameters:
        """Weights whose gates are half open or more."""
        return masked(params, jax.tree.map(lambda score: (score >= START).astype(score.dtype), params["scores"]))

    def sample(self, params: Parameters, key: Array) -> Parameters:
        """Weights times gates with noise drawn with a key, differentiable by the scores."""
        scores, tree = jax.tree.flatten(params["scores"])
        keys = jax.random.split(key, len(scores))
        return masked(params, jax.tree.unflatten(tree, map(self._gate, scores, keys)))

    def _gate(self, score: Float[Array, "*shape"], key: Array) -> Float[Array, "*shape"]:
        return jnp.clip(score + self.sigma * jax.random.normal(key, score.shape, score.dtype), 0, 1)

    def cost(self, params: Parameters) -> Float[Array, ""] | None:
        """The price of gates that are open; None where they cost nothing."""
        if not self.price:
            return None
        scores = jnp.concatenate([score.ravel() for score in jax.tree.leaves(params["scores"])])
        return self.price * jnp.mean(jax.scipy.stats.norm.cdf(scores / self.sigma))
