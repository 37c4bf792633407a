"""Many networks trained in lockstep: one jitted `lax.scan` advances every group of replicates by one chunk.

Layout. Replicates sit in slots; slots form groups (lottery/training/groups.py), and groups are spread over the devices.
A device takes its groups one after the other, each through the whole chunk, so that on a CPU a group's state stays in
cache for `check_every` updates. The compiled code of a group is there the same whatever its slots hold and however many
groups there are, which is why a replicate's numbers do not depend on its company. An accelerator takes all networks in
one group, whose size is part of the program: docs/engine.md says what that changes in the last digits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from jaxtyping import Array

import gol
from gol.errors import InputError
from lottery.networks.lifenet import Network, Parameters, methods, padding_of
from lottery.networks.trees import on_host
from lottery.training import batches
from lottery.training.arrangements import FUSED, choose_arrangement
from lottery.training.groups import Together, grouping
from lottery.training.optimisers import make_optimiser
from lottery.training.scores.scored_masks import ScoredMasks
from lottery.training.settings import TrainSettings
from lottery.training.updates import State, Updates


@dataclass(frozen=True)
class Engine:
    """The compiled pieces of training for one network and one kind of settings.

    Attributes:
        begin: stacked parameters, masks, keys and `State.ahead` -> State with a fresh optimizer.
        advance: (State by groups, bank, screen, first update) -> (State, losses, wrong), the latter by slot.
        arrangement: how the loss is computed, a key of `lottery.training.arrangements.FORM_OF`.
        form: what it is computed from: "histograms", "codes" or "boards" (see lottery/training/batches.py).
        together: networks that are left -> slots per group.
        devices: how many devices share the groups.
        shard: puts a State, grouped, where `advance` wants it.
        spread: a bank or a screen -> one copy of it per device, as `advance` takes them.
        compilations: how many programs were compiled for `advance` so far.
        network: what is trained of one network -> the parameters that it computes with, as numpy arrays.
    """

    begin: Callable[..., State]
    advance: Callable[..., Any]
    arrangement: str
    form: str
    together: Together
    devices: int
    shard: Callable[[State], State]
    spread: Callable[[batches.Batch], tuple[batches.Batch, ...]]
    compilations: Callable[[], int]
    network: Callable[[Parameters], Parameters]

    def grouped(self, state: State, order: np.ndarray) -> State:
        """Rows of a State on the host, in groups where `advance` wants them; see `to_groups`."""
        return self.shard(to_groups(state, order, self.together(len(order)), self.devices))

    def slots(self, count: int) -> int:
        """How many slots so many networks take, idle ones included."""
        unit = self.together(count) * self.devices
        return -(-count // unit) * unit


def make_engine(
    net: Network,
    settings: TrainSettings,
    devices: tuple[Any, ...],
    frozen: bool = False,
    scored: ScoredMasks | None = None,
) -> Engine:
    """Build the engine of a network; cached, so that equal settings compile once in a process.

    Args:
        net: what is trained.
        settings: how; its `stop_when_solved` plays no role here, and its `updates` only under a decaying schedule.
        devices: the devices that share the groups.
        frozen: pruned weights keep the values they start with, and the network computes with them, instead of zeros.
            They are frozen by the mask, whatever their value: a kept weight that happens to be zero is trained.
        scored: train scores instead of weights; the parameters are then those of `ScoredMasks.begin`.

    Raises:
        InputError: where the settings ask for an arrangement or a dtype that is not to be had.
    """
    # Not cached itself: the cache would tell an argument that is given from the same one left to its default.
    return _make_engine(net, methods(net), settings, devices, frozen, scored)


@lru_cache(maxsize=64)
def _make_engine(
    net: Network, _: Any, settings: TrainSettings, devices: tuple[Any, ...], frozen: bool, scored: ScoredMasks | None
) -> Engine:
    if padding_of(net) == "valid":
        raise InputError("A network with valid padding is for windows: train it with torus or zero padding.")
    if settings.dtype == "float64" and jnp.result_type(float) != jnp.float64:
        raise InputError("dtype float64 needs jax's 64-bit mode: set JAX_ENABLE_X64=1.")
    updates = Updates(
        net=net,
        settings=settings,
        arrangement=choose_arrangement(net, settings, devices[0].platform, scored is not None),
        optimizer=make_optimiser(settings),
        targets=jnp.asarray(gol.truth_table(settings.rule), jnp.dtype(settings.dtype)),
        frozen=frozen or scored is not None,
        scored=scored,
    )
    return _fused_engine(updates) if updates.arrangement in FUSED else _xla_engine(updates, devices)


def _xla_engine(updates: Updates, devices: tuple[Any, ...]) -> Engine:
    advance, scored = jax.jit(updates.advance_device), updates.scored
    return Engine(
        begin=jax.jit(updates.begin),
        advance=over_devices(advance, devices),
        arrangement=updates.arrangement,
        form=updates.form,
        together=grouping(updates.net, updates.settings, devices),
        devices=len(devices),
        shard=partial(shard, devices),
        spread=partial(spread, devices),
        compilations=advance._cache_size,  # type: ignore[attr-defined]
        network=_as_it_is if scored is None else lambda params: on_host(scored.network(_on_device(params))),
    )


def _fused_engine(updates: Updates) -> Engine:
    from lottery.training.fused.engine import make_advance  # needs numba, which is optional

    return Engine(
        begin=jax.jit(updates.begin),
        advance=make_advance(updates.net, updates.settings, updates.arrangement, updates.frozen),
        arrangement=updates.arrangement,
        form=updates.form,
        together=lambda count: 1,
        devices=1,
        shard=_as_it_is,
        spread=_as_it_is,
        compilations=lambda: 0,
        network=_as_it_is,
    )


def _as_it_is(tree: Any) -> Any:
    return tree


def _on_device(tree: Any) -> Any:
    return jax.tree.map(jnp.asarray, tree)


def shard(devices: Sequence[Any], tree: Any) -> Any:
    """Spread a tree over devices along its leading axis, as `over_devices` takes a State."""
    return jax.device_put(tree, _over(devices))


def spread(devices: Sequence[Any], tree: Any) -> tuple[Any, ...]:
    """A copy of a tree for each device, as `over_devices` takes a bank or a screen."""
    return tuple(jax.device_put(tree, device) for device in devices)


def _over(devices: Sequence[Any]) -> NamedSharding:
    return NamedSharding(Mesh(np.array(devices), ("devices",)), P("devices"))


def over_devices(advance: Callable[..., Any], devices: Sequence[Any]) -> Callable[..., Any]:
    """Run a program for one device on each of several, on its own part of the arrays.

    One partitioned program for all devices would be the usual way; XLA compiles it differently, and a replicate's
    numbers would depend on how many cores a machine has. The program of one device gives the same bits on each.

    Args:
        advance: jitted (state, source, screen, first) -> arrays whose leading axis is the state's.
        devices: the state is spread over them along its leading axis; source and screen are tuples of a copy for each.
    """
    whole = _over(devices)

    def part(index: int, tree: Any) -> Any:
        return jax.tree.map(lambda leaf: leaf.addressable_data(index), tree)

    def join(*parts: Array) -> Array:
        shape = (sum(leaf.shape[0] for leaf in parts), *parts[0].shape[1:])
        return jax.make_array_from_single_device_arrays(shape, whole, list(parts))

    def advance_all(state: Any, source: Any, screen: Any, first: Array) -> Any:
        # Calls return before they are computed, so the devices work side by side.
        parts = [advance(part(i, state), source[i], screen[i], first) for i in range(len(devices))]
        return jax.tree.map(join, *parts)

    return advance_all


def to_groups(tree: Any, order: np.ndarray, group: int, devices: int) -> Any:
    """Pick rows and lay them out as (groups, group, ...), idle slots repeating the first row.

    Args:
        tree: leaves (rows, ...).
        order: the rows to take, one per slot in use, at least one.
        group: slots per group.
        devices: the number of groups becomes a multiple of it.
    """
    unit = group * devices
    slots = -(-len(order) // unit) * unit
    rows = np.concatenate([order, np.full(slots - len(order), order[0])])
    return jax.tree.map(lambda leaf: np.asarray(leaf)[rows].reshape(-1, group, *np.shape(leaf)[1:]), tree)


def from_groups(tree: Any, count: int) -> Any:
    """Undo `to_groups` on the host: leaves (count, ...) as numpy arrays, idle slots dropped."""
    return jax.tree.map(lambda leaf: np.asarray(leaf).reshape(-1, *np.shape(leaf)[2:])[:count], tree)
