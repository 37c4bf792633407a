"""Criteria of first order, made for pruning before training, on the exact risk where it is known.

SNIP (Lee et al. 2019, arXiv 1810.02340): |w dL/dw|.

GraSP (Wang et al. 2020, arXiv 2002.07376) asks what removing a weight does to the gradient flow g^T g: to first order
it changes by -2 w (H g), so that the authors' score -w (H g) is high where removal *raises* it, and their code removes
the highest. Here the higher stays, so the score is w (H g). g is that of the surviving prunable weights, as in their
code; their temperature (logits over 200) is not used.
"""

import jax
import numpy as np

from lottery.networks.lifenet import Parameters
from lottery.pruning.criteria.context import Context
from lottery.pruning.criteria.risk import gradient, hessian_times, increases, on_risk


def snip(context: Context) -> Parameters:
    """|w dL/dw|."""
    slopes = on_risk(gradient, context, context.weights)
    return jax.tree.map(lambda w, slope: np.abs(w * slope), context.weights, slopes)


def grasp(context: Context) -> Parameters:
    """The score w (H g)."""
    chosen = jax.tree.map(
        lambda keep, w: np.zeros(np.shape(w)) if keep is None else keep.astype(np.float64),
        context.mask,
        context.final,
        is_leaf=lambda leaf: leaf is None,
    )
    curved = on_risk(hessian_times, context, context.weights, chosen)
    return jax.tree.map(np.multiply, context.weights, curved)


def saliency(context: Context) -> Parameters:
    """L(w without this weight) - L(w): what removing each weight alone costs, not to any order but computed.

    For one step on a torus L is the exact expected loss, which no other task offers: the upper baseline of all criteria
    that score weights one by one. Negative where the network is better off without.
    """
    return on_risk(increases, context, context.weights, context.removed)
