"""How many networks are computed together: what fills a core's cache on a CPU, all that there are on an accelerator."""

import math
from collections.abc import Callable
from typing import Any

from lottery.inputs.accelerator import on_accelerator
from lottery.networks.lifenet import LifeNet, Network
from lottery.training.operations import of_update
from lottery.training.settings import TrainSettings

# An accelerator takes as long for a step of fewer operations: it waits for the start of its kernels.
LEAST_OPERATIONS = 2**26
MEMORY_SHARE = 0.5  # of an accelerator's memory that a group's activations may take
KEPT = 4  # how many times the columns of a layer are held: forward, backward, and what XLA copies
UNKNOWN = 16 * 2**30  # bytes of a device that does not say

Together = Callable[[int], int]  # networks that are left -> slots of a group


def grouping(net: Network, settings: TrainSettings, devices: tuple[Any, ...]) -> Together:
    """How many slots a group has, by the number of networks that are left.

    On a CPU it is the setting `group`, whatever is left. On accelerators every device takes all its networks together,
    rounded up so that few sizes are compiled, as far as its memory holds them. No group is smaller than one whose steps
    take about as long as those of a single network: networks below that number share one program, and their numbers
    do not depend on how many they are.

    Args:
        net: what is trained.
        settings: how.
        devices: of one kind, which share the networks.
    """
    if not on_accelerator(devices):
        return lambda count: settings.group
    counted = net if isinstance(net, LifeNet) else LifeNet(steps=net.steps)  # of another network nothing is known
    least = largest_power(LEAST_OPERATIONS / of_update(counted, settings).passes)
    memory = (devices[0].memory_stats() or {}).get("bytes_limit", UNKNOWN)
    most = largest_power(MEMORY_SHARE * memory / bytes_of_one(net, settings))
    return lambda count: min(most, round_up(max(least, -(-count // len(devices)))))


def largest_power(bound: float) -> int:
    """The largest power of two up to a bound, 1 at least."""
    return 2 ** max(0, math.floor(math.log2(bound)))


def round_up(count: int) -> int:
    """The next power of two, or three times one: 1, 2, 3, 4, 6, 8, 12, 16, ... At most a third of the slots idle."""
    size = 1
    while size < count:
        size *= 2
    return size * 3 // 4 if size >= 4 and count <= size * 3 // 4 else size


def bytes_of_one(net: Network, settings: TrainSettings) -> int:
    """What one network's batch takes while its gradient is computed, in bytes."""
    a, b = net.channels if isinstance(net, LifeNet) else (64, 64)
    size = 8 if settings.dtype == "float64" else 4
    if net.steps == 1 and settings.arrangement not in ("boards", "tables", "columns"):
        return size * 512 * (KEPT * (a + b) + settings.batch)
    return KEPT * size * settings.batch * settings.board**2 * (9 * b * net.steps + (a + b) * net.steps)
