"""A `shapes` piece: networks of several shapes trained as one masked network."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gol.errors import InputError
from lottery.analysis.one_linear_form import linear_form
from lottery.experiments.network_piece import network_settings, seconds_per_update
from lottery.networks.embedding import Features, channel_masks, cut, embed
from lottery.networks.lifenet import LifeNet, Parameters, parameter_count
from lottery.networks.trees import concatenate, flatten, pick
from lottery.runs.files import non_defaults, settings_from, write_arrays
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training.loop import certify_network, draw_initial, train
from lottery.training.settings import TrainSettings

EXPLAINED = 3  # networks of each shape whose weights are told, those with the largest margin


def shapes_piece(
    label: str,
    net: LifeNet,
    training: TrainSettings,
    shapes: Sequence[Features],
    *,
    seed: int,
    replicates: int,
    arm: int,
) -> Piece:
    """A piece that trains several shapes as masked networks of one shape.

    Args:
        label: readable part of its name.
        net: a network of one step; its own shape does not matter.
        training: of all.
        shapes: (a, b) of each.
        seed: of the run.
        replicates: networks of each shape.
        arm: place of the first shape among all; every shape takes 10,000 replicate numbers.
    """
    largest = net.clone(features=(max(a for a, _ in shapes), max(b for _, b in shapes)))
    updates = training.updates * replicates * len(shapes)
    return Piece(
        label=label,
        kind="shapes",
        settings={
            "network": network_settings(largest),
            "training": non_defaults(training),
            "shapes": [list(shape) for shape in shapes],
            "replicates": replicates,
            "first": [10_000 * (arm + place) for place in range(len(shapes))],
            "seed": seed,
        },
        updates=updates,
        seconds=6 + updates * seconds_per_update(largest, training),
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a piece: every shape's trials, how many were certified, and the weights of those that explain most."""
    started = time.monotonic()
    net, training = settings_from(LifeNet, settings["network"]), settings_from(TrainSettings, settings["training"])
    shapes: list[Features] = [(a, b) for a, b in settings["shapes"]]
    each, seed = settings["replicates"], settings["seed"]
    numbers = [range(first, first + each) for first in settings["first"]]
    drawn = [draw_initial(net.clone(features=shape), seed, rows) for shape, rows in zip(shapes, numbers, strict=True)]

    def progress(update: int, solved: int) -> None:
        on_progress(update / training.updates, f"{solved}/{each * len(shapes)} solved")

    result = train(
        net,
        training,
        seed=seed,
        replicates=[number for rows in numbers for number in rows],
        initial=concatenate([embed(params, net.channels) for params in drawn]),
        masks=concatenate([channel_masks(params, net.channels) for params in drawn]),
        checkpoint=folder / "checkpoint.safetensors",
        progress=progress,
    )
    write_arrays(folder / "weights.safetensors", flatten(result.params))
    found = []
    for place, shape in enumerate(shapes):
        mine = slice(place * each, (place + 1) * each)
        params = pick(cut(result.params, shape), mine)
        found.append(outcome(net.clone(features=shape), training, params, result.first_solved[mine]))
    return {"shapes": found, "seconds": time.monotonic() - started}


def outcome(net: LifeNet, training: TrainSettings, params: Parameters, first_solved: np.ndarray) -> dict[str, Any]:
    """What became of one shape's replicates; the networks are certified as they are, without masked channels."""
    certificates = [certify_network(net, training, pick(params, index)) for index in range(len(first_solved))]
    exact = [index for index, certificate in enumerate(certificates) if certificate.correct]
    best = sorted(exact, key=lambda index: -certificates[index].margin)[:EXPLAINED]
    explained = [_explained(pick(params, index), training.rule) for index in best]
    return {
        "features": list(net.channels),
        "parameters": parameter_count(net),
        "trials": len(first_solved),
        "solved_at_end": None if training.stop_when_solved else len(exact),
        "first_solved": sorted(first_solved[first_solved >= 0].tolist()),
        "explained": [words for words in explained if words is not None],
    }


def _explained(params: Parameters, rule: str) -> dict[str, Any] | None:
    """The linear form of an exact network with one 3x3 unit, rounded; None where it has none."""
    try:
        form = linear_form(params, rule)
    except InputError:
        return None
    numbers = {name: np.round(getattr(form, name), 3).tolist() for name in ("kernel", "live", "dead", "bends")}
    return {**numbers, "spread": round(form.spread, 5)}
