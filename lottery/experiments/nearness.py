"""A `nearness` piece: how near the layers of networks are to the rule before the first update. Nothing is trained.

Which of them learn the rule is not known here: a claim lays the outcomes beside those of the piece that trained them.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np

import gol
from lottery.analysis.nearness import explained
from lottery.analysis.unit_responses import unit_answers
from lottery.experiments.network_piece import network_settings
from lottery.networks.lifenet import LifeNet
from lottery.networks.neighbourhoods import risk_weights
from lottery.networks.trees import pick
from lottery.runs.files import settings_from
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training.loop import draw_initial

DIGITS = 5


def nearness_piece(
    label: str, net: LifeNet, *, rule: str, density: float | None, seed: int, replicates: range
) -> Piece:
    """A piece that looks at the initial weights of one-step networks.

    Args:
        label: readable part of its name.
        net: the architecture, one step.
        rule: that they are to learn.
        density: of the boards, or None for U(0, 1): it says how probable a neighbourhood is.
        seed: of the run.
        replicates: their numbers.
    """
    settings = {
        "network": network_settings(net),
        "rule": rule,
        "density": density,
        "seed": seed,
        "replicates": [replicates.start, replicates.stop],
    }
    return Piece(label, "nearness", settings, updates=0, seconds=3 + 0.001 * len(replicates))


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `nearness` piece: lists with one entry per network."""
    started = time.monotonic()
    net, replicates = settings_from(LifeNet, settings["network"]), range(*settings["replicates"])
    weights = risk_weights(settings["density"])
    alive = gol.truth_table(settings["rule"]).astype(np.float64)
    initial = draw_initial(net, settings["seed"], replicates)
    wide, code, norms = [], [], []
    for index in range(len(replicates)):
        params = pick(initial, index)
        answers = unit_answers(params, net.activation)
        wide.append(explained(answers.wide, alive, weights))
        code.append(explained(answers.narrow, alive, weights))
        norms.append(float(np.sqrt(sum(np.sum(layer["kernel"].astype(np.float64) ** 2) for layer in params.values()))))
        on_progress((index + 1) / len(replicates), f"{index + 1} networks")
    return {
        "wide": [round(one, DIGITS) for one in wide],
        "code": [round(one, DIGITS) for one in code],
        "norms": [round(one, DIGITS) for one in norms],
        "seconds": time.monotonic() - started,
    }
