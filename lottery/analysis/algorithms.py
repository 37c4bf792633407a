"""Which algorithm a solved minimal network, (a, b) = (2, 1), has found: a name that its symmetries cannot change.

Three facts bring 25 parameters down to an algorithm.

1. Scaling. A ReLU unit may be scaled by any positive number if what reads it is scaled back, and the two 3x3 units may
   change places. So each unit is its direction d (does it count live neighbours, up, or missing ones, down), a weight c
   of the own cell relative to the neighbours', and a threshold t: it gives relu(d (N + c s - t)) times its gain.

2. The ReLU before the read-out decides nothing. With h = relu(g) and a read-out r h + b an exact network has r and b of
   opposite signs (else all cells were alive, or all dead), and then r relu(g) + b is above 0 exactly where r g + b is.
   So the answer is a sum of two ramps and a constant, and each ramp raises or lowers the logit. The sign of r is only
   how it is spelled: h stands for life, or for death.

3. Three algorithms are possible. Take kernels that weigh all neighbours alike and a dead cell: the logit must rise
   from N = 2 to 3 and fall from 3 to 4. Two ramps that both rise with N, or both fall, cannot; nor can two convex
   ones, because a convex function has no peak. Of the ten pairs of ramps that leaves three:

       rise-fall    counts live neighbours up to a threshold, then counts them against: the hand-made one
       two-alarms   subtracts for too few and for too many
       mirror       the first with missing neighbours for live ones

   A sign cannot change along a path of exact networks: where the mean weight of a unit, or what reads it, is 0, one
   ramp is left, and one ramp has no peak. So the three (six, with the two spellings) are apart.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

import gol
from gol.errors import InputError
from lottery.analysis.one_linear_form import RING
from lottery.networks.lifenet import Parameters
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, right_side

# The ramps (direction, effect on the logit) of each algorithm: +1 up or raises, -1 down or lowers.
Ramp = tuple[int, int]
ALGORITHMS: dict[tuple[Ramp, Ramp], str] = {
    ((1, 1), (1, -1)): "rise-fall",
    ((1, -1), (-1, -1)): "two-alarms",
    ((-1, 1), (-1, -1)): "mirror",
}
IMPOSSIBLE = "impossible"
SPELLINGS = {1: "life", -1: "death"}  # what h stands for
OWN = NEIGHBOURHOODS[:, 4].astype(int)
COUNT = (NEIGHBOURHOODS.sum(axis=1) - NEIGHBOURHOODS[:, 4]).astype(int)
TOLERANCE = 0.1  # neighbours: a unit this little above its threshold counts as off, because kinks sit on N = 3


@dataclass(frozen=True, eq=False)
class Solution:
    """A minimal network in normal form: logit = sum_u effect_u gain_u relu(d_u (k_u.x - t_u)) + constant.

    Attributes:
        directions: (2,) +1 if the unit counts live neighbours, -1 if missing ones; rising ones first.
        effects: (2,) +1 if it raises the logit, -1 if it lowers it.
        kernels: (2, 9) weights, scaled so that the eight neighbours have a mean of 1.
        thresholds: (2,) t_u, in neighbours.
        gains: (2,) logit per neighbour, above 0.
        constant: of the logit.
        spelling: +1 if h stands for life, -1 if for death.
        inner_bias: what is added before the ReLU of h, in logits.
    """

    directions: Int[np.ndarray, " 2"]
    effects: Int[np.ndarray, " 2"]
    kernels: Float[np.ndarray, "2 9"]
    thresholds: Float[np.ndarray, " 2"]
    gains: Float[np.ndarray, " 2"]
    constant: float
    spelling: int
    inner_bias: float

    @property
    def algorithm(self) -> str:
        """One of `ALGORITHMS`, or "impossible" for signs that no exact network with alike neighbours can have."""
        first, second = zip(self.directions.tolist(), self.effects.tolist(), strict=True)
        return ALGORITHMS.get((first, second), IMPOSSIBLE)

    @property
    def name(self) -> str:
        """The algorithm and its spelling, such as `rise-fall/life`."""
        return f"{self.algorithm}/{SPELLINGS[self.spelling]}"

    @property
    def centres(self) -> Float[np.ndarray, " 2"]:
        """Weight of the own cell relative to a neighbour's."""
        return self.kernels[:, 4]

    @property
    def spread(self) -> Float[np.ndarray, " 2"]:
        """Standard deviation of the eight neighbours' weights, whose mean is 1: 0 for a kernel that is symmetric."""
        return np.std(self.kernels[:, RING], axis=1)


def normal_form(params: Parameters) -> Solution:
    """Bring a one-step network of features (2, 1) into the form that its symmetries leave.

    Args:
        params: parameters of one network, without replicate axis.

    Raises:
        InputError: for another shape, or where a unit is cut off or sees no neighbours on average.
    """
    kernel = np.asarray(params["block0_3x3"]["kernel"], np.float64)
    if kernel.shape != (3, 3, 1, 2) or "readout" not in params:
        raise InputError("Solutions are told apart for networks of features (2, 1) with a read-out.")
    flat = kernel.reshape(9, 2).T
    bias = np.asarray(params["block0_3x3"]["bias"], np.float64)
    inner = np.asarray(params["block0_1x1"]["kernel"], np.float64)[0, 0, :, 0]
    inner_bias = float(params["block0_1x1"]["bias"][0])
    outer, constant = float(params["readout"]["kernel"][0, 0, 0, 0]), float(params["readout"]["bias"][0])
    mean = flat[:, RING].mean(axis=1)
    weight = inner * outer
    if not (np.all(mean) and np.all(weight)):
        raise InputError("A unit of this network is cut off, or its neighbours' weights have a mean of 0.")
    directions, effects = np.sign(mean).astype(int), np.sign(weight).astype(int)
    order = sorted(range(2), key=lambda unit: (-directions[unit], -effects[unit], -bias[unit] / mean[unit]))
    return Solution(
        directions=directions[order],
        effects=effects[order],
        kernels=(flat / mean[:, None])[order],
        thresholds=(-bias / mean)[order],
        gains=np.abs(weight * mean)[order],
        constant=outer * inner_bias + constant,
        spelling=int(np.sign(outer)),
        inner_bias=outer * inner_bias,
    )


def ramps(solution: Solution, patterns: Float[np.ndarray, "n 9"] = NEIGHBOURHOODS) -> Float[np.ndarray, "n 2"]:
    """What each unit adds to the logit, for neighbourhoods given as nine cells each."""
    along = patterns @ solution.kernels.T - solution.thresholds
    return solution.effects * solution.gains * np.maximum(solution.directions * along, 0)


def answers(solution: Solution, patterns: Float[np.ndarray, "n 9"] = NEIGHBOURHOODS) -> Float[np.ndarray, " n"]:
    """The logit without the ReLU before the read-out: its sign is the network's answer."""
    return ramps(solution, patterns).sum(axis=1) + solution.constant


def variant(solution: Solution) -> str:
    """Where each unit is on, as a readable name: the algorithm and, per unit, its counts N for s = 0 and s = 1.

    A unit is on at (N, s) if it is more than a tenth of a neighbour above its threshold there, its weights averaged
    over the neighbours. `up0-3+/2+` is a unit that counts up, on from N = 3 for a dead and from 2 for a living cell.
    """
    parts = []
    for direction, centre, threshold in zip(solution.directions, solution.centres, solution.thresholds, strict=True):
        on = [direction * (np.arange(9) + centre * own - threshold) > TOLERANCE for own in (0, 1)]
        ends = [_from(state) if direction > 0 else _to(state) for state in on]
        parts.append(("up " if direction > 0 else "down ") + "/".join(ends))
    return f"{solution.name}: " + ", ".join(parts)


def _from(on: Bool[np.ndarray, " 9"]) -> str:
    return f"{int(np.argmax(on))}+" if on.any() else "never"


def _to(on: Bool[np.ndarray, " 9"]) -> str:
    return f"0-{int(np.flatnonzero(on)[-1])}" if on.any() else "never"


def algorithm_of(params: Parameters) -> str:
    """Algorithm and spelling that the signs of any (2, 1) network stand for, trained or not, exact or not."""
    return normal_form(params).name


def _vector(solution: Solution) -> Float[np.ndarray, " 23"]:
    """Everything but the signs in one vector, with gains that sum to 1: the scale of the logit decides nothing."""
    total = solution.gains.sum()
    return np.concatenate(
        [solution.kernels.ravel(), solution.thresholds, solution.gains / total, [solution.constant / total]]
    )


def joined(one: Solution, others: list[Solution], table: Bool[np.ndarray, "512"], steps: int = 20) -> list[bool]:
    """Whether every network on the straight line to each of some others, of the same signs, is exact as well.

    The line is drawn in normal form (kernels, thresholds, gains that sum to 1, constant) and looked at in `steps`
    equal steps, on all 512 neighbourhoods.
    """
    found = []
    start = _vector(one)
    for other in others:
        points = start + np.linspace(0, 1, steps + 1)[:, None] * (_vector(other) - start)
        kernels, thresholds = points[:, :18].reshape(-1, 2, 9), points[:, 18:20]
        along = NEIGHBOURHOODS @ kernels.transpose(0, 2, 1) - thresholds[:, None, :]
        on = np.maximum(one.directions * along, 0)
        logit = np.sum(on * (one.effects * points[:, 20:22])[:, None, :], axis=2) + points[:, 22:]
        found.append(bool(np.all(right_side(logit, np.broadcast_to(table, logit.shape)))))
    return found


def groups_of(solutions: list[Solution], rule: str = "B3/S23") -> list[list[int]]:
    """Split exact networks of the same signs into groups that chains of straight lines of exact networks connect.

    Args:
        solutions: exact networks whose directions and effects agree; their spellings may differ.
        rule: what they compute.

    Returns:
        Groups of places in `solutions`, the largest first.
    """
    table = np.asarray(gol.truth_table(rule), bool)
    left = set(range(len(solutions)))
    groups: list[list[int]] = []
    while left:
        group: list[int] = []
        fresh = [min(left)]
        left -= set(fresh)
        while fresh:
            centre = fresh.pop()
            group.append(centre)
            rest = sorted(left)
            reached = joined(solutions[centre], [solutions[place] for place in rest], table)
            near = [place for place, hit in zip(rest, reached, strict=True) if hit]
            fresh += near
            left -= set(near)
        groups.append(sorted(group))
    return sorted(groups, key=len, reverse=True)
