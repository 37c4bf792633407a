"""Many networks trained in lockstep: one jitted `lax.scan` advances every group of replicates by one chunk.

Layout. Replicates sit in slots; `group` slots form a group, and groups are spread over the devices. A device takes its
groups one after the other, each through the whole chunk, so that on a CPU a group's state stays in cache for
`check_every` updates. The compiled code of a group is the same whatever its slots hold and however many groups there
are, which is why a replicate's numbers do not depend on its company.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from jaxtyping import Array

import gol
from gol.errors import InputError
from lottery.inputs import numerics
from lottery.networks.lifenet import Network, Parameters, is_lifenet, logits, methods, padding_of, untie
from lottery.networks.neighbourhoods import topology_of
from lottery.training import batches
from lottery.training.arrangements import FORM_OF, choose_arrangement
from lottery.training.losses import boards_loss, pattern_logits, patterns_loss, table_logits, tables_loss
from lottery.training.optimisers import OPTIMISERS, penalty
from lottery.training.schedules import rate_factor
from lottery.training.scores.scored_masks import ScoredMasks
from lottery.training.settings import TrainSettings


class State(NamedTuple):
    """What training carries: every leaf has the replicates (or slots) as its leading axis."""

    params: Parameters
    optimizer: Any
    masks: Parameters  # 1 where a weight is kept, 0 where it is pruned; of the parameters' own dtype
    keys: Any  # (slots, 2) uint32, the data keys
    ahead: Any = None  # (slots,) int32, updates by which a decaying schedule is ahead; None where the rate is constant


@dataclass(frozen=True)
class Engine:
    """The compiled pieces of training for one network and one kind of settings.

    Attributes:
        begin: stacked parameters, masks, keys and `State.ahead` -> State with a fresh optimizer.
        advance: (State by groups, bank, screen, first update) -> (State, losses, wrong), the latter by slot.
        arrangement: how the loss is computed: "patterns", "tables", "fused" or "boards".
        form: what it is computed from: "histograms", "codes" or "boards" (see lottery/batches.py).
        group: slots per group.
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
    group: int
    devices: int
    shard: Callable[[State], State]
    spread: Callable[[batches.Batch], tuple[batches.Batch, ...]]
    compilations: Callable[[], int]
    network: Callable[[Parameters], Parameters]


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
    arrangement = choose_arrangement(net, settings, devices[0].platform, scored is not None)
    frozen = frozen or scored is not None
    form = FORM_OF[arrangement]
    dtype = jnp.dtype(settings.dtype)
    topology = topology_of(padding_of(net))
    plain = is_lifenet(net)
    optimizer = OPTIMISERS[settings.optimiser](settings.learning_rate)
    penalised = settings.l1 + settings.l2 > 0
    decaying = settings.schedule != "constant"
    targets = jnp.asarray(gol.truth_table(gol.parse_rule(settings.rule)), dtype)

    def computing(params: Parameters, masks: Parameters, noise: Array | None = None) -> Parameters:
        """The weights that the network computes with."""
        if scored is not None:
            return scored.network(params) if noise is None else scored.sample(params, noise)
        return params if frozen else jax.tree.map(jnp.multiply, params, masks)

    def loss(params: Parameters, masks: Parameters, batch: batches.Batch, noise: Array | None) -> Array:
        kept = computing(params, masks, noise)
        if arrangement == "patterns":
            return patterns_loss(kept, batch[0], targets, settings.loss, net.activation)
        cells, after = batch
        if arrangement == "tables":
            return tables_loss(untie(net, kept), cells, after, net.padding, settings.loss, net.activation)
        return boards_loss(net, kept, cells, after, settings.loss)

    def whole(params: Parameters, masks: Parameters, batch: batches.Batch, noise: Array | None) -> tuple[Array, Array]:
        """What is minimised, and the loss alone, which is what is reported."""
        value = loss(params, masks, batch, noise)
        return value + (penalty(params, settings.l1, settings.l2) if penalised else 0), value

    def update_one(
        params: Parameters, opt: Any, masks: Parameters, batch: batches.Batch, extra: dict[str, Array]
    ) -> tuple[Any, Any, Array]:
        (_, value), gradient = jax.value_and_grad(whole, has_aux=True)(params, masks, batch, extra.get("noise"))
        if frozen:  # the optimizer must not see what pruned weights would like, though the network computes with them
            gradient = jax.tree.map(jnp.multiply, gradient, masks)
        with jax.numpy_dtype_promotion("standard"):  # optax's bias correction raises a float to an integer
            change, opt = optimizer.update(gradient, opt, params)
        # The optimizer may move what has no gradient (momentum, decay): a pruned weight stays where it is.
        change = jax.tree.map(jnp.multiply, change, masks)
        if "factor" in extra:  # the rate is the last factor of every optimiser's change
            change = jax.tree.map(lambda leaf: extra["factor"] * leaf, change)
        return optax.apply_updates(params, change), opt, value

    # From two steps on networks take turns: vmap would turn convolutions into grouped ones, which XLA runs slowly on a
    # CPU, and the cells of one network's batch fill a cache alone.
    def over_group(function: Callable[..., Any], *arguments: Any) -> Any:
        if arrangement == "patterns":
            return jax.vmap(function)(*arguments)
        return jax.lax.map(lambda one: function(*one), arguments)

    def wrong(params: Parameters, masks: Parameters, screen: batches.Batch) -> Array:
        kept = computing(params, masks)
        if arrangement == "patterns":
            return wrong_count(pattern_logits(kept, net.activation), targets)
        cells, after = screen
        if not plain:  # board by board, which bounds the memory of whatever the network does
            boards = (cells.astype(dtype), after.astype(dtype))
            return jnp.sum(
                jax.lax.map(lambda one: wrong_count(logits(net, kept, one[0][None])[0], one[1]), boards),
                dtype=jnp.int32,
            )
        if arrangement == "boards":
            return wrong_count(logits(net, kept, cells.astype(dtype)), after.astype(dtype))
        # Board by board: the columns of 200 boards at once would be hundreds of megabytes.
        untied = untie(net, kept)
        found = jax.lax.map(
            lambda codes: table_logits(untied, codes[None], net.padding, net.activation)[0], cells.astype(jnp.int32)
        )
        return wrong_count(found, after.astype(dtype))

    def advance_group(
        state: State, source: batches.Batch, screen: batches.Batch, first: Array
    ) -> tuple[State, Array, Array]:
        keys = numerics.wrap(state.keys)
        times = first + jnp.arange(settings.check_every, dtype=first.dtype)
        drawn = jax.vmap(lambda t: jax.vmap(lambda key: batches.draws(key, t, settings))(keys))(times)
        prepare = partial(batches.batch, settings=settings, steps=net.steps, topology=topology, form=form, dtype=dtype)

        extras: dict[str, Array] = {}  # what some settings need for every update, (times, group)
        if decaying:
            clocks = times[:, None] + state.ahead[None]
            factor = rate_factor(clocks, settings.schedule, settings.updates, settings.final_rate)
            extras["factor"] = factor.astype(dtype)
        if scored is not None and scored.noisy:
            extras["noise"] = jax.vmap(lambda t: jax.vmap(lambda key: batches.noise_key(key, t))(keys))(times)

        def one_update(carry: Any, now: Any) -> tuple[Any, Array]:
            params, opt = carry
            rows, extra = now
            batches = jax.vmap(lambda row: prepare(source, row))(rows)
            params, opt, value = over_group(update_one, params, opt, state.masks, batches, extra)
            return (params, opt), value

        (params, opt), values = jax.lax.scan(one_update, (state.params, state.optimizer), (drawn, extras))
        state = state._replace(params=params, optimizer=opt)
        return state, jnp.mean(values, axis=0), over_group(lambda p, m: wrong(p, m, screen), params, state.masks)

    @jax.jit
    def advance_device(
        state: State, source: batches.Batch, screen: batches.Batch, first: Array
    ) -> tuple[State, Array, Array]:
        return jax.lax.map(lambda group: advance_group(group, source, screen, first), state)

    @jax.jit
    def begin(params: Parameters, masks: Parameters, keys: Array, ahead: Array | None = None) -> State:
        params, masks = (jax.tree.map(lambda leaf: leaf.astype(dtype), tree) for tree in (params, masks))
        params = params if frozen else jax.tree.map(jnp.multiply, params, masks)
        return State(params, jax.vmap(optimizer.init)(params), masks, keys, ahead)

    if arrangement == "fused":
        from lottery.training.fused.engine import make_advance  # needs numba, which is optional

        return Engine(
            begin,
            make_advance(net, settings, frozen),
            arrangement,
            form,
            group=1,
            devices=1,
            shard=lambda state: state,
            spread=lambda batch: batch,
            compilations=lambda: 0,
            network=lambda params: params,
        )
    mesh = Mesh(np.array(devices), ("devices",))
    return Engine(
        begin=begin,
        advance=over_devices(advance_device, devices),
        arrangement=arrangement,
        form=form,
        group=settings.group,
        devices=len(devices),
        shard=lambda state: jax.device_put(state, NamedSharding(mesh, P("devices"))),
        spread=lambda batch: tuple(jax.device_put(batch, device) for device in devices),
        compilations=advance_device._cache_size,  # type: ignore[attr-defined]
        network=(lambda params: params) if scored is None else partial(_on_host, scored.network),
    )


def _on_host(function: Callable[[Parameters], Parameters], params: Parameters) -> Parameters:
    return jax.tree.map(np.asarray, function(jax.tree.map(jnp.asarray, params)))


def over_devices(advance: Callable[..., Any], devices: Sequence[Any]) -> Callable[..., Any]:
    """Run a program for one device on each of several, on its own part of the arrays.

    One partitioned program for all devices would be the usual way; XLA compiles it differently, and a replicate's
    numbers would depend on how many cores a machine has. The program of one device gives the same bits on each.

    Args:
        advance: jitted (state, source, screen, first) -> arrays whose leading axis is the state's.
        devices: the state is spread over them along its leading axis; source and screen are tuples of a copy for each.
    """
    whole = NamedSharding(Mesh(np.array(devices), ("devices",)), P("devices"))

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


def wrong_count(logit: Array, target: Array) -> Array:
    """How many logits are on the wrong side of 0; a logit of exactly 0 or NaN counts as wrong."""
    return jnp.sum(~jnp.where(target > 0, logit > 0, logit < 0), dtype=jnp.int32)


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
