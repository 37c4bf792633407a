"""What it costs to take a parameter out of a one-step network, and how the others can make up for it."""

import numpy as np
from jaxtyping import Bool, Float, Int

from lottery.networks.lifenet import Parameters
from lottery.networks.neighbourhoods import NEIGHBOURHOODS

AT_ONCE = 64  # candidates whose networks are computed together
RIDGE = 1e-3  # of the mean diagonal: of changes that the logits hardly feel, the smallest
LAYERS = ("block0_3x3", "block0_1x1", "readout")


def flatten_in_order(params: Parameters) -> tuple[Float[np.ndarray, " p"], dict[tuple[str, str], tuple[int, ...]]]:
    """All parameters in a row, kernels before biases, and the shapes that bring them back."""
    shapes = {(layer, name): params[layer][name].shape for layer in LAYERS for name in ("kernel", "bias")}
    return np.concatenate([np.ravel(params[layer][name]) for layer, name in shapes]), shapes


def restored(flat: np.ndarray, shapes: dict[tuple[str, str], tuple[int, ...]]) -> Parameters:
    """Undo `flatten_in_order`; leading axes of `flat` become those of the leaves."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
    parts = np.split(flat, ends[:-1], axis=-1)
    tree: dict[str, dict[str, np.ndarray]] = {layer: {} for layer in LAYERS}
    for ((layer, name), shape), part in zip(shapes.items(), parts, strict=True):
        tree[layer][name] = part.reshape(*flat.shape[:-1], *shape)
    return tree


def candidates(params: Parameters) -> Int[np.ndarray, " c"]:
    """Places of all parameters that are not zero, in the order of layers, kernels before biases."""
    return np.flatnonzero(flatten_in_order(params)[0])


def without_each(flat: Float[np.ndarray, " p"], places: Int[np.ndarray, " c"]) -> Float[np.ndarray, "c p"]:
    """All parameters in a row, once for each place, with a zero there."""
    rows = np.tile(flat, (len(places), 1))
    rows[np.arange(len(places)), places] = 0
    return rows


def losses(
    rows: Float[np.ndarray, "c p"],
    shapes: dict[tuple[str, str], tuple[int, ...]],
    table: Bool[np.ndarray, "512"],
    weights: Float[np.ndarray, "512"],
) -> Float[np.ndarray, " c"]:
    """The exact expected loss (cross-entropy) of many one-step networks.

    Args:
        rows: the parameters of each in a row, kernels before biases, layer by layer.
        shapes: of one network.
        table: the rule's truth table.
        weights: how probable each neighbourhood is.
    """
    sign = np.where(table, -1.0, 1.0).astype(np.float32)
    found = []
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE].astype(np.float32)
        first, second, last = (restored(some, shapes)[layer] for layer in LAYERS)
        x = NEIGHBOURHOODS @ first["kernel"].reshape(len(some), 9, -1) + first["bias"][:, None]
        x = np.maximum(x, 0) @ second["kernel"][:, 0, 0] + second["bias"][:, None]
        logit = (np.maximum(x, 0) @ last["kernel"][:, 0, 0] + last["bias"][:, None])[..., 0]
        found.append(np.logaddexp(0, sign * logit) @ weights)
    return np.concatenate(found)


def compensated(params: Parameters, places: Int[np.ndarray, " c"]) -> Float[np.ndarray, "c p"]:
    """The network without each parameter, the others moved so that the logits change least.

    Least squares over the 512 neighbourhoods, to first order and with a small ridge: the surgeon's step of Hassibi and
    Stork (1993, Optimal Brain Surgeon) with the logits in the place of the loss, which is flat where a network is sure.
    A bias of a 3x3 unit, say, can go if the biases after it take over.

    Args:
        params: of a one-step network.
        places: of the parameters that are not zero, as `candidates` gives them.

    Returns:
        All parameters in a row, one row per place.
    """
    flat, _ = flatten_in_order(params)
    values = flat[places].astype(np.float64)
    # In relative changes: else a bias would go by its whole unit shrinking to nothing, what reads it growing, which
    # changes no logit to first order.
    by_change = slopes(params)[:, places] * values
    products = by_change.T @ by_change
    inverse = np.linalg.inv(products + RIDGE * np.trace(products) / len(places) * np.eye(len(places)))
    steps = -values * inverse / np.diag(inverse)[:, None]
    rows = np.tile(flat.astype(np.float64), (len(places), 1))
    rows[:, places] += steps
    rows[np.arange(len(places)), places] = 0
    return rows


def slopes(params: Parameters) -> Float[np.ndarray, "512 p"]:
    """How each logit changes with each parameter."""
    first, second, last = ({k: np.asarray(v, float) for k, v in params[layer].items()} for layer in LAYERS)
    inner, outer = second["kernel"][0, 0], last["kernel"][0, 0, :, 0]
    x = NEIGHBOURHOODS @ first["kernel"].reshape(9, -1) + first["bias"]
    wide = np.maximum(x, 0)
    narrow = wide @ inner + second["bias"]
    of_narrow = (narrow > 0) * outer  # (512, b)
    of_wide = (x > 0) * (of_narrow @ inner.T)  # (512, a)
    parts = {
        ("block0_3x3", "kernel"): NEIGHBOURHOODS[:, :, None] * of_wide[:, None],
        ("block0_3x3", "bias"): of_wide,
        ("block0_1x1", "kernel"): wide[:, :, None] * of_narrow[:, None],
        ("block0_1x1", "bias"): of_narrow,
        ("readout", "kernel"): np.maximum(narrow, 0),
        ("readout", "bias"): np.ones((512, 1)),
    }
    return np.concatenate([parts[key].reshape(512, -1) for key in flatten_in_order(params)[1]], axis=1)


def saved(params: Parameters, places: Int[np.ndarray, " c"]) -> Int[np.ndarray, " c"]:
    """How many parameters go with each: itself, and those of units that nothing reads any more.

    A unit that reads nothing any more goes too. That its constant may need a bias where there was none is not counted.
    """
    first, second, _ = ({k: v != 0 for k, v in params[layer].items()} for layer in LAYERS)
    inner = second["kernel"][0, 0]  # (a, b)
    of_wide = first["kernel"].sum(axis=(0, 1, 2)) + first["bias"]
    readers, inputs = inner.sum(axis=1), inner.sum(axis=0)
    # With a 1x1 unit go its weights and bias, and the 3x3 units that it alone reads.
    of_narrow = inputs + second["bias"] + (inner & (readers == 1)[:, None]).T.astype(int) @ of_wide
    edge = 1 + (readers == 1)[:, None] * of_wide[:, None] + (inputs == 1) * (second["bias"].astype(int) + 1)
    by_leaf = {
        ("block0_3x3", "kernel"): np.ones(first["kernel"].shape, int),
        ("block0_3x3", "bias"): np.ones(first["bias"].shape, int),
        ("block0_1x1", "kernel"): edge[None, None],
        ("block0_1x1", "bias"): np.ones(second["bias"].shape, int),
        ("readout", "kernel"): 1 + of_narrow[None, None, :, None],
        ("readout", "bias"): np.ones(1, int),
    }
    return np.concatenate([by_leaf[layer, name].ravel() for layer, name in flatten_in_order(params)[1]])[places]
