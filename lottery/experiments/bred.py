"""A `bred` piece: random networks in which a genetic search looks for a mask that makes them right."""

import time
from pathlib import Path
from typing import Any

import jax

from lottery.certificates.certificate import certify
from lottery.experiments.network_piece import network_settings
from lottery.experiments.popup import WEIGHTS
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.networks.trees import pick, total
from lottery.runs.files import non_defaults, settings_from
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.tickets.genetic import GeneticSettings, breed
from lottery.training import batches
from lottery.training.loop import draw_initial


def bred_piece(
    label: str, net: LifeNet, search: GeneticSettings, *, seed: int, replicates: range, weights: str
) -> Piece:
    """A piece that breeds masks of random networks.

    Args:
        label: readable part of its name.
        net: its initialiser draws biases too.
        search: how masks are bred.
        seed: of the run.
        replicates: their numbers.
        weights: as in `popup_piece`.
    """
    passes = search.population * search.generations * len(replicates)
    return Piece(
        label=label,
        kind="bred",
        settings={
            "network": network_settings(net),
            "search": non_defaults(search),
            "seed": seed,
            "replicates": [replicates.start, replicates.stop],
            "weights": weights,
        },
        updates=0,
        seconds=5 + passes * parameter_count(net) * 2e-7,
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `bred` piece; lists have one entry per replicate."""
    started = time.monotonic()
    net, search = settings_from(LifeNet, settings["network"]), settings_from(GeneticSettings, settings["search"])
    replicates, seed = range(*settings["replicates"]), settings["seed"]
    initial = WEIGHTS[settings["weights"]](draw_initial(net, seed, replicates))
    certificates, courses, kept = [], [], []
    for index, replicate in enumerate(replicates):
        found = breed(pick(initial, index), search, batches.replicate_key(seed, replicate, batches.BREEDING))
        certificates.append(certify(found.params, rule=search.rule))
        courses.append(found.errors)
        kept.append(total(jax.tree.map(lambda leaf: leaf != 0, found.params)))
        on_progress((index + 1) / len(replicates), f"{sum(one.correct for one in certificates)} certified")
    return {
        "solved_at_end": [certificate.correct for certificate in certificates],
        "wrong_at_end": [certificate.wrong for certificate in certificates],
        "halfway": [round(float(course[len(course) // 2]), 4) for course in courses],
        "error_at_end": [round(float(course[-1]), 4) for course in courses],
        "kept": kept,
        "parameters": parameter_count(net),
        "seconds": time.monotonic() - started,
    }
