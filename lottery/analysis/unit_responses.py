"""What the units of a one-step network answer to the 512 neighbourhoods: which are dead, which are constant."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from lottery.networks.activations import ACTIVATIONS
from lottery.networks.lifenet import Parameters, slope_of
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.networks.trees import on_host


class Answers(NamedTuple):
    """What each unit gives on, after its activation; patterns by neighbourhood code.

    Attributes:
        wide: of the 3x3 convolution, (512, a).
        narrow: of the 1x1 convolution, (512, b); the logits where there is no read-out.
    """

    wide: Float[np.ndarray, "512 a"]
    narrow: Float[np.ndarray, "512 b"]


def unit_answers(params: Parameters, activation: str = "relu") -> Answers:
    """Every unit of a one-step network on all 512 neighbourhoods, in float64.

    Args:
        params: of a one-step network.
        activation: a name of `lottery.networks.activations.ACTIVATIONS`.
    """
    typed = on_host(params, np.float64)
    first, second = typed["block0_3x3"], typed["block0_1x1"]
    activate = ACTIVATIONS[activation].check
    kernel = first["kernel"].reshape(9, -1)
    wide = activate(NEIGHBOURHOODS.astype(np.float64) @ kernel + first["bias"], slope_of(typed, "block0_3x3"))
    narrow = wide @ second["kernel"][0, 0] + second["bias"]
    return Answers(wide, activate(narrow, slope_of(typed, "block0_1x1")) if "readout" in params else narrow)


def constant_units(answers: Float[np.ndarray, "512 units"]) -> Bool[np.ndarray, " units"]:
    """Which units give the same answer to every neighbourhood: with ReLU, above all, the dead ones that give 0."""
    return np.ptp(answers, axis=0) == 0


def constant_counts(params: Parameters, activation: str = "relu") -> tuple[int, int]:
    """How many units of a network's first block give one answer to all 512 neighbourhoods: 3x3 units, 1x1 units.

    Args:
        params: of a network of any number of steps.
        activation: a name of `lottery.networks.activations.ACTIVATIONS`.
    """
    answers = unit_answers(params, activation)
    return int(constant_units(answers.wide).sum()), int(constant_units(answers.narrow).sum())
