"""A one-step network as the blocks of a longer one: its masks and weights, carried over to every block.

The blocks of an n-step network pass b channels on, where the one-step network reads its b channels out. Chaining puts
the read-out into the next block: its 3x3 kernel is the one-step kernel for each channel, times the read-out's weight of
that channel, and a weight is kept where both are.
"""

import numpy as np

from lottery.networks.lifenet import Parameters
from lottery.networks.masks import Mask


def chain_mask(mask: Mask, steps: int) -> Mask:
    """The mask of an n-step network whose blocks all have a one-step network's mask.

    Args:
        mask: of a one-step network with a read-out; None leaves, never pruned, stay None.
        steps: n, at least 1.

    Returns:
        A mask with blocks 0 to n-1. From block 1 on, a 3x3 weight from channel j is kept where the one-step mask keeps
        it and the read-out's weight of channel j.
    """
    first, passed = mask["block0_3x3"]["kernel"], mask["readout"]["kernel"][0, 0, :, 0]
    later = first & passed[None, None, :, None]
    return _chain(mask, steps, later)


def chain_parameters(params: Parameters, like: Parameters) -> Parameters:
    """The weights of an n-step network whose blocks all start from a one-step network's weights.

    Args:
        params: of a one-step network with a read-out.
        like: initial weights of the n-step network, which say how many steps there are and how large weights are.

    Returns:
        Parameters shaped like `like`. From block 1 on the 3x3 kernel is the one-step kernel times the read-out's
        weights, scaled to the standard deviation that this kernel has in `like`; the read-out's bias is left out there.
    """
    steps = sum(name.endswith("_3x3") for name in like)
    kernel = params["block0_3x3"]["kernel"] * params["readout"]["kernel"][0, 0, :, 0][None, None, :, None]
    chained = _chain(params, steps, kernel)
    for block in range(1, steps):
        spread = np.std(like[f"block{block}_3x3"]["kernel"], dtype=np.float64)
        scale = spread / np.std(kernel, dtype=np.float64)
        chained[f"block{block}_3x3"] = {
            **chained[f"block{block}_3x3"],
            "kernel": (scale * kernel).astype(params["block0_3x3"]["kernel"].dtype),
        }
    return chained


def _chain(tree: Parameters, steps: int, later: np.ndarray) -> Parameters:
    """The leaves of every block and of the read-out; `later` is the 3x3 kernel from block 1 on."""
    chained = {"readout": dict(tree["readout"])}
    for block in range(steps):
        chained[f"block{block}_3x3"] = {**tree["block0_3x3"], **({"kernel": later} if block else {})}
        chained[f"block{block}_1x1"] = dict(tree["block0_1x1"])
    return chained
