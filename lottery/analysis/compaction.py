"""The small dense network that a ticket really is: weights on no path and units that say nothing are taken out.

Pruning leaves zeros, and with them units that do nothing. Two kinds go, and nothing else changes:

    a unit that nothing reads, with everything that only it reads;
    a unit that reads nothing. It answers the constant activation(bias), which is added to the biases of the units that
    read it. In one case it is no constant: beyond the edge of a zero-padded board a hidden layer is 0 whatever the
    bias is, so a unit that a later 3x3 convolution reads stays there, unless its constant is 0.

What is left is a `LifeNet` of fewer channels, with the zeros that are still in it.

Source: weights on no path do not count, Vysogorets and Kempe 2021 (arXiv 2107.02306); the folding is plain algebra.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

from gol.errors import InputError
from lottery.analysis.unit_responses import constant_units, unit_answers
from lottery.networks.activations import ACTIVATIONS
from lottery.networks.lifenet import LifeNet, Parameters, require_lifenet, slope_of, untie
from lottery.networks.masks import Mask, apply_mask, layers_in_order

PADDINGS = ("torus", "zero", "valid")


@dataclass(frozen=True)
class Compaction:
    """A network without what does nothing.

    Attributes:
        params: of the small network, float64; logits as before, up to rounding.
        features: (a, b), its channels. Where blocks need different widths, the widest; others have units of zeros.
        kept: by layer, the places of its units in the large network, one entry per unit that is left.
        folded: how many units were constants, and are now part of biases.
        functionally_dead: by layer of the first block, the places in the large network of units that answer all 512
            neighbourhoods alike, whatever they read.
    """

    params: Parameters
    features: tuple[int, int]
    kept: dict[str, Int[np.ndarray, " _"]]
    folded: int
    functionally_dead: dict[str, Int[np.ndarray, " _"]]


@dataclass(frozen=True)
class EffectiveParameters:
    """How many parameters a network needs, counts.

    Attributes:
        weights: of kernels, not zero.
        biases: not zero.
        zero_biases: of units that are there, but zero.
        slopes: of learned activations, of layers with units.
    """

    weights: int
    biases: int
    zero_biases: int
    slopes: int = 0

    @property
    def nonzero(self) -> int:
        """All that are not zero."""
        return self.weights + self.biases + self.slopes

    @property
    def with_all_biases(self) -> int:
        """Weights that are not zero, and one bias for every unit, zero or not."""
        return self.nonzero + self.zero_biases


def compact(
    params: Parameters,
    mask: Mask | None = None,
    *,
    padding: str = "torus",
    activation: str = "relu",
    functional: bool = False,
) -> Compaction:
    """Take out of a network what cannot matter to its answers.

    Args:
        params: of one `LifeNet`, untied; zeros count as pruned.
        mask: what else is pruned (and holds zeros), as `full_mask` makes them.
        padding: as the network is used: "torus", "zero" or "valid".
        activation: a name of `lottery.networks.activations.ACTIVATIONS`.
        functional: also take out the functionally dead units of the first block: those that read something but answer
            all 512 neighbourhoods alike.

    Returns:
        The small network and what became of the units.

    Raises:
        InputError: for an unknown padding or activation, or where a leaf of the mask holds anything but truth values.
    """
    whole, folded, dead = _without_constants(params, mask, padding, activation, functional)
    names = layers_in_order(whole)
    kept = _kept(whole, names)
    return Compaction(*_only(whole, names, kept), kept, folded, dead)


def tidy(
    params: Parameters,
    mask: Mask | None = None,
    *,
    padding: str = "torus",
    activation: str = "relu",
    functional: bool = False,
) -> Parameters:
    """The network that `compact` finds, with every weight at its old place and zeros everywhere else.

    Args, errors: as of `compact`.

    Returns:
        Parameters of the old shapes, float64, with the same logits up to rounding.
    """
    whole, _, _ = _without_constants(params, mask, padding, activation, functional)
    names = layers_in_order(whole)
    kept = _kept(whole, names)
    inputs: Int[np.ndarray, " _"] = np.zeros(1, int)
    for layer in names:
        kernel, bias = np.zeros_like(whole[layer]["kernel"]), np.zeros_like(whole[layer]["bias"])
        place = np.ix_(*map(np.arange, kernel.shape[:2]), inputs, kept[layer])
        kernel[place] = whole[layer]["kernel"][place]
        bias[kept[layer]] = whole[layer]["bias"][kept[layer]]
        whole[layer] = {"kernel": kernel, "bias": bias}
        inputs = kept[layer]
    return whole


def _without_constants(
    params: Parameters, mask: Mask | None, padding: str, activation: str, functional: bool
) -> tuple[Parameters, int, dict[str, Int[np.ndarray, " _"]]]:
    """The network with constants in its biases, how many units that are, and which units are functionally dead."""
    if padding not in PADDINGS:
        raise InputError(f"Unknown padding {padding!r}: it is one of {', '.join(PADDINGS)}.")
    if activation not in ACTIVATIONS:
        raise InputError(f"Unknown activation {activation!r}: it is one of {', '.join(ACTIVATIONS)}.")
    whole = jax.tree.map(lambda leaf: np.array(leaf, np.float64), params if mask is None else apply_mask(params, mask))
    answers = dict(zip(("block0_3x3", "block0_1x1"), unit_answers(whole, activation), strict=True))
    dead = {layer: np.flatnonzero(constant_units(given)) for layer, given in answers.items()}
    folded = 0
    for layer, reader in pairwise(layers_in_order(whole)):
        constant, is_constant = _constants(whole, layer, activation)
        if functional and layer in dead:
            constant[dead[layer]], is_constant[dead[layer]] = answers[layer][0, dead[layer]], True
        if padding == "zero" and reader.endswith("_3x3"):
            is_constant &= constant == 0
        folded += int(np.sum(is_constant & _is_read(whole[reader])))
        _fold(whole[reader], constant, is_constant)
    return whole, folded, dead


def _constants(
    params: Parameters, layer: str, activation: str
) -> tuple[Float[np.ndarray, " units"], Bool[np.ndarray, " units"]]:
    """What each unit of a layer answers where it reads nothing, and which of them do."""
    answer = ACTIVATIONS[activation].check(params[layer]["bias"], slope_of(params, layer))
    return np.array(answer), ~params[layer]["kernel"].any(axis=(0, 1, 2))


def _is_read(reader: Parameters) -> Bool[np.ndarray, " units"]:
    return reader["kernel"].any(axis=(0, 1, 3))


def _fold(reader: Parameters, constant: np.ndarray, which: np.ndarray) -> None:
    """Move constant inputs of a layer into its biases, in place."""
    reader["bias"] = reader["bias"] + np.where(which, constant, 0) @ reader["kernel"].sum(axis=(0, 1))
    reader["kernel"][:, :, which] = 0


def _kept(params: Parameters, names: list[str]) -> dict[str, np.ndarray]:
    """The units that a path leads from to the last layer."""
    kept = {names[-1]: np.arange(params[names[-1]]["bias"].size)}
    for layer, reader in zip(names[-2::-1], names[:0:-1], strict=True):
        kept[layer] = np.flatnonzero(params[reader]["kernel"][..., kept[reader]].any(axis=(0, 1, 3)))
    return {layer: kept[layer] for layer in names}


def _only(params: Parameters, names: list[str], kept: dict[str, np.ndarray]) -> tuple[Parameters, tuple[int, int]]:
    """The network of the units that are kept, all blocks as wide as the widest, and its features."""
    a, b = (max([1, *(len(kept[n]) for n in names if n.endswith(size))]) for size in ("_3x3", "_1x1"))
    sizes = {"_3x3": a, "_1x1": b if "readout" in params else 1, "readout": 1}
    small: Parameters = {}
    before, width = np.zeros(1, int), 1
    for layer in names:
        out = next(size for end, size in sizes.items() if layer.endswith(end))
        kernel = params[layer]["kernel"][:, :, before][..., kept[layer]]
        missing = out - len(kept[layer])
        small[layer] = {
            "kernel": np.pad(kernel, ((0, 0), (0, 0), (0, width - len(before)), (0, missing))),
            "bias": np.pad(params[layer]["bias"][kept[layer]], (0, missing)),
        }
        if (slope := slope_of(params, layer)) is not None:
            per_channel = np.ndim(slope) == 1
            small[f"{layer}_slope"] = {"slope": np.pad(slope[kept[layer]], (0, missing)) if per_channel else slope}
        before, width = kept[layer], out
    return small, (a, b)


def effective_parameters(
    params: Parameters,
    mask: Mask | None = None,
    *,
    padding: str = "torus",
    activation: str = "relu",
    functional: bool = False,
) -> EffectiveParameters:
    """Count what a network needs after compaction; the arguments are those of `compact`.

    Pruned weights that are frozen at values other than zero are needed: give no mask for such a network.
    """
    small = compact(params, mask, padding=padding, activation=activation, functional=functional)
    names = list(small.kept)
    biases = sum(int(np.count_nonzero(small.params[name]["bias"])) for name in names)
    units = sum(len(small.kept[name]) for name in names)
    return EffectiveParameters(
        weights=sum(int(np.count_nonzero(small.params[name]["kernel"])) for name in names),
        biases=biases,
        zero_biases=units - biases,
        slopes=sum(_slopes(small.params, name, len(small.kept[name])) for name in names),
    )


def _slopes(params: Parameters, layer: str, units: int) -> int:
    """How many learned slopes so many units of a layer need."""
    slope = slope_of(params, layer)
    if slope is None:
        return 0
    return units if np.ndim(slope) == 1 else min(units, 1)


def count_nonzero(net: LifeNet, networks: Iterable[Parameters | None], *, functional: bool = False) -> list[int | None]:
    """Parameters that are not zero after compaction, one entry per network; None stays None.

    A network whose blocks share their weights is counted as it is, each shared weight once: what one block does not
    need another may.

    Raises:
        InputError: for a network that is no LifeNet.
    """
    require_lifenet(net, "Compaction")

    def count(params: Parameters) -> int:
        if net.tied and net.steps > 1:
            return sum(int(np.count_nonzero(leaf)) for leaf in jax.tree.leaves(params))
        options = {"padding": net.padding, "activation": net.activation, "functional": functional}
        return effective_parameters(untie(net, params), **options).nonzero  # type: ignore[arg-type]

    return [None if params is None else count(params) for params in networks]
