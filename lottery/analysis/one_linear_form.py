"""What a network with a single 3x3 unit can do: it is a function of one linear form of the neighbourhood.

Its 3x3 unit computes z = k.x + bias, and everything after it depends on z alone. With one 1x1 unit as well, (1, 1),
every layer is a monotone function of the one before, so the living cells are those on one side of a threshold of z.
Life is no such function: take a dead cell and average z over all placements of its N live neighbours. The mean is a
line in N. Every placement of 2 and of 4 is on one side of the threshold and every placement of 3 on the other; but the
mean at 3 is halfway between those at 2 and 4. So no weights make 14 parameters (12 without a read-out)
enough. With two 1x1 units, (1, 2), a bump of z is possible, and enough:
`lottery.networks.handmade.smallest_parameters`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import linprog

import gol
from gol.errors import InputError
from lottery.networks.lifenet import Parameters
from lottery.networks.neighbourhoods import NEIGHBOURHOODS

RING = np.delete(np.arange(9), 4)  # the eight neighbours of a 3x3 kernel in reading order


def is_threshold_function(table: Bool[np.ndarray, "512"]) -> bool:
    """Whether some linear form of the nine cells is above a threshold exactly where a rule gives a live cell.

    Decided by a linear programme: weights w and a constant c with w.x + c >= 1 for the living, <= -1 for the others.

    Args:
        table: (512,) bool, a rule's truth table by neighbourhood code.
    """
    side = np.where(table, 1.0, -1.0)
    rows = np.column_stack([NEIGHBOURHOODS.astype(float), np.ones(512)])
    found = linprog(np.zeros(10), A_ub=-side[:, None] * rows, b_ub=-np.ones(512), bounds=(None, None), method="highs")
    if found.status not in (0, 2):
        raise RuntimeError(f"The linear programme was not decided: {found.message}")
    return bool(found.status == 0)


@dataclass(frozen=True)
class LinearForm:
    """An exact network with one 3x3 unit, read as an interval of a linear form.

    Attributes:
        kernel: (3, 3) weights, scaled so that the eight neighbours have a mean of 1.
        live: lowest and highest value of the form among the living.
        dead: the nearest values of the form among the dead, below and above.
        bends: the values of the form at which the logit changes its slope, where the units turn on or off.
    """

    kernel: Float[np.ndarray, "3 3"]
    live: tuple[float, float]
    dead: tuple[float, float]
    bends: tuple[float, ...]

    @property
    def spread(self) -> float:
        """Standard deviation of the eight neighbours' weights, whose mean is 1."""
        return float(np.std(self.kernel.reshape(9)[RING]))


def linear_form(params: Parameters, rule: str = "B3/S23") -> LinearForm:
    """Explain an exact network with one 3x3 unit: scale its form, and say where on it the living lie.

    Args:
        params: of a one-step network with features (1, b) that is right about all 512 neighbourhoods.
        rule: the cellular automaton that it computes, in B/S notation.

    Raises:
        InputError: where it has more than one 3x3 unit, or the living do not fill one interval of its form.
    """
    kernel = np.asarray(params["block0_3x3"]["kernel"], np.float64)
    if kernel.shape != (3, 3, 1, 1):
        raise InputError(f"A linear form is what a network with one 3x3 unit has, not one of shape {kernel.shape}.")
    flat = kernel.reshape(9) / kernel.reshape(9)[RING].mean()
    form = NEIGHBOURHOODS.astype(np.float64) @ flat
    alive = np.asarray(gol.truth_table(rule), bool)
    low, high = form[alive].min(), form[alive].max()
    below, above = form[~alive & (form < high)], form[~alive & (form > low)]
    if np.any(below >= low) or not (len(below) and len(above)):
        raise InputError("The living do not fill one interval of this network's linear form.")
    return LinearForm(
        kernel=flat.reshape(3, 3),
        live=(float(low), float(high)),
        dead=(float(below.max()), float(above.min())),
        bends=_bends(params, kernel.reshape(9)[RING].mean()),
    )


def _bends(params: Parameters, scale: np.floating) -> tuple[float, ...]:
    """Where the logit bends: at the threshold of the 3x3 unit, and where a 1x1 unit crosses zero while that is on."""
    threshold = -float(params["block0_3x3"]["bias"][0] / scale)
    if "readout" not in params:
        return (threshold,)
    weights = np.asarray(params["block0_1x1"]["kernel"], np.float64)[0, 0, 0]
    crossings = -np.asarray(params["block0_1x1"]["bias"], np.float64)[weights != 0] / weights[weights != 0]
    return tuple(sorted([threshold, *(threshold + crossings[crossings > 0] / scale).tolist()]))
