"""A search for windows that a network gets wrong, where there are too many to try them all.

n steps ahead a cell depends on a window of 2n+1 by 2n+1 cells: 2^49 of them for three steps. Random boards show the
common ones only, and a network can be right on thousands of boards and wrong on a window that they hardly ever show. So
the search goes to where the network is least sure: a simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983, Science
220, 671-680) of the signed logit over flips of single cells, from the least sure of many random windows, many chains at
once. It asks about as many windows as 4096 boards of 32x32 have cells. That it finds no wrong one is no proof.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray, UInt8

import gol
from lottery.inputs import numerics
from lottery.networks.activations import ACTIVATIONS
from lottery.networks.lifenet import Parameters, slope_of, steps_of

STARTS = 16_384  # random windows, densities from U(0,1)
CHAINS = 512  # the least sure of them, which are followed
FLIPS = 8  # cells that a chain may flip, or none of them, at each turn
TURNS = 1_000
HOT, COLD = (
    0.25,
    0.005,
)  # temperatures of the first and the last turn, over the typical signed logit of the chains at start
_PART = 4_096  # windows asked at once: bounds the memory


def least_sure_window(
    params: Parameters, table: Bool[np.ndarray, "512"], *, activation: str = "relu", seed: int = 0
) -> UInt8[np.ndarray, "side side"]:
    """Search for a window whose centre the network gets wrong, in float32, and stop at the first.

    The window is one of the inside of a board; what a zero-padded network does at an edge is not searched.

    Args:
        params: of a network of n steps, untied, as `lottery.certificates.certificate.certify` takes them.
        table: the rule's truth table, by neighbourhood code.
        activation: of the network, a name of `lottery.networks.activations.ACTIVATIONS`.
        seed: of the search; the same seed finds the same window.

    Returns:
        A window of 2n+1 by 2n+1 cells: a wrong one, or where the search found none the least sure that it saw.
    """
    with numerics.pinned():
        typed = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), params)
        found = _search(activation, typed, jnp.asarray(table, bool), numerics.key(seed))
        return np.asarray(found, np.uint8)


def window_logits(
    params: Parameters, windows: Float[Array, "n side side"], activation: str = "relu"
) -> Float[Array, " n"]:
    """Logits of the centres of windows that are just as large as what a centre depends on.

    Args:
        params: of a network of n steps.
        windows: of 2n+1 by 2n+1 cells.
        activation: as in `least_sure_window`.
    """
    activate = ACTIVATIONS[activation].train
    x = windows[..., None]
    for block in range(steps_of(params)):
        wide, narrow = f"block{block}_3x3", f"block{block}_1x1"
        x = activate(_affine(params[wide], _neighbours(x)), slope_of(params, wide))
        x = _affine(params[narrow], x)
        if "readout" in params:
            x = activate(x, slope_of(params, narrow))
    if "readout" in params:
        x = _affine(params["readout"], x)
    return x[:, 0, 0, 0]


def _affine(layer: Parameters, x: Float[Array, "n side side inputs"]) -> Float[Array, "n side side outputs"]:
    kernel = layer["kernel"].reshape(-1, layer["kernel"].shape[3])
    return jnp.matmul(x, kernel, precision="highest") + layer["bias"][None, None, None]


def _neighbours(x: Float[Array, "n side side channels"]) -> Float[Array, "n inner inner channels9"]:
    """The nine neighbours of every inner place, cell by cell from the top left, side by side in the last axis."""
    inner = x.shape[1] - 2
    return jnp.concatenate([x[:, i : i + inner, j : j + inner] for i in range(3) for j in range(3)], axis=-1)


def _later(table: Bool[Array, "512"], windows: Float[Array, "n side side"]) -> Bool[Array, " n"]:
    """Whether the centres are alive n generations later."""
    alive = windows > 0
    while alive.shape[1] > 1:
        alive = table[gol.neighbourhood_codes(alive)][:, 1:-1, 1:-1]
    return alive[:, 0, 0]


def _margins(
    activation: str, params: Parameters, table: Bool[Array, "512"], windows: Float[Array, "n side side"]
) -> Float[Array, " n"]:
    """The logits, with the sign turned where the centre will be dead: above 0 is right, and no number is wrong."""

    def of_part(part: Float[Array, "n side side"]) -> Float[Array, " n"]:
        logits = window_logits(params, part, activation)
        signed = jnp.where(_later(table, part), logits, -logits)
        return jnp.where(jnp.isfinite(signed), signed, -jnp.inf)

    parts = windows.reshape(-1, min(_PART, len(windows)), *windows.shape[1:])
    return jax.lax.map(of_part, parts).reshape(-1)


@partial(jax.jit, static_argnums=0)
def _search(
    activation: str, params: Parameters, table: Bool[Array, "512"], key: PRNGKeyArray
) -> Float[Array, "side side"]:
    """The least sure window that was seen up to the first turn with a wrong one."""
    side = 2 * steps_of(params) + 1
    margins = partial(_margins, activation, params, table)
    density_key, cell_key, turn_key = jax.random.split(key, 3)
    density = jax.random.uniform(density_key, (STARTS, 1, 1))
    starts = jnp.float32(jax.random.uniform(cell_key, (STARTS, side, side)) < density)
    negated, chosen = jax.lax.top_k(-margins(starts), CHAINS)
    hot = HOT * jnp.median(-negated)

    def turn(carry: tuple[Any, ...]) -> tuple[Any, ...]:
        number, chains, margin, least, lowest = carry
        flip_key, choice_key = jax.random.split(jax.random.fold_in(turn_key, number))
        flipped = jnp.argsort(jax.random.uniform(flip_key, (CHAINS, side * side)))[:, :FLIPS]
        flips = jax.nn.one_hot(flipped, side * side).reshape(CHAINS, FLIPS, side, side)
        choices = jnp.concatenate([chains[:, None], jnp.abs(chains[:, None] - flips)], axis=1)
        found = margins(choices[:, 1:].reshape(-1, side, side)).reshape(CHAINS, FLIPS)
        found = jnp.concatenate([margin[:, None], found], axis=1)
        place = jnp.unravel_index(jnp.argmin(found), found.shape)
        least = jnp.where(found[place] < lowest, choices[place], least)
        # One of the choices with odds of exp(-margin / temperature), by the Gumbel-max trick.
        temperature = hot * (COLD / HOT) ** (number / TURNS)
        taken = jnp.argmax(jax.random.gumbel(choice_key, found.shape, mode="low") - found / temperature, axis=1)
        each = jnp.arange(CHAINS)
        return number + 1, choices[each, taken], found[each, taken], least, jnp.minimum(lowest, found[place])

    margin = -negated
    first: tuple[Any, ...] = (0, starts[chosen], margin, starts[chosen[0]], margin[0])
    _, _, _, least, _ = jax.lax.while_loop(lambda carry: (carry[0] < TURNS) & (carry[4] > 0), turn, first)
    return least
