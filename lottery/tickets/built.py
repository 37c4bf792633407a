"""An exact ticket built in a random one-step network from subset sums (lottery/tickets/subset_sums.py says how)."""

from collections.abc import Iterator
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Bool, Float

from lottery.certificates.certificate import certify
from lottery.networks.lifenet import Parameters
from lottery.networks.masks import Mask, apply_mask
from lottery.tickets.subset_sums import CONSTANTS, SHARE, TOLERANCE, WEIGHTS, all_sums, closest_subset

MOST = 12  # products that a sum is chosen from: 4096 sums
SCALES = 64  # values of t that are tried
PAIRS = 12  # pairs of 1x1 units that are tried


@dataclass(frozen=True, eq=False)
class Form:
    """One linear form out of random products.

    Attributes:
        wide: (9, a) bool, kept weights of the 3x3 layer.
        bias: (a,) bool, kept biases of the 3x3 layer.
        own: whether the 1x1 unit's own bias is kept.
        scale: t.
        error: the largest error of a weight or of the constant, over t.
    """

    wide: Bool[np.ndarray, "9 a"]
    bias: Bool[np.ndarray, " a"]
    own: bool
    scale: float
    error: float


def build_form(
    weights: Float[np.ndarray, "9 a"],
    biases: Float[np.ndarray, " a"],
    reading: Float[np.ndarray, " a"],
    own: float,
    which: int,
) -> Form:
    """One of the two forms out of some 3x3 units and what a 1x1 unit reads them with.

    Of the scales t that are tried, those that the weakest cell can reach exactly, it takes the largest that keeps all
    errors within `TOLERANCE`, and where there is none the one with the smallest error.

    Args:
        weights: of the 3x3 units that this form may use; 0 for all others.
        biases: theirs, likewise.
        reading: the 1x1 unit's weights.
        own: its bias.
        which: 0 or 1, a row of `WEIGHTS`.
    """
    signs = WEIGHTS[which]
    cells = [_usable(weights[cell], reading) for cell in range(9)]
    of_bias = _usable(biases, reading)
    constants = np.append(biases[of_bias] * reading[of_bias], own)
    products = [weights[cell, chosen] * reading[chosen] for cell, chosen in enumerate(cells)]
    needed = [cell for cell in range(9) if signs[cell]]
    reach = [np.clip(signs[cell] * products[cell], 0, None).sum() for cell in needed]
    scales = _scales(np.abs(products[needed[int(np.argmin(reach))]]))
    picks = {cell: closest_subset(products[cell], signs[cell] * scales) for cell in needed}
    ends = closest_subset(constants, CONSTANTS[which] * scales)
    errors = np.stack(
        [
            *(np.abs(picks[cell] @ products[cell] - signs[cell] * scales) for cell in needed),
            np.abs(ends @ constants - CONSTANTS[which] * scales),
        ]
    ).max(axis=0)
    relative = errors / scales
    within = np.flatnonzero(relative <= TOLERANCE)
    best = int(within[np.argmax(scales[within])]) if len(within) else int(np.argmin(relative))
    wide = np.zeros(weights.shape, bool)
    for cell in needed:
        wide[cell, cells[cell]] = picks[cell][best]
    bias = np.zeros(biases.shape, bool)
    bias[of_bias] = ends[best][:-1]
    return Form(wide, bias, bool(ends[best][-1]), float(scales[best]), float(relative[best]))


def _usable(values: Float[np.ndarray, " a"], reading: Float[np.ndarray, " a"]) -> np.ndarray:
    """Units with a positive weight (or bias), the `MOST` - 1 with the largest products."""
    found = np.flatnonzero(values > 0)
    return found[np.argsort(-np.abs(values[found] * reading[found]), kind="stable")][: MOST - 1]


def _scales(products: Float[np.ndarray, " k"]) -> Float[np.ndarray, " scales"]:
    """Sums of some positive products, all or a spread of them, without 0."""
    if not len(products):
        return np.ones(1)
    sums = np.unique(all_sums(products))[1:]
    return sums[np.unique(np.linspace(0, len(sums) - 1, SCALES).astype(int))]


@dataclass(frozen=True, eq=False)
class Ticket:
    """A ticket built in a random network.

    Attributes:
        mask: what is kept, biases too.
        error: the largest error of a weight or constant, over its form's scale.
        certified: whether the random weights under the mask are certified.
        kept: weights and biases kept, a count.
    """

    mask: Mask
    error: float
    certified: bool
    kept: int


def build_ticket(params: Parameters, rng: np.random.Generator) -> Ticket | None:
    """Look for an exact ticket in a random one-step network, over several pairs of 1x1 units.

    Args:
        params: of the network, biases drawn too.
        rng: chooses the pairs.

    Returns:
        The first certified ticket, else the one with the smallest error, or None where no pair fits.
    """
    found: Ticket | None = None
    for low, high in _pairs(params, rng):
        ticket = _ticket(params, low, high)
        if ticket is not None and (
            found is None or (ticket.certified, -ticket.error) > (found.certified, -found.error)
        ):
            found = ticket
        if found is not None and found.certified:
            return found
    return found


def _pairs(params: Parameters, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    negative = np.flatnonzero(params["readout"]["kernel"][0, 0, :, 0] < 0)
    pairs = [(int(one), int(other)) for one in negative for other in negative if one != other]
    for index in rng.permutation(len(pairs))[:PAIRS]:
        yield pairs[index]


def _ticket(params: Parameters, low: int, high: int) -> Ticket | None:
    """The ticket whose two forms are the 1x1 units `low` and `high`."""
    typed = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), params)
    wide, narrow, readout = (typed[name] for name in ("block0_3x3", "block0_1x1", "readout"))
    weights = wide["kernel"].reshape(9, -1)
    reading = narrow["kernel"][0, 0]
    # 3x3 units go where they are read with the sign that the form needs, and in turn where that does not decide.
    wanted = reading[:, high] - reading[:, low]
    to_high = (reading[:, high] > 0) & ~((reading[:, low] < 0) & (np.argsort(np.argsort(wanted)) % 2 == 0))
    forms = [
        build_form(weights * mine, wide["bias"] * mine, reading[:, unit], narrow["bias"][unit], which)
        for which, (unit, mine) in enumerate(((low, ~to_high), (high, to_high)))
    ]
    outer = readout["kernel"][0, 0, :, 0]
    limit = SHARE * min(abs(outer[unit]) * form.scale for unit, form in zip((low, high), forms, strict=True))
    used = [form.wide.any(axis=0) | form.bias for form in forms]
    mask = jax.tree.map(lambda leaf: np.zeros(leaf.shape, bool), typed)
    mask["block0_3x3"]["kernel"] = (forms[0].wide | forms[1].wide).reshape(wide["kernel"].shape)
    mask["block0_3x3"]["bias"] = forms[0].bias | forms[1].bias
    for unit, form, units in zip((low, high), forms, used, strict=True):
        mask["block0_1x1"]["kernel"][0, 0, units, unit] = True
        mask["block0_1x1"]["bias"][unit] = form.own
        mask["readout"]["kernel"][0, 0, unit, 0] = True
    if not _add_constant(mask, typed, limit, free=[unit for unit in range(len(outer)) if unit not in (low, high)]):
        return None
    return Ticket(
        mask=mask,
        error=max(form.error for form in forms),
        certified=certify(apply_mask(params, mask)).correct,
        kept=sum(int(leaf.sum()) for leaf in jax.tree.leaves(mask)),
    )


def _add_constant(mask: Mask, params: Parameters, limit: float, free: list[int]) -> bool:
    """Keep what makes the largest c within (0, limit], else the smallest above; False where there is none.

    It is the read-out's bias, or a unit that gives its own bias on, or that of a 3x3 unit that is not used otherwise.
    """
    narrow, readout = params["block0_1x1"], params["readout"]
    outer = readout["kernel"][0, 0, :, 0]
    options = [(float(readout["bias"][0]), -1, -1)]
    options += [(float(narrow["bias"][unit] * outer[unit]), unit, -1) for unit in free if narrow["bias"][unit] > 0]
    spare = [
        i
        for i in np.flatnonzero(params["block0_3x3"]["bias"] > 0)
        if not (mask["block0_3x3"]["kernel"][..., i].any() or mask["block0_3x3"]["bias"][i])
    ]
    for i in map(int, spare):
        inner = params["block0_3x3"]["bias"][i] * narrow["kernel"][0, 0, i]
        options += [(float(inner[unit] * outer[unit]), unit, i) for unit in free if inner[unit] > 0]
    options = [option for option in options if option[0] > 0]
    if not options:
        return False
    fitting = [option for option in options if option[0] <= limit]
    _, unit, i = max(fitting) if fitting else min(options)
    if unit < 0:
        mask["readout"]["bias"][0] = True
        return True
    mask["readout"]["kernel"][0, 0, unit, 0] = True
    if i < 0:
        mask["block0_1x1"]["bias"][unit] = True
    else:
        mask["block0_1x1"]["kernel"][0, 0, i, unit] = mask["block0_3x3"]["bias"][i] = True
    return True
