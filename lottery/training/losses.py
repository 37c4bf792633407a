"""The loss of a batch, computed on its boards, on its 512 neighbourhood patterns, or with the first block as a table.

A one-step network sees nothing but 3x3 neighbourhoods, of which there are 512. The mean loss over a batch's cells is
therefore the mean over the 512 patterns weighted by how often each occurs: the same number and the same gradient, up
to the order in which terms are added, for a small part of the work.

With two or more steps the first block still has no more than 512 answers. It is computed once on all neighbourhoods,
and every cell looks its answer up by its code; the blocks after it are matrix products. On an accelerator the first
block is a matrix product too: the gradient of a table is a sum over the cells that looked it up, which an accelerator
adds in an order of its own each time, so that no run could be repeated.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Integer

from lottery.networks.activations import ACTIVATIONS
from lottery.networks.lifenet import Network, Parameters, logits, slope_of, steps_of
from lottery.networks.neighbourhoods import NEIGHBOURHOODS


def binary_cross_entropy(logit: Float[Array, "..."], target: Float[Array, "..."]) -> Float[Array, "..."]:
    """-t log(sigmoid(z)) - (1-t) log(1-sigmoid(z)) elementwise, in the form max(z,0) - z t + log(1 + exp(-|z|))."""
    # Not maximum(z, 0): at z = 0, where every network without biases starts on a dead board, its slope of 1/2 and that
    # of |z|, which jax takes as 1, would give 0 - t instead of 1/2 - t.
    return jnp.where(logit >= 0, logit, 0) - logit * target + jnp.log1p(jnp.exp(-jnp.abs(logit)))


def squared_error(logit: Float[Array, "..."], target: Float[Array, "..."]) -> Float[Array, "..."]:
    """(sigmoid(z) - t)^2 elementwise."""
    return (jax.nn.sigmoid(logit) - target) ** 2


def squared_error_of_relu(logit: Float[Array, "..."], target: Float[Array, "..."]) -> Float[Array, "..."]:
    """(relu(z + 1/2) - t)^2 elementwise: a network whose output is a ReLU, read as alive above 1/2.

    Its pre-activation is z + 1/2, so that here too the sign of z is the answer.
    """
    return (jax.nn.relu(logit + 0.5) - target) ** 2


LOSSES: dict[str, Callable[..., Array]] = {
    "bce": binary_cross_entropy,
    "mse": squared_error,
    "relu_mse": squared_error_of_relu,
}


def pattern_logits(params: Parameters, activation: str = "relu") -> Float[Array, "512"]:
    """Logits of a one-step network on all 512 neighbourhoods, indexed by neighbourhood code.

    The same network as `LifeNet(steps=1)`, written as matrix products with features before patterns: XLA runs these
    about a hundred times faster on a CPU than the convolutions (see docs/engine.md).
    """
    return _read_out(params, _first_block(params, activation))


def _first_block(params: Parameters, activation: str) -> Float[Array, "b 512"]:
    """The first block's answers to all 512 neighbourhoods."""
    kernel = params["block0_3x3"]["kernel"]
    patterns = jnp.asarray(NEIGHBOURHOODS.T, kernel.dtype)
    return _block(params, 0, patterns, activation)


def _block(params: Parameters, block: int, x: Float[Array, "inputs n"], activation: str) -> Float[Array, "b n"]:
    """One block on columns that each hold what its 3x3 kernel sees, in the order of the kernel."""
    wide = params[f"block{block}_3x3"]
    return _rest_of_block(params, block, _affine(wide["kernel"].reshape(x.shape[0], -1), wide["bias"], x), activation)


def _rest_of_block(params: Parameters, block: int, x: Float[Array, "a n"], activation: str) -> Float[Array, "b n"]:
    """What follows the 3x3 convolution of a block."""
    narrow, activate = params[f"block{block}_1x1"], ACTIVATIONS[activation].train
    hidden = activate(x, _slope(params, f"block{block}_3x3"))
    answer = _affine(narrow["kernel"][0, 0], narrow["bias"], hidden)
    return activate(answer, _slope(params, f"block{block}_1x1")) if "readout" in params else answer


def _slope(params: Parameters, layer: str) -> Any:
    """As `slope_of`, for values of the layer that have their channels first."""
    slope = slope_of(params, layer)
    return slope if slope is None or slope.ndim == 0 else slope[:, None]


def _read_out(params: Parameters, x: Float[Array, "b n"]) -> Float[Array, " n"]:
    if "readout" not in params:
        return x[0]
    return _affine(params["readout"]["kernel"][0, 0], params["readout"]["bias"], x)[0]


def table_logits(
    params: Parameters, codes: Integer[Array, "batch height width"], padding: str, activation: str = "relu"
) -> Float[Array, "batch height width"]:
    """Logits of a network of any depth from the neighbourhood codes of the boards' cells.

    Args:
        params: of the network.
        codes: codes below 512, counted on the topology that the padding can be exact on.
        padding: "torus" or "zero". The table's *answers* are padded with zeros: outside the board the hidden layer is
            0, not the block's answer to dead cells.
        activation: a name of `lottery.networks.activations.ACTIVATIONS`.
    """
    x = _first_block(params, activation).at[:, codes.reshape(-1)].get(mode="promise_in_bounds")
    for block in range(1, steps_of(params)):
        x = _block(params, block, _columns(x.reshape(-1, *codes.shape), padding), activation)
    return _read_out(params, x).reshape(codes.shape)


def column_logits(
    params: Parameters, boards: Float[Array, "batch height width"], padding: str, activation: str = "relu"
) -> Float[Array, "batch height width"]:
    """Logits of a network of any depth, every convolution of several channels as one matrix product (im2col).

    Under `vmap` over networks these are batched products, which an accelerator runs side by side. A convolution of one
    channel is a sum of nine products with a number, which moves a third of the bytes (docs/engine.md).

    Args:
        params: of the network.
        boards: cells 0 and 1.
        padding: "torus" or "zero".
        activation: a name of `lottery.networks.activations.ACTIVATIONS`.
    """
    x = boards[None]
    for block in range(steps_of(params)):
        if len(x) == 1:
            x = _rest_of_block(params, block, _of_one_channel(params[f"block{block}_3x3"], x, padding), activation)
        else:
            x = _block(params, block, _columns(x, padding), activation)
        x = x.reshape(-1, *boards.shape)
    return _read_out(params, x.reshape(len(x), -1)).reshape(boards.shape)


def _of_one_channel(wide: Parameters, planes: Float[Array, "1 batch height width"], padding: str) -> Array:
    """A 3x3 convolution of one channel, (a, cells)."""
    kernel = wide["kernel"].reshape(9, -1, 1)
    shifts = [shift.reshape(1, -1) for shift in _shifts(planes, padding)]
    return wide["bias"][:, None] + sum(weights * shift for weights, shift in zip(kernel, shifts, strict=True))


def _columns(planes: Float[Array, "c batch height width"], padding: str) -> Float[Array, "c9 n"]:
    """What a 3x3 kernel sees at each cell, in the order of the kernel, one column per cell."""
    return jnp.concatenate(_shifts(planes, padding)).reshape(9 * len(planes), -1)


def _shifts(planes: Float[Array, "c batch height width"], padding: str) -> list[Float[Array, "c batch height width"]]:
    """The planes as a kernel's nine places see them, in the order of the kernel."""
    height, width = planes.shape[2:]
    framed = jnp.pad(planes, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="wrap" if padding == "torus" else "constant")
    return [framed[:, :, i : i + height, j : j + width] for i in range(3) for j in range(3)]


def tables_loss(
    params: Parameters,
    codes: Integer[Array, "batch height width"],
    targets: Float[Array, "batch height width"],
    padding: str,
    loss: str,
    activation: str = "relu",
) -> Float[Array, ""]:
    """Mean loss over all cells of a batch given by its neighbourhood codes, and its boards n steps later."""
    return jnp.mean(LOSSES[loss](table_logits(params, codes, padding, activation), targets))


def columns_loss(
    params: Parameters,
    boards: Float[Array, "batch height width"],
    targets: Float[Array, "batch height width"],
    padding: str,
    loss: str,
    activation: str = "relu",
) -> Float[Array, ""]:
    """Mean loss over all cells of a batch of boards, floats, and their boards n steps later."""
    return jnp.mean(LOSSES[loss](column_logits(params, boards, padding, activation), targets))


def _affine(weights: Float[Array, "i o"], bias: Float[Array, " o"], x: Float[Array, "i n"]) -> Float[Array, "o n"]:
    return jnp.matmul(weights.T, x, precision="highest") + bias[:, None]


def patterns_loss(
    params: Parameters, weights: Float[Array, "512"], targets: Float[Array, "512"], loss: str, activation: str = "relu"
) -> Float[Array, ""]:
    """Mean loss over a batch given as pattern weights (512,) that sum to 1; targets (512,) is the rule's table."""
    return jnp.sum(weights * LOSSES[loss](pattern_logits(params, activation), targets))


def boards_loss(
    net: Network,
    params: Parameters,
    boards: Float[Array, "batch height width"],
    targets: Float[Array, "batch height width"],
    loss: str,
) -> Float[Array, ""]:
    """Mean loss over all cells of a batch of boards (batch, height, width), floats, and their boards n steps later."""
    return jnp.mean(LOSSES[loss](logits(net, params, boards), targets))
