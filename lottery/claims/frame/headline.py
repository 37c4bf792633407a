"""The pieces of the headline claims about pruning: which networks are pruned, and how."""

from dataclasses import replace

from lottery.claims.frame.plan import Plan
from lottery.claims.frame.small_networks import small_widths
from lottery.experiments.prune import pruning_piece
from lottery.experiments.train import training_piece
from lottery.runs.pieces import Piece
from lottery.tickets.arms import FAIR
from lottery.tickets.settings import PruningSettings

TENTH_SOURCE = (
    "Findings on image classifiers, such as Frankle and Carbin 2019 (arXiv 1803.03635). Springer and Kenyon 2020 "
    "(arXiv 2009.01398) cite pruning by 90 % and more in their introduction, as earlier work of others; the press made "
    "it theirs, and no source shows them pruning their own networks"
)


def iterative(plan: Plan, *, biases: bool) -> Piece:
    """Iterative magnitude pruning with rewinding; weights alone with all controls, or biases as well."""
    controls = ("finetuned",) if biases else ("reinit", "shuffled", "finetuned")
    name = "all" if biases else "weights"
    how = plan.pruning(levels=plan.levels, biases=biases, controls=controls)
    return _pruned(plan, f"imp-{name}-m{plan.ticket_width}", how)


def fair(plan: Plan) -> Piece:
    """The tickets of `iterative` beside a mask that is shuffled among those that can be exact, at the verdict's level.

    A piece of its own, so that `iterative` keeps its name; it finds the same tickets.
    """
    how = replace(plan.pruning(levels=plan.levels, biases=False, controls=(FAIR,)), at=(plan.verdict_level,))
    return _pruned(plan, f"imp-fair-m{plan.ticket_width}", how)


def one_shot(plan: Plan, *, biases: bool) -> Piece:
    """The same final density in a single cut."""
    name = "all" if biases else "weights"
    how = plan.pruning(levels=1, biases=biases, controls=("finetuned",))
    return _pruned(plan, f"oneshot-{name}-m{plan.ticket_width}", how)


def _pruned(plan: Plan, label: str, how: PruningSettings) -> Piece:
    return pruning_piece(
        label,
        plan.network(plan.ticket_width),
        plan.training(plan.ticket_updates),
        how,
        seed=plan.seed,
        replicates=range(plan.ticket_replicates),
    )


def small_from_scratch(plan: Plan) -> dict[int, Piece]:
    """Small dense networks by width, trained as long as the tickets, with replicate numbers of their own."""
    return {
        width: training_piece(
            f"scratch-m{width}",
            plan.network(width),
            plan.training(plan.ticket_updates),
            seed=plan.seed,
            # Numbers that no ticket has, so that these networks are independent of the tickets in every way.
            replicates=range(1000 * width, 1000 * width + plan.ticket_replicates),
        )
        for width in small_widths(plan)
    }
