"""What is trained at each level of pruning: the ticket and the controls that stand beside it.

An arm says which mask a network has and what its kept weights start from. All arms of a replicate see the same sequence
of batches, so that they are paired. Every arm has as many survivors in every layer as the ticket.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gol.errors import InputError
from lottery.networks.lifenet import Parameters
from lottery.networks.masks import Mask
from lottery.pruning.criteria import CRITERIA
from lottery.pruning.ranking import invert_within_layers, shuffle_within_layers
from lottery.tickets.starts import AT_FINAL_RATE, STARTS, Context


def _own(context: Context) -> Mask:
    """The ticket's mask."""
    return context.mask


def _shuffled(context: Context) -> Mask:
    """The ticket's mask shuffled within its layers (Frankle et al. 2021)."""
    return shuffle_within_layers(context.mask, context.rng(1))


def _inverted(context: Context) -> Mask:
    """The weights with the lowest scores instead of the highest, as many in every layer (Frankle et al. 2021).

    They are chosen among those that the ticket's were chosen among: level by level that is the survivors of the level
    before, in one shot or before training it is all.
    """
    if context.scored is None:
        raise InputError("The inverted arm has to know what the ticket's mask was found from: give it as `scored`.")
    scores = CRITERIA[context.criterion](context.scored)
    return invert_within_layers(scores, context.scored.mask, context.mask, context.rng(3))


@dataclass(frozen=True)
class Kind:
    """An arm: called with a context it gives starting weights and mask of one replicate.

    Attributes:
        start: a name of `lottery.tickets.starts.STARTS`, or None for what the ticket starts from.
        mask: the context's mask, or another.
    """

    start: str | None
    mask: Callable[[Context], Mask] = _own

    def __call__(self, context: Context) -> tuple[Parameters, Mask]:
        """Starting weights and mask."""
        return STARTS[self.start or context.start](context), self.mask(context)

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
