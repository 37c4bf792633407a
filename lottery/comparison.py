"""A pruned network against small ones from scratch, as large as what is left of it, and against its controls.

The ticket is what pruning leaves of a network, trained again. Beside it stand the dense network, the same mask with new
weights (random reinit), the same weights under a shuffled mask, and small dense networks with at most as many
parameters. These are trained for as many updates as the ticket (Scratch-E), for as many multiplications as the dense
network (Scratch-B; both Liu et al. 2019, arXiv 1810.05270), and for as many as the whole search.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jax
import matplotlib.figure
import numpy as np
from rich.console import Console

from gol.errors import InputError
from lottery.analysis.exact_masks import covered
from lottery.claims.frame.found import Found
from lottery.claims.frame.sizes import numbers
from lottery.claims.frame.small_networks import best_shapes
from lottery.computing import compute_all
from lottery.experiments.network_piece import network_settings, size_label
from lottery.experiments.prune import pruning_piece
from lottery.experiments.train import training_piece
from lottery.inputs import numerics
from lottery.networks.embedding import Features
from lottery.networks.lifenet import LifeNet, initial_parameters, parameter_count, require_lifenet
from lottery.networks.masks import full_mask
from lottery.networks.trees import size, total
from lottery.pruning.criteria.context import Context
from lottery.pruning.ranking import cut
from lottery.report.figures.figure import Row
from lottery.report.figures.rates_by_name import NamedRates, rates_by_name
from lottery.runs.files import non_defaults
from lottery.runs.pieces import Outcomes, Piece
from lottery.statistics.comparisons import Comparison, corrected, count, independent, paired
from lottery.statistics.rates import wilson
from lottery.tickets.arms import FAIR
from lottery.tickets.settings import PruningSettings
from lottery.training.settings import TrainSettings

SAME_WITHIN = 0.10  # a difference of success rates that lies within counts as none, a fraction
RULE = (
    "The ticket is better or worse where its success rate differs with p < 0.05 after Holm's correction over all rows "
    "(exact McNemar for the dense network and the controls, which share the ticket's replicates; Fisher for the small "
    "networks). A fair shuffle is compared where one was found. "
    f"It is the same where the 95 % interval lies within ±{100 * SAME_WITHIN:g} points, undecided otherwise."
)
LARGEST_TRIED = parameter_count(LifeNet(features=(8, 8)))  # by the claim `shapes`
WORDS = {"reproduced": "better", "contradicted": "worse"}

DENSE, TICKET, REINIT = "dense", "ticket", "reinit"
SMALL = {
    "small_updates": "small, as many updates",
    "small_dense": "small, compute of dense",
    "small_search": "small, compute of search",
}
NAMES = {
    TICKET: "ticket",
    DENSE: "dense network",
    REINIT: "random reinit",
    "shuffled": "shuffled mask",
    FAIR: "fair shuffle",
    **SMALL,
}


@dataclass(frozen=True)
class Contestant:
    """One arm of a comparison.

    Attributes:
        parameters: that each network has, weights and biases that are not pruned.
        updates: that each network is trained for at last; a ticket's search trained others before.
        successes: networks that were certified at the end.
        trials: networks.
        possible: networks whose mask can be exact, as far as `lottery.can_be_exact` knows; None where it does not.
    """

    parameters: int
    updates: int
    successes: int
    trials: int
    possible: int | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the success rate, fractions."""
        found = wilson(self.successes, self.trials)
        return found.low, found.high


@dataclass(frozen=True)
class Against:
    """The ticket against another arm.

    Attributes:
        difference: of the success rates, the ticket's less the other's, a fraction.
        interval: its 95 % interval by Newcombe's method, paired or not.
        p: of the test, after Holm's correction over all arms.
        test: its name.
        verdict: "better", "worse", "same" or "undecided", of the ticket, by `RULE`.
    """

    difference: float
    interval: tuple[float, float]
    p: float
    test: str
    verdict: str


@dataclass(frozen=True)
class TicketComparison:
    """What came of `lottery.compare`.

    Attributes:
        contestants: every arm by its name, the ticket first.
        against: the ticket against each other arm.
        density: share of the prunable weights that the ticket keeps.
        shape: (a, b), channels of the small networks.
        settings: what was asked for, plain JSON values.
        seconds: computing time of all pieces together.
    """

    contestants: Mapping[str, Contestant]
    against: Mapping[str, Against]
    density: float
    shape: Features
    settings: Mapping[str, Any]
    seconds: float

    def __str__(self) -> str:
        """One line for each arm that the ticket was held against."""
        return "\n".join(
            f"{verdict_words(name, one)} ({in_points(one.difference)} points, {in_points(one.interval[0])} to "
            f"{in_points(one.interval[1])}, p = {one.p:.2g})"
            for name, one in self.against.items()
        )

    def described(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "settings": dict(self.settings),
            "density": self.density,
            "small_shape": list(self.shape),
            "rule": RULE,
            "arms": {
                name: {**vars(one), "rate": one.successes / one.trials, "interval": list(one.interval)}
                for name, one in self.contestants.items()
            },
            "ticket_against": {
                name: {**vars(one), "interval": list(one.interval)} for name, one in self.against.items()
            },
            "seconds": self.seconds,
        }

    def figure(self) -> tuple[matplotlib.figure.Figure, list[Row]]:
        """The success rate of every arm with its interval, and the numbers drawn."""
        arms = self.contestants
        successes, trials = ([getattr(one, name) for one in arms.values()] for name in ("successes", "trials"))
        return rates_by_name([NamedRates("networks", [NAMES[name] for name in arms], successes, trials)])


def in_points(difference: float) -> str:
    """A difference of rates in percentage points, with its sign.

    Args:
        difference: a fraction.
    """
    return f"{round(100 * difference):+}".replace("+0", "0").replace("-", "−")


def verdict_words(arm: str, found: Against) -> str:
    """The verdict on one comparison as a sentence without its full stop.

    Args:
        arm: that the ticket was held against.
        found: what came of it.
    """
    other = NAMES[arm]
    if found.verdict == "same":
        return f"The ticket and {other} succeed equally often"
    if found.verdict == "undecided":
        return f"Ticket against {other}: undecided"
    return f"The ticket is {found.verdict} than {other}"


@dataclass(frozen=True)
class Contest:
    """What a comparison computes.

    Attributes:
        net: the dense network.
        training: of the dense network and of every level.
        pruning: down to the ticket, which is the last level's; its controls play no role.
        seed: of the run.
        replicates: networks in every arm.
        small: (a, b), channels of the small networks; None chooses them.
    """

    net: LifeNet
    training: TrainSettings
    pruning: PruningSettings
    seed: int = 0
    replicates: int = 64
    small: Features | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be compared.

        Raises:
            InputError: for a network that is no LifeNet, too few replicates, or networks that stop when solved.
        """
        require_lifenet(self.net, "A comparison")
        if self.replicates < 2:
            raise InputError(f"replicates is {self.replicates}: a comparison takes at least 2.")
        if not 0 <= self.seed < 2**31:
            raise InputError(f"seed is {self.seed}: it lies between 0 and 2147483647.")
        if self.training.stop_when_solved:
            raise InputError("stop_when_solved is True: networks are compared at the end of their budget.")
        if self.small is not None and len(self.small) != 2:
            raise InputError(f"small is {self.small}: it takes two numbers, the channels of the two convolutions.")
        every, updates = self.training.check_every, self.training.updates
        if self.pruning.rewind_to % every or not 0 <= self.pruning.rewind_to < updates:
            raise InputError(
                f"rewind_to is {self.pruning.rewind_to}: it has to be a multiple of {every} from 0 on, below updates "
                f"({updates})."
            )

    @property
    def controls(self) -> tuple[str, str]:
        """Random reinit, and a shuffled mask: a fair one where it is known which masks can be exact."""
        fair = covered(self.net, self.training.rule, self.pruning.pruned)
        return REINIT, FAIR if fair else "shuffled"

    @cached_property
    def kept(self) -> list[int]:
        """How many prunable parameters are kept at each level that is trained, from the dense network on."""
        # How many are kept depends neither on the weights nor on the criterion, so any will do.
        params = jax.tree.map(lambda leaf: np.ones(leaf.shape, np.float32), _shapes(self.net))
        everything = mask = full_mask(params, self.pruning.prune_biases)
        found, rng = [total(mask)], np.random.default_rng(0)
        for number in self._pruning.numbers[1:]:
            how = replace(self.pruning.cut(number), criterion="magnitude", rounds=1)
            mask = cut(Context(params, mask if self.pruning.when == "levels" else everything, rng), how)
            found.append(total(mask))
        if found[-1] == found[0]:
            raise InputError("These settings prune nothing: choose a lower floor or a larger prune_fraction.")
        return found

    @property
    def ticket_parameters(self) -> int:
        """Parameters of the ticket: what is kept, and what is never pruned."""
        return parameter_count(self.net) - self.kept[0] + self.kept[-1]

    @cached_property
    def small_net(self) -> LifeNet:
        """The small network: the shape that was asked for, or chosen by the ticket's parameters alone.

        One step ahead it is the shape that learned most often in the claim `shapes` among those with at most as many
        parameters; beyond the largest of them, and for more steps, the widest (2m, m). Where even m=1 has more
        parameters than the ticket, it is m=1.
        """
        most = self.ticket_parameters
        tried = best_shapes(most, 1) if self.net.steps == 1 and self.net.readout and most <= LARGEST_TRIED else []
        return self.net.clone(features=self.small or (tried[0] if tried else _widest(self.net, most)))

    def small_updates(self) -> dict[str, int]:
        """How long the small networks are trained, by arm: multiples of `check_every`."""
        dense, own = weights(self.net), weights(self.small_net)
        every, updates = self.training.check_every, self.training.updates
        # A pruned weight costs the search nothing, which favours the ticket. The dense network is no part of a search
        # before training; rewound, later levels train from that step on.
        whole = 0 if self.pruning.when == "init" else self.kept[0]
        later = sum(self.kept[1:]) * (1 - self.pruning.rewind_to / updates)
        searched = dense * (whole + later) / self.kept[0]

        def as_long(multiplications: float | int) -> int:
            return every * ceil(updates * multiplications / own / every)

        return dict(zip(SMALL, (updates, as_long(dense), as_long(searched)), strict=True))

    @property
    def _pruning(self) -> PruningSettings:
        return replace(self.pruning, controls=self.controls, at=(self.pruning.levels,))

    @cached_property
    def pieces(self) -> dict[str, Piece]:
        """What is computed: the ticket with everything that shares its replicates, and the small networks by arm."""
        piece = pruning_piece(
            f"ticket-{size_label(self.net)}",
            self.net,
            self.training,
            self._pruning,
            seed=self.seed,
            replicates=range(self.replicates),
        )
        found = {TICKET: piece}
        for arm, (name, updates) in enumerate(self.small_updates().items(), start=1):
            found[name] = training_piece(
                f"{name.replace('_', '-')}-{size_label(self.small_net)}",
                self.small_net,
                replace(self.training, updates=updates),
                seed=self.seed,
                replicates=numbers(arm, self.replicates),
            )
        return found

    @property
    def needed(self) -> list[Piece]:
        """All pieces."""
        return list(self.pieces.values())

    def result(self, outcomes: Mapping[str, Outcomes]) -> TicketComparison:
        """What came of it.

        Args:
            outcomes: of all pieces, by their names.
        """
        found = {arm: Found(outcomes[piece.name]) for arm, piece in self.pieces.items()}
        pruned, last = found[TICKET], self.pruning.levels
        pairs = self._pairs(pruned)
        counts = {TICKET: count(pruned.arm(last))} | {arm: count(other) for arm, (_, other) in pairs.items()}
        counts |= {arm: found[arm].count for arm in SMALL}
        tests = {arm: paired(*pair) for arm, pair in pairs.items()}
        tests |= {arm: independent(counts[TICKET], found[arm].count) for arm in SMALL}
        budgets = dict.fromkeys(counts, self.training.updates) | self.small_updates()
        sizes = dict.fromkeys(counts, self.ticket_parameters) | dict.fromkeys(SMALL, parameter_count(self.small_net))
        sizes[DENSE] = parameter_count(self.net)
        return TicketComparison(
            contestants={
                arm: Contestant(sizes[arm], budgets[arm], *counts[arm], self._possible(pruned, arm)) for arm in counts
            },
            against={arm: _judged(one) for arm, one in corrected(tests).items()},
            density=self.kept[-1] / self.kept[0],
            shape=self.small_net.channels,
            settings=self.described(),
            seconds=sum(one.seconds for one in found.values()),
        )

    def _pairs(self, pruned: Found) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Success of the ticket and of each arm that shares its replicates.

        A fair shuffle is there for the replicates where one was found: no other mask could have succeeded.
        """
        last = self.pruning.levels
        pairs = {DENSE: (pruned.arm(last), pruned.dense)}
        for arm in self.controls:
            both = pruned.against_fair_shuffle(last) if arm == FAIR else (pruned.arm(last), pruned.arm(last, arm))
            pairs |= {} if both is None else {arm: both}
        return pairs

    def _possible(self, pruned: Found, arm: str) -> int | None:
        """How many networks of an arm have a mask that can be exact; None where it is not known, or none is masked."""
        level = 0 if arm == DENSE else self.pruning.levels
        found = None if arm in SMALL else pruned.row(level)["arms"][TICKET if arm == DENSE else arm]["can_be_exact"]
        return None if found is None else sum(found)

    def described(self) -> dict[str, Any]:
        """What is asked for as plain JSON values: a comparison is named by a hash of them."""
        return {
            "network": network_settings(self.net),
            "training": non_defaults(self.training),
            "pruning": non_defaults(self._pruning),
            "seed": self.seed,
            "replicates": self.replicates,
            "small": list(self.small_net.channels),
        }


def weights(net: LifeNet) -> int:
    """Weights of a network, biases not counted: its multiplications per cell, as each is used once."""
    return size(full_mask(_shapes(net)))


def _shapes(net: LifeNet) -> Any:
    """A tree as a network's parameters, with shapes for arrays."""
    return jax.eval_shape(lambda key: initial_parameters(net, key), numerics.key(0))


def _widest(net: LifeNet, parameters: int) -> Features:
    """The widest of the paper's shapes with at most so many parameters; that of m=1 where even it has more."""

    def shape(m: int) -> Features:
        return 2 * m, m if net.readout and not net.tied else 1

    m = 1
    while parameter_count(net.clone(features=shape(m + 1))) <= parameters:
        m += 1
    return shape(m)


def _judged(found: Comparison) -> Against:
    ends = found.difference.interval
    within = ends.low > -SAME_WITHIN and ends.high < SAME_WITHIN
    verdict = WORDS.get(found.beats, "same" if within else "undecided")
    return Against(found.difference.value, (ends.low, ends.high), found.p, found.test, verdict)


def compare(
    net: LifeNet,
    settings: TrainSettings,
    pruning: PruningSettings,
    *,
    seed: int = 0,
    replicates: int = 64,
    small: Features | None = None,
    folder: Path | str | None = None,
    console: Console | None = None,
) -> TicketComparison:
    """Hold a pruned network against small ones from scratch, the dense network, random reinit and a shuffled mask.

    Args:
        net: the dense network.
        settings: of the training of every level; the budget counts for each.
        pruning: how it is pruned; the ticket is the last level's. The controls are chosen here.
        seed: of everything that is random.
        replicates: networks in every arm.
        small: (a, b), channels of the small networks; by default those that learn best with at most the ticket's
            parameters.
        folder: where finished pieces are kept, so that a call that was stopped goes on; by default nowhere.
        console: where progress is shown; by default nowhere.

    Returns:
        Success of every arm, and the ticket's difference from each other arm with its verdict.

    Raises:
        InputError: for settings that cannot be trained, pruned or compared.

    Example:
        >>> import lottery
        >>> short = lottery.TrainSettings(updates=250)
        >>> found = lottery.compare(
        ...     lottery.LifeNet(width=4), short, lottery.PruningSettings(levels=1), replicates=2
        ... )
        >>> list(found.against)
        ['dense', 'reinit', 'shuffled_feasible', 'small_updates', 'small_dense', 'small_search']

    Source: Liu et al. 2019 (arXiv 1810.05270), section 3; Frankle et al. 2021 (arXiv 2009.08576), section 5.
    """
    contest = Contest(net, settings, pruning, seed, replicates, small)
    with TemporaryDirectory() if folder is None else nullcontext(folder) as place:
        outcomes = compute_all(console or Console(quiet=True), contest.needed, Path(place) / "pieces")
    return contest.result(outcomes)
