"""How many weights stay, and where: one pool of all layers, every layer on its own, or densities by a layer's shape."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gol.errors import InputError
from lottery.networks.masks import Mask, by_layer, layers_in_order

SCOPES = ("global", "layerwise", "erk")


@dataclass(frozen=True)
class Pool:
    """Layers whose weights are ranked together.

    Attributes:
        layers: their names.
        before: survivors among them before pruning, a count.
        keep: survivors after it, a count.
    """

    layers: tuple[str, ...]
    before: int
    keep: int


Floor: TypeAlias = int | tuple[int, ...]
"""Survivors that every layer keeps at least: one number for all layers, or one for each (`floors`)."""


def floors(mask: Mask, floor: Floor) -> dict[str, int]:
    """Survivors that each layer keeps at least, by its name.

    Args:
        mask: what is still kept; None leaves are never pruned.
        floor: a number for all layers, or one for each that can be pruned: of a LifeNet from the input to the output,
            such as (9, 2, 1) for its 3x3 layer, its 1x1 layer and its read-out; of other networks by their names.

    Raises:
        InputError: where there are more or fewer numbers than layers.
    """
    layers = list(prunable_layers(mask))
    if isinstance(floor, int):
        return dict.fromkeys(layers, floor)
    ordered = [layer for layer in layers_in_order(mask) if layer in layers]
    if len(ordered) < len(layers):
        ordered = layers
    if len(floor) != len(ordered):
        raise InputError(
            f"floor is {floor}: it takes one number for all layers, or one for each of the {len(ordered)}."
        )
    return dict(zip(ordered, floor, strict=True))


def pools(mask: Mask, prune_fraction: float, *, scope: str = "global", floor: Floor = 0, times: int = 1) -> list[Pool]:
    """Who is ranked with whom, and how many stay.

    Args:
        mask: what is still kept; None leaves are never pruned.
        prune_fraction: share of the survivors to remove, in [0, 1]; counts are rounded to the nearest whole number.
        scope: "global" makes one pool of all layers, "layerwise" removes the fraction from every layer, "erk" (Evci et
            al. 2020) as much as "global" does, from every layer such that its density is proportional to
            (h + w + in + out) / (h w in out) of its kernel, as far as it has that many survivors.
        floor: survivors that every layer keeps at least, if it has that many: this goes before the counts. One number
            for all layers, or one for each, as `floors` takes them.
        times: remove the fraction so many times, rounding every time, as so many levels of pruning would.

    Raises:
        InputError: as `floors`.
    """
    masks = prunable_layers(mask)
    layers = list(masks)
    counts = {layer: sum(int(leaf.sum()) for leaf in leaves) for layer, leaves in masks.items()}
    least = {layer: min(number, counts[layer]) for layer, number in floors(mask, floor).items()}
    if scope == "layerwise":
        return [
            Pool((layer,), count, max(_left(count, prune_fraction, times), least[layer]))
            for layer, count in counts.items()
        ]
    total = sum(counts.values())
    keep = max(_left(total, prune_fraction, times), sum(least.values()))
    if scope == "global":
        return [Pool(tuple(layers), total, keep)]
    wanted = {layer: _kernel_density(leaves) * sum(leaf.size for leaf in leaves) for layer, leaves in masks.items()}
    kept = _proportional(wanted, least, counts, keep)
    return [Pool((layer,), counts[layer], kept[layer]) for layer in layers]


def prunable_layers(mask: Mask) -> dict[str, list[np.ndarray]]:
    """The leaves that can be pruned, of every layer that has any, in the order of their names."""
    found = {
        layer: [leaf for leaf in leaves.values() if leaf is not None]
        for layer, leaves in sorted(by_layer(mask).items())
    }
    return {layer: leaves for layer, leaves in found.items() if leaves}


def _left(count: int, fraction: float, times: int) -> int:
    for _ in range(times):
        count -= round(fraction * count)
    return count


def _kernel_density(leaves: list[np.ndarray]) -> float:
    """(h + w + in + out) / (h w in out): the layer's density up to a common factor (arXiv 1911.11134, section 3)."""
    kernel = max(leaves, key=np.ndim)
    return sum(kernel.shape) / kernel.size


def _proportional(wanted: dict[str, float], least: dict[str, int], most: dict[str, int], total: int) -> dict[str, int]:
    """Whole numbers that add up to `total`, as proportional to `wanted` as their bounds allow."""

    def clipped(factor: float) -> dict[str, float]:
        return {name: float(np.clip(factor * wanted[name], least[name], most[name])) for name in wanted}

    low, high = 0.0, max(most[name] / wanted[name] for name in wanted)
    for _ in range(100):  # more than enough halvings for every bit of a float
        middle = (low + high) / 2
        low, high = (middle, high) if sum(clipped(middle).values()) < total else (low, middle)
    exact = clipped(high)
    whole = {name: int(value + 1e-9) for name, value in exact.items()}
    # What rounding down has left goes to the largest remainders.
    for name in sorted(wanted, key=lambda name: whole[name] - exact[name])[: total - sum(whole.values())]:
        whole[name] += 1
    return whole


def fraction_to_reach(before: int, keep: int, levels: int) -> float:
    """A share of the survivors to prune per level such that exactly `keep` are left after so many levels.

    Args:
        before: survivors at the start, a count.
        keep: survivors at the end, a count from 1 to `before`.
        levels: how many times the share is pruned; the count removed is rounded every time.

    Raises:
        InputError: where rounding leaves no such share.
    """
    wanted = 1 - (keep / before) ** (1 / levels)
    for step in range(1000):
        for share in (wanted - 1e-4 * step, wanted + 1e-4 * step):
            if 0 <= share <= 1 and _left(before, share, levels) == keep:
                return share
    raise InputError(f"No share of the survivors leaves {keep} of {before} after {levels} level(s).")
