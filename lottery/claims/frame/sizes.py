"""How large a claim is run: replicates and budget at the sizes smoke, laptop and paper."""

from collections.abc import Mapping
from dataclasses import dataclass

from lottery.claims.frame.plan import Plan


@dataclass(frozen=True)
class Size:
    """How much of a claim is computed.

    Attributes:
        replicates: networks per arm.
        updates: budget of each network.
    """

    replicates: int
    updates: int


def size_of(plan: Plan, sizes: Mapping[str, Size]) -> Size:
    """A claim's size in a plan, with whatever the user has set instead."""
    size = sizes[plan.size]
    return Size(plan.replicates or size.replicates, plan.updates or size.updates)


BUDGET_RULE = "With a budget below that of the `paper` size the verdict is always undecided."


def at_full_budget(size: Size, sizes: Mapping[str, Size], verdict: str) -> str:
    """The verdict, or "undecided" where the budget is below the paper's: a rate after fewer updates is another rate."""
    return "undecided" if size.updates < sizes["paper"].updates and verdict != "new" else verdict


def numbers(arm: int, count: int) -> range:
    """Replicate numbers that no other arm of the claim has, so that arms are independent in every way.

    Args:
        arm: the place of the arm, from 0.
        count: its replicates, below 100,000.
    """
    return range(100_000 * arm, 100_000 * arm + count)
