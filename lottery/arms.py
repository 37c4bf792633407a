"""What is trained at each level of pruning: the ticket and the controls that stand beside it.

An arm says which mask a network has and which weights it starts from. All arms of a replicate see the same sequence of
batches, so that they are paired.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lottery import data
from lottery.masks import Mask
from lottery.networks import LifeNet, Parameters
from lottery.pruning import shuffle_within_layers
from lottery.training import draw_initial


@dataclass(frozen=True)
class Context:
    """What an arm can draw on, for one replicate at one level.

    Attributes:
        net: the architecture.
        seed: of the run.
        replicate: its number.
        level: prunings done so far, at least 1.
        mask: the ticket's.
        rewound: the weights at the step rewound to.
        trained: the weights at the end of the level before.
    """

    net: LifeNet
    seed: int
    replicate: int
    level: int
    mask: Mask
    rewound: Parameters
    trained: Parameters


def _ticket(context: Context) -> tuple[Parameters, Mask]:
    """The surviving weights, rewound (Frankle and Carbin 2019)."""
    return context.rewound, context.mask


def _reinit(context: Context) -> tuple[Parameters, Mask]:
    """The ticket's mask with freshly drawn weights (Frankle and Carbin 2019, random reinitialisation)."""
    drawn = draw_initial(context.net, context.seed, [context.replicate], purpose=data.CONTROL + context.level)
    return {layer: {name: leaf[0] for name, leaf in leaves.items()} for layer, leaves in drawn.items()}, context.mask


def _shuffled(context: Context) -> tuple[Parameters, Mask]:
    """The rewound weights under a mask shuffled within its layers (Frankle et al. 2021)."""
    rng = np.random.default_rng([context.seed, context.replicate, context.level, 1])
    return context.rewound, shuffle_within_layers(context.mask, rng)


def _finetuned(context: Context) -> tuple[Parameters, Mask]:
    """The ticket's mask on the trained weights, trained on (Renda et al. 2020, fine-tuning)."""
    return context.trained, context.mask


ARMS: dict[str, Callable[[Context], tuple[Parameters, Mask]]] = {
    "ticket": _ticket,
    "reinit": _reinit,
    "shuffled": _shuffled,
    "finetuned": _finetuned,
}
