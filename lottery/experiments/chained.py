"""A `chained` piece: one-step tickets as both blocks of a two-step network.

Tickets of one step are found in a pool; the first of those that were certified are chained
(lottery/networks/chaining.py). Three arms are trained on two steps, on the same batches: the chained ticket, its
weights under a mask shuffled within layers, and the dense network with weights of its own.
"""

import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lottery.experiments.network_piece import network_settings, seconds_per_update
from lottery.experiments.transfer import find_source, shuffled
from lottery.networks.chaining import chain_mask, chain_parameters
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import Mask, concatenate, full_mask, stack
from lottery.networks.trees import flatten
from lottery.runs.files import non_defaults, settings_from, write_arrays
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.tickets.search import pick_mask
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import Progress, draw_initial, pick, train
from lottery.training.settings import TrainSettings

ARMS = ("ticket", "shuffled", "dense")
STEPS = 2


def chained_piece(
    label: str,
    net: LifeNet,
    settings: TrainSettings,
    pruning: PruningSettings,
    longer: TrainSettings,
    *,
    seed: int,
    pool: range,
    wanted: int,
) -> Piece:
    """A piece that finds one-step tickets and trains two-step networks made of them.

    Args:
        label: readable part of its name.
        net: one step ahead.
        settings: of the one-step networks.
        pruning: how their tickets are found.
        longer: training of the two-step networks.
        seed: of the run.
        pool: numbers of the one-step networks.
        wanted: how many tickets are used.
    """
    first = len(pool) * settings.updates * (1 + pruning.levels)
    second = wanted * longer.updates * len(ARMS)
    two = net.clone(steps=STEPS)
    return Piece(
        label=label,
        kind="chained",
        settings={
            "network": network_settings(net),
            "training": non_defaults(settings),
            "pruning": non_defaults(pruning),
            "longer": non_defaults(longer),
            "seed": seed,
            "pool": [pool.start, pool.stop],
            "wanted": wanted,
        },
        updates=first + second,
        # Every certificate of two steps takes a second or two.
        seconds=20
        + 1.5 * wanted * len(ARMS)
        + first * seconds_per_update(net, settings)
        + second * seconds_per_update(two, longer),
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `chained` piece; a stopped one goes on with the tickets that were found."""
    net, training = settings_from(LifeNet, settings["network"]), settings_from(TrainSettings, settings["training"])
    pruning, longer = (
        settings_from(PruningSettings, settings["pruning"]),
        settings_from(TrainSettings, settings["longer"]),
    )
    pool, seed = list(range(*settings["pool"])), settings["seed"]
    half = 0.5 / (1 + pruning.levels)

    def of_source(level: int) -> Progress:
        return lambda update, solved: on_progress(half * (level + update / training.updates), f"source, level {level}")

    source = find_source(net, training, pruning, seed, pool, folder, of_source)
    started = time.monotonic()
    won = np.array(source.levels[-1]["arms"]["ticket"]["solved_at_end"], bool)
    used = choose(won, settings["wanted"])
    replicates = [pool[index] for index in used]

    two = net.clone(steps=STEPS)
    dense = draw_initial(two, seed, replicates)
    chained = stack([chain_mask(pick_mask(source.masks, index), STEPS) for index in used])
    weights = stack(
        [chain_parameters(pick(source.initial, index), pick(dense, place)) for place, index in enumerate(used)]
    )
    whole = stack([full_mask(pick(dense, 0), pruning.prune_biases)] * len(used))
    starts = {
        "ticket": (weights, chained),
        "shuffled": (weights, shuffled(chained, seed, replicates, pruning.levels)),
        "dense": (dense, whole),
    }
    result = train(
        two,
        longer,
        seed=seed,
        replicates=replicates * len(ARMS),
        initial=concatenate([starts[arm][0] for arm in ARMS]),
        masks=concatenate([starts[arm][1] for arm in ARMS]),
        checkpoint=folder / "checkpoint-two.safetensors",
        progress=lambda update, solved: on_progress(0.5 + update / longer.updates / 2, f"two steps, {solved} solved"),
    )
    write_arrays(folder / "weights.safetensors", flatten(result.params))
    # Wrong cells of the screening boards at the last look; 0 where a network left because it was certified.
    wrong = np.array([int(row[row >= 0][-1]) for row in result.wrong])
    outcomes: Outcomes = {
        "replicates": replicates,
        "won": won[used].tolist(),
        "pool_dense": source.levels[0]["arms"]["ticket"]["solved_at_end"],
        "pool_ticket": won.tolist(),
        "kept": _survivors(pick_mask(chained, 0)),
        "prunable": _survivors(full_mask(pick(dense, 0), pruning.prune_biases)),
        "cells": longer.screen_boards * longer.board**2,
        "arrangement": result.arrangement,
    }
    for place, arm in enumerate(ARMS):
        rows = slice(place * len(used), (place + 1) * len(used))
        outcomes[arm] = {"first_solved": result.first_solved[rows].tolist(), "last_wrong": wrong[rows].tolist()}
    return {**outcomes, "seconds": source.seconds + time.monotonic() - started}


def choose(won: np.ndarray, wanted: int) -> list[int]:
    """Places of the tickets that are used: the first certified ones, then, if they are too few, the first others."""
    order = sorted(range(len(won)), key=lambda index: (not won[index], index))
    return order[:wanted]


def _survivors(mask: Mask) -> int:
    return sum(int(leaf.sum()) for leaf in jax.tree.leaves(mask))
