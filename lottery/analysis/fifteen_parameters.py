"""How few parameters that are not zero can a one-step network have? Fifteen for Life, and no fewer.

Take a network that plays Life and compact it (lottery/analysis/compaction.py): every unit left reads something and is
read. That never raises the count, because a bias that becomes other than zero takes the place of a weight. Count K
weights of 3x3 kernels, W of the 1x1 layer, r of the read-out and B biases. Each unit has a weight of its own in the 1x1
layer, so W is at least r, the number of 1x1 units, and at least the number of 3x3 units.

Three facts about the rule are used; `premises` looks them up in its table.

    own      The own cell matters.
    pairs    For any two neighbours there is a dead cell, with its other neighbours fixed, that lives if exactly one of
             the two is alive (N = 2, 3, 4). So every neighbour raises the answer somewhere and lowers it elsewhere.
    empty    The empty neighbourhood gives a dead cell.

From them: K >= 9, for every cell is read. B >= 1, for without biases the logit of the empty neighbourhood is 0. And no
neighbour has a single path to the read-out, for a path through ReLUs is monotone in what enters it.

One 1x1 unit (r = 1). A neighbour that only one 3x3 unit reads would have a single path. So K >= 2 x 8 + 1, there are
two 3x3 units, W >= 2, and the bias of the read-out is not 0, or the logit had one sign. Together 17 + 2 + 1 + 1 = 21.

Three or more 1x1 units: 9 + 3 + 3 + 1 = 16.

Two 1x1 units: 14 or fewer means K = 9, W = 2 and B = 1.
    With two 3x3 units, each is read once and each cell by one of them: a single path.
    With one, A = relu(k.x + c), the logit is f(A) = e + r1 relu(w1 A + d1) + r2 relu(w2 A + d2). All nine weights are
    there, so two neighbours have weights of the same sign, and by `pairs` k.x has a living value between two dead ones.
    So f is not monotone, and d1 = d2 = 0 is out, for A >= 0 and f were e plus a multiple of A. And e = 0 is out: r1 and
    r2 differ in sign, the logit is P(A) - M(A), each a ReLU times a positive number, M is above 0 at the two dead
    values and so linear between them, and the convex P - M is not above 0 between two values where it is below. So
    B >= 2.

So 15 are needed, and `lottery.networks.handmade.sparsest_parameters` has 15. All networks of 15 look alike. Two 1x1
units and 15 are B = 2 with K = 9 and W = 2, or B = 1 with K = 10 and W = 2, or with K = 9 and W = 3. In the last two
some neighbour has a single path, or one 3x3 unit reads all eight and another the own cell alone; then a dead cell sees
one 3x3 unit and a constant, and B = 1 is out as above. What is left is one 3x3 unit without a bias, a 1x1 unit without
one, which hands A through, a 1x1 unit with a bias, which bends the logit, and the bias of the read-out.

Source: our own.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool

from lottery.analysis.compaction import compact
from lottery.analysis.one_linear_form import RING
from lottery.networks.lifenet import Parameters

FEWEST = 15
FEWEST_WITH_ONE_NARROW_UNIT = 21


@dataclass(frozen=True)
class Premises:
    """What the argument needs to know about a rule: the three facts of the module's docstring."""

    own: bool
    pairs: bool
    empty: bool

    @property
    def hold(self) -> bool:
        """Whether the bounds of this module are those of the rule."""
        return self.own and self.pairs and self.empty


def premises(table: Bool[np.ndarray, "512"]) -> Premises:
    """Look the premises up in a rule's truth table, (512,) bool by neighbourhood code."""
    codes = np.arange(512)
    own, *ring = (1 << (8 - cell) for cell in (4, *RING))
    dead = codes & own == 0
    pairs = []
    for one, other in combinations(ring, 2):
        both_off = codes[dead & (codes & (one | other) == 0)]
        exactly_one = table[both_off | one] & table[both_off | other]
        pairs.append(bool(np.any(exactly_one & ~table[both_off] & ~table[both_off | one | other])))
    return Premises(
        own=bool(np.any(table[codes[dead]] != table[codes[dead] | own])), pairs=all(pairs), empty=not table[0]
    )


@dataclass(frozen=True)
class Architecture:
    """What a compact one-step network consists of, counts of parameters that are not zero.

    Attributes:
        units: of the 3x3 convolution and of the 1x1 convolution.
        kernels: K, in the 3x3 convolution.
        inner: W, weights of the 1x1 convolution.
        outer: r, weights of the read-out.
        biases: B, by layer: 3x3, 1x1, read-out.
    """

    units: tuple[int, int]
    kernels: int
    inner: int
    outer: int
    biases: tuple[int, int, int]

    @property
    def nonzero(self) -> int:
        """All together."""
        return self.kernels + self.inner + self.outer + sum(self.biases)

    @property
    def words(self) -> str:
        """Such as `(1, 2): 9 + 2 + 2 weights, 0 + 1 + 1 biases`."""
        biases = " + ".join(map(str, self.biases))
        return f"{self.units}: {self.kernels} + {self.inner} + {self.outer} weights, {biases} biases"


def architecture(params: Parameters) -> Architecture:
    """Take a one-step network with a read-out apart, after compaction; functionally dead units do not count."""
    small = compact(params, functional=True)
    names = ("block0_3x3", "block0_1x1", "readout")
    weights = [int(np.count_nonzero(small.params[name]["kernel"])) for name in names]
    biases = [int(np.count_nonzero(small.params[name]["bias"])) for name in names]
    units = (len(small.kept["block0_3x3"]), len(small.kept["block0_1x1"]))
    return Architecture(units, weights[0], weights[1], weights[2], (biases[0], biases[1], biases[2]))


def scaled(params: Parameters) -> Parameters:
    """A compact one-step network with ReLU units scaled, so that equal networks have equal numbers.

    Every 3x3 unit is divided by the mean absolute value of the weights that it has for neighbours (for the own cell, if
    it has no others), and every 1x1 unit by the absolute value of its largest weight; what reads them is multiplied
    back. The answers stay the same up to rounding.
    """
    first, second, last = (
        {name: np.array(leaf, np.float64) for name, leaf in params[layer].items()}
        for layer in ("block0_3x3", "block0_1x1", "readout")
    )
    kernel = np.abs(first["kernel"].reshape(9, -1))
    ring = kernel[RING].sum(axis=0) / np.maximum(1, np.count_nonzero(kernel[RING], axis=0))
    by = np.where(ring > 0, ring, np.where(kernel[4] > 0, kernel[4], 1.0))
    first = {name: leaf / by for name, leaf in first.items()}
    second["kernel"] *= by[:, None]
    by = np.abs(second["kernel"][0, 0]).max(axis=0)
    by = np.where(by > 0, by, 1.0)
    second = {name: leaf / by for name, leaf in second.items()}
    last["kernel"] *= by[:, None]
    return {"block0_3x3": first, "block0_1x1": second, "readout": last}


def numbers_of(params: Parameters, digits: int = 9) -> dict[str, list[float]]:
    """A one-step network's parameters as flat lists of numbers, as JSON takes them, to so many significant digits."""
    return {
        f"{layer}/{name}": [float(f"{value:.{digits}g}") for value in np.asarray(leaf, np.float32).ravel().tolist()]
        for layer, leaves in params.items()
        for name, leaf in leaves.items()
    }


def from_numbers(numbers: dict[str, list[float]]) -> Parameters:
    """Undo `numbers_of`: float32 parameters of a one-step network with a read-out."""
    a, b = len(numbers["block0_3x3/bias"]), len(numbers["block0_1x1/bias"])
    shapes = {"block0_3x3": (3, 3, 1, a), "block0_1x1": (1, 1, a, b), "readout": (1, 1, b, 1)}
    return {
        layer: {
            "kernel": np.array(numbers[f"{layer}/kernel"], np.float32).reshape(shape),
            "bias": np.array(numbers[f"{layer}/bias"], np.float32),
        }
        for layer, shape in shapes.items()
    }
