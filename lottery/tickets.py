"""Iterative magnitude pruning with weight rewinding, and its controls, over many replicates at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gol.errors import InputError
from lottery.arms import ARMS, Context
from lottery.masks import Mask, apply_mask, full_mask, stack
from lottery.networks import LifeNet, Parameters
from lottery.pruning import CRITERIA, SCOPES, prune
from lottery.settings import TrainSettings
from lottery.training import Progress, TrainResult, certify_network, draw_initial, pick, train


@dataclass(frozen=True)
class PruningSettings:
    """How networks are pruned; the defaults are those of Frankle and Carbin (2019).

    Attributes:
        levels: how many times to prune.
        prune_fraction: share of the survivors removed at each level.
        rewind_to: the update whose weights the survivors go back to; 0 is initialisation.
        criterion: which weights stay, a name of `lottery.pruning.CRITERIA`.
        scope: "global" or "layerwise".
        prune_biases: whether biases are pruned as well.
        controls: arms trained beside the ticket, names of `lottery.arms.ARMS`.
    """

    levels: int = 11
    prune_fraction: float = 0.2
    rewind_to: int = 0
    criterion: str = "magnitude"
    scope: str = "global"
    prune_biases: bool = False
    controls: tuple[str, ...] = ("reinit", "shuffled")

    def __post_init__(self) -> None:
        """Refuse settings that cannot be pruned with, naming what would be right."""
        if self.levels < 1:
            raise InputError(f"levels is {self.levels}: pruning takes at least 1 level.")
        if not 0 < self.prune_fraction < 1:
            raise InputError(f"prune_fraction is {self.prune_fraction}: it lies between 0 and 1.")
        if self.criterion not in CRITERIA:
            raise InputError(f"Unknown criterion {self.criterion!r}: it is one of {', '.join(CRITERIA)}.")
        if self.scope not in SCOPES:
            raise InputError(f"Unknown scope {self.scope!r}: it is one of {', '.join(SCOPES)}.")
        known = sorted(set(ARMS) - {"ticket"})
        if unknown := set(self.controls) - set(known):
            raise InputError(f"Unknown control {min(unknown)!r}: controls are {', '.join(known)}.")


@dataclass(frozen=True)
class Arm:
    """Outcomes of one arm at one level, one entry per replicate.

    Attributes:
        solved_at_end: (R,) bool, certified at the end of the budget; None where solved networks stop.
        first_solved: (R,) int, update of the first certified check, -1 for never.
        params: final weights, leaves (R, ...).
    """

    solved_at_end: np.ndarray | None
    first_solved: np.ndarray
    params: Parameters


@dataclass(frozen=True)
class Level:
    """One level of pruning.

    Attributes:
        level: prunings done so far; 0 is the dense network.
        masks: the ticket's, leaves (R, ...) bool, None where never pruned.
        arms: by name; the dense network of level 0 is called "ticket" too, since it is the ticket that keeps all.
        cut_solved: (R,) bool, the trained network of the level before, cut by these masks and certified without
            training again; at level 0, where nothing is cut, the trained dense network.
        rewound: the weights that survivors go back to, leaves (R, ...), the same at all levels.
    """

    level: int
    masks: Mask
    arms: dict[str, Arm]
    cut_solved: np.ndarray
    rewound: Parameters


def find_ticket(
    net: LifeNet,
    settings: TrainSettings,
    pruning: PruningSettings,
    *,
    seed: int,
    replicates: Sequence[int],
    done: Sequence[Level] = (),
    checkpoint: Path | None = None,
    progress: Callable[[int], Progress] | None = None,
) -> Iterator[Level]:
    """Train, prune, rewind, repeat (Frankle and Carbin 2019, Strategy 1), yielding every level as it is done.

    Each level prunes by the weights at the end of the level before, solved or not, and trains the ticket and its
    controls together, on the batches that the replicate saw before, with a fresh optimiser.

    Args:
        net: the dense network.
        settings: of the training of every level. With rewinding to step k, later levels train from k to the budget.
        pruning: levels, fraction, criterion, rewinding, controls.
        seed: of the run.
        replicates: their numbers; each is a dense network and its tickets.
        done: levels that an earlier call yielded, from 0 on; they are not computed again and not yielded again.
        checkpoint: where to save the training in progress.
        progress: progress(level) is given to the training of that level.

    Raises:
        InputError: for settings that cannot be trained or pruned with.
    """
    replicates = list(replicates)
    level = done[-1] if done else None
    for number in range(len(done), pruning.levels + 1):
        if level is None:
            started = {"ticket": _dense(net, pruning, seed, replicates)}
        else:
            started = _start_arms(net, pruning, seed, replicates, level)
        path = checkpoint.with_name(f"{checkpoint.stem}-level{number}{checkpoint.suffix}") if checkpoint else None
        result = train(
            net,
            settings,
            seed=seed,
            replicates=replicates * len(started),
            initial=_concatenate([initial for initial, _ in started.values()]),
            masks=_concatenate([masks for _, masks in started.values()]),
            start=pruning.rewind_to if number else 0,
            snapshot_at=pruning.rewind_to if number == 0 else None,
            checkpoint=path,
            progress=progress(number) if progress else None,
        )
        masks = started["ticket"][1]
        arms = _split(result, list(started), len(replicates))
        level = Level(
            level=number,
            masks=masks,
            arms=arms,
            cut_solved=_certified(net, settings, (level.arms if level else arms)["ticket"].params, masks),
            rewound=level.rewound if level else result.snapshot,
        )
        yield level


def _dense(net: LifeNet, pruning: PruningSettings, seed: int, replicates: list[int]) -> tuple[Parameters, Mask]:
    initial = draw_initial(net, seed, replicates)
    mask = full_mask(pick(initial, 0), pruning.prune_biases)
    return initial, stack([mask] * len(replicates))


def _start_arms(
    net: LifeNet, pruning: PruningSettings, seed: int, replicates: list[int], before: Level
) -> dict[str, tuple[Parameters, Mask]]:
    """Starting weights and masks of every arm of the level after `before`, stacked over replicates."""
    contexts = []
    for index, replicate in enumerate(replicates):
        trained = pick(before.arms["ticket"].params, index)
        mask = prune(
            trained,
            pick_mask(before.masks, index),
            prune_fraction=pruning.prune_fraction,
            rng=np.random.default_rng([seed, replicate, before.level + 1, 0]),
            criterion=pruning.criterion,
            scope=pruning.scope,
        )
        rewound = pick(before.rewound, index)
        contexts.append(Context(net, seed, replicate, before.level + 1, mask, rewound, trained))
    arms = {}
    for name in ("ticket", *pruning.controls):
        pairs = [ARMS[name](context) for context in contexts]
        arms[name] = stack([initial for initial, _ in pairs]), stack([mask for _, mask in pairs])
    return arms


def pick_mask(masks: Mask, index: int) -> Mask:
    """One replicate's mask of stacked masks, None leaves staying None."""
    return {
        layer: {name: None if leaf is None else leaf[index] for name, leaf in leaves.items()}
        for layer, leaves in masks.items()
    }


def _concatenate(trees: list[Parameters]) -> Parameters:
    first = trees[0]
    return {
        layer: {
            name: None if leaf is None else np.concatenate([tree[layer][name] for tree in trees])
            for name, leaf in leaves.items()
        }
        for layer, leaves in first.items()
    }


def _split(result: TrainResult, names: list[str], count: int) -> dict[str, Arm]:
    arms = {}
    for position, name in enumerate(names):
        rows = slice(position * count, (position + 1) * count)
        arms[name] = Arm(
            solved_at_end=None if result.solved_at_end is None else result.solved_at_end[rows],
            first_solved=result.first_solved[rows],
            params=_rows(result.params, rows),
        )
    return arms


def _rows(tree: Parameters, rows: slice) -> Parameters:
    return {layer: {name: leaf[rows] for name, leaf in leaves.items()} for layer, leaves in tree.items()}


def _certified(net: LifeNet, settings: TrainSettings, params: Parameters, masks: Mask) -> np.ndarray:
    """(R,) bool: which networks are certified when cut by these masks and not trained any further."""
    count = len(params["readout"]["bias"])
    return np.array(
        [
            certify_network(net, settings, apply_mask(pick(params, index), pick_mask(masks, index))).correct
            for index in range(count)
        ]
    )
