"""One-step networks trained on any rule by one program, which takes the rule as an argument.

In `lottery.training.loop` it is a constant of the program, which is compiled for several seconds: dozens of rules would
compile for longer than they train. The computation is the same up to rounding (a test holds the two together).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

import gol
from gol.errors import InputError
from lottery.inputs import numerics
from lottery.inputs.plain_types import Numbers, whole_numbers
from lottery.networks.lifenet import LifeNet, Parameters, require_lifenet
from lottery.networks.neighbourhoods import topology_of
from lottery.training import batches
from lottery.training.engine import from_groups, over_devices, shard, spread, to_groups
from lottery.training.groups import grouping
from lottery.training.loop import draw_initial
from lottery.training.losses import patterns_loss
from lottery.training.optimisers import make_optimiser
from lottery.training.settings import TrainSettings
from lottery.training.updates import State

Progress = Callable[[int], None]  # updates done


def train_any_rule(
    net: LifeNet,
    settings: TrainSettings,
    *,
    seed: int,
    replicates: Numbers,
    progress: Progress = lambda update: None,
) -> Parameters:
    """Train one-step networks on the rule that the settings name, as `lottery.train` does, for the whole budget.

    Args:
        net: the architecture, of one step.
        settings: budget, data, loss and optimiser.
        seed: of the whole run.
        replicates: numbers of the replicates, from which initial weights and batches follow.
        progress: called after every `check_every` updates.

    Returns:
        The parameters at the end, leaves (R, ...) as numpy arrays.

    Raises:
        InputError: for what this trainer does not know: more than one step, penalties, schedules, leaving when solved.
    """
    require_lifenet(net, "The trainer of any rule")
    if net.steps != 1 or settings.l1 + settings.l2 > 0 or settings.schedule != "constant" or settings.stop_when_solved:
        raise InputError(
            "The trainer of any rule is for one step, without penalties, at a constant rate, to the end of the budget."
        )
    replicates = whole_numbers("replicates", replicates)
    with numerics.pinned(settings.dtype):
        return _train_any_rule(net, settings, seed, replicates, progress)


def _train_any_rule(
    net: LifeNet, settings: TrainSettings, seed: int, replicates: list[int], progress: Progress
) -> Parameters:
    devices = tuple(jax.devices())
    # Neither the rule nor the budget belongs to the program, nor to the bank of histograms.
    common = replace(settings, rule="B3/S23", updates=settings.check_every)
    begin, advance = _program(net, common, devices)
    state = begin(draw_initial(net, seed, replicates), batches.data_keys(seed, replicates, settings.stream))
    together = grouping(net, settings, devices)
    state = shard(devices, to_groups(state, np.arange(len(replicates)), together(len(replicates)), len(devices)))
    targets = jnp.asarray(gol.truth_table(settings.rule), settings.dtype)
    rule_on = spread(devices, targets)
    epoch, bank = None, ()
    for update in range(0, settings.updates, settings.check_every):
        if update // settings.bank_updates != epoch:
            epoch = update // settings.bank_updates
            bank = spread(devices, batches.bank(seed, epoch, common, 1, topology_of(net.padding), "histograms"))
        state = advance(state, bank, rule_on, jnp.int32(update))
        progress(update + settings.check_every)
    return from_groups(state.params, len(replicates))


@lru_cache(maxsize=8)
def _program(
    net: LifeNet, settings: TrainSettings, devices: tuple[Any, ...]
) -> tuple[Callable[..., State], Callable[..., State]]:
    """Compiled once for a network and settings: (initial weights, keys) -> State, and a chunk of updates of a State."""
    of_any = _AnyRule(net, settings, make_optimiser(settings))
    return jax.jit(of_any.begin), over_devices(jax.jit(of_any.advance), devices)


@dataclass(frozen=True, eq=False)
class _AnyRule:
    """`Updates` of one step at a constant rate, whose targets, the rule's answers, are an argument."""

    net: LifeNet
    settings: TrainSettings
    optimizer: optax.GradientTransformation

    def begin(self, params: Parameters, keys: Array) -> State:
        dtype = jnp.dtype(self.settings.dtype)
        params = jax.tree.map(lambda leaf: leaf.astype(dtype), params)
        return State(params, jax.vmap(self.optimizer.init)(params), (), keys)

    def advance(self, state: State, bank: batches.Batch, targets: Float[Array, "512"], first: Array) -> State:
        return jax.lax.map(lambda group: self._advance_group(group, bank, targets, first), state)

    def _advance_group(self, state: State, bank: batches.Batch, targets: Float[Array, "512"], first: Array) -> State:
        settings, topology, dtype = self.settings, topology_of(self.net.padding), jnp.dtype(self.settings.dtype)
        keys = numerics.wrap(state.keys)
        times = first + jnp.arange(settings.check_every, dtype=first.dtype)
        drawn = batches.of_each(lambda key, time: batches.draws(key, time, settings), keys, times)

        def prepare(row: Array) -> batches.Batch:
            return batches.batch(bank, row, settings, 1, topology, "histograms", dtype)

        def one_update(carry: Any, rows: Array) -> tuple[Any, None]:
            params, opt = carry
            (weights,) = jax.vmap(lambda row: batches.batch(bank, row, settings, 1, topology, "histograms", dtype))(
                rows
            )
            return jax.vmap(self._update, in_axes=(0, 0, None, 0))(params, opt, targets, weights), None

        (params, opt), _ = jax.lax.scan(one_update, (state.params, state.optimizer), drawn)
        return state._replace(params=params, optimizer=opt)

    def _update(
        self, params: Parameters, opt: Any, targets: Float[Array, "512"], weights: Float[Array, "512"]
    ) -> tuple[Parameters, Any]:
        gradient = jax.grad(patterns_loss)(params, weights, targets, self.settings.loss, self.net.activation)
        with jax.numpy_dtype_promotion("standard"):  # optax's bias correction raises a float to an integer
            change, opt = self.optimizer.update(gradient, opt, params)
        return optax.apply_updates(params, change), opt
