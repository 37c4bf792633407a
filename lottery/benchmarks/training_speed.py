"""Rows of `bench train` and `bench scale`: this package's engine beside the same network written otherwise."""

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gol
from gol.errors import InputError
from lottery.benchmarks import beside_torch
from lottery.experiments.network_piece import seconds_per_update
from lottery.inputs.accelerator import on_accelerator
from lottery.networks.lifenet import LifeNet, initial_parameters
from lottery.runs import session, stopping
from lottery.training import batches
from lottery.training.engine import make_engine
from lottery.training.feasibility import refuse_what_cannot_fit
from lottery.training.loop import draw_initial
from lottery.training.losses import boards_loss
from lottery.training.settings import STREAMS, TrainSettings

REPEATS = 3
SECONDS_AT_LEAST = 0.5  # a fast network is timed over more chunks, but never over less than this
TORCH_SECONDS = 3.0
OURS = "gol-lottery"

Row = dict[str, Any]


def rows(points: list[tuple[int, int]], replicates: int) -> Iterator[list[Row]]:
    """Time each network (n, m) with every implementation that is there; ratios are to PyTorch's best, or to flax."""
    for steps, width in points:
        net = LifeNet(steps=steps, width=width)
        arrangements = ["auto"]
        if find_spec("numba") is not None and not on_accelerator():  # else it would be the same once more
            arrangements.append("fused_patterns" if steps == 1 else "tables")
        of_net = [time_engine(net, replicates, arrangement) for arrangement in arrangements]
        of_net += [time_plain_flax(net, 1), time_plain_flax(net, 8)]
        if beside_torch.is_installed():
            for name, (count, speed) in beside_torch.ways(net, TORCH_SECONDS, accelerator=on_accelerator()).items():
                of_net.append(_row(net, name, "boards", count, 0.0, speed))
        peers = [row for row in of_net if row["implementation"].startswith("torch")] or of_net[-2:]
        best = max(row["updates_per_second"] for row in peers)
        yield [{**row, "ratio": row["updates_per_second"] / best} for row in of_net]


def scale_rows(widths: Sequence[int], counts: Sequence[int], steps: int, most: int) -> Iterator[list[Row]]:
    """Throughput and memory of the engine over numbers of networks, one list of rows per width.

    Points of more than `most` networks times width are left out.

    Every width has a process of its own, and its numbers of networks grow, so that the most memory a process has ever
    held is what the row's networks need, libraries and compilation included.
    """
    for width in widths:
        feasible = [count for count in sorted(counts) if count * width <= most]
        yield _in_a_process(_rows_of_width, LifeNet(steps=steps, width=width), feasible)


def _in_a_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a new process that ends with it, or with us.

    Raises:
        InputError: what the function raises of this class, or that the process was killed.
    """
    # A forked process would inherit jax's threads in an unknown state. A pool would leave semaphores behind if killed.
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, function, arguments))
    resource_tracker.ensure_running()  # which would unblock Ctrl-C if the process started it
    with stopping.without_ctrl_c():
        process.start()
    sender.close()
    try:
        answer = receiver.recv()
    except EOFError as error:
        raise InputError(
            "A process that computed for us was ended from outside, most likely because the machine's memory was full: "
            "choose smaller numbers."
        ) from error
    process.join()
    if isinstance(answer, InputError):
        raise answer
    return answer


def _answer(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    stopping.end_with_parent()
    session.start()
    try:
        sender.send(function(*arguments))
    except InputError as error:
        sender.send(error)


def _rows_of_width(net: LifeNet, counts: Sequence[int]) -> list[Row]:
    found = []
    for count in counts:
        row = time_engine(net, count, "auto")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        found.append({**row, "peak_megabytes": peak})
    return found


def _row(net: LifeNet, implementation: str, arrangement: str, count: int, compile_seconds: float, speed: float) -> Row:
    return {
        "steps": net.steps,
        "width": net.width,
        "implementation": implementation,
        "arrangement": arrangement,
        "replicates": count,
        "updates_per_second": speed,
        "compile_seconds": compile_seconds,
        "device": session.device_name(),
        "versions": session.versions(),
    }


def time_calls(run: Callable[[], object], updates: int) -> tuple[float, float]:
    """(seconds of the first call less a later one, updates per second): compilation apart, median of several."""
    started = time.perf_counter()
    jax.block_until_ready(run())
    first = time.perf_counter() - started
    seconds: list[float] = []
    while len(seconds) < REPEATS or sum(seconds) < SECONDS_AT_LEAST:
        started = time.perf_counter()
        jax.block_until_ready(run())
        seconds.append(time.perf_counter() - started)
    return max(0.0, first - median(seconds)), updates / median(seconds)


def time_engine(net: LifeNet, replicates: int, arrangement: str, stream: str = "bank") -> Row:
    """The engine of this package, all devices, one chunk; banks of boards are renewed outside the chunk."""
    chunk = 250 if net.steps == 1 else 50 if net.width < 8 else 10
    # The check has one screening board: in a run it comes after 250 updates and weighs 3 %, here it would weigh more.
    settings = TrainSettings(
        updates=chunk, check_every=chunk, bank_updates=chunk, screen_boards=1, arrangement=arrangement, stream=stream
    )
    refuse_what_cannot_fit(net, settings, range(replicates))
    engine = make_engine(net, settings, tuple(jax.devices()))
    initial = draw_initial(net, 0, range(replicates))
    ones = jax.tree.map(lambda leaf: np.ones(leaf.shape, np.float32), initial)
    keys = batches.data_keys(0, list(range(replicates)), settings.stream)
    full = jax.tree.map(np.asarray, engine.begin(initial, ones, keys))
    state = engine.grouped(full, np.arange(replicates))
    source = batches.bank(0, 0, settings, net.steps, "torus", engine.form)
    screen = () if engine.form == "histograms" else batches.screen(0, settings, net.steps, "torus", engine.form)
    source, screen = engine.spread(source), engine.spread(screen)
    compile_seconds, speed = time_calls(lambda: engine.advance(state, source, screen, jnp.int32(0)), chunk * replicates)
    return _row(net, OURS, engine.arrangement, replicates, compile_seconds, speed)


@cache
def reference_ratio(steps: int) -> float:
    """How many times as long an update takes here as on the reference machine.

    Measured with 64 networks at m=8, in some seconds.

    Args:
        steps: n of the networks.
    """
    return reference_speed(steps, 8) / time_engine(LifeNet(steps=steps, width=8), 64, "auto")["updates_per_second"]


def reference_speed(steps: int, width: int) -> float:
    """Network updates per second of the reference machine, two cores of an AMD EPYC (Zen 5), roughly.

    Args:
        steps: n of the networks.
        width: their m.
    """
    return 1 / seconds_per_update(LifeNet(steps=steps, width=width), TrainSettings())


def stream_rows(steps: int, width: int, replicates: int) -> list[Row]:
    """One row per kind of data: how long an update takes over one sequence shared by all.

    `over_shared` is the ratio of the times of updates alone; `with_banks` has in both the making of the banks, each
    renewed as often as the defaults say: with one sequence for all there are as many as with batches of one's own.
    """
    net = LifeNet(steps=steps, width=width)
    streams = [one for one in STREAMS if one != "risk" or steps == 1]
    found = {one: time_engine(net, replicates, "auto", one) for one in streams}
    seconds = {one: 1 / row["updates_per_second"] for one, row in found.items()}
    whole = {one: seconds[one] + _seconds_of_banks(net, one, replicates) for one in found}
    return [
        {
            **row,
            "stream": one,
            "over_shared": seconds[one] / seconds["shared"],
            "with_banks": whole[one] / whole["shared"],
        }
        for one, row in found.items()
    ]


def _seconds_of_banks(net: LifeNet, stream: str, replicates: int) -> float:
    """What the making of banks adds to one update of one network."""
    if stream in ("own", "risk"):
        return 0.0
    settings = TrainSettings(stream=stream)
    form = make_engine(net, settings, tuple(jax.devices())).form
    _, per_second = time_calls(lambda: batches.bank(0, 0, settings, net.steps, "torus", form), 1)
    return 1 / per_second / settings.bank_updates / replicates


def time_plain_flax(net: LifeNet, count: int) -> Row:
    """`flax.linen.Conv` on boards drawn afresh, in a jitted scan; several networks under `vmap`."""
    optimizer = optax.adam(1e-3)
    updates = 20 if net.width < 8 else 2

    def one(carry: Any, key: Any) -> tuple[Any, Any]:
        params, state = carry
        boards = gol.random_boards(key, (8, 32, 32))
        after = gol.evolve(boards, net.steps)
        value, gradient = jax.value_and_grad(
            lambda p: boards_loss(net, p, boards.astype(jnp.float32), after.astype(jnp.float32), "bce")
        )(params)
        change, state = optimizer.update(gradient, state)
        return (optax.apply_updates(params, change), state), value

    def train(carry: Any, keys: Any) -> Any:
        return jax.lax.scan(one, carry, keys)

    drawn = jax.vmap(lambda key: initial_parameters(net, key))(jax.random.split(jax.random.key(0), count))
    keys = jax.random.split(jax.random.key(1), (count, updates))
    carry = (drawn, jax.vmap(optimizer.init)(drawn))
    if count == 1:
        carry, keys = jax.tree.map(lambda leaf: leaf[0], (carry, keys))
    run = jax.jit(train if count == 1 else jax.vmap(train))
    compile_seconds, speed = time_calls(lambda: run(carry, keys), updates * count)
    return _row(net, "plain flax" if count == 1 else "flax, vmap", "boards", count, compile_seconds, speed)
