"""The first block as a table with 512 columns; for wide networks the second 3x3 convolution as nine tables.

With T the first block's answers (b, 512), what the second 3x3 receives from its neighbour k is W_k T[:, code]: a vector
of `a` features that depends on the neighbour's code alone. Nine tables hold these vectors, so that a cell costs nine
additions of vectors instead of 9 a b multiplications. Backwards each cell adds its slope to nine rows, and the tables'
own gradients cost a fixed 512 cells' worth of work. In the tables features come last in memory, one vector of them
after the other; a square of so many cells and features is turned in registers on the way from and to the planes.

Outside a zero-padded board the code is OUTSIDE, whose row is zero.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lottery.training.fused.compiling import compiled
from lottery.training.fused.memory import OUTSIDE, PATTERNS
from lottery.training.fused.products import INT, combine_rows
from lottery.training.fused.vectors import Vectors, peek, pointers, poke

INTEGER = ir.IntType(64)


def _square(builder: Any, at: Any, step: Any, lanes: int) -> list[Any]:
    """Where each plane of a square of cells and features begins: `step` apart from `at` on."""
    return [builder.add(at, builder.mul(step, INTEGER(o))) for o in range(lanes)]


def _neighbours(builder: Any, places: Any, framed: Any, row: Any, wide: Any, lanes: int) -> Any:
    """A function of a cell in the square and of k: where table k has the row of its neighbour's code."""
    size = INTEGER((PATTERNS + 1) * lanes)
    tables = [builder.add(wide, builder.mul(size, INTEGER(k))) for k in range(9)]
    shifts = [builder.add(builder.mul(row, INTEGER(k // 3 - 1)), INTEGER(k % 3 - 1)) for k in range(9)]
    firsts = [builder.gep(places, [builder.add(framed, shift)]) for shift in shifts]
    return lambda cell, k: builder.add(tables[k], builder.load(builder.gep(firsts[k], [INTEGER(cell)])))


@intrinsic
def _add_nine(_: Any, memory: Any, routes: Any, wide: Any, framed: Any, row: Any, y: Any, step: Any) -> Any:
    """For one square: y = ReLU of the sum over nine neighbours k of the rows of their codes in wide[k]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, places = pointers(context, builder, signature, arguments)
        table, codes, width, into, pitch = arguments[2:]
        v = Vectors(builder, context.get_data_type(signature.args[0].dtype))
        row_of = _neighbours(builder, places, codes, width, table, v.lanes)
        cells = []
        for cell in range(v.lanes):
            total = v.load(numbers, row_of(cell, 0))
            for k in range(1, 9):
                total = builder.fadd(total, v.load(numbers, row_of(cell, k)))
            cells.append(total)
        planes = _square(builder, into, pitch, v.lanes)
        for at, total in zip(planes, v.transpose(cells), strict=True):
            v.store(v.where("<", total, v.zero, v.zero, total), numbers, at)
        return context.get_dummy_value()

    return types.void(memory, routes, *(INT,) * 5), generate


@intrinsic
def _spread_nine(_: Any, memory: Any, routes: Any, wide: Any, framed: Any, row: Any, y: Any, step: Any) -> Any:
    """The gradient of `_add_nine`: each cell's slopes are added to its nine tables, at its neighbours' codes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, places = pointers(context, builder, signature, arguments)
        table, codes, width, into, pitch = arguments[2:]
        v = Vectors(builder, context.get_data_type(signature.args[0].dtype))
        row_of = _neighbours(builder, places, codes, width, table, v.lanes)
        planes = _square(builder, into, pitch, v.lanes)
        for cell, slope in enumerate(v.transpose([v.load(numbers, at) for at in planes])):
            for k in range(9):
                at = row_of(cell, k)
                v.store(builder.fadd(v.load(numbers, at), slope), numbers, at)
        return context.get_dummy_value()

    return types.void(memory, routes, *(INT,) * 5), generate


@compiled
def frame_codes(routes: Any, places: Any, codes: Any, board: int, side: int, torus: bool) -> None:
    """A board's codes as distances in a table, in a frame of the opposite edges on a torus, else of OUTSIDE."""
    row, lanes, start = side + 2, places.lanes, places.framed
    outside = OUTSIDE * lanes
    last = start + (side - 1) * row
    for r in range(side):
        for c in range(side):
            poke(routes, start + r * row + c, types.intp(codes[board, r, c]) * lanes)
    for c in range(side):
        poke(routes, start - row + c, peek(routes, last + c) if torus else outside)
        poke(routes, last + row + c, peek(routes, start + c) if torus else outside)
    for r in range(-1, side + 1):
        left = start + r * row
        poke(routes, left - 1, peek(routes, left + side - 1) if torus else outside)
        poke(routes, left + side, peek(routes, left) if torus else outside)


@compiled
def add_nine(memory: Any, routes: Any, places: Any, side: int) -> None:
    """The second block's 3x3 and ReLU from the nine tables, into its planes."""
    for block in range(places.blocks):
        wide = places.wide + block * 9 * (PATTERNS + 1) * places.lanes
        y = places.y + block * places.lanes * places.pitch
        for p in range(0, places.cells, places.lanes):
            _add_nine(memory, routes, wide, places.framed + p, side + 2, y + p, places.pitch)


@compiled
def spread_nine(memory: Any, routes: Any, places: Any, side: int) -> None:
    """Add the slopes of the second block's 3x3 to those of the nine tables."""
    for block in range(places.blocks):
        wide = places.of_wide + block * 9 * (PATTERNS + 1) * places.lanes
        y = places.of_y + block * places.lanes * places.pitch
        for p in range(0, places.cells, places.lanes):
            _spread_nine(memory, routes, wide, places.framed + p, side + 2, y + p, places.pitch)


@compiled
def fill_wide(memory: Any, routes: Any, places: Any, kernel: int, bias: int, a: int, b: int) -> None:
    """wide[k, code, o] = sum over c of kernel[o, c, k] table[c, code]; the middle neighbour's has the bias as well."""
    lanes, columns = places.lanes, places.columns
    for o in range(a):
        block, lane = o // lanes, o % lanes
        poke(memory, places.part + o, peek(memory, bias + o))
        for c in range(b):
            for k in range(9):
                weight = peek(memory, kernel + (o * b + c) * 9 + k)
                poke(memory, places.kernel_rows + ((block * 9 + k) * b + c) * lanes + lane, weight)
                poke(memory, places.kernel_columns + ((block * 9 + k) * lanes + lane) * columns + c, weight)
    one, all_nine = (PATTERNS + 1) * lanes, 9 * (PATTERNS + 1) * lanes
    for k in range(9):
        combine_rows(
            memory, routes, places.table, 1, places.by_patterns, places.kernel_rows + k * b * lanes, places.by_lanes, b,
            places.part if k == 4 else places.zeros, places.wide + k * one, lanes, PATTERNS,
            places.blocks, 9 * b * lanes, all_nine,
        )  # fmt: skip


@compiled
def wide_gradient(memory: Any, routes: Any, places: Any, of_kernel: int, of_bias: int, a: int, b: int) -> None:
    """From the nine tables' slopes to those of the kernel, its bias and the first block's table; clears the former."""
    lanes, columns = places.lanes, places.columns
    one, all_nine, part = (PATTERNS + 1) * lanes, 9 * (PATTERNS + 1) * lanes, (b + 1) * lanes
    for k in range(9):
        # Every cell is the middle neighbour once, and of itself: below the table of answers are ones for the bias.
        combine_rows(
            memory, routes, places.table, PATTERNS, places.each, places.of_wide + k * one, places.by_lanes, PATTERNS,
            places.zeros, places.part, lanes, b + 1 if k == 4 else b, places.blocks, all_nine, part,
        )  # fmt: skip
        for o in range(a):
            at = places.part + o // lanes * part + o % lanes
            for c in range(b):
                weight = of_kernel + (o * b + c) * 9 + k
                poke(memory, weight, peek(memory, weight) + peek(memory, at + c * lanes))
            if k == 4:
                poke(memory, of_bias + o, peek(memory, of_bias + o) + peek(memory, at + b * lanes))
    combine_rows(
        memory, routes, places.of_wide, lanes, places.all_wide, places.kernel_columns, places.by_columns,
        places.blocks * 9 * lanes, places.zeros, places.sums, columns, PATTERNS, columns // lanes, lanes, lanes,
    )  # fmt: skip
    for c in range(b):
        for code in range(PATTERNS):
            poke(memory, places.of_table + c * PATTERNS + code, peek(memory, places.sums + code * columns + c))
    memory[places.of_wide : places.of_wide + places.blocks * all_nine] = 0


@compiled
def look_up(memory: Any, places: Any, codes: Any, board: int, side: int, b: int) -> None:
    """Planes of the table's answers: x[c] at every cell of the board is table[c, code]; the frame is left alone."""
    for c in range(b):
        answers, plane = places.table + c * PATTERNS, places.x + c * places.pitch
        for r in range(side):
            into = plane + r * (side + 2)
            for p in range(side):
                poke(memory, into + p, peek(memory, answers + codes[board, r, p]))


@compiled
def sum_by_code(memory: Any, places: Any, codes: Any, board: int, side: int, b: int) -> None:
    """Add each cell's slope to its code's sum, cells side by side to different ones: equal codes need not wait."""
    copy = b * PATTERNS
    for c in range(b):
        plane, sums = places.of_x + c * places.pitch, places.sums + c * PATTERNS
        for r in range(side):
            of = plane + r * (side + 2)
            for p in range(0, side - 3, 4):
                for i in range(4):
                    at = sums + i * copy + codes[board, r, p + i]
                    poke(memory, at, peek(memory, at) + peek(memory, of + p + i))
            for p in range(side - side % 4, side):
                at = sums + codes[board, r, p]
                poke(memory, at, peek(memory, at) + peek(memory, of + p))


@compiled
def collect_sums(memory: Any, places: Any, b: int) -> None:
    """The table's slopes from the four sums by code, which are cleared."""
    copy, zero = b * PATTERNS, memory.dtype.type(0)
    for i in range(copy):
        at = places.sums + i
        some = peek(memory, at) + peek(memory, at + copy)
        poke(memory, places.of_table + i, some + (peek(memory, at + 2 * copy) + peek(memory, at + 3 * copy)))
    for i in range(4 * copy):
        poke(memory, places.sums + i, zero)
