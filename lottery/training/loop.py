"""Train replicates to the end of their budget and say, for each, whether and when it solved the Game of Life."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from gol.errors import InputError
from lottery.certificates.certificate import Certificate
from lottery.inputs import numerics
from lottery.inputs.plain_types import Numbers, whole_numbers
from lottery.networks.lifenet import Network, Parameters, describe, initial_parameters, is_lifenet, methods, padding_of
from lottery.networks.masks import fill_masks
from lottery.networks.neighbourhoods import topology_of
from lottery.networks.parameter_checks import check_answers, check_network, check_stacked
from lottery.networks.trees import content, full_like, on_host, pick, stack
from lottery.training import batches
from lottery.training.checkpoints import Checkpoint
from lottery.training.course import NEVER, Course, certify_network
from lottery.training.engine import Engine, from_groups, make_engine
from lottery.training.feasibility import refuse_what_cannot_fit
from lottery.training.kept import Kept, nothing_kept
from lottery.training.own_boards import Data, OwnBoards, own_boards
from lottery.training.progress_bar import progress_bar
from lottery.training.scores.scored_masks import ScoredMasks
from lottery.training.settings import TrainSettings, identity
from lottery.training.updates import State

Progress = Callable[[int, int], None]  # (updates done, networks solved at this check)
Watch = Callable[[Course, State], None]


@dataclass(frozen=True, repr=False)
class TrainResult:
    """What became of R replicates. The two outcomes are different questions and are never mixed.

    Attributes:
        params: final parameters, leaves (R, ...); with `stop_when_solved` those at the first solved check.
        solved_at_end: (R,) bool, certified with the parameters at the end of the budget: the primary outcome. None
            with `stop_when_solved`, which cannot estimate it.
        first_solved: (R,) int, update of the first check at which the network was certified, or -1 for never; with
            `certify_checks=False` always -1.
        certificates: one per replicate, of `params`.
        checks: (C,) int, the updates at which the network was looked at.
        loss: (R, C) float, mean training loss since the last check; NaN after a network has left.
        wrong: (R, C) int, wrong patterns of 512 (n=1) or wrong cells of the screening boards (n>=2); -1 after leaving.
        arrangement: how the loss was computed, one of `lottery.training.settings.ARRANGEMENTS`, "auto" resolved.
        snapshot: parameters at the update asked for, leaves (R, ...), or None.
        kept: the weights of the best check and an average of the weights, where `keep` asked for them.
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
    kept: Kept | None = None

    @property
    def ever_solved(self) -> np.ndarray:
        """(R,) bool: certified at one check at least."""
        return self.first_solved != NEVER

    def __repr__(self) -> str:
        """What became of them, in a line."""
        count = len(self.certificates)
        last = f"{self.checks[-1]} updates" if len(self.checks) else "no update"
        right = sum(certificate.correct for certificate in self.certificates)
        return (
            f"TrainResult({right} of {count} networks certified after {last}, {self.ever_solved.sum()} at some check)"
        )


@dataclass(frozen=True, eq=False)
class _Run:
    """What a run is, with every default filled in: all that may change its numbers, in the order of its identity.

    Attributes:
        network: the architecture.
        training: budget, data, loss and optimiser.
        initial: what training starts from, leaves (R, ...).
        masks: 1 where it is trained, float32, leaves (R, ...).

    The other attributes are the arguments of `train`.
    """

    network: Network
    training: TrainSettings
    seed: int
    replicates: list[int]
    initial: Parameters
    masks: Parameters
    start: int
    snapshot_at: int | None
    frozen: bool
    at_final_rate: list[bool]
    scored: ScoredMasks | None
    copies: list[int]
    certify_checks: bool
    data: OwnBoards | None
    keep: float | None

    def identity(self, arrangement: str) -> dict[str, Any]:
        """Of its checkpoint: plain JSON values, of a network or a tree what says which it is."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.certify_checks:  # as always before it could be left out: earlier files go on
            del asked["certify_checks"]
        if self.keep is None:
            del asked["keep"]
        return asked | {
            "network": describe(self.network),
            "training": identity(self.training),
            "initial": content(self.initial),
            "masks": content(self.masks),
            "scored": repr(self.scored),
            "data": None if self.data is None else self.data.identity(),
            "arrangement": arrangement,
            "numerics": numerics.ambient_numerics(),
        }


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
    progress: Progress | bool | None = None,
    devices: Sequence[Any] | None = None,
    frozen: bool = False,
    at_final_rate: Sequence[bool] | np.ndarray | None = None,
    scored: ScoredMasks | None = None,
    copies: Numbers | None = None,
    certify_checks: bool = True,
    data: Data | None = None,
    keep: float | None = None,
    watch: Watch | None = None,
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
        progress: True shows a bar in the terminal; a function of (updates done, networks solved so far) is called after
            every check.
        devices: share the replicates over these devices; by default all of them.
        frozen: pruned weights keep the values that `initial` has for them, instead of zero, and are not trained.
        at_final_rate: (R,) who trains at the rate that a decaying schedule ends with; by default nobody. The rate of
            all others follows the number of the update, also where training starts from a later one.
        scored: train which weights are there (lottery/training/scores/) instead of the weights, which stay at
            `initial`; `masks` are then given by it. The parameters in the result are those that the network computes
            with.
        copies: (R,) which of its sequences of batches a replicate sees, so that it can be trained on other data from
            the same weights; 0, by default, is the one that all its arms share. Banks are common to all sequences.
        certify_checks: certify a network at the first check that finds it right. Without it a check notes loss and
            wrong answers alone, and networks are certified at the end: beyond one step a certificate takes seconds.
        data: boards and answers of your own, a pair of arrays (n, height, width), in place of the random boards of a
            bank; or a function of the number of the bank, from 0 on, that makes the pair. Batches are drawn from it.
            Whether a network is solved is still asked of `settings.rule`.
        keep: also keep of every network the weights of its best check (the first of those with the fewest wrong
            answers) and an average of its weights, which moves at the checks by 1 - `keep`. Training is not changed.
        watch: called after every check with the course of the run and the state of training, to read and not to change;
            a run that goes on from a checkpoint calls it for the checks that are left.

    Returns:
        The outcomes, one row per entry of `replicates`.

    Raises:
        InputError: for settings, weights, masks or boards that cannot be trained with, another run's checkpoint, or
            networks that are to leave when they are certified and are certified at no check.
    """
    _check_arguments(net, settings, seed, start, snapshot_at)
    own = None if data is None else own_boards(net, settings, data)
    settings = settings if own is None else own.settings
    refuse_what_cannot_fit(net, settings, replicates, devices)
    if settings.stop_when_solved and not certify_checks:
        raise InputError("certify_checks has to be True where stop_when_solved is: only certified networks leave.")
    if keep is not None and (settings.stop_when_solved or not 0 <= keep < 1):
        raise InputError(f"keep is {keep}: it is a decay from 0 on and below 1, of networks that train to the end.")
    seed, replicates = int(seed), whole_numbers("replicates", replicates)
    copies = [0] * len(replicates) if copies is None else whole_numbers("copies", copies)
    late = [False] * len(replicates) if at_final_rate is None else np.asarray(at_final_rate, bool).tolist()
    for name, values in (("copies", copies), ("at_final_rate", late)):
        if len(values) != len(replicates):
            raise InputError(f"{name} has {len(values)} entries, and there are {len(replicates)} replicates.")
    with numerics.pinned(settings.dtype):
        engine = make_engine(net, _of_engine(settings, own), tuple(devices or jax.devices()), frozen, scored)
        weights, trained = _weights_and_masks(net, settings, seed, replicates, initial, masks, scored)
        run = _Run(
            network=net,
            training=settings,
            seed=seed,
            replicates=replicates,
            initial=weights,
            masks=trained,
            start=start,
            snapshot_at=snapshot_at,
            frozen=frozen,
            at_final_rate=late,
            scored=scored,
            copies=copies,
            certify_checks=certify_checks,
            data=own,
            keep=keep,
        )
        bar = progress_bar(len(replicates), start, settings.updates) if progress is True else nullcontext(progress)
        with bar as tell:
            return _train(run, engine, None if checkpoint is None else Path(checkpoint), tell or None, watch)


def _of_engine(settings: TrainSettings, own: OwnBoards | None) -> TrainSettings:
    """Settings without what the engine does not depend on, so that it is compiled for no other value of it."""
    if own is not None:  # the engine makes room for boards of this size
        settings = replace(settings, board=max(settings.board, own.side))
    if settings.schedule == "constant":
        settings = replace(settings, updates=settings.check_every)
    return replace(settings, stop_when_solved=False)


def _weights_and_masks(
    net: Network,
    settings: TrainSettings,
    seed: int,
    replicates: list[int],
    initial: Parameters | None,
    masks: Parameters | None,
    scored: ScoredMasks | None,
) -> tuple[Parameters, Parameters]:
    """What is trained and its masks, leaves (R, ...), from what was given of them."""
    initial = draw_initial(net, seed, replicates) if initial is None else initial
    check_stacked("initial", initial, net, len(replicates))
    if not is_lifenet(net):
        check_answers(net, pick(initial, 0), settings.board)
    if scored is not None:
        return scored.begin(initial, seed, replicates)
    if masks is not None:
        check_stacked("masks", masks, net, len(replicates), masks=True)
    ones = full_like(initial, 1)
    return initial, ones if masks is None else fill_masks(masks, ones)


def _train(
    run: _Run, engine: Engine, checkpoint: Path | None, progress: Progress | None, watch: Watch | None
) -> TrainResult:
    state, course = _beginning(run, engine)
    saved = Checkpoint(checkpoint, state, run.identity(engine.arrangement))
    state, course = saved.restore(course) or (state, course)
    bank, screen = boards_of(engine, run.network, run.training, run.seed, run.data)
    state = engine.grouped(state, np.arange(len(course.order)))
    while course.goes_on:
        state, losses, wrong = engine.advance(state, bank(course.update), screen, jnp.int32(course.update))
        course.update += run.training.check_every
        course.record(engine, state, losses, wrong)
        if course.update == run.snapshot_at:
            course.snapshot = course.latest(state)
        if watch is not None:
            watch(course, state)
        state = course.let_solved_leave(engine, state)
        if progress is not None:
            progress(course.update, int(np.sum(course.first_solved != NEVER)))
        if saved.due():
            saved.save(State(*from_groups(state, len(course.order))), course)
    return _result(run, engine, course, course.latest(state))


def _beginning(run: _Run, engine: Engine) -> tuple[State, Course]:
    """The State, on the host, and the course before the first update."""
    settings, count = run.training, len(run.replicates)
    keys = batches.data_keys(run.seed, run.replicates, settings.stream, run.copies)
    decaying = settings.schedule != "constant"
    ahead = np.where(run.at_final_rate, settings.updates, 0).astype(np.int32) if decaying else None
    state = on_host(engine.begin(run.initial, run.masks, keys, ahead))
    never = np.full(count, NEVER)
    course = Course(run.network, settings, run.start, np.arange(count), state.params, never, run.certify_checks)
    course.snapshot = state.params if run.snapshot_at == run.start else None
    course.kept = None if run.keep is None else nothing_kept(run.keep, state.params, count)
    return state, course


def boards_of(
    engine: Engine, net: Network, settings: TrainSettings, seed: int, data: OwnBoards | None = None
) -> tuple[Callable[[int], Any], Any]:
    """What `Engine.advance` takes of boards.

    Args:
        engine: that takes them.
        net: what is trained.
        settings: how.
        seed: of the run.
        data: boards of somebody's own, in place of the banks.

    Returns:
        Update -> the bank that its batches are drawn from, made when it is asked for; and the screen.
    """
    form = (net.steps, topology_of(padding_of(net)), engine.form)
    # The bank and the screen depend on few of the settings; the rest would only make jit compile them again.
    of_data = replace(
        settings, updates=settings.check_every, stop_when_solved=False, learning_rate=1.0, schedule="constant"
    )

    @lru_cache(maxsize=1)
    def bank_of(epoch: int) -> Any:
        if data is not None:
            return engine.spread(data.prepared(epoch, net, engine.form))
        return engine.spread(batches.bank(seed, epoch, of_data, *form))

    screen = engine.spread(() if engine.form == "histograms" else batches.screen(seed, of_data, *form))
    if settings.stream == "own":
        return lambda update: engine.spread(()), screen
    return lambda update: bank_of(update // settings.bank_updates), screen


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


def _result(run: _Run, engine: Engine, course: Course, trained: Parameters) -> TrainResult:
    net, settings, count = run.network, run.training, len(run.replicates)
    if run.snapshot_at is not None and course.snapshot is None:  # all had left by then, with the weights they keep
        course.snapshot = trained
    params = _networks(engine, trained, count)
    certificates = [course.proofs.get(i) or certify_network(net, settings, pick(params, i)) for i in range(count)]
    solved = np.array([certificate.correct for certificate in certificates])
    return TrainResult(
        params=params,
        solved_at_end=None if settings.stop_when_solved else solved,
        first_solved=course.first_solved,
        certificates=certificates,
        checks=run.start + settings.check_every * np.arange(1, len(course.loss) + 1),
        loss=np.array(course.loss).reshape(-1, count).T,
        wrong=np.array(course.wrong).reshape(-1, count).T,
        arrangement=engine.arrangement,
        snapshot=None if course.snapshot is None else _networks(engine, course.snapshot, count),
        kept=None if course.kept is None else _kept_networks(engine, course.kept, count),
    )


def _kept_networks(engine: Engine, kept: Kept, count: int) -> Kept:
    return replace(kept, best=_networks(engine, kept.best, count), average=_networks(engine, kept.average, count))


def _networks(engine: Engine, trained: Parameters, count: int) -> Parameters:
    """What is trained, leaves (R, ...) -> what the networks compute with, leaves (R, ...)."""
    return stack([engine.network(pick(trained, index)) for index in range(count)])
