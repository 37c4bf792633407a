"""What the kept weights start from, at every level of pruning.

    rewind            their weights at the step rewound to; step 0 is initialisation (Frankle and Carbin 2019; Frankle
                      et al. 2020)
    finetune          their trained weights, at the rate that training ended with (Renda et al. 2020)
    lr_rewind         their trained weights, and the schedule of the rate again (Renda et al. 2020)
    reinit            fresh draws of the initialiser (Frankle and Carbin 2019)
    reinit_sign       fresh draws with the signs of the rewound weights
    reshuffle         the rewound weights, shuffled among the survivors of their layer
    reshuffle_sign    the same, every place with the sign it had
    constant          plus or minus the standard deviation of the layer's initial weights, the survivors' signs shuffled
    constant_sign     the same, every place with the sign it had
    resign            the rewound weights, the sign of each drawn by a fair coin: what reinit_sign keeps is lost, and
                      what it loses is kept (not in their paper)

Those from reinit to constant_sign are Zhou et al. 2019 (arXiv 1905.01067, section 4). A layer's kernel and its biases
are shuffled and measured apart; biases that are never pruned are drawn afresh with the weights, and rewound by the
other ones. An optimiser always starts afresh. Under a constant rate finetune and lr_rewind are the same thing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lottery.networks.lifenet import Network, Parameters
from lottery.networks.masks import Mask, map_masked
from lottery.pruning.criteria import Context as Scored
from lottery.training import batches
from lottery.training.loop import draw_initial


@dataclass(frozen=True)
class Context:
    """What a start and an arm can draw on, for one replicate at one level.

    Attributes:
        net: the architecture.
        seed: of the run.
        replicate: its number.
        level: prunings done so far, at least 1.
        mask: the ticket's.
        rewound: the weights at the step rewound to.
        trained: the weights at the end of the level that the mask was found in, or of the dense network.
        initial: the weights at initialisation; None stands for the rewound ones.
        start: what the ticket's kept weights start from, a name of `STARTS`.
        scored: what the ticket's mask was found from.
        criterion: what it was found by.
    """

    net: Network
    seed: int
    replicate: int
    level: int
    mask: Mask
    rewound: Parameters
    trained: Parameters
    initial: Parameters | None = None
    start: str = "rewind"
    scored: Scored | None = None
    criterion: str = "magnitude"

    def rng(self, purpose: int) -> np.random.Generator:
        """Numbers of this replicate and level for one purpose; 0 is pruning, 1 the shuffled mask."""
        return np.random.default_rng([self.seed, self.replicate, self.level, purpose])


def _rewind(context: Context) -> Parameters:
    return context.rewound


def _trained(context: Context) -> Parameters:
    return context.trained


def _reinit(context: Context) -> Parameters:
    drawn = draw_initial(context.net, context.seed, [context.replicate], purpose=batches.CONTROL + context.level)
    return {layer: {name: leaf[0] for name, leaf in leaves.items()} for layer, leaves in drawn.items()}


def _reinit_sign(context: Context) -> Parameters:
    drawn = _reinit(context)
    signed = map_masked(lambda _, new, old: _with_sign(new, old), context.mask, drawn, context.rewound)
    return _or_else(signed, drawn)


def _reshuffle(context: Context) -> Parameters:
    return _shuffle_survivors(context, context.rewound)


def _reshuffle_sign(context: Context) -> Parameters:
    signed = map_masked(lambda _, new, old: _with_sign(new, old), context.mask, _reshuffle(context), context.rewound)
    return _or_else(signed, context.rewound)


def _constant(context: Context) -> Parameters:
    return _shuffle_survivors(context, _constant_sign(context))


def _constant_sign(context: Context) -> Parameters:
    initial = context.rewound if context.initial is None else context.initial
    flat = map_masked(
        lambda _, old, first: (np.sign(old) * np.std(first)).astype(old.dtype), context.mask, context.rewound, initial
    )
    return _or_else(flat, context.rewound)


def _resign(context: Context) -> Parameters:
    rng = context.rng(4)
    drawn = map_masked(
        lambda keep, old: np.where(keep & (rng.random(old.shape) < 0.5), -old, old), context.mask, context.rewound
    )
    return _or_else(drawn, context.rewound)


def _shuffle_survivors(context: Context, params: Parameters) -> Parameters:
    """The kept weights of every leaf among themselves; leaves that are never pruned stay."""
    rng = context.rng(2)

    def shuffle(keep: np.ndarray, leaf: np.ndarray) -> np.ndarray:
        shuffled = leaf.copy()
        shuffled[keep] = rng.permutation(leaf[keep])
        return shuffled

    return _or_else(map_masked(shuffle, context.mask, params), params)


def _with_sign(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """|new| with the sign of the old, and its own where the old is 0."""
    return np.where(old == 0, new, np.copysign(new, old)).astype(new.dtype)


def _or_else(tree: Parameters, otherwise: Parameters) -> Parameters:
    """A tree whose None leaves (never pruned) are taken from another."""
    return {
        layer: {name: otherwise[layer][name] if leaf is None else leaf for name, leaf in leaves.items()}
        for layer, leaves in tree.items()
    }


STARTS: dict[str, Callable[[Context], Parameters]] = {
    "rewind": _rewind,
    "finetune": _trained,
    "lr_rewind": _trained,
    "reinit": _reinit,
    "reinit_sign": _reinit_sign,
    "reshuffle": _reshuffle,
    "reshuffle_sign": _reshuffle_sign,
    "constant": _constant,
    "constant_sign": _constant_sign,
    "resign": _resign,
}

AT_FINAL_RATE = ("finetune",)  # starts that do not go through the schedule of the rate again
