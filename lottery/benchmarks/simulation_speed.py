"""Speeds of the simulator beside named peers, as rows: `gol-lottery bench simulate` prints them.

Every implementation starts from the same soup. All are timed in turn, round after round, so that a machine that is
slower for a while is slower for all of them. Speeds are medians over the rounds, compilation and reading files apart.
"""

import contextlib
import io
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gol
from gol.memory import refuse_beyond_memory
from gol.plain import evolve_plain

LIFE = "B3/S23"
TEN = "gol.evolve, ten generations"
ANY_RULE = "B0257/S1368"  # no structure to exploit: births from nothing and from many
DENSITY = 0.4
BYTES_PER_CELL = 8  # at the peak: boards, their rolled copies and their codes
LIFELIB_MEGABYTES = 4000  # how large its tree may grow before it forgets


@dataclass(frozen=True)
class Contender:
    """An implementation on one batch of boards.

    Attributes:
        name: what the table calls it.
        generations: how many it runs per call, so many that a call takes some milliseconds.
        call: runs it to the end.
        note: what a reader has to know to compare.
        overhead: seconds of each call that are not simulation, such as reading a file.
        compiled: seconds that were spent on compiling before the first call.
    """

    name: str
    generations: int
    call: Callable[[], object]
    note: str = ""
    overhead: float = 0.0
    compiled: float = 0.0


def rows(boards: int, height: int, width: int, rounds: int = 5) -> list[dict[str, Any]]:
    """Time everything that is installed on one batch of boards.

    Args:
        boards: how many.
        height: of each.
        width: of each.
        rounds: timings per implementation.

    Returns:
        One row per implementation: implementation, boards, height, width, rule, generations,
        cell_updates_per_second (of `random_boards` cells drawn, of the histogram cells counted), compile_seconds,
        ours_over_this (how many times `gol.evolve` on Life is as fast, None where a row is not an evolution),
        ten_generations (seconds of the call over those of `gol.evolve` through ten generations, packing included),
        note, device and versions. A peer that is not installed has a row with None for its speed.
    """
    shape = (boards, height, width)
    refuse_beyond_memory(BYTES_PER_CELL * boards * height * width, f"Timing {boards:,} boards of {height} x {width}")
    key = jax.random.key(0)
    soup = jax.block_until_ready(gol.random_boards(key, shape, DENSITY))
    updates = 2**30 if shape[0] == 1 else 2**31
    many = min(2048, max(10, updates // soup.size))
    host = np.asarray(soup)
    with tempfile.TemporaryDirectory() as folder:
        evolving = [
            Contender("gol.evolve", many, lambda: gol.evolve(soup, many), "packed"),
            Contender("gol.evolve, any rule", many, lambda: gol.evolve(soup, many, ANY_RULE), f"packed, {ANY_RULE}"),
            Contender("gol, a byte per cell", 10, lambda: evolve_plain(soup, 10, gol.parse_rule(LIFE), "torus")),
            Contender("numpy rolls", 3, partial(numpy_rolls, host, 3), "uint8"),
            *_cax(soup),
            *_bgolly(host, Path(folder)),
            *_lifelib(host, Path(folder)),
        ]
        helping = [
            Contender(TEN, 10, lambda: gol.evolve(soup, 10), "with packing and unpacking"),
            Contender("gol.random_boards", 1, lambda: gol.random_boards(key, shape, DENSITY), "cells drawn"),
            Contender("gol.neighbourhood_histogram", 1, lambda: gol.neighbourhood_histogram(soup), "cells counted"),
        ]
        contenders = evolving + helping
        compiling = {one.name: _seconds(one.call) - one.overhead for one in contenders}
        timings: dict[str, list[float]] = {one.name: [] for one in contenders}
        for _ in range(rounds):
            for one in contenders:
                jax.block_until_ready(one.call())  # with the caches full of its own data, not its predecessor's
                timings[one.name].append(_seconds(one.call) - one.overhead)
    medians = {name: statistics.median(times) for name, times in timings.items()}
    speeds = {one.name: soup.size * one.generations / medians[one.name] for one in contenders}
    measured = [
        {
            "implementation": one.name,
            "boards": boards,
            "height": height,
            "width": width,
            "generations": one.generations,
            "cell_updates_per_second": speeds[one.name],
            "compile_seconds": one.compiled + max(0.0, compiling[one.name] - medians[one.name]),
            "ours_over_this": speeds["gol.evolve"] / speeds[one.name] if one in evolving else None,
            "ten_generations": medians[one.name] / medians[TEN] if one in helping else None,
            "note": one.note,
        }
        for one in contenders
    ]
    missing = [name for name, there in _peers(boards).items() if not there]
    empty = dict.fromkeys(measured[0], None) | {"boards": boards, "height": height, "width": width}
    left_out = [{**empty, "implementation": name, "note": "not installed: left out"} for name in missing]
    return [{**row, "device": _device(), "versions": _versions()} for row in measured + left_out]


def numpy_rolls(boards: np.ndarray, generations: int) -> np.ndarray:
    """Life on a torus as most first write it: eight rolled copies added up.

    Args:
        boards: 0 or 1, uint8, (..., height, width).
        generations: how many.

    Returns:
        The boards after them.
    """
    for _ in range(generations):
        count = sum(np.roll(boards, (y, x), (-2, -1)) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))
        boards = ((count == 3) | ((count == 2) & (boards == 1))).astype(np.uint8)
    return boards


def _cax(soup: jax.Array) -> list[Contender]:
    """CAX (PyPI `cax`): convolutions on floats."""
    if not _peers(1)["CAX"]:
        return []
    from cax.cs.life import Life
    from flax import nnx

    birth, survival = Life.birth_survival_from_string(LIFE)
    system = Life(birth=birth, survival=survival, rngs=nnx.Rngs(0))
    state = soup[..., None].astype(jnp.float32)
    return [Contender("CAX", 2, lambda: system(state, num_steps=2), f"version {version('cax')}")]


def _bgolly(soup: np.ndarray, folder: Path) -> list[Contender]:
    """Golly's QuickLife on one board. It runs on an unbounded plane, where it is fastest; reading the file is apart."""
    bgolly = shutil.which("bgolly")
    if soup.shape[0] != 1 or bgolly is None:
        return []
    path = folder / "soup.rle"
    gol.write_pattern(soup[0], path)
    command = [bgolly, "-a", "QuickLife", "-q", "-q", "-m"]
    reading = min(_seconds(partial(_run, [*command, "0", str(path)])) for _ in range(3))
    generations = 60
    call = partial(_run, [*command, str(generations), str(path)])
    return [Contender("bgolly QuickLife", generations, call, "one thread, unbounded plane", overhead=reading)]


def _lifelib(soup: np.ndarray, folder: Path) -> list[Contender]:
    """HashLife of lifelib (PyPI `python-lifelib`) on one board, on an unbounded plane, one thread; reading is apart.

    Each call reads the soup into a tree of its own, because a tree remembers what it has computed before.
    """
    if soup.shape[0] != 1 or not _peers(1)["lifelib"]:
        return []
    import lifelib

    path = folder / "soup.rle"
    gol.write_pattern(soup[0], path)
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):  # it compiles itself at the first use ever, and reports progress
        session = lifelib.load_rules("b3s23")
    compiled = time.perf_counter() - start

    def run(generations: int) -> object:
        return session.lifetree(memory=LIFELIB_MEGABYTES).load(str(path)).advance(generations)

    reading = min(_seconds(partial(run, 0)) for _ in range(3))
    generations = 64  # HashLife's steps are powers of two
    note = f"version {version('python-lifelib')}, HashLife, one thread, unbounded plane"
    return [Contender("lifelib", generations, partial(run, generations), note, reading, compiled)]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # a fixed command on a file of ours


def _peers(boards: int) -> dict[str, bool]:
    """Which peers are here; bgolly and lifelib run one board at a time, and lifelib needs a compiler."""
    peers = {"CAX": _installed("cax")}
    if boards == 1:
        peers["bgolly QuickLife"] = shutil.which("bgolly") is not None
        peers["lifelib"] = _installed("python-lifelib") and shutil.which("g++") is not None
    return peers


def _installed(distribution: str) -> bool:
    """Whether PyPI's distribution of this name is here: other packages import under the name `lifelib` too."""
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    jax.block_until_ready(call())
    return time.perf_counter() - start


def _device() -> str:
    device = jax.devices()[0]
    return f"{os.cpu_count()} cores, {platform.machine()}" if device.platform == "cpu" else device.device_kind


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in ("jax", "jaxlib", "numpy")}}
