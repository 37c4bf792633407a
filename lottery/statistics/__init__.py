"""Rates, comparisons of arms, times until success, and the rules of verdicts."""

from lottery.statistics.rates import (
    CONFIDENCE,
    Difference,
    Interval,
    cluster_bootstrap,
    error_rate_bound,
    fisher,
    holm,
    mcnemar_exact,
    newcombe_difference,
    paired_difference,
    sign_test,
    wilson,
)
from lottery.statistics.survival import kaplan_meier, logrank, median_time
from lottery.statistics.verdicts import Verdict

__all__ = [
    "CONFIDENCE",
    "Difference",
    "Interval",
    "Verdict",
    "cluster_bootstrap",
    "error_rate_bound",
    "fisher",
    "holm",
    "kaplan_meier",
    "logrank",
    "mcnemar_exact",
    "median_time",
    "newcombe_difference",
    "paired_difference",
    "sign_test",
    "wilson",
]
