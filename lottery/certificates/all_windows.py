"""Every 5x5 window that a two-step network can see, in blocks of bounded memory.

A window's five rows are five numbers below 32. The second block's input is three rows of three vectors, and each such
row depends on three rows of cells only. So the pre-activation of the second block's 3x3 convolution is a sum of three
tables with 2^15 rows each, and no convolution is run at all: 2^25 windows cost three additions per channel, the 1x1
convolution and the read-out.

At the edge of a zero-padded board the hidden layer outside is 0: the row or column of the table that lies outside is
left out, and cells outside are dead.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from lottery.inputs.accelerator import on_accelerator
from lottery.networks.activations import ACTIVATIONS
from lottery.networks.lifenet import Parameters, slope_of
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, right_side_traced

TRIPLES = 2**15  # three rows of five cells
ANSWERS = 2**28  # of the second block's units that an accelerator holds at once, a gigabyte of float32


class Checked(NamedTuple):
    """How many windows were looked at, how many are wrong, one of these, and the smallest |logit|."""

    checked: int
    wrong: int
    example: str | None
    margin: float


def check_all(params: Parameters, padding: str, table: np.ndarray, activation: str = "relu") -> Checked:
    """Try a two-step network on every window there is.

    Args:
        params: float32 or float64 numpy arrays; the computation runs in their dtype.
        padding: "torus": 2^25 windows; "zero": those, 4 x 2^15 at the edges and 4 x 2^9 in the corners.
        table: (512,) bool, the rule's truth table.
        activation: a name of `lottery.networks.activations.ACTIVATIONS`.
    """
    results = [_check_case(params, table, activation, rows_in=(0, 1, 2), columns_in=(0, 1, 2))]
    if padding == "zero":
        sides = ((0, 1, 2), (1, 2), (0, 1))
        results += [
            _check_case(params, table, activation, rows_in=rows, columns_in=columns)
            for rows in sides
            for columns in sides
            if (rows, columns) != (sides[0], sides[0])
        ]
    wrong = [result for result in results if result.wrong]
    return Checked(
        checked=sum(result.checked for result in results),
        wrong=sum(result.wrong for result in wrong),
        example=wrong[0].example if wrong else None,
        margin=min(result.margin for result in results),
    )


def block_answers(params: Parameters, block: int, inputs: np.ndarray, activation: str = "relu") -> np.ndarray:
    """A block's output for neighbourhoods of vectors: inputs (patterns, 9, channels) -> (patterns, b), numpy.

    Without a read-out the one block's output are the logits, which are not activated.
    """
    first, second = params[f"block{block}_3x3"], params[f"block{block}_1x1"]
    kernel = first["kernel"].reshape(-1, first["kernel"].shape[3])
    activate = ACTIVATIONS[activation].check
    hidden = activate(inputs.reshape(len(inputs), -1) @ kernel + first["bias"], slope_of(params, f"block{block}_3x3"))
    answer = hidden @ second["kernel"][0, 0] + second["bias"]
    return activate(answer, slope_of(params, f"block{block}_1x1")) if "readout" in params else answer


def _cells_on_board(inside: tuple[int, ...]) -> tuple[int, ...]:
    """Which of five rows (or columns) of cells are on the board, given which of three hidden ones are."""
    if 0 not in inside:
        return (2, 3, 4)
    return (0, 1, 2) if 2 not in inside else (0, 1, 2, 3, 4)


def _check_case(
    params: Parameters, table: np.ndarray, activation: str, rows_in: tuple[int, ...], columns_in: tuple[int, ...]
) -> Checked:
    rows, columns = _cells_on_board(rows_in), _cells_on_board(columns_in)
    allowed = np.array([row for row in range(32) if all(not row >> (4 - c) & 1 for c in range(5) if c not in columns)])
    choices = [allowed if r in rows else np.array([0]) for r in range(5)]
    with jax.enable_x64(params["readout"]["bias"].dtype == np.float64):
        sums, lives = _row_tables(params, table, activation, rows_in, columns_in)
        device = jax.tree.map(jnp.asarray, (params, sums, lives, np.asarray(table), tuple(choices[2:])))
        # One call answers all windows below a first row, 2^20 of them, in bounded blocks. Calls return before they are
        # computed, so that an accelerator need not wait for us.
        second_rows = jnp.asarray(choices[1], jnp.int32)
        together = second_rows_together(len(choices[1]), sums.shape[2]) if on_accelerator() else 1
        found = [_check_below(activation, together, *device, jnp.int32(r0), second_rows) for r0 in choices[0]]
        wrong, margin, first = 0, np.inf, None
        for r0, (counts, margins, wheres) in zip(choices[0], jax.device_get(found), strict=True):
            wrong += int(counts.sum())
            margin = min(margin, float(np.min(margins)))
            if first is None and counts.any():
                which = int(np.argmax(counts > 0))
                first = (int(r0), int(choices[1][which]), int(wheres[which]))
    checked = int(np.prod([len(choice) for choice in choices]))
    example = None if first is None else _example(first, choices, rows, columns)
    return Checked(checked, wrong, example, margin)


def _row_tables(
    params: Parameters, table: np.ndarray, activation: str, rows_in: tuple[int, ...], columns_in: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Tables over three rows of cells: their part in the second block's pre-activation, and their next generation.

    Returns:
        sums (3, 2^15, a) in the parameters' dtype, the bias in the middle one, zero for a hidden row beyond the edge,
        and lives (3, 2^15) int32, three bits of the hidden row's cells one generation later, dead beyond the edge.
    """
    dtype = params["readout"]["bias"].dtype
    answers = block_answers(params, 0, NEIGHBOURHOODS.astype(dtype)[:, :, None], activation)
    kernel = params["block1_3x3"]["kernel"]
    triples = np.arange(TRIPLES)
    top, middle, bottom = triples >> 10, triples >> 5 & 31, triples & 31
    codes = [(top >> (2 - j) & 7) << 6 | (middle >> (2 - j) & 7) << 3 | (bottom >> (2 - j) & 7) for j in range(3)]
    sums = np.zeros((3, TRIPLES, kernel.shape[3]), dtype)
    lives = np.zeros((3, TRIPLES), np.int32)
    for i in rows_in:
        for j in columns_in:
            sums[i] += (answers @ kernel[i, j])[codes[j]]
            lives[i] |= table[codes[j]].astype(np.int32) << (2 - j)
    sums[1] += params["block1_3x3"]["bias"]  # the middle row of hidden cells is never beyond an edge
    return sums, lives


def second_rows_together(rows: int, features: int) -> int:
    """How many second rows of cells, with 2^15 windows each, an accelerator takes in one block.

    Args:
        rows: how many there are.
        features: channels of the second block's 3x3 convolution.
    """
    return max(1, min(rows, ANSWERS // (TRIPLES * features)))


@partial(jax.jit, static_argnums=(0, 1))
def _check_below(
    activation: str,
    together: int,
    params: Any,
    sums: Array,
    lives: Array,
    table: Array,
    choices: tuple[Array, ...],
    r0: Array,
    second_rows: Array,
) -> tuple[Array, Array, Array]:
    """Wrong windows, smallest |logit| and first wrong window for one first row and each second row, some together."""
    r2, r3, r4 = (choice.astype(jnp.int32) for choice in choices)

    def for_second_row(r1: Array) -> tuple[Array, Array, Array]:
        upper = (r0 << 10 | r1 << 5 | r2)[:, None, None]
        centre = (r1 << 10 | r2[:, None] << 5 | r3[None, :])[:, :, None]
        lower = r2[:, None, None] << 10 | r3[None, :, None] << 5 | r4[None, None, :]
        before = sums[0][upper] + sums[1][centre] + sums[2][lower]
        activate = ACTIVATIONS[activation].train
        second, readout = params["block1_1x1"], params["readout"]
        hidden = activate(before, slope_of(params, "block1_3x3")).reshape(-1, before.shape[-1])
        x = jnp.matmul(hidden, second["kernel"][0, 0], precision="highest") + second["bias"][None]
        x = activate(x, slope_of(params, "block1_1x1"))
        logit = (jnp.matmul(x, readout["kernel"][0, 0], precision="highest") + readout["bias"][None])[:, 0]
        alive = table[(lives[0][upper] << 6 | lives[1][centre] << 3 | lives[2][lower])].reshape(-1)
        right = right_side_traced(logit, alive)
        return jnp.sum(~right, dtype=jnp.int32), jnp.min(jnp.abs(logit)), jnp.argmin(right)

    return jax.lax.map(for_second_row, second_rows, batch_size=together if together > 1 else None)


def _example(
    first: tuple[int, int, int], choices: list[np.ndarray], rows: tuple[int, ...], columns: tuple[int, ...]
) -> str:
    r0, r1, flat = first
    i, j, k = np.unravel_index(flat, [len(choice) for choice in choices[2:]])
    cells = [r0, r1, int(choices[2][i]), int(choices[3][j]), int(choices[4][k])]
    return "\n".join(
        "".join(("O" if cells[r] >> (4 - c) & 1 else ".") if r in rows and c in columns else "-" for c in range(5))
        for r in range(5)
    )


def picture(code: int, side: int) -> str:
    """A square window by its code, first cell as the top bit, as lines of `.` and `O`."""
    cells = np.array([code >> bit & 1 for bit in range(side * side - 1, -1, -1)]).reshape(side, side)
    return board_picture(cells)


def board_picture(cells: np.ndarray) -> str:
    """A board (height, width) of 0/1 as lines of `.` and `O`."""
    return "\n".join("".join("O" if cell else "." for cell in row) for row in cells)
