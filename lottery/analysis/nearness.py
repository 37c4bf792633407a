"""How near a layer's answers are to a rule: how much of the rule a linear read-out of them explains."""

import numpy as np
from jaxtyping import Float


def explained(
    features: Float[np.ndarray, "patterns units"],
    answers: Float[np.ndarray, " patterns"],
    weights: Float[np.ndarray, " patterns"],
) -> float:
    """Share of the answers' variance that the best linear function of the features, with a constant, explains: R^2.

    It is 1 where the features need nothing but a read-out, and 0 where they say nothing that is linear.

    Args:
        features: each unit's answer to each pattern.
        answers: what is to be told apart, with more than one value.
        weights: how probable each pattern is.
    """
    root = np.sqrt(weights)[:, None]
    known = np.column_stack([features, np.ones(len(features))]) * root
    wanted = answers[:, None] * root
    residual = wanted - known @ np.linalg.lstsq(known, wanted, rcond=None)[0]
    mean = np.average(answers, weights=weights)
    return float(1 - np.sum(residual**2) / np.sum(weights * (answers - mean) ** 2))
