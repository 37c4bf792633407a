"""One network's updates from beginning to end, in one compiled function: forward, backward, Adam."""

from typing import Any, NamedTuple

import numpy as np

from lottery.training.fused.kernels import (
    assembled,
    compiled,
    convolve,
    convolve_gradient,
    frame,
    gate,
    mix,
    mix_gradient,
    relu,
)
from lottery.training.fused.loss import loss_and_slope
from lottery.training.fused.tables import (
    LANES,
    OUTSIDE,
    add_nine,
    fill_wide,
    frame_codes,
    look_up,
    planes_to_rows,
    rows_to_planes,
    spread_nine,
    sum_by_code,
    wide_gradient,
)


class Shape(NamedTuple):
    """What network is trained, on what boards."""

    steps: int
    a: int  # channels of each 3x3 convolution
    b: int  # channels of each 1x1 convolution
    side: int  # of the square boards
    torus: bool  # else zero padding
    squared: bool  # squared error instead of binary cross-entropy
    nine_tables: bool  # the second 3x3 as nine tables


class Adam(NamedTuple):
    """Hyperparameters of Adam as `optax.adam` names them."""

    b1: float
    b2: float
    eps: float


class Planes(NamedTuple):
    """A network's working memory: some hundred kilobytes that stay in a core's cache."""

    hidden: Any  # (a, 512) the first block's 3x3 on all patterns
    table: Any  # (b, 512) its answers
    wide: Any  # (9, 513, a rounded up) the nine tables
    rows: Any  # (cells, a rounded up)
    framed: Any  # (side + 2, side + 2) codes
    x: Any  # (steps + 1, b, cells) x[l] enters block l, x[steps] the read-out
    y: Any  # (steps, a, cells) y[l] is between the two convolutions of block l
    z: Any  # (1, cells) logits
    inside: Any  # (cells,) 1 on the board, 0 in its frame
    target: Any  # (cells,)


@compiled
def reserve(shape: Any, kind: Any) -> Any:
    """Working memory for a network in the type of the array `kind`."""
    side, a, b = shape.side, shape.a, shape.b
    cells = (side + 2) ** 2
    features = -(-a // LANES) * LANES if shape.nine_tables else LANES
    tables = 9 if shape.nine_tables else 0
    inside = np.zeros((side + 2, side + 2), kind.dtype)
    inside[1 : side + 1, 1 : side + 1] = kind.dtype.type(1)
    return Planes(
        np.zeros((a, OUTSIDE), kind.dtype),
        np.zeros((b, OUTSIDE), kind.dtype),
        np.zeros((tables, OUTSIDE + 1, features), kind.dtype),
        np.zeros((side * side, features), kind.dtype),
        np.zeros((side + 2, side + 2), np.int64),
        np.zeros((shape.steps + 1, b, cells), kind.dtype),
        np.zeros((shape.steps, a, cells), kind.dtype),
        np.zeros((1, cells), kind.dtype),
        inside.reshape(-1),
        np.zeros(cells, kind.dtype),
    )


@compiled
def block(flat: Any, which: int, a: int, b: int) -> Any:
    """A block's part of the flat weights: 3x3 kernel (a, inputs, 9), bias (a,), 1x1 kernel (b, a), bias (b,)."""
    inputs = 1 if which == 0 else b
    start = 0 if which == 0 else 10 * a + a * b + b + (which - 1) * (9 * a * b + a + a * b + b)
    middle = start + 9 * inputs * a
    return (
        flat[start:middle].reshape(a, inputs, 9),
        flat[middle : middle + a],
        flat[middle + a : middle + a + a * b].reshape(b, a),
        flat[middle + a + a * b : middle + a + a * b + b],
    )


@assembled
def answer_patterns(weights: Any, shape: Any, bits: Any, planes: Any) -> None:
    """The first block on all 512 neighbourhoods, and the nine tables where they are used."""
    kernel, bias, narrow, narrow_bias = block(weights, 0, shape.a, shape.b)
    mix(kernel.reshape(shape.a, 9), bias, bits, planes.hidden, 0, OUTSIDE)
    relu(planes.hidden, 0, OUTSIDE)
    mix(narrow, narrow_bias, planes.hidden, planes.table, 0, OUTSIDE)
    relu(planes.table, 0, OUTSIDE)
    if shape.nine_tables:
        nothing = np.zeros_like(bias)
        fill_wide(
            block(weights, 1, shape.a, shape.b)[0], planes.table, planes.wide, nothing, np.empty_like(planes.hidden)
        )


@assembled
def forward(weights: Any, shape: Any, codes: Any, planes: Any) -> None:
    """Logits of one board into planes.z, every layer's answers on the way."""
    side = shape.side
    first, count = side + 3, (side - 1) * (side + 2) + side
    if shape.nine_tables:
        frame_codes(codes, planes.framed, side, shape.torus)
    else:
        look_up(planes.table, codes, planes.x[1], side)
    for which in range(1, shape.steps):
        kernel, bias, narrow, narrow_bias = block(weights, which, shape.a, shape.b)
        x, y = planes.x[which], planes.y[which]
        if which == 1 and shape.nine_tables:
            add_nine(planes.wide, planes.framed, planes.rows, side)
            rows_to_planes(planes.rows, bias, y, side)
        else:
            frame(x, side, shape.torus)
            for o in range(shape.a):
                y[o] = bias[o]
            convolve(kernel, x, y, side)
        relu(y, first, count)
        mix(narrow, narrow_bias, y, planes.x[which + 1], first, count)
        relu(planes.x[which + 1], first, count)
    end = weights.shape[0] - shape.b - 1
    mix(weights[end:-1].reshape(1, shape.b), weights[-1:], planes.x[shape.steps], planes.z, first, count)


@assembled
def backward(weights: Any, gradient: Any, shape: Any, codes: Any, planes: Any, slopes: Any) -> None:
    """Add one board's gradients, given the slope of its loss in slopes.z; the tables' stay in slopes.table and wide."""
    side = shape.side
    first, count = side + 3, (side - 1) * (side + 2) + side
    end = weights.shape[0] - shape.b - 1
    into = gradient[end:-1].reshape(1, shape.b)
    mix_gradient(slopes.z, planes.x[shape.steps], into, gradient[-1:], first, count)
    dx, dy = slopes.x[0], slopes.y[0]
    nothing = np.zeros(max(shape.a, shape.b), weights.dtype)
    mix(weights[end:-1].copy().reshape(shape.b, 1), nothing, slopes.z, dx, first, count)
    for which in range(shape.steps - 1, 0, -1):
        kernel, _, narrow, _ = block(weights, which, shape.a, shape.b)
        of_kernel, of_bias, of_narrow, of_narrow_bias = block(gradient, which, shape.a, shape.b)
        gate(dx, planes.x[which + 1], planes.inside, first, count)
        mix_gradient(dx, planes.y[which], of_narrow, of_narrow_bias, first, count)
        mix(narrow.T.copy(), nothing, dx, dy, first, count)
        gate(dy, planes.y[which], planes.inside, first, count)
        if which == 1 and shape.nine_tables:
            planes_to_rows(dy, slopes.rows, side)
            spread_nine(slopes.rows, planes.framed, slopes.wide, side)
        else:
            convolve_gradient(dy, planes.x[which], of_kernel, of_bias, side)
            # A convolution backwards is one with the kernel turned by half a turn, on slopes framed like its input.
            frame(dy, side, shape.torus)
            dx[:] = dx.dtype.type(0)
            convolve(kernel[:, :, ::-1].copy().transpose(1, 0, 2).copy(), dy, dx, side)
    if not shape.nine_tables:
        sum_by_code(dx, codes, slopes.table, side)


@assembled
def pattern_gradient(weights: Any, gradient: Any, shape: Any, bits: Any, planes: Any, slopes: Any) -> None:
    """Add the first block's gradients, given those of its table or of the nine tables, which are cleared."""
    if shape.nine_tables:
        of_kernel, of_bias, _, _ = block(gradient, 1, shape.a, shape.b)
        kernel = block(weights, 1, shape.a, shape.b)[0]
        wide_gradient(kernel, planes.table, slopes.wide, of_kernel, of_bias, slopes.table, slopes.hidden)
        slopes.wide[:] = weights.dtype.type(0)
    _, _, narrow, _ = block(weights, 0, shape.a, shape.b)
    of_kernel, of_bias, of_narrow, of_narrow_bias = block(gradient, 0, shape.a, shape.b)
    every = np.ones(OUTSIDE, weights.dtype)
    gate(slopes.table, planes.table, every, 0, OUTSIDE)
    mix_gradient(slopes.table, planes.hidden, of_narrow, of_narrow_bias, 0, OUTSIDE)
    mix(narrow.T.copy(), np.zeros(shape.a, weights.dtype), slopes.table, slopes.hidden, 0, OUTSIDE)
    gate(slopes.hidden, planes.hidden, every, 0, OUTSIDE)
    mix_gradient(slopes.hidden, bits, of_kernel.reshape(shape.a, 9), of_bias, 0, OUTSIDE)
    slopes.table[:] = weights.dtype.type(0)


@compiled
def place(board: Any, plane: Any, side: int) -> None:
    """Put a board (side, side) inside the frame of a flat plane."""
    grid = plane.reshape(side + 2, side + 2)
    for r in range(side):
        for c in range(side):
            grid[r + 1, c + 1] = plane.dtype.type(board[r, c])


@assembled
def batch_gradient(
    weights: Any,
    gradient: Any,
    shape: Any,
    bits: Any,
    codes: Any,
    targets: Any,
    rows: Any,
    planes: Any,
    slopes: Any,
    work: Any,
) -> Any:
    """The mean loss of a batch, its gradient written into `gradient`.

    Args:
        weights: flat, masked.
        gradient: flat, overwritten.
        shape: the network.
        bits: (9, 512), the cells of all neighbourhoods.
        codes: (boards, side, side) of the bank.
        targets: (boards, side, side) of the bank.
        rows: (batch,), which boards of the bank.
        planes: working memory.
        slopes: the same again, for gradients.
        work: scratch of the loss.
    """
    side = shape.side
    first, count = side + 3, (side - 1) * (side + 2) + side
    share = weights.dtype.type(1.0 / (rows.shape[0] * side * side))
    gradient[:] = weights.dtype.type(0)
    answer_patterns(weights, shape, bits, planes)
    total = 0.0
    for row in rows:
        forward(weights, shape, codes[row], planes)
        place(targets[row], planes.target, side)
        z, target = planes.z[0, first : first + count], planes.target[first : first + count]
        inside, out = planes.inside[first : first + count], slopes.z[0, first : first + count]
        total += loss_and_slope(z, target, inside, share, shape.squared, work, out)
        backward(weights, gradient, shape, codes[row], planes, slopes)
    pattern_gradient(weights, gradient, shape, bits, planes, slopes)
    return total * share


@compiled
def train(
    params: Any,
    mu: Any,
    nu: Any,
    mask: Any,
    held: Any,
    rates: Any,
    done: int,
    adam: Any,
    shape: Any,
    bits: Any,
    codes: Any,
    targets: Any,
    rows: Any,
    work: Any,
) -> float:
    """Train one network in place, one update per row of `rows`; returns the mean loss.

    Args:
        params: flat weights.
        mu: Adam's first moments.
        nu: Adam's second moments.
        mask: 1 where a weight is kept.
        held: what weights are multiplied with before the network computes: the mask, or ones where it computes with
            pruned weights that are frozen.
        rates: (updates,), learning rates.
        done: updates done before.
        adam: hyperparameters.
        shape: the network.
        bits: (9, 512), the cells of all neighbourhoods.
        codes: (boards, side, side) of the bank.
        targets: (boards, side, side) of the bank.
        rows: (updates, batch), which boards of the bank.
        work: scratch of the loss.
    """
    kind = params.dtype.type
    planes, slopes = reserve(shape, params), reserve(shape, params)
    gradient = np.zeros_like(params)
    b1, b2, eps = kind(adam.b1), kind(adam.b2), kind(adam.eps)
    one = kind(1)
    total = 0.0
    for update in range(rows.shape[0]):
        total += batch_gradient(
            params * held, gradient, shape, bits, codes, targets, rows[update], planes, slopes, work
        )
        rate = rates[update]
        unbias1 = kind(1 / (1 - adam.b1 ** (done + update + 1)))
        unbias2 = kind(1 / (1 - adam.b2 ** (done + update + 1)))
        for i in range(params.shape[0]):
            slope = gradient[i] * mask[i]
            mu[i] = b1 * mu[i] + (one - b1) * slope
            nu[i] = b2 * nu[i] + (one - b2) * slope * slope
            params[i] -= rate * mask[i] * (mu[i] * unbias1) / (np.sqrt(nu[i] * unbias2) + eps)
    return total / rows.shape[0]


@compiled
def wrong_cells(params: Any, held: Any, shape: Any, bits: Any, codes: Any, targets: Any) -> int:
    """How many cells of the screening boards a network has wrong; a logit of 0 or NaN is wrong."""
    planes = reserve(shape, params)
    weights = params * held
    answer_patterns(weights, shape, bits, planes)
    wrong = 0
    for index in range(codes.shape[0]):
        forward(weights, shape, codes[index], planes)
        logits = planes.z[0].reshape(shape.side + 2, shape.side + 2)
        for r in range(shape.side):
            for c in range(shape.side):
                z = logits[r + 1, c + 1]
                wrong += not (z > 0 if targets[index, r, c] else z < 0)
    return wrong
