"""A `watched` piece: networks trained to the end of their budget, looked at on the way, certified at the end alone.

Where it is asked for, the weights of each network's best look and an average of its weights are kept beside the last
ones, and certified as these are.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from lottery.analysis.unit_responses import constant_counts
from lottery.experiments.network_piece import Asked, asked, network_piece, trained
from lottery.inputs import numerics
from lottery.networks.lifenet import LifeNet, Parameters, logits, parameter_count
from lottery.networks.neighbourhoods import topology_of
from lottery.networks.trees import pick
from lottery.runs.files import write_arrays
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training import batches, looks
from lottery.training.course import certify_network
from lottery.training.loop import TrainResult
from lottery.training.settings import TrainSettings
from lottery.training.updates import wrong_count

SHARES = 50  # values of the share of networks that are right, over the budget
COURSE = 250  # values of the course of one network
COURSES = 3  # networks whose course is stored


def watched_piece(
    label: str, net: LifeNet, settings: TrainSettings, *, seed: int, replicates: range, keep: float | None = None
) -> Piece:
    """A piece that trains one network per replicate to the end and looks at it at every check.

    Args:
        label: readable part of its name.
        net: the architecture.
        settings: how networks are trained.
        seed: of the run.
        replicates: their numbers.
        keep: as in `lottery.training.loop.train`.
    """
    certified = 3 * len(replicates) * (1 if keep is None else 3)  # seconds
    return network_piece(
        "watched",
        label,
        net,
        settings,
        seed=seed,
        replicates=replicates,
        updates=settings.updates * len(replicates),
        overhead=4.0 + certified,
        more=None if keep is None else {"keep": keep},
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `watched` piece; lists have one entry per replicate, unless a comment says otherwise."""
    started = time.monotonic()
    piece = asked(settings)
    result = trained(piece, folder, on_progress, certify_checks=False, keep=settings.get("keep"))
    write_arrays(folder / "course.safetensors", {"checks": result.checks, "loss": result.loss, "wrong": result.wrong})
    constant = [constant_counts(pick(result.params, i), piece.net.activation) for i in range(len(piece.replicates))]
    return {
        "parameters": parameter_count(piece.net),
        "updates": piece.training.updates,  # one number, as the next two
        "check_every": piece.training.check_every,
        "looks": len(result.checks),
        **_looked_at(result),
        "solved_at_end": [certificate.correct for certificate in result.certificates],
        "wrong_at_end": [certificate.wrong for certificate in result.certificates],
        "margins": [certificate.margin for certificate in result.certificates],
        "kind": result.certificates[0].kind,
        "all_dead_at_end": _all_dead(piece, result),
        "constant_wide": [wide for wide, _ in constant],
        "constant_narrow": [narrow for _, narrow in constant],
        **_kept(piece, result),
        "arrangement": result.arrangement,
        "seconds": time.monotonic() - started,
    }


def _looked_at(result: TrainResult) -> Outcomes:
    """What the looks on the way say: wrong patterns (n=1) or wrong cells of the screening boards (n>=2)."""
    checks, wrong = result.checks, result.wrong
    lost = looks.losses_of_it(wrong)
    most_often = [int(i) for i in np.argsort(-lost, kind="stable")[:COURSES] if lost[i]]
    return {
        "first_right": looks.first_right(checks, wrong).tolist(),
        "right_looks": np.sum(wrong == 0, axis=1).tolist(),
        "losses_of_it": lost.tolist(),
        "longest_wrong_after": looks.longest_wrong_after(checks, wrong).tolist(),
        "right_at_end": (wrong[:, -1] == 0).tolist(),
        "last_wrong": wrong[:, -1].tolist(),
        "right_share": looks.share_right(wrong, SHARES),  # one value per stretch of looks
        "course_updates": [int(checks[part[-1]]) for part in looks.stretches(len(checks), COURSE)],  # likewise
        # Of those that lost it most often; the worst loss and look of each stretch.
        "courses": [
            {
                "network": i,
                "log10_loss": looks.worst_loss(result.loss[i], COURSE),
                "wrong": looks.most_wrong(wrong[i], COURSE),
            }
            for i in most_often
        ],
    }


def _kept(piece: Asked, result: TrainResult) -> Outcomes:
    """The best look's weights and the average's, certified; nothing where they were not kept."""
    if result.kept is None:
        return {}
    counted = _on_screen(piece, wrong_count)
    found = {}
    for name, params in (("best", result.kept.best), ("average", result.kept.average)):
        each = [pick(params, i) for i in range(len(piece.replicates))]
        certificates = [certify_network(piece.net, piece.training, one) for one in each]
        found[name] = {
            "wrong": result.kept.fewest.tolist() if name == "best" else [int(counted(one)) for one in each],
            "solved_at_end": [certificate.correct for certificate in certificates],
            "wrong_at_end": [certificate.wrong for certificate in certificates],
        }
    found["best"]["at"] = result.kept.best_at.tolist()
    return found


def _all_dead(piece: Asked, result: TrainResult) -> list[bool]:
    """Who answers "dead" for every cell of the screening boards with the weights at the end."""
    all_dead = _on_screen(piece, lambda logit, _: jnp.all(logit < 0))
    # Whoever is right says "alive" somewhere.
    wrong = result.wrong[:, -1] > 0
    return [bool(wrong[i]) and bool(all_dead(pick(result.params, i))) for i in range(len(piece.replicates))]


def _on_screen(piece: Asked, question: Callable[[Array, Array], Array]) -> Callable[[Parameters], Array]:
    """A network's parameters -> the answer to a question about its logits on the screening boards and what is right.

    Args:
        piece: whose boards.
        question: of logits and answers, both (boards, height, width).
    """
    net, training, seed, _ = piece

    @jax.jit
    def asked_of(params: Parameters, boards: Array, after: Array) -> Array:
        cells = boards.astype(jnp.dtype(training.dtype))
        return question(logits(net, params, cells), after)

    def answered(params: Parameters) -> Array:
        with numerics.pinned(training.dtype):
            screen = batches.screen(seed, training, net.steps, topology_of(net.padding))
            return asked_of(jax.tree.map(jnp.asarray, params), *screen)

    return answered
