"""A `sums` piece: tickets built in random networks, every weight of the hand-made one from a subset sum of theirs."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from lottery.experiments.popup import WEIGHTS
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import pick
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.tickets.built import build_ticket
from lottery.tickets.subset_sums import chance_by_width
from lottery.training.loop import draw_initial

PURPOSE = 8  # of the numbers that pairs of units are chosen by


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


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
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
