"""Train replicates to the end of their budget and say, for each, whether and when it solved the Game of Life."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from gol.errors import InputError
from lottery.certificates.certificate import Certificate, certify
from lottery.inputs import numerics
from lottery.inputs.plain_types import Numbers, whole_numbers
from lottery.networks.lifenet import Network, Parameters, describe, initial_parameters, is_lifenet, methods, padding_of
from lottery.networks.masks import fill_masks
from lottery.networks.neighbourhoods import topology_of
from lottery.networks.parameter_checks import check_answers, check_network, check_stacked
from lottery.networks.trees import content, full_like, on_host, pick, put, stack
from lottery.training import batches
from lottery.training.checkpoints import Checkpoint
from lottery.training.engine import Engine, State, from_groups, make_engine, to_groups
from lottery.training.feasibility import refuse_what_cannot_fit
from lottery.training.scores.scored_masks import ScoredMasks
from lottery.training.settings import TrainSettings

NEVER = -1

Progress = Callable[[int, int], None]  # (updates done, networks solved at this check)


@dataclass(frozen=True)
class TrainResult:
    """What became of R replicates. The two outcomes are different questions and are never mixed.

    Attributes:
        params: final parameters, leaves (R, ...); with `stop_when_solved` those at the first solved check.
        solved_at_end: (R,) bool, certified with the parameters at the end of the budget: the primary outcome. None
            with `stop_when_solved`, which cannot estimate it.
        first_solved: (R,) int, update of the first check at which the network was certified, or -1 for never.
        certificates: one per replicate, of `params`.
        checks: (C,) int, the updates at which the network was looked at.
        loss: (R, C) float, mean training loss since the last check; NaN after a network has left.
        wrong: (R, C) int, wrong patterns of 512 (n=1) or wrong cells of the screening boards (n>=2); -1 after leaving.
        arrangement: how the loss was computed: "patterns", "tables", "fused" or "boards".
        snapshot: parameters at the update asked for, leaves (R, ...), or None.
    """

    params: Parameters
    solved_at_end: np.ndarray | None
    first_solved: np.ndarray
    certificates: list[Certificate]
    checks: np.ndarray
    loss: np.ndarray
    wrong: np.ndarray
    arrangement: str
    snapshot: Parameters | None = None

    @property
    def ever_solved(self) -> np.ndarray:
        """(R,) bool: certified at one check at least."""
        return self.first_solved != NEVER


@dataclass
class _Run:
    """The host's side of a run between two chunks; all but the proofs is in a checkpoint."""

    update: int
    order: np.ndarray  # which replicate sits in which slot
    params: Parameters  # latest parameters known on the host, leaves (R, ...)
    first_solved: np.ndarray
    loss: list[np.ndarray] = field(default_factory=list)
    wrong: list[np.ndarray] = field(default_factory=list)
    snapshot: Parameters | None = None
    # Of networks that left with the weights they keep, so that 2^25 windows, which take seconds, are not tried again.
    proofs: dict[int, Certificate] = field(default_factory=dict)


@lru_cache(maxsize=64)
def _drawer(net: Network, _: Any) -> Callable[[Array], Parameters]:
    """Raw keys (R, 2) -> initial weights (R, ...), compiled once for each network and number of replicates."""
    return jax.jit(jax.vmap(lambda key: initial_parameters(net, numerics.wrap(key))))


@numerics.pinned()
def draw_initial(net: Network, seed: int, replicates: Numbers, purpose: int = batches.INITIAL) -> Parameters:
    """Independent initial weights of each replicate, leaves (R, ...) as numpy arrays.

    Raises:
        InputError: for what is no network, or no replicates.
    """
    check_network(net)
    replicates = whole_numbers("replicates", replicates)
    keys = jnp.stack([jax.random.key_data(batches.replicate_key(seed, r, purpose)) for r in replicates])
    return on_host(_drawer(net, methods(net))(keys))


def train(
    net: Network,
    settings: TrainSettings,
    *,
    seed: int,
    replicates: Numbers,
    initial: Parameters | None = None,
    masks: Parameters | None = None,
    start: int = 0,
    snapshot_at: int | None = None,
    checkpoint: Path | str | None = None,
    progress: Progress | None = None,
    devices: Sequence[Any] | None = None,
    frozen: bool = False,
    at_final_rate: Sequence[bool] | np.ndarray | None = None,
    scored: ScoredMasks | None = None,
    copies: Numbers | None = None,
) -> TrainResult:
    """Train one network per replicate, all in lockstep, each on its own sequence of batches.

    Args:
        net: the architecture. One that is no `LifeNet` is trained and judged by calling it on boards.
        settings: budget, data, loss and optimiser.
        seed: of the whole run, 0 to 2^31 - 1.
        replicates: the numbers of the replicates; a replicate's initial weights and batches follow from the seed and
            its number alone. A number may come twice, for arms that share their batches.
        initial: starting weights, leaves (R, ...); by default each replicate's own draw.
        masks: leaves (R, ...), 1 or True where a weight is kept; None leaves are never pruned. By default all kept.
        start: the update to start from, a multiple of `check_every`: the batches before it are skipped (rewinding).
        snapshot_at: also keep the parameters as they are after this many updates (a multiple of `check_every`).
        checkpoint: a file to save the state to every half minute, and to continue from; another run's is refused.
        progress: called after every chunk.
        devices: share the replicates over these devices; by default all of them.
        frozen: pruned weights keep the values that `initial` has for them, instead of zero, and are not trained.
        at_final_rate: (R,) who trains at the rate that a decaying schedule ends with; by default nobody. The rate of
            all others follows the number of the update, also where training starts from a later one.
        scored: train which weights are there (lottery/training/scores/popup.py, lottery/training/scores/supermask.py)
        instead of the weights, which
            stay at `initial`; `masks` are then given by it. The parameters in the result are those that the network
            computes with.
        copies: (R,) which of its sequences of batches a replicate sees, so that it can be trained on other data from
            the same weights; 0, by default, is the one that all its arms share. Banks are common to all sequences.

    Returns:
        The outcomes, one row per entry of `replicates`.

    Raises:
        InputError: for settings, weights or masks that cannot be trained with, or another run's checkpoint.
    """
    _check_arguments(net, settings, seed, start, snapshot_at)
    refuse_what_cannot_fit(net, settings, replicates, devices)
    seed, replicates = int(seed), whole_numbers("replicates", replicates)
    count = len(replicates)
    copies = [0] * count if copies is None else whole_numbers("copies", copies)
    late = np.zeros(count, bool) if at_final_rate is None else np.asarray(at_final_rate, bool)
    for name, values in (("copies", copies), ("at_final_rate", late)):
        if len(values) != count:
            raise InputError(f"{name} has {len(values)} entries, and there are {count} replicates.")
    with numerics.pinned(settings.dtype):
        decaying = settings.schedule != "constant"
        of_engine = replace(
            settings if decaying else replace(settings, updates=settings.check_every), stop_when_solved=False
        )
        engine = make_engine(net, of_engine, tuple(devices or jax.devices()), frozen, scored)
        initial = draw_initial(net, seed, replicates) if initial is None else initial
        check_stacked("initial", initial, net, count)
        if not is_lifenet(net):
            check_answers(net, pick(initial, 0), settings.board)
        if scored is not None:
            initial, masks = scored.begin(initial, seed, replicates)
        elif masks is not None:
            check_stacked("masks", masks, net, count, masks=True)
        ones = full_like(initial, 1)
        masks = ones if masks is None else fill_masks(masks, ones)
        keys = batches.data_keys(seed, replicates, settings.stream, copies)
        ahead = np.where(late, settings.updates, 0).astype(np.int32) if decaying else None
        full = on_host(engine.begin(initial, masks, keys, ahead))
        run = _Run(start, np.arange(count), full.params, np.full(count, NEVER))
        if snapshot_at == start:
            run.snapshot = full.params
        identity = {
            "network": describe(net),
            "training": asdict(settings),
            "seed": seed,
            "replicates": replicates,
            "initial": content(initial),
            "masks": content(masks),
            "start": start,
            "snapshot_at": snapshot_at,
            "frozen": frozen,
            "at_final_rate": late.tolist(),
            "scored": repr(scored),
            "copies": copies,
            "arrangement": engine.arrangement,
            "numerics": numerics.ambient_numerics(),
        }
        saved = Checkpoint(None if checkpoint is None else Path(checkpoint), full, identity)
        state, run = saved.restore(run) or (full, run)
        return _train(engine, net, settings, seed, state, run, snapshot_at, start, saved, progress)


def _train(
    engine: Engine,
    net: Network,
    settings: TrainSettings,
    seed: int,
    full: State,
    run: _Run,
    snapshot_at: int | None,
    start: int,
    saved: Checkpoint,
    progress: Progress | None,
) -> TrainResult:
    topology = topology_of(padding_of(net))
    source_of = (net.steps, topology, engine.form)
    # The bank and the screen depend on few of the settings; the rest would only make jit compile them again.
    of_data = replace(
        settings, updates=settings.check_every, stop_when_solved=False, learning_rate=1.0, schedule="constant"
    )
    screen = engine.spread(() if engine.form == "histograms" else batches.screen(seed, of_data, *source_of))
    source = engine.spread(())
    epoch = None
    state = engine.shard(to_groups(full, np.arange(len(run.order)), engine.group, engine.devices))
    while run.update < settings.updates and _anyone_runs(settings, run):
        if settings.stream != "own" and run.update // settings.bank_updates != epoch:
            epoch = run.update // settings.bank_updates
            source = engine.spread(batches.bank(seed, epoch, of_data, *source_of))
        state, losses, wrong = engine.advance(state, source, screen, jnp.int32(run.update))
        run.update += settings.check_every
        _record(run, engine, net, settings, state, losses, wrong)
        if run.update == snapshot_at:
            run.snapshot = _on_host(settings, state, run)
        if settings.stop_when_solved:
            state = _let_solved_leave(engine, settings, state, run)
        if progress is not None:
            progress(run.update, int(np.sum(run.first_solved != NEVER)))
        if saved.due():
            saved.save(State(*from_groups(state, len(run.order))), run)
    params = _on_host(settings, state, run)
    if snapshot_at is not None and run.snapshot is None:  # all had left by then, with the weights they keep
        run.snapshot = params
    return _result(engine, net, settings, params, run, start)


def _anyone_runs(settings: TrainSettings, run: _Run) -> bool:
    return not settings.stop_when_solved or bool(np.any(run.first_solved == NEVER))


def _check_arguments(net: Network, settings: TrainSettings, seed: int, start: int, snapshot_at: int | None) -> None:
    check_network(net)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**31:
        raise InputError(f"seed is {seed}: it lies between 0 and 2147483647.")
    for name, update, first in (("start", start, 0), ("snapshot_at", snapshot_at, start)):
        if update is not None and (update % settings.check_every or not first <= update <= settings.updates):
            raise InputError(
                f"{name} is {update}: it has to be a multiple of check_every ({settings.check_every}) "
                f"between {first} and the budget of {settings.updates} updates."
            )


def _record(
    run: _Run, engine: Engine, net: Network, settings: TrainSettings, state: State, losses: Any, wrong: Any
) -> None:
    """Write one check into the run: loss, wrong count and who is solved for the first time."""
    running = run.first_solved == NEVER if settings.stop_when_solved else np.ones(len(run.first_solved), bool)
    slots = len(run.order)
    loss_row = np.full(len(running), np.nan, np.float32)
    wrong_row = np.full(len(running), NEVER, np.int32)
    loss_row[run.order] = np.asarray(losses).reshape(-1)[:slots]
    wrong_row[run.order] = np.asarray(wrong).reshape(-1)[:slots]
    run.loss.append(np.where(running, loss_row, np.nan).astype(np.float32))
    run.wrong.append(np.where(running, wrong_row, NEVER).astype(np.int32))
    fresh = (wrong_row == 0) & (run.first_solved == NEVER)
    if not fresh.any():
        return
    params = _on_host(settings, state, run)
    for index in np.flatnonzero(fresh):
        # The check was in one dtype and, beyond one step, on a screen: no proof yet. Where the certificate is sampled,
        # every look is at boards of its own, and none at those of the final certificate (seed 0).
        one = engine.network(pick(params, int(index)))
        found = certify_network(net, settings, one, seed=run.update)
        fresh[index] = found.correct
        if settings.stop_when_solved and found.correct and found.exact:
            run.proofs[int(index)] = found
    run.first_solved[fresh] = run.update


def _on_host(settings: TrainSettings, state: State, run: _Run) -> Parameters:
    """All replicates' parameters; with `stop_when_solved` the solved ones keep those they were solved with."""
    rows = from_groups(state.params, len(run.order))
    running = np.ones(len(run.order), bool)
    if settings.stop_when_solved:
        running = run.first_solved[run.order] == NEVER
    run.params = put(run.params, run.order[running], pick(rows, running))
    return run.params


def _let_solved_leave(engine: Engine, settings: TrainSettings, state: State, run: _Run) -> State:
    """Drop solved networks from the slots once that halves the number of groups, so that few sizes are compiled."""
    staying = np.flatnonzero(run.first_solved[run.order] == NEVER)
    unit = engine.group * engine.devices
    before, after = -(-len(run.order) // unit), -(-len(staying) // unit)
    if not len(staying) or after > before // 2:
        return state
    rows = State(*from_groups(state, len(run.order)))
    run.order = run.order[staying]
    return engine.shard(to_groups(rows, staying, engine.group, engine.devices))


def certify_network(net: Network, settings: TrainSettings, params: Parameters, seed: int = 0) -> Certificate:
    """`certify` one network as it is trained: with its padding, rule and activation."""
    return certify(params, net=net, rule=settings.rule, seed=seed)


def _result(
    engine: Engine, net: Network, settings: TrainSettings, trained: Parameters, run: _Run, start: int
) -> TrainResult:
    count = len(run.first_solved)
    params = _networks(engine, trained, count)
    certificates = [run.proofs.get(i) or certify_network(net, settings, pick(params, i)) for i in range(count)]
    solved = np.array([certificate.correct for certificate in certificates])
    return TrainResult(
        params=params,
        solved_at_end=None if settings.stop_when_solved else solved,
        first_solved=run.first_solved,
        certificates=certificates,
        checks=start + settings.check_every * np.arange(1, len(run.loss) + 1),
        loss=np.array(run.loss).reshape(-1, count).T,
        wrong=np.array(run.wrong).reshape(-1, count).T,
        arrangement=engine.arrangement,
        snapshot=None if run.snapshot is None else _networks(engine, run.snapshot, count),
    )


def _networks(engine: Engine, trained: Parameters, count: int) -> Parameters:
    """What is trained, leaves (R, ...) -> what the networks compute with, leaves (R, ...)."""
    return stack([engine.network(pick(trained, index)) for index in range(count)])
