"""Three sizes of the replication, and what each of them leaves out of the paper's protocol."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from gol.errors import InputError, shown
from lottery.inputs.plain_types import check_types
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.tickets.settings import PruningSettings
from lottery.training.settings import TrainSettings

SIZES = ("smoke", "laptop", "paper")
# Settings of training that claims choose, compare or state themselves. All others are settings of a plan.
SET_BY_CLAIMS = (
    "updates",
    "optimiser",
    "l1",
    "l2",
    "screen_boards",
    "stop_when_solved",
    "dtype",
    "schedule",
    "final_rate",
    "epsilon",
    "b2",
    "clip",
)
TRAINING_DEFAULTS = asdict(TrainSettings())
OF_TRAINING = tuple(name for name in TRAINING_DEFAULTS if name not in SET_BY_CLAIMS)
# What run.json has always held. A later setting is stored where it differs from its default, so that folders of earlier
# runs keep their names and go on.
_ALWAYS_STORED = (
    *("batch", "board", "density", "rule", "learning_rate", "loss", "arrangement", "stream", "bank_boards"),
    *("bank_updates", "check_every", "group"),
)


@dataclass(frozen=True)
class Plan:
    """Every setting of a run of the claims; the defaults are the `paper` preset.

    Attributes:
        seed: of everything that is random.
        size: smoke, laptop or paper: how large the claims beside the headline ones are run (each file says).
        replicates: networks per arm of the claims beside the headline ones; None is what each claim takes at its size.
        updates: budget of each of their networks; None is what each claim takes at its size.
        widths: m of the networks whose success is measured at n=1.
        width_replicates: networks per width.
        width_updates: budget of each of them; the paper's is 125,000 updates of 8 boards.
        ticket_width: m of the dense networks that are pruned.
        ticket_replicates: dense networks that are pruned.
        ticket_updates: budget of every level of pruning.
        levels: prunings; the last one leaves the final density.
        final_density: share of the prunable weights that the last level keeps.
        verdict_density: density at which the ticket is held against its controls, fixed beforehand.
        rewind_to: as in `lottery.tickets.search.PruningSettings`.
        scope: as in `lottery.tickets.search.PruningSettings`.
        initialiser: as in `lottery.networks.lifenet.LifeNet`.
        padding: as in `lottery.networks.lifenet.LifeNet`.
        train: how networks are trained where a claim says nothing else. Its budget is `width_updates`; what is in
            `SET_BY_CLAIMS` stays at its default.
    """

    seed: int = 0
    size: str = "paper"
    replicates: int | None = None
    updates: int | None = None
    widths: tuple[int, ...] = (1, 2, 3, 4, 8)
    width_replicates: int = 64
    width_updates: int = 125_000
    ticket_width: int = 8
    ticket_replicates: int = 64
    ticket_updates: int = 125_000
    levels: int = 10
    final_density: float = 0.1
    verdict_density: float = 0.2
    rewind_to: int = 0
    scope: str = "global"
    initialiser: str = "glorot"
    padding: str = "torus"
    train: TrainSettings = field(default_factory=TrainSettings)

    def __post_init__(self) -> None:
        """Refuse a plan that cannot be run, before anything is computed."""
        check_types(self)
        object.__setattr__(self, "train", self.training(self.width_updates))
        for name, default in TRAINING_DEFAULTS.items():
            if name in SET_BY_CLAIMS and name != "updates" and getattr(self.train, name) != default:
                raise InputError(f"{name} is {getattr(self.train, name)}: claims set it, a plan leaves it {default}.")
        if self.size not in SIZES:
            raise InputError(f"Unknown size '{shown(str(self.size))}': it is one of {', '.join(SIZES)}.")
        if self.replicates is not None and self.replicates < 2:
            raise InputError(f"replicates is {self.replicates}: a rate takes at least 2.")
        if self.updates is not None:
            self.training(self.updates)
        for name in ("width_replicates", "ticket_replicates", "levels", "ticket_width"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: it has to be at least 1.")
        if not self.widths or min(self.widths) < 1 or len(set(self.widths)) < len(self.widths):
            raise InputError(f"widths is {self.widths}: it takes different whole numbers from 1 on.")
        for name in ("final_density", "verdict_density"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: it lies between 0 and 1.")
        if not 0 <= self.seed < 2**31:
            raise InputError(f"seed is {self.seed}: it lies between 0 and 2147483647.")
        self.training(self.ticket_updates)
        self.pruning(levels=self.levels, biases=False, controls=())
        every = self.train.check_every
        if self.rewind_to % every or not 0 <= self.rewind_to < self.ticket_updates:
            raise InputError(
                f"rewind_to is {self.rewind_to}: it has to be a multiple of check_every ({every}) below "
                f"ticket_updates ({self.ticket_updates})."
            )
        weights = parameter_count(self.network(self.ticket_width))
        if self.levels > weights:
            raise InputError(f"levels is {self.levels}: each level removes a weight at least, and there are {weights}.")

    def training(self, updates: int, **changes: Any) -> TrainSettings:
        """The settings of training with a budget of `updates`, some of them replaced."""
        return replace(self.train, updates=updates, **changes)

    @property
    def kernel(self) -> dict[str, Any]:
        """What to add to the settings of training so that a CPU trains one step by the fused kernel.

        Pieces that are older than the kernel are without it, so that their names and numbers stay what they are.
        """
        return {"arrangement": "fused_patterns"} if self.train.arrangement == "auto" else {}

    def settings(self) -> dict[str, Any]:
        """All settings side by side, those of training among them, under the names of the options."""
        own = {own.name: getattr(self, own.name) for own in fields(self) if own.name != "train"}
        return own | {name: getattr(self.train, name) for name in OF_TRAINING}

    def stored(self) -> dict[str, Any]:
        """The settings as run.json holds them, plain JSON values; `plan_from` makes the plan of them again."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.settings().items()
            if name not in OF_TRAINING or name in _ALWAYS_STORED or value != TRAINING_DEFAULTS[name]
        }

    def network(self, width: int = 1, **changes: Any) -> LifeNet:
        """The one-step network m times overcomplete, some of its settings replaced."""
        return LifeNet(**{"width": width, "padding": self.padding, "initialiser": self.initialiser, **changes})

    @property
    def prune_fraction(self) -> float:
        """Share of the survivors removed per level, such that the last level keeps `final_density`."""
        return 1 - self.final_density ** (1 / self.levels)

    def pruning(self, *, levels: int, biases: bool, controls: tuple[str, ...]) -> PruningSettings:
        """Pruning to `final_density` in that many levels."""
        return PruningSettings(
            levels=levels,
            prune_fraction=1 - self.final_density ** (1 / levels),
            rewind_to=self.rewind_to,
            scope=self.scope,
            prune_biases=biases,
            controls=controls,
        )

    @property
    def verdict_level(self) -> int:
        """The level whose density is closest to `verdict_density`."""
        keep = 1 - self.prune_fraction
        return min(range(1, self.levels + 1), key=lambda level: abs(keep**level - self.verdict_density))


# Settings that can only differ from the default if somebody asked for it; how the loss is computed is none of them.
_PROTOCOL = (
    *("rewind_to", "scope", "initialiser", "padding"),
    *(name for name in OF_TRAINING if name not in ("arrangement", "group", "check_every")),
)

PRESETS = {
    "smoke": Plan(
        size="smoke",
        widths=(1, 3),
        width_replicates=16,
        width_updates=2_000,
        ticket_width=4,
        ticket_replicates=8,
        ticket_updates=2_000,
        levels=3,
        verdict_density=0.5,
    ),
    "laptop": Plan(size="laptop", ticket_replicates=32, ticket_updates=20_000),
    "paper": Plan(),
}


def plan_of(preset: str, **overrides: object) -> Plan:
    """A preset with some of its settings replaced.

    Args:
        preset: "smoke", "laptop" or "paper".
        overrides: settings of `Plan`; None leaves a setting as the preset has it.

    Raises:
        InputError: for an unknown preset, or settings that cannot be run.
    """
    if preset not in PRESETS:
        raise InputError(f"Unknown preset '{shown(preset)}': it is one of {', '.join(PRESETS)}.")
    return changed(PRESETS[preset], **{name: value for name, value in overrides.items() if value is not None})


def changed(plan: Plan, **settings: Any) -> Plan:
    """A plan with some of its settings replaced.

    Args:
        plan: the plan.
        settings: under the names that `Plan.settings` gives them: its own, and those of training beside them.

    Raises:
        InputError: for settings that cannot be run.
    """
    own = {name: value for name, value in settings.items() if name not in OF_TRAINING}
    of_training = {name: value for name, value in settings.items() if name in OF_TRAINING}
    # The new budget comes with the rest: the old one may be no multiple of the new check_every.
    updates = own.get("width_updates", plan.width_updates)
    return replace(plan, **own, train=plan.training(updates, **of_training))


def plan_from(stored: dict[str, Any]) -> Plan:
    """The plan of a run.json, as `Plan.stored` gives it; what is not stored has its default.

    Raises:
        InputError: for settings that cannot be run.
    """
    return changed(Plan(), **{name: tuple(it) if isinstance(it, list) else it for name, it in stored.items()})


def typed_options(preset: str, plan: Plan) -> list[str]:
    """What to type for a plan: its preset, and every setting in which it differs from that.

    Args:
        preset: "smoke", "laptop" or "paper".
        plan: as `plan_of` makes it of this preset.

    Returns:
        Options of `scripts/replicate.py` and their values, not yet quoted for a shell.
    """
    typed = ["--preset", preset]
    usual = PRESETS[preset].settings()
    for name, value in plan.settings().items():
        if value != usual[name]:
            typed += [f"--{name.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else [value])]
    return typed


def deviations(plan: Plan) -> list[str]:
    """Where a plan departs from the protocols of Springer and Kenyon (2020) and Frankle and Carbin (2019)."""
    found = []
    if plan.width_updates != 125_000:
        found.append(f"Success against width: {plan.width_updates:,} updates per network instead of 125,000.")
    if plan.ticket_updates != 125_000:
        found.append(f"Tickets: {plan.ticket_updates:,} updates per level instead of 125,000.")
    if plan.width_replicates < 64:
        found.append(f"Success against width: {plan.width_replicates} networks per width instead of 64.")
    if plan.ticket_replicates < 64:
        found.append(f"Tickets: {plan.ticket_replicates} replicates instead of 64.")
    if plan.prune_fraction > 0.21:
        found.append(
            f"Tickets: {plan.levels} levels that prune {plan.prune_fraction:.1%} of the survivors each instead of 20 %."
        )
    usual = Plan().settings()
    for name, value in plan.settings().items():
        if name in _PROTOCOL and value != usual[name]:
            found.append(f"{name} is {value} instead of {usual[name]}.")
    return found
