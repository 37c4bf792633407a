"""The `handmade` piece: certificates of the networks whose weights are written by hand."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters
from lottery.runs.pieces import OnProgress, Outcomes, Piece


def handmade_piece(steps: Sequence[int], padding: str) -> Piece:
    """A piece that certifies the hand-made network of every number of steps.

    Args:
        steps: n of each.
        padding: as in `LifeNet`.
    """
    return Piece("handmade", "handmade", {"steps": list(steps), "padding": padding}, updates=0, seconds=5.0)


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute the piece: certificates of the hand-made networks."""
    started = time.monotonic()
    certificates = []
    for done, steps in enumerate(settings["steps"]):
        on_progress(done / len(settings["steps"]), f"n={steps}")
        began = time.monotonic()
        certificate = certify(handmade_parameters(steps), padding=settings["padding"])
        certificates.append({"steps": steps, **certificate.as_dict(), "seconds": time.monotonic() - began})
    return {"certificates": certificates, "seconds": time.monotonic() - started}
