"""Claim: a network of 2n+1 convolutions with 23n+2 parameters can compute n steps of the Game of Life exactly."""

from collections.abc import Iterator

from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Claim, Point
from lottery.experiments.handmade import handmade_piece
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.runs.pieces import Piece

STEPS = (1, 2, 3, 4, 5)


class Handmade(Claim):
    """Certificates of weights that are written by hand."""

    fixed = "2026-11-23 19:15:12"
    name = "handmade"
    question = "Can a network of the paper's minimal size compute the Game of Life exactly?"
    statement = "A network with 2n+1 convolutions and 23n+2 parameters can compute n steps of the Game of Life exactly."
    source = "Springer and Kenyon 2020, arXiv 2009.01398: minimal architectures and hand-crafted weights"
    protocol = (
        "Weights written by hand (lottery/networks/handmade.py), certified on all 512 neighbourhoods (n=1), on all "
        "2^25 windows of 5x5 (n=2), and block by block for n = 3 to 5. The paper's own weights could not be "
        "consulted; these are ours."
    )
    rule = "Reproduced if the certificate is exact and correct, contradicted otherwise."
    headline = True
    outcome = None

    def pieces(self) -> dict[str, Piece]:
        """The one piece."""
        return {"handmade": handmade_piece(STEPS, self.plan.padding)}

    def points(self) -> Iterator[Point]:
        """One point per number of steps."""
        for row in self["handmade"]["certificates"]:
            proved = row["exact"] and row["correct"]
            yield self.point(
                f"n={row['steps']}",
                label=f"Wrong answers of a network by hand, {row['steps']} step{'s' if row['steps'] > 1 else ''}",
                expected="exact",
                second_hand=row["steps"] > 1,
                measured=float(row["wrong"]),
                verdict="reproduced" if proved else "contradicted",
                seconds=row["seconds"],
                note=f"{parameter_count(LifeNet(steps=row['steps']))} parameters; wrong answers among "
                f"{row['checked']:,}. {row['explanation']} "
                f"Smallest |logit| {row['margin']:g} in {row['dtype']}; float64 agrees: {row['agrees']}.",
            )

    def answer(self, points: Points) -> str:
        """What was found."""
        proved = of_all(
            points.judged(), "networks that we wrote by hand, for one step and more,", "were proved exact", "were wrong"
        )
        return f"{proved} The one for a single step has {parameter_count(LifeNet())} parameters."
