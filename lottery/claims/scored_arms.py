"""The arms of the claim `supermasks`: tickets that are built and scores that are trained on the same networks."""

from itertools import chain
from typing import Any

from lottery.claims.sizes import Size, size_of
from lottery.experiments.popup import popup_piece
from lottery.experiments.sums import sums_piece
from lottery.pieces import Piece
from lottery.presets import Plan

SIZES = {"smoke": Size(4, 250), "laptop": Size(16, 10_000), "paper": Size(64, 40_000)}
WIDTHS: dict[str, tuple[int, ...]] = {"smoke": (2,), "laptop": (4, 8, 16, 32), "paper": (4, 8, 16, 32, 64)}
BUILT = {"smoke": (8,), "laptop": (4, 6, 8, 10, 12, 16, 20, 24, 32), "paper": (4, 6, 8, 10, 12, 16, 20, 24, 32)}
DRAWS = {"smoke": 4, "laptop": 64, "paper": 256}
COUNTED = {"smoke": 20, "laptop": 1000, "paper": 4000}
DENSITIES = {"smoke": (0.5,), "laptop": (0.3, 0.5, 0.7), "paper": (0.3, 0.5, 0.7)}
HALF = 0.5
STARTS = ("drawn", "signed")
WORDS = {"drawn": "weights as drawn", "signed": "weights of one size"}
SHORT = {"drawn": "as drawn", "signed": "one size"}
ALL_DEAD = 140  # of 512 neighbourhoods live on: what a network that always says dead gets wrong
# How scores are trained; what was tried before stands in docs/method.md.
SCORES: dict[str, Any] = {"optimiser": "momentum", "schedule": "cosine"}
RATES = {"drawn": 10.0, "signed": 1.0}  # learning rates; the logits of weights as drawn are the smaller ones
ZHOU_RATE = 100.0


def popup(plan: Plan, start: str, width: int, density: float) -> Piece:
    """Edge-popup in one width; networks of one width share replicates over starts and densities."""
    size = size_of(plan, SIZES)
    return popup_piece(
        f"popup-{start}-m{width}-{density:g}",
        plan.network(width, initialiser="pytorch"),
        plan.training(size.updates, learning_rate=RATES[start], **SCORES),
        seed=plan.seed,
        replicates=range(size.replicates),
        weights=start,
        density=density,
        training=plan.training(size.updates) if density == HALF else None,
    )


def zhou(plan: Plan, start: str, width: int) -> Piece:
    """Supermasks of Zhou et al. on the networks that edge-popup has."""
    size = size_of(plan, SIZES)
    return popup_piece(
        f"zhou-{start}-m{width}",
        plan.network(width, initialiser="pytorch"),
        plan.training(size.updates, learning_rate=ZHOU_RATE, **SCORES),
        seed=plan.seed,
        replicates=range(size.replicates),
        weights=start,
        density=None,
    )


def sums(plan: Plan, start: str) -> Piece:
    """Tickets that are built."""
    return sums_piece(
        f"sums-{start}",
        BUILT[plan.size],
        seed=plan.seed,
        draws=DRAWS[plan.size],
        counted=COUNTED[plan.size] if start == "drawn" else 0,
        weights=start,
    )


def pieces(plan: Plan) -> list[Piece]:
    """What is built, then what is trained, narrow networks first."""
    trained = [
        [popup(plan, start, width, density) for density in DENSITIES[plan.size] for start in STARTS]
        + [zhou(plan, start, width) for start in STARTS]
        for width in WIDTHS[plan.size]
    ]
    return [*(sums(plan, start) for start in STARTS), *chain.from_iterable(trained)]
