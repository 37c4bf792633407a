"""How a verdict is reached: a few rules, fixed before any run, each with its own sentence for the report."""

from collections.abc import Mapping
from typing import Literal

from gol.errors import InputError
from lottery.statistics.rates import Interval, Key, fisher, holm_of, newcombe_difference

Verdict = Literal["reproduced", "contradicted", "undecided", "new"]
ALPHA = 0.05  # significance level


def same_rate(published: tuple[int, int], measured: tuple[int, int], margin: float = 0.2) -> Verdict:
    """Compare a published rate with ours as two samples: a published 3 of 64 is a sample, not the truth.

    Args:
        published: successes and trials of the published experiment.
        measured: successes and trials of ours.
        margin: largest difference of the rates that still counts as the same, a fraction above 0.

    Returns:
        The verdict by the rule that `same_rate_rule` words.

    Raises:
        InputError: if the counts cannot be, or the margin is not a fraction above 0.
    """
    return agrees(newcombe_difference(*measured, *published).interval, margin)


def agrees(interval: Interval, margin: float = 0.2) -> Verdict:
    """Judge whether two rates are the same, from the interval of their difference.

    Args:
        interval: of the difference of two rates, paired or not.
        margin: largest difference of the rates that still counts as the same, a fraction above 0.

    Returns:
        The verdict by the rule that `agrees_rule` words.

    Raises:
        InputError: if the margin is not a fraction above 0.
    """
    _check_fraction("margin", margin)
    if interval.low > 0 or interval.high < 0:
        return "contradicted"
    return "reproduced" if -margin < interval.low and interval.high < margin else "undecided"


def agrees_rule(margin: float = 0.2) -> str:
    """Word the rule of `agrees`, for two arms that share their replicates.

    Args:
        margin: as in `agrees`.
    """
    return (
        "Contradicted if the 95 % interval of the paired difference (Newcombe's paired method) excludes zero; "
        f"reproduced if it contains zero and lies wholly within ±{_points(margin)}; undecided otherwise."
    )


def same_rate_rule(margin: float = 0.2) -> str:
    """Word the rule of `same_rate` for a reader.

    Args:
        margin: as in `same_rate`.
    """
    return (
        "Published and measured counts are compared as two samples. Contradicted if the 95 % interval of the "
        "difference (measured - published, Newcombe's hybrid score) excludes zero; reproduced if it contains zero and "
        f"lies wholly within ±{_points(margin)}; undecided otherwise."
    )


def agrees_in_part(published: tuple[int, int], measured: tuple[int, int], margin: float = 0.2) -> Verdict:
    """Compare a published rate with ours where the source leaves settings open that may decide it.

    Args:
        published: successes and trials of the published experiment.
        measured: successes and trials of ours.
        margin: as in `same_rate`.

    Returns:
        The verdict by the rule that `agrees_in_part_rule` words; it is never "contradicted".
    """
    return "reproduced" if same_rate(published, measured, margin) == "reproduced" else "undecided"


def agrees_in_part_rule(margin: float = 0.2) -> str:
    """Word the rule of `agrees_in_part` for a reader.

    Args:
        margin: as in `agrees_in_part`.
    """
    return (
        "Published and measured counts are compared as two samples. Reproduced if the 95 % interval of the difference "
        f"(measured - published, Newcombe's hybrid score) contains zero and lies wholly within ±{_points(margin)}; "
        "undecided otherwise: the source leaves settings open, so a difference under our choice contradicts nothing."
    )


def same_rates(
    published: Mapping[Key, tuple[int, int]], measured: Mapping[Key, tuple[int, int]], margin: float = 0.2
) -> dict[Key, Verdict]:
    """Compare several published rates with ours, so that one of many is not contradicted by chance.

    Args:
        published: successes and trials by name, one or more.
        measured: ours, at least by the same names.
        margin: as in `same_rate`.

    Returns:
        Verdicts by name, by the rule that `same_rates_rule` words.
    """
    p_values = same_rates_p(published, measured)
    verdicts: dict[Key, Verdict] = {}
    for name, counts in published.items():
        verdict = same_rate(counts, measured[name], margin)
        verdicts[name] = "undecided" if verdict == "contradicted" and p_values[name] >= ALPHA else verdict
    return verdicts


def same_rates_p(published: Mapping[Key, tuple[int, int]], measured: Mapping[Key, tuple[int, int]]) -> dict[Key, float]:
    """P-values of Fisher's test of each published rate against ours, corrected by Holm's method over all of them.

    Args:
        published: as `same_rates` takes it.
        measured: likewise.
    """
    return holm_of({name: fisher(*measured[name], *counts) for name, counts in published.items()})


def same_rates_rule(margin: float = 0.2) -> str:
    """Word the rule of `same_rates` for a reader.

    Args:
        margin: as in `same_rate`.
    """
    return (
        f"{same_rate_rule(margin)} As several rates are compared, a contradiction also takes Fisher's test with "
        f"p < {ALPHA:g} after Holm's correction; without it the verdict is undecided."
    )


def matches(interval: Interval, margin: float = 0.10) -> Verdict:
    """Judge whether a ticket is as good as the dense network that it was cut from.

    Args:
        interval: of the paired difference of their success rates, ticket - dense.
        margin: largest loss of success rate that still counts as matching, a fraction above 0.

    Returns:
        The verdict by the rule that `matches_rule` words.

    Raises:
        InputError: if the margin is not a fraction above 0.
    """
    _check_fraction("margin", margin)
    if interval.low > -margin:
        return "reproduced"
    return "contradicted" if interval.high < -margin else "undecided"


def matches_rule(margin: float = 0.10) -> str:
    """Word the rule of `matches` for a reader.

    Args:
        margin: as in `matches`.
    """
    return (
        "The 95 % interval of the paired difference of success rates (ticket - dense, Newcombe's paired method) is "
        f"held against a loss of {_points(margin)}. Reproduced if the whole interval lies above that loss, "
        "contradicted if the whole interval lies below it, undecided otherwise."
    )


def beats(difference: float, p_value: float, alpha: float = ALPHA) -> Verdict:
    """Judge whether one arm succeeds more often than another.

    Args:
        difference: of the success rates, the arm that should win minus the other, a fraction.
        p_value: of the two-sided test that they succeed equally often.
        alpha: significance level, a fraction above 0.

    Returns:
        The verdict by the rule that `beats_rule` words.

    Raises:
        InputError: if the p-value, the difference or alpha is out of range.
    """
    _check_fraction("alpha", alpha)
    if not (0 <= p_value <= 1 and -1 <= difference <= 1):
        raise InputError(f"a p-value lies in [0, 1] and a difference of rates in [-1, 1], not {p_value}, {difference}")
    if p_value >= alpha or difference == 0:
        return "undecided"
    return "reproduced" if difference > 0 else "contradicted"


def beats_rule(alpha: float = ALPHA) -> str:
    """Word the rule of `beats` for a reader.

    Args:
        alpha: as in `beats`.
    """
    return (
        "The difference of success rates is tested two-sided (exact McNemar for arms that share their replicates, "
        f"Fisher for independent ones). Reproduced if it is positive with p < {alpha:g}, contradicted if it is "
        f"negative with p < {alpha:g}, undecided otherwise."
    )


def same_crossing(published: tuple[float, float], low: float, high: float, factor: float = 1.5) -> Verdict:
    """Compare the width at which success crosses 50 % with a published one, known between two widths only.

    Args:
        published: the last width at or below 50 % and the first one above it, infinite where there was none.
        low: lower end of the interval of our crossing, 0 where it is below every width that was tried.
        high: upper end, infinite where it is above every width that was tried.
        factor: how far off still counts as the same, above 1.

    Returns:
        The verdict by the rule that `same_crossing_rule` words.

    Raises:
        InputError: if the ends are not in rising order or the factor is not above 1.
    """
    last, first = published
    if not (last < first and low <= high and factor > 1):
        raise InputError(f"ends have to rise and the factor to be above 1: {published}, {low} to {high}, {factor}")
    if high < last / factor or low > first * factor:
        return "contradicted"
    touches = low <= first and high >= last
    return "reproduced" if touches and low >= last / factor and high <= first * factor else "undecided"


def same_crossing_rule(factor: float = 1.5) -> str:
    """Word the rule of `same_crossing` for a reader.

    Args:
        factor: as in `same_crossing`.
    """
    return (
        "The published line is crossed somewhere between the last width at or below 50 % and the first above it, both "
        f"read off samples. Reproduced if the 95 % interval of our crossing touches that stretch and ends within a "
        f"factor of {factor:g} of it; contradicted if it lies wholly beyond that factor; undecided otherwise."
    )


def _points(fraction: float) -> str:
    return f"{100 * fraction:g} percentage points"


def _check_fraction(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise InputError(f"{name} must lie strictly between 0 and 1, not at {value}")
