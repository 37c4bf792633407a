"""Any network judged by what it answers when it is called, as a user would call it: boards in, logits out.

One torus shows every window once: its columns are one binary de Bruijn cycle, in which every vertical word of k = 2r+1
cells occurs once, and they are shifted against each other by a de Bruijn cycle of all sequences of k-1 shifts (Cock
1988, "Toroidal tilings from de Bruijn-Good cyclic sequences", Discrete Mathematics 70, 209-210). So 512 cells show all
windows for r = 1, and 2^25 cells for r = 2. The network is asked about pieces of that torus, each a board of its own.
These answers are all that it can ever say if its answer at a cell is a function of the window around it, which
lottery/certificates/receptive_field.py decides.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

import gol
from lottery.certificates.all_windows import board_picture
from lottery.certificates.receptive_field import UnknownProgramError, window_radius
from lottery.networks.lifenet import Network, Parameters, logits, methods, padding_of
from lottery.networks.neighbourhoods import right_side
from lottery.networks.trees import on_host

MOST = 2  # the largest radius of windows that are all tried
SHAPES = ((2, 8, 9), (8, 32, 32))  # boards that have to be treated like those of the proof
TYPES = (np.float32, np.float64)
_COLUMNS = 128  # of a piece whose windows are counted
_TOGETHER = 64  # boards asked at once: bounds the memory
_PART = 512  # boards whose logits are held at once


class WindowCheck(NamedTuple):
    """What a network answers to all windows.

    Attributes:
        checked: how many windows there are.
        wrong: how many of them are wrong in float32 or in float64.
        example: the first wrong one as rows of `.` and `O`, or None.
        margin: the smallest |logit| in float32.
        agrees: whether float32 and float64 find the same windows wrong.
        double: whether the network computes in float64 where it is asked to.
    """

    checked: int
    wrong: int
    example: str | None
    margin: float
    agrees: bool
    double: bool


def proof_radius(net: Network, params: Parameters) -> int:
    """The radius of the windows that decide what a network answers and what it should answer: at least its steps.

    Raises:
        UnknownProgramError: where no window of radius 2 or less is known to decide; says why.
    """
    if padding_of(net) != "torus":
        raise UnknownProgramError(f"a proof by calling is for a torus, and its padding is {padding_of(net)}")
    if net.steps > MOST:
        raise UnknownProgramError(f"{net.steps} steps ahead there are too many windows to try them all")
    shapes = jax.tree.map(lambda leaf: np.shape(leaf), params)
    leaves, tree = jax.tree.flatten(shapes, is_leaf=lambda leaf: isinstance(leaf, tuple))
    found = _program_radius(net, methods(net), tree, tuple(leaves))
    if isinstance(found, str):
        raise UnknownProgramError(found)
    return max(found, net.steps)


@lru_cache(maxsize=32)
def _program_radius(net: Network, _: Any, tree: Any, shapes: tuple[tuple[int, ...], ...]) -> int | str:
    """`window_radius` of a network in both types, or why there is none: once for all parameters of these shapes."""
    pieces = [(1, *next(every_window(radius)).shape[1:]) for radius in range(1, MOST + 1)]
    found = []
    for dtype in TYPES:
        params = jax.tree.unflatten(tree, [jax.ShapeDtypeStruct(shape, dtype) for shape in shapes])
        try:
            with jax.enable_x64(dtype is np.float64):
                found.append(window_radius(lambda p, boards: logits(net, p, boards), params, (*SHAPES, *pieces), MOST))
        except UnknownProgramError as error:
            return str(error)
    return max(found)


def check_windows(net: Network, params: Parameters, radius: int, rule: str) -> WindowCheck:
    """Call a network on boards that show every window of a radius once.

    Args:
        net: of n steps, on a torus.
        params: of one network.
        radius: of the windows, 1 or 2, not below n.
        rule: in B/S notation.
    """
    wrong, checked, example, margin, agrees, double = 0, 0, None, np.inf, True, True
    for boards in every_window(radius):
        counted = slice(radius, boards.shape[2] - radius)
        after = np.asarray(gol.evolve(boards, net.steps, rule), bool)[:, :, counted]
        single, other = (logit[:, :, counted] for logit in call(net, params, boards))
        double &= other.dtype == np.float64
        good, also = right_side(single, after), right_side(other, after)
        agrees &= bool(np.array_equal(good, also))
        margin = min(margin, float(np.min(np.abs(single))))
        good &= also
        if example is None and not good.all():
            board, row, column = np.unravel_index(np.argmin(good), good.shape)
            centred = np.roll(boards[board], (radius - row, -column), (0, 1))
            example = board_picture(centred[: 2 * radius + 1, : 2 * radius + 1])
        wrong, checked = wrong + int(np.sum(~good)), checked + good.size
    return WindowCheck(checked, wrong, example, margin, agrees, double)


def call(
    net: Network, params: Parameters, boards: UInt8[np.ndarray, "n height width"]
) -> tuple[Float[np.ndarray, "n height width"], Float[np.ndarray, "n height width"]]:
    """The network's logits of boards, with parameters and boards in float32, and in float64.

    A network whose own code chooses a type computes in that both times.
    """
    found = []
    for dtype in TYPES:
        with jax.enable_x64(dtype is np.float64):
            typed = on_host(params, dtype)
            answers = _compiled(net, methods(net))(typed, boards.astype(dtype))
            found.append(np.asarray(answers, np.float64 if answers.dtype == np.float64 else np.float32))
    return found[0], found[1]


@lru_cache(maxsize=32)
def _compiled(net: Network, _: Any) -> Callable[[Parameters, Any], Array]:
    """The jitted network; a class whose methods were exchanged since is compiled anew."""
    return jax.jit(
        lambda params, boards: jax.lax.map(
            lambda board: logits(net, params, board[None])[0], boards, batch_size=_TOGETHER
        )
    )


def every_window(radius: int) -> Iterator[UInt8[np.ndarray, "boards height width"]]:
    """Boards on which every window of a radius stands once, some hundred boards at a time.

    Its centre is in any row, and in any column but the first and last `radius` ones.
    """
    side = 2 * radius + 1
    column = de_bruijn(2, side)
    shifts = np.cumsum(de_bruijn(len(column), side - 1))  # a whole cycle of shifts adds up to 0 modulo the height
    width = min(_COLUMNS, len(shifts))
    places = np.arange(0, len(shifts), width)[:, None] + np.arange(-radius, width + radius)
    rows = np.arange(len(column))[:, None]
    for start in range(0, len(places), _PART):
        of_part = shifts[places[start : start + _PART] % len(shifts)]
        yield column[(rows + of_part[:, None]) % len(column)].astype(np.uint8)


@lru_cache(maxsize=4)
def de_bruijn(symbols: int, order: int) -> Int[np.ndarray, " cycle"]:
    """A cycle of the symbols 0, 1, ... in which each word of so many symbols occurs once, starting anywhere.

    The Lyndon words whose length divides the order, one after the other in their alphabetical order.

    Source: Fredricksen and Maiorana 1978, Discrete Mathematics 23, 207-210; the words by Duval 1988.
    """
    cycle: list[int] = []
    word = [-1]
    while word:
        word[-1] += 1
        if order % len(word) == 0:
            cycle += word
        word = (word * (order // len(word) + 1))[:order]
        while word and word[-1] == symbols - 1:
            word.pop()
    return np.array(cycle)
