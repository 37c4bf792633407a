"""A `popup` piece: random networks whose scores are trained, so that a mask alone makes them right."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lottery.experiments.network_piece import network_settings, seconds_per_update
from lottery.networks.lifenet import LifeNet, Parameters
from lottery.networks.trees import flatten, pick, size
from lottery.runs.files import non_defaults, settings_from, write_arrays
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training.loop import draw_initial, train
from lottery.training.scores.popup import EdgePopup, signed_constant
from lottery.training.scores.supermask import Supermask
from lottery.training.settings import TrainSettings

WEIGHTS: dict[str, Callable[[Parameters], Parameters]] = {"drawn": lambda weights: weights, "signed": signed_constant}
SCORING = 1.7  # what an update of scores costs, in updates of weights


def popup_piece(
    label: str,
    net: LifeNet,
    scores: TrainSettings,
    *,
    seed: int,
    replicates: range,
    weights: str,
    density: float | None,
    training: TrainSettings | None = None,
) -> Piece:
    """A piece that trains the scores of random networks.

    Args:
        label: readable part of its name.
        net: its initialiser draws biases too.
        scores: how scores are trained.
        seed: of the run.
        replicates: their numbers.
        weights: "drawn" as the initialiser draws them, or "signed" constants with the same signs.
        density: share of every layer's weights, and of its biases, that is there; None leaves it to the scores, which
            are then those of Zhou et al.'s supermasks instead of edge-popup's.
        training: of the weights under the masks found, afterwards; None leaves it out.
    """
    updates = (scores.updates * SCORING + (training.updates if training else 0)) * len(replicates)
    return Piece(
        label=label,
        kind="popup",
        settings={
            "network": network_settings(net),
            "scores": non_defaults(scores),
            "training": None if training is None else non_defaults(training),
            "seed": seed,
            "replicates": [replicates.start, replicates.stop],
            "weights": weights,
            "density": density,
        },
        updates=round(updates),
        seconds=8 + updates * seconds_per_update(net, scores),
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `popup` piece; lists have one entry per replicate."""
    started = time.monotonic()
    net, scores = settings_from(LifeNet, settings["network"]), settings_from(TrainSettings, settings["scores"])
    replicates, seed = range(*settings["replicates"]), settings["seed"]
    initial = WEIGHTS[settings["weights"]](draw_initial(net, seed, replicates))
    share = 1.0 if settings["training"] is None else SCORING / (1 + SCORING)
    result = train(
        net,
        scores,
        seed=seed,
        replicates=replicates,
        initial=initial,
        scored=Supermask() if settings["density"] is None else EdgePopup(settings["density"]),
        checkpoint=folder / "checkpoint-scores.safetensors",
        progress=lambda update, solved: on_progress(share * update / scores.updates, f"{solved} solved"),
    )
    write_arrays(folder / "weights.safetensors", flatten(result.params))
    masks = jax.tree.map(lambda leaf: leaf != 0, result.params)  # no weight is drawn as 0
    trained = None
    if settings["training"] is not None:
        training = settings_from(TrainSettings, settings["training"])
        after = train(
            net,
            training,
            seed=seed,
            replicates=replicates,
            initial=initial,
            masks=masks,
            checkpoint=folder / "checkpoint-weights.safetensors",
            progress=lambda update, _: on_progress(share + (1 - share) * update / training.updates, "weights"),
        )
        trained = [certificate.correct for certificate in after.certificates]
    return {
        "solved_at_end": [certificate.correct for certificate in result.certificates],
        "first_solved": result.first_solved.tolist(),
        "wrong_at_end": [certificate.wrong for certificate in result.certificates],
        "least_wrong": result.wrong.min(axis=1).tolist(),
        "kept": int(np.median(sum(leaf.reshape(len(leaf), -1).sum(1) for leaf in jax.tree.leaves(masks)))),
        "parameters": size(pick(masks, 0)),
        "trained": trained,
        "seconds": time.monotonic() - started,
    }
