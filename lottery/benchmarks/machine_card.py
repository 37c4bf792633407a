"""A card of a machine in two minutes: `gol-lottery bench card` simulates, trains, certifies and prunes.

Each row has its roof: what the machine's measured rates of float32 products and of copies allow at most, for the
operations and bytes that the row needs. Peers are PyTorch's stacks of networks on the device that jax uses.
"""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import jax
import numpy as np

import gol
from lottery.benchmarks import beside_torch
from lottery.benchmarks.roofs import Roof, measure_roof, operations
from lottery.benchmarks.training_speed import time_calls, time_engine
from lottery.certificates.certificate import certify
from lottery.inputs.accelerator import on_accelerator
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import full_mask
from lottery.networks.trees import pick
from lottery.pruning.ranking import prune
from lottery.runs import session
from lottery.training import batches
from lottery.training.loop import draw_initial
from lottery.training.settings import TrainSettings

POINTS = ((1, 1), (1, 8), (1, 24), (2, 1), (2, 4), (2, 8), (2, 24), (3, 8))
FEW, MANY = 64, {(1, 1): 4096, (1, 8): 1024, (2, 1): 512, (2, 8): 512}
TORCH_SECONDS = 1.0  # of each stack, after a warm-up

Row = dict[str, Any]


def rows(*, torch: bool = True) -> Iterator[Row]:
    """The rows of a card, one after the other as they are measured.

    Args:
        torch: time PyTorch too, where it is installed.
    """
    accelerator = on_accelerator()
    roof = measure_roof()
    yield _row("float32 products", "", "operation/s", roof.flops)
    yield _row("copies", "", "byte/s", roof.bytes)
    yield from _simulation(accelerator, roof)
    cells = [(*point, count) for point in POINTS for count in _counts(point, accelerator)]
    peers: list[float | None] = [None] * len(cells)
    if torch and beside_torch.is_installed():
        peers = beside_torch.stacks(cells, TORCH_SECONDS, accelerator=accelerator)
    for cell, peer in zip(cells, peers, strict=True):
        yield _training(*cell, roof, peer)
    yield _certifying()
    yield _pruning()


def _row(what: str, size: str, unit: str, speed: float, roof: float | None = None, peer: float | None = None) -> Row:
    return {
        "what": what,
        "size": size,
        "unit": unit,
        "speed": speed,
        "roof": roof,
        "share_of_roof": None if roof is None else speed / roof,
        "torch": peer,
        "over_torch": None if peer is None else speed / peer,
        "device": session.device_name(),
        "versions": session.versions(),
    }


def _simulation(accelerator: bool, roof: Roof) -> Iterator[Row]:
    """Generations of many small boards and of a large one, and a bank of soups as training draws it."""
    of_copies = 8 * roof.bytes / 2  # a bit read and a bit written for each cell
    for shape in ((65_536, 32, 32), (1, 16_384, 16_384)) if accelerator else ((1024, 32, 32), (1, 4096, 4096)):
        boards, generations = gol.random_boards(jax.random.key(0), shape), 64
        _, speed = time_calls(partial(gol.evolve, boards, generations), generations * int(np.prod(shape)))
        yield _row("simulate", " x ".join(f"{side:,}" for side in shape), "cell/s", speed, of_copies)
    settings = TrainSettings()
    cells = settings.bank_boards * settings.board**2
    _, speed = time_calls(lambda: batches.bank(0, 0, settings, 1, "torus", "histograms"), cells)
    yield _row("soups of a bank", f"{settings.bank_boards:,} x 32 x 32", "cell/s", speed)


def _counts(point: tuple[int, int], accelerator: bool) -> tuple[int, ...]:
    """64 networks, and on an accelerator for some of them many too."""
    return (FEW, MANY[point]) if accelerator and point in MANY else (FEW,)


def _training(steps: int, width: int, count: int, roof: Roof, peer: float | None) -> Row:
    """Network updates per second."""
    limit = 1 / max(operations(steps, width) / roof.flops, layer_bytes(steps, width) / roof.bytes)
    arrangement = "fused_patterns" if steps == 1 else "auto"  # which gives way to `patterns` on an accelerator
    found = time_engine(LifeNet(steps=steps, width=width), count, arrangement)
    size = f"n={steps}, m={width}, {count:,} networks"
    return {
        **_row("train", size, "update/s", found["updates_per_second"], limit, peer),
        "arrangement": found["arrangement"],
        "compile_seconds": found["compile_seconds"],
    }


def layer_bytes(steps: int, width: int) -> float:
    """Bytes that one update moves where every layer's answers lie in memory between two layers.

    Each answer is written once and read twice, by the next layer and by its own gradient; each answer's gradient is
    written and read once.
    """
    a, b = 2 * width, width
    cells = 512 if steps == 1 else 8 * 32 * 32
    return 5 * 4 * cells * (steps * (a + b) + 1)


def _certifying() -> Row:
    """A proof over all 2^25 windows, in float32 and float64."""
    params = handmade_parameters(2)
    speed = _per_second(lambda: certify(params, method="windows"))
    return _row("certify", "n=2, 2^25 windows", "proof/s", speed)


def _pruning() -> Row:
    """One level of global magnitude pruning of 64 networks of n=1, m=8."""
    params = draw_initial(LifeNet(width=8), 0, range(FEW))
    masks, rng = [full_mask(pick(params, index)) for index in range(FEW)], np.random.default_rng(0)

    def level() -> None:
        for index, mask in enumerate(masks):
            prune(pick(params, index), mask, prune_fraction=0.2, rng=rng)

    return _row("prune one level", "n=1, m=8", "network/s", FEW * _per_second(level))


def _per_second(run: Callable[[], object]) -> float:
    """Calls per second, median of three after a first one."""
    seconds = []
    for _ in range(4):
        started = perf_counter()
        run()
        seconds.append(perf_counter() - started)
    return 1 / median(seconds[1:])
