"""Linear mode connectivity: what a one-step network gets wrong on the straight line between two sets of weights.

Error and loss are exact: of all 512 neighbourhoods, each weighted by how probable it is, in float64. The barrier of a
line is its highest value minus the mean of its two ends; two networks are stable if the barrier of the error is below
2 % (Frankle et al. 2020, arXiv 1912.05671, section 2).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Integer

import gol
from gol.errors import InputError
from lottery.networks.lifenet import LifeNet, Parameters, require_lifenet
from lottery.networks.neighbourhoods import right_side_traced, risk_weights
from lottery.training.losses import LOSSES, pattern_logits
from lottery.training.settings import TrainSettings

POINTS = 30  # on the line, both ends counted; that of Frankle et al. 2020
STABLE = 0.02  # barrier of the error below which they call two networks stable, a share of cells here


@dataclass(frozen=True, eq=False)
class Along:
    """What the networks on a line do, from the first end to the second.

    Attributes:
        error: expected share of cells that are predicted wrongly; a logit of exactly 0 is wrong.
        loss: expected loss per cell.
        wrong: how many of the 512 neighbourhoods are wrong.
    """

    error: Float[np.ndarray, " points"]
    loss: Float[np.ndarray, " points"]
    wrong: Integer[np.ndarray, " points"]


def line(first: Parameters, second: Parameters, points: int = POINTS) -> Parameters:
    """Networks at even distances on the straight line from one set of weights to another, both ends included.

    Args:
        first: leaves of any shape.
        second: leaves of the same shapes.
        points: how many, at least 2.

    Returns:
        (1 - t) first + t second for t = 0, ..., 1, leaves (points, ...) in float64; the ends are exact.

    Raises:
        InputError: for fewer than two points.
    """
    if points < 2:
        raise InputError(f"points is {points}: a line has at least its two ends.")
    t = np.linspace(0, 1, points)

    def between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        share = t.reshape(-1, *(1,) * np.ndim(one))
        return (1 - share) * np.asarray(one, np.float64) + share * np.asarray(other, np.float64)

    return jax.tree.map(between, first, second)


def barrier(values: Float[np.ndarray, " points"]) -> float:
    """The highest value on a line minus the mean of its ends; never below 0, because the ends are on it.

    Args:
        values: errors or losses at the points of a line, both ends included.

    Source: Frankle et al. 2020 (arXiv 1912.05671), section 2: the linear interpolation instability.
    """
    return float(np.max(values) - (values[0] + values[-1]) / 2)


def along(net: LifeNet, settings: TrainSettings, first: Parameters, second: Parameters, points: int = POINTS) -> Along:
    """Error and loss of the networks on the line between two networks, exactly and in float64.

    Args:
        net: the architecture, of one step on a torus.
        settings: rule, density of live cells and loss.
        first: parameters of one network.
        second: of another one.
        points: on the line.

    Raises:
        InputError: for a network whose exact error is not known this way.
    """
    require_lifenet(net, "The exact error on a line")
    if net.steps != 1 or net.padding != "torus":
        raise InputError("The exact error on a line is known for steps=1 and torus padding.")
    networks = line(first, second, points)
    table = np.asarray(gol.truth_table(settings.rule), np.float64)
    with jax.enable_x64(True):
        weights, targets = jnp.asarray(risk_weights(settings.density)), jnp.asarray(table)
        typed = jax.tree.map(jnp.asarray, networks)
        error, loss, wrong = _program(net.activation, settings.loss)(typed, weights, targets)
        return Along(np.asarray(error), np.asarray(loss), np.asarray(wrong))


@lru_cache(maxsize=8)
def _program(activation: str, loss: str) -> Callable[..., Any]:
    def of_one(params: Parameters, weights: Array, targets: Array) -> tuple[Array, Array, Array]:
        logit = pattern_logits(params, activation)
        wrong = ~right_side_traced(logit, targets > 0)
        return (
            jnp.sum(weights * wrong.astype(weights.dtype)),
            jnp.sum(weights * LOSSES[loss](logit, targets)),
            wrong.sum(),
        )

    return jax.jit(jax.vmap(of_one, in_axes=(0, None, None)))
