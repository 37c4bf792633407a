"""How large a claim is run: replicates and budget at the sizes smoke, laptop and paper."""

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

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


Value = TypeVar("Value")
S = TypeVar("S", bound=Size)


@dataclass(frozen=True)
class BySize(Generic[Value]):
    """Something that depends on how large a claim is run; `found[plan.size]` is that of a plan."""

    smoke: Value
    laptop: Value
    paper: Value

    def __getitem__(self, size: str) -> Value:
        """That of a size, one of `SIZES`."""
        return {"smoke": self.smoke, "laptop": self.laptop, "paper": self.paper}[size]


def size_of(plan: Plan, sizes: BySize[S]) -> S:
    """A claim's size in a plan, with whatever the user has set instead."""
    return as_set(plan, sizes[plan.size])


def as_set(plan: Plan, size: S) -> S:
    """A size with whatever the user has set instead."""
    return replace(size, replicates=plan.replicates or size.replicates, updates=plan.updates or size.updates)


BUDGET_RULE = "With a budget below that of the `paper` size the verdict is always undecided."


def numbers(arm: int, count: int) -> range:
    """Replicate numbers that no other arm of the claim has, so that arms are independent in every way.

    Args:
        arm: the place of the arm, from 0.
        count: its replicates, below 100,000.
    """
    return range(100_000 * arm, 100_000 * arm + count)
