"""An `anatomy` piece: networks pruned level by level, and what their tickets are made of."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lottery.analysis.compaction import Compaction, compact, count_nonzero
from lottery.analysis.fifteen_parameters import numbers_of, scaled
from lottery.analysis.mask_overlap import likeness, overlap
from lottery.analysis.one_linear_form import RING
from lottery.analysis.unit_responses import constant_units, unit_answers
from lottery.experiments.network_piece import asked, network_piece
from lottery.networks.embedding import Features, channel_masks, embed
from lottery.networks.lifenet import LifeNet, Parameters
from lottery.networks.masks import Mask
from lottery.networks.trees import pick, size, stack, total
from lottery.pruning.ranking import prune, shuffle_within_layers
from lottery.runs.files import non_defaults, settings_from
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.tickets.search import Level, find_ticket, pick_mask
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import draw_initial, train
from lottery.training.settings import TrainSettings

COMPARED = 16  # networks whose masks are compared with each other, the first ones
DRAWINGS = 10  # of chance
EVEN = 0.1  # spread of a unit's neighbours relative to their mean, below which it weighs them alike
SCRATCH = 3_000_000  # first replicate number of the networks trained from scratch


def anatomy_piece(
    label: str,
    net: LifeNet,
    training: TrainSettings,
    pruning: PruningSettings,
    *,
    verdict: int,
    seed: int,
    replicates: range,
) -> Piece:
    """A piece that prunes networks, looks at their tickets, and trains dense networks of the tickets' shapes.

    Args:
        label: of the piece's folder.
        net: the dense networks, one step.
        training: of every level.
        pruning: without controls.
        verdict: the level whose tickets are held against dense networks of their shapes.
        seed: of the run.
        replicates: their numbers.
    """
    updates = training.updates * len(replicates) * (len(pruning.numbers) + 1)
    return network_piece(
        "anatomy",
        label,
        net,
        training,
        seed=seed,
        replicates=replicates,
        updates=updates,
        overhead=30.0,
        more={"pruning": non_defaults(pruning), "verdict": verdict},
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a piece: one entry per level, the networks of the verdict's shapes, and one example."""
    started = time.monotonic()
    net, training, seed, replicates = asked(settings)
    pruning = settings_from(PruningSettings, settings["pruning"])
    total = len(pruning.numbers) + 1
    levels: list[dict[str, Any]] = []
    dense: Level | None = None
    example: dict[str, Any] | None = None
    scratch: dict[str, Any] = {}
    for level in find_ticket(
        net,
        training,
        pruning,
        seed=seed,
        replicates=replicates,
        checkpoint=folder / "checkpoint.safetensors",
        progress=lambda number: (
            lambda update, _: on_progress((number + update / training.updates) / total, f"level {number}")
        ),
    ):
        dense = dense or level
        levels.append(describe(net, level, dense, pruning, seed))
        example = _example(net, level, dense, replicates) or example
        if level.level == settings["verdict"]:
            scratch = from_scratch(net, training, level, seed, replicates)
    return {"levels": levels, "scratch": scratch, "example": example, "seconds": time.monotonic() - started}


def describe(net: LifeNet, level: Level, dense: Level, pruning: PruningSettings, seed: int) -> dict[str, Any]:
    """What the tickets of a level are made of, as plain JSON values; lists have one entry per replicate."""
    count = len(level.cut_solved)
    masks = [pick_mask(level.masks, index) for index in range(count)]
    small = [compact(pick(level.arms["ticket"].params, index), activation=net.activation) for index in range(count)]
    rng = np.random.default_rng([seed, level.level])
    solved = np.asarray(level.arms["ticket"].solved_at_end, bool)
    return {
        "level": level.level,
        "kept": total(masks[0]),
        "prunable": size(masks[0]),
        "solved": solved.tolist(),
        "features": [list(one.features) for one in small],
        "shuffled_features": [list(_shuffled(net, level, index, rng).features) for index in range(count)],
        "effective_parameters": count_nonzero(net, [pick(level.arms["ticket"].params, i) for i in range(count)]),
        "dead": [_dead(one) for one in small],
        "units_by_weights": np.sum([units_by_weights(one.params) for one in small], axis=0).tolist(),
        "even": _even([one.params for one, right in zip(small, solved, strict=True) if right]),
        "overlap": _overlaps(masks, rng) if level.level else None,
        "with_one_shot": with_one_shot(level, dense, pruning, seed) if level.level else None,
    }


def _dead(small: Compaction) -> list[int]:
    """Units left by compaction that answer all 512 neighbourhoods alike: 3x3 units, 1x1 units."""
    answers = unit_answers(small.params)
    kept = [len(small.kept[layer]) for layer in ("block0_3x3", "block0_1x1")]
    return [
        int(constant_units(given[:, :units]).sum()) if units else 0
        for given, units in zip((answers.wide, answers.narrow), kept, strict=True)
    ]


def _shuffled(net: LifeNet, level: Level, index: int, rng: np.random.Generator) -> Compaction:
    """What would be left of a ticket with as many weights per layer in random places."""
    mask = shuffle_within_layers(pick_mask(level.masks, index), rng)
    return compact(pick(level.rewound, index), mask, activation=net.activation)


def units_by_weights(params: Parameters) -> list[int]:
    """How many 3x3 units have 1, 2, ... 9 of their weights; units without any are not counted."""
    counts = np.count_nonzero(np.asarray(params["block0_3x3"]["kernel"]).reshape(9, -1), axis=0)
    return np.bincount(counts, minlength=10)[1:].tolist()


def spreads(params: Parameters) -> Float[np.ndarray, " units"]:
    """For each 3x3 unit the spread of its eight neighbours' weights, zeros included, relative to their mean.

    The hand-made kernels have 0; a unit with one neighbour only has 2.65.
    """
    kernel = np.asarray(params["block0_3x3"]["kernel"], float).reshape(9, -1)
    ring = kernel[RING][:, kernel.any(axis=0)]
    mean = np.abs(ring.mean(axis=0))
    return np.divide(np.std(ring, axis=0), mean, out=np.full(len(mean), np.inf), where=mean > 0)


def _even(networks: Sequence[Parameters]) -> list[int]:
    """Units that weigh all eight neighbours alike, and units in all."""
    found = [value for params in networks for value in spreads(params).tolist()]
    return [sum(value < EVEN for value in found), len(found)]


def _overlaps(masks: Sequence[Mask], rng: np.random.Generator) -> dict[str, Any] | None:
    some = list(masks[:COMPARED])
    if len(some) < 2:
        return None
    return {
        name: {key: round(value, 4) for key, value in asdict(found).items()}
        for name, found in (
            ("places", likeness(some, match=False, drawings=DRAWINGS, rng=rng)),
            ("matched", likeness(some, match=True, drawings=DRAWINGS, rng=rng)),
        )
    }


def with_one_shot(level: Level, dense: Level, pruning: PruningSettings, seed: int) -> list[float]:
    """The share of each ticket's weights that one cut of the dense network would have kept, and that of chance.

    Returns:
        Means over all replicates.
    """
    shares, chances = [], []
    for index in range(len(level.cut_solved)):
        at_once = prune(
            pick(dense.arms["ticket"].params, index),
            pick_mask(dense.masks, index),
            prune_fraction=pruning.prune_fraction,
            rng=np.random.default_rng([seed, level.level, index]),
            scope=pruning.scope,
            times=level.level,
        )
        found = overlap(pick_mask(level.masks, index), at_once)
        shares.append(found.shared / found.kept)
        chances.append(found.expected / found.kept)
    return [round(float(np.mean(shares)), 4), round(float(np.mean(chances)), 4)]


def from_scratch(
    net: LifeNet, training: TrainSettings, level: Level, seed: int, replicates: Sequence[int]
) -> dict[str, Any]:
    """Train a dense network of the shape of each ticket, from fresh weights, inside the large one.

    Returns:
        Shapes and success by replicate.
    """
    params = [pick(level.arms["ticket"].params, index) for index in range(len(replicates))]
    shapes = [compact(one).features for one in params]
    numbers = [SCRATCH + replicate for replicate in replicates]
    initial: dict[int, Parameters] = {}
    for shape in sorted(set(shapes)):
        mine = [place for place, other in enumerate(shapes) if other == shape]
        drawn = draw_initial(net.clone(features=shape), seed, [numbers[place] for place in mine])
        initial |= {place: pick(drawn, row) for row, place in enumerate(mine)}
    large: Features = net.channels
    result = train(
        net,
        training,
        seed=seed,
        replicates=numbers,
        initial=stack([embed(initial[place], large) for place in range(len(shapes))]),
        masks=stack([channel_masks(initial[place], large) for place in range(len(shapes))]),
    )
    return {
        "level": level.level,
        "features": [list(shape) for shape in shapes],
        "solved": [certificate.correct for certificate in result.certificates],
    }


def _example(net: LifeNet, level: Level, dense: Level, replicates: Sequence[int]) -> dict[str, Any] | None:
    """The smallest certified ticket of a level with its weights, and the dense network that it was found in."""
    solved = np.flatnonzero(np.asarray(level.arms["ticket"].solved_at_end, bool))
    if not level.level or not len(solved):
        return None
    sizes = count_nonzero(net, [pick(level.arms["ticket"].params, int(index)) for index in solved])
    best = int(solved[int(np.argmin(np.array(sizes)))])
    ticket = compact(pick(level.arms["ticket"].params, best), functional=True)
    return {
        "level": level.level,
        "replicate": replicates[best],
        "size": min(size for size in sizes if size is not None),
        "dense": numbers_of(pick(dense.arms["ticket"].params, best), 3),
        "ticket": numbers_of(scaled(ticket.params), 5),
    }
