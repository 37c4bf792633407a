"""Prune: score the survivors by a criterion and remove exactly as many as asked for, those with the lowest scores."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import jax
import numpy as np

from gol.errors import InputError
from lottery.networks.lifenet import Network, Parameters
from lottery.networks.masks import Mask, layer_of, map_masked, within
from lottery.pruning.allocation import SCOPES, Floor, Pool, floors, pools, prunable_layers
from lottery.pruning.criteria import CRITERIA, ROUNDS, Context, Criterion
from lottery.training.settings import TrainSettings


@dataclass(frozen=True)
class Cut:
    """How one network is pruned once; the attributes are arguments of `prune`."""

    prune_fraction: float
    criterion: str | Criterion = "magnitude"
    scope: str = "global"
    floor: Floor = 0
    times: int = 1
    rounds: int | None = None
    inverted: bool = False
    counts: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be pruned by, naming what would be right."""
        if not 0 <= self.prune_fraction <= 1:
            raise InputError(f"prune_fraction is {self.prune_fraction}: a share of the survivors lies within 0 and 1.")
        if self.scope not in SCOPES:
            raise InputError(f"Unknown scope {self.scope!r}: it is one of {', '.join(SCOPES)}.")
        if not callable(self.criterion) and self.criterion not in CRITERIA:
            raise InputError(f"Unknown criterion {self.criterion!r}: it is one of {', '.join(CRITERIA)}.")

    @property
    def all_rounds(self) -> int:
        """Rounds of scoring and pruning: those asked for, or the criterion's own."""
        own = 1 if callable(self.criterion) else ROUNDS.get(self.criterion, 1)
        return own if self.rounds is None else self.rounds

    def scores(self, context: Context) -> Parameters:
        """The scores of the criterion, of which survivors' have to be finite.

        Raises:
            InputError: where they are not, or have other shapes than the parameters.
        """
        function = self.criterion if callable(self.criterion) else CRITERIA[self.criterion]
        name = getattr(function, "__name__", "The criterion") if callable(self.criterion) else self.criterion
        scores = function(context)
        try:
            same = map_masked(lambda keep, score: np.shape(score) == keep.shape, context.mask, scores)
        except (ValueError, TypeError):  # another tree
            same = False
        if not all(jax.tree.leaves(same)):
            raise InputError(f"{name} gives scores of other shapes than the parameters': it has to score every one.")
        scores = map_masked(lambda _, score: np.asarray(score), context.mask, scores)
        _refuse_not_finite(map_masked(lambda keep, score: score[keep], context.mask, scores), f"{name} gives")
        return scores

    def pools(self, mask: Mask) -> list[Pool]:
        """Who is ranked with whom, and how many stay."""
        if self.counts is None:
            return pools(mask, self.prune_fraction, scope=self.scope, floor=self.floor, times=self.times)
        before = {layer: sum(int(leaf.sum()) for leaf in leaves) for layer, leaves in prunable_layers(mask).items()}
        return [Pool((layer,), before[layer], count) for layer, count in sorted(self.counts.items())]


def prune(
    params: Parameters,
    mask: Mask,
    *,
    prune_fraction: float,
    rng: np.random.Generator,
    criterion: str | Criterion = "magnitude",
    scope: str = "global",
    floor: Floor = 0,
    times: int = 1,
    rounds: int | None = None,
    inverted: bool = False,
    initial: Parameters | None = None,
    net: Network | None = None,
    settings: TrainSettings | None = None,
    pruned: str = "zero",
    counts: Mapping[str, int] | None = None,
) -> Mask:
    """Remove `prune_fraction` of the survivors: those with the lowest scores, ties broken by chance.

    Args:
        params: of one network.
        mask: what is still kept; None leaves are never pruned.
        prune_fraction: share of the survivors to remove, in [0, 1]; the count is rounded to the nearest whole number.
        rng: breaks ties, so that equal scores are not pruned in the order of their layers.
        criterion: a name of `lottery.pruning.criteria.CRITERIA`, or a function (context) -> scores.
        scope: "global" ranks all weights together, "layerwise" removes the fraction from every layer, "erk" gives
            every layer a density by its shape (lottery/pruning/allocation.py).
        floor: survivors that every layer keeps at least: one number for all layers, or one for each
            (`lottery.pruning.allocation.floors`).
        times: remove the fraction so many times at once: the count of so many levels of pruning.
        rounds: rounds of scoring and pruning in which the count falls exponentially; by default the criterion's own,
            100 for SynFlow and 1 for all others.
        inverted: remove the highest scores instead of the lowest (a sanity check of Frankle et al. 2021).
        initial: the weights at initialisation, for criteria that look at them.
        net: the architecture, for criteria that compute the loss.
        settings: of its training, likewise.
        pruned: what pruned weights hold, "zero" or "frozen" at their initial values.
        counts: survivors of every layer with prunable weights; instead of fraction, scope, floor and times.

    Returns:
        A new mask with exactly round(prune_fraction * survivors) fewer survivors (per layer if layerwise), unless the
        floor keeps more.

    Raises:
        InputError: for an unknown criterion or scope, a fraction outside [0, 1], a criterion that has to know more, a
            floor with more or fewer numbers than layers, or weights or scores that are NaN or infinite.

    Source: Frankle and Carbin 2019 (arXiv 1803.03635), section 1, iterative pruning.
    """
    how = Cut(prune_fraction, criterion, scope, floor, times, rounds, inverted, counts)
    return cut(Context(params, mask, rng, initial, net, settings, pruned=pruned), how)


def cut(context: Context, how: Cut) -> Mask:
    """Prune what a context holds; its rng breaks ties once the criterion has drawn what it needs.

    Args:
        context: the weights, what is still kept of them, and whatever the criterion looks at.
        how: how much is pruned, and by what.

    Returns:
        As `prune`.

    Raises:
        InputError: as `prune`.
    """
    for name, tree in (("params", context.final), ("initial", context.initial)):
        _refuse_not_finite(tree, f"{name} holds")
    target, least = how.pools(context.mask), floors(context.mask, how.floor)
    prunable = sum(leaf.size for leaf in jax.tree.leaves(context.mask))
    for done in range(1, how.all_rounds + 1):
        keep = [_after_round(pool, done / how.all_rounds) for pool in target]
        context = replace(context, density=sum(keep) / max(prunable, 1))
        scores = how.scores(context)
        if how.inverted:
            scores = map_masked(lambda _, score: -score, context.mask, scores)
        mask = context.mask
        for pool, count in zip(target, keep, strict=True):
            left = keep_highest(scores, within(mask, pool.layers), count, context.rng, least)
            mask = _overlaid(left, mask)
        context = replace(context, mask=mask)
    return context.mask


def _refuse_not_finite(tree: Parameters | None, words: str) -> None:
    """NaN sorts behind all numbers: a weight that says nothing would be the last to go."""
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(tree)):
        raise InputError(f"{words} NaN or infinite numbers: a network that diverged cannot be pruned.")


def _after_round(pool: Pool, share: float) -> int:
    """Survivors when a share of the rounds is over: the count falls exponentially (Tanaka et al. 2020, algorithm 1)."""
    return pool.keep if share == 1 or not pool.before else round(pool.before * (pool.keep / pool.before) ** share)


def keep_highest(
    scores: Parameters, mask: Mask, keep: int, rng: np.random.Generator, least: Mapping[str, int] | None = None
) -> Mask:
    """The mask with `keep` survivors: the highest scores, among them so many of every layer as `least` says.

    Args:
        scores: of all parameters; layers that are not in the mask play no role.
        mask: what is still kept; None leaves are never pruned.
        keep: survivors among all layers of the mask, no more than there are.
        rng: breaks ties.
        least: survivors that layers keep at least, by their names; no more in all than `keep`.
    """
    leaves = jax.tree.leaves(mask)
    if not leaves:
        return mask
    kept = np.concatenate([leaf.ravel() for leaf in leaves])
    if isinstance(mask, dict):  # a part of the network will do
        scores = {name: scores[name] for name in mask}
    scored = map_masked(lambda _, score: score, mask, scores)
    ranked = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(scored)])
    survivors = np.flatnonzero(kept)
    # By rank, never by threshold: a threshold removes all that tie with it.
    order = survivors[np.lexsort((rng.permutation(len(survivors)), ranked[survivors]))]
    if least:
        order = order[~_protected(order, mask, least)]
    kept[order[: len(survivors) - keep]] = False
    parts = iter(np.split(kept, np.cumsum([leaf.size for leaf in leaves])[:-1]))
    return map_masked(lambda leaf: next(parts).reshape(leaf.shape), mask)


def _protected(order: np.ndarray, mask: Mask, least: Mapping[str, int]) -> np.ndarray:
    """Which entries of `order`, places from the lowest score to the highest, are the last ones of their layer."""
    layers = [np.full(leaf.size, layer_of(path)) for path, leaf in jax.tree.leaves_with_path(mask)]
    of_place = np.concatenate(layers)[order]
    protected = np.zeros(len(order), bool)
    for layer in np.unique(of_place):
        places = np.flatnonzero(of_place == layer)
        protected[places[max(0, len(places) - least.get(layer, 0)) :]] = True
    return protected


def invert_within_layers(scores: Parameters, before: Mask, mask: Mask, rng: np.random.Generator) -> Mask:
    """As many survivors as `mask` has in every layer, those of `before` with the lowest scores instead of the highest.

    Source: Frankle et al. 2021 (arXiv 2009.08576), section 5, inversion.
    """
    inverted = map_masked(lambda _, score: -score, before, scores)
    for layer, leaves in prunable_layers(mask).items():
        count = sum(int(leaf.sum()) for leaf in leaves)
        mask = _overlaid(keep_highest(inverted, within(before, {layer}), count, rng), mask)
    return mask


def _overlaid(part: Mask, whole: Mask) -> Mask:
    """A mask whose leaves are those of a part of it, where that has any."""
    return jax.tree.map(lambda new, old: old if new is None else new, part, whole, is_leaf=lambda leaf: leaf is None)


def shuffle_within_layers(mask: Mask, rng: np.random.Generator) -> Mask:
    """The same number of survivors in every leaf, in other places: what is left of a mask but its layer-wise counts.

    Source: Frankle et al. 2021 (arXiv 2009.08576), section 5.
    """
    return map_masked(lambda leaf: rng.permutation(leaf.ravel()).reshape(leaf.shape), mask)
