"""A `spikes` piece: the updates in which networks lose what they had learned, one by one.

Networks are trained as in a `watched` piece. Of each we keep the states of training at its first right look, and at the
two looks before the first one that finds it wrong again. The updates from there on are then made once more, with
weights, moments and wrong answers read after each: those in which the network is lost, and those between the two looks
before, which did no harm. A piece that is killed starts again.
"""

import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from gol.errors import InputError
from lottery.analysis.losing_steps import Marks, Steps, broken_at, longest_at, marks_of
from lottery.experiments.network_piece import Asked, asked, network_piece
from lottery.inputs import numerics
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import flatten, pick
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training.course import Course
from lottery.training.engine import from_groups, make_engine
from lottery.training.loop import boards_of, train
from lottery.training.optimisers import B1
from lottery.training.settings import TrainSettings
from lottery.training.updates import State

COURSES = 3  # networks whose updates are stored
AROUND = (70, 30)  # updates of these before and after the break
DIGITS = 4  # of stored numbers
SMALLEST = 1e-30  # below it a number has no logarithm that says anything


def spikes_piece(label: str, net: LifeNet, settings: TrainSettings, *, seed: int, replicates: range) -> Piece:
    """A piece that trains one network per replicate and looks at the updates in which it is first lost.

    Raises:
        InputError: for another optimiser than Adam, or a clip: the gradient is read off Adam's first moment.
    """
    if settings.optimiser != "adam" or settings.clip is not None:
        raise InputError("What happens in single updates is read off Adam's moments: it takes Adam without a clip.")
    count = len(replicates)
    return network_piece(
        "spikes",
        label,
        net,
        settings,
        seed=seed,
        replicates=replicates,
        updates=settings.updates * count,
        overhead=4.0 + 13 * count,
    )


class _Lost(NamedTuple):
    """A network that is found wrong at a look after a right one: the states at the two looks before."""

    update: int  # of the last right look
    before: State | None
    right: State


@dataclass
class _Watching:
    """What is kept while networks train; a function of every check, as `train` takes it."""

    first: dict[int, tuple[int, State]] = field(default_factory=dict)  # the first right look's
    lost: dict[int, _Lost] = field(default_factory=dict)
    _earlier: list[tuple[int, State, np.ndarray]] = field(default_factory=list)  # the last two looks

    def __call__(self, course: Course, state: State) -> None:
        rows, wrong = State(*from_groups(state, len(course.order))), course.wrong[-1]
        for i in np.flatnonzero(wrong == 0):
            self.first.setdefault(int(i), (course.update, pick(rows, i)))
        if self._earlier:
            update, right, last_wrong = self._earlier[-1]
            before = self._earlier[-2][1] if len(self._earlier) > 1 else None
            for i in np.flatnonzero((last_wrong == 0) & (wrong > 0)):
                states = (None if before is None else pick(before, i), pick(right, i))
                self.lost.setdefault(int(i), _Lost(update, *states))
        self._earlier = [*self._earlier[-1:], (course.update, rows, wrong)]


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `spikes` piece."""
    started = time.monotonic()
    piece = asked(settings)
    net, training, seed, replicates = piece
    watching = _Watching()
    train(
        net,
        training,
        seed=seed,
        replicates=replicates,
        progress=lambda update, _: on_progress(0.9 * update / training.updates, f"{len(watching.lost)} lost"),
        certify_checks=False,
        watch=watching,
    )
    found = []
    for i in sorted(watching.lost):
        found.append(_lost(piece, i, watching.first[i], watching.lost[i]))
        on_progress(0.9 + 0.1 * len(found) / len(watching.lost), f"{len(found)}/{len(watching.lost)} looked at")
    return {
        "networks": len(replicates),
        "ever_right": len(watching.first),
        "lost": [summary for summary, _ in found],  # one entry per network that was lost
        "courses": [course for _, course in found[:COURSES]],
        "seconds": time.monotonic() - started,
    }


def _lost(piece: Asked, i: int, first: tuple[int, State], lost: _Lost) -> tuple[Outcomes, Outcomes]:
    """What is stored of a network that was lost, and the course of its updates around the break."""
    training, at_first = piece.training, _denominator(piece.training, first[1])
    steps = _stepped(piece, lost.right, lost.update)
    broken = broken_at(steps.wrong)
    marks = marks_of(steps, broken, at_first, training.learning_rate)
    summary = {
        "network": i,
        "first_right": first[0],
        "last_right": lost.update,
        "broken_after": broken + 1,  # updates since the last right look
        "layer": _layer_of(lost.right, marks.weight),
        **_stored(marks),
        # The same of the longest step of all between the two looks before, where the network was not lost.
        "before": None,
        "wrong": int(steps.wrong[-1]),
    }
    if lost.before is not None:
        harmless = _stepped(piece, lost.before, lost.update - training.check_every)
        longest = marks_of(harmless, longest_at(harmless), at_first, training.learning_rate)
        summary["before"] = _stored(longest)
    return summary, {"network": i, **_course(steps, broken, marks.weight)}


def _stored(marks: Marks) -> Outcomes:
    numbers = asdict(marks)
    del numbers["weight"]
    return {name: float(f"{value:.{DIGITS}g}") for name, value in numbers.items()}


def _course(steps: Steps, broken: int, weight: int) -> Outcomes:
    """The updates around the break; decimal logarithms with two digits, of the weight with the longest step too."""
    these = slice(max(0, broken - AROUND[0]), broken + AROUND[1])
    values = {
        "loss": steps.loss,
        "gradient_norm": np.linalg.norm(steps.gradient, axis=1),
        "gradient": np.abs(steps.gradient[:, weight]),
        "denominator": steps.denominator[:, weight],
        "longest_step": np.abs(steps.change).max(1),
    }
    return {
        "updates": [int(update) - broken for update in range(len(steps.wrong))[these]],  # 0 breaks it
        **{f"log10_{name}": _logarithms(of_each[these]) for name, of_each in values.items()},
        "wrong": steps.wrong[these].tolist(),
    }


def _logarithms(values: Float[np.ndarray, " n"]) -> list[float]:
    return [round(float(one), 2) for one in np.log10(np.maximum(values, SMALLEST))]


def _stepped(piece: Asked, state: State, first: int) -> Steps:
    """The updates from one look to the next made one by one, from the state of one network at the first of them."""
    net, training, seed, _ = piece
    single = replace(training, check_every=1)
    moments, losses, wrong = [], [], []
    with numerics.pinned(training.dtype):
        engine = make_engine(net, single, tuple(jax.devices()))
        bank, screen = boards_of(engine, net, single, seed)
        grouped = engine.grouped(jax.tree.map(lambda leaf: np.asarray(leaf)[None], state), np.arange(1))
        for update in range(first, first + training.check_every):
            moments.append(_flat_moments(grouped))
            grouped, loss, count = engine.advance(grouped, bank(update), screen, jnp.int32(update))
            losses.append(float(np.asarray(loss).ravel()[0]))
            wrong.append(int(np.asarray(count).ravel()[0]))
        moments.append(_flat_moments(grouped))
    params, mu, nu, counts = (np.array(each, np.float64) for each in zip(*moments, strict=True))
    return Steps(
        loss=np.array(losses),
        gradient=(mu[1:] - B1 * mu[:-1]) / (1 - B1),
        denominator=_of_moment(training, nu[:-1], counts[:-1, None]),
        change=np.diff(params, axis=0),
        wrong=np.array(wrong),
    )


def _flat_moments(grouped: State) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Weights, both moments and the number of updates of the one network in a state."""
    state = pick(State(*from_groups(grouped, 1)), 0)
    moments = state.optimizer[0]
    return _flat(state.params), _flat(moments.mu), _flat(moments.nu), int(moments.count)


def _flat(tree: Any) -> Float[np.ndarray, " weights"]:
    # Copied: the kernels may train in place.
    return np.concatenate([np.array(leaf).ravel() for leaf in flatten(tree).values()])


def _denominator(training: TrainSettings, state: State) -> Float[np.ndarray, " weights"]:
    moments = state.optimizer[0]
    return _of_moment(training, _flat(moments.nu).astype(np.float64), np.asarray(moments.count))


def _of_moment(training: TrainSettings, nu: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.sqrt(nu / (1 - training.b2**count)) + training.epsilon


def _layer_of(state: State, weight: int) -> str:
    """The name of the leaf that a flat weight lies in."""
    sizes = {name: np.size(leaf) for name, leaf in flatten(state.params).items()}
    ends = np.cumsum(list(sizes.values()))
    return list(sizes)[int(np.searchsorted(ends, weight, side="right"))]
