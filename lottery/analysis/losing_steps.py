"""What Adam does in the updates in which a network loses what it had learned.

Bai et al. (2025, arXiv 2506.04805) explain spikes of the loss by Adam's second moment v: while gradients are small it
decays as a power of its decay b2, and when they grow again it follows them too slowly, so that the steps are too long.
Three marks of that are read at the coordinate of the longest step: how far Adam's denominator has fallen since the
network was first right, how large a gradient is against it, and how long the step is against the learning rate.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

MEMORY = 10  # updates that the first moment, with its decay of 0.9, remembers


@dataclass(frozen=True, eq=False)
class Steps:
    """Some updates of one network, one after the other.

    Attributes:
        loss: of each update's batch.
        gradient: by update and weight.
        denominator: what Adam would divide by before the update's own gradient, sqrt(v / (1 - b2^t)) + epsilon.
        change: of the weights.
        wrong: answers after each update.
    """

    loss: Float[np.ndarray, " updates"]
    gradient: Float[np.ndarray, "updates weights"]
    denominator: Float[np.ndarray, "updates weights"]
    change: Float[np.ndarray, "updates weights"]
    wrong: Int[np.ndarray, " updates"]


@dataclass(frozen=True)
class Marks:
    """What is read of the longest step among some updates.

    Attributes:
        weight: its coordinate.
        fall: Adam's denominator there when the network was first right, over the lowest in these updates.
        surprise: the largest absolute gradient there in these updates, over the denominator at that update.
        step: its length over the learning rate.
        denominator: the lowest in these updates.
    """

    weight: int
    fall: float
    surprise: float
    step: float
    denominator: float


def broken_at(wrong: Int[np.ndarray, " updates"]) -> int:
    """The first update after which a network is wrong to the end.

    Args:
        wrong: answers after each update, at the last one above 0.
    """
    right = np.flatnonzero(wrong == 0)
    return int(right[-1]) + 1 if len(right) else 0


def longest_at(steps: Steps) -> int:
    """The update with the longest step of a single weight."""
    return int(np.abs(steps.change).max(1).argmax())


def marks_of(steps: Steps, last: int, at_first: Float[np.ndarray, " weights"], rate: float) -> Marks:
    """What is read of the longest step among the ten updates up to one.

    Args:
        steps: some updates.
        last: the number of the last one that counts, from 0.
        at_first: Adam's denominator when the network was first right.
        rate: the learning rate.
    """
    these = slice(max(0, last - MEMORY + 1), last + 1)
    change = np.abs(steps.change[these])
    weight = int(change.max(0).argmax())
    gradient, denominator = np.abs(steps.gradient[these, weight]), steps.denominator[these, weight]
    return Marks(
        weight=weight,
        fall=float(at_first[weight] / denominator.min()),
        surprise=float(np.max(gradient / denominator)),
        step=float(change.max() / rate),
        denominator=float(denominator.min()),
    )
