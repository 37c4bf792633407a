"""Networks looked at on random boards and on the window where a search finds them least sure: a bound, or a refutation.

Where there are too many windows to try them all, fresh random boards bound the share of boards with an error. They show
the common windows. So where all of them are right, one more board is tried: the least sure window that a search found.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8

import gol
from lottery.certificates.all_windows import board_picture
from lottery.certificates.by_calling import call
from lottery.certificates.counterexample_search import least_sure_window
from lottery.inputs import numerics
from lottery.networks.lifenet import Network, Parameters, is_lifenet, padding_of
from lottery.networks.neighbourhoods import right_side, topology_of

BOARDS = 4096
SIDE = 32


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


def check_boards(net: Network, params: Parameters, rule: str, seed: int) -> SampledCheck:
    """Try a network on random boards of densities from U(0,1), and if it is right on all, where it is least sure.

    Args:
        net: of n steps; one that is no LifeNet is not searched, because the search computes what a LifeNet answers.
        params: of one network, float32 and float64 alike; of a LifeNet, untied.
        rule: in B/S notation.
        seed: of the boards and of the search.
    """
    steps = net.steps
    side = max(SIDE, 2 * steps + 1)  # a whole window fits
    boards = np.asarray(gol.random_boards(numerics.key(seed), (BOARDS, side, side)))
    single, double, margin = _ask(net, params, boards, rule)
    searched = bool(single.all() and double.all()) and is_lifenet(net)
    if searched:
        table = np.asarray(gol.truth_table(rule), bool)
        window = least_sure_window(params, table, activation=net.activation, seed=seed)
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


def _ask(
    net: Network, params: Parameters, boards: UInt8[np.ndarray, "n side side"], rule: str
) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"], float]:
    """Boards without an error in float32 and in float64, and the smallest |logit| in float32."""
    after = np.asarray(gol.evolve(boards, net.steps, rule, topology_of(padding_of(net))), bool)
    found = call(net, params, boards)
    single, double = (np.all(right_side(logit, after), axis=(1, 2)) for logit in found)
    return single, double, float(np.min(np.abs(found[0])))
