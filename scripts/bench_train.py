"""Rows of `bench.py train`: this package's engine beside the same network as anybody would write it."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gol
from lottery import data, session
from lottery.engine import make_engine, to_groups
from lottery.losses import boards_loss
from lottery.networks import LifeNet, initial_parameters
from lottery.settings import TrainSettings
from lottery.training import draw_initial

REPEATS = 5
SECONDS_AT_LEAST = 0.5  # a slow network is timed over fewer updates, but never over less than this


def rows(points: list[tuple[int, int]], replicates: int) -> list[dict[str, Any]]:
    """Time every network (n, m) with every implementation that is there."""
    found = []
    for steps, width in points:
        net = LifeNet(steps=steps, width=width)
        ours = time_engine(net, replicates)
        plain = time_plain_flax(net)
        for name, arrangement, count, compile_seconds, speed in (ours, plain):
            found.append(
                {
                    "steps": steps,
                    "width": width,
                    "replicates": count,
                    "arrangement": arrangement,
                    "implementation": name,
                    "updates_per_second": speed,
                    "ratio": speed / plain[-1],
                    "compile_seconds": compile_seconds,
                    "device": session.device_name(),
                    "versions": session.versions(),
                }
            )
    return found


def _time(run: Callable[[], object], updates: int) -> tuple[float, float]:
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


def time_engine(net: LifeNet, replicates: int) -> tuple[str, str, int, float, float]:
    """The engine of this package, all devices, one chunk; banks of boards are renewed outside the chunk."""
    chunk = 250 if net.steps == 1 else 10
    settings = TrainSettings(updates=chunk, check_every=chunk)
    engine = make_engine(net, settings, tuple(jax.devices()))
    initial = draw_initial(net, 0, range(replicates))
    ones = jax.tree.map(lambda leaf: np.ones(leaf.shape, np.float32), initial)
    keys = data.data_keys(0, list(range(replicates)), settings.stream)
    full = jax.tree.map(np.asarray, engine.begin(initial, ones, keys))
    state = engine.shard(to_groups(full, np.arange(replicates), engine.group, engine.devices))
    source = data.bank(0, 0, settings, net.steps, "torus", engine.form)
    screen = () if engine.form == "histograms" else data.screen(0, settings, net.steps, "torus", engine.form)
    compile_seconds, speed = _time(lambda: engine.advance(state, source, screen, jnp.int32(0)), chunk * replicates)
    return "gol-lottery", engine.arrangement, replicates, compile_seconds, speed


def time_plain_flax(net: LifeNet) -> tuple[str, str, int, float, float]:
    """One network, `flax.linen.Conv` on boards drawn afresh, in a jitted scan."""
    optimizer = optax.adam(1e-3)
    updates = 20

    def one(carry: Any, key: Any) -> tuple[Any, Any]:
        params, state = carry
        boards = gol.random_boards(key, (8, 32, 32))
        after = gol.evolve(boards, net.steps)
        value, gradient = jax.value_and_grad(
            lambda p: boards_loss(net, p, boards.astype(jnp.float32), after.astype(jnp.float32), "bce")
        )(params)
        change, state = optimizer.update(gradient, state)
        return (optax.apply_updates(params, change), state), value

    run = jax.jit(lambda carry, keys: jax.lax.scan(one, carry, keys))
    params = initial_parameters(net, jax.random.key(0))
    carry, keys = (params, optimizer.init(params)), jax.random.split(jax.random.key(1), updates)
    compile_seconds, speed = _time(lambda: run(carry, keys), updates)
    return "plain flax, one network", "boards", 1, compile_seconds, speed
