"""One arm against another, independent of it or paired with it, and Holm's correction where there are many."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from lottery.inputs.truth_values import Truths, truths
from lottery.statistics.rates import (
    Difference,
    Key,
    fisher,
    holm_of,
    mcnemar_exact,
    newcombe_difference,
    paired_difference,
)
from lottery.statistics.verdicts import Verdict, beats

Count = tuple[int, int]  # successes, trials


def count(solved: Truths) -> Count:
    """Successes and trials of an arm."""
    found = truths(solved, "success")
    return int(found.sum()), len(found)


def counted(outcomes: Count) -> str:
    """Successes and trials as k/n."""
    return "{}/{}".format(*outcomes)


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A two-sided test of two arms.

    Attributes:
        p_value: not corrected.
        p: the same after Holm's correction over all that it was compared with; alone, `p_value`.
        tests: how many these are.
    """

    p_value: float
    p: float
    tests: int = 1

    @property
    def p_fields(self) -> dict[str, Any]:
        """The p-value as the fields of a point where it was corrected: there no uncorrected interval can replace it."""
        return {"p": self.p, "tests": self.tests} if self.tests > 1 else {}


@dataclass(frozen=True, kw_only=True)
class Comparison(Tested):
    """The success rates of two arms.

    Attributes:
        first: successes and trials of the one.
        second: of the other.
        difference: of the rates, first minus second.
        test: name of the test.
    """

    first: Count
    second: Count
    difference: Difference
    test: str

    @property
    def beats(self) -> Verdict:
        """Whether the first arm succeeds more often, by the rule that `beats_rule` words."""
        return beats(self.difference.value, self.p)

    @property
    def fields(self) -> dict[str, Any]:
        """The difference as the fields of a point, with its p-value where that was corrected."""
        ends = self.difference.interval
        shown = {"measured": self.difference.value, "interval": (ends.low, ends.high), "unit": "difference"}
        return {**shown, **self.p_fields}

    @property
    def in_points(self) -> str:
        """The difference and its interval in percentage points."""
        ends = self.difference.interval
        value, low, high = (f"{100 * fraction:+.0f}" for fraction in (self.difference.value, ends.low, ends.high))
        return f"{value} points ({low} to {high})"

    def __str__(self) -> str:
        """The difference in points with a typographic minus, its interval and the p-value, as in a note."""
        in_points = re.sub(r"[+-]0\b", "0", self.in_points).replace("-", "−")
        return f"{in_points}, {self.test} p = {self.p:.2g} after Holm's correction"


def independent(first: Count, second: Count) -> Comparison:
    """Hold one arm against another with replicates of its own: Newcombe's interval, Fisher's test.

    Args:
        first: successes and trials of the one.
        second: of the other.
    """
    p = fisher(*first, *second)
    difference = newcombe_difference(*first, *second)
    return Comparison(first=first, second=second, difference=difference, p_value=p, p=p, test="Fisher")


def paired(first: Truths, second: Truths) -> Comparison:
    """Hold one arm against another with the same replicates: Newcombe's paired interval, exact McNemar.

    Args:
        first: success by replicate.
        second: success of the same replicates; where one arm has more of them, the first ones are those of the other.
    """
    one, other = truths(first, "the first arm"), truths(second, "the second arm")
    shared = min(len(one), len(other))
    one, other = one[:shared], other[:shared]
    p, difference = mcnemar_exact(one, other), paired_difference(one, other)
    return Comparison(
        first=count(one), second=count(other), difference=difference, p_value=p, p=p, test="exact McNemar"
    )


AnyTested = TypeVar("AnyTested", bound=Tested)


def corrected(tests: Mapping[Key, AnyTested]) -> dict[Key, AnyTested]:
    """The same tests, their p-values corrected by Holm's method over all of them."""
    p_values = holm_of({key: test.p_value for key, test in tests.items()})
    return {key: replace(test, p=p_values[key], tests=len(tests)) for key, test in tests.items()}
