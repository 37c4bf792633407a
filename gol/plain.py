"""The readable way to evolve boards, one byte per cell, neighbours by separable sums. The packed way is held to it."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Int, Shaped, UInt8

from gol.arrays import AnyArray
from gol.rules import Rule, counts_mask
from gol.topologies import framed


@partial(jax.jit, static_argnames=("rule", "topology"))
def evolve_plain(
    boards: Shaped[AnyArray, "*batch height width"], generations: int | Int[jax.Array, ""], rule: Rule, topology: str
) -> Shaped[jax.Array, "*batch height width"]:
    """Evolve boards with one byte per cell.

    Args:
        boards: 0 is dead, anything else alive.
        generations: how many, traced.
        rule: the rule.
        topology: ``torus`` or ``plane``.

    Returns:
        Boards of 0 and 1, of the same shape and dtype.
    """
    cells = jnp.asarray(boards).astype(bool).astype(jnp.uint8)
    return jax.lax.fori_loop(0, generations, lambda _, now: step_plain(now, rule, topology), cells).astype(boards.dtype)


def step_plain(
    cells: UInt8[jax.Array, "*batch height width"], rule: Rule, topology: str
) -> UInt8[jax.Array, "*batch height width"]:
    """One generation of cells that are exactly 0 or 1.

    Args:
        cells: the cells.
        rule: the rule.
        topology: ``torus`` or ``plane``.

    Returns:
        The next generation.
    """
    frame = framed(cells, topology)
    rows = frame[..., :-2, :] + frame[..., 1:-1, :] + frame[..., 2:, :]
    neighbours = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:] - cells
    masks = jnp.where(cells == 1, jnp.uint16(counts_mask(rule.survival)), jnp.uint16(counts_mask(rule.birth)))
    return ((masks >> neighbours.astype(jnp.uint16)) & jnp.uint16(1)).astype(jnp.uint8)
