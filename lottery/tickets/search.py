"""Lottery tickets over many replicates at once: train, prune, set the survivors back, train again, beside controls.

Three axes and a schedule. Which weights stay is a criterion (lottery/pruning/criteria/) with a scope
(lottery/pruning/allocation.py); what they start from is a start (lottery/tickets/starts.py); pruned weights hold zeros
or are frozen. The defaults are iterative magnitude pruning with rewinding.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gol.errors import InputError
from lottery.analysis.exact_masks import can_be_exact, covered
from lottery.inputs.plain_types import Numbers, whole_numbers
from lottery.networks.lifenet import Network, Parameters, describe
from lottery.networks.masks import Mask, apply_mask, as_mask, fill_pruned, full_mask, map_masked
from lottery.networks.parameter_checks import check_network, check_stacked
from lottery.networks.trees import concatenate, content, full_like, or_else, size, stack, total
from lottery.pruning.ranking import cut
from lottery.tickets.arms import ARMS, FAIR, require_judged
from lottery.tickets.replicate import Replicate
from lottery.tickets.settings import PruningSettings
from lottery.training.checkpoints import differences
from lottery.training.loop import NEVER, Progress, TrainResult, certify_network, draw_initial, pick, train
from lottery.training.own_boards import Data, own_boards
from lottery.training.settings import TrainSettings, identity


@dataclass(frozen=True, repr=False)
class Arm:
    """Outcomes of one arm at one level, one entry per replicate.

    Attributes:
        solved_at_end: (R,) bool, certified at the end of the budget; None where solved networks stop.
        first_solved: (R,) int, update of the first certified check, -1 for never.
        params: final weights, leaves (R, ...).
        can_be_exact: (R,) bool, False where no weights under the arm's mask can be exact (`lottery.can_be_exact`);
            None where the proofs do not cover the network.
    """

    solved_at_end: np.ndarray | None
    first_solved: np.ndarray
    params: Parameters
    can_be_exact: np.ndarray | None = None

    @property
    def successes(self) -> int:
        """How many networks were certified at the end of the budget or, where solved networks stop, at a check."""
        solved = self.first_solved != NEVER if self.solved_at_end is None else self.solved_at_end
        return int(np.sum(solved))

    def __repr__(self) -> str:
        """How many were certified, in a few words."""
        return f"Arm({self.successes} of {len(self.first_solved)} networks certified)"


@dataclass(frozen=True, repr=False)
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

    @property
    def density(self) -> float:
        """The share of prunable weights that the masks keep, between 0 and 1."""
        return total(self.masks) / size(self.masks)

    def __repr__(self) -> str:
        """Which level it is and how many networks of each arm were certified, in a line."""
        arms = ", ".join(f"{name} {arm.successes} of {len(arm.first_solved)}" for name, arm in self.arms.items())
        return f"Level({self.level}: {self.density:.1%} of the weights, certified: {arms})"


def find_ticket(
    net: Network,
    settings: TrainSettings,
    pruning: PruningSettings,
    *,
    seed: int,
    replicates: Numbers,
    done: Sequence[Level] = (),
    checkpoint: Path | str | None = None,
    progress: Callable[[int], Progress] | bool | None = None,
    initial: Parameters | None = None,
    mask: Mask | None = None,
    data: Data | None = None,
) -> Iterator[Level]:
    """Train, prune, rewind, repeat (Frankle and Carbin 2019, Strategy 1), yielding every level as it is done.

    Each level prunes by the weights at the end of the level before, solved or not (or as `pruning.when` says), and
    trains the ticket and its controls together, on the batches that the replicate saw before, with a fresh optimiser.

    Args:
        net: the dense network: a LifeNet, or any flax module that `lottery.train` takes.
        settings: of the training of every level. With rewinding to step k, later levels train from k to the budget.
        pruning: levels, fraction, criterion, rewinding, controls.
        seed: of the run.
        replicates: their numbers; each is a dense network and its tickets.
        done: levels that an earlier call yielded, from 0 on; they are not computed and not yielded again. Those of
            another search are refused.
        checkpoint: where to save the training in progress; another run's is refused.
        progress: True shows a bar for every level; of a function, progress(level) is given to that level's training.
        initial: weights of the dense networks before training, leaves (R, ...); by default each replicate's own draw.
        mask: what can be pruned, of one network: True where a weight can, None where nothing ever is; by default
            `full_mask`, which says what a weight is. Weights that are False are pruned from the beginning.
        data: boards of your own, as `lottery.train` takes them. Criteria that need a loss still use random boards.

    Raises:
        InputError: for settings, weights, masks or levels that cannot be trained or pruned with.
    """
    check_network(net)
    if FAIR in pruning.controls:
        require_judged(net, settings.rule, pruning.pruned)
    replicates = whole_numbers("replicates", replicates)
    initial = draw_initial(net, seed, replicates) if initial is None else initial
    check_stacked("initial", initial, net, len(replicates))
    masks = stack([_dense_mask(net, pick(initial, 0), pruning.prune_biases, mask)] * len(replicates))
    run = {
        "network": describe(net),
        "training": identity(settings),
        "pruning": asdict(pruning),
        "seed": int(seed),
        "replicates": replicates,
        "initial": content(initial),
        "mask": content(masks),
        "data": None if data is None else own_boards(net, settings, data).identity(),
    }
    _check_done(done, net, pruning, len(replicates), run)
    checkpoint = None if checkpoint is None else Path(checkpoint)
    everything = full_like(initial, True, bool)
    search = _Search(net, settings, pruning, seed, replicates, initial)
    levels = list(done)
    for number in pruning.numbers[len(done) :]:
        parent = None if number == 0 else levels[-1] if pruning.when == "levels" else levels[0]
        started = {"ticket": (initial, masks)} if parent is None else search.start_arms(number, parent)
        path = checkpoint.with_name(f"{checkpoint.stem}-level{number}{checkpoint.suffix}") if checkpoint else None
        late = [ARMS[name].at_final_rate(pruning.start) and number > 0 for name in started]
        result = train(
            net,
            settings,
            seed=seed,
            replicates=replicates * len(started),
            initial=concatenate([weights for weights, _ in started.values()]),
            masks=concatenate([kept for _, kept in started.values()]),
            start=pruning.rewind_to if number else 0,
            snapshot_at=pruning.rewind_to if number == 0 else None,
            checkpoint=path,
            progress=progress(number) if callable(progress) else progress,
            frozen=pruning.pruned == "frozen",
            at_final_rate=np.repeat(late, len(replicates)),
            data=data,
        )
        masks = started["ticket"][1]
        judged = covered(net, settings.rule, pruning.pruned)
        possible = {
            name: can_be_exact(or_else(kept, everything), settings.rule) if judged else None
            for name, (_, kept) in started.items()
        }
        arms = _split(result, possible, len(replicates))
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


def _dense_mask(net: Network, params: Parameters, prune_biases: bool, mask: Mask | None) -> Mask:
    """The mask of one dense network, as it is asked for or as `full_mask` makes it."""
    if mask is None:
        mask = full_mask(params, prune_biases)
    elif prune_biases:
        raise InputError("mask says already which biases can be pruned: leave prune_biases out.")
    else:
        mask = as_mask(mask)
        check_stacked("mask", stack([mask]), net, 1, masks=True)
    if not jax.tree.leaves(mask):
        raise InputError(
            f"Nothing of {type(net).__name__} can be pruned: weights are named kernel or have two axes. Give a mask."
        )
    return mask


def _check_done(done: Sequence[Level], net: Network, pruning: PruningSettings, count: int, run: dict[str, Any]) -> None:
    """Refuse levels that are not the first ones of this search."""
    numbers = [level.level for level in done]
    if numbers != pruning.numbers[: len(done)]:
        raise InputError(f"done holds the levels {numbers}: they have to be the first of {pruning.numbers}.")
    for level in done:
        if level.run is not None and (
            different := differences(*(_asked(each, level.level) for each in (level.run, run)))
        ):
            raise InputError(f"done: level {level.level} is another search's ({'; '.join(different)}).")
        check_stacked(f"done: the masks of level {level.level}", level.masks, net, count, masks=True)
        check_stacked(f"done: the rewound weights of level {level.level}", level.rewound, net, count)
        for name, arm in level.arms.items():
            check_stacked(f"done: the arm {name} of level {level.level}", arm.params, net, count)


def _asked(run: dict[str, Any], number: int) -> dict[str, Any]:
    """What a level depends on: a dense network is the same however it is pruned later, so searches may share it."""
    if number:
        return run
    return run | {"pruning": {name: run["pruning"][name] for name in ("rewind_to", "prune_biases")}}


@dataclass(frozen=True)
class _Search:
    """One call of `find_ticket`: what does not change from level to level; `initial` has leaves (R, ...)."""

    net: Network
    settings: TrainSettings
    pruning: PruningSettings
    seed: int
    replicates: list[int]
    initial: Parameters

    def start_arms(self, number: int, parent: Level) -> dict[str, tuple[Parameters, Mask]]:
        """Starting weights and masks of every arm of a level, stacked over replicates."""
        pruned = [self._replicate(number, parent, index) for index in range(len(self.replicates))]
        arms = {}
        for name in self.pruning.arms(number):
            pairs = [ARMS[name](one) for one in pruned]
            starts = [
                self._with_pruned(start, mask, index) if self.pruning.pruned == "frozen" else start
                for index, (start, mask) in enumerate(pairs)
            ]
            arms[name] = stack(starts), stack([mask for _, mask in pairs])
        return arms

    def _replicate(self, number: int, parent: Level, index: int) -> Replicate:
        """One replicate pruned by what the parent was trained to, or by what it was before."""
        before = pick_mask(parent.masks, index)
        one = Replicate(
            net=self.net,
            seed=self.seed,
            number=self.replicates[index],
            level=number,
            mask=before,
            rewound=pick(parent.rewound, index),
            trained=pick(parent.arms["ticket"].params, index),
            initial=pick(self.initial, index),
            before=before,
            settings=self.settings,
            start=self.pruning.start,
            criterion=self.pruning.criterion,
            when=self.pruning.when,
            pruned=self.pruning.pruned,
        )
        return replace(one, mask=cut(one.scored(), self.pruning.cut(number)))

    def _with_pruned(self, params: Parameters, mask: Mask, index: int) -> Parameters:
        """One network, its pruned weights as they were at initialisation."""
        return fill_pruned(params, mask, pick(self.initial, index))

    def certified_when_cut(self, params: Parameters, masks: Mask) -> np.ndarray:
        """(R,) bool: which networks are certified when cut by these masks and not trained any further."""
        found = []
        for index in range(len(self.replicates)):
            one, mask = pick(params, index), pick_mask(masks, index)
            frozen = self.pruning.pruned == "frozen"
            rest = self._with_pruned(one, mask, index) if frozen else apply_mask(one, mask)
            found.append(certify_network(self.net, self.settings, rest).correct)
        return np.array(found)


def pick_mask(masks: Mask, index: int) -> Mask:
    """One replicate's mask of stacked masks, None leaves staying None."""
    return map_masked(lambda leaf: leaf[index], masks)


def _split(result: TrainResult, possible: dict[str, np.ndarray | None], count: int) -> dict[str, Arm]:
    """The arms of a level, which were trained one after the other; `possible` is what their masks allow."""
    arms = {}
    for position, name in enumerate(possible):
        rows = slice(position * count, (position + 1) * count)
        arms[name] = Arm(
            solved_at_end=None if result.solved_at_end is None else result.solved_at_end[rows],
            first_solved=result.first_solved[rows],
            params=jax.tree.map(lambda leaf, rows=rows: leaf[rows], result.params),
            can_be_exact=possible[name],
        )
    return arms
