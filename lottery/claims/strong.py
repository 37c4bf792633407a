"""The pieces of the claim about tickets without training: edge-popup, and tickets built from subset sums."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lottery.built_tickets import build_ticket
from lottery.network_pieces import network_settings, seconds_per_update
from lottery.networks import LifeNet, Parameters
from lottery.pieces import OnProgress, Outcomes, Piece
from lottery.popup import EdgePopup, signed_constant
from lottery.settings import TrainSettings
from lottery.storage import flatten, non_defaults, settings_from, write_arrays
from lottery.subset_sums import chance_by_width
from lottery.supermask import Supermask
from lottery.training import draw_initial, pick, train

WEIGHTS: dict[str, Callable[[Parameters], Parameters]] = {"drawn": lambda weights: weights, "signed": signed_constant}
SCORING = 1.7  # what an update of scores costs, in updates of weights
PURPOSE = 8  # of the numbers that pairs of units are chosen by


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


def run_popup(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
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
        "parameters": sum(leaf[0].size for leaf in jax.tree.leaves(masks)),
        "trained": trained,
        "seconds": time.monotonic() - started,
    }


def sums_piece(label: str, widths: tuple[int, ...], *, seed: int, draws: int, counted: int, weights: str) -> Piece:
    """A piece that builds tickets in random networks, by width.

    Args:
        label: readable part of its name.
        widths: m.
        seed: of the run; the networks are those whose scores are trained.
        draws: networks per width.
        counted: draws of the Monte Carlo behind the predicted chance; 0 leaves it out.
        weights: "drawn" or "signed".
    """
    return Piece(
        label=label,
        kind="sums",
        settings={"widths": list(widths), "seed": seed, "draws": draws, "counted": counted, "weights": weights},
        updates=0,
        seconds=1 + 0.06 * draws * len(widths) + 0.004 * counted,
    )


def run_sums(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `sums` piece: rows by width, lists with one entry per network."""
    started = time.monotonic()
    widths, seed, draws = settings["widths"], settings["seed"], settings["draws"]
    rows = []
    for place, width in enumerate(widths):
        on_progress(place / len(widths), f"m={width}")
        net = LifeNet(width=width, initialiser="pytorch")
        weights = WEIGHTS[settings["weights"]](draw_initial(net, seed, range(draws)))
        tickets = [
            build_ticket(pick(weights, index), np.random.default_rng([seed, index, PURPOSE])) for index in range(draws)
        ]
        rows.append(
            {
                "width": width,
                "certified": [int(ticket is not None and ticket.certified) for ticket in tickets],
                "error": [None if ticket is None else round(ticket.error, 4) for ticket in tickets],
                "kept": [None if ticket is None else ticket.kept for ticket in tickets],
            }
        )
    predicted = None
    if settings["counted"]:
        predicted = chance_by_width(widths, settings["counted"], np.random.default_rng([seed, PURPOSE]))
    return {"rows": rows, "predicted": predicted, "seconds": time.monotonic() - started}


KINDS = {"popup": run_popup, "sums": run_sums}
