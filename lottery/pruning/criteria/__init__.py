"""Which weights stay: a criterion is a function (Context) -> scores, of which the higher stay.

    magnitude    from the weights alone: the nine of Zhou et al. 2019
    gradients    SNIP, GraSP, and the loss without each weight
    curvature    Optimal Brain Damage and Optimal Brain Surgeon
    synflow      SynFlow

Scores are arrays in the shape of the parameters; those of weights that are pruned already mean nothing. How many
weights stay, and from where, is not a criterion's business: see lottery/pruning/ranking.py and
lottery/pruning/allocation.py. A new criterion is its function and a line here;
tests/lottery/pruning/test_criteria.py has one body for all of them.
"""

from collections.abc import Callable

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
OF_CHANGE = ("magnitude_increase", "movement")
