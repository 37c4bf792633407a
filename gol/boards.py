"""Random boards: soups of one density, or each board with a density of its own."""

import jax
import jax.numpy as jnp
from jaxtyping import Key, UInt8, UInt32

from gol.errors import InputError


def random_boards(
    key: Key[jax.Array, ""] | UInt32[jax.Array, "..."], shape: tuple[int, ...], density: float | None = None
) -> UInt8[jax.Array, "*batch height width"]:
    """Draw boards whose cells are alive independently of each other.

    Args:
        key: a jax random key.
        shape: (..., height, width).
        density: the probability of a live cell in every board, in [0, 1]; None draws one from U(0, 1) for each board,
            as in Springer & Kenyon 2020 (arXiv 2009.01398).

    Returns:
        Cells 0 or 1.

    Raises:
        InputError: where the density is outside [0, 1] or the shape has fewer than two axes or a negative one.
    """
    if len(shape) < 2 or min(shape) < 0:
        raise InputError(f"the shape of random boards is (..., height, width) without negative sides, not {shape}")
    if density is not None and not 0 <= density <= 1:
        raise InputError(f"a density lies between 0 and 1, not at {density}")
    cells, densities = jax.random.split(key)
    if density is None:
        p = jax.random.uniform(densities, (*shape[:-2], 1, 1), jnp.float32)
    else:
        p = jnp.full((1,) * len(shape), density, jnp.float32)
    return (jax.random.uniform(cells, shape, jnp.float32) < p).astype(jnp.uint8)
