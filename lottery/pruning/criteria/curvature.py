"""Criteria of second order, on the whole Hessian H of the exact risk: 25 to 300 parameters make it cheap.

Removing weight q changes it by d_q (-w_q, or to its frozen value). At a minimum the loss then rises by

    OBD  H_qq d_q^2 / 2              if no other weight moves      (LeCun et al. 1989, Optimal Brain Damage)
    OBS  d_q^2 / (2 [H^-1]_qq)       if all others make up for it  (Hassibi and Stork 1993, Optimal Brain Surgeon)

H of a network of ReLUs is singular (dead units, weights that can be traded against each other) and, where training has
not ended in a minimum, indefinite. OBD takes the diagonal as it is. For OBS eigenvalues below `FLATTEST` of the largest
are raised to it, and H is that of all weights that can move: survivors and those that are never pruned.
"""

import jax
import numpy as np
from jaxtyping import Bool, Float

from lottery.networks.lifenet import Parameters
from lottery.pruning.criteria.context import Context
from lottery.pruning.criteria.risk import hessian, on_risk

FLATTEST = 1e-6


def obd(context: Context) -> Parameters:
    """H_qq d_q^2 / 2."""
    change, _ = _flat(context)
    return _restore(context, np.diag(on_risk(hessian, context, context.weights)) * change**2 / 2)


def obs(context: Context) -> Parameters:
    """d_q^2 / (2 [H^-1]_qq)."""
    change, movable = _flat(context)
    curvature = on_risk(hessian, context, context.weights)
    scores = np.zeros(len(change))
    scores[movable] = change[movable] ** 2 / (2 * inverse_diagonal(curvature[np.ix_(movable, movable)]))
    return _restore(context, scores)


def inverse_diagonal(curvature: Float[np.ndarray, "p p"]) -> Float[np.ndarray, " p"]:
    """The diagonal of H^-1, eigenvalues below `FLATTEST` of the largest raised to it."""
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    floor = max(FLATTEST * float(values[-1]), np.finfo(np.float64).tiny)
    return (vectors**2) @ (1 / np.maximum(values, floor))


def _flat(context: Context) -> tuple[Float[np.ndarray, " p"], Bool[np.ndarray, " p"]]:
    """d_q of every weight, and whether it can move, in the order of `jax.tree.leaves`."""
    change = jax.tree.map(lambda gone, w: (np.asarray(gone, np.float64) - w).ravel(), context.removed, context.weights)
    movable = jax.tree.map(
        lambda keep, w: np.ones(np.size(w), bool) if keep is None else keep.ravel(),
        context.mask,
        context.final,
        is_leaf=lambda leaf: leaf is None,
    )
    return np.concatenate(jax.tree.leaves(change)), np.concatenate(jax.tree.leaves(movable))


def _restore(context: Context, flat: Float[np.ndarray, " p"]) -> Parameters:
    leaves, structure = jax.tree.flatten(context.final)
    parts = np.split(flat, np.cumsum([np.size(leaf) for leaf in leaves])[:-1])
    return jax.tree.unflatten(
        structure, [part.reshape(np.shape(leaf)) for part, leaf in zip(parts, leaves, strict=True)]
    )
