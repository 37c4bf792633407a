"""What the looks at a network say that is trained to the end: when it was right, how often it lost that, for how long.

A look finds a number of wrong answers; a network is right at a look that finds none. Nobody leaves, so every network
has all looks.
"""

import numpy as np
from jaxtyping import Float, Int

from lottery.training.course import NEVER

SMALLEST_LOSS = 1e-12  # below it a float32 loss says nothing, and 0 has no logarithm


def first_right(checks: Int[np.ndarray, " looks"], wrong: Int[np.ndarray, "runs looks"]) -> Int[np.ndarray, " runs"]:
    """Update of the first look that found nothing wrong, -1 for never.

    Args:
        checks: the updates of the looks.
        wrong: wrong answers at each look.
    """
    right = wrong == 0
    return np.where(right.any(1), checks[right.argmax(1)], NEVER)


def losses_of_it(wrong: Int[np.ndarray, "runs looks"]) -> Int[np.ndarray, " runs"]:
    """How often a right look is followed by a wrong one."""
    return np.sum((wrong[:, :-1] == 0) & (wrong[:, 1:] > 0), axis=1)


def longest_wrong_after(
    checks: Int[np.ndarray, " looks"], wrong: Int[np.ndarray, "runs looks"]
) -> Int[np.ndarray, " runs"]:
    """The longest stretch of wrong looks after the first right one, in updates; 0 for a network that was never right.

    A stretch is as long as its looks are apart, the one that it begins after included; the last one may not have ended.

    Args:
        checks: the updates of the looks, evenly spaced.
        wrong: wrong answers at each look.
    """
    spacing = checks[1] - checks[0] if len(checks) > 1 else 0
    stretch, longest = np.zeros(len(wrong), int), np.zeros(len(wrong), int)
    been_right = np.zeros(len(wrong), bool)
    for look in wrong.T:
        been_right |= look == 0
        stretch = np.where(been_right & (look > 0), stretch + 1, 0)
        longest = np.maximum(longest, stretch)
    return longest * spacing


def stretches(looks: int, count: int) -> list[Int[np.ndarray, " of_one"]]:
    """Numbers of the looks, from 0, in at most `count` stretches of about the same length, in their order."""
    return np.array_split(np.arange(looks), min(looks, count))


def share_right(wrong: Int[np.ndarray, "runs looks"], count: int) -> list[float]:
    """Share of the networks that are right, the mean over each of at most `count` stretches of looks."""
    return [float(np.mean(wrong[:, of_one] == 0)) for of_one in stretches(wrong.shape[1], count)]


def worst_loss(loss: Float[np.ndarray, " looks"], count: int) -> list[float | None]:
    """Decimal logarithm of the highest loss in each of at most `count` stretches, two digits; None where not finite."""
    highest = np.log10([max(np.max(loss[of_one]), SMALLEST_LOSS) for of_one in stretches(len(loss), count)])
    return [round(float(one), 2) if np.isfinite(one) else None for one in highest]


def most_wrong(wrong: Int[np.ndarray, " looks"], count: int) -> list[int]:
    """The most wrong answers in each of at most `count` stretches of looks."""
    return [int(np.max(wrong[of_one])) for of_one in stretches(len(wrong), count)]
