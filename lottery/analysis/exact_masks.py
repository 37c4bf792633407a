"""Which masks of a one-step network leave it a chance: can any weights under the mask play the rule exactly?

A mask says which parameters may differ from zero. Some masks are wrong whatever they are trained to, and this module
proves it of many of them. It looks at paths: from a cell through a 3x3 unit and a 1x1 unit to the read-out, all of
whose weights are kept. A cell reaches a unit if such a path goes through it. The proofs are for real numbers and ReLU,
and use the three facts that lottery/analysis/fifteen_parameters.py calls premises.

    own       The own cell has a path, since it matters.

    paths     Every neighbour has two. By `pairs` it raises the answer somewhere and lowers it elsewhere, and a single
              path is monotone in what enters it.

    pairs     Two neighbours p and q meet: they reach a common 3x3 unit, or they reach a common 1x1 unit and each of
              them reaches two 1x1 units. For suppose that no 3x3 unit of a path reads both. Then what enters the 1x1
              unit j is a_j(p) + b_j(q), and q changes the logit by r_j times the step of relu(a_j(p) + .) from b_j(0)
              to b_j(1), summed over j. The sign of each term depends on neither cell. By `pairs` the sum is above 0
              for p = 0 and below 0 for p = 1. So q reaches one unit with a term above 0 and one with a term below 0,
              and one of these terms depends on p, so that p reaches that unit as well. The same holds with p and q
              exchanged.

    biases    These count only where biases are pruned. A unit that reads nothing is a constant, and works as a bias of
              what reads it. One bias at least is left, or the logit of the empty neighbourhood is 0. If the cells reach
              one 1x1 unit only, the read-out has a bias, or the logit has one sign. If they reach one 3x3 unit only, a
              1x1 unit has a bias, and with two 1x1 units the read-out has one (the case of one 3x3 unit in
              lottery/analysis/fifteen_parameters.py).

It follows that nine weights of the 3x3 layer and thirteen in all are needed, and 17 of the 3x3 layer where only one 1x1
unit is left.

The conditions are necessary. We do not know whether they are sufficient, but `exact_parameters` shows it for many
masks, by giving the weights: those with a unit, the bend, that all neighbours reach, and a path around that unit for
every cell. Then the logit is L - 2.25 - 4 relu(B - 3.25), where L = N + s/2 takes the paths around the bend, and B,
which enters it, is L or N. That is above 0 for the living and below 0 for the dead.

Source: our own.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Int

import gol
from gol.errors import InputError
from lottery.analysis.fifteen_parameters import premises
from lottery.analysis.one_linear_form import RING
from lottery.networks.lifenet import LifeNet, Network, Parameters, is_lifenet
from lottery.networks.masks import Mask, as_mask

LAYERS = ("block0_3x3", "block0_1x1", "readout")
FEWEST_IN_3X3, FEWEST_IN_3X3_WITH_ONE_NARROW_UNIT, FEWEST_WEIGHTS = 9, 17, 13
OWN = 4


@dataclass(frozen=True)
class _Kept:
    """What a mask keeps on its way to the read-out; all arrays bool, with the same leading axes (replicates).

    Attributes:
        reads: (..., 9, a), which cells a 3x3 unit reads; none for units without a path on to the read-out.
        joins: (..., a, b), which 3x3 units a 1x1 unit reads; none for units that the read-out leaves out.
        wide_bias: (..., a).
        narrow_bias: (..., b); False for units that the read-out leaves out.
        output_bias: (...).
    """

    reads: Bool[np.ndarray, "*replicates 9 a"]
    joins: Bool[np.ndarray, "*replicates a b"]
    wide_bias: Bool[np.ndarray, "*replicates a"]
    narrow_bias: Bool[np.ndarray, "*replicates b"]
    output_bias: Bool[np.ndarray, "*replicates"]

    @property
    def paths(self) -> Int[np.ndarray, "*replicates 9 b"]:
        """How many paths each cell has through each 1x1 unit."""
        return self.reads.astype(int) @ self.joins.astype(int)


def can_be_exact(mask: Mask, rule: str = "B3/S23") -> Bool[np.ndarray, "*replicates"]:
    """Whether weights under a mask could play a rule exactly: False is a proof that none can, True excludes nothing.

    The test looks at the mask alone, and takes microseconds. It holds for one-step networks with ReLU and a read-out
    whose pruned parameters are zero.

    Args:
        mask: of one network, or of several with leaves (R, ...); layers as those of `LifeNet(steps=1)`, kernels
            (3, 3, 1, a), (1, 1, a, b), (1, 1, b, 1). Leaves that are None are never pruned.
        rule: the rule to be played.

    Returns:
        One truth value for each network, (R,), or a single one.

    Raises:
        InputError: for a mask of other layers, or a rule that lacks one of the facts on which the proofs rest.

    Source: our own, lottery/analysis/exact_masks.py.
    """
    if not proofs_hold(rule):
        raise InputError(f"What a mask needs is proved for rules like Life; {rule} lacks one of the facts used.")
    kept = _kept(mask)
    paths = kept.paths
    total, reached = paths.sum(axis=-1), paths[..., RING, :] > 0
    read = kept.reads[..., RING, :].astype(int)
    one_wide = read @ read.swapaxes(-1, -2) > 0
    one_narrow = reached.astype(int) @ reached.astype(int).swapaxes(-1, -2) > 0
    two = reached.sum(axis=-1) >= 2
    meet = one_wide | (one_narrow & two[..., :, None] & two[..., None, :])
    found = (total[..., OWN] >= 1) & (total[..., RING] >= 2).all(axis=-1) & meet.all(axis=(-1, -2))
    return np.asarray(found & _enough_biases(kept))


@lru_cache
def proofs_hold(rule: str) -> bool:
    """Whether a rule has the facts on which the proofs rest; Life has.

    Args:
        rule: as `gol.parse_any_rule` reads it.
    """
    return premises(np.asarray(gol.truth_table(rule), bool)).hold


def covered(net: Network, rule: str, pruned: str = "zero") -> bool:
    """Whether `can_be_exact` can judge the masks of a network.

    Args:
        net: the dense network.
        rule: that it is trained on.
        pruned: what pruned weights hold, as in `lottery.tickets.PruningSettings`.
    """
    known = (
        isinstance(net, LifeNet) and is_lifenet(net) and (net.steps, net.activation, net.readout) == (1, "relu", True)
    )
    return known and pruned == "zero" and proofs_hold(rule)


def counts_can_be_exact(
    wide: Int[np.ndarray, "*n"], narrow: Int[np.ndarray, "*n"], outer: Int[np.ndarray, "*n"]
) -> Bool[np.ndarray, "*n"]:
    """What the numbers of kept weights alone exclude, for masks of which nothing else is known.

    Args:
        wide: kept weights of the 3x3 layer.
        narrow: of the 1x1 layer.
        outer: of the read-out.

    Returns:
        False where no mask with these counts passes `can_be_exact`.
    """
    one = (outer == 1) & (wide >= FEWEST_IN_3X3_WITH_ONE_NARROW_UNIT)
    enough = (wide >= FEWEST_IN_3X3) & (narrow >= 2) & (wide + narrow + outer >= FEWEST_WEIGHTS)
    return np.asarray(enough & ((outer >= 2) | one))


def _enough_biases(kept: _Kept) -> Bool[np.ndarray, "*replicates"]:
    """The condition `biases`: what is left of them, units that read nothing counted as biases."""
    reads, reached = kept.reads.any(axis=-2), (kept.paths > 0).any(axis=-2)
    constant = kept.wide_bias & ~reads
    narrow_bias = kept.narrow_bias | (constant[..., :, None] & kept.joins).any(axis=-2)
    output_bias = kept.output_bias | (narrow_bias & ~reached).any(axis=-1)
    bent = (narrow_bias & reached).any(axis=-1)
    some = output_bias | bent | (kept.wide_bias & reads).any(axis=-1)
    wide, narrow = reads.sum(axis=-1), reached.sum(axis=-1)
    one_wide = (wide != 1) | (bent & ((narrow != 2) | output_bias))
    return np.asarray(some & ((narrow != 1) | output_bias) & one_wide)


def _kept(mask: Mask) -> _Kept:
    """Read a mask; what leads nowhere is left out."""
    mask = as_mask(mask)
    if not isinstance(mask, dict) or set(mask) != set(LAYERS) or any(set(mask[name]) != _LEAVES for name in LAYERS):
        raise InputError(
            f"What a mask needs is known for a one-step LifeNet with ReLU and a read-out: layers {', '.join(LAYERS)}."
        )
    kernels = [mask[name]["kernel"] for name in LAYERS]
    if any(kernel is None for kernel in kernels):
        raise InputError("A kernel of the mask is None: what can never be pruned is True.")
    lead = kernels[0].shape[:-4]
    wide, narrow, outer = (kernel.reshape(*lead, -1, *kernel.shape[-2:]) for kernel in kernels)
    reads, joins, out = wide[..., 0, :], narrow[..., 0, :, :], outer[..., 0, :, 0]
    joins = joins & out[..., None, :]
    biases = [
        np.ones((*lead, kernel.shape[-1]), bool) if mask[name]["bias"] is None else mask[name]["bias"]
        for name, kernel in zip(LAYERS, kernels, strict=True)
    ]
    reads = reads & joins.any(axis=-1)[..., None, :]
    return _Kept(reads, joins, biases[0], biases[1] & out, biases[2][..., 0])


_LEAVES = {"kernel", "bias"}


def exact_parameters(mask: Mask) -> Parameters | None:
    """Weights under a mask that play Life exactly, where the construction of this module fits; None where it does not.

    Args:
        mask: of one network, as in `can_be_exact`.

    Returns:
        Parameters that are zero wherever the mask is False, float32; every value is a multiple of 1/4.

    Raises:
        InputError: for a mask of other layers.
    """
    kept = _kept(mask)
    a, b = kept.joins.shape
    if not kept.output_bias:
        return None
    through = [(np.zeros(a, bool), np.arange(b) == unit) for unit in range(b) if kept.narrow_bias[unit]]
    through += [(np.arange(a) == unit, np.zeros(b, bool)) for unit in range(a) if kept.wide_bias[unit]]
    for wide, narrow in through:
        built = _with_narrow_bend(kept, narrow) if narrow.any() else _with_wide_bend(kept, wide)
        if built is not None:
            return built
    return None


def _first(choices: Bool[np.ndarray, "rows n"]) -> Bool[np.ndarray, "rows n"]:
    """The first True of every row, and nothing else."""
    return choices & (np.cumsum(choices, axis=-1) == 1)


def _with_narrow_bend(kept: _Kept, bend: Bool[np.ndarray, " b"]) -> Parameters | None:
    """A 1x1 unit bends: every neighbour enters it, and every cell goes around it."""
    into, around = kept.joins & bend, _first(kept.joins & ~bend)
    enters, passes = kept.reads & into.any(axis=1), kept.reads & around.any(axis=1)
    # A cell takes one 3x3 unit that leads both ways, or one for each way.
    both = _first(enters & passes)
    apart = ~both.any(axis=1, keepdims=True)
    used = both | (apart & (_first(passes) | _first(enters)))
    if not (enters[RING].any(axis=1).all() and passes.any(axis=1).all()):
        return None
    narrow_bias = np.where(bend, -3.25, 0.0)
    outer = np.where(bend, -4.0, around.any(axis=0).astype(float))
    return _assembled(used, (into | around).astype(float), np.zeros(len(into)), narrow_bias, outer, -2.25)


def _with_wide_bend(kept: _Kept, bend: Bool[np.ndarray, " a"]) -> Parameters | None:
    """A 3x3 unit bends: it reads every neighbour, and every cell is read by another unit too."""
    joins = _first(kept.joins)
    passes = _first(kept.reads & ~bend)
    after = joins[bend][0]
    if not (kept.reads[RING][:, bend].all() and passes.any(axis=1).all() and (kept.narrow_bias & after).any()):
        return None
    # The bias of the unit behind the bend is so large that its ReLU is never at rest; the read-out takes it back.
    lifted = 4 * (8.5 - 3.25)
    inner = np.where(bend[:, None], -4.0, 1.0) * joins
    used = passes | (kept.reads & bend)
    outer = joins.any(axis=0).astype(float)
    return _assembled(used, inner, np.where(bend, -3.25, 0.0), np.where(after, lifted, 0.0), outer, -2.25 - lifted)


def _assembled(
    used: np.ndarray, inner: np.ndarray, wide_bias: np.ndarray, narrow_bias: np.ndarray, outer: np.ndarray, bias: float
) -> Parameters:
    """The parameters; a neighbour counts 1 and the own cell 1/2 in each 3x3 unit that is `used`, (9, a) bool."""
    kernel = used * np.where(np.arange(9) == OWN, 0.5, 1.0)[:, None]
    a, b = inner.shape
    return {
        "block0_3x3": {
            "kernel": kernel.reshape(3, 3, 1, a).astype(np.float32),
            "bias": wide_bias.astype(np.float32),
        },
        "block0_1x1": {
            "kernel": inner.reshape(1, 1, a, b).astype(np.float32),
            "bias": narrow_bias.astype(np.float32),
        },
        "readout": {
            "kernel": outer.reshape(1, 1, b, 1).astype(np.float32),
            "bias": np.full(1, bias, np.float32),
        },
    }
