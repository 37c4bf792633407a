"""Random networks whose masks are searched and weights are not: what the claims about strong tickets share."""

from typing import Any

from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import Size
from lottery.experiments.popup import popup_piece
from lottery.runs.pieces import Piece

HALF = 0.5
STARTS = ("drawn", "signed")
WORDS = {"drawn": "weights as drawn", "signed": "weights of one size"}
SHORT = {"drawn": "as drawn", "signed": "one size"}
ALL_DEAD = 140  # of 512 neighbourhoods live on: what a network that always says dead gets wrong
# How scores are trained; what was tried before stands in docs/method.md.
SCORES: dict[str, Any] = {"optimiser": "momentum", "schedule": "cosine"}
RATES = {"drawn": 10.0, "signed": 1.0}  # learning rates; the logits of weights as drawn are the smaller ones
ZHOU_RATE = 100.0


def scored_piece(plan: Plan, size: Size, start: str, width: int, density: float | None) -> Piece:
    """Networks searched by edge-popup, or by the supermasks of Zhou et al.

    Networks of one width share replicates over starts and densities.

    Args:
        plan: of the run.
        size: replicates and updates of the scores.
        start: one of `STARTS`.
        width: m.
        density: of edge-popup; None for the supermasks.
    """
    zhou = density is None
    return popup_piece(
        f"zhou-{start}-m{width}" if zhou else f"popup-{start}-m{width}-{density:g}",
        plan.network(width, initialiser="pytorch"),
        plan.training(size.updates, learning_rate=ZHOU_RATE if zhou else RATES[start], **SCORES),
        seed=plan.seed,
        replicates=range(size.replicates),
        weights=start,
        density=density,
        training=plan.training(size.updates) if density == HALF else None,
    )
