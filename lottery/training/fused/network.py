"""One network's updates from beginning to end, in one compiled function: forward, backward, Adam."""

from typing import Any, NamedTuple

from lottery.training.fused.board_loss import board_loss
from lottery.training.fused.compiling import assembled, compiled
from lottery.training.fused.memory import PATTERNS
from lottery.training.fused.one_step import adam_step
from lottery.training.fused.products import GATE, PLAIN, RELU, combine, correlate
from lottery.training.fused.tables import (
    add_nine,
    collect_sums,
    fill_wide,
    frame_codes,
    look_up,
    spread_nine,
    sum_by_code,
    wide_gradient,
)
from lottery.training.fused.vectors import peek, poke


class Adam(NamedTuple):
    """Hyperparameters of Adam as `optax.adam` names them."""

    b1: float
    b2: float
    eps: float


@compiled
def block(start: int, which: int, a: int, b: int) -> Any:
    """Where a block's parts begin in flat weights: 3x3 kernel (a, inputs, 9), bias, 1x1 kernel (b, a), bias."""
    inputs = 1 if which == 0 else b
    start += 0 if which == 0 else 10 * a + a * b + b + (which - 1) * (9 * a * b + a + a * b + b)
    middle = start + 9 * inputs * a
    return start, middle, middle + a, middle + a + a * b


@compiled
def frame(memory: Any, first: int, planes: int, pitch: int, side: int, torus: bool) -> None:
    """Fill the frame of every plane: with the opposite edge on a torus, else with zeros."""
    row, zero = side + 2, memory.dtype.type(0)
    for c in range(planes):
        plane = first + c * pitch
        last = plane + (side - 1) * row
        for p in range(side):
            poke(memory, plane - row + p, peek(memory, last + p) if torus else zero)
            poke(memory, last + row + p, peek(memory, plane + p) if torus else zero)
        for r in range(-1, side + 1):
            left = plane + r * row
            poke(memory, left - 1, peek(memory, left + side - 1) if torus else zero)
            poke(memory, left + side, peek(memory, left) if torus else zero)


@assembled
def answer_patterns(memory: Any, routes: Any, places: Any, shape: Any) -> None:
    """The first block on all 512 neighbourhoods, and the nine tables where they are used."""
    m, a, b = places, shape.a, shape.b
    kernel, bias, narrow, narrow_bias = block(m.weights, 0, a, b)
    combine(
        memory, routes, kernel, 9, m.each, m.bits, m.by_patterns, 9, bias,
        m.hidden, PATTERNS, a, PATTERNS, RELU, m.hidden, m.ones,
    )  # fmt: skip
    combine(
        memory, routes, narrow, a, m.each, m.hidden, m.by_patterns, a, narrow_bias,
        m.table, PATTERNS, b, PATTERNS, RELU, m.table, m.ones,
    )  # fmt: skip
    if shape.nine_tables:
        kernel, bias, _, _ = block(m.weights, 1, a, b)
        fill_wide(memory, routes, m, kernel, bias, a, b)


@assembled
def forward(memory: Any, routes: Any, places: Any, shape: Any, codes: Any, board: int) -> None:
    """Logits of one board, every layer's answers on the way."""
    m, a, b, side = places, shape.a, shape.b, shape.side
    if shape.nine_tables:
        frame_codes(routes, m, codes, board, side, shape.torus)
    else:
        look_up(memory, m, codes, board, side, b)
    for which in range(1, shape.steps):
        kernel, bias, narrow, narrow_bias = block(m.weights, which, a, b)
        x, y = m.x + (which - 1) * b * m.pitch, m.y + (which - 1) * m.y_planes * m.pitch
        if which == 1 and shape.nine_tables:
            add_nine(memory, routes, m, side)
        else:
            frame(memory, x, b, m.pitch, side, shape.torus)
            combine(
                memory, routes, kernel, 9 * b, m.each, x, m.around, 9 * b, bias,
                y, m.pitch, a, m.cells, RELU, y, m.inside,
            )  # fmt: skip
        combine(
            memory, routes, narrow, a, m.each, y, m.by_planes, a, narrow_bias,
            x + b * m.pitch, m.pitch, b, m.cells, RELU, y, m.inside,
        )  # fmt: skip
    x = m.x + (shape.steps - 1) * b * m.pitch
    end, _, _, _ = block(m.weights, shape.steps, a, b)
    combine(
        memory, routes, end, 0, m.each, x, m.by_planes, b, end + b,
        m.z, m.pitch, 1, m.cells, PLAIN, m.z, m.inside,
    )  # fmt: skip


@assembled
def backward(memory: Any, routes: Any, places: Any, shape: Any, codes: Any, board: int) -> None:
    """Add one board's gradients, given the slopes of its logits; those of the tables stay in the memory."""
    m, a, b, side = places, shape.a, shape.b, shape.side
    x = m.x + (shape.steps - 1) * b * m.pitch
    end, _, _, _ = block(0, shape.steps, a, b)
    correlate(memory, routes, m.of_z, m.pitch, x, m.by_planes, m.gradient + end, 0, 1, b, m.cells)
    correlate(memory, routes, m.of_z, m.pitch, m.inside, m.each, m.gradient + end + b, 0, 1, 1, m.cells)
    combine(
        memory, routes, m.weights + end, 1, m.each, m.of_z, m.each, 1, m.zeros,
        m.of_x, m.pitch, b, m.cells, GATE, x, m.inside,
    )  # fmt: skip
    for which in range(shape.steps - 1, 0, -1):
        kernel, _, narrow, _ = block(m.weights, which, a, b)
        of_kernel, of_bias, of_narrow, of_narrow_bias = block(m.gradient, which, a, b)
        x, y = m.x + (which - 1) * b * m.pitch, m.y + (which - 1) * m.y_planes * m.pitch
        correlate(memory, routes, m.of_x, m.pitch, y, m.by_planes, of_narrow, a, b, a, m.cells)
        correlate(memory, routes, m.of_x, m.pitch, m.inside, m.each, of_narrow_bias, 1, b, 1, m.cells)
        combine(
            memory, routes, narrow, 1, m.by_a, m.of_x, m.by_planes, b, m.zeros,
            m.of_y, m.pitch, a, m.cells, GATE, y, m.inside,
        )  # fmt: skip
        if which == 1 and shape.nine_tables:
            spread_nine(memory, routes, m, side)
        else:
            correlate(memory, routes, m.of_y, m.pitch, x, m.around, of_kernel, 9 * b, a, 9 * b, m.cells)
            correlate(memory, routes, m.of_y, m.pitch, m.inside, m.each, of_bias, 1, a, 1, m.cells)
            # A convolution backwards is one with the kernel turned by half a turn, on slopes framed like its input.
            frame(memory, m.of_y, a, m.pitch, side, shape.torus)
            combine(
                memory, routes, kernel, 9, m.kernels, m.of_y, m.turned, 9 * a, m.zeros,
                m.of_x, m.pitch, b, m.cells, GATE if which > 1 else PLAIN, x, m.inside,
            )  # fmt: skip
    if not shape.nine_tables:
        sum_by_code(memory, m, codes, board, side, b)


@assembled
def pattern_gradient(memory: Any, routes: Any, places: Any, shape: Any) -> None:
    """Add the first block's gradients, given the slopes of its table or of the nine tables, which are cleared."""
    m, a, b = places, shape.a, shape.b
    if shape.nine_tables:
        of_kernel, of_bias, _, _ = block(m.gradient, 1, a, b)
        wide_gradient(memory, routes, m, of_kernel, of_bias, a, b)
    else:
        collect_sums(memory, m, b)
    _, _, narrow, _ = block(m.weights, 0, a, b)
    of_kernel, of_bias, of_narrow, of_narrow_bias = block(m.gradient, 0, a, b)
    zero = memory.dtype.type(0)
    for i in range(b * PATTERNS):
        memory[m.of_table + i] = memory[m.of_table + i] if memory[m.table + i] > zero else zero
    correlate(memory, routes, m.of_table, PATTERNS, m.hidden, m.by_patterns, of_narrow, a, b, a, PATTERNS)
    correlate(memory, routes, m.of_table, PATTERNS, m.ones, m.each, of_narrow_bias, 1, b, 1, PATTERNS)
    combine(
        memory, routes, narrow, 1, m.by_a, m.of_table, m.by_patterns, b, m.zeros,
        m.of_hidden, PATTERNS, a, PATTERNS, GATE, m.hidden, m.ones,
    )  # fmt: skip
    correlate(memory, routes, m.of_hidden, PATTERNS, m.bits, m.by_patterns, of_kernel, 9, a, 9, PATTERNS)
    correlate(memory, routes, m.of_hidden, PATTERNS, m.ones, m.each, of_bias, 1, a, 1, PATTERNS)


@compiled
def place(targets: Any, board: int, memory: Any, first: int, side: int) -> None:
    """Put a board (side, side) into a plane."""
    for r in range(side):
        into = first + r * (side + 2)
        for c in range(side):
            poke(memory, into + c, memory.dtype.type(targets[board, r, c]))


@assembled
def batch_gradient(
    memory: Any, routes: Any, places: Any, shape: Any, codes: Any, targets: Any, boards: Any, update: int
) -> Any:
    """The mean loss of a batch of the network whose weights are in the memory, where its gradient is written.

    Args:
        memory: numbers, as `memory.reserve` makes them.
        routes: its distances.
        places: its places.
        shape: the network.
        codes: (boards, side, side) of the bank.
        targets: (boards, side, side) of the bank.
        boards: (updates, batch), which boards of the bank.
        update: whose batch.
    """
    side, batch = shape.side, boards.shape[1]
    share = memory.dtype.type(1.0 / (batch * side * side))
    memory[places.gradient : places.zeros] = memory.dtype.type(0)
    answer_patterns(memory, routes, places, shape)
    total = 0.0
    for i in range(batch):
        board = boards[update, i]
        forward(memory, routes, places, shape, codes, board)
        place(targets, board, memory, places.target, side)
        total += board_loss(memory, routes, places, share, shape.squared)
        backward(memory, routes, places, shape, codes, board)
    pattern_gradient(memory, routes, places, shape)
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
    work: Any,
    codes: Any,
    targets: Any,
    rows: Any,
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
        work: its working memory.
        codes: (boards, side, side) of the bank.
        targets: (boards, side, side) of the bank.
        rows: (updates, batch), which boards of the bank.
    """
    kind = params.dtype.type
    memory, routes, places = work.numbers, work.routes, work.places
    gradient = memory[places.gradient : places.gradient + params.shape[0]]
    total = 0.0
    for update in range(rows.shape[0]):
        for i in range(params.shape[0]):
            memory[places.weights + i] = params[i] * held[i]
        total += batch_gradient(memory, routes, places, shape, codes, targets, rows, update)
        unbias1 = kind(1 / (1 - adam.b1 ** (done + update + 1)))
        unbias2 = kind(1 / (1 - adam.b2 ** (done + update + 1)))
        adam_step(params, mu, nu, mask, gradient, rates[update], unbias1, unbias2, adam)
    return total / rows.shape[0]


@compiled
def wrong_cells(params: Any, held: Any, shape: Any, work: Any, codes: Any, targets: Any) -> int:
    """How many cells of the screening boards a network has wrong; a logit of 0 or NaN is wrong."""
    memory, routes, places = work.numbers, work.routes, work.places
    for i in range(params.shape[0]):
        memory[places.weights + i] = params[i] * held[i]
    answer_patterns(memory, routes, places, shape)
    wrong = 0
    for board in range(codes.shape[0]):
        forward(memory, routes, places, shape, codes, board)
        for r in range(shape.side):
            for c in range(shape.side):
                z = memory[places.z + r * (shape.side + 2) + c]
                wrong += not (z > 0 if targets[board, r, c] else z < 0)
    return wrong
