"""A `connectivity` piece: copies trained on other data, and tickets rewound to the same step.

A dense network is trained once. For every step k its weights as they were then are trained on to the end of the budget,
twice, each time on a sequence of batches of its own; so are the tickets that are rewound to k, with their masks. What
is kept is the error and the loss on the line between two copies, and between the trained networks of successive levels.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lottery.analysis.mode_connectivity import POINTS, Along, along, barrier
from lottery.experiments.network_piece import asked, network_piece
from lottery.networks.lifenet import LifeNet, Parameters, parameter_count
from lottery.networks.trees import concatenate, flatten, pick, total
from lottery.runs.files import non_defaults, read_json, settings_from, write_arrays, write_json
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.tickets.search import Level, find_ticket
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import Progress, train
from lottery.training.settings import TrainSettings

COPIES = (1, 2)  # the sequences of batches of the two copies; 0 is the one that the mask was found on


def connectivity_piece(
    label: str,
    net: LifeNet,
    settings: TrainSettings,
    pruning: PruningSettings,
    *,
    seed: int,
    replicates: range,
    steps: Sequence[int],
    copied: Sequence[int],
) -> Piece:
    """A piece that trains copies of dense networks and of their tickets.

    Args:
        label: readable part of its name.
        net: one step ahead.
        settings: of every training, at a constant rate.
        pruning: levels and fraction; it is rewound to each of the steps.
        seed: of the run.
        replicates: dense networks.
        steps: the updates k that copies and tickets start from.
        copied: levels whose networks are copied; 0 is the dense one.
    """
    after = sum(settings.updates - step for step in steps)
    trainings = pruning.levels + 2 * len(copied)
    updates = len(replicates) * (settings.updates + sum(steps) + after * trainings)
    return network_piece(
        "connectivity",
        label,
        net,
        settings,
        seed=seed,
        replicates=replicates,
        updates=updates,
        overhead=12.0,
        more={"pruning": non_defaults(pruning), "steps": list(steps), "copied": list(copied)},
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `connectivity` piece; what belongs to one step is stored when it is done, and not computed again."""
    started = time.monotonic()
    net, training, seed, numbers = asked(settings)
    replicates = list(numbers)
    pruning = settings_from(PruningSettings, settings["pruning"])
    steps = settings["steps"]
    dense = next(
        find_ticket(
            net,
            training,
            replace(pruning, rewind_to=0),
            seed=seed,
            replicates=replicates,
            checkpoint=folder / "checkpoint-dense.safetensors",
        )
    )
    seconds = time.monotonic() - started
    found = {}
    for place, step in enumerate(steps):
        stored = folder / f"checkpoint-step{step}.json"
        if not stored.is_file():
            started = time.monotonic()

            def telling(share: float, place: int = place, step: int = step) -> None:
                on_progress((place + share) / len(steps), f"from step {step}")

            of_step = _Step(net, training, replace(pruning, rewind_to=step), seed, replicates, step, folder, telling)
            rows = of_step.compute(dense, settings["copied"])
            write_json(stored, {"levels": rows, "seconds": time.monotonic() - started})
        found[f"step{step}"] = read_json(stored)
    return {
        "parameters": parameter_count(net),
        "points": POINTS,
        **{name: {"levels": of_step["levels"]} for name, of_step in found.items()},
        "seconds": seconds + sum(of_step["seconds"] for of_step in found.values()),
    }


class _Step:
    """All that starts from the weights of one step."""

    def __init__(
        self,
        net: LifeNet,
        training: TrainSettings,
        pruning: PruningSettings,
        seed: int,
        replicates: list[int],
        step: int,
        folder: Path,
        telling: Callable[[float], None],
    ) -> None:
        self.net, self.training, self.pruning, self.seed = net, training, pruning, seed
        self.replicates, self.step, self.folder, self.telling = replicates, step, folder, telling
        self.done, self.stages = 0, 1

    def compute(self, dense: Level, copied: Sequence[int]) -> list[dict[str, Any]]:
        """One row per level, the dense network first."""
        self.stages = self.pruning.levels + 2 * len(copied)
        dense = replace(dense, rewound=self._weights_then(dense), run=None)  # it goes back to another step than it says
        levels = find_ticket(
            self.net,
            self.training,
            self.pruning,
            seed=self.seed,
            replicates=self.replicates,
            done=[dense],
            checkpoint=self._file("levels"),
            progress=lambda number: self._progress(1),
        )
        rows, before = [], dense
        for level in [dense, *self._counted(levels)]:
            trained = level.arms["ticket"]
            row: dict[str, Any] = {
                "level": level.level,
                "kept": total(pick(level.masks, 0)),  # all replicates have as many
                "prunable": total(pick(dense.masks, 0)),
                "solved": np.asarray(trained.solved_at_end).tolist(),
                "copies": None,
                "successive": None,
            }
            if level.level in copied:
                row["copies"] = self._copies(level)
            if level.level:
                row["successive"] = _barriers(self._lines(before.arms["ticket"].params, trained.params))
            rows.append(row)
            before = level
        return rows

    def _weights_then(self, dense: Level) -> Parameters:
        """The dense networks as they were after so many updates: a shorter budget is the beginning of a longer one."""
        if self.step == 0:
            return dense.rewound
        shorter = replace(self.training, updates=self.step)
        return train(self.net, shorter, seed=self.seed, replicates=self.replicates).params

    def _copies(self, level: Level) -> dict[str, Any]:
        """Train two copies of every network of a level, and look at the line between them."""
        count = len(self.replicates)
        result = train(
            self.net,
            self.training,
            seed=self.seed,
            replicates=self.replicates * len(COPIES),
            initial=concatenate([level.rewound] * len(COPIES)),
            masks=concatenate([level.masks] * len(COPIES)),
            start=self.step,
            checkpoint=self._file(f"copies{level.level}"),
            progress=self._progress(len(COPIES)),
            copies=np.repeat(COPIES, count).tolist(),
        )
        self.done += len(COPIES)
        solved = np.asarray(result.solved_at_end).reshape(len(COPIES), count)
        first, second = (
            {layer: {name: leaf[rows] for name, leaf in leaves.items()} for layer, leaves in result.params.items()}
            for rows in (slice(0, count), slice(count, None))
        )
        write_arrays(self.folder / f"step{self.step}-copies{level.level}.safetensors", flatten(result.params))
        lines = self._lines(first, second)
        return {
            **_barriers(lines),
            "end_error": [_short((one.error[0] + one.error[-1]) / 2) for one in lines],
            "most_wrong": [int(one.wrong.max()) for one in lines],
            "median_error": [_short(value) for value in np.median([one.error for one in lines], axis=0)],
            "solved": solved.sum(axis=1).tolist(),
        }

    def _lines(self, first: Parameters, second: Parameters) -> list[Along]:
        """The lines between networks, replicate by replicate."""
        return [
            along(self.net, self.training, pick(first, index), pick(second, index))
            for index in range(len(self.replicates))
        ]

    def _counted(self, levels: Any) -> Any:
        for level in levels:
            self.done += 1
            yield level

    def _progress(self, trainings: int) -> Progress:
        def at(update: int, solved: int) -> None:
            share = trainings * (update - self.step) / (self.training.updates - self.step)
            self.telling(min(1.0, (self.done + share) / self.stages))

        return at

    def _file(self, name: str) -> Path:
        return self.folder / f"checkpoint-step{self.step}-{name}.safetensors"


def _barriers(lines: Sequence[Along]) -> dict[str, Any]:
    """What is kept of every kind of line: the barrier of the error by replicate, and quartiles of the loss's."""
    return {
        "error_barrier": [_short(barrier(one.error)) for one in lines],
        "loss_barrier_quartiles": [
            _short(value) for value in np.percentile([barrier(one.loss) for one in lines], [25, 50, 75])
        ],
    }


def _short(value: float) -> float:
    """Three digits are enough of a barrier."""
    return float(f"{value:.3g}")
