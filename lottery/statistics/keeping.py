"""Whether an arm keeps the success of the one that it is held against: no loss, or no harm."""

import numpy as np

from lottery.statistics.comparisons import Comparison
from lottery.statistics.rates import paired_difference
from lottery.statistics.verdicts import Verdict, matches, matches_rule

HARM = 0.20  # the largest loss that still counts as none where a check should do no harm, a fraction


def keeps(pair: Comparison, margin: float) -> Verdict:
    """Whether the first arm does as well as the second, by the rule that `keeps_rule` words."""
    successes, trials = pair.second
    return matches(pair.difference.interval, margin) if successes > margin * trials else "undecided"


def keeps_rule(margin: float) -> str:
    """Word the rule of `keeps`."""
    return (
        matches_rule(margin) + " Undecided too where the arm it is held against succeeds no more often than that: no "
        "loss could then be larger."
    )


def survives(pair: Comparison, margin: float = HARM) -> Verdict:
    """Whether a check does no harm: the subnetwork is the first arm, the check the second.

    Args:
        pair: of the two, its p-value corrected.
        margin: the largest loss that still counts as none, a fraction.
    """
    if pair.beats == "reproduced":
        return "contradicted"
    successes, trials = pair.first
    harmless = pair.difference.interval.high < margin and successes > margin * trials
    return "reproduced" if harmless else "undecided"


def smallest_margin(replicates: int, margins: tuple[float, ...] = (0.10, 0.20)) -> float:
    """The first margin that so many replicates can meet: n of n against n of n. The last one where none can.

    Args:
        replicates: n, 1 or more.
        margins: in the order of preference, fractions.
    """
    perfect = np.ones(replicates, bool)
    widest = -paired_difference(perfect, perfect).interval.low
    return next((margin for margin in margins if widest < margin), margins[-1])
