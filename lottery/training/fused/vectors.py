"""Vector instructions for compiled functions, written out where LLVM does not find them by itself.

A vector is 64 bytes: one register of AVX-512, two of AVX2, four of NEON. What is added up in which order is fixed here
and does not depend on the processor or on what a compiler prefers, so that numbers do not either (a processor without
fused multiplication and addition rounds twice).
"""

from typing import Any

from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

BYTES = 64
INT32 = ir.IntType(32)


def whole_registers() -> bool:
    """Whether a register holds a whole vector on the processor that numba compiles for."""
    asked = config.CPU_FEATURES
    return "+avx512f" in (get_host_cpu_features().flatten() if asked is None else asked).split(",")


class Vectors:
    """Writes instructions on vectors of one type into the function that is being compiled."""

    def __init__(self, builder: Any, scalar: Any) -> None:
        self.builder, self.scalar = builder, scalar
        self.lanes = BYTES // (8 if isinstance(scalar, ir.DoubleType) else 4)
        self.kind = ir.VectorType(scalar, self.lanes)
        self.zero = ir.Constant(self.kind, None)

    def load(self, memory: Any, at: Any) -> Any:
        """The vector that starts at memory[at]."""
        cell = self.builder.gep(memory, [at])
        return self.builder.load(self.builder.bitcast(cell, self.kind.as_pointer()), align=BYTES // self.lanes)

    def store(self, vector: Any, memory: Any, at: Any) -> None:
        """Write a vector to memory[at] and after."""
        cell = self.builder.gep(memory, [at])
        self.builder.store(vector, self.builder.bitcast(cell, self.kind.as_pointer()), align=BYTES // self.lanes)

    def splat(self, value: Any) -> Any:
        """A vector of one value."""
        first = self.builder.insert_element(ir.Constant(self.kind, ir.Undefined), value, ir.Constant(INT32, 0))
        return self.shuffle(first, first, [0] * self.lanes)

    def number(self, value: float) -> Any:
        """A vector of one constant."""
        return ir.Constant(self.kind, [self.scalar(value)] * self.lanes)

    def shuffle(self, a: Any, b: Any, places: list[int]) -> Any:
        """Lanes of two vectors by their places in the one after the other."""
        mask = ir.Constant(ir.VectorType(INT32, len(places)), [INT32(place) for place in places])
        return self.builder.shuffle_vector(a, b, mask)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """Multiply and add, a b + c."""
        kind = ir.FunctionType(self.kind, [self.kind] * 3)
        name = f"llvm.fmuladd.v{self.lanes}f{8 * BYTES // self.lanes}"
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), [a, b, c])

    def where(self, relation: str, a: Any, b: Any, then: Any, otherwise: Any) -> Any:
        """Lane by lane `then` where a stands in the relation to b, which a NaN never does, else `otherwise`."""
        return self.builder.select(self.builder.fcmp_ordered(relation, a, b), then, otherwise)

    def transpose(self, vectors: list[Any]) -> list[Any]:
        """As many vectors as each has lanes, as a square whose rows become columns."""
        size = self.lanes
        half = size // 2
        while half:
            turned = list(vectors)
            for i in range(size):
                if not i & half:
                    a, b = vectors[i], vectors[i + half]
                    upper = [(j if not j & half else size + j - half) for j in range(size)]
                    lower = [(j + half if not j & half else size + j) for j in range(size)]
                    turned[i], turned[i + half] = self.shuffle(a, b, upper), self.shuffle(a, b, lower)
            vectors, half = turned, half // 2
        return vectors

    def sums(self, vectors: list[Any]) -> list[Any]:
        """The sum of each vector's lanes as scalars, added up in pairs."""
        found = []
        for start in range(0, len(vectors), self.lanes):
            some = vectors[start : start + self.lanes]
            count = len(some)
            some = some + [self.zero] * (self.lanes - count)
            while len(some) > 1:
                even, odd = list(range(0, 2 * self.lanes, 2)), list(range(1, 2 * self.lanes, 2))
                some = [
                    self.builder.fadd(self.shuffle(a, b, even), self.shuffle(a, b, odd))
                    for a, b in zip(some[::2], some[1::2], strict=True)
                ]
            found += [self.builder.extract_element(some[0], ir.Constant(INT32, i)) for i in range(count)]
        return found


def pointers(context: Any, builder: Any, signature: Any, arguments: Any, count: int = 2) -> list[Any]:
    """Where the first `count` arguments, which are arrays, have their numbers."""
    pairs = zip(signature.args[:count], arguments[:count], strict=True)
    return [context.make_array(kind)(context, builder, value).data for kind, value in pairs]


@intrinsic
def peek(_: Any, memory: Any, at: Any) -> Any:
    """memory[at] of a flat array without Python's negative indices, which cost several times what a load does."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (numbers,) = pointers(context, builder, signature, arguments, 1)
        return builder.load(builder.gep(numbers, [arguments[1]]))

    return memory.dtype(memory, types.intp), generate


@intrinsic
def poke(_: Any, memory: Any, at: Any, value: Any) -> Any:
    """memory[at] = value likewise."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (numbers,) = pointers(context, builder, signature, arguments, 1)
        builder.store(arguments[2], builder.gep(numbers, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(memory, types.intp, memory.dtype), generate
