"""Counts as the series that figures are drawn from."""

from collections.abc import Mapping

from lottery.report.figures.figure import Rates
from lottery.report.figures.rates_by_name import NamedRates
from lottery.statistics.comparisons import Count


def named(label: str, counts: Mapping[str, Count]) -> NamedRates:
    """Rates with names, as the rows of a chart.

    Args:
        label: what the legend calls the series.
        counts: successes and trials by the row's name.
    """
    return NamedRates(label, list(counts), [k for k, _ in counts.values()], [n for _, n in counts.values()])


def rates(label: str, counts: Mapping[int, Count] | Mapping[float, Count]) -> Rates:
    """Rates against a number: a width, a density, a learning rate.

    Args:
        label: what the legend calls the series.
        counts: successes and trials by that number.
    """
    return Rates(label, list(counts), [k for k, _ in counts.values()], [n for _, n in counts.values()])
