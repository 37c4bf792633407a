"""How a network is trained: one frozen dataclass that is part of a run's identity."""

from dataclasses import asdict, dataclass
from typing import Any

from gol.errors import InputError
from gol.rules import parse_any_rule
from lottery.inputs.plain_types import check_types
from lottery.training.losses import LOSSES
from lottery.training.optimisers import OPTIMISERS, TAKES
from lottery.training.schedules import SCHEDULES

ARRANGEMENTS = ("auto", "patterns", "fused_patterns", "tables", "fused", "columns", "boards")
STREAMS = ("bank", "own", "shared", "risk")


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one training run; the defaults are the protocol of Springer and Kenyon (2020).

    Where the paper is silent (loss, and everything from `arrangement` on) the default is our choice.

    Attributes:
        updates: optimiser steps after which training ends: the budget.
        batch: boards per update.
        board: side of the square boards, in cells.
        density: share of live cells in a training board, or None to draw it per board from U(0, 1).
        rule: the cellular automaton: B/S notation, or a MAP string of 512 answers (`gol.map_string`).
        optimiser: a name of `lottery.training.optimisers.OPTIMISERS`.
        learning_rate: of the optimiser; under a decaying schedule the one it starts with.
        l1: strength of a penalty on the sum of the weights' absolute values; biases are not penalised.
        l2: strength of a penalty on the sum of their squares.
        loss: a name of `lottery.training.losses.LOSSES`; relu_mse has a ReLU as output, read as alive above 1/2.
        arrangement: how the loss of a batch is computed: "patterns" (one step only), "fused_patterns" (one
            step, on a CPU with numba), "tables", "fused" (on a CPU with numba), "columns" (for accelerators), "boards"
            (the reference), or "auto": "patterns" for one step, else the fastest that is to be had (docs/engine.md).
        stream: where a replicate's batches come from. "bank": its own draws from a bank of boards that all replicates
            share and that is renewed; "own": boards of its own; "shared": one sequence of batches for all replicates;
            "risk": no boards, the expected loss over all of them (one step, torus, patterns).
        bank_boards: boards in a bank.
        bank_updates: updates after which the bank is renewed.
        check_every: updates between two checks whether the network is solved.
        screen_boards: fresh boards that a network of two or more steps has to get right before it is certified.
        stop_when_solved: freeze a network at its first solved check; then only `ever_solved` can be estimated.
        group: networks computed together; short groups are padded, so that results do not depend on company.
        dtype: "float32" or "float64".
        schedule: of the learning rate over the budget, a name of `lottery.training.schedules.SCHEDULES`.
        final_rate: share of the learning rate that a decaying schedule ends with, and that fine-tuning trains with
            (Renda et al. 2020 end with 1/100).
        epsilon: what Adam and its kin add to the root of the second moment; 1e-8 in optax and PyTorch, 1e-7 in Keras.
        b2: decay of the second moment of Adam and its kin.
        clip: the norm over all weights to which a larger gradient is scaled down, or None.
    """

    updates: int = 125_000
    batch: int = 8
    board: int = 32
    density: float | None = None
    rule: str = "B3/S23"
    optimiser: str = "adam"
    learning_rate: float = 1e-3
    l1: float = 0.0
    l2: float = 0.0
    loss: str = "bce"
    arrangement: str = "auto"
    stream: str = "bank"
    bank_boards: int = 8192
    bank_updates: int = 2500
    check_every: int = 250
    screen_boards: int = 200
    stop_when_solved: bool = False
    group: int = 8
    dtype: str = "float32"
    schedule: str = "constant"
    final_rate: float = 0.01
    epsilon: float = 1e-8
    b2: float = 0.999
    clip: float | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with, naming what would be right."""
        check_types(self)
        for name in ("updates", "batch", "bank_boards", "bank_updates", "check_every", "screen_boards", "group"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: it has to be at least 1.")
        if self.board < 3:
            raise InputError(f"board is {self.board}: a board has at least 3 x 3 cells.")
        if self.density is not None and not 0 <= self.density <= 1:
            raise InputError(f"density is {self.density}: a share of live cells lies within 0 and 1.")
        if not self.learning_rate > 0:
            raise InputError(f"learning_rate is {self.learning_rate}: it has to be above 0.")
        if not 0 <= self.final_rate <= 1:
            raise InputError(f"final_rate is {self.final_rate}: a share of the learning rate lies within 0 and 1.")
        for name in ("l1", "l2"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name} is {getattr(self, name)}: a penalty's strength is 0 or more.")
        if not self.epsilon > 0:
            raise InputError(f"epsilon is {self.epsilon}: it has to be above 0.")
        if not 0 <= self.b2 < 1:
            raise InputError(f"b2 is {self.b2}: a decay lies at 0 or above it, and below 1.")
        if self.clip is not None and not self.clip > 0:
            raise InputError(f"clip is {self.clip}: a norm that gradients are scaled down to is above 0.")
        for name, known in (
            ("optimiser", OPTIMISERS),
            ("loss", LOSSES),
            ("arrangement", ARRANGEMENTS),
            ("stream", STREAMS),
            ("dtype", ("float32", "float64")),
            ("schedule", tuple(SCHEDULES)),
        ):
            if getattr(self, name) not in known:
                raise InputError(f"Unknown {name} {getattr(self, name)!r}: it is one of {', '.join(known)}.")
        if self.updates % self.check_every:
            raise InputError(f"updates ({self.updates}) has to be a multiple of check_every ({self.check_every}).")
        if self.bank_updates % self.check_every:
            raise InputError(
                f"bank_updates ({self.bank_updates}) has to be a multiple of check_every ({self.check_every})."
            )
        for name in _OF_OPTIMISERS:
            if getattr(self, name) != getattr(TrainSettings, name) and name not in TAKES.get(self.optimiser, {}):
                raise InputError(f"{name} is {getattr(self, name)}, and the optimiser {self.optimiser} has none.")
        parse_any_rule(self.rule)


# Their defaults are what was tacit before they could be set: the files of unfinished runs are without them.
_LATER = ("epsilon", "b2", "clip")
_OF_OPTIMISERS = ("epsilon", "b2")


def identity(settings: TrainSettings) -> dict[str, Any]:
    """All settings as the file of an unfinished run holds them; later ones where they differ from their defaults.

    Args:
        settings: of a training.
    """
    return {
        name: value
        for name, value in asdict(settings).items()
        if name not in _LATER or value != getattr(TrainSettings, name)
    }
