"""Lottery tickets over many replicates at once: train, prune, set the survivors back, train again, beside controls.

Three axes and a schedule. Which weights stay is a criterion (lottery/pruning/criteria/) with a scope
(lottery/pruning/allocation.py); what they start from is a start (lottery/tickets/starts.py); pruned weights hold zeros
or are frozen. The defaults are iterative magnitude pruning with rewinding.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gol.errors import InputError
from lottery.inputs.plain_types import Numbers, check_types, whole_numbers
from lottery.networks.lifenet import Network, Parameters, describe
from lottery.networks.masks import Mask, apply_mask, fill_pruned, full_mask, stack
from lottery.networks.parameter_checks import check_network, check_prunable, check_stacked
from lottery.pruning.allocation import SCOPES
from lottery.pruning.criteria import CRITERIA, OF_CHANGE
from lottery.pruning.criteria import Context as Scored
from lottery.pruning.ranking import prune
from lottery.tickets.arms import ARMS
from lottery.tickets.starts import STARTS, Context
from lottery.training.checkpoints import content, differences
from lottery.training.loop import Progress, TrainResult, certify_network, draw_initial, pick, train
from lottery.training.settings import TrainSettings

PRUNED = ("zero", "frozen")
WHEN = ("levels", "oneshot", "init")


@dataclass(frozen=True)
class PruningSettings:
    """How networks are pruned; the defaults are those of Frankle and Carbin (2019).

    Attributes:
        levels: how many times to prune.
        prune_fraction: share of the survivors removed at each level.
        rewind_to: the update whose weights the survivors go back to; 0 is initialisation.
        criterion: which weights stay, a name of `lottery.pruning.criteria.CRITERIA`.
        scope: which weights are ranked together, a name of `lottery.pruning.allocation.SCOPES`.
        prune_biases: whether biases are pruned as well.
        controls: arms trained beside the ticket, names of `lottery.tickets.arms.ARMS` except ticket.
        start: what the ticket's kept weights start from, a name of `lottery.tickets.starts.STARTS`.
        pruned: what pruned weights hold: "zero", or "frozen" at their initial values (Zhou et al. 2019).
        when: "levels" prunes level by level; "oneshot" prunes the trained dense network, and "init" the untrained one
            (as it is at `rewind_to`), to the densities of the levels, each at once.
        floor: survivors that every layer keeps at least.
        rounds: rounds of scoring and pruning per pruning; None is the criterion's own: 100 for SynFlow, 1 for others.
        inverted: keep the lowest scores instead of the highest, at every pruning.
        at: the levels at which controls are trained; in one shot and at initialisation, where no level hangs on
            another, also the only ones that are pruned to. Empty is every level.
    """

    levels: int = 11
    prune_fraction: float = 0.2
    rewind_to: int = 0
    criterion: str = "magnitude"
    scope: str = "global"
    prune_biases: bool = False
    controls: tuple[str, ...] = ("reinit", "shuffled")
    start: str = "rewind"
    pruned: str = "zero"
    when: str = "levels"
    floor: int = 0
    rounds: int | None = None
    inverted: bool = False
    at: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse settings that cannot be pruned with, naming what would be right."""
        check_types(self)
        if self.levels < 1:
            raise InputError(f"levels is {self.levels}: pruning takes at least 1 level.")
        if not 0 < self.prune_fraction < 1:
            raise InputError(f"prune_fraction is {self.prune_fraction}: it lies between 0 and 1.")
        for name, options in (
            ("criterion", CRITERIA),
            ("scope", SCOPES),
            ("start", STARTS),
            ("pruned", PRUNED),
            ("when", WHEN),
        ):
            if getattr(self, name) not in options:
                raise InputError(f"Unknown {name} {getattr(self, name)!r}: it is one of {', '.join(options)}.")
        if self.floor < 0:
            raise InputError(f"floor is {self.floor}: it has to be at least 0.")
        if self.rounds is not None and self.rounds < 1:
            raise InputError(f"rounds is {self.rounds}: it has to be at least 1.")
        if self.when == "init" and not self.rewind_to and self.criterion in OF_CHANGE:
            raise InputError(f"{self.criterion} says nothing about weights that have not moved: prune later than init.")
        known = sorted(set(ARMS) - {"ticket"})
        if unknown := set(self.controls) - set(known):
            raise InputError(f"Unknown control {min(unknown)!r}: controls are {', '.join(known)}.")
        if sorted(set(self.at)) != list(self.at) or (self.at and not 1 <= self.at[0] <= self.at[-1] <= self.levels):
            raise InputError(f"at is {self.at}: it takes rising levels between 1 and levels ({self.levels}).")

    @property
    def numbers(self) -> list[int]:
        """The levels that are trained, from 0 on."""
        skips = self.at and self.when != "levels"
        return [0, *self.at] if skips else list(range(self.levels + 1))

    def arms(self, number: int) -> tuple[str, ...]:
        """The arms that are trained at a level."""
        beside = number > 0 and (not self.at or number in self.at)
        return ("ticket", *self.controls) if beside else ("ticket",)


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
        level: prunings done so far (of one shot: the level of the same density); 0 is the dense network.
        masks: the ticket's, leaves (R, ...) bool, None where never pruned.
        arms: by name; the dense network of level 0 is called "ticket" too, since it is the ticket that keeps all.
        cut_solved: (R,) bool, the trained network of the level before (in one shot and at initialisation the trained
            dense network), cut by these masks and certified without training again; at level 0, where nothing is cut,
            the trained dense network.
        rewound: the weights that survivors go back to, leaves (R, ...), the same at all levels.
        run: what the search was asked for, plain JSON values; None where it is known otherwise, as from its folder.
    """

    level: int
    masks: Mask
    arms: dict[str, Arm]
    cut_solved: np.ndarray
    rewound: Parameters
    run: dict[str, Any] | None = None


def find_ticket(
    net: Network,
    settings: TrainSettings,
    pruning: PruningSettings,
    *,
    seed: int,
    replicates: Numbers,
    done: Sequence[Level] = (),
    checkpoint: Path | str | None = None,
    progress: Callable[[int], Progress] | None = None,
    initial: Parameters | None = None,
) -> Iterator[Level]:
    """Train, prune, rewind, repeat (Frankle and Carbin 2019, Strategy 1), yielding every level as it is done.

    Each level prunes by the weights at the end of the level before, solved or not (or as `pruning.when` says), and
    trains the ticket and its controls together, on the batches that the replicate saw before, with a fresh optimiser.

    Args:
        net: the dense network.
        settings: of the training of every level. With rewinding to step k, later levels train from k to the budget.
        pruning: levels, fraction, criterion, rewinding, controls.
        seed: of the run.
        replicates: their numbers; each is a dense network and its tickets.
        done: levels that an earlier call yielded, from 0 on; they are not computed and not yielded again. Those of
            another search are refused.
        checkpoint: where to save the training in progress; another run's is refused.
        progress: progress(level) is given to the training of that level.
        initial: weights of the dense networks before training, leaves (R, ...); by default each replicate's own draw.

    Raises:
        InputError: for settings, weights or levels that cannot be trained or pruned with.
    """
    check_network(net)
    check_prunable(net)
    replicates = whole_numbers("replicates", replicates)
    initial = draw_initial(net, seed, replicates) if initial is None else initial
    check_stacked("initial", initial, net, len(replicates))
    run = {
        "network": describe(net),
        "training": asdict(settings),
        "pruning": asdict(pruning),
        "seed": int(seed),
        "replicates": replicates,
        "initial": content(initial),
    }
    _check_done(done, net, pruning, len(replicates), run)
    checkpoint = None if checkpoint is None else Path(checkpoint)
    search = _Search(net, settings, pruning, seed, replicates, initial)
    levels = list(done)
    for number in pruning.numbers[len(done) :]:
        parent = None if number == 0 else levels[-1] if pruning.when == "levels" else levels[0]
        started = search.dense() if parent is None else search.start_arms(number, parent)
        path = checkpoint.with_name(f"{checkpoint.stem}-level{number}{checkpoint.suffix}") if checkpoint else None
        late = [ARMS[name].at_final_rate(pruning.start) and number > 0 for name in started]
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
            frozen=pruning.pruned == "frozen",
            at_final_rate=np.repeat(late, len(replicates)),
        )
        masks = started["ticket"][1]
        arms = _split(result, list(started), len(replicates))
        level = Level(
            level=number,
            masks=masks,
            arms=arms,
            cut_solved=search.certified_when_cut((parent.arms if parent else arms)["ticket"].params, masks),
            rewound=levels[0].rewound if levels else result.snapshot,
            run=run,
        )
        # Other levels' weights are not looked at again.
        levels = [level] if number == 0 else [levels[0], level]
        yield level


def _check_done(done: Sequence[Level], net: Network, pruning: PruningSettings, count: int, run: dict[str, Any]) -> None:
    """Refuse levels that are not the first ones of this search."""
    numbers = [level.level for level in done]
    if numbers != pruning.numbers[: len(done)]:
        raise InputError(f"done holds the levels {numbers}: they have to be the first of {pruning.numbers}.")
    for level in done:
        if level.run is not None and (different := differences(level.run, run)):
            raise InputError(f"done: level {level.level} is another search's ({'; '.join(different)}).")
        check_stacked(f"done: the masks of level {level.level}", level.masks, net, count, masks=True)
        check_stacked(f"done: the rewound weights of level {level.level}", level.rewound, net, count)
        for name, arm in level.arms.items():
            check_stacked(f"done: the arm {name} of level {level.level}", arm.params, net, count)


@dataclass(frozen=True)
class _Search:
    """One call of `find_ticket`: what does not change from level to level; `initial` has leaves (R, ...)."""

    net: Network
    settings: TrainSettings
    pruning: PruningSettings
    seed: int
    replicates: list[int]
    initial: Parameters

    def dense(self) -> dict[str, tuple[Parameters, Mask]]:
        """Starting weights and masks of level 0."""
        mask = full_mask(pick(self.initial, 0), self.pruning.prune_biases)
        return {"ticket": (self.initial, stack([mask] * len(self.replicates)))}

    def start_arms(self, number: int, parent: Level) -> dict[str, tuple[Parameters, Mask]]:
        """Starting weights and masks of every arm of a level, stacked over replicates."""
        contexts = [self._context(number, parent, index) for index in range(len(self.replicates))]
        arms = {}
        for name in self.pruning.arms(number):
            pairs = [ARMS[name](context) for context in contexts]
            starts = [
                self._with_pruned(start, mask, index) if self.pruning.pruned == "frozen" else start
                for index, (start, mask) in enumerate(pairs)
            ]
            arms[name] = stack(starts), stack([mask for _, mask in pairs])
        return arms

    def _context(self, number: int, parent: Level, index: int) -> Context:
        """One replicate pruned by what the parent was trained to, or by what it was before."""
        pruning, replicate = self.pruning, self.replicates[index]
        trained, rewound = pick(parent.arms["ticket"].params, index), pick(parent.rewound, index)
        final = rewound if pruning.when == "init" else trained
        scored = Scored(
            final=final,
            mask=pick_mask(parent.masks, index),
            rng=np.random.default_rng([self.seed, replicate, number, 0]),
            initial=pick(self.initial, index),
            net=self.net,
            settings=self.settings,
            pruned=pruning.pruned,
        )
        mask = prune(
            final,
            scored.mask,
            prune_fraction=pruning.prune_fraction,
            rng=np.random.default_rng([self.seed, replicate, number, 0]),
            criterion=pruning.criterion,
            scope=pruning.scope,
            floor=pruning.floor,
            times=1 if pruning.when == "levels" else number,
            rounds=pruning.rounds,
            inverted=pruning.inverted,
            initial=scored.initial,
            net=self.net,
            settings=self.settings,
            pruned=pruning.pruned,
        )
        return Context(
            net=self.net,
            seed=self.seed,
            replicate=replicate,
            level=number,
            mask=mask,
            rewound=rewound,
            trained=trained,
            initial=scored.initial,
            start=pruning.start,
            scored=scored,
            criterion=pruning.criterion,
        )

    def _with_pruned(self, params: Parameters, mask: Mask, index: int) -> Parameters:
        """One network, its pruned weights as they were at initialisation."""
        return fill_pruned(params, mask, pick(self.initial, index))

    def certified_when_cut(self, params: Parameters, masks: Mask) -> np.ndarray:
        """(R,) bool: which networks are certified when cut by these masks and not trained any further."""
        found = []
        for index in range(len(self.replicates)):
            one, mask = pick(params, index), pick_mask(masks, index)
            frozen = self.pruning.pruned == "frozen"
            cut = self._with_pruned(one, mask, index) if frozen else apply_mask(one, mask)
            found.append(certify_network(self.net, self.settings, cut).correct)
        return np.array(found)


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
