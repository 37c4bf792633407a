"""Criteria that look at the weights alone: the nine of Zhou et al. 2019 (arXiv 1905.01067, section 3).

w_i is a weight at initialisation, w_f its final value, and of each pair of numbers the higher stays:

    large_final             |w_f|              (Frankle and Carbin 2019)
    small_final            -|w_f|
    random                  uniform
    large_init              |w_i|
    small_init             -|w_i|
    large_init_large_final  min(a |w_f|, |w_i|)
    small_init_small_final -max(a |w_f|, |w_i|)
    magnitude_increase      |w_f| - |w_i|
    movement                |w_f - w_i|

The factor a of the two mixed ones makes the two magnitudes comparable. As in the authors' code a weight stays if both
magnitudes are above the same quantile of their layer, so here each magnitude is replaced by its quantile among the
layer's survivors.
"""

import jax
import numpy as np
from scipy.stats import rankdata

from lottery.networks.lifenet import Parameters
from lottery.networks.masks import map_masked
from lottery.pruning.criteria.context import Context


def large_final(context: Context) -> Parameters:
    """|w_f|."""
    return jax.tree.map(np.abs, context.final)


def small_final(context: Context) -> Parameters:
    """-|w_f|."""
    return jax.tree.map(lambda w: -np.abs(w), context.final)


def random(context: Context) -> Parameters:
    """Uniform numbers."""
    return jax.tree.map(lambda w: context.rng.random(np.shape(w)), context.final)


def large_init(context: Context) -> Parameters:
    """|w_i|."""
    return jax.tree.map(np.abs, context.start)


def small_init(context: Context) -> Parameters:
    """-|w_i|."""
    return jax.tree.map(lambda w: -np.abs(w), context.start)


def large_init_large_final(context: Context) -> Parameters:
    """min(a |w_f|, |w_i|), by quantiles."""
    return map_masked(
        lambda keep, final, start: np.minimum(_quantiles(np.abs(final), keep), _quantiles(np.abs(start), keep)),
        context.mask,
        context.final,
        context.start,
    )


def small_init_small_final(context: Context) -> Parameters:
    """-max(a |w_f|, |w_i|), by quantiles."""
    return map_masked(
        lambda keep, final, start: -np.maximum(_quantiles(np.abs(final), keep), _quantiles(np.abs(start), keep)),
        context.mask,
        context.final,
        context.start,
    )


def magnitude_increase(context: Context) -> Parameters:
    """|w_f| - |w_i|."""
    return jax.tree.map(lambda final, start: np.abs(final) - np.abs(start), context.final, context.start)


def movement(context: Context) -> Parameters:
    """|w_f - w_i|."""
    return jax.tree.map(lambda final, start: np.abs(final - start), context.final, context.start)


def _quantiles(values: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """The share of survivors that lie below each survivor, equals counted by half; 0 where pruned."""
    quantiles = np.zeros(values.shape)
    if keep.any():
        quantiles[keep] = (rankdata(values[keep]) - 0.5) / keep.sum()
    return quantiles
