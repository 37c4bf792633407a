"""What training computes, as pure functions of arrays: one update of a network, and a chunk of them of a group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from lottery.inputs import numerics
from lottery.networks.lifenet import Network, Parameters, is_lifenet, logits, padding_of, untie
from lottery.networks.neighbourhoods import topology_of
from lottery.training import batches
from lottery.training.arrangements import FORM_OF
from lottery.training.losses import (
    boards_loss,
    column_logits,
    columns_loss,
    pattern_logits,
    patterns_loss,
    table_logits,
    tables_loss,
)
from lottery.training.optimisers import penalty
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


@dataclass(frozen=True, eq=False)
class Updates:
    """What stays the same while networks are trained, and what it makes of all that changes.

    Attributes:
        net: what is trained.
        settings: how.
        arrangement: how the loss is computed, a key of `lottery.training.arrangements.FORM_OF`.
        optimizer: of optax.
        targets: (512,) the rule's answer to each neighbourhood, in the floating-point type of training.
        frozen: whether the network computes with the values of pruned weights, instead of zeros.
        scored: what is trained instead of weights, or None.
    """

    net: Network
    settings: TrainSettings
    arrangement: str
    optimizer: optax.GradientTransformation
    targets: Array
    frozen: bool
    scored: ScoredMasks | None

    @property
    def form(self) -> str:
        """What the loss is computed from: "histograms", "codes" or "boards" (see lottery/training/batches.py)."""
        return FORM_OF[self.arrangement]

    def begin(self, params: Parameters, masks: Parameters, keys: Array, ahead: Array | None = None) -> State:
        """Stacked parameters, masks, keys and `State.ahead` -> State with a fresh optimizer."""
        dtype = jnp.dtype(self.settings.dtype)
        params, masks = (jax.tree.map(lambda leaf: leaf.astype(dtype), tree) for tree in (params, masks))
        params = params if self.frozen else jax.tree.map(jnp.multiply, params, masks)
        return State(params, jax.vmap(self.optimizer.init)(params), masks, keys, ahead)

    def advance_device(
        self, state: State, source: batches.Batch, screen: batches.Batch, first: Array
    ) -> tuple[State, Array, Array]:
        """A device's groups, leaves (groups, group, ...), one after the other through a chunk of updates.

        Returns:
            The State afterwards, the mean losses, and the wrong answers at the end, the latter two by slot.
        """
        return jax.lax.map(lambda group: self.advance_group(group, source, screen, first), state)

    def advance_group(
        self, state: State, source: batches.Batch, screen: batches.Batch, first: Array
    ) -> tuple[State, Array, Array]:
        """The same of one group, leaves (group, ...)."""
        keys = numerics.wrap(state.keys)
        times = first + jnp.arange(self.settings.check_every, dtype=first.dtype)
        drawn = batches.of_each(lambda key, time: batches.draws(key, time, self.settings), keys, times)

        def one_update(carry: Any, now: Any) -> tuple[Any, Array]:
            params, opt = carry
            rows, extra = now
            ready = jax.vmap(lambda row: self._batch(source, row))(rows)
            params, opt, value = self._over_group(self._update, params, opt, state.masks, ready, extra)
            return (params, opt), value

        begun = state.params, state.optimizer
        (params, opt), values = jax.lax.scan(one_update, begun, (drawn, self._extras(keys, times, state.ahead)))
        loss = jnp.mean(values, axis=0)
        wrong = self._over_group(lambda one, mask: self._wrong(one, mask, screen), params, state.masks)
        return state._replace(params=params, optimizer=opt), loss, wrong

    def _over_group(self, function: Callable[..., Any], *arguments: Any) -> Any:
        # From two steps on networks take turns on a CPU: vmap would turn convolutions into grouped ones, which XLA runs
        # slowly there, and the cells of one network's batch fill a cache alone. An accelerator starves on one network.
        if self.arrangement in ("patterns", "columns"):
            return jax.vmap(function)(*arguments)
        return jax.lax.map(lambda one: function(*one), arguments)

    def _extras(self, keys: Array, times: Array, ahead: Array | None) -> dict[str, Array]:
        """What some settings need for every update, (times, group)."""
        settings = self.settings
        extras: dict[str, Array] = {}
        if ahead is not None:
            clocks = times[:, None] + ahead[None]
            factor = rate_factor(clocks, settings.schedule, settings.updates, settings.final_rate)
            extras["factor"] = factor.astype(jnp.dtype(settings.dtype))
        if self.scored is not None and self.scored.noisy:
            extras["noise"] = batches.of_each(batches.noise_key, keys, times)
        return extras

    def _batch(self, source: batches.Batch, drawn: Array) -> batches.Batch:
        topology, dtype = topology_of(padding_of(self.net)), jnp.dtype(self.settings.dtype)
        return batches.batch(source, drawn, self.settings, self.net.steps, topology, self.form, dtype)

    def _update(
        self, params: Parameters, opt: Any, masks: Parameters, batch: batches.Batch, extra: dict[str, Array]
    ) -> tuple[Any, Any, Array]:
        """One network after one update, and its loss before it."""
        slope = jax.value_and_grad(self._minimised, has_aux=True)
        (_, value), gradient = slope(params, masks, batch, extra.get("noise"))
        if self.frozen:  # the optimizer must not see what pruned weights would like, though the network uses them
            gradient = jax.tree.map(jnp.multiply, gradient, masks)
        with jax.numpy_dtype_promotion("standard"):  # optax's bias correction raises a float to an integer
            change, opt = self.optimizer.update(gradient, opt, params)
        # The optimizer may move what has no gradient (momentum, decay): a pruned weight stays where it is.
        change = jax.tree.map(jnp.multiply, change, masks)
        if "factor" in extra:  # the rate is the last factor of every optimiser's change
            change = jax.tree.map(lambda leaf: extra["factor"] * leaf, change)
        return optax.apply_updates(params, change), opt, value

    def _minimised(
        self, params: Parameters, masks: Parameters, batch: batches.Batch, noise: Array | None
    ) -> tuple[Array, Array]:
        """What is minimised, and the loss alone, which is what is reported."""
        value = self._loss(self._computing(params, masks, noise), batch)
        l1, l2 = self.settings.l1, self.settings.l2
        return value + (penalty(params, l1, l2) if l1 + l2 > 0 else 0), value

    def _computing(self, params: Parameters, masks: Parameters, noise: Array | None = None) -> Parameters:
        """The weights that the network computes with."""
        if self.scored is not None:
            return self.scored.network(params) if noise is None else self.scored.sample(params, noise)
        return params if self.frozen else jax.tree.map(jnp.multiply, params, masks)

    def _loss(self, kept: Parameters, batch: batches.Batch) -> Array:
        net, loss = self.net, self.settings.loss
        if self.arrangement == "patterns":
            return patterns_loss(kept, batch[0], self.targets, loss, net.activation)
        cells, after = batch
        if self.arrangement == "tables":
            return tables_loss(untie(net, kept), cells, after, net.padding, loss, net.activation)
        if self.arrangement == "columns":
            return columns_loss(untie(net, kept), cells, after, net.padding, loss, net.activation)
        return boards_loss(net, kept, cells, after, loss)

    def _wrong(self, params: Parameters, masks: Parameters, screen: batches.Batch) -> Array:
        """How many patterns of 512, or cells of the screening boards, a network answers wrong."""
        net, dtype = self.net, jnp.dtype(self.settings.dtype)
        kept = self._computing(params, masks)
        if self.arrangement == "patterns":
            return wrong_count(pattern_logits(kept, net.activation), self.targets)
        cells, after = screen
        if not is_lifenet(net):  # board by board, which bounds the memory of whatever the network does
            boards = (cells.astype(dtype), after.astype(dtype))
            each = jax.lax.map(lambda one: wrong_count(logits(net, kept, one[0][None])[0], one[1]), boards)
            return jnp.sum(each, dtype=jnp.int32)
        if self.arrangement == "boards":
            return wrong_count(logits(net, kept, cells.astype(dtype)), after.astype(dtype))
        untied = untie(net, kept)
        if self.arrangement == "columns":  # as many boards at once as in a batch, which fits
            found = jax.lax.map(
                lambda board: column_logits(untied, board[None], net.padding, net.activation)[0],
                cells.astype(dtype),
                batch_size=self.settings.batch,
            )
            return wrong_count(found, after.astype(dtype))
        # Board by board: the columns of 200 boards at once would be hundreds of megabytes.
        found = jax.lax.map(
            lambda codes: table_logits(untied, codes[None], net.padding, net.activation)[0], cells.astype(jnp.int32)
        )
        return wrong_count(found, after.astype(dtype))


def wrong_count(logit: Array, target: Array) -> Array:
    """How many logits are on the wrong side of 0; a logit of exactly 0 or NaN counts as wrong."""
    return jnp.sum(~jnp.where(target > 0, logit > 0, logit < 0), dtype=jnp.int32)
