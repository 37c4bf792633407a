"""What pruning is asked for: which weights stay, what they start from, what is trained beside them, and when."""

from dataclasses import dataclass

from gol.errors import InputError
from lottery.inputs.plain_types import check_types
from lottery.pruning.allocation import SCOPES
from lottery.pruning.criteria import CRITERIA, OF_CHANGE
from lottery.pruning.ranking import Cut
from lottery.tickets.arms import ARMS
from lottery.tickets.starts import STARTS

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
        floor: survivors that every layer keeps at least: one number for all layers, or one for each that can be
            pruned, from the input to the output.
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
    floor: int | tuple[int, ...] = 0
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
        floors = (self.floor,) if isinstance(self.floor, int) else self.floor
        if not floors or min(floors) < 0:
            raise InputError(f"floor is {self.floor}: it takes one number for all layers, or one for each, from 0 on.")
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

    def cut(self, number: int) -> Cut:
        """How networks are pruned to a level: from the level before, or at once."""
        return Cut(
            self.prune_fraction,
            criterion=self.criterion,
            scope=self.scope,
            floor=self.floor,
            times=1 if self.when == "levels" else number,
            rounds=self.rounds,
            inverted=self.inverted,
        )

    def arms(self, number: int) -> tuple[str, ...]:
        """The arms that are trained at a level."""
        beside = number > 0 and (not self.at or number in self.at)
        return ("ticket", *self.controls) if beside else ("ticket",)
