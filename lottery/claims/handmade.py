"""Claim: a network of 2n+1 convolutions with 23n+2 parameters can compute n steps of the Game of Life exactly."""

import time
from pathlib import Path
from typing import Any

from lottery.certificates import certify
from lottery.claims.claim import Claim, Point, Results, point
from lottery.handmade import handmade_parameters
from lottery.networks import LifeNet, parameter_count
from lottery.pieces import OnProgress, Outcomes, Piece
from lottery.presets import Plan
from lottery.report.page import PageFigure

NAME = "handmade"
STATEMENT = "A network with 2n+1 convolutions and 23n+2 parameters can compute n steps of the Game of Life exactly."
SOURCE = "Springer and Kenyon 2020, arXiv 2009.01398: minimal architectures and hand-crafted weights"
PROTOCOL = (
    "Weights written by hand (lottery/handmade.py), certified on all 512 neighbourhoods (n=1), on all 2^25 windows of "
    "5x5 (n=2), and block by block for n = 3 to 5. The paper's own weights could not be consulted; these are ours."
)
RULE = "Reproduced if the certificate is exact and correct, contradicted otherwise."
STEPS = (1, 2, 3, 4, 5)


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute the piece: certificates of the hand-made networks."""
    started = time.monotonic()
    certificates = []
    for done, steps in enumerate(STEPS):
        on_progress(done / len(STEPS), f"n={steps}")
        began = time.monotonic()
        certificate = certify(handmade_parameters(steps), padding=settings["padding"])
        certificates.append({"steps": steps, **certificate.as_dict(), "seconds": time.monotonic() - began})
    return {"certificates": certificates, "seconds": time.monotonic() - started}


def piece(plan: Plan) -> Piece:
    """The one piece of the claim."""
    return Piece("handmade", "handmade", {"steps": list(STEPS), "padding": plan.padding}, updates=0, seconds=5.0)


def points(plan: Plan, results: Results) -> list[Point]:
    """One point per number of steps."""
    found = []
    for row in results[piece(plan).name]["certificates"]:
        steps, proved = row["steps"], row["exact"] and row["correct"]
        found.append(
            point(
                NAME,
                f"n={steps}",
                statement=STATEMENT,
                source=SOURCE,
                expected="exact",
                measured=float(row["wrong"]),
                verdict="reproduced" if proved else "contradicted",
                seconds=row["seconds"],
                rule=RULE,
                protocol=PROTOCOL,
                note=f"{parameter_count(LifeNet(steps=steps))} parameters; wrong answers among {row['checked']:,}. "
                f"{row['explanation']} "
                f"Smallest |logit| {row['margin']:g} in {row['dtype']}; float64 agrees: {row['agrees']}.",
            )
        )
    return found


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """A proof needs no figure."""
    return []


CLAIM = Claim(NAME, STATEMENT, SOURCE, PROTOCOL, lambda plan: [piece(plan)], points, figures, RULE, headline=True)
