"""A `flips` piece: networks that converged, their initial weights changed, trained again.

A pool of networks is trained; the first winners in the order of their numbers are taken back to their initial weights.
Every arm changes these in its own way and trains again on fresh data: batches and banks of another seed, with a
sequence of batches for every winner and set of flips. Arms share it, so that they differ in nothing but the change.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from lottery.analysis.sign_flips import add_noise, draw_places, flip_signs, within_layer
from lottery.experiments.network_piece import network_settings, seconds_per_update
from lottery.networks.lifenet import LifeNet, Parameters, parameter_count
from lottery.networks.masks import Mask, full_mask
from lottery.networks.trees import flatten, pick, stack
from lottery.runs.files import non_defaults, read_json, settings_from, write_arrays, write_json
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.training.loop import draw_initial, train
from lottery.training.settings import TrainSettings

LAYERS = ("block0_3x3", "block0_1x1", "readout")
# Where one flipped sign may lie; the first three are in the 3x3 kernels.
PLACES = ("centre", "side", "corner", "block0_1x1", "readout")
SETS_AT_MOST = 100  # of flips per winner, so that every one has a number of its own


@dataclass(frozen=True)
class Arm:
    """One way of changing initial weights.

    Attributes:
        variant: "weights" flips signs among all weights, "biases" among weights and biases, a layer's name among its
            weights; "noise" moves all weights as far as "weights" with the same k would, in a random direction.
        k: how many signs.
    """

    variant: str
    k: int


def flips_piece(
    label: str,
    net: LifeNet,
    settings: TrainSettings,
    *,
    seed: int,
    pool: range,
    winners: int,
    sets: int,
    arms: Sequence[Arm],
    share: float,
) -> Piece:
    """A piece that trains a pool and then its winners again, changed.

    Args:
        label: readable part of its name.
        net: one step ahead.
        settings: of both trainings; solved networks leave.
        seed: of the pool and of the changes; fresh data have the next one.
        pool: numbers of the networks that are trained to find winners.
        winners: the first so many are used, or as many as there are.
        sets: of flips drawn per winner.
        arms: the changes.
        share: of the whole budget that is expected to be used, for the estimate of its time.
    """
    updates = settings.updates * (len(pool) + winners * sets * len(arms))
    return Piece(
        label=label,
        kind="flips",
        settings={
            "network": network_settings(net),
            "training": non_defaults(settings),
            "seed": seed,
            "pool": [pool.start, pool.stop],
            "winners": winners,
            "sets": sets,
            "arms": [[arm.variant, arm.k] for arm in arms],
        },
        updates=updates,
        seconds=10 + share * updates * seconds_per_update(net, settings),
    )


def changed(params: Parameters, arm: Arm, seed: Sequence[int]) -> Parameters:
    """Initial weights as an arm starts from them.

    Args:
        params: of one network.
        arm: how they are changed.
        seed: of the places and of the noise; the same for all arms, so that more flips hold all that fewer hold.
    """
    where = _allowed(params, arm)
    drawn = _drawn(where, arm, seed)
    if arm.variant == "noise":
        return add_noise(params, drawn, where, np.random.default_rng([*seed, 1]))
    return flip_signs(params, drawn)


def place_of_flip(params: Parameters, arm: Arm, seed: Sequence[int]) -> int:
    """Where an arm's only flipped sign lies, as a place in `PLACES`.

    Args:
        params: of one network.
        arm: one that flips a single sign among weights.
        seed: as `changed` takes it.
    """
    ((name, drawn),) = (
        (name, leaf) for name, leaf in flatten(_drawn(_allowed(params, arm), arm, seed)).items() if leaf.any()
    )
    layer = name.split("/")[0]
    if layer != "block0_3x3":
        return PLACES.index(layer)
    row, column, *_ = np.argwhere(drawn)[0]
    return abs(int(row) - 1) + abs(int(column) - 1)


def _allowed(params: Parameters, arm: Arm) -> Mask:
    """The parameters among which an arm flips signs."""
    where = full_mask(params, prune_biases=arm.variant == "biases")
    return within_layer(where, arm.variant) if arm.variant in LAYERS else where


def _drawn(where: Mask, arm: Arm, seed: Sequence[int]) -> Mask:
    return draw_places(where, arm.k, np.random.default_rng([*seed, 0]))


def fresh_seed(seed: int) -> int:
    """The seed of the second training's data: the one after the pool's."""
    return (seed + 1) % 2**31


def fresh_number(winner: int, flip_set: int) -> int:
    """The replicate number that a winner's second training takes its batches by, one per set of flips."""
    return SETS_AT_MOST * winner + flip_set


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a `flips` piece. Its outcomes are updates of the first certified check, -1 for never.

    Arms that flip the sign of one weight also say where it lies, as a place in `PLACES`.
    """
    started = time.monotonic()
    net, training = settings_from(LifeNet, settings["network"]), settings_from(TrainSettings, settings["training"])
    pool, sets = range(*settings["pool"]), settings["sets"]
    arms = [Arm(variant, k) for variant, k in settings["arms"]]
    again = settings["winners"] * sets * len(arms)
    share = len(pool) / (len(pool) + again)

    def telling(first: float, length: float, count: int) -> Callable[[int, int], None]:
        return lambda update, solved: on_progress(
            first + length * update / training.updates, f"{solved}/{count} solved"
        )

    first_solved = _pool(net, training, settings["seed"], pool, folder, telling(0.0, share, len(pool)))
    winners = [r for r, update in zip(pool, first_solved, strict=True) if update >= 0][: settings["winners"]]
    outcomes: Outcomes = {
        "parameters": parameter_count(net),
        "pool_first_solved": first_solved,
        "winners": winners,
        "arms": [],
    }
    if winners:
        initial = draw_initial(net, settings["seed"], winners)
        seeds = [[[settings["seed"], winner, flip_set] for flip_set in range(sets)] for winner in winners]
        rows = [(arm, index, flip_set) for arm in arms for index in range(len(winners)) for flip_set in range(sets)]
        starts = [changed(pick(initial, index), arm, seeds[index][flip_set]) for arm, index, flip_set in rows]
        result = train(
            net,
            training,
            seed=fresh_seed(settings["seed"]),
            replicates=[fresh_number(winners[index], flip_set) for _, index, flip_set in rows],
            initial=stack(starts),
            checkpoint=folder / "checkpoint-again.safetensors",
            progress=telling(share, 1 - share, len(rows)),
        )
        write_arrays(
            folder / "weights.safetensors",
            {f"start/{name}": array for name, array in flatten(stack(starts)).items()}
            | {f"end/{name}": array for name, array in flatten(result.params).items()},
        )
        one = pick(initial, 0)
        solved = result.first_solved.reshape(len(arms), len(winners), sets)
        outcomes["arms"] = [
            {"variant": arm.variant, "k": arm.k, "first_solved": found.tolist(), **_places_of(one, arm, seeds)}
            for arm, found in zip(arms, solved, strict=True)
        ]
    return {**outcomes, "seconds": time.monotonic() - started}


def _places_of(params: Parameters, arm: Arm, seeds: Sequence[Sequence[Sequence[int]]]) -> Outcomes:
    """Where the sign lies that each run flips, for arms that flip one weight's."""
    if arm.k != 1 or arm.variant not in ("weights", *LAYERS):
        return {}
    return {"places": [[place_of_flip(params, arm, seed) for seed in of_winner] for of_winner in seeds]}


def _pool(
    net: LifeNet,
    training: TrainSettings,
    seed: int,
    pool: range,
    folder: Path,
    progress: Callable[[int, int], None],
) -> list[int]:
    """Train the pool, or read what came of it before a stop."""
    stored = folder / "first_solved.json"
    if not stored.is_file():
        checkpoint = folder / "checkpoint-pool.safetensors"
        result = train(net, training, seed=seed, replicates=pool, checkpoint=checkpoint, progress=progress)
        write_json(stored, {"first_solved": result.first_solved.tolist()})
    return read_json(stored)["first_solved"]


def failures(outcomes: Outcomes, variant: str, k: int) -> Bool[np.ndarray, "winners sets"]:
    """Which runs of an arm were never certified; empty where there is no winner."""
    for arm in outcomes["arms"]:
        if (arm["variant"], arm["k"]) == (variant, k):
            return np.array(arm["first_solved"]) < 0
    return np.zeros((0, 1), bool)


def places(outcomes: Outcomes, variant: str) -> Int[np.ndarray, "winners sets"]:
    """Where each run of an arm that flips one sign has it, as a place in `PLACES`; empty where there is no winner."""
    for arm in outcomes["arms"]:
        if (arm["variant"], arm["k"]) == (variant, 1):
            return np.array(arm["places"])
    return np.zeros((0, 1), int)
