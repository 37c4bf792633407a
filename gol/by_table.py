"""Evolve boards by a table of 512 answers, for rules that do not go by counts. Tests hold it to the plain way."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, Shaped, UInt8

from gol.arrays import AnyArray
from gol.neighbourhoods import neighbourhood_codes


@partial(jax.jit, static_argnames="topology")
def evolve_by_table(
    boards: Shaped[AnyArray, "*batch height width"],
    generations: int | Int[jax.Array, ""],
    table: UInt8[Array, "512"],
    topology: str,
) -> Shaped[jax.Array, "*batch height width"]:
    """Evolve boards by looking every neighbourhood up.

    Args:
        boards: 0 is dead, anything else alive.
        generations: how many, traced.
        table: the rule's answers by neighbourhood code, traced, so that another rule compiles nothing new.
        topology: ``torus`` or ``plane``.

    Returns:
        Boards of 0 and 1, of the same shape and dtype.
    """
    cells = jnp.asarray(boards).astype(bool).astype(jnp.uint8)
    after = jax.lax.fori_loop(0, generations, lambda _, now: table[neighbourhood_codes(now, topology)], cells)
    return after.astype(boards.dtype)
