"""The two products that a training consists of, in tiles that stay in registers, on numbers in one flat memory.

    combine     y[o] = start[o] + sum over j of weights[o, j] x[j], for every cell: convolutions forward and backward
    correlate   g[o, j] += sum over cells of d[o] x[j]: the gradients of their weights

`x[j]` is a vector of cells anywhere in the memory: `routes`, a second memory, of integers, lists where each begins. The
channels of a 1x1 convolution lie one plane apart; those of a 3x3 convolution are read at nine places each, a cell to
the left, above and so on. The same lists serve `weights`. So one function does all that layers do.

A tile of four outputs and four vectors of cells is added up over all j in sixteen registers, and written once.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from lottery.training.fused.compiling import compiled
from lottery.training.fused.vectors import BYTES, Vectors, pointers, whole_registers

PLAIN, RELU, GATE = 0, 1, 2  # what becomes of a sum before it is written
INT = types.intp


def _combining_tile(outputs: int, vectors: int, of_planes: bool) -> Any:
    """`combine` for so many outputs and vectors of cells; `of_planes` with a start for each output and a finish."""

    @intrinsic
    def tile(
        _: Any,
        memory: Any,
        routes: Any,
        weights: Any,
        weights_step: Any,
        of_weights: Any,
        x: Any,
        of_x: Any,
        terms: Any,
        start: Any,
        y: Any,
        y_step: Any,
        finish: Any,
        answer: Any,
        inside: Any,
        x_next: Any,
        y_next: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            numbers, places = pointers(context, builder, signature, arguments)
            w, w_step, of_w, at_x, of_columns, count, begin, into, step, mode, mask, board, x_far, y_far = arguments[2:]
            v = Vectors(builder, context.get_data_type(signature.args[0].dtype))

            def multiples(distance: Any, many: int) -> list[Any]:
                return [builder.mul(distance, context.get_constant(INT, i)) for i in range(many)]

            lane = [context.get_constant(INT, n * v.lanes) for n in range(vectors)]
            row, w_row = multiples(step, outputs), multiples(w_step, outputs)
            x_lane, y_lane = (lane, lane) if of_planes else (multiples(x_far, vectors), multiples(y_far, vectors))

            def entry(of: Any, start: Any, j: Any) -> Any:
                return builder.load(builder.gep(of, [builder.add(start, j)]))

            sums = [[cgutils.alloca_once(builder, v.kind) for _ in lane] for _ in row]
            for m in range(outputs):
                for n in range(vectors):
                    first = (
                        v.splat(entry(numbers, begin, context.get_constant(INT, m)))
                        if of_planes
                        else v.load(numbers, builder.add(begin, lane[n]))
                    )
                    builder.store(first, sums[m][n])
            with cgutils.for_range(builder, count, intp=cgutils.intp_t) as loop:
                column = builder.add(at_x, entry(places, of_columns, loop.index))
                factor = builder.add(w, entry(places, of_w, loop.index))
                xs = [v.load(numbers, builder.add(column, offset)) for offset in x_lane]
                for m in range(outputs):
                    factors = v.splat(entry(numbers, factor, w_row[m]))
                    for n in range(vectors):
                        builder.store(v.fma(factors, xs[n], builder.load(sums[m][n])), sums[m][n])

            def write(finished: Any) -> None:
                for m in range(outputs):
                    for n in range(vectors):
                        at = builder.add(row[m], y_lane[n])
                        v.store(finished(builder.load(sums[m][n]), at, lane[n]), numbers, builder.add(into, at))

            if of_planes:
                _write_finished(v, numbers, mode, mask, board, write)
            else:
                write(lambda total, *_: total)
            return context.get_dummy_value()

        return types.void(memory, routes, *(INT,) * 14), generate

    return tile


def _write_finished(v: Vectors, numbers: Any, mode: Any, answer: Any, inside: Any, write: Any) -> None:
    """Have sums written as the mode says: `write` takes a function of a sum, its place in the tile and its cell."""
    builder = v.builder

    def relu(total: Any, *_: Any) -> Any:
        return v.where("<", total, v.zero, v.zero, total)

    def gate(total: Any, at: Any, cell: Any) -> Any:
        kept = builder.fmul(total, v.load(numbers, builder.add(inside, cell)))
        return v.where(">", v.load(numbers, builder.add(answer, at)), v.zero, kept, v.zero)

    def is_mode(number: int) -> Any:
        return builder.icmp_signed("==", mode, ir.Constant(mode.type, number))

    with builder.if_else(is_mode(GATE)) as (gated, other):
        with gated:
            write(gate)
        with other, builder.if_else(is_mode(RELU)) as (positive, plain):
            with positive:
                write(relu)
            with plain:
                write(lambda total, *_: total)


def _correlating_tile(outputs: int, columns: int) -> Any:
    """`correlate` for so many outputs and columns."""

    @intrinsic
    def tile(
        _: Any,
        memory: Any,
        routes: Any,
        d: Any,
        d_step: Any,
        x: Any,
        of_x: Any,
        g: Any,
        g_step: Any,
        cells: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            numbers, places = pointers(context, builder, signature, arguments)
            slope, step, at_x, of_columns, into, into_step, count = arguments[2:]
            v = Vectors(builder, context.get_data_type(signature.args[0].dtype))

            def offsets(at: Any, by: Any, many: int) -> list[Any]:
                return [builder.add(at, builder.mul(by, context.get_constant(INT, m))) for m in range(many)]

            rows = offsets(slope, step, outputs)
            listed = offsets(of_columns, context.get_constant(INT, 1), columns)
            starts = [builder.add(at_x, builder.load(builder.gep(places, [at]))) for at in listed]
            sums = [[cgutils.alloca_once_value(builder, v.zero) for _ in starts] for _ in rows]
            lanes = context.get_constant(INT, v.lanes)
            with cgutils.for_range_slice(builder, context.get_constant(INT, 0), count, lanes, intp=cgutils.intp_t) as (
                p,
                _,
            ):
                ds = [v.load(numbers, builder.add(row, p)) for row in rows]
                for j, start in enumerate(starts):
                    x = v.load(numbers, builder.add(start, p))
                    for m in range(outputs):
                        builder.store(v.fma(ds[m], x, builder.load(sums[m][j])), sums[m][j])
            totals = v.sums([builder.load(one) for of_row in sums for one in of_row])
            for m, of_row in enumerate(offsets(into, into_step, outputs)):
                for j in range(columns):
                    cell = builder.gep(numbers, [builder.add(of_row, context.get_constant(INT, j))])
                    builder.store(builder.fadd(builder.load(cell), totals[m * columns + j]), cell)
            return context.get_dummy_value()

        return types.void(memory, routes, *(INT,) * 7), generate

    return tile


# Sizes of tiles: what is added up stays in registers, and only AVX-512 has 32 registers of a whole vector. They change
# the order of no sum.
VECTORS = 4 if whole_registers() else 1  # of cells
TILES = ((4, 4), (2, 9), (1, 9)) if whole_registers() else ((2, 3), (2, 3), (1, 5))  # outputs, columns of a correlation
MOST_ROWS = 3 if whole_registers() else 1  # vectors of rows
ROWS = 8 if whole_registers() else 2  # outputs for several vectors; twice as many for one

combine_four, combine_two, combine_one = (_combining_tile(outputs, VECTORS, True) for outputs in (4, 2, 1))
rows_by_three, rows_by_two, rows_by_one = (_combining_tile(ROWS, vectors, False) for vectors in (3, 2, 1))
twice_rows_by_one, row_by_one = (_combining_tile(outputs, 1, False) for outputs in (2 * ROWS, 1))
(correlate_many, correlate_two, correlate_one) = (_correlating_tile(*shape) for shape in TILES)
(column_of_many, column_of_two, column_of_one) = (_correlating_tile(outputs, 1) for outputs, _ in TILES)


@compiled
def combine(
    memory: Any,
    routes: Any,
    weights: int,
    weights_step: int,
    of_weights: int,
    x: int,
    of_x: int,
    terms: int,
    start: int,
    y: int,
    y_step: int,
    outputs: int,
    cells: int,
    finish: int,
    answer: int,
    inside: int,
) -> None:
    """Write finish(start[o] + sum over j of weights[o, j] x[j]) for every output and cell.

    Args:
        memory: all numbers; the other arguments are places in it and distances.
        routes: lists of distances.
        weights: that of output 0 and a distance of 0.
        weights_step: from one output's to the next one's.
        of_weights: where `routes` lists the distances of the terms' weights.
        x: a distance of 0.
        of_x: where `routes` lists the distances of the terms' vectors.
        terms: how many.
        start: one number for each output.
        y: output 0.
        y_step: from one output to the next.
        outputs: how many.
        cells: how many, a multiple of four vectors.
        finish: PLAIN, RELU, or GATE: times `inside`, and 0 where `answer` is not above 0.
        answer: laid out as y.
        inside: one number for each cell.
    """
    tile = VECTORS * BYTES // memory.itemsize
    for p in range(0, cells, tile):
        o = 0
        while o < outputs:
            w, into, mask = weights + o * weights_step, y + o * y_step + p, answer + o * y_step + p
            if o + 4 <= outputs:
                combine_four(
                    memory, routes, w, weights_step, of_weights, x + p, of_x, terms, start + o, into, y_step,
                    finish, mask, inside + p, 0, 0,
                )  # fmt: skip
                o += 4
            elif o + 2 <= outputs:
                combine_two(
                    memory, routes, w, weights_step, of_weights, x + p, of_x, terms, start + o, into, y_step,
                    finish, mask, inside + p, 0, 0,
                )  # fmt: skip
                o += 2
            else:
                combine_one(
                    memory, routes, w, weights_step, of_weights, x + p, of_x, terms, start + o, into, y_step,
                    finish, mask, inside + p, 0, 0,
                )  # fmt: skip
                o += 1


@compiled
def combine_rows(
    memory: Any,
    routes: Any,
    weights: int,
    weights_step: int,
    of_weights: int,
    x: int,
    of_x: int,
    terms: int,
    start: int,
    y: int,
    y_step: int,
    outputs: int,
    vectors: int,
    x_next: int,
    y_next: int,
) -> None:
    """The same for `vectors` in place of cells, `x_next` and `y_next` apart, with one `start` for all outputs."""
    lanes = BYTES // memory.itemsize
    n = 0
    while n < vectors:
        some = min(MOST_ROWS, vectors - n)
        o = 0
        while o < outputs:
            w, into = weights + o * weights_step, y + n * y_next + o * y_step
            from_x, begin = x + n * x_next, start + n * lanes
            if some == 1 and o + 2 * ROWS <= outputs:
                twice_rows_by_one(
                    memory, routes, w, weights_step, of_weights, from_x, of_x, terms, begin, into, y_step,
                    PLAIN, 0, 0, x_next, y_next,
                )  # fmt: skip
                o += 2 * ROWS
            elif o + ROWS > outputs:
                for i in range(some):
                    row_by_one(
                        memory, routes, w, weights_step, of_weights, from_x + i * x_next, of_x, terms,
                        begin + i * lanes, into + i * y_next, y_step, PLAIN, 0, 0, x_next, y_next,
                    )  # fmt: skip
                o += 1
            elif some == 3:
                rows_by_three(
                    memory, routes, w, weights_step, of_weights, from_x, of_x, terms, begin, into, y_step,
                    PLAIN, 0, 0, x_next, y_next,
                )  # fmt: skip
                o += ROWS
            elif some == 2:
                rows_by_two(
                    memory, routes, w, weights_step, of_weights, from_x, of_x, terms, begin, into, y_step,
                    PLAIN, 0, 0, x_next, y_next,
                )  # fmt: skip
                o += ROWS
            else:
                rows_by_one(
                    memory, routes, w, weights_step, of_weights, from_x, of_x, terms, begin, into, y_step,
                    PLAIN, 0, 0, x_next, y_next,
                )  # fmt: skip
                o += ROWS
        n += some


@compiled
def correlate(
    memory: Any,
    routes: Any,
    d: int,
    d_step: int,
    x: int,
    of_x: int,
    g: int,
    g_step: int,
    outputs: int,
    columns: int,
    cells: int,
) -> None:
    """Add the sum over cells of d[o] x[j] to every g[o, j].

    Args:
        memory: all numbers; the other arguments are places in it and distances.
        routes: lists of distances.
        d: output 0.
        d_step: from one output to the next.
        x: a distance of 0.
        of_x: where `routes` lists the distances of the columns' vectors.
        g: that of output 0 and column 0; columns lie side by side.
        g_step: from one output's to the next one's.
        outputs: how many.
        columns: how many.
        cells: how many, a multiple of a vector.
    """
    (most, columns_of_many), (two, columns_of_two), (_, columns_of_one) = TILES
    o = 0
    while o < outputs:
        many = most if o + most <= outputs else two if o + two <= outputs else 1
        some = columns_of_many if many == most else columns_of_two if many == two else columns_of_one
        row = d + o * d_step
        j = 0
        while j < columns:
            whole = j + some <= columns
            into = g + o * g_step + j
            if many == most:
                if whole:
                    correlate_many(memory, routes, row, d_step, x, of_x + j, into, g_step, cells)
                else:
                    column_of_many(memory, routes, row, d_step, x, of_x + j, into, g_step, cells)
            elif many == two:
                if whole:
                    correlate_two(memory, routes, row, d_step, x, of_x + j, into, g_step, cells)
                else:
                    column_of_two(memory, routes, row, d_step, x, of_x + j, into, g_step, cells)
            elif whole:
                correlate_one(memory, routes, row, d_step, x, of_x + j, into, g_step, cells)
            else:
                column_of_one(memory, routes, row, d_step, x, of_x + j, into, g_step, cells)
            j += some if whole else 1
        o += many
