"""What the host knows of replicates while they train: who sits in which slot, their losses, and who is solved."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lottery.certificates.certificate import Certificate, certify
from lottery.networks.lifenet import Network, Parameters
from lottery.networks.trees import pick, put
from lottery.training.engine import Engine, from_groups
from lottery.training.kept import Kept
from lottery.training.settings import TrainSettings
from lottery.training.updates import State

NEVER = -1


def certify_network(net: Network, settings: TrainSettings, params: Parameters, seed: int = 0) -> Certificate:
    """`certify` one network as it is trained: with its padding, rule and activation."""
    return certify(params, net=net, rule=settings.rule, seed=seed)


@dataclass
class Course:
    """The host's side of a run between two chunks; all that changes but the proofs is in a checkpoint.

    Attributes:
        net: what is trained.
        settings: how.
        update: how many updates are done.
        order: which replicate sits in which slot.
        params: latest parameters known on the host, leaves (R, ...).
        first_solved: (R,) update of the first certified check, or NEVER.
        certify_checks: whether a network that a check finds right is certified then.
        loss: a row (R,) for every check.
        wrong: a row (R,) for every check.
        snapshot: parameters at the update asked for, leaves (R, ...), or None so far.
        proofs: certificates of networks that left with the weights they keep, so that 2^25 windows, which take
            seconds, are not tried again.
        kept: weights that are kept beside the latest, or None where none were asked for.
    """

    net: Network
    settings: TrainSettings
    update: int
    order: np.ndarray
    params: Parameters
    first_solved: np.ndarray
    certify_checks: bool = True
    loss: list[np.ndarray] = field(default_factory=list)
    wrong: list[np.ndarray] = field(default_factory=list)
    snapshot: Parameters | None = None
    proofs: dict[int, Certificate] = field(default_factory=dict)
    kept: Kept | None = None

    @property
    def running(self) -> np.ndarray:
        """(R,) bool: who is still trained."""
        return (self.first_solved == NEVER) | (not self.settings.stop_when_solved)

    @property
    def goes_on(self) -> bool:
        """Whether there are updates left, and anyone to train."""
        return self.update < self.settings.updates and bool(self.running.any())

    def record(self, engine: Engine, state: State, losses: Any, wrong: Any) -> None:
        """Write one check down: loss, wrong count and, where checks certify, who is solved for the first time."""
        running, slots = self.running, len(self.order)
        loss_row = np.full(len(running), np.nan, np.float32)
        wrong_row = np.full(len(running), NEVER, np.int32)
        loss_row[self.order] = np.asarray(losses).reshape(-1)[:slots]
        wrong_row[self.order] = np.asarray(wrong).reshape(-1)[:slots]
        self.loss.append(np.where(running, loss_row, np.nan).astype(np.float32))
        self.wrong.append(np.where(running, wrong_row, NEVER).astype(np.int32))
        right = np.flatnonzero((wrong_row == 0) & (self.first_solved == NEVER))
        if len(right) and self.certify_checks:
            params = self.latest(state)
            proven = [index for index in right if self._certified(engine, params, int(index))]
            self.first_solved[proven] = self.update
        if self.kept is not None:
            self.kept.look(self.update, self.latest(state), self.wrong[-1])

    def _certified(self, engine: Engine, params: Parameters, index: int) -> bool:
        # The check was in one dtype and, beyond one step, on a screen: no proof yet. Where the certificate is sampled,
        # every look is at boards of its own, and none at those of the final certificate (seed 0).
        found = certify_network(self.net, self.settings, engine.network(pick(params, index)), seed=self.update)
        if self.settings.stop_when_solved and found.correct and found.exact:
            self.proofs[index] = found
        return found.correct

    def latest(self, state: State) -> Parameters:
        """All replicates' parameters; with `stop_when_solved` the solved ones keep those they were solved with."""
        rows = from_groups(state.params, len(self.order))
        running = self.running[self.order]
        self.params = put(self.params, self.order[running], pick(rows, running))
        return self.params

    def let_solved_leave(self, engine: Engine, state: State) -> State:
        """Drop solved networks from the slots once that halves the number of slots, so that few sizes are compiled."""
        staying = np.flatnonzero(self.running[self.order])
        if not len(staying) or 2 * engine.slots(len(staying)) > engine.slots(len(self.order)):
            return state
        rows = State(*from_groups(state, len(self.order)))
        self.order = self.order[staying]
        return engine.grouped(rows, staying)
