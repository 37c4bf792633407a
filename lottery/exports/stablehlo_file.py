"""StableHLO: the function itself, which `jax.export.deserialize` loads; jax needs flatbuffers for that.

    boards (b, h, w), float32  ->  {"logits": float32, "alive": bool}, of the same shape

b, h and w are free, h and w from 3 on. The wrap around the edges of a torus is written as a concatenation, because the
padding "CIRCULAR" of a convolution asks for sizes that are known.

The facts are attributes of the operation that makes `alive`: the format has no metadata of its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jax import export as jax_export
from jax import lax
from jax.experimental.xla_metadata import set_xla_metadata
from jaxtyping import Array, Bool, Float, UInt8

from lottery.exports.form import Answers, optional
from lottery.inputs import numerics
from lottery.networks.lifenet import logits
from lottery.runs.saved_networks import SavedNetwork

PLATFORMS = ("cpu", "cuda", "rocm", "tpu")
SIDES = ("h >= 3", "w >= 3")  # a narrower torus counts a neighbour twice


def render(network: SavedNetwork, facts: Mapping[str, str]) -> bytes:
    """The file: the function as `jax.export` serialises it, for all platforms.

    Args:
        network: compacted.
        facts: what is known about it.

    Raises:
        InputError: where flatbuffers is not installed.
    """
    optional("flatbuffers")
    params = jax.tree.map(jnp.asarray, network.params)
    torus = network.padding == "torus"
    net = replace(network.network, padding="valid") if torus else network.network

    def life(boards: Float[Array, "b h w"]) -> dict[str, Array]:
        cells = _wrapped(_wrapped(boards, 1, net.steps), 2, net.steps) if torus else boards
        found = logits(net, params, cells)
        with set_xla_metadata(**facts):
            alive = found > 0
        return {"logits": found, "alive": alive}

    sizes = jax_export.symbolic_shape("b, h, w", constraints=SIDES)
    with numerics.pinned(), _without_places():
        made = jax_export.export(jax.jit(life), platforms=PLATFORMS)(jax.ShapeDtypeStruct(sizes, jnp.float32))
        return bytes(made.serialize())


def _wrapped(x: Float[Array, "b h w"], axis: int, steps: int) -> Float[Array, "b h2 w2"]:
    """A torus cut open along an axis, with so many cells of the other side at each end."""
    size = x.shape[axis]
    last = lax.slice_in_dim(x, size - steps, size, axis=axis)
    return lax.concatenate([last, x, lax.slice_in_dim(x, 0, steps, axis=axis)], axis)


@contextmanager
def _without_places() -> Iterator[None]:
    """While it is entered, programs do not carry the paths of the source files that they were made from."""
    option = "jax_traceback_in_locations_limit"
    before = getattr(jax.config, option)
    jax.config.update(option, 0)
    try:
        yield
    finally:
        jax.config.update(option, before)


def answers(content: bytes) -> Answers:
    """What the function answers when jax loads it from the file.

    Raises:
        InputError: where flatbuffers is not installed.
    """
    optional("flatbuffers")
    life = jax.jit(jax_export.deserialize(bytearray(content)).call)

    def ask(boards: UInt8[np.ndarray, "boards height width"]) -> Bool[np.ndarray, "boards height width"]:
        with numerics.pinned():
            return np.asarray(life(boards.astype(np.float32))["alive"])

    return ask
