"""A `rule` piece: networks trained on some rule, which is an argument of the compiled program and no part of it."""

import time
from pathlib import Path
from typing import Any

from lottery.certificates.certificate import certify
from lottery.experiments.network_piece import asked, network_piece
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import flatten, pick
from lottery.runs.files import write_arrays
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training.rule_as_argument import train_any_rule
from lottery.training.settings import TrainSettings


def rule_piece(label: str, net: LifeNet, settings: TrainSettings, *, seed: int, replicates: range) -> Piece:
    """A piece that trains one network per replicate on the rule of the settings; many rules compile once."""
    updates = settings.updates * len(replicates)
    return network_piece("rule", label, net, settings, seed=seed, replicates=replicates, updates=updates, overhead=1.0)


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `rule` piece; its outcomes have one entry per replicate."""
    started = time.monotonic()
    net, training, seed, replicates = asked(settings)
    params = train_any_rule(
        net,
        training,
        seed=seed,
        replicates=replicates,
        progress=lambda update: on_progress(update / training.updates, training.rule),
    )
    write_arrays(folder / "weights.safetensors", flatten(params))
    certificates = [
        certify(pick(params, index), padding=net.padding, rule=training.rule, activation=net.activation)
        for index in range(len(replicates))
    ]
    return {
        "rule": training.rule,
        "solved_at_end": [certificate.correct for certificate in certificates],
        "wrong_at_end": [certificate.wrong for certificate in certificates],
        "seconds": time.monotonic() - started,
    }
