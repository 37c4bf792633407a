"""A `transfer` piece: tickets of one rule, trained on others and from other weights.

Dense networks are trained and pruned level by level; the masks of the last level and the weights they began with are
the tickets. Each arm then takes the tickets' masks, or these masks shuffled within their layers, and starting weights
of some origin, and trains them on some rule. All arms of a replicate see its own sequence of batches.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lottery.experiments.network_piece import asked, network_piece
from lottery.experiments.prune import describe_level
from lottery.networks.lifenet import INITIALISERS, LifeNet, Parameters
from lottery.networks.masks import Mask
from lottery.networks.trees import flatten, stack, unflatten
from lottery.pruning.ranking import shuffle_within_layers
from lottery.runs.files import non_defaults, read_arrays, read_json, settings_from, write_arrays, write_json
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.tickets.search import find_ticket, pick_mask
from lottery.tickets.settings import PruningSettings
from lottery.training import batches
from lottery.training.loop import Progress, draw_initial, train
from lottery.training.settings import TrainSettings

MASKS = ("ticket", "shuffled")
ORIGINS = ("own", "other", "fresh", *INITIALISERS)


@dataclass(frozen=True)
class Arm:
    """What is trained.

    Attributes:
        rule: in B/S notation.
        mask: "ticket", or "shuffled" within its layers.
        weights: where the starting weights come from: "own" (those the ticket was found with), "other" (the initial
            weights of the next replicate), "fresh" (a new draw), or an initialiser, with the replicate's first draw.
    """

    rule: str
    mask: str = "ticket"
    weights: str = "own"


@dataclass(frozen=True, eq=False)
class Source:
    """Tickets as they were found.

    Attributes:
        masks: leaves (R, ...), None where never pruned.
        initial: the weights they were found with, leaves (R, ...).
        levels: what became of them, by level, as `lottery.experiments.prune.describe_level` has it.
        seconds: that it took to find them.
    """

    masks: Mask
    initial: Parameters
    levels: list[dict[str, Any]]
    seconds: float


def transfer_piece(
    label: str,
    net: LifeNet,
    settings: TrainSettings,
    pruning: PruningSettings,
    *,
    seed: int,
    replicates: range,
    arms: Sequence[Arm],
) -> Piece:
    """A piece that finds tickets and trains them elsewhere.

    Args:
        label: readable part of its name.
        net: one step ahead.
        settings: of every training; its rule is the one that the tickets are found with.
        pruning: how they are found.
        seed: of the run.
        replicates: dense networks.
        arms: where they are trained.
    """
    updates = len(replicates) * settings.updates * (1 + pruning.levels + len(arms))
    return network_piece(
        "transfer",
        label,
        net,
        settings,
        seed=seed,
        replicates=replicates,
        updates=updates,
        overhead=8.0 + 3 * len({arm.rule for arm in arms}),
        more={"pruning": non_defaults(pruning), "arms": [asdict(arm) for arm in arms]},
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `transfer` piece; tickets and arms that are done are stored, and not computed again."""
    net, training, seed, numbers = asked(settings)
    replicates = list(numbers)
    pruning = settings_from(PruningSettings, settings["pruning"])
    arms = [Arm(**arm) for arm in settings["arms"]]
    stages = 1 + pruning.levels + len(arms)

    def telling(done: int, words: str) -> Progress:
        return lambda update, solved: on_progress((done + update / training.updates) / stages, words)

    source = find_source(
        net, training, pruning, seed, replicates, folder, lambda level: telling(level, f"source, level {level}")
    )
    found = []
    for place, arm in enumerate(arms):
        stored = folder / f"checkpoint-arm{place}.json"
        if not stored.is_file():
            started = time.monotonic()
            result = train(
                net,
                replace(training, rule=arm.rule),
                seed=seed,
                replicates=replicates,
                initial=starting_weights(arm.weights, net, source.initial, seed, replicates, pruning.levels),
                masks=source.masks
                if arm.mask == "ticket"
                else shuffled(source.masks, seed, replicates, pruning.levels),
                checkpoint=folder / f"checkpoint-arm{place}.safetensors",
                progress=telling(1 + pruning.levels + place, f"{arm.rule}, {arm.mask}, {arm.weights} weights"),
            )
            write_json(
                stored,
                {
                    **asdict(arm),
                    "solved_at_end": np.asarray(result.solved_at_end).tolist(),
                    "first_solved": result.first_solved.tolist(),
                    "seconds": time.monotonic() - started,
                },
            )
        found.append(read_json(stored))
    return {
        "levels": source.levels,
        **{f"arm{place}": arm for place, arm in enumerate(found)},
        "seconds": source.seconds + sum(arm["seconds"] for arm in found),
    }


def find_source(
    net: LifeNet,
    training: TrainSettings,
    pruning: PruningSettings,
    seed: int,
    replicates: Sequence[int],
    folder: Path,
    progress: Callable[[int], Progress],
) -> Source:
    """Find the tickets, or read those that an earlier call has found.

    Args:
        net: one step ahead.
        training: of every level.
        pruning: how they are found.
        seed: of the run.
        replicates: dense networks.
        folder: where they are stored.
        progress: progress(level) is given to the training of that level.
    """
    arrays, rows = folder / "source.safetensors", folder / "checkpoint-source.json"
    if not (rows.is_file() and arrays.is_file()):
        started = time.monotonic()
        levels = list(
            find_ticket(
                net,
                training,
                pruning,
                seed=seed,
                replicates=replicates,
                checkpoint=folder / "checkpoint-source.safetensors",
                progress=progress,
            )
        )
        found = {f"mask/{name}": leaf for name, leaf in flatten(levels[-1].masks).items()}
        write_arrays(arrays, found | {f"initial/{name}": leaf for name, leaf in flatten(levels[0].rewound).items()})
        described = [describe_level(net, level) for level in levels]
        write_json(rows, {"levels": described, "seconds": time.monotonic() - started})
    stored, told = unflatten(read_arrays(arrays)), read_json(rows)
    initial = stored["initial"]
    masks = {
        layer: {name: stored["mask"].get(layer, {}).get(name) for name in leaves} for layer, leaves in initial.items()
    }
    return Source(masks, initial, told["levels"], told["seconds"])


def starting_weights(
    origin: str, net: LifeNet, own: Parameters, seed: int, replicates: Sequence[int], level: int
) -> Parameters:
    """Starting weights of every replicate, leaves (R, ...), by their origin, one of `ORIGINS`.

    Args:
        origin: as in `Arm.weights`.
        net: the architecture.
        own: the replicates' own weights.
        seed: of the run.
        replicates: their numbers.
        level: of pruning, by which a fresh draw is the one of the arm `reinit`.
    """
    if origin == "own":
        return own
    if origin == "other":
        return jax.tree.map(lambda leaf: np.roll(leaf, -1, axis=0), own)
    if origin == "fresh":
        return draw_initial(net, seed, replicates, purpose=batches.CONTROL + level)
    return draw_initial(net.clone(initialiser=origin), seed, replicates)


def shuffled(masks: Mask, seed: int, replicates: Sequence[int], level: int) -> Mask:
    """Every replicate's mask shuffled within its layers, as the arm `shuffled` has it."""
    return stack(
        [
            shuffle_within_layers(pick_mask(masks, index), np.random.default_rng([seed, replicate, level, 1]))
            for index, replicate in enumerate(replicates)
        ]
    )
