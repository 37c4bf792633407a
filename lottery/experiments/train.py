"""A `train` piece: one network per replicate, trained side by side."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from lottery.analysis.unit_responses import constant_counts
from lottery.experiments.network_piece import asked, network_piece, trained
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.networks.trees import pick
from lottery.runs.files import write_arrays, write_jsonl
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training.learning_curves import plateau_end, relapsed
from lottery.training.loop import TrainResult
from lottery.training.settings import TrainSettings

METRIC_ROWS = 250  # metrics are thinned to about as many rows


def training_piece(label: str, net: LifeNet, settings: TrainSettings, *, seed: int, replicates: range) -> Piece:
    """A piece that trains one network per replicate."""
    updates = settings.updates * len(replicates)
    return network_piece("train", label, net, settings, seed=seed, replicates=replicates, updates=updates, overhead=4.0)


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `train` piece; its outcomes have one entry per replicate."""
    started = time.monotonic()
    piece = asked(settings)
    result = trained(piece, folder, on_progress)
    write_arrays(folder / "course.safetensors", {"checks": result.checks, "loss": result.loss, "wrong": result.wrong})
    write_jsonl(folder / "metrics.jsonl", _metrics(result))
    each = [pick(result.params, index) for index in range(len(piece.replicates))]
    constant = [constant_counts(params, piece.net.activation) for params in each]
    return {
        "parameters": parameter_count(piece.net),
        "solved_at_end": None if result.solved_at_end is None else result.solved_at_end.tolist(),
        "first_solved": result.first_solved.tolist(),
        "plateau_end": plateau_end(result.checks, result.loss, result.first_solved).tolist(),
        "relapsed": relapsed(result.checks, result.wrong, result.first_solved).tolist(),
        # Wrong patterns (n=1) or wrong cells of the screening boards (n>=2) at the last look, by the training's dtype.
        "last_wrong": [int(row[row >= 0][-1]) for row in result.wrong],
        "constant_wide": [wide for wide, _ in constant],
        "constant_narrow": [narrow for _, narrow in constant],
        "arrangement": result.arrangement,
        "wrong_at_end": [certificate.wrong for certificate in result.certificates],
        "margins": [certificate.margin for certificate in result.certificates],
        "kind": result.certificates[0].kind,
        "seconds": time.monotonic() - started,
    }


def _metrics(result: TrainResult) -> list[dict[str, Any]]:
    """Rows of the course of training, over the replicates still training; thinned evenly."""
    step = max(1, len(result.checks) // METRIC_ROWS)
    rows = []
    for i in range(step - 1, len(result.checks), step):
        running = result.wrong[:, i] >= 0
        loss = result.loss[running, i]
        rows.append(
            {
                "update": int(result.checks[i]),
                "training": int(running.sum()),
                "solved_now": int(np.sum(result.wrong[:, i] == 0)),
                "loss_median": _number(np.median(loss)) if len(loss) else None,
                "loss_low": _number(np.min(loss)) if len(loss) else None,
                "loss_high": _number(np.max(loss)) if len(loss) else None,
            }
        )
    return rows


def _number(value: np.floating) -> float | None:
    return float(value) if np.isfinite(value) else None
