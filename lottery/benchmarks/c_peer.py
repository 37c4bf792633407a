"""Plain C loops as a peer of the fused kernels: both train one network of two or more steps on one core, by turns."""

import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int32, UInt8, UInt16

from gol.errors import InputError
from lottery.exports.c_compiler import require_compiler
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.runs import session, stopping
from lottery.training.feasibility import refuse_what_cannot_fit
from lottery.training.settings import TrainSettings

LOOP = Path(__file__).with_name("c_loop.c")
FLAGS = ("-O3", "-march=native", "-ffast-math", "-fopenmp-simd", "-shared", "-fPIC")
WIDER = "-mprefer-vector-width=512"  # compilers for x86 otherwise leave half of a wide register empty
TURN = 0.1  # seconds that each takes before it is the other's turn
FEW = 20  # updates, after which their weights are compared
BOARDS = 256  # of the bank: half a megabyte, as if the next boards were fetched ahead

Flat = Float32[np.ndarray, "weights"]
Train = Callable[[Flat, int], float]  # trains weights in place for so many updates, and returns the mean loss


def refuse_what_it_does_not_know(points: list[tuple[int, int]]) -> None:
    """See that both can train every network (n, m), before seconds are spent on the first.

    Raises:
        InputError: where n is 1, the C loop does not know m, a network does not fit, or numba or a compiler is missing.
    """
    if find_spec("numba") is None:
        raise InputError("numba is not installed: the fused kernels need it (pip install 'gol-lottery[fast]').")
    require_compiler()
    for steps, width in points:
        if steps < 2:
            raise InputError("points has a network of one step: the C loop is for two and more, such as 2,8.")
        if width > 8 and width % 8:
            raise InputError(f"points has m = {width}: the C loop knows m up to 8 and multiples of 8.")
        refuse_what_cannot_fit(LifeNet(steps=steps, width=width), TrainSettings(), range(1))


class Bank(NamedTuple):
    """Boards as both take them."""

    codes: UInt16[np.ndarray, "boards side side"]
    targets: UInt8[np.ndarray, "boards side side"]  # what the network should say
    rows: Int32[np.ndarray, "updates batch"]  # which boards are each update's batch


def draw_bank(settings: TrainSettings, updates: int) -> Bank:
    """Codes and targets at random: how long an update takes does not depend on whether they belong together."""
    rng = np.random.default_rng(0)
    shape = (BOARDS, settings.board, settings.board)
    codes, targets = rng.integers(0, 512, shape, np.uint16), rng.integers(0, 2, shape, np.uint8)
    return Bank(codes, targets, rng.integers(0, BOARDS, (updates, settings.batch), np.int32))


def c_loop(net: LifeNet, settings: TrainSettings, bank: Bank, *more: str) -> Train:
    """Compile the C loop for a network of at least two steps on a torus.

    Args:
        net: its steps and channels.
        settings: the side of its boards and its rate.
        bank: what it is trained on.
        more: flags of the compiler.

    Raises:
        InputError: where there is no compiler, or it does not take the loop.
    """
    compiler = require_compiler()
    a, b = net.channels
    sizes = (f"-DSTEPS={net.steps}", f"-DA={a}", f"-DB={b}", f"-DSIDE={settings.board}")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "c_loop.so"
        command = [*compiler, *FLAGS, *more, *sizes, str(LOOP), "-o", str(library), "-lm"]
        with stopping.without_ctrl_c():
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own source
        if done.returncode:
            raise InputError(f"{compiler[0]} does not compile the C loop: {_error(done.stderr)}")
        function = ctypes.CDLL(str(library)).train  # stays loaded when the file is gone
    function.restype = ctypes.c_float

    def train(weights: Flat, updates: int) -> float:
        moments = np.zeros((2, len(weights)), np.float32)
        arrays = weights, *moments, bank.codes, bank.targets, bank.rows
        w, mu, nu, codes, targets, rows = (ctypes.c_void_p(array.ctypes.data) for array in arrays)
        rate = ctypes.c_float(settings.learning_rate)
        return float(function(w, mu, nu, rate, codes, targets, rows, updates, settings.batch))

    return train


def fused_loop(net: LifeNet, settings: TrainSettings, bank: Bank) -> Train:
    """The fused kernels for the same; they compile at the first call."""
    from lottery.training.fused import network
    from lottery.training.fused.engine import adam_of, network_shape
    from lottery.training.fused.memory import reserve

    shape, adam = network_shape(net, settings), adam_of(settings)
    work = reserve(shape, "float32")

    def train(weights: Flat, updates: int) -> float:
        mu, nu = np.zeros((2, len(weights)), np.float32)
        ones, rates = np.ones_like(weights), np.full(updates, settings.learning_rate, np.float32)
        rows = bank.rows[:updates]
        return network.train(weights, mu, nu, ones, ones, rates, 0, adam, shape, work, bank.codes, bank.targets, rows)

    return train


def first_weights(net: LifeNet) -> Flat:
    """Flat weights, drawn so that no unit is dead."""
    return (np.random.default_rng(1).standard_normal(parameter_count(net)) * 0.3).astype(np.float32)


def row(steps: int, width: int, repeats: int) -> dict[str, Any]:
    """Time the fused kernels and the C loop by turns on one core; of two ways to compile the loop the faster counts.

    Args:
        steps: n.
        width: m.
        repeats: turns of each, of which the median counts.

    Returns:
        Updates per second of both, the ratio, and how far their weights are apart after twenty updates.
    """
    net, settings = LifeNet(steps=steps, width=width), TrainSettings()
    bank = draw_bank(settings, 10_000)
    loops = {"fused": fused_loop(net, settings, bank), "c": c_loop(net, settings, bank)}
    with suppress(InputError):  # not a compiler for x86
        loops["c, wider"] = c_loop(net, settings, bank, WIDER)
    ends = {name: first_weights(net) for name in loops}
    for name, train in loops.items():
        train(ends[name], FEW)
    with one_core():
        speeds = by_turns(loops, net, len(bank.rows), repeats)
    best = max(("c", "c, wider"), key=lambda name: speeds.get(name, 0.0))
    return {
        "steps": steps,
        "width": width,
        "updates_per_second": speeds["fused"],
        "c_updates_per_second": speeds[best],
        "ratio": speeds["fused"] / speeds[best],
        "weights_apart": float(np.abs(ends["fused"] - ends[best]).max()),
        "compiler": _version(),
        "device": session.device_name(),
        "versions": session.versions(),
    }


def by_turns(loops: dict[str, Train], net: LifeNet, most: int, repeats: int) -> dict[str, float]:
    """Updates per second of each, medians of so many turns of at most `most` updates."""
    counts = {name: round(TURN * FEW / time_of(train, net, FEW)) for name, train in loops.items()}
    counts = {name: min(most, max(1, count)) for name, count in counts.items()}
    found: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(repeats):
        for name, train in loops.items():
            found[name].append(counts[name] / time_of(train, net, counts[name]))
    return {name: median(speeds) for name, speeds in found.items()}


def time_of(train: Train, net: LifeNet, updates: int) -> float:
    """Seconds of so many updates from the first weights on."""
    weights = first_weights(net)
    started = time.perf_counter()
    train(weights, updates)
    return time.perf_counter() - started


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread on one core, where the system can (Linux), so that both run on the same."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _error(told: str) -> str:
    """The line of a compiler's output that says what is wrong."""
    lines = told.strip().splitlines() or ["it says nothing"]
    return next((line for line in lines if "error" in line), lines[-1])


def _version() -> str:
    """The compiler's name and version, its first line."""
    command = [*require_compiler(), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - the user's own compiler
    return done.stdout.splitlines()[0]
