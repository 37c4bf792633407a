"""Two arms that share their replicates, as the claims of the laboratory hold them against each other."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from lottery.inputs.truth_values import Truths, truths
from lottery.statistics.comparisons import ALPHA
from lottery.statistics.rates import Difference, holm, mcnemar_exact, paired_difference
from lottery.statistics.verdicts import Verdict, beats, matches, matches_rule

Key = TypeVar("Key", bound=Hashable)
HARM = 0.20  # the largest loss that still counts as none where a check should do no harm, a fraction


@dataclass(frozen=True)
class Pair:
    """One arm against another on the same replicates.

    Attributes:
        first: successes and trials of the one.
        second: of the other.
        difference: first minus second, with Newcombe's paired interval.
        p_value: exact McNemar, not corrected.
        p: the same after Holm's correction over all pairs that it was compared with; alone, `p_value`.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    difference: Difference
    p_value: float
    p: float

    @property
    def fields(self) -> dict[str, Any]:
        """The difference as the fields of a point."""
        return {"measured": self.difference.value, "interval": self.ends, "unit": "difference"}

    @property
    def ends(self) -> tuple[float, float]:
        """The interval of the difference."""
        return self.difference.interval.low, self.difference.interval.high

    @property
    def in_words(self) -> str:
        """The difference and its interval in percentage points."""
        low, high = self.ends
        return f"{100 * self.difference.value:+.0f} points ({100 * low:+.0f} to {100 * high:+.0f})"


def compare(first: Truths, second: Truths) -> Pair:
    """Hold one arm against another.

    Args:
        first: success by replicate.
        second: success of the same replicates; where one arm has more of them, the first ones are those of the other.
    """
    one, other = truths(first, "the first arm"), truths(second, "the second arm")
    shared = min(len(one), len(other))
    one, other = one[:shared], other[:shared]
    counts, p = ((int(one.sum()), shared), (int(other.sum()), shared)), mcnemar_exact(one, other)
    return Pair(*counts, paired_difference(one, other), p, p)


def compare_all(arms: Mapping[Key, tuple[Truths, Truths]]) -> dict[Key, Pair]:
    """Hold arms against each other, two by two, as `compare` does; `p` is corrected by Holm's method over all pairs."""
    pairs = {key: compare(*pair) for key, pair in arms.items()}
    p_values = corrected(pairs)
    return {key: replace(pair, p=p_values[key]) for key, pair in pairs.items()}


def corrected(pairs: Mapping[Key, Pair]) -> dict[Key, float]:
    """Their p-values, corrected by Holm's method over all of them."""
    return dict(zip(pairs, holm(np.array([pair.p_value for pair in pairs.values()])).tolist(), strict=True))


def keeps(pair: Pair, margin: float) -> Verdict:
    """Whether the first arm does as well as the second, by the rule that `keeps_rule` words."""
    successes, trials = pair.second
    return matches(pair.difference.interval, margin) if successes > margin * trials else "undecided"


def keeps_rule(margin: float) -> str:
    """Word the rule of `keeps`."""
    return (
        matches_rule(margin) + " Undecided too where the arm it is held against succeeds no more often than that: no "
        "loss could then be larger."
    )


def survives(pair: Pair, p_value: float, margin: float = HARM) -> Verdict:
    """Whether a check does no harm: the subnetwork is the first arm, the check the second.

    Args:
        pair: of the two.
        p_value: of its test, corrected.
        margin: the largest loss that still counts as none, a fraction.
    """
    if beats(pair.difference.value, p_value, ALPHA) == "reproduced":
        return "contradicted"
    successes, trials = pair.first
    return "reproduced" if pair.ends[1] < margin and successes > margin * trials else "undecided"


def smallest_margin(replicates: int, margins: tuple[float, ...] = (0.10, 0.20)) -> float:
    """The first margin that so many replicates can meet: n of n against n of n. The last one where none can.

    Args:
        replicates: n, 1 or more.
        margins: in the order of preference, fractions.
    """
    perfect = np.ones(replicates, bool)
    widest = -paired_difference(perfect, perfect).interval.low
    return next((margin for margin in margins if widest < margin), margins[-1])


def counted(outcomes: tuple[int, int]) -> str:
    """Successes and trials as k/n."""
    return "{}/{}".format(*outcomes)
