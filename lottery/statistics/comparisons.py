"""Many arms in one claim: several published rates, or several arms against one, with Holm's correction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lottery.inputs.truth_values import Truths, truths
from lottery.statistics.rates import (
    Difference,
    Interval,
    fisher,
    holm,
    mcnemar_exact,
    newcombe_difference,
    paired_difference,
)
from lottery.statistics.verdicts import Verdict, same_rate, same_rate_rule

Count = tuple[int, int]  # successes, trials
ALPHA = 0.05
RESAMPLES = 4000


def count(solved: Truths) -> Count:
    """Successes and trials of an arm."""
    found = truths(solved, "success")
    return int(found.sum()), len(found)


def same_rates(
    published: Mapping[str, Count], measured: Mapping[str, Count], margin: float = 0.2
) -> dict[str, Verdict]:
    """Compare several published rates with ours, so that one of many is not contradicted by chance.

    Args:
        published: successes and trials by name, one or more.
        measured: ours, at least by the same names.
        margin: as in `same_rate`.

    Returns:
        Verdicts by name, by the rule that `same_rates_rule` words.
    """
    p_values = holm(np.array([fisher(*measured[name], *counts) for name, counts in published.items()]))
    verdicts: dict[str, Verdict] = {}
    for (name, counts), p in zip(published.items(), p_values, strict=True):
        verdict = same_rate(counts, measured[name], margin)
        verdicts[name] = "undecided" if verdict == "contradicted" and p >= ALPHA else verdict
    return verdicts


def same_rates_rule(margin: float = 0.2) -> str:
    """Word the rule of `same_rates` for a reader.

    Args:
        margin: as in `same_rate`.
    """
    return (
        f"{same_rate_rule(margin)} As several rates are compared, a contradiction also takes Fisher's test with "
        f"p < {ALPHA:g} after Holm's correction; without it the verdict is undecided."
    )


@dataclass(frozen=True)
class Comparison:
    """One arm against another.

    Attributes:
        difference: of the rates, the arm minus the other.
        p: two-sided, after Holm's correction for all comparisons made.
        test: name of the test.
    """

    difference: Difference
    p: float
    test: str

    @property
    def fields(self) -> dict[str, Any]:
        """The difference as the fields of a point."""
        ends = self.difference.interval
        return {"measured": self.difference.value, "interval": (ends.low, ends.high), "unit": "difference"}

    def __str__(self) -> str:
        """The difference in points, its interval and the p-value, as in a note."""
        ends = self.difference.interval
        low, value, high = (_points(x) for x in (ends.low, self.difference.value, ends.high))
        return f"{value} points ({low} to {high}), {self.test} p = {self.p:.2g} after Holm's correction"


def _points(fraction: float) -> str:
    text = f"{100 * fraction:+.0f}"
    return "0" if text in ("+0", "-0") else text.replace("-", "−")


def compared(pairs: Mapping[str, tuple[Count, Count]]) -> dict[str, Comparison]:
    """Compare independent arms, two by two: Newcombe's intervals, Fisher's test.

    Args:
        pairs: the counts of the arm and of the one that it is held against, by the pair's name, one or more.
    """
    p_values = holm(np.array([fisher(*arm, *other) for arm, other in pairs.values()]))
    return {
        name: Comparison(newcombe_difference(*arm, *other), float(p), "Fisher")
        for (name, (arm, other)), p in zip(pairs.items(), p_values, strict=True)
    }


def against(common: Count, others: Mapping[str, Count]) -> dict[str, Comparison]:
    """Compare independent arms with a common one, as `compared` does.

    Args:
        common: successes and trials of the arm that all are held against.
        others: those of the other arms by name, one or more.
    """
    return compared({name: (counts, common) for name, counts in others.items()})


def against_paired(common: Truths, others: Mapping[str, Truths]) -> dict[str, Comparison]:
    """Compare arms with a common one that has the same replicates: paired intervals, exact McNemar.

    Args:
        common: success of each replicate; where an arm has fewer, the first ones are its partners.
        others: those of the other arms by name, one or more.
    """
    pairs = {name: (solved[: len(common)], common[: len(solved)]) for name, solved in others.items()}
    p_values = holm(np.array([mcnemar_exact(*pair) for pair in pairs.values()]))
    return {
        name: Comparison(paired_difference(*pair), float(p), "exact McNemar")
        for (name, pair), p in zip(pairs.items(), p_values, strict=True)
    }


def rank(life: Truths, others: Sequence[Truths], seed: int) -> tuple[float, Interval]:
    """Share of other rules that succeed less often than Life, equals counting half, with its 95 % interval.

    The interval is a bootstrap over the rules in which each rate, Life's too, is drawn from its posterior under
    Jeffreys' prior, Beta(k + 1/2, n - k + 1/2): few networks per rule make rates uncertain, and 0 of 16 is not 0.

    Args:
        life: success of each of Life's replicates.
        others: success of each replicate of each other rule, one rule or more.
        seed: of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    k, n = count(life)
    successes, trials = np.array([count(solved) for solved in others]).T
    rates, own = successes / trials, k / n
    share = float(np.mean((rates < own) + 0.5 * (rates == own)))
    drawn = rng.integers(len(others), size=(RESAMPLES, len(others)))
    posterior = rng.beta(successes[drawn] + 0.5, trials[drawn] - successes[drawn] + 0.5)
    shares = np.mean(posterior < rng.beta(k + 0.5, n - k + 0.5, size=(RESAMPLES, 1)), axis=1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return share, Interval(float(min(low, share)), float(max(high, share)))
