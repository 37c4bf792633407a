"""The two roofs over `bench scale`: arithmetic, and bytes moved through the memory that holds a bank of boards."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lottery.benchmarks.training_speed import Row, time_calls
from lottery.inputs.accelerator import on_accelerator
from lottery.networks.lifenet import LifeNet
from lottery.training.operations import of_update
from lottery.training.settings import TrainSettings

SIDE = 1024  # of the matrices: large enough that the product does a thousand operations per number moved
SIDE_ON_ACCELERATOR = 8192  # so many more units have to have something to do
COPIED_ON_ACCELERATOR = 2**29  # 16-bit numbers, many times what its cache holds


@dataclass(frozen=True)
class Roof:
    """What the machine reaches at most, all devices together.

    Attributes:
        flops: floating-point operations per second of matrix products in float32.
        bytes: bytes per second, read and written, of one pass over arrays as large as a bank of histograms.
    """

    flops: float | int
    bytes: float | int


def measure_roof() -> Roof:
    """Measure both roofs; of arithmetic the better of jax's and numpy's matrix products."""
    devices = jax.devices()
    side = SIDE_ON_ACCELERATOR if on_accelerator() else SIDE
    matrices = jnp.ones((len(devices), side, side), jnp.float32)
    multiply = jax.pmap(lambda x: jnp.matmul(x, x, precision="highest"))
    operations_of_one = 2 * side**3
    _, by_jax = time_calls(lambda: multiply(matrices), len(devices) * operations_of_one)
    best = by_jax
    if not on_accelerator():
        matrix = np.ones((SIDE, SIDE), np.float32)
        _, by_numpy = time_calls(lambda: matrix @ matrix, operations_of_one)
        best = max(best, by_numpy)
    return Roof(best, _bytes_per_second(devices))


def _bytes_per_second(devices: Sequence[jax.Device]) -> float:
    """Bytes read and written by copies, one per device at a time; on a CPU of a bank, which a cache may hold."""
    if on_accelerator(devices):
        bank = jnp.ones((len(devices), COPIED_ON_ACCELERATOR), jnp.uint16)
        return time_calls(partial(jax.pmap(lambda x: x ^ jnp.uint16(1)), bank), 2 * bank.nbytes)[1]
    shape = (len(devices), TrainSettings().bank_boards, 512)
    # jax gives every result new memory, and a copy into new pages measures the kernel that hands them out.
    source, target = np.ones(shape, np.uint16), np.empty(shape, np.uint16)
    with ThreadPoolExecutor(len(devices)) as threads:
        return time_calls(lambda: list(threads.map(np.copyto, target, source)), 2 * source.nbytes)[1]


def under_roof(row: Row, roof: Roof) -> Row:
    """A row of `training_speed.scale_rows` with what it computes and moves per second, and its share of its own roof.

    Args:
        row: steps, width and updates_per_second.
        roof: what the machine reaches.

    Returns:
        The row with gigaflops, gigabytes, both roofs, the name of the one that it comes closer to (roof, "arithmetic"
        or "bytes") and its share of that one (share_of_roof).
    """
    flops = row["updates_per_second"] * operations(row["steps"], row["width"])
    moved = row["updates_per_second"] * bank_bytes(row["steps"])
    shares: dict[str, Any] = {"arithmetic": flops / roof.flops, "bytes": moved / roof.bytes}
    name = max(shares, key=lambda one: shares[one])
    return {
        **row,
        "gigaflops": flops / 1e9,
        "roof_gigaflops": roof.flops / 1e9,
        "gigabytes": moved / 1e9,
        "roof_gigabytes": roof.bytes / 1e9,
        "roof": name,
        "share_of_roof": shares[name],
    }


def operations(steps: int, width: int) -> float:
    """Additions and multiplications of one update: three passes over layers and cells, the first block on 512 patterns.

    The update takes as many of a convolution that looks nine tables up instead of multiplying (`fused`, wide networks).
    """
    return of_update(LifeNet(steps=steps, width=width), TrainSettings(), tabled=True).passes


def bank_bytes(steps: int) -> int:
    """Bytes of one batch in the bank: eight histograms of 512 counts, or eight boards of codes and targets.

    Parameters and moments do not count: they stay in a core's cache for a whole chunk of updates.
    """
    return 8 * 512 * 2 if steps == 1 else 8 * 32 * 32 * (2 + 1)
