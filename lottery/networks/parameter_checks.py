"""A network, its parameters and masks held against what is needed of them, before anything is computed."""

from functools import lru_cache
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from gol.errors import InputError
from lottery.inputs import numerics
from lottery.networks.activations import ACTIVATIONS, slope_shape
from lottery.networks.lifenet import (
    PADDINGS,
    Network,
    Parameters,
    initial_parameters,
    is_lifenet,
    methods,
    padding_of,
    steps_of,
)
from lottery.networks.trees import flatten, named_leaves

Shapes = dict[str, tuple[int, ...]]


def check_network(net: Network) -> None:
    """Refuse what does not say how many steps ahead it looks, with a sentence.

    Raises:
        InputError: where a network is no flax module, cannot be hashed, or has no proper `steps` or `padding`.
    """
    if is_lifenet(net):
        return
    name = type(net).__name__
    if not isinstance(net, nn.Module):
        raise InputError(f"A network is a LifeNet or another flax.linen module, not {name}.")
    steps = getattr(net, "steps", None)
    if type(steps) is not int or steps < 1:
        raise InputError(f"{name} has to say how many generations ahead it predicts: give it an attribute steps >= 1.")
    if padding_of(net) not in PADDINGS:
        raise InputError(f"The padding of {name} is {padding_of(net)!r}: it is one of {', '.join(PADDINGS)}.")
    try:
        hash(net)
    except TypeError as error:
        raise InputError(f"{name} cannot be hashed ({error}): give it attributes that do not change.") from error


def check_answers(net: Network, params: Parameters, side: int) -> None:
    """Refuse a network that cannot be called on square boards, or does not answer every cell, with a sentence.

    Args:
        net: the network.
        params: of one network, arrays or their shapes.
        side: of the boards.

    Raises:
        InputError: where the call fails, or its result has another shape than the boards.
    """
    boards = jax.ShapeDtypeStruct((2, side, side), jnp.float32)
    try:
        found = jax.eval_shape(lambda tree, cells: net.apply({"params": tree}, cells), params, boards)
    except Exception as error:  # whatever the network's own code may raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{type(net).__name__} cannot be called on boards of {side}x{side} ({reason}).") from error
    if getattr(found, "shape", None) != boards.shape or not jnp.issubdtype(found.dtype, jnp.floating):
        raise InputError(
            f"{type(net).__name__} has to answer boards (batch, height, width) with as many logits, not with {found}."
        )


def parameter_shapes(net: Network) -> Shapes:
    """The shape of every parameter that a network has, by its flat name, such as "readout/bias"."""
    return _shapes_of(net, methods(net))


@lru_cache(maxsize=64)
def _shapes_of(net: Network, _: Any) -> Shapes:
    found = jax.eval_shape(lambda key: initial_parameters(net, key), numerics.key(0))
    return {name: leaf.shape for name, leaf in named_leaves(found).items()}


def check_parameters(net: Network, params: Parameters) -> None:
    """Refuse parameters that are not those of one such network, with a sentence.

    Raises:
        InputError: where a layer is missing or too many, or has another shape.
    """
    expected = parameter_shapes(net)
    found = {name: np.shape(leaf) for name, leaf in named_leaves(params).items()}
    _refuse_stacked(found, expected)
    _compare("The parameters", found, expected)


def check_stacked(name: str, tree: Parameters, net: Network, count: int, *, masks: bool = False) -> None:
    """Refuse what is not stacked parameters, or masks, of so many such networks, with a sentence.

    Args:
        name: of the argument.
        tree: leaves (count, ...); of masks some may be None.
        net: the network.
        count: of networks.
        masks: whether these are masks: 0 or 1, or truth values.

    Raises:
        InputError: for other layers, shapes or types.
    """
    expected = parameter_shapes(net)
    given = flatten(tree)
    absent = {key: (count, *expected[key]) for key in named_leaves(tree).keys() - given.keys() if key in expected}
    _compare(
        name,
        {key: leaf.shape for key, leaf in given.items()} | (absent if masks else {}),
        {k: (count, *v) for k, v in expected.items()},
    )
    for key, leaf in given.items():
        if masks and not np.isin(leaf, (0, 1)).all():
            raise InputError(f"{name} holds other values than 0 and 1 in {key}: a weight is kept (1) or not (0).")
        if not masks and not jnp.issubdtype(leaf.dtype, jnp.floating):
            raise InputError(f"{name} holds {leaf.dtype} in {key}: weights are floating-point numbers.")


def _compare(name: str, found: Shapes, expected: Shapes) -> None:
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            raise InputError(f"{name}: {key} of shape {expected[key]} is missing, of another network's they may be.")
        if key not in expected:
            raise InputError(f"{name}: the network has no {key}, they may be another network's.")
        if found[key] != expected[key]:
            raise InputError(f"{name}: {key} has the shape {found[key]}, and the network needs {expected[key]}.")


def _refuse_stacked(found: Shapes, expected: Shapes) -> None:
    """Refuse the parameters of several networks where those of one are asked for."""
    firsts = {shape[0] if shape[1:] == expected.get(name) else None for name, shape in found.items() if shape}
    if len(firsts) == 1 and None not in firsts and found.keys() == expected.keys():
        count = firsts.pop()
        raise InputError(f"These are the parameters of {count} networks: pick one with lottery.pick(params, 0).")


def check_lifenet_parameters(params: Parameters, activation: str) -> int:
    """Refuse parameters that are not those of one untied `LifeNet`, with a sentence.

    Args:
        params: of whatever.
        activation: a name of `lottery.networks.activations.ACTIVATIONS`.

    Returns:
        How many steps ahead the network looks.

    Raises:
        InputError: where they are not a LifeNet's.
    """
    if activation not in ACTIVATIONS:
        raise InputError(f"Unknown activation {activation!r}: it is one of {', '.join(ACTIVATIONS)}.")
    if not isinstance(params, dict):
        raise InputError(f"These are not the parameters of a LifeNet: found {type(params).__name__}.")
    steps = steps_of(params)
    expected = {f"block{i}_{size}" for i in range(steps) for size in ("3x3", "1x1")}
    activated = set(expected)
    if steps == 1 and "readout" not in params:
        activated -= {"block0_1x1"}  # it gives the logits
    else:
        expected |= {"readout"}
    if ACTIVATIONS[activation].learned:
        expected |= {f"{layer}_slope" for layer in activated}
    if steps == 0 or set(params) != expected:
        raise InputError(f"These are not the parameters of a LifeNet: found {', '.join(sorted(params)) or 'nothing'}.")
    found = {name: leaf.shape for name, leaf in flatten(params).items()}
    stacked = found.get("block0_3x3/kernel", ())
    first = stacked[:1] if len(stacked) == 5 else ()  # one axis more: those of several networks
    a, b = ((0, *found.get(f"block0_{size}/kernel", ()))[-1] for size in ("3x3", "1x1"))
    # Without a read-out the one channel of the 1x1 convolution is the logit.
    shapes = _lifenet_shapes(steps, a, b if "readout" in params else 1, "readout" in params)
    for layer in activated:
        if (slope := slope_shape(activation, shapes[f"{layer}/bias"][0])) is not None:
            shapes[f"{layer}_slope/slope"] = slope
    if first:
        _refuse_stacked(found, shapes)
    for name, shape in shapes.items():
        if found.pop(name, None) != shape:
            raise InputError(f"These are not the parameters of a LifeNet: {name} should have the shape {shape}.")
    if found:
        raise InputError(f"These are not the parameters of a LifeNet: {min(found)} is none of its layers.")
    return steps


def _lifenet_shapes(steps: int, a: int, b: int, readout: bool) -> Shapes:
    """The shape of every weight and bias of `LifeNet(steps, features=(a, b))`, by its flat name."""
    shapes: Shapes = {"readout/kernel": (1, 1, b, 1), "readout/bias": (1,)} if readout else {}
    for i in range(steps):
        shapes |= {f"block{i}_3x3/kernel": (3, 3, b if i else 1, a), f"block{i}_3x3/bias": (a,)}
        shapes |= {f"block{i}_1x1/kernel": (1, 1, a, b), f"block{i}_1x1/bias": (b,)}
    return shapes
