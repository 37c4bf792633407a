"""A `solutions` piece: networks trained until certified, and which algorithms they have found."""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lottery.analysis.algorithms import ALGORITHMS, IMPOSSIBLE, Solution, algorithm_of, groups_of, normal_form, variant
from lottery.experiments.network_piece import asked, network_piece, trained
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import pick
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training.loop import draw_initial
from lottery.training.settings import TrainSettings


def solutions_piece(label: str, net: LifeNet, training: TrainSettings, *, seed: int, replicates: range) -> Piece:
    """A piece that trains one network per replicate and describes those that were certified."""
    updates = training.updates * len(replicates)
    return network_piece(
        "solutions", label, net, training, seed=seed, replicates=replicates, updates=updates, overhead=6.0
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a piece: train, and describe every certified network and the signs that all of them began with."""
    started = time.monotonic()
    piece = asked(settings)
    result = trained(piece, folder, on_progress)
    initial = draw_initial(piece.net, piece.seed, piece.replicates)
    begun = [algorithm_of(pick(initial, index)) for index in range(len(piece.replicates))]
    exact = np.flatnonzero(result.ever_solved).tolist()
    solutions = [normal_form(pick(result.params, index)) for index in exact]
    return {
        **describe(solutions, piece.training.rule),
        "begun_as": [begun[index] for index in exact],
        "first_solved": result.first_solved[exact].tolist(),
        "initial": dict(sorted(Counter(begun).items())),
        "trials": len(piece.replicates),
        "seconds": time.monotonic() - started,
    }


def describe(solutions: Sequence[Solution], rule: str = "B3/S23") -> dict[str, Any]:
    """Certified networks as plain JSON values, one entry per network, and how they hang together."""
    groups = {}
    for algorithm in (*ALGORITHMS.values(), IMPOSSIBLE):
        alike = [solution for solution in solutions if solution.algorithm == algorithm]
        signs = sorted({(*one.directions.tolist(), *one.effects.tolist()) for one in alike})
        groups[algorithm] = [
            len(group)
            for sign in signs
            for group in groups_of(
                [one for one in alike if (*one.directions.tolist(), *one.effects.tolist()) == sign], rule
            )
        ]
    return {
        "names": [solution.name for solution in solutions],
        "variants": [variant(solution) for solution in solutions],
        "groups": groups,
        "spread": [round(float(solution.spread.max()), 5) for solution in solutions],
        "curves": [
            np.round([*s.centres, *s.thresholds, *(s.gains / s.gains.sum()), s.constant / s.gains.sum()], 4).tolist()
            for s in solutions
        ],
    }
