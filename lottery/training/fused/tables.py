"""The first block as a table with 512 columns; for wide networks the second 3x3 convolution as nine tables.

With T the first block's answers (b, 512), what the second 3x3 receives from its neighbour k is W_k T[:, code]: a vector
of `a` features that depends on the neighbour's code alone. Nine tables hold these vectors, so that a cell costs nine
additions of vectors instead of 9 a b multiplications. Backwards each cell adds its slope to nine rows, and the tables'
own gradients cost a fixed 512 cells' worth of work. Here features come last in memory, in steps of LANES.

Outside a zero-padded board the code is OUTSIDE, whose row is zero.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lottery.training.fused.kernels import assembled, compiled, mix, mix_gradient

LANES = 16
OUTSIDE = 512


@compiled
def look_up(table: Any, codes: Any, x: Any, side: int) -> None:
    """Planes of the table's answers: x[c] at every cell of the board is table[c, code]; the frame is left alone."""
    for c in range(x.shape[0]):
        plane = x[c].reshape(side + 2, side + 2)
        answers = table[c]
        for r in range(side):
            into, of = plane[r + 1, 1 : side + 1], codes[r]
            for p in range(side):
                into[p] = answers[of[p]]


@compiled
def sum_by_code(slope: Any, codes: Any, of_table: Any, side: int) -> None:
    """Add the table's gradient: each cell's slope goes to its code."""
    for c in range(slope.shape[0]):
        plane = slope[c].reshape(side + 2, side + 2)
        sums = of_table[c]
        for r in range(side):
            values, of = plane[r + 1, 1 : side + 1], codes[r]
            for p in range(side):
                sums[of[p]] += values[p]


@intrinsic
def add_lanes(_: Any, into: Any, at: Any, what: Any, start: Any) -> Any:
    """into[at : at + LANES] += what[start : start + LANES] of flat arrays, as one load, add and store.

    Written out for LLVM, which would otherwise check for overlap at every cell and give up the vector path.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar = context.get_data_type(signature.args[0].dtype)
        size = context.get_abi_sizeof(scalar)

        def pointer(k: int) -> Any:
            array = context.make_array(signature.args[k])(context, builder, arguments[k])
            cell = builder.gep(array.data, [arguments[k + 1]])
            return builder.bitcast(cell, ir.VectorType(scalar, LANES).as_pointer())

        target = pointer(0)
        total = builder.fadd(builder.load(target, align=size), builder.load(pointer(2), align=size))
        builder.store(total, target, align=size)
        return context.get_dummy_value()

    return types.void(into, types.intp, what, types.intp), generate


@compiled
def frame_codes(codes: Any, framed: Any, side: int, torus: bool) -> None:
    """Codes (side, side) inside a frame of one cell: the opposite edge on a torus, else OUTSIDE."""
    for r in range(side + 2):
        for c in range(side + 2):
            framed[r, c] = OUTSIDE
    for r in range(side):
        for c in range(side):
            framed[r + 1, c + 1] = codes[r, c]
    if torus:
        for c in range(side + 2):
            framed[0, c], framed[side + 1, c] = framed[side, c], framed[1, c]
        for r in range(side + 2):
            framed[r, 0], framed[r, side + 1] = framed[r, side], framed[r, 1]


@compiled
def add_nine(wide: Any, framed: Any, rows: Any, side: int) -> None:
    """rows[cell] = sum over nine neighbours k of wide[k, code of the neighbour]."""
    rows[:] = rows.dtype.type(0)
    features = rows.shape[1]
    source, into = wide.reshape(-1), rows.reshape(-1)
    for k in range(9):
        for r in range(side):
            for c in range(side):
                start = (k * (OUTSIDE + 1) + framed[r + k // 3, c + k % 3]) * features
                for j in range(0, features, LANES):
                    add_lanes(into, (r * side + c) * features + j, source, start + j)


@compiled
def spread_nine(rows: Any, framed: Any, of_wide: Any, side: int) -> None:
    """The gradient of `add_nine`: each cell's row is added to its nine tables, at its neighbours' codes."""
    features = rows.shape[1]
    source, into = rows.reshape(-1), of_wide.reshape(-1)
    for k in range(9):
        for r in range(side):
            for c in range(side):
                start = (k * (OUTSIDE + 1) + framed[r + k // 3, c + k % 3]) * features
                for j in range(0, features, LANES):
                    add_lanes(into, start + j, source, (r * side + c) * features + j)


@compiled
def rows_to_planes(rows: Any, bias: Any, y: Any, side: int) -> None:
    """Features before cells again, plus the bias."""
    for o in range(y.shape[0]):
        plane = y[o].reshape(side + 2, side + 2)
        for r in range(side):
            for c in range(side):
                plane[r + 1, c + 1] = rows[r * side + c, o] + bias[o]


@compiled
def planes_to_rows(y: Any, rows: Any, side: int) -> None:
    """Cells before features."""
    for o in range(y.shape[0]):
        plane = y[o].reshape(side + 2, side + 2)
        for r in range(side):
            for c in range(side):
                rows[r * side + c, o] = plane[r + 1, c + 1]


@assembled
def fill_wide(kernel: Any, table: Any, wide: Any, nothing: Any, scratch: Any) -> None:
    """wide[k, code, o] = sum over c of kernel[o, c, k] table[c, code]."""
    for k in range(9):
        mix(kernel[:, :, k].copy(), nothing, table, scratch, 0, OUTSIDE)
        for o in range(scratch.shape[0]):
            for code in range(OUTSIDE):
                wide[k, code, o] = scratch[o, code]


@assembled
def wide_gradient(
    kernel: Any, table: Any, of_wide: Any, of_kernel: Any, of_bias: Any, of_table: Any, scratch: Any
) -> None:
    """From the nine tables' gradient to those of the kernel, its bias and the first block's table, added up."""
    outputs, channels = kernel.shape[0], kernel.shape[1]
    part = np.empty_like(of_table)
    nothing = np.zeros(channels, part.dtype)
    for k in range(9):
        for o in range(outputs):
            for code in range(OUTSIDE):
                scratch[o, code] = of_wide[k, code, o]
        of_weights = np.zeros((outputs, channels), part.dtype)
        sums = np.zeros(outputs, part.dtype)
        mix_gradient(scratch, table, of_weights, sums, 0, OUTSIDE)
        for o in range(outputs):
            for c in range(channels):
                of_kernel[o, c, k] += of_weights[o, c]
            if k == 4:  # every cell is the middle neighbour once, and of itself
                # A dead frame has no row of its own, and is nobody's middle.
                of_bias[o] += sums[o]
        mix(kernel[:, :, k].copy().T.copy(), nothing, scratch, part, 0, OUTSIDE)
        for c in range(channels):
            for code in range(OUTSIDE):
                of_table[c, code] += part[c, code]
