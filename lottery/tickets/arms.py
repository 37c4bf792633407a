"""What is trained at each level of pruning: the ticket and the controls that stand beside it.

An arm says which mask a network has and what its kept weights start from. All arms of a replicate see the same sequence
of batches, so that they are paired. Every arm has as many survivors in every layer as the ticket.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lottery.networks.lifenet import Parameters
from lottery.networks.masks import Mask
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
    "inverted": Kind("rewind", _inverted),
}
