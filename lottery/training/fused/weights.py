"""Parameters of many networks as rows of flat vectors, in the order in which the kernels walk through them."""

from typing import Any

import numpy as np

from lottery.networks.lifenet import LifeNet, Parameters


def flatten(net: LifeNet, params: Parameters) -> np.ndarray:
    """Leaves (R, ...) -> (R, parameters): block by block 3x3 kernel (a, inputs, 9), bias, 1x1 kernel (b, a), bias."""
    parts = []
    for which in range(net.steps):
        wide, narrow = params[f"block{which}_3x3"], params[f"block{which}_1x1"]
        parts += [np.transpose(wide["kernel"], (0, 4, 3, 1, 2)), wide["bias"]]
        parts += [np.transpose(narrow["kernel"], (0, 4, 3, 1, 2)), narrow["bias"]]
    parts += [params["readout"]["kernel"], params["readout"]["bias"]]
    return np.concatenate([np.reshape(part, (len(part), -1)) for part in parts], axis=1)


def unflatten(net: LifeNet, flat: np.ndarray) -> Parameters:
    """Undo `flatten`."""
    a, b = net.channels
    params: dict[str, Any] = {}
    start = 0

    def take(name: str, size: int, inputs: int, outputs: int) -> None:
        nonlocal start
        middle = start + outputs * inputs * size**2
        kernel = flat[:, start:middle].reshape(-1, outputs, inputs, size, size)
        start = middle + outputs
        params[name] = {
            "kernel": np.ascontiguousarray(kernel.transpose(0, 3, 4, 2, 1)),
            "bias": flat[:, middle:start].copy(),
        }

    for which in range(net.steps):
        take(f"block{which}_3x3", 3, 1 if which == 0 else b, a)
        take(f"block{which}_1x1", 1, a, b)
    take("readout", 1, b, 1)
    return params
