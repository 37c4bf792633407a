"""Which weights stay: scores, and a mask with exactly as many survivors as asked for."""

from collections.abc import Callable

import jax
import numpy as np

from gol.errors import InputError
from lottery.masks import Mask, map_masked
from lottery.networks import Parameters

SCOPES = ("global", "layerwise")

Criterion = Callable[[Parameters], Parameters]


def magnitude(params: Parameters) -> Parameters:
    """Scores |w|: the smallest weights go first (Frankle and Carbin 2019, large_final in Zhou et al. 2019)."""
    return jax.tree.map(np.abs, params)


CRITERIA: dict[str, Criterion] = {"magnitude": magnitude}


def prune(
    params: Parameters,
    mask: Mask,
    *,
    prune_fraction: float,
    rng: np.random.Generator,
    criterion: str = "magnitude",
    scope: str = "global",
) -> Mask:
    """Remove `prune_fraction` of the survivors: those with the lowest scores, ties broken by chance.

    Args:
        params: of one network.
        mask: what is still kept; None leaves are never pruned.
        prune_fraction: share of the survivors to remove, in [0, 1]; the count is rounded to the nearest whole number.
        rng: breaks ties, so that equal scores are not pruned in the order of their layers.
        criterion: a name of `CRITERIA`.
        scope: "global" ranks all weights together, "layerwise" removes the fraction from every layer.

    Returns:
        A new mask with exactly round(prune_fraction * survivors) fewer survivors (per layer if layerwise).

    Raises:
        InputError: for an unknown criterion or scope, or a fraction outside [0, 1].

    Source: Frankle and Carbin 2019 (arXiv 1803.03635), section 1, iterative pruning.
    """
    if not 0 <= prune_fraction <= 1:
        raise InputError(f"prune_fraction is {prune_fraction}: a share of the survivors lies within 0 and 1.")
    if scope not in SCOPES:
        raise InputError(f"Unknown scope {scope!r}: it is one of {', '.join(SCOPES)}.")
    if criterion not in CRITERIA:
        raise InputError(f"Unknown criterion {criterion!r}: it is one of {', '.join(CRITERIA)}.")
    scores = CRITERIA[criterion](params)
    if scope == "global":
        return _remove_lowest(scores, mask, prune_fraction, rng)
    return {
        layer: _remove_lowest({"": scores[layer]}, {"": mask[layer]}, prune_fraction, rng)[""]
        for layer in sorted(mask)  # a mask read from a file has its layers in another order, and ties must not care
    }


def _remove_lowest(scores: Parameters, mask: Mask, prune_fraction: float, rng: np.random.Generator) -> Mask:
    leaves = jax.tree.leaves(mask)
    if not leaves:
        return mask
    kept = np.concatenate([leaf.ravel() for leaf in leaves])
    ranked = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(map_masked(lambda _, s: s, mask, scores))])
    survivors = np.flatnonzero(kept)
    remove = round(prune_fraction * len(survivors))
    # By rank, never by threshold: a threshold removes all that tie with it.
    order = np.lexsort((rng.permutation(len(survivors)), ranked[survivors]))
    kept[survivors[order[:remove]]] = False
    parts = iter(np.split(kept, np.cumsum([leaf.size for leaf in leaves])[:-1]))
    return map_masked(lambda leaf: next(parts).reshape(leaf.shape), mask)


def shuffle_within_layers(mask: Mask, rng: np.random.Generator) -> Mask:
    """The same number of survivors in every leaf, in other places: what is left of a mask but its layer-wise counts.

    Source: Frankle et al. 2021 (arXiv 2009.08576), section 5.
    """
    return map_masked(lambda leaf: rng.permutation(leaf.ravel()).reshape(leaf.shape), mask)
