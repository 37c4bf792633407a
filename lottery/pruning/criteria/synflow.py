"""SynFlow (Tanaka et al. 2020, arXiv 2006.05467): the flow through each weight, without any data.

The network with |w| for its weights and biases of zero gets an input of ones; R is the sum of its logits, and the score

    |w| dR/d|w|

is the part of R that flows through a weight. In every layer the scores add up to R, and so do a unit's on both of its
sides: a layer of few weights has high ones, which is why 100 small rounds of scoring and pruning, in which the density
falls exponentially, never empty a layer before the others.

With weights of one sign ReLUs do nothing, so they stand for every activation. Prunable biases have the score 0.
"""

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lottery.networks.lifenet import LifeNet, Parameters, logits, require_lifenet
from lottery.pruning.criteria.context import Context

ROUNDS = 100


def synflow(context: Context) -> Parameters:
    """|w| dR/d|w|, one round of it."""
    net, _ = context.task
    require_lifenet(net, "SynFlow")  # it takes the network's layers for linear ones
    with jax.enable_x64(True):
        positive = jax.tree.map(lambda w: jnp.abs(jnp.asarray(w, jnp.float64)), context.weights)
        return jax.tree.map(np.asarray, _flows(net)(positive))


@lru_cache(maxsize=32)
def _flows(net: LifeNet) -> Any:
    # One window suffices: on a torus of ones all cells are alike.
    linear, side = net.clone(padding="valid", activation="relu"), 2 * net.steps + 1

    def flow(params: Parameters) -> Any:
        silent = {
            layer: {name: jnp.zeros_like(leaf) if name == "bias" else leaf for name, leaf in leaves.items()}
            for layer, leaves in params.items()
            if "kernel" in leaves
        }
        return jnp.sum(logits(linear, silent, jnp.ones((side, side), jnp.float64)))

    return jax.jit(lambda params: jax.tree.map(jnp.multiply, params, jax.grad(flow)(params)))
