"""How much training a finished piece holds: network updates and operations, from its settings and its outcomes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.runs.files import settings_from
from lottery.runs.pieces import Outcomes, Piece
from lottery.training.operations import of_update
from lottery.training.settings import TrainSettings


@dataclass(frozen=True)
class Work:
    """Training of some networks.

    Attributes:
        updates: of single networks, a count.
        operations: floating-point operations of these updates, every weight counted.
        as_masked: the same without the weights that are pruned, which our programs compute with and hardware for
            sparse networks would not.
        counted: whether outcomes say how many updates there were; else they are those that the piece was planned with.
    """

    updates: float | int = 0
    operations: float = 0.0
    as_masked: float = 0.0
    counted: bool = True

    def __add__(self, other: "Work") -> "Work":
        """Both together; counted where both are."""
        return Work(
            self.updates + other.updates,
            self.operations + other.operations,
            self.as_masked + other.as_masked,
            self.counted and other.counted,
        )


@dataclass(frozen=True)
class _Asked:
    """What a piece's settings say of its training, and how its device computes the first block."""

    net: LifeNet
    training: TrainSettings
    tabled: bool

    def work(
        self, updates: float | int, net: LifeNet | None = None, kept: Mapping[str, float | int] | None = None
    ) -> Work:
        """So many updates of the network, of which another one, or a part of the weights, is trained."""
        every = of_update(self.net, self.training, tabled=self.tabled).total
        part = of_update(net or self.net, self.training, tabled=self.tabled, kept=kept).total
        return Work(updates, updates * every, updates * part)

    def until(self, first: list[int]) -> int:
        """Updates of networks by the update of their first success, -1 for never: solved ones may leave."""
        budget = self.training.updates
        leave = self.training.stop_when_solved
        return sum(update if leave and update >= 0 else budget for update in first)


def work_of(piece: Piece, outcomes: Outcomes, *, on_gpu: bool = False) -> Work:
    """What a finished piece took to train.

    Args:
        piece: what was computed.
        outcomes: what came of it.
        on_gpu: cards compute the first block of several steps on every cell, processors on the 512 patterns.
    """
    asked = _asked(piece.settings, not on_gpu)
    if not piece.updates or asked is None:
        return Work(piece.updates, counted=not piece.updates)  # a kind that trains nothing, or one of the user's own
    if piece.kind not in _COUNTED:
        return replace(asked.work(piece.updates), counted=False)
    return sum(_COUNTED[piece.kind](asked, outcomes), Work())


def _asked(settings: Mapping[str, Any], tabled: bool) -> _Asked | None:
    """What settings ask for; None where they are those of another kind of network, or of none."""
    with suppress(InputError, TypeError, KeyError):
        of_weights = settings.get("training")
        training = settings["scores"] if of_weights is None else of_weights
        return _Asked(settings_from(LifeNet, settings["network"]), settings_from(TrainSettings, training), tabled)
    return None


def _trained(asked: _Asked, outcomes: Outcomes) -> Iterator[Work]:
    # Where first successes are not kept, nobody left before the end.
    yield asked.work(asked.until(outcomes.get("first_solved") or [-1] * len(outcomes["solved_at_end"])))


def _pruned(asked: _Asked, outcomes: Outcomes) -> Iterator[Work]:
    for level in outcomes["levels"]:
        kept = {name: fmean(layer["kept"]) for name, layer in level["layers"].items()}
        for arm in level["arms"].values():
            yield asked.work(asked.until(arm["first_solved"]), kept=kept)


def _of_shapes(asked: _Asked, outcomes: Outcomes) -> Iterator[Work]:
    for row in outcomes["shapes"]:
        never = row["trials"] - len(row["first_solved"])
        shape = asked.net.clone(features=tuple(row["features"]))
        yield asked.work(asked.until([*row["first_solved"], *([-1] * never)]), shape)


_COUNTED: dict[str, Callable[[_Asked, Any], Iterator[Work]]] = {
    "train": _trained,
    "watched": _trained,
    "rule": _trained,
    "prune": _pruned,
    "shapes": _of_shapes,
}
