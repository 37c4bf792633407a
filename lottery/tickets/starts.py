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

import jax
import numpy as np

from lottery.inputs.registries import register, require_callable
from lottery.networks.lifenet import Parameters
from lottery.networks.masks import map_masked
from lottery.tickets.replicate import Replicate
from lottery.training import batches
from lottery.training.loop import draw_initial, pick


def _rewind(one: Replicate) -> Parameters:
    return one.rewound


def _trained(one: Replicate) -> Parameters:
    return one.trained


def _reinit(one: Replicate) -> Parameters:
    drawn = draw_initial(one.net, one.seed, [one.number], purpose=batches.CONTROL + one.level)
    return pick(drawn, 0)


def _reinit_sign(one: Replicate) -> Parameters:
    drawn = _reinit(one)
    signed = map_masked(lambda _, new, old: _with_sign(new, old), one.mask, drawn, one.rewound)
    return _or_else(signed, drawn)


def _reshuffle(one: Replicate) -> Parameters:
    return _shuffle_survivors(one, one.rewound)


def _reshuffle_sign(one: Replicate) -> Parameters:
    signed = map_masked(lambda _, new, old: _with_sign(new, old), one.mask, _reshuffle(one), one.rewound)
    return _or_else(signed, one.rewound)


def _constant(one: Replicate) -> Parameters:
    return _shuffle_survivors(one, _constant_sign(one))


def _constant_sign(one: Replicate) -> Parameters:
    initial = one.rewound if one.initial is None else one.initial
    flat = map_masked(
        lambda _, old, first: (np.sign(old) * np.std(first)).astype(old.dtype), one.mask, one.rewound, initial
    )
    return _or_else(flat, one.rewound)


def _resign(one: Replicate) -> Parameters:
    rng = one.rng(4)
    drawn = map_masked(
        lambda keep, old: np.where(keep & (rng.random(old.shape) < 0.5), -old, old), one.mask, one.rewound
    )
    return _or_else(drawn, one.rewound)


def _shuffle_survivors(one: Replicate, params: Parameters) -> Parameters:
    """The kept weights of every leaf among themselves; leaves that are never pruned stay."""
    rng = one.rng(2)

    def shuffle(keep: np.ndarray, leaf: np.ndarray) -> np.ndarray:
        shuffled = leaf.copy()
        shuffled[keep] = rng.permutation(leaf[keep])
        return shuffled

    return _or_else(map_masked(shuffle, one.mask, params), params)


def _with_sign(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """|new| with the sign of the old, and its own where the old is 0."""
    return np.where(old == 0, new, np.copysign(new, old)).astype(new.dtype)


def _or_else(tree: Parameters, otherwise: Parameters) -> Parameters:
    """A tree whose None leaves (never pruned) are taken from another."""
    return jax.tree.map(
        lambda leaf, other: other if leaf is None else leaf, tree, otherwise, is_leaf=lambda leaf: leaf is None
    )


Start = Callable[[Replicate], Parameters]

STARTS: dict[str, Start] = {
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

AT_FINAL_RATE = ["finetune"]  # starts that do not go through the schedule of the rate again


def register_start(name: str, start: Start, *, at_final_rate: bool = False) -> None:
    """Add a start of one's own, which settings and commands then know by its name.

    Args:
        name: a new one; it stands for the start in the identity of a run.
        start: (replicate) -> weights of all parameters, one network's; the mask then removes those that are pruned.
        at_final_rate: whether the weights are trained at the rate that a decaying schedule ends with.

    Raises:
        InputError: for a name that is taken, or what is no function.
    """
    require_callable("start", start)
    register(STARTS, "start", name, start)
    if at_final_rate:
        AT_FINAL_RATE.append(name)
