"""Networks looked at on random boards and on the window where a search finds them least sure: a bound, or a refutation.

Where there are too many windows to try them all, fresh random boards bound the share of boards with an error. They show
the common windows. So where all of them are right, one more board is tried: the least sure window that a search found.
"""

from functools import partial
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float, UInt8

import gol
from lottery.counterexamples import least_sure_window
from lottery.data import topology_of
from lottery.networks import LifeNet, Parameters, logits, steps_of
from lottery.windows import board_picture

BOARDS = 4096
SIDE = 32
_TOGETHER = 64  # boards asked at once: bounds the memory


class SampledCheck(NamedTuple):
    """What was seen.

    Attributes:
        checked: boards that were tried: `BOARDS` random ones, and where these were all right one of the search.
        wrong: how many of them the network got wrong in float32 or in float64.
        searched: whether the search was needed.
        example: the first wrong board as rows of `.` and `O`, or None.
        margin: the smallest |logit| in float32.
        agrees: whether float32 and float64 find the same boards wrong.
    """

    checked: int
    wrong: int
    searched: bool
    example: str | None
    margin: float
    agrees: bool


def check_boards(params: Parameters, padding: str, rule: str, activation: str, seed: int) -> SampledCheck:
    """Try a network on random boards of densities from U(0,1), and if it is right on all, where it is least sure.

    Args:
        params: of an untied network of n steps, float32 and float64 alike.
        padding: "torus" or "zero".
        rule: in B/S notation.
        activation: a name of `lottery.activations.ACTIVATIONS`.
        seed: of the boards and of the search.
    """
    steps = steps_of(params)
    net = LifeNet(
        steps=steps,
        features=(params["block0_3x3"]["kernel"].shape[3], params["block0_1x1"]["kernel"].shape[3]),
        padding=padding,
        activation=activation,
        readout="readout" in params,
    )
    side = max(SIDE, 2 * steps + 1)  # a whole window fits
    boards = np.asarray(gol.random_boards(jax.random.key(seed), (BOARDS, side, side)))
    single, double, margin = _ask(net, params, boards, rule)
    searched = bool(single.all() and double.all())
    if searched:
        table = np.asarray(gol.truth_table(gol.parse_rule(rule)), bool)
        window = least_sure_window(params, table, activation=activation, seed=seed)
        rest = side - len(window)
        boards = np.pad(window, (rest // 2, rest - rest // 2))[None]
        single, double, its_margin = _ask(net, params, boards, rule)
        margin = min(margin, its_margin)
    good = single & double
    return SampledCheck(
        checked=BOARDS + searched,
        wrong=int(np.sum(~good)),
        searched=searched,
        example=None if good.all() else board_picture(boards[int(np.argmin(good))]),
        margin=margin,
        agrees=bool(np.array_equal(single, double)),
    )


def right_side(logit: Float[np.ndarray, "*n"], alive: Bool[np.ndarray, "*n"]) -> Bool[np.ndarray, "*n"]:
    """Where a logit is strictly on the right side; 0, NaN and infinities that came of overflow are wrong."""
    return np.asarray(np.where(alive, logit > 0, logit < 0) & np.isfinite(logit))


def _ask(
    net: LifeNet, params: Parameters, boards: UInt8[np.ndarray, "n side side"], rule: str
) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"], float]:
    """Boards without an error in float32 and in float64, and the smallest |logit| in float32."""
    after = np.asarray(gol.evolve(boards, net.steps, rule, topology_of(net.padding)), bool)
    found = {}
    for dtype in (np.float32, np.float64):
        with jax.enable_x64(dtype is np.float64):
            typed = jax.tree.map(lambda leaf, dtype=dtype: np.asarray(leaf, dtype), params)
            found[dtype] = np.asarray(_logits(net, typed, boards.astype(dtype)))
    single, double = (np.all(right_side(logit, after), axis=(1, 2)) for logit in found.values())
    return single, double, float(np.min(np.abs(found[np.float32])))


@partial(jax.jit, static_argnums=0)
def _logits(net: LifeNet, params: Parameters, boards: jax.Array) -> jax.Array:
    return jax.lax.map(lambda board: logits(net, params, board[None])[0], boards, batch_size=_TOGETHER)
