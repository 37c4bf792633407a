"""How alike the masks of one-step networks are, against chance, and after their units have been matched.

Two networks number their units as it happened, so that the same subnetwork has many masks. Masks are therefore compared
twice: place by place, and after the units of one have been put into the order in which it agrees most with the other.
Matching makes any two masks more alike, also random ones: chance is matched as well.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.optimize import linear_sum_assignment

from lottery.networks.masks import Mask, as_mask
from lottery.pruning.ranking import shuffle_within_layers

LAYERS = ("block0_3x3", "block0_1x1", "readout")
PASSES = 4  # of matching the 3x3 units, then the 1x1 units


@dataclass(frozen=True)
class Overlap:
    """Two masks on each other; counts of kernel weights.

    Attributes:
        shared: kept by both.
        expected: how many would be shared if each had its counts per layer in random places.
        kept: by the first.
    """

    shared: int
    expected: float
    kept: int


def overlap(one: Mask, other: Mask) -> Overlap:
    """Compare two masks of one shape place by place; biases are left out.

    Args:
        one: of one network.
        other: likewise.

    Raises:
        InputError: where a leaf of a mask holds anything but truth values.
    """
    one, other = as_mask(one), as_mask(other)
    pairs = [(one[layer]["kernel"], other[layer]["kernel"]) for layer in one]
    return Overlap(
        shared=sum(int(np.sum(a & b)) for a, b in pairs),
        expected=sum(float(a.sum() * b.sum() / a.size) for a, b in pairs),
        kept=sum(int(a.sum()) for a, _ in pairs),
    )


def reorder(mask: Mask, wide: Int[np.ndarray, " a"], narrow: Int[np.ndarray, " b"]) -> Mask:
    """The mask of the same one-step network with its 3x3 and its 1x1 units in another order."""
    first, second, last = (mask[layer] for layer in LAYERS)
    return {
        "block0_3x3": {"kernel": first["kernel"][..., wide], "bias": _of(first["bias"], wide)},
        "block0_1x1": {"kernel": second["kernel"][:, :, wide][..., narrow], "bias": _of(second["bias"], narrow)},
        "readout": {"kernel": last["kernel"][:, :, narrow], "bias": last["bias"]},
    }


def _of(bias: np.ndarray | None, order: np.ndarray) -> np.ndarray | None:
    return None if bias is None else bias[order]


def matched(one: Mask, other: Mask) -> Mask:
    """The other mask with its units in the order in which it shares most with the first.

    Each layer's units are assigned to those of the first by the Hungarian method, the other layer's being fixed, a few
    times in turn: a local optimum.

    Raises:
        InputError: where a leaf of a mask holds anything but truth values.
    """
    one, other = as_mask(one), as_mask(other)
    inner, outer = one["block0_1x1"]["kernel"][0, 0].astype(int), one["readout"]["kernel"][0, 0, :, 0].astype(int)
    kernels = one["block0_3x3"]["kernel"].reshape(9, -1).astype(int)
    for _ in range(PASSES):
        theirs = other["block0_1x1"]["kernel"][0, 0].astype(int)
        shared = kernels.T @ other["block0_3x3"]["kernel"].reshape(9, -1).astype(int) + inner @ theirs.T
        wide = linear_sum_assignment(shared, maximize=True)[1]
        other = reorder(other, wide, np.arange(inner.shape[1]))
        theirs = other["block0_1x1"]["kernel"][0, 0].astype(int)
        shared = inner.T @ theirs + np.outer(outer, other["readout"]["kernel"][0, 0, :, 0].astype(int))
        narrow = linear_sum_assignment(shared, maximize=True)[1]
        other = reorder(other, np.arange(inner.shape[0]), narrow)
    return other


@dataclass(frozen=True)
class Likeness:
    """Many masks on each other, shares of the kept weights that two networks have in common, means over all pairs.

    Attributes:
        shared: of the masks.
        chance: of masks with the same counts per layer in random places; the mean of several drawings.
        lowest: of these drawings.
        highest: of these drawings.
    """

    shared: float
    chance: float
    lowest: float
    highest: float


def likeness(masks: list[Mask], *, match: bool, drawings: int, rng: np.random.Generator) -> Likeness:
    """Compare all pairs of masks, and all pairs of the same masks shuffled within their layers, several times.

    Args:
        masks: two or more.
        match: match the units of every pair first.
        drawings: how often chance is drawn.
        rng: for the shuffled masks.
    """

    def share(some: list[Mask]) -> float:
        found = [
            overlap(one, matched(one, other) if match else other)
            for place, one in enumerate(some)
            for other in some[place + 1 :]
        ]
        return sum(pair.shared for pair in found) / max(1, sum(pair.kept for pair in found))

    drawn = [share([shuffle_within_layers(mask, rng) for mask in masks]) for _ in range(drawings)]
    return Likeness(share(masks), float(np.mean(drawn)), min(drawn), max(drawn))
