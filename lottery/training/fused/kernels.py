"""Layers on planes, forward and backward, as loops that numba turns into vector instructions.

Layout. A plane is one channel of one board as a flat vector of (side + 2)^2 cells in reading order, the board inside a
frame of one cell. Features come before cells: x[c] is channel c. A layer computes the `count` cells from `first`, the
board's first cell, to its last one without a break, the frame's cells between two rows among them: one long loop
instead of many short ones. What stands in the frame afterwards is rubbish, which `frame` overwrites before a
convolution reads it, and `gate` keeps out of every gradient.

No loop reads an array that it writes at another index, and none touches more than a few arrays: LLVM checks at run time
that they do not overlap before it takes the vector path, and gives up beyond eight such checks.
"""

from inspect import unwrap
from typing import Any

from numba import njit

# Sums may be reordered and multiplications fused with additions; NaN and infinity keep their meaning.
_OPTIONS = {
    "nogil": True,
    "cache": True,
    "fastmath": {"contract", "reassoc", "nsz", "arcp"},
    "error_model": "numpy",
}


def compiled(function: Any) -> Any:
    """Compile a function at its first call, for the types it is called with; later processes find it in a cache."""
    return njit(**_OPTIONS)(unwrap(function))  # in the tests a checker of annotations stands around it


def assembled(function: Any) -> Any:
    """The same for a function that only calls others: numba puts its lines in place of each call of it.

    LLVM compiles whatever a compiled function calls once more with it, so that every further level of calls costs all
    that lies below. Without these levels a first training waits for two thirds of the time.
    """
    return njit(inline="always", **_OPTIONS)(unwrap(function))


def inlined(function: Any) -> Any:
    """The same, with a copy of the code at every call.

    Otherwise there are two copies of a function's code, its own and one inside the function that calls it, optimised
    together with that; the process that compiles runs the first, and one that reads the cache the second. Where LLVM
    orders the sum of a loop differently in the two, results would depend on who had compiled before.
    """
    return njit(forceinline=True, **_OPTIONS)(unwrap(function))


@compiled
def mix(weights: Any, bias: Any, x: Any, y: Any, first: int, count: int) -> None:
    """A 1x1 convolution: y[o] = bias[o] + sum over c of weights[o, c] x[c]."""
    channels, outputs = x.shape[0], y.shape[0]
    for o in range(outputs):
        y[o, first : first + count] = bias[o]
    for o in range(0, outputs - 1, 2):
        y0, y1 = y[o, first : first + count], y[o + 1, first : first + count]
        c = 0
        while c + 3 <= channels:
            a0, a1, a2 = weights[o, c], weights[o, c + 1], weights[o, c + 2]
            b0, b1, b2 = weights[o + 1, c], weights[o + 1, c + 1], weights[o + 1, c + 2]
            x0, x1, x2 = (
                x[c, first : first + count],
                x[c + 1, first : first + count],
                x[c + 2, first : first + count],
            )
            for p in range(count):
                y0[p] += a0 * x0[p] + a1 * x1[p] + a2 * x2[p]
                y1[p] += b0 * x0[p] + b1 * x1[p] + b2 * x2[p]
            c += 3
        while c < channels:
            a0, b0, x0 = weights[o, c], weights[o + 1, c], x[c, first : first + count]
            for p in range(count):
                y0[p] += a0 * x0[p]
                y1[p] += b0 * x0[p]
            c += 1
    if outputs % 2:
        y0 = y[outputs - 1, first : first + count]
        for c in range(channels):
            a0, x0 = weights[outputs - 1, c], x[c, first : first + count]
            for p in range(count):
                y0[p] += a0 * x0[p]


@inlined
def mix_gradient(slope: Any, x: Any, of_weights: Any, of_bias: Any, first: int, count: int) -> None:
    """Add the gradients of a 1x1 convolution's weights and bias, given that of its output."""
    zero = x.dtype.type(0)
    channels = x.shape[0]
    for o in range(slope.shape[0]):
        d = slope[o, first : first + count]
        total = zero
        for p in range(count):
            total += d[p]
        of_bias[o] += total
        c = 0
        while c + 4 <= channels:
            x0, x1 = x[c, first : first + count], x[c + 1, first : first + count]
            x2, x3 = x[c + 2, first : first + count], x[c + 3, first : first + count]
            s0 = s1 = s2 = s3 = zero
            for p in range(count):
                s0 += d[p] * x0[p]
                s1 += d[p] * x1[p]
                s2 += d[p] * x2[p]
                s3 += d[p] * x3[p]
            of_weights[o, c] += s0
            of_weights[o, c + 1] += s1
            of_weights[o, c + 2] += s2
            of_weights[o, c + 3] += s3
            c += 4
        while c < channels:
            x0 = x[c, first : first + count]
            s0 = zero
            for p in range(count):
                s0 += d[p] * x0[p]
            of_weights[o, c] += s0
            c += 1


@compiled
def convolve(weights: Any, x: Any, y: Any, side: int) -> None:
    """Add a 3x3 convolution of framed planes: y[o] += sum over c and k of weights[o, c, k] x[c] shifted by k."""
    row = side + 2
    first, count = row + 1, (side - 1) * row + side
    outputs = y.shape[0]
    for c in range(x.shape[0]):
        up, mid, down = x[c, : count + 2], x[c, row : row + count + 2], x[c, 2 * row : 2 * row + count + 2]
        for o in range(0, outputs - 1, 2):
            y0, y1 = y[o, first : first + count], y[o + 1, first : first + count]
            a0, a1, a2, a3, a4, a5, a6, a7, a8 = nine(weights[o, c])
            b0, b1, b2, b3, b4, b5, b6, b7, b8 = nine(weights[o + 1, c])
            for p in range(count):
                x0, x1, x2 = up[p], up[p + 1], up[p + 2]
                x3, x4, x5 = mid[p], mid[p + 1], mid[p + 2]
                x6, x7, x8 = down[p], down[p + 1], down[p + 2]
                y0[p] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3 + a4 * x4 + a5 * x5 + a6 * x6 + a7 * x7 + a8 * x8
                y1[p] += b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3 + b4 * x4 + b5 * x5 + b6 * x6 + b7 * x7 + b8 * x8
        if outputs % 2:
            y0 = y[outputs - 1, first : first + count]
            a0, a1, a2, a3, a4, a5, a6, a7, a8 = nine(weights[outputs - 1, c])
            for p in range(count):
                y0[p] += a0 * up[p] + a1 * up[p + 1] + a2 * up[p + 2]
                y0[p] += a3 * mid[p] + a4 * mid[p + 1] + a5 * mid[p + 2]
                y0[p] += a6 * down[p] + a7 * down[p + 1] + a8 * down[p + 2]


@compiled
def nine(weights: Any) -> Any:
    """A vector's nine entries as a tuple, which the compiler keeps in registers."""
    return (
        weights[0],
        weights[1],
        weights[2],
        weights[3],
        weights[4],
        weights[5],
        weights[6],
        weights[7],
        weights[8],
    )


@compiled
def convolve_gradient(slope: Any, x: Any, of_weights: Any, of_bias: Any, side: int) -> None:
    """Add the gradients of a 3x3 convolution's weights and bias, given that of its output, zero in the frame."""
    row = side + 2
    first, count = row + 1, (side - 1) * row + side
    zero = x.dtype.type(0)
    for o in range(slope.shape[0]):
        d = slope[o, first : first + count]
        total = zero
        for p in range(count):
            total += d[p]
        of_bias[o] += total
        for c in range(x.shape[0]):
            up, mid, down = x[c, : count + 2], x[c, row : row + count + 2], x[c, 2 * row : 2 * row + count + 2]
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = zero
            for p in range(count):
                s0 += d[p] * up[p]
                s1 += d[p] * up[p + 1]
                s2 += d[p] * up[p + 2]
                s3 += d[p] * mid[p]
                s4 += d[p] * mid[p + 1]
                s5 += d[p] * mid[p + 2]
                s6 += d[p] * down[p]
                s7 += d[p] * down[p + 1]
                s8 += d[p] * down[p + 2]
            sums = (s0, s1, s2, s3, s4, s5, s6, s7, s8)
            for k in range(9):
                of_weights[o, c, k] += sums[k]


@compiled
def relu(x: Any, first: int, count: int) -> None:
    """max(x, 0) in place; NaN stays NaN."""
    zero = x.dtype.type(0)
    for c in range(x.shape[0]):
        values = x[c, first : first + count]
        for p in range(count):
            values[p] = zero if values[p] < zero else values[p]


@compiled
def gate(slope: Any, answer: Any, inside: Any, first: int, count: int) -> None:
    """The gradient through a ReLU, in place: kept where its answer was above 0 and the cell is on the board."""
    zero = slope.dtype.type(0)
    on_board = inside[first : first + count]
    for c in range(slope.shape[0]):
        d, y = slope[c, first : first + count], answer[c, first : first + count]
        for p in range(count):
            d[p] = d[p] * on_board[p] if y[p] > zero else zero


@compiled
def frame(x: Any, side: int, torus: bool) -> None:
    """Fill the frame of every plane: with the opposite edge on a torus, else with zeros."""
    zero = x.dtype.type(0)
    for c in range(x.shape[0]):
        plane = x[c].reshape(side + 2, side + 2)
        for p in range(side + 2):
            plane[0, p] = plane[side, p] if torus else zero
            plane[side + 1, p] = plane[1, p] if torus else zero
        for r in range(side + 2):
            plane[r, 0] = plane[r, side] if torus else zero
            plane[r, side + 1] = plane[r, 1] if torus else zero
