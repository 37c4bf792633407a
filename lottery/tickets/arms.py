"""What is trained at each level of pruning: the ticket and the controls that stand beside it.

An arm says which mask a network has and what its kept weights start from. All arms of a replicate see the same sequence
of batches, so that they are paired. Every arm has as many survivors in every layer as the ticket.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Bool

from gol.errors import InputError
from lottery.analysis.exact_masks import can_be_exact, covered
from lottery.networks.lifenet import Network, Parameters
from lottery.networks.masks import Mask, map_masked
from lottery.networks.trees import or_else
from lottery.pruning.criteria import CRITERIA
from lottery.pruning.ranking import invert_within_layers, shuffle_within_layers
from lottery.tickets.replicate import Replicate
from lottery.tickets.starts import AT_FINAL_RATE, STARTS


def _own(one: Replicate) -> Mask:
    """The ticket's mask."""
    return one.mask


def _shuffled(one: Replicate) -> Mask:
    """The ticket's mask shuffled within its layers (Frankle et al. 2021)."""
    return shuffle_within_layers(one.mask, one.rng(1))


LIFE = "B3/S23"
FAIR = "shuffled_feasible"
TRIES, TOGETHER = 10_000, 250  # shuffles drawn at most, and how many of them are looked at together


def _shuffled_feasible(one: Replicate) -> Mask:
    """A shuffle of the ticket's mask within its layers, drawn evenly among those that can be exact.

    Most shuffles of a sparse mask cannot be exact whatever their weights are, so that the plain shuffle is beaten
    before training begins. Here shuffles are drawn until `lottery.can_be_exact` excludes one no longer, at most `TRIES`
    times. Where none is found, the arm has the last one drawn, and its outcomes say that it cannot be exact.

    Raises:
        InputError: where it is not known what a mask has to keep.
    """
    rule = LIFE if one.settings is None else one.settings.rule
    require_judged(one.net, rule, one.pruned)
    everything = jax.tree.map(lambda leaf: np.ones((TOGETHER, *np.shape(leaf)), bool), one.rewound)
    rng = one.rng(5)
    for _ in range(TRIES // TOGETHER):
        drawn = map_masked(lambda leaf: _shuffles(leaf, rng), one.mask)
        if (possible := can_be_exact(or_else(drawn, everything), rule)).any():
            return _nth(drawn, int(np.argmax(possible)))
    return _nth(drawn, -1)


def _shuffles(leaf: Bool[np.ndarray, "*shape"], rng: np.random.Generator) -> Bool[np.ndarray, "together *shape"]:
    """A leaf shuffled so many times, each time anew."""
    copies = np.tile(leaf.ravel(), (TOGETHER, 1))
    return np.asarray(rng.permuted(copies, axis=1).reshape(TOGETHER, *leaf.shape))


def _nth(masks: Mask, index: int) -> Mask:
    return map_masked(lambda leaf: leaf[index], masks)


def require_judged(net: Network, rule: str, pruned: str) -> None:
    """Refuse a fair shuffle where it is not known what a mask has to keep.

    Args:
        net: the dense network.
        rule: that it is trained on.
        pruned: as in `PruningSettings`.

    Raises:
        InputError: where `lottery.can_be_exact` judges no masks of such networks.
    """
    if not covered(net, rule, pruned):
        raise InputError(
            "The control shuffled_feasible needs to know which masks can be exact: that is known for a one-step "
            f"LifeNet with ReLU and a read-out, for Life and rules like it, where pruned weights are zero. Here it is "
            f"{type(net).__name__}, {rule}, pruned weights {pruned}."
        )


def _inverted(one: Replicate) -> Mask:
    """The weights with the lowest scores instead of the highest, as many in every layer (Frankle et al. 2021).

    They are chosen among those that the ticket's were chosen among: level by level that is the survivors of the level
    before, in one shot or before training it is all.
    """
    scored = one.scored()
    return invert_within_layers(CRITERIA[one.criterion](scored), scored.mask, one.mask, one.rng(3))


@dataclass(frozen=True)
class Kind:
    """An arm: called with a replicate it gives its starting weights and mask.

    Attributes:
        start: a name of `lottery.tickets.starts.STARTS`, or None for what the ticket starts from.
        mask: the ticket's mask, or another.
    """

    start: str | None
    mask: Callable[[Replicate], Mask] = _own

    def __call__(self, one: Replicate) -> tuple[Parameters, Mask]:
        """Starting weights and mask."""
        return STARTS[self.start or one.start](one), self.mask(one)

    def at_final_rate(self, start: str) -> bool:
        """Whether it trains with the rate that a decaying schedule ends with, where the ticket has this start."""
        return (self.start or start) in AT_FINAL_RATE


ARMS: dict[str, Kind] = {
    "ticket": Kind(None),
    "rewound": Kind("rewind"),
    "reinit": Kind("reinit"),
    "reinit_sign": Kind("reinit_sign"),
    "reshuffled": Kind("reshuffle"),
    "reshuffled_sign": Kind("reshuffle_sign"),
    "constant": Kind("constant"),
    "constant_sign": Kind("constant_sign"),
    "resigned": Kind("resign"),
    "finetuned": Kind("finetune"),
    "lr_rewound": Kind("lr_rewind"),
    "shuffled": Kind("rewind", _shuffled),
    "shuffled_feasible": Kind("rewind", _shuffled_feasible),
    "inverted": Kind("rewind", _inverted),
}
