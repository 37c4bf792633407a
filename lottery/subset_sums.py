"""An exact ticket in a random network, built by hand: every weight that is needed is the sum of some random products.

Da Cunha et al. 2022 (arXiv 2111.11146) for convolutions, after Malach et al. 2020 and Pensia et al. 2020: a wide random
network contains every smaller one up to any accuracy, because k random numbers have 2^k sums, and some sum comes close
to any weight. Two random layers stand for one layer of the smaller network.

The smaller network. A cell lives on if N + s >= 3 and N <= 3 (N live neighbours, s its own state), so

    logit = c - a relu(2.6 - N - s) - b relu(N - 3.4)

is positive for the living and negative for all others where 0 < c and a, b are large. That is one layer of two linear
forms, a ReLU and a read-out. In a `LifeNet` it fits like this:

- A 3x3 unit whose kept weights are positive, and whose bias is positive or pruned, lets its sum through its ReLU
  unchanged, because cells are 0 or 1. So 3x3 and 1x1 layer together are linear: what a 1x1 unit k sees of cell j is
  the sum of v_ik w_ij over those 3x3 units i whose w_ij is kept. Each 3x3 unit is given to one of the two 1x1 units, so
  that every cell's weight, and the constant, is a subset sum of its own.
- A form can have any scale t, because the read-out weights a and b are whatever is there: two 1x1 units with negative
  read-out weights.
- c is the read-out's bias, or another 1x1 unit that is constant.

How far off may the sums be? `tolerance` computes it: each weight and constant of both forms by t/10, as long as c is at
most a tenth of t times the read-out weight. Below that the ticket is exact whatever the errors are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

import gol
from lottery.certificates import certify
from lottery.losses import NEIGHBOURHOODS
from lottery.masks import Mask, apply_mask
from lottery.networks import Parameters

CONSTANTS = (2.6, -3.4)  # of the two forms, in neighbours
WEIGHTS = np.stack([-np.ones(9), np.where(np.arange(9) == 4, 0.0, 1.0)])  # of the cells in the two forms
SHARE = 0.1  # c over a t and b t, at most
TOLERANCE = 0.1  # of every weight and constant over t; `tolerance(SHARE)` proves it
MOST_COUNTED = 14  # products beyond which a chance is taken not to grow
MOST = 12  # products that a sum is chosen from: 4096 sums
SCALES = 64  # values of t that are tried
PAIRS = 12  # pairs of 1x1 units that are tried


def tolerance(share: float) -> float:
    """The error of each weight and constant of both forms, relative to t, below which no answer can be wrong.

    Errors of the two forms are independent, and a neighbourhood with n of a form's cells alive sees at most n + 1 of
    them at full size and of one sign. So the worst answers are known, and the bound is exact: beyond it some errors
    make some neighbourhood wrong.

    Args:
        share: c over a t and over b t, the same for both.
    """
    alive = np.asarray(gol.truth_table(gol.parse_rule("B3/S23")), bool)
    cells = NEIGHBOURHOODS.astype(np.float64)
    nominal, errors = cells @ WEIGHTS.T + np.array(CONSTANTS), 1 + cells @ (WEIGHTS != 0).T  # (512, 2)

    def exact(delta: float) -> bool:
        most, least = (np.maximum(nominal + sign * delta * errors, 0).sum(axis=1) for sign in (1, -1))
        return bool(np.all(np.where(alive, most < share, least > share)))

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if exact(middle) else (low, middle)
    return low


def closest_subset(products: Float[np.ndarray, " k"], targets: Float[np.ndarray, " n"]) -> Bool[np.ndarray, "n k"]:
    """For each target the products whose sum is closest to it; all 2^k sums are looked at.

    Args:
        products: k numbers, at most `MOST`.
        targets: what sums should be close to.
    """
    sums = _sums(products)
    order = np.argsort(sums, kind="stable")
    right = np.minimum(np.searchsorted(sums[order], targets), len(sums) - 1)
    left = np.maximum(right - 1, 0)
    nearer = np.abs(sums[order[left]] - targets) <= np.abs(sums[order[right]] - targets)
    return ((order[np.where(nearer, left, right)][:, None] >> np.arange(len(products))) & 1).astype(bool)


def _sums(products: Float[np.ndarray, " k"]) -> Float[np.ndarray, " sums"]:
    """All 2^k sums; in the number of a sum, bit i says whether product i is in it."""
    sums = np.zeros(1)
    for product in products:
        sums = np.concatenate([sums, sums + product])
    return sums


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
    sums = np.unique(_sums(products))[1:]
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


def hit_rate(products: int, target: float, draws: int, rng: np.random.Generator) -> float:
    """How often some subset of random products is within `TOLERANCE` of a target, by Monte Carlo.

    Args:
        products: k; each is a number from U(0, 1) times one from U(-1, 1), a usable weight and what it is read with.
        target: in units of the scale t = 1/4, the mean size of a product; weights are 1, constants `CONSTANTS`.
        draws: of the Monte Carlo.
        rng: draws the products.
    """
    t = 0.25
    hits = 0
    for _ in range(draws):
        sums = _sums(rng.random(products) * rng.uniform(-1, 1, products))
        hits += bool(np.min(np.abs(sums - target * t)) <= TOLERANCE * t)
    return hits / draws


def chance_by_width(widths: Sequence[int], draws: int, rng: np.random.Generator) -> list[float]:
    """How likely one pair of 1x1 units of a random network has all sums within `TOLERANCE`, t fixed beforehand.

    Each form has half of the 2m 3x3 units, so a weight's products are a binomial number, m halves on average: of 3x3
    weights every other one is positive. The sums of a network's 17 weights and 2 constants are taken as independent.

    Args:
        widths: m.
        draws: of the Monte Carlo per number of products.
        rng: draws the products.
    """
    rates = [
        [hit_rate(products, target, draws, rng) for target in (1.0, *np.abs(CONSTANTS))]
        for products in range(MOST_COUNTED + 1)
    ]
    chances = []
    for width in widths:
        weight, low, high = stats.binom.pmf(np.arange(MOST_COUNTED), width, 0.5) @ np.array(rates[:-1])
        beyond = stats.binom.sf(MOST_COUNTED - 1, width, 0.5) * np.array(rates[-1])
        weight, low, high = np.array([weight, low, high]) + beyond
        chances.append(float(weight ** np.count_nonzero(WEIGHTS) * low * high))
    return chances
