"""The pruning experiments that the claims of the laboratory share, by width: one table of sizes, one function each.

Every piece at n=1 trains level by level to a tenth, with the same density at the same level, so that methods stand side
by side: level 3 keeps half, 5 a third, 7 a fifth and 10 a tenth. A replicate has the same initial weights and
batches in all pieces of its width: the pieces are paired with each other. The newer ones are trained by the fused
kernel (`Plan.kernel`), whose sums are in another order, so that their dense networks drift from the older ones'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from lottery.analysis.exact_masks import FEWEST_WEIGHTS
from lottery.claims.frame.claim import Claim
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BySize
from lottery.experiments.prune import pruning_piece
from lottery.experiments.shrink import shrink_piece
from lottery.experiments.train import training_piece
from lottery.networks.lifenet import parameter_count
from lottery.runs.pieces import Piece
from lottery.tickets.arms import FAIR
from lottery.tickets.settings import PruningSettings
from lottery.tickets.shrinking import ShrinkSettings

SIGNS = ("reinit_sign", "reshuffled", "reshuffled_sign", "constant", "constant_sign")
CONTROLS = ("reinit", "shuffled", "finetuned")
AT_INIT = {
    "snip": "snip",
    "grasp": "grasp",
    "synflow": "synflow",
    "magnitude": "large_init",
    "random": "random",
}  # the name in claims: the criterion
AT_INIT_WORDS = {
    "snip": "SNIP",
    "grasp": "GraSP",
    "synflow": "SynFlow",
    "magnitude": "initial magnitude",
    "random": "random",
}
FLOOR = (9, 2, 1)  # weights that an exact network has at least in its 3x3 layer, its 1x1 layer and its read-out
SCOPES: dict[str, dict[str, Any]] = {
    "floor": {"scope": "global", "floor": FLOOR},
    "layerwise": {"scope": "layerwise"},
    "erk": {"scope": "erk"},
}  # beside the plan's own, which ranks all layers together
SCOPE_LABELS = {"floor": "with a floor", "layerwise": "each layer alike", "erk": "by shape (ERK)"}
SCOPE_WORDS = {
    "global": "all layers ranked together",
    "floor": f"all layers ranked together, with at least {FLOOR[0]}, {FLOOR[1]} and {FLOOR[2]} weights in each",
    "layerwise": "the same share of every layer",
    "erk": "densities by the layers' shapes (ERK)",
}
SHRINK = BySize(
    smoke=ShrinkSettings(rounds=3, updates=250, tries=2),
    laptop=ShrinkSettings(),
    paper=ShrinkSettings(rounds=120, updates=5_000, tries=20),
)
SEARCHED = BySize(smoke=4, laptop=64, paper=256)  # dense networks that are shrunk
SHRUNK_TO = (25, 30, 40, 60)  # sizes on the way that are trained from their initial weights too
CUT_BIASES = {"smoke": (True,), "laptop": (True,), "paper": (False, True)}  # what other criteria than magnitude prune


@dataclass(frozen=True)
class LabSize:
    """How much of the laboratory is computed.

    Attributes:
        replicates: dense networks by width m; the first width is the headline's.
        updates: budget of every level.
        levels: prunings to a tenth.
        at: levels at which controls are trained, and that methods without levels are pruned to.
        verdict: the level of the verdicts.
    """

    replicates: Mapping[int, int]
    updates: int
    levels: int = 10
    at: tuple[int, ...] = (5, 7, 10)
    verdict: int = 7


SIZES = {
    "smoke": LabSize({4: 4}, 500, levels=2, at=(1, 2), verdict=1),
    "laptop": LabSize({8: 128, 4: 64, 16: 32, 24: 16}, 20_000),
    "paper": LabSize({8: 256, 4: 256, 16: 128, 24: 128}, 125_000),
}
FINAL_DENSITY = 0.1
JUDGED_FROM = 20_000  # updates of a level


def size(plan: Plan) -> LabSize:
    """The laboratory's size in a plan, with whatever the user has set instead."""
    chosen = SIZES[plan.size]
    replicates = {width: plan.replicates or count for width, count in chosen.replicates.items()}
    return LabSize(replicates, plan.updates or chosen.updates, chosen.levels, chosen.at, chosen.verdict)


def widths(plan: Plan) -> tuple[int, ...]:
    """The widths m, the headline's first."""
    return tuple(size(plan).replicates)


def judged(plan: Plan, verdict: str) -> str:
    """The verdict, or "undecided" where the budget is too short to say anything."""
    return "undecided" if size(plan).updates < JUDGED_FROM and verdict != "new" else verdict


class LabClaim(Claim):
    """A claim about the networks of the laboratory."""

    @cached_property
    def lab(self) -> LabSize:
        """The laboratory's size in the plan."""
        return size(self.plan)

    @cached_property
    def width(self) -> int:
        """The headline's width m."""
        return widths(self.plan)[0]

    @property
    def share(self) -> str:
        """The share of the weights that is kept at the level of the verdicts, in words."""
        return f"{100 * FINAL_DENSITY ** (self.lab.verdict / self.lab.levels):.0f} %"

    def judged(self, verdict: str) -> str:
        """The verdict, or "undecided" where the budget is too short to say anything."""
        return judged(self.plan, verdict)


def imp(plan: Plan, width: int) -> Piece:
    """Iterative magnitude pruning of weights with rewinding; at the headline width with every control of signs too."""
    controls = (*CONTROLS, *SIGNS) if width == widths(plan)[0] else CONTROLS
    return _piece(plan, "lab-imp", width, controls=controls, at=size(plan).at)


def imp_all(plan: Plan, width: int) -> Piece:
    """The same of weights and biases together; fine-tuning beside it at the last level."""
    last = (size(plan).levels,)
    return _piece(plan, "lab-imp-all", width, controls=("finetuned",), at=last, prune_biases=True)


def one_shot(plan: Plan, width: int, criterion: str = "magnitude", *, biases: bool = False) -> Piece:
    """The trained dense network cut to a tenth at once, rewound and fine-tuned.

    Where only weights go by magnitude, as in `imp`, the headline width is also cut to the other densities of `at`: what
    is pruned at once before training can then be held against the same cut after it.
    """
    label = f"lab-oneshot-{criterion}-{'all' if biases else 'weights'}"
    everywhere = criterion == "magnitude" and not biases and width == widths(plan)[0]
    return _piece(
        plan,
        label,
        width,
        controls=("finetuned",),
        at=size(plan).at if everywhere else (size(plan).levels,),
        when="oneshot",
        criterion=criterion,
        prune_biases=biases,
    )


def scoped(plan: Plan, width: int, scope: str, *, when: str) -> Piece:
    """Weights cut by magnitude as in `imp` or `one_shot`, with one of `SCOPES`; rewound and fine-tuned at the end.

    Args:
        plan: of the run.
        width: m.
        scope: a name of `SCOPES`.
        when: "levels", or "oneshot", which at the headline width also cuts to the other densities of `at`.
    """
    everywhere = when == "oneshot" and width == widths(plan)[0]
    at = size(plan).at if everywhere else (size(plan).levels,)
    label = f"lab-{'imp' if when == 'levels' else 'oneshot'}-{scope}"
    how = pruning(plan, controls=("finetuned",), at=at, when=when, **SCOPES[scope])
    return pruned(plan, label, how, width=width, **plan.kernel)


def fair(plan: Plan, width: int) -> Piece:
    """Tickets found as those of `imp` are, beside new weights and a mask shuffled among those that can be exact."""
    how = pruning(plan, controls=("reinit", FAIR), at=size(plan).at)
    return pruned(plan, "lab-fair", how, width=width, **plan.kernel)


def second(plan: Plan) -> Plan:
    """The plan with another seed: other initial weights, other boards and other draws throughout."""
    return replace(plan, seed=(plan.seed + 1) % 2**31)


def at_init(plan: Plan, width: int, method: str, scope: str | None = None) -> Piece:
    """The untrained network pruned by a method of `AT_INIT` to the densities of the levels of `at`.

    Args:
        plan: of the run.
        width: m.
        method: a name of `AT_INIT`.
        scope: a name of `SCOPES`; by default the plan's own.
    """
    label = f"lab-init-{method}" if scope is None else f"lab-init-{scope}-{method}"
    scopes, kernel = ({}, {}) if scope is None else (SCOPES[scope], plan.kernel)
    how = pruning(plan, controls=(), at=size(plan).at, when="init", criterion=AT_INIT[method], **scopes)
    return pruned(plan, label, how, width=width, **kernel)


def small(plan: Plan, features: tuple[int, int], *, updates: int | None = None, arm: int = 0) -> Piece:
    """A small dense network from scratch of the shape (a, b), as many replicates as at the headline width.

    Args:
        plan: of the run.
        features: channels of the 3x3 and of the 1x1 convolution.
        updates: its budget; by default that of a level.
        arm: keeps apart the replicates of two arms with one shape, so that they are independent.
    """
    chosen = size(plan)
    a, b = features
    first = 1_000_000 * (arm + 1) + 1000 * (100 * a + b)
    return training_piece(
        f"lab-small-{a}-{b}" + (f"-long{arm}" if updates else ""),
        plan.network(features=features),
        plan.training(updates or chosen.updates),
        seed=plan.seed,
        replicates=range(first, first + chosen.replicates[widths(plan)[0]]),
    )


def searched(plan: Plan) -> int:
    """How many dense networks of the headline width are shrunk."""
    return min(SEARCHED[plan.size], size(plan).replicates[widths(plan)[0]])


def shrunk(plan: Plan) -> Piece:
    """The dense networks of the headline width made as small as they can be."""
    width = widths(plan)[0]
    return shrink_piece(
        f"always-shrink-m{width}",
        plan.network(width),
        plan.training(size(plan).updates),
        SHRINK[plan.size],
        seed=plan.seed,
        replicates=range(searched(plan)),
        chains=searched(plan),
        rewind=SHRUNK_TO,
    )


@dataclass(frozen=True)
class Way:
    """One way to cut.

    Attributes:
        method: "one-shot", "one-shot-CRITERION" or "levels".
        biases: whether they are pruned too.
        label: its row in the figure.
        piece: that computes it.
        scope: a name of `SCOPE_WORDS`: which weights are ranked together.
    """

    method: str
    biases: bool
    label: str
    piece: Piece
    scope: str = "global"

    @property
    def name(self) -> str:
        """In the names of points."""
        what = "parameters" if self.biases else "weights"
        return f"{what}/{self.method}" if self.scope == "global" else f"{what}-{self.scope}/{self.method}"


def ways(plan: Plan, width: int) -> list[Way]:
    """Every way in which the networks of a width are cut with the plan's own scope."""
    found = [Way("one-shot", False, "at once, weights", one_shot(plan, width))]
    found += [Way("levels", False, "by levels, weights", imp(plan, width))]
    found += [Way("one-shot", True, "at once, parameters", one_shot(plan, width, biases=True))]
    found += [Way("levels", True, "by levels, parameters", imp_all(plan, width))]
    if width == widths(plan)[0]:
        found += [
            Way(
                f"one-shot-{criterion}",
                biases,
                f"{words}, {'parameters' if biases else 'weights'}",
                one_shot(plan, width, criterion, biases=biases),
            )
            for criterion, words in (("saliency", "saliency"), ("obd", "OBD"))
            for biases in CUT_BIASES[plan.size]
        ]
    return found


def scoped_ways(plan: Plan, width: int) -> list[Way]:
    """The ways to cut with the other scopes, at widths whose last level keeps as many weights as an exact network.

    A laptop tries them at the headline width alone.
    """
    weights = parameter_count(plan.network(width)) - (3 * width + 1)
    if round(FINAL_DENSITY * weights) < FEWEST_WEIGHTS or (plan.size == "laptop" and width != widths(plan)[0]):
        return []
    cuts = {"one-shot": ("oneshot", "at once"), "levels": ("levels", "by levels")}
    return [
        Way(method, False, f"{words}, {SCOPE_LABELS[scope]}", scoped(plan, width, scope, when=when), scope)
        for scope in SCOPES
        for method, (when, words) in cuts.items()
    ]


def pruning(plan: Plan, **settings: Any) -> PruningSettings:
    """Pruning to the laboratory's last density in its levels.

    Args:
        plan: of the run.
        settings: all others of `PruningSettings` that differ from its defaults.
    """
    levels = size(plan).levels
    return PruningSettings(
        levels=levels, prune_fraction=1 - FINAL_DENSITY ** (1 / levels), **{"scope": plan.scope, **settings}
    )


def pruned(
    plan: Plan,
    label: str,
    how: PruningSettings,
    *,
    width: int | None = None,
    replicates: int | None = None,
    **training: Any,
) -> Piece:
    """Networks of the laboratory pruned in some way; a replicate has the same start and batches in all such pieces.

    Args:
        plan: of the run.
        label: of the piece, without the width.
        how: they are pruned.
        width: m; by default the headline's.
        replicates: the first so many of the laboratory's; by default all of that width.
        training: settings of `TrainSettings` other than the plan's; the budget is by default that of a level.
    """
    chosen, m = size(plan), width or widths(plan)[0]
    return pruning_piece(
        f"{label}-m{m}",
        plan.network(m),
        plan.training(**{"updates": chosen.updates, **training}),
        how,
        seed=plan.seed,
        replicates=range(replicates or chosen.replicates[m]),
    )


def _piece(plan: Plan, label: str, width: int, **settings: Any) -> Piece:
    return pruned(plan, label, pruning(plan, **settings), width=width)
