"""What the course of a training says: when the loss left its plateau, and whether a solved network came undone."""

import numpy as np
from jaxtyping import Bool, Float, Int

NEVER = -1
PLATEAU_SHARE = 0.8  # a loss above this share of the network's median loss counts as still on the plateau


def relapsed(
    checks: Int[np.ndarray, " checks"], wrong: Int[np.ndarray, "runs checks"], first_solved: Int[np.ndarray, " runs"]
) -> Bool[np.ndarray, " runs"]:
    """Whether a network that had been certified was wrong again at a later check.

    Args:
        checks: the updates at which networks were looked at.
        wrong: wrong answers at each check; negative after a network has left.
        first_solved: update of the first certified check, negative for never.
    """
    later = (checks[None, :] > first_solved[:, None]) & (first_solved[:, None] >= 0)
    return np.any(later & (wrong > 0), axis=1)


def plateau_end(
    checks: Int[np.ndarray, " checks"], loss: Float[np.ndarray, "runs checks"], first_solved: Int[np.ndarray, " runs"]
) -> Int[np.ndarray, " runs"]:
    """The last update, before a network was solved, at which its loss was still on the plateau; -1 if never solved.

    A network that learns Life sits at an almost constant loss for long and then drops. The plateau is the median loss
    up to the first certified check, and a loss above 80 % of it is still on it: our definition, the sources have none.

    Args:
        checks: the updates at which the loss was averaged, since the check before.
        loss: mean training loss at each check.
        first_solved: update of the first certified check, negative for never.
    """
    ends = np.full(len(first_solved), NEVER)
    for run in np.flatnonzero(first_solved >= 0):
        before = checks <= first_solved[run]
        on_it = loss[run, before] >= PLATEAU_SHARE * np.median(loss[run, before])
        ends[run] = checks[before][on_it][-1]
    return ends
