"""Networks, their parameters and masks as plain trees, and the neighbourhoods that they see."""

from lottery.networks.activations import ACTIVATIONS, Activation, register_activation
from lottery.networks.handmade import handmade_parameters, smallest_parameters, sparsest_parameters
from lottery.networks.lifenet import (
    INITIALISERS,
    PADDINGS,
    LifeNet,
    Network,
    Parameters,
    initial_parameters,
    is_lifenet,
    logits,
    parameter_count,
    slope_of,
    steps_of,
    untie,
)
from lottery.networks.masks import Density, Mask, apply_mask, full_mask, measure
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, risk_weights
from lottery.networks.trees import pick, stack

__all__ = [
    "ACTIVATIONS",
    "INITIALISERS",
    "NEIGHBOURHOODS",
    "PADDINGS",
    "Activation",
    "Density",
    "LifeNet",
    "Mask",
    "Network",
    "Parameters",
    "apply_mask",
    "full_mask",
    "handmade_parameters",
    "initial_parameters",
    "is_lifenet",
    "logits",
    "measure",
    "parameter_count",
    "pick",
    "register_activation",
    "risk_weights",
    "slope_of",
    "smallest_parameters",
    "sparsest_parameters",
    "stack",
    "steps_of",
    "untie",
]
