"""A `planted` piece: random networks with the hand-made one inside, pruned to its size."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lottery.experiments.network_piece import asked, network_piece
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import Mask, apply_mask, layers_in_order
from lottery.networks.trees import full_like, pick, size, stack
from lottery.pruning.allocation import fraction_to_reach
from lottery.pruning.criteria import CRITERIA, ROUNDS
from lottery.pruning.criteria import Context as Scored
from lottery.pruning.ranking import keep_highest, prune
from lottery.runs.files import non_defaults, settings_from
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.tickets.planting import Planted, plant, planted_weights, recalled
from lottery.tickets.search import Level, find_ticket, pick_mask
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import certify_network, draw_initial, train
from lottery.training.scores.popup import EdgePopup
from lottery.training.settings import TrainSettings

AT_INIT = ("random", "magnitude", "snip", "grasp", "synflow", "saliency", "obd", "obs")
ROUTES = ("init", "trained", "popup")
TRUTH = "plant"  # the row of the planted mask itself: what a method that finds it would have
PURPOSE = 7  # of the numbers that a plant is drawn with, beside those that pruning draws with


@dataclass(frozen=True)
class Setting:
    """What is planted, and how.

    Attributes:
        width: m of the random network.
        scale: "written" or "matched" (lottery/tickets/planting.py).
        noise: on planted weights, relative.
    """

    width: int
    scale: str
    noise: float


@dataclass(frozen=True)
class _Nets:
    """The planted networks of a piece."""

    net: LifeNet
    training: TrainSettings
    seed: int
    replicates: list[int]
    plants: list[Planted]
    folder: Path


def planted_piece(
    label: str,
    setting: Setting,
    net: LifeNet,
    training: TrainSettings,
    *,
    seed: int,
    replicates: range,
    route: str,
    retrain: bool,
    levels: int = 1,
    scores: TrainSettings | None = None,
) -> Piece:
    """A piece that prunes planted networks to the size of what is planted.

    Args:
        label: readable part of its name.
        setting: what is planted.
        net: the random network.
        training: of dense networks and of tickets; criteria take their loss from it.
        seed: of the run.
        replicates: their numbers.
        route: "init" prunes by every criterion of `AT_INIT` before training, "trained" by magnitude after training, at
            once and level by level with rewinding, "popup" by edge-popup.
        retrain: whether what is left is also trained (the masks of the route "init" that are ranked globally).
        levels: of iterative pruning.
        scores: of the training of scores, for "popup".
    """
    trainings = {"init": (1 + len(AT_INIT)) * retrain, "trained": 2 + levels, "popup": 3 + retrain}[route]
    updates = trainings * training.updates * len(replicates)
    scoring = 4e-5 * net.channels[0] ** 3 * len(replicates) if route == "init" else 0
    return network_piece(
        "planted",
        label,
        net,
        training,
        seed=seed,
        replicates=replicates,
        updates=updates,
        overhead=8.0 + scoring,
        more={
            "scores": None if scores is None else non_defaults(scores),
            "scale": setting.scale,
            "noise": setting.noise,
            "route": route,
            "retrain": retrain,
            "levels": levels,
        },
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a piece; its rows have one entry per replicate."""
    started = time.monotonic()
    net, training, seed, numbers = asked(settings)
    replicates = list(numbers)
    initial = draw_initial(net, seed, replicates)
    plants = [
        plant(
            pick(initial, index),
            scale=settings["scale"],
            noise=settings["noise"],
            rng=np.random.default_rng([seed, replicate, PURPOSE]),
        )
        for index, replicate in enumerate(replicates)
    ]
    nets = _Nets(net, training, seed, replicates, plants, folder)
    if settings["route"] == "init":
        rows = _before_training(nets, settings["retrain"], on_progress)
    elif settings["route"] == "trained":
        rows = _after_training(nets, settings["levels"], on_progress)
    else:
        scores = settings_from(TrainSettings, settings["scores"])
        rows = _popup(nets, scores, settings["retrain"], on_progress)
    return {
        "prunable": size(plants[0].mask),
        "rows": rows,
        "seconds": time.monotonic() - started,
    }


def describe(
    method: str,
    plants: Sequence[Planted],
    masks: Sequence[Mask],
    certified: Sequence[bool],
    trained: Sequence[bool] | None,
    *,
    known: bool = False,
) -> dict[str, Any]:
    """One method's masks as plain JSON values, by replicate.

    Args:
        method: its name.
        plants: what is planted.
        masks: what it kept.
        certified: whether its network was certified without its survivors being trained.
        trained: whether it was with them trained, from the planted weights; None where they were not.
        known: whether it was told how many weights are planted in each layer.
    """
    found = [recalled(mask, one.mask) for mask, one in zip(masks, plants, strict=True)]
    return {
        "method": method,
        "known": known,
        "recalled": [sum(by_layer.values()) for by_layer in found],
        "recalled_in": {layer: sum(by_layer[layer] for by_layer in found) for layer in found[0]},
        "kept_in": {layer: sum(int(mask[layer]["kernel"].sum()) for mask in masks) for layer in found[0]},
        "certified": [int(value) for value in certified],
        "trained": None if trained is None else [int(value) for value in trained],
    }


def _untrained(nets: _Nets, masks: Sequence[Mask]) -> list[bool]:
    """Whether the planted weights, cut by these masks, are certified."""
    return [
        certify_network(nets.net, nets.training, apply_mask(one.params, mask)).correct
        for one, mask in zip(nets.plants, masks, strict=True)
    ]


def _trained(nets: _Nets, masks: Sequence[Mask], name: str, progress: Callable[[float], None]) -> list[bool]:
    """Whether they are once trained; masks of several methods follow one another, replicate by replicate."""
    times = len(masks) // len(nets.plants)
    result = train(
        nets.net,
        nets.training,
        seed=nets.seed,
        replicates=nets.replicates * times,
        initial=stack([one.params for one in nets.plants] * times),
        masks=stack(list(masks)),
        checkpoint=nets.folder / f"checkpoint-{name}.safetensors",
        progress=lambda update, _: progress(update / nets.training.updates),
    )
    return [certificate.correct for certificate in result.certificates]


def _before_training(nets: _Nets, retrain: bool, on_progress: OnProgress) -> list[dict[str, Any]]:
    masks: dict[tuple[str, bool], list[Mask]] = {(TRUTH, True): [one.mask for one in nets.plants]}
    scoring = 0.2 if retrain else 1.0
    for place, method in enumerate(AT_INIT):
        on_progress(scoring * place / len(AT_INIT), method)
        pairs = [_at_init(nets, index, method) for index in range(len(nets.plants))]
        masks[method, False], masks[method, True] = ([pair[known] for pair in pairs] for known in (False, True))
    who = [key for key in masks if key[0] == TRUTH or not key[1]]
    solved: dict[tuple[str, bool], list[bool]] = {}
    if retrain:
        every = [mask for key in who for mask in masks[key]]
        found = _trained(nets, every, "init", lambda share: on_progress(0.2 + 0.8 * share, "tickets"))
        count = len(nets.plants)
        solved = {key: found[count * place : count * (place + 1)] for place, key in enumerate(who)}
    return [
        describe(method, nets.plants, kept, _untrained(nets, kept), solved.get((method, known)), known=known)
        for (method, known), kept in masks.items()
    ]


def _at_init(nets: _Nets, index: int, method: str) -> tuple[Mask, Mask]:
    """One replicate pruned before training, to as many weights as are planted: in all, and in each layer."""
    one = nets.plants[index]
    full = full_like(one.mask, True, bool)
    counts = planted_weights()
    total, prunable = sum(counts.values()), size(full)
    rng = np.random.default_rng([nets.seed, nets.replicates[index], 1, 0])
    if method in ROUNDS:  # where scores depend on what was pruned in the rounds before

        def in_rounds(**how: Any) -> Mask:
            return prune(one.params, full, rng=rng, criterion=method, net=nets.net, settings=nets.training, **how)

        fraction = 1 - total / prunable
        return in_rounds(prune_fraction=fraction), in_rounds(prune_fraction=fraction, counts=counts)
    scores = CRITERIA[method](Scored(one.params, full, rng, one.params, nets.net, nets.training, total / prunable))
    told = {layer: keep_highest(scores, {layer: full[layer]}, count, rng)[layer] for layer, count in counts.items()}
    return keep_highest(scores, full, total, rng), told


def _after_training(nets: _Nets, levels: int, on_progress: OnProgress) -> list[dict[str, Any]]:
    """Magnitude after training, at once and over levels; both start from the same trained dense network."""
    prunable = size(nets.plants[0].mask)
    fraction = fraction_to_reach(prunable, sum(planted_weights().values()), levels)
    pruning = PruningSettings(levels=levels, prune_fraction=fraction, controls=())
    done: list[Level] = []

    def last_of(settings: PruningSettings, name: str) -> Level:
        def progress(number: int) -> Callable[[int, int], None]:
            return lambda update, _: on_progress(
                (min(number, levels) + update / nets.training.updates) / (levels + 2), f"{name}, level {number}"
            )

        found = find_ticket(
            nets.net,
            nets.training,
            settings,
            seed=nets.seed,
            replicates=nets.replicates,
            done=done[:1],
            checkpoint=nets.folder / f"checkpoint-{name}.safetensors",
            progress=progress,
            initial=stack([one.params for one in nets.plants]),
        )
        done.extend(found)
        return done[-1]

    ends = {"imp": last_of(pruning, "imp")}
    ends["oneshot"] = last_of(replace(pruning, when="oneshot", at=(levels,)), "oneshot")
    rows = []
    for name, level in ends.items():
        masks = [pick_mask(level.masks, index) for index in range(len(nets.plants))]
        solved = level.arms["ticket"].solved_at_end
        rows.append(
            describe(name, nets.plants, masks, _untrained(nets, masks), None if solved is None else solved.tolist())
        )
        rows[-1]["cut"] = [int(value) for value in level.cut_solved]  # the trained weights, cut and not trained again
    return rows


def _popup(nets: _Nets, scores: TrainSettings, retrain: bool, on_progress: OnProgress) -> list[dict[str, Any]]:
    """Scores are trained on the planted weights, with as many weights in every layer as are planted."""
    share = 3 / (3 + retrain)
    result = train(
        nets.net,
        scores,
        seed=nets.seed,
        replicates=nets.replicates,
        initial=stack([one.params for one in nets.plants]),
        scored=EdgePopup(biases=False, counts=tuple(sorted(planted_weights().items()))),
        checkpoint=nets.folder / "checkpoint-scores.safetensors",
        progress=lambda update, _: on_progress(share * update / scores.updates, "scores"),
    )
    masks: list[Mask] = [
        {
            layer: {"bias": None, "kernel": result.params[layer]["kernel"][index] != 0}  # no weight is drawn as 0
            for layer in layers_in_order(one.mask)
        }
        for index, one in enumerate(nets.plants)
    ]
    solved = None
    if retrain:
        solved = _trained(nets, masks, "popup", lambda done: on_progress(share + (1 - share) * done, "tickets"))
    certified = [certificate.correct for certificate in result.certificates]
    return [describe("popup", nets.plants, masks, certified, solved, known=True)]
