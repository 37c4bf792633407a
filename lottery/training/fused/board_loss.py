"""The two losses and their slopes on one plane of logits, one vector of cells at a time.

exp(-u) = 2^-k exp(r) with r = k ln 2 - u within +-ln 2 / 2: Taylor's series, and 2^-k made from its bits. To round
u / ln 2 to a whole k, a number is added that leaves no room for digits behind the point; k is then in its last bits.

The cross-entropy of a logit z and a target t is max(z, 0) - z t + log(1 + e) with e = exp(-|z|). The logarithms of
many cells are that of one product: with q = (1 + e1)(1 + e2) ... - 1 a cell costs q + e (1 + q), which is exact to
rounding for the smallest e, and the logarithm is taken once for all cells of a stretch.
"""

from math import factorial, log, log1p
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from lottery.training.fused.compiling import compiled
from lottery.training.fused.products import INT
from lottery.training.fused.vectors import INT32, Vectors, pointers

STRETCH = 48  # vectors: (1 + e) is at most 2, so that the product of 48 x 16 of them is within what a double holds
MOST = 86.0  # exp(-86) = 4e-38 is the smallest, which a loss does not feel


def _exponential(v: Vectors, z: Any) -> Any:
    """exp(-min(|z|, 86)), exact to rounding; NaN stays NaN."""
    builder, double = v.builder, v.lanes == 8
    digits, bias = (52, 1023) if double else (23, 127)
    whole = ir.VectorType(ir.IntType(64 if double else 32), v.lanes)

    def same(number: int) -> Any:
        return ir.Constant(whole, [whole.element(number)] * v.lanes)

    size = v.where("<", z, v.zero, builder.fsub(v.zero, z), z)
    u = v.where(">", size, v.number(MOST), v.number(MOST), size)
    no_room = v.number(1.5 * 2.0**digits)
    shifted = v.fma(u, v.number(1 / log(2)), no_room)
    r = v.fma(builder.fsub(shifted, no_room), v.number(log(2)), builder.fsub(v.zero, u))
    terms = [v.number(1 / factorial(power)) for power in range(12 if double else 8)]
    tail = terms.pop()
    while terms:
        tail = v.fma(tail, r, terms.pop())
    last_bits = builder.shl(builder.bitcast(shifted, whole), same(digits))
    return builder.fmul(tail, builder.bitcast(builder.sub(same(bias << digits), last_bits), v.kind))


def _total(v: Vectors, vector: Any, join: Any) -> Any:
    """All lanes in double precision, joined in halves."""
    builder, lanes = v.builder, v.lanes
    if lanes > 8:
        vector = builder.fpext(vector, ir.VectorType(ir.DoubleType(), lanes))
    while lanes > 1:
        lanes //= 2
        low, high = (v.shuffle(vector, vector, list(range(start, start + lanes))) for start in (0, lanes))
        vector = join(low, high)
    return builder.extract_element(vector, ir.Constant(INT32, 0))


@intrinsic
def _stretch(
    _: Any, memory: Any, routes: Any, z: Any, target: Any, inside: Any, out: Any, share: Any, squared: Any, cells: Any
) -> Any:
    """The loss without logarithms, and the product of all 1 + e, less 1; the slopes times `share` go to `out`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, _ = pointers(context, builder, signature, arguments)
        logits, targets, board, slopes, part, is_squared, count = arguments[2:]
        v = Vectors(builder, context.get_data_type(signature.args[0].dtype))
        one, shares = v.number(1.0), v.splat(part)
        loss, odds = (cgutils.alloca_once_value(builder, v.zero) for _ in range(2))
        nothing, step = context.get_constant(INT, 0), context.get_constant(INT, v.lanes)

        def add(total: Any, what: Any, times: Any) -> None:
            builder.store(v.fma(what, times, builder.load(total)), total)

        with cgutils.for_range_slice(builder, nothing, count, step, intp=cgutils.intp_t) as (p, _):
            z, t, on = (v.load(numbers, builder.add(at, p)) for at in (logits, targets, board))
            e = _exponential(v, z)
            larger = builder.fdiv(one, builder.fadd(one, e))
            smaller = builder.fmul(e, larger)
            sigmoid = v.where("<", z, v.zero, smaller, larger)
            error = builder.fsub(sigmoid, t)
            weight = builder.fmul(on, shares)
            with builder.if_else(is_squared) as (then, otherwise):
                with then:
                    add(loss, builder.fmul(error, error), on)
                    steep = builder.fmul(builder.fadd(error, error), builder.fmul(smaller, larger))
                    v.store(builder.fmul(steep, weight), numbers, builder.add(slopes, p))
                with otherwise:
                    positive = v.where("<", z, v.zero, v.zero, z)
                    add(loss, builder.fsub(positive, builder.fmul(z, t)), on)
                    add(odds, builder.fmul(e, on), builder.fadd(one, builder.load(odds)))
                    v.store(builder.fmul(error, weight), numbers, builder.add(slopes, p))
        product = _total(v, builder.load(odds), lambda a, b: builder.fadd(builder.fadd(a, b), builder.fmul(a, b)))
        found = _total(v, builder.load(loss), builder.fadd), product
        return context.make_tuple(builder, signature.return_type, found)

    kinds = memory, routes, INT, INT, INT, INT, memory.dtype, types.boolean, INT
    return types.UniTuple(types.float64, 2)(*kinds), generate


@compiled
def board_loss(memory: Any, routes: Any, places: Any, share: Any, squared: bool) -> float:
    """The sum of the loss over a board's cells, their slopes times `share` written to their plane.

    Args:
        memory: the working memory.
        routes: its distances.
        places: its places, of which z, target and inside are read and of_z is written.
        share: what one cell weighs in the mean.
        squared: (sigmoid(z) - t)^2 instead of the binary cross-entropy.
    """
    total, stretch = 0.0, STRETCH * places.lanes
    for p in range(0, places.cells, stretch):
        cells = min(stretch, places.cells - p)
        loss, odds = _stretch(
            memory, routes, places.z + p, places.target + p, places.inside + p, places.of_z + p, share, squared, cells
        )
        total += loss + log1p(odds)
    return total
