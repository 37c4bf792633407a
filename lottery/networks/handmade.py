"""Weights written by hand that compute the Game of Life exactly, for any number of steps and any width."""

import numpy as np

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet, Parameters

READOUT_GAIN = 20.0  # c: a logit is +c for a live cell and -c for a dead one


def handmade_parameters(steps: int = 1, width: int = 1, features: tuple[int, int] | None = None) -> Parameters:
    """Exact B3/S23 weights for `LifeNet(steps, width, features)`; unused channels are zero.

    With N live neighbours and own state s, a block computes A = relu(N + s/2 - 3), B = relu(N + s - 2) and
    h = relu(B - 2 A), which is 1 where the cell lives on and 0 elsewhere. Every value is a multiple of 1/2, so h is
    exactly 0 or 1 in float32 and blocks chain without drift. The read-out is 2 c h - c with c = 20.

    Args:
        steps: n, the number of blocks.
        width: m; the channels are (2m, m).
        features: (a, b) instead of (2m, m); a >= 2, because two units are needed, and b >= 1.

    Returns:
        A pytree of float32 arrays, kernels (h, w, in, out).

    Raises:
        InputError: where a < 2.

    Source: our own; all 512 neighbourhoods are proved by `lottery.certify`.
    """
    a, b = LifeNet(steps=steps, width=width, features=features).channels
    if a < 2:
        raise InputError(f"features {(a, b)}: the hand-made block needs at least 2 channels in its 3x3 convolution.")
    params: dict[str, dict[str, np.ndarray]] = {}
    for block in range(steps):
        first = np.zeros((3, 3, 1 if block == 0 else b, a), np.float32)
        first[:, :, 0, :2] = 1.0
        first[1, 1, 0, 0] = 0.5
        first_bias = np.zeros(a, np.float32)
        first_bias[:2] = -3.0, -2.0
        second = np.zeros((1, 1, a, b), np.float32)
        second[0, 0, :2, 0] = -2.0, 1.0
        params[f"block{block}_3x3"] = {"kernel": first, "bias": first_bias}
        params[f"block{block}_1x1"] = {"kernel": second, "bias": np.zeros(b, np.float32)}
    readout = np.zeros((1, 1, b, 1), np.float32)
    readout[0, 0, 0, 0] = 2 * READOUT_GAIN
    params["readout"] = {"kernel": readout, "bias": np.full(1, -READOUT_GAIN, np.float32)}
    return params


def smallest_parameters() -> Parameters:
    """Exact B3/S23 weights for `LifeNet(features=(1, 2))`: 17 parameters, the fewest that any shape can have.

    A network with one 3x3 unit is a function of one linear form. With z = N + s/2 the living cells are exactly those
    with z = 2.5, 3 or 3.5, so it needs a bump: A = relu(z - 2), few = relu(1 - 2 A), many = relu(2 A - 3), and the
    read-out c - 2 c few - 2 c many with c = 20, which is c for the living and -c or less for the others. Every value
    is a multiple of 1/2, so nothing is ever rounded. One 3x3 and one 1x1 unit, the only smaller shape, cannot do it
    (lottery/analysis/one_linear_form.py).

    Returns:
        A pytree of float32 arrays, kernels (h, w, in, out).

    Source: our own; all 512 neighbourhoods are proved by `lottery.certify`.
    """
    kernel = np.ones((3, 3, 1, 1), np.float32)
    kernel[1, 1] = 0.5
    return {
        "block0_3x3": {"kernel": kernel, "bias": np.full(1, -2.0, np.float32)},
        "block0_1x1": {
            "kernel": np.array([-2.0, 2.0], np.float32).reshape(1, 1, 1, 2),
            "bias": np.array([1.0, -3.0], np.float32),
        },
        "readout": {
            "kernel": np.full((1, 1, 2, 1), -2 * READOUT_GAIN, np.float32),
            "bias": np.full(1, READOUT_GAIN, np.float32),
        },
    }


def sparsest_parameters() -> Parameters:
    """Exact B3/S23 weights with 15 that are not zero, the fewest that any one-step network can have.

    With A = N + s/2, which is 0 or more, and B = relu(2 A - 7), the logit is c (4 A - 9 - 8 B) with c = 20: it rises
    with A, crosses zero between 2 and 2.5 and bends down at 3.5, so that it is below zero again at 4. Nine weights of
    the kernel, two into the 1x1 units, two out of them, and two biases, -7 and -9 c; that of the 3x3 unit and that of
    the first 1x1 unit, which hands A through, are 0. Every value is a multiple of 1/2.
    lottery/analysis/fifteen_parameters.py argues that 14 are too few.

    Returns:
        A pytree of float32 arrays for `LifeNet(features=(1, 2))`, kernels (h, w, in, out).

    Source: our own; all 512 neighbourhoods are proved by `lottery.certify`.
    """
    kernel = np.ones((3, 3, 1, 1), np.float32)
    kernel[1, 1] = 0.5
    return {
        "block0_3x3": {"kernel": kernel, "bias": np.zeros(1, np.float32)},
        "block0_1x1": {
            "kernel": np.array([1.0, 2.0], np.float32).reshape(1, 1, 1, 2),
            "bias": np.array([0.0, -7.0], np.float32),
        },
        "readout": {
            "kernel": READOUT_GAIN * np.array([4.0, -8.0], np.float32).reshape(1, 1, 2, 1),
            "bias": np.full(1, -9 * READOUT_GAIN, np.float32),
        },
    }
