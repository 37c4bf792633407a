"""The fast way to evolve boards: 32 cells of a row in one word, neighbours of all 32 added at once by bitwise adders.

A board of height x width is height x words of uint32, words = ceil(width / 32); bit k of word j is column 32 j + k,
and bits past the last column are never looked at.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Int, Shaped, UInt32

from gol.arrays import AnyArray
from gol.logic import apply_rule
from gol.rules import Rule

BITS = 32
"""Cells per word: jax has 64-bit words only in x64 mode, and vector units are as fast on twice as many of 32 bits."""

Words = UInt32[jax.Array, "_ _ _"]


class Layout(NamedTuple):
    """Where a batch of boards has its rows, its words and its boards: three axes in some order.

    The last axis is what vector units run along, so it should be long.
    """

    rows: int
    words: int
    boards: int


def choose_layout(boards: int, words: int) -> Layout:
    """The layout that runs fastest for a batch; measured, see docs/simulator.md.

    Args:
        boards: how many boards.
        words: words in a row.

    Returns:
        Boards last, with words before them in one stretch of memory, unless both together are few: then rows last.
    """
    if boards * words >= 8:
        return Layout(rows=0, words=1, boards=2)
    return Layout(rows=2, words=1, boards=0)


@partial(jax.jit, static_argnames=("rule", "topology"))
def evolve_packed(
    boards: Shaped[AnyArray, "*batch height width"], generations: int | Int[jax.Array, ""], rule: Rule, topology: str
) -> Shaped[jax.Array, "*batch height width"]:
    """Evolve boards with 32 cells to a word.

    Args:
        boards: 0 is dead, anything else alive.
        generations: how many, traced.
        rule: the rule.
        topology: ``torus`` or ``plane``.

    Returns:
        Boards of 0 and 1, of the same shape and dtype.
    """
    height, width = boards.shape[-2:]
    flat = jnp.asarray(boards).reshape(-1, height, width)
    layout = choose_layout(flat.shape[0], -(-width // BITS))
    packed = jnp.moveaxis(pack(flat), (0, 1, 2), (layout.boards, layout.rows, layout.words))
    step = partial(step_packed, width=width, rule=rule, topology=topology, layout=layout)
    packed = jax.lax.fori_loop(0, generations, lambda _, now: step(now), packed)
    packed = jnp.moveaxis(packed, (layout.boards, layout.rows, layout.words), (0, 1, 2))
    return unpack(packed, width).astype(boards.dtype).reshape(boards.shape)


def pack(boards: Shaped[jax.Array, "boards height width"]) -> UInt32[jax.Array, "boards height words"]:
    """Put 32 columns into each word.

    Args:
        boards: 0 is dead, anything else alive.

    Returns:
        The words; bits past the last column are 0.
    """
    words = -(-boards.shape[-1] // BITS)
    cells = jnp.pad(boards.astype(bool).astype(jnp.uint8), ((0, 0), (0, 0), (0, words * BITS - boards.shape[-1])))
    # Four cells are read as one integer whose bytes are 0 or 1, which shifts gather into four bits.
    fours = jax.lax.bitcast_convert_type(cells.reshape(*cells.shape[:2], words, BITS // 4, 4), jnp.uint32)
    nibbles = (fours | _right(fours, 7) | _right(fours, 14) | _right(fours, 21)) & jnp.uint32(15)
    return jnp.sum(nibbles << _places(nibbles.ndim, 4), axis=-1, dtype=jnp.uint32)


def unpack(words: UInt32[jax.Array, "boards height words"], width: int) -> Shaped[jax.Array, "boards height width"]:
    """Give each bit its own byte again.

    Args:
        words: as `pack` makes them.
        width: columns.

    Returns:
        Cells 0 or 1, uint8.
    """
    bits = (words[..., None] >> _places(words.ndim + 1, 1)) & jnp.uint32(1)
    return bits.astype(jnp.uint8).reshape(*words.shape[:2], -1)[..., :width]


def framed_words(packed: Words, width: int, topology: str, layout: Layout) -> Words:
    """One more row above and below, one more word left and right, as the topology has it.

    Args:
        packed: the words.
        width: columns; bits past the last are overwritten here, so that no step has to clear them.
        topology: ``torus`` or ``plane``.
        layout: where rows and words are.

    Returns:
        The framed words. Column -1 is the top bit of the first word; column ``width`` is the bit after the last column.
    """
    first, rest, last = _cut(packed, layout.words)
    used = (width - 1) % BITS + 1  # bits of the last word that are columns
    if used < BITS:
        last = last & jnp.uint32(2**used - 1)
    zero = jnp.zeros_like(last)
    if topology == "plane":
        left = right = zero
    else:
        left, right = last << jnp.uint32(BITS - used), first
        if used < BITS:
            last, right = last | ((first & jnp.uint32(1)) << jnp.uint32(used)), zero
    wide = jnp.concatenate([left, rest, last, right], layout.words)
    top, middle, bottom = _cut(wide, layout.rows)
    above, below = (jnp.zeros_like(top),) * 2 if topology == "plane" else (bottom, top)
    return jnp.concatenate([above, middle, bottom, below], layout.rows)


def step_packed(packed: Words, width: int, rule: Rule, topology: str, layout: Layout) -> Words:
    """One generation.

    Args:
        packed: the words.
        width: columns.
        rule: the rule.
        topology: ``torus`` or ``plane``.
        layout: where rows and words are.

    Returns:
        The next words; bits past the last column are arbitrary.
    """
    # Behind the barrier the frame lies in memory and every neighbour is a plain slice of it: loops without branches,
    # which run faster than wrapping around inside the adders although the board is written twice.
    frame = jax.lax.optimization_barrier(framed_words(packed, width, topology, layout))
    centre = _slice(frame, 1, layout.words)
    west = (centre << jnp.uint32(1)) | _right(_slice(frame, 0, layout.words), BITS - 1)
    east = _right(centre, 1) | (_slice(frame, 2, layout.words) << jnp.uint32(BITS - 1))
    # West and east of every cell (0 to 2), and with the cell itself (0 to 3), as a bit of one and a bit of two.
    pair_one, pair_two = west ^ east, west & east
    three_one, three_two = pair_one ^ centre, pair_two | (pair_one & centre)
    row = partial(_slice, axis=layout.rows)
    one, carry = _add3(row(three_one, 0), row(three_one, 2), row(pair_one, 1))
    # Four bits worth two each: above, below, beside, and the carry.
    half, half_four = row(three_two, 0) ^ row(three_two, 2), row(three_two, 0) & row(three_two, 2)
    other, other_four = row(pair_two, 1) ^ carry, row(pair_two, 1) & carry
    four = (half_four ^ other_four) | (half & other)
    return apply_rule(row(centre, 1), (one, half ^ other, four, half_four & other_four), rule)


def _add3(a: Words, b: Words, c: Words) -> tuple[Words, Words]:
    """Three bits added: the bit worth one and the bit worth two."""
    half = a ^ b
    return half ^ c, (a & b) | (half & c)


def _slice(array: Words, offset: int, axis: int) -> Words:
    """All of a framed axis but its frame, seen from one place further on with each offset 0, 1, 2."""
    return jax.lax.slice_in_dim(array, offset, array.shape[axis] - 2 + offset, axis=axis)


def _cut(array: Words, axis: int) -> tuple[Words, Words, Words]:
    """The first place, all but the last, and the last."""
    end = array.shape[axis]
    cut = partial(jax.lax.slice_in_dim, array, axis=axis)
    return cut(0, 1), cut(0, end - 1), cut(end - 1, end)


def _right(words: Shaped[jax.Array, "*shape"], count: int) -> Shaped[jax.Array, "*shape"]:
    return words >> jnp.uint32(count)


def _places(ndim: int, stride: int) -> UInt32[jax.Array, "..."]:
    """The bits 0, stride, 2 stride, ... of a word, along the last of so many axes."""
    return jnp.arange(0, BITS, stride, dtype=jnp.uint32).reshape((1,) * (ndim - 1) + (-1,))
