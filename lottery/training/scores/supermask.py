"""Supermasks: each weight of a random network is there with a probability, and the probabilities are trained.

Zhou et al. 2019 (arXiv 1905.01067, section 5): every weight w has a score s. An update computes with

    w h,    h = 1 with probability sigmoid(s), else 0,

and the gradient goes straight through the draw as if h were its probability: dL/ds = dL/d(w h) w sigmoid'(s). Scores
start at 0, every weight at even chances, as in the authors' code. They judge a network by the mean over ten masks drawn
from the probabilities; a certificate needs one mask, here that of all weights which are more likely there than not.
"""

from dataclasses import dataclass
from typing import ClassVar

import jax
import numpy as np
from jaxtyping import Array, Float

from lottery.networks.lifenet import Parameters
from lottery.training.scores.scored_masks import ScoredMasks


@dataclass(frozen=True)
class Supermask(ScoredMasks):
    """What is trained instead of the weights; the attributes are those of `ScoredMasks`."""

    biases: bool = True
    noisy: ClassVar[bool] = True

    def first_scores(self, weights: Parameters, seed: int, replicate: int) -> Parameters:
        """All zero, whatever the replicate."""
        return {
            layer: {name: np.zeros(np.shape(leaves[name]), np.float32) for name in self.scored(leaves)}
            for layer, leaves in weights.items()
        }

    def network(self, params: Parameters) -> Parameters:
        """Weights that are there with a probability of 1/2 or more."""
        return self._masked(params, jax.tree.map(lambda score: (score >= 0).astype(score.dtype), params["scores"]))

    def sample(self, params: Parameters, key: Array) -> Parameters:
        """Weights under a mask drawn with a key, differentiable by the scores."""
        scores, tree = jax.tree.flatten(params["scores"])
        keys = jax.random.split(key, len(scores))
        return self._masked(params, jax.tree.unflatten(tree, map(_draw, scores, keys)))

    def _masked(self, params: Parameters, there: Parameters) -> Parameters:
        return {
            layer: leaves | {name: leaves[name] * there[layer][name] for name in there[layer]}
            for layer, leaves in params["weights"].items()
        }


def _draw(score: Float[Array, "*shape"], key: Array) -> Float[Array, "*shape"]:
    chance = jax.nn.sigmoid(score)
    there = jax.random.bernoulli(key, jax.lax.stop_gradient(chance)).astype(score.dtype)
    return there + (chance - jax.lax.stop_gradient(chance))  # exactly 0 or 1, with the slope of the chance
