"""Claim: a network of 2n+1 convolutions with 23n+2 parameters can compute n steps of the Game of Life exactly."""

from pathlib import Path

from lottery.claims.frame.claim import Claim, Point, Results, point
from lottery.claims.frame.plan import Plan
from lottery.experiments.handmade import handmade_piece
from lottery.networks import LifeNet, parameter_count
from lottery.pieces import Piece
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


def piece(plan: Plan) -> Piece:
    """The one piece of the claim."""
    return handmade_piece(STEPS, plan.padding)


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
