"""Which weights stay: a criterion is a function (Context) -> scores, of which the higher stay.

    magnitude    from the weights alone: the nine of Zhou et al. 2019
    gradients    SNIP, GraSP, and the loss without each weight
    curvature    Optimal Brain Damage and Optimal Brain Surgeon
    synflow      SynFlow

Scores are arrays in the shape of the parameters; those of weights that are pruned already mean nothing. How many
weights stay, and from where, is not a criterion's business: see lottery/pruning/ranking.py and
lottery/pruning/allocation.py. A new criterion is its function and a line here, or a call of `register_criterion` from
outside; tests/lottery/pruning/test_criteria.py has one body for all that are here.
"""

from collections.abc import Callable

from gol.errors import InputError
from lottery.inputs.registries import register, require_callable
from lottery.networks.lifenet import Parameters
from lottery.pruning.criteria.context import Context
from lottery.pruning.criteria.curvature import obd, obs
from lottery.pruning.criteria.gradients import grasp, saliency, snip
from lottery.pruning.criteria.magnitude import (
    large_final,
    large_init,
    large_init_large_final,
    magnitude_increase,
    movement,
    random,
    small_final,
    small_init,
    small_init_small_final,
)
from lottery.pruning.criteria.synflow import ROUNDS as SYNFLOW_ROUNDS
from lottery.pruning.criteria.synflow import synflow

Criterion = Callable[[Context], Parameters]

CRITERIA: dict[str, Criterion] = {
    "magnitude": large_final,  # its usual name
    "large_final": large_final,
    "small_final": small_final,
    "random": random,
    "large_init": large_init,
    "small_init": small_init,
    "large_init_large_final": large_init_large_final,
    "small_init_small_final": small_init_small_final,
    "magnitude_increase": magnitude_increase,
    "movement": movement,
    "snip": snip,
    "grasp": grasp,
    "synflow": synflow,
    "saliency": saliency,
    "obd": obd,
    "obs": obs,
}

# Rounds of scoring and pruning in which a criterion reaches a density, where they are more than one.
ROUNDS = {"synflow": SYNFLOW_ROUNDS}

# What says nothing before the weights have moved.
OF_CHANGE = ["magnitude_increase", "movement"]


def register_criterion(name: str, criterion: Criterion, *, rounds: int = 1, of_change: bool = False) -> None:
    """Add a criterion of one's own, which settings and commands then know by its name.

    Args:
        name: a new one; it stands for the criterion in the identity of a run.
        criterion: (context) -> scores in the shape of the parameters; the higher stay.
        rounds: of scoring and pruning in which it reaches a density, where nobody asks for others.
        of_change: whether it says nothing before the weights have moved.

    Raises:
        InputError: for a name that is taken, what is no function, or no rounds.
    """
    require_callable("criterion", criterion)
    if rounds < 1:
        raise InputError(f"rounds is {rounds}: it has to be at least 1.")
    register(CRITERIA, "criterion", name, criterion)
    if rounds > 1:
        ROUNDS[name] = rounds
    if of_change:
        OF_CHANGE.append(name)
