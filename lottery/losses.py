"""The loss of a batch, computed on its boards or, for one step, on its 512 neighbourhood patterns.

A one-step network sees nothing but 3x3 neighbourhoods, of which there are 512. The mean loss over a batch's cells is
therefore the mean over the 512 patterns weighted by how often each occurs: the same number and the same gradient, up
to the order in which terms are added, for a small part of the work.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from lottery.networks import LifeNet, Parameters, logits

# All 3x3 neighbourhoods by code, cells in reading order with the north-west cell as the top bit: shape (512, 9).
NEIGHBOURHOODS = ((np.arange(512)[:, None] >> np.arange(8, -1, -1)) & 1).astype(np.float32)


def binary_cross_entropy(logit: Float[Array, "..."], target: Float[Array, "..."]) -> Float[Array, "..."]:
    """-t log(sigmoid(z)) - (1-t) log(1-sigmoid(z)) elementwise, in the form max(z,0) - z t + log(1 + exp(-|z|))."""
    return jnp.maximum(logit, 0) - logit * target + jnp.log1p(jnp.exp(-jnp.abs(logit)))


def squared_error(logit: Float[Array, "..."], target: Float[Array, "..."]) -> Float[Array, "..."]:
    """(sigmoid(z) - t)^2 elementwise."""
    return (jax.nn.sigmoid(logit) - target) ** 2


LOSSES: dict[str, Callable[..., Array]] = {"bce": binary_cross_entropy, "mse": squared_error}


def pattern_logits(params: Parameters) -> Float[Array, "512"]:
    """Logits of a one-step network on all 512 neighbourhoods, indexed by neighbourhood code.

    The same network as `LifeNet(steps=1)`, written as matrix products with features before patterns: XLA runs these
    about a hundred times faster on a CPU than the convolutions (see docs/engine.md).
    """
    kernel = params["block0_3x3"]["kernel"]
    patterns = jnp.asarray(NEIGHBOURHOODS.T, kernel.dtype)
    x = _affine(kernel.reshape(9, -1), params["block0_3x3"]["bias"], patterns)
    x = _affine(params["block0_1x1"]["kernel"][0, 0], params["block0_1x1"]["bias"], jax.nn.relu(x))
    return _affine(params["readout"]["kernel"][0, 0], params["readout"]["bias"], jax.nn.relu(x))[0]


def _affine(weights: Float[Array, "i o"], bias: Float[Array, " o"], x: Float[Array, "i n"]) -> Float[Array, "o n"]:
    return jnp.matmul(weights.T, x, precision="highest") + bias[:, None]


def patterns_loss(
    params: Parameters, weights: Float[Array, "512"], targets: Float[Array, "512"], loss: str
) -> Float[Array, ""]:
    """Mean loss over a batch given as pattern weights (512,) that sum to 1; targets (512,) is the rule's table."""
    return jnp.sum(weights * LOSSES[loss](pattern_logits(params), targets))


def boards_loss(
    net: LifeNet,
    params: Parameters,
    boards: Float[Array, "batch height width"],
    targets: Float[Array, "batch height width"],
    loss: str,
) -> Float[Array, ""]:
    """Mean loss over all cells of a batch of boards (batch, height, width), floats, and their boards n steps later."""
    return jnp.mean(LOSSES[loss](logits(net, params, boards), targets))
