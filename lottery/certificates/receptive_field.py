"""On which cells a network's answers depend: its traced program run on random numbers instead of cells.

A proof by windows needs three facts about a network that is known only as a program: an answer depends on no cell
outside its window, it is the same function of the window wherever on the board and on whichever board of a batch that
is, and boards of several sizes are treated alike. Calling the network cannot show them, because a cell may matter only
together with others. Its program can. Cells are replaced by random 32-bit numbers, and

    a function of single numbers (relu, +, a comparison, ...) by a random function of them,
    a product of arrays or a convolution by the sum of the products of random functions of its factors,
    a sum or a maximum over axes by the sum of random functions of its terms,

all modulo 2^32. What only moves numbers (slices, padding, transposition, ...) does just that. So two results agree only
where they are the same expression of the same cells (but for a chance of about 2^-32), whatever the values of the
weights are. A program with anything else in it, such as a loop, is not understood, and nothing is claimed of it.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, UInt32

Codes = UInt32[np.ndarray, "..."]

# fmt: off
_SINGLE = (
    "abs", "acos", "acosh", "add", "and", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clamp",
    "convert_element_type", "copy", "cos", "cosh", "div", "eq", "erf", "erfc", "erf_inv", "exp", "exp2", "expm1",
    "floor", "ge", "gt", "integer_pow", "is_finite", "le", "log", "log1p", "logistic", "lt", "max", "min", "mul",
    "ne", "neg", "not", "or", "pow", "rem", "round", "rsqrt", "select_n", "sign", "sin", "sinh", "sqrt", "square",
    "sub", "tan", "tanh", "xor"
)
_MOVING = (
    "broadcast_in_dim", "concatenate", "expand_dims", "pad", "reshape", "rev", "slice", "split", "squeeze",
    "transpose"
)
_OVER_AXES = (
    "reduce_and", "reduce_max", "reduce_min", "reduce_or", "reduce_prod", "reduce_sum"
)
_PRODUCTS = (
    "conv_general_dilated", "dot_general"
)
_CALLS = (
    "checkpoint", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "jit", "pjit", "remat2"
)
# fmt: on


class UnknownProgramError(Exception):
    """A network of which it cannot be shown that a window decides its answers; says why."""


class _Formal(NamedTuple):
    """What stands for an array that depends on the board; all other arrays are known."""

    codes: Codes


def window_radius(
    function: Callable[[Any, Array], Array], params: Any, shapes: Sequence[tuple[int, int, int]], most: int
) -> int:
    """How far from a cell the cells lie that its answer depends on, the same on all boards of a torus.

    Args:
        function: (parameters, boards (batch, height, width)) -> answers of the boards' shape.
        params: the shapes and types of its parameters; their values play no part. Boards have the type of the first.
        shapes: of the boards on which it is looked at, sides of at least 2 * most + 2.
        most: the largest radius that is looked for.

    Returns:
        The radius r: an answer is one and the same function of the 2r+1 by 2r+1 cells around its cell.

    Raises:
        UnknownProgramError: where that cannot be shown.
    """
    try:
        processor = jax.local_devices(backend="cpu")[0]
    except RuntimeError as error:  # accelerators know no convolution of integers
        raise UnknownProgramError("its program can be looked at on a CPU only, and jax was started without") from error
    with jax.default_device(processor):
        return _common_radius(function, params, shapes, most)


def _common_radius(
    function: Callable[[Any, Array], Array], params: Any, shapes: Sequence[tuple[int, int, int]], most: int
) -> int:
    rng = np.random.default_rng(0)
    leaves = jax.tree.leaves(params)
    weights = [_Formal(_random(rng, leaf.shape)) for leaf in leaves]
    window = _random(rng, (2 * most + 1, 2 * most + 1))
    radii, answers = set(), set()
    for shape in shapes:
        program = jax.make_jaxpr(function)(params, jax.ShapeDtypeStruct(shape, leaves[0].dtype))

        def run(cells: Codes, program: Any = program) -> Codes:
            return _codes(_run(program.jaxpr, program.consts, [*weights, _Formal(cells)])[0])

        middle = (0, shape[1] // 2, shape[2] // 2)
        cells = _random(rng, shape)
        cells[_around(middle, most)] = window
        found = run(cells)
        for axis in range(3):
            if not np.array_equal(run(np.roll(cells, 1, axis)), np.roll(found, 1, axis)):
                where = "where on the board its cell is" if axis else "which board of a batch it is"
                raise UnknownProgramError(f"an answer may depend on {where}")
        radii.add(_radius(run, cells, found, middle, most, rng))
        answers.add(int(found[middle]))
    if len(answers) > 1:
        raise UnknownProgramError("boards of different sizes may be treated differently")
    return max(radii)


def _around(place: tuple[int, int, int], radius: int) -> tuple[int | slice, ...]:
    return (place[0], *(slice(centre - radius, centre + radius + 1) for centre in place[1:]))


def _radius(
    run: Callable[[Codes], Codes],
    cells: Codes,
    found: Codes,
    middle: tuple[int, int, int],
    most: int,
    rng: np.random.Generator,
) -> int:
    """The smallest window outside of which all cells can change without the answer in its middle changing."""
    for radius in range(most + 1):
        changed = _random(rng, cells.shape)
        changed[_around(middle, radius)] = cells[_around(middle, radius)]
        if run(changed)[middle] == found[middle]:
            return radius
    raise UnknownProgramError(f"an answer may depend on cells more than {most} away")


def _random(rng: np.random.Generator, shape: tuple[int, ...]) -> Codes:
    return rng.integers(2**32, size=shape, dtype=np.uint32)


def _mix(codes: Codes, more: Codes | int = 0) -> Codes:
    """A random function of numbers, and of a second one: the finaliser of MurmurHash3 (Appleby, public domain)."""
    with np.errstate(over="ignore"):
        # The finaliser leaves 0 as it is: something is added first.
        mixed = (
            np.asarray(codes, np.uint32) * np.uint32(0x9E3779B1) + np.asarray(more, np.uint32) + np.uint32(0x6A09E667)
        )
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
            mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    return np.asarray(mixed)


def _codes(value: Any) -> Codes:
    """What stands for an array; that of a known one is a random function of its values."""
    if isinstance(value, _Formal):
        return value.codes
    array = np.asarray(value)
    if array.dtype.itemsize < 4:
        array = array.astype(np.float32 if jnp.issubdtype(array.dtype, jnp.floating) else np.int32)
    words = np.ascontiguousarray(array).view(np.uint32).reshape(*array.shape, -1)
    codes = np.zeros(array.shape, np.uint32)
    for word in range(words.shape[-1]):
        codes = _mix(codes, words[..., word])
    return codes


def _run(jaxpr: Any, constants: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
    """Evaluate a program of which some arguments are formal."""
    values: dict[Any, Any] = {}
    values.update(zip(jaxpr.constvars, constants, strict=True))
    values.update(zip(jaxpr.invars, arguments, strict=True))
    for equation in jaxpr.eqns:
        inputs = [each.val if hasattr(each, "val") else values[each] for each in equation.invars]
        values.update(zip(equation.outvars, _step(equation, inputs), strict=True))
    return [each.val if hasattr(each, "val") else values[each] for each in jaxpr.outvars]


def _step(equation: Any, inputs: list[Any]) -> Sequence[Any]:
    """The results of one operation."""
    name, params = equation.primitive.name, equation.params
    if name in _CALLS:
        inner = next(params[key] for key in ("jaxpr", "call_jaxpr") if key in params)
        if hasattr(inner, "consts"):
            return _run(inner.jaxpr, inner.consts, inputs)
        return _run(inner, [], inputs)
    if not any(isinstance(each, _Formal) for each in inputs):
        found = equation.primitive.bind(*inputs, **params)
        return found if equation.primitive.multiple_results else [found]
    codes = [_codes(each) for each in inputs]
    # The name and the settings of an operation belong to the random function that stands for it.
    tag = crc32(f"{name} {sorted(params.items())}".encode())
    if name in _SINGLE:
        mixed: Codes = np.asarray(tag, np.uint32)
        for each in codes:
            mixed = _mix(mixed, each)
        return [_Formal(mixed)]
    if name in _MOVING:
        found = equation.primitive.bind(*codes, **params)
        return [_Formal(np.asarray(each)) for each in (found if equation.primitive.multiple_results else [found])]
    if name in _OVER_AXES:
        summed = np.asarray(np.sum(_mix(codes[0], tag), axis=params["axes"], dtype=np.uint32))
        return [_Formal(_mix(summed, tag))]
    if name in _PRODUCTS:
        # Odd factors on one side: a product with an even one would forget bits of the other.
        factors = _mix(codes[0], tag), _mix(codes[1], tag + 1 & 0xFFFFFFFF) | np.uint32(1)
        plain = {**params, "precision": None, "preferred_element_type": None}
        return [_Formal(_mix(np.asarray(equation.primitive.bind(*factors, **plain)), tag))]
    raise UnknownProgramError(f"its program holds the operation {name}, which is not followed")
