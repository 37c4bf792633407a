"""Numbers too small for a normal float, taken as zero: a processor computes with them up to a hundred times slower.

A network that has learned its rule makes many of them. The slopes of its loss are of the size of exp(-|logit|), and
Adam's moments of a weight without a gradient halve until they get there, where rounding keeps them for ever. XLA takes
them as zero on its own threads; here the threads of the kernels are set so, too. No weight feels it: what is dropped is
below 1e-37, and a weight moves by what is left of it over epsilon.
"""

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from lottery.training.fused.compiling import compiled

_X86 = ("x86_64", "amd64", "i386", "i686")
_ARM = ("aarch64", "arm64")
FLUSH_X86 = 1 << 15 | 1 << 6  # of MXCSR: results that are too small, and operands
FLUSH_ARM = 1 << 24  # of FPCR: both


@intrinsic
def _flush(_: Any) -> Any:
    """Set the processor's register for this thread; nothing on processors that we do not know."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def instruction(name: str, result: Any, *taken: Any) -> Any:
            return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, taken), name)

        machine = platform.machine().lower()
        if machine in _X86:
            register = cgutils.alloca_once(builder, ir.IntType(32))
            place = builder.bitcast(register, cgutils.voidptr_t)
            builder.call(instruction("llvm.x86.sse.stmxcsr", ir.VoidType(), place.type), [place])
            builder.store(builder.or_(builder.load(register), ir.IntType(32)(FLUSH_X86)), register)
            builder.call(instruction("llvm.x86.sse.ldmxcsr", ir.VoidType(), place.type), [place])
        elif machine in _ARM:
            number = ir.IntType(64)
            found = builder.call(instruction("llvm.aarch64.get.fpcr", number), [])
            flush = builder.or_(found, number(FLUSH_ARM))
            builder.call(instruction("llvm.aarch64.set.fpcr", ir.VoidType(), number), [flush])
        return context.get_dummy_value()

    return types.void(), generate


@compiled
def flush_denormals() -> None:
    """Take numbers too small for a normal float as zero from now on, in the thread that calls."""
    _flush()
