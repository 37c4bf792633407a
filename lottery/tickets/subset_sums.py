"""What it takes to build an exact ticket in a random network: every needed weight is the sum of some random products.

Da Cunha et al. 2022 (ICLR) for convolutions, after Malach et al. 2020 and Pensia et al. 2020: a wide random network
contains every smaller one up to any accuracy, because k random numbers have 2^k sums, and some sum comes close to any
weight. Two random layers stand for one layer of the smaller network.

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

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

import gol
from lottery.networks.neighbourhoods import NEIGHBOURHOODS

CONSTANTS = (2.6, -3.4)  # of the two forms, in neighbours
WEIGHTS = np.stack([-np.ones(9), np.where(np.arange(9) == 4, 0.0, 1.0)])  # of the cells in the two forms
SHARE = 0.1  # c over a t and b t, at most
TOLERANCE = 0.1  # of every weight and constant over t; `tolerance(SHARE)` proves it
MOST_COUNTED = 14  # products beyond which a chance is taken not to grow


def tolerance(share: float) -> float:
    """The error of each weight and constant of both forms, relative to t, below which no answer can be wrong.

    Errors of the two forms are independent, and a neighbourhood with n of a form's cells alive sees at most n + 1 of
    them at full size and of one sign. So the worst answers are known, and the bound is exact: beyond it some errors
    make some neighbourhood wrong.

    Args:
        share: c over a t and over b t, the same for both.
    """
    alive = np.asarray(gol.truth_table("B3/S23"), bool)
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
    sums = all_sums(products)
    order = np.argsort(sums, kind="stable")
    right = np.minimum(np.searchsorted(sums[order], targets), len(sums) - 1)
    left = np.maximum(right - 1, 0)
    nearer = np.abs(sums[order[left]] - targets) <= np.abs(sums[order[right]] - targets)
    return ((order[np.where(nearer, left, right)][:, None] >> np.arange(len(products))) & 1).astype(bool)


def all_sums(products: Float[np.ndarray, " k"]) -> Float[np.ndarray, " sums"]:
    """All 2^k sums; in the number of a sum, bit i says whether product i is in it."""
    sums = np.zeros(1)
    for product in products:
        sums = np.concatenate([sums, sums + product])
    return sums


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
        sums = all_sums(rng.random(products) * rng.uniform(-1, 1, products))
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
