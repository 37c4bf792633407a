"""What a process can be set to that changes numbers: pinned where the package computes, recorded where it cannot be.

jax takes its types, the generator of its random numbers and its precision from environment variables. A run's numbers
must not depend on them: seeds are made into keys here, and `pinned` sets the rest while something is computed.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

GENERATOR = "threefry2x32"


def key(seed: int | Array) -> Array:
    """The key that `jax.random.key(seed)` gives where nothing is set otherwise.

    Not that function itself: JAX_RANDOM_SEED_OFFSET would change what it gives.

    Args:
        seed: from 0 to 2^32 - 1.
    """
    low = jnp.asarray(np.uint32(seed) if isinstance(seed, int) else seed).astype(jnp.uint32)
    return wrap(jnp.stack([jnp.zeros((), jnp.uint32), low]))


def wrap(words: Array) -> Array:
    """Keys made of their raw words (..., 2) uint32."""
    return jax.random.wrap_key_data(words, impl=GENERATOR)


@contextmanager
def pinned(dtype: str = "float32") -> Iterator[None]:
    """While it is entered, jax has the settings that it comes with, whatever the environment says.

    Usable as a decorator too. It does not set the default precision of matrix products: those of this package name
    theirs, and a network of somebody's own is called as its owner would call it.

    Args:
        dtype: "float32", or "float64" for jax's 64-bit mode.
    """
    with ExitStack() as stack:
        stack.enter_context(jax.enable_x64(dtype == "float64"))
        stack.enter_context(jax.default_prng_impl(GENERATOR))
        stack.enter_context(jax.threefry_partitionable(True))
        yield


def ambient_numerics() -> dict[str, Any]:
    """What may change numbers and is not pinned, as plain JSON values, to be stored beside them and compared."""
    flags = os.environ.get("XLA_FLAGS", "").split()
    precision = jax.config.jax_default_matmul_precision  # type: ignore[attr-defined]
    return {
        "platform": jax.default_backend(),
        "matmul_precision": None if precision is None else str(precision),
        "disable_jit": bool(jax.config.jax_disable_jit),  # type: ignore[attr-defined]
        # How many devices a host has changes nothing.
        "xla_flags": sorted(flag for flag in flags if "host_platform_device_count" not in flag),
    }
