import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from gol.errors import InputError
from lottery.statistics.rates import (
    Interval,
    cluster_bootstrap,
    error_rate_bound,
    fisher,
    holm,
    mcnemar_exact,
    newcombe_difference,
    paired_difference,
    ratio_of_rates,
    sign_test,
    wilson,
)


def paired(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    first = np.repeat([True, True, False, False], [both, only_first, only_second, neither])
    second = np.repeat([True, False, True, False], [both, only_first, only_second, neither])
    return first, second


def test_the_ratio_of_two_rates_has_an_interval_symmetric_in_logs():
    found = ratio_of_rates(120, 1024, 200, 6144)
    assert found is not None
    assert found.value == pytest.approx(3.6)
    # Katz: the variance of log(k/n) is 1/k - 1/n.
    spread = norm.ppf(0.975) * np.sqrt(1 / 120 - 1 / 1024 + 1 / 200 - 1 / 6144)
    assert (found.interval.low, found.interval.high) == pytest.approx((3.6 * np.exp(-spread), 3.6 * np.exp(spread)))
    assert ratio_of_rates(0, 10, 1, 10) is ratio_of_rates(1, 10, 0, 10) is None


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, Stat. Med. 17, 857-872, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    interval = wilson(successes, trials)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=6e-5)


def test_the_papers_three_of_64_is_anything_from_1_6_to_12_9_per_cent() -> None:
    interval = wilson(3, 64)
    assert (round(100 * interval.low, 1), round(100 * interval.high, 1)) == (1.6, 12.9)


def test_wilson_of_no_success_has_its_closed_form() -> None:
    z = norm.ppf(0.95)
    assert wilson(0, 50, confidence=0.9).high == pytest.approx(z**2 / (50 + z**2), abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "difference", "low", "high"),
    [  # Newcombe 1998, Stat. Med. 17, 873-890, table II, method 10
        ((56, 70, 48, 80), 0.2, 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.6, 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.5714, 0.0582, 0.8062),
        ((5, 56, 0, 29), 0.0893, -0.0381, 0.1926),
        ((0, 10, 0, 20), 0.0, -0.1611, 0.2775),
        ((0, 10, 0, 10), 0.0, -0.2775, 0.2775),
        ((10, 10, 0, 20), 1.0, 0.6791, 1.0),
        ((10, 10, 0, 10), 1.0, 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_published_independent_intervals(
    counts: tuple[int, int, int, int], difference: float, low: float, high: float
) -> None:
    found = newcombe_difference(*counts)
    assert (found.value, found.interval.low, found.interval.high) == pytest.approx((difference, low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("table", "difference", "low", "high"),
    [
        ((14, 5, 0, 22), "0.12", "0.01", "0.23"),  # Altman et al. 2000, Statistics with Confidence, table 6.2
        ((1, 1, 7, 12), "-0.286", "-0.507", "-0.026"),  # Fagerland et al. 2014, BMC Med. Res. Methodol. 13:91
        ((59, 6, 16, 80), "-0.0621", "-0.1186", "-0.0046"),  # Fagerland et al. 2017, chapter 8
    ],
)
def test_newcombe_gives_the_published_paired_intervals(
    table: tuple[int, int, int, int], difference: str, low: str, high: str
) -> None:
    found = paired_difference(*paired(*table))
    digits = len(low.split(".")[1])
    numbers = (found.value, found.interval.low, found.interval.high)
    assert tuple(f"{number:.{digits}f}" for number in numbers) == (difference, low, high)


def test_paired_interval_without_correlation_is_the_independent_one() -> None:
    # 4 * 9 - 6 * 6 = 0: no association, hence the square-and-add of two independent samples.
    found = paired_difference(*paired(4, 6, 6, 9))
    assert found == newcombe_difference(10, 25, 10, 25)


def test_positive_correlation_narrows_the_paired_interval() -> None:
    found = paired_difference(*paired(20, 3, 3, 20)).interval
    independent = newcombe_difference(23, 46, 23, 46).interval
    assert found.high < 0.75 * independent.high


tables = st.tuples(*[st.integers(0, 30)] * 4).filter(lambda table: sum(table) > 0)


@settings(deadline=None)  # the machine may be busy
@given(table=tables)
def test_swapping_paired_arms_mirrors_the_interval(table: tuple[int, int, int, int]) -> None:
    first, second = paired(*table)
    one_way, other_way = paired_difference(first, second), paired_difference(second, first)
    assert one_way.value == pytest.approx(-other_way.value, abs=1e-12)
    assert one_way.interval.low == pytest.approx(-other_way.interval.high, abs=1e-12)
    assert -1 <= one_way.interval.low <= one_way.value <= one_way.interval.high <= 1


@pytest.mark.parametrize(
    ("table", "p_value"),
    [
        ((59, 6, 16, 80), 0.052479),  # Fagerland et al. 2017, chapter 8
        ((9, 0, 5, 2), 2 * 0.5**5),  # every discordant pair on one side
        ((7, 0, 0, 3), 1.0),  # nothing disagrees, nothing is learned
    ],
)
def test_mcnemar_is_exact(table: tuple[int, int, int, int], p_value: float) -> None:
    assert mcnemar_exact(*paired(*table)) == pytest.approx(p_value, abs=5e-7)


def test_fisher_on_the_lady_tasting_tea() -> None:
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)  # Fisher 1935: 17/70 one-sided, symmetric table


def test_holm_steps_down_keeps_the_order_and_stays_below_one() -> None:
    adjusted = holm(np.array([0.01, 0.04, 0.03, 0.005]))  # p.adjust(method = "holm") of R: 0.03 0.06 0.06 0.02
    np.testing.assert_allclose(adjusted, [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm(np.array([0.6, 0.9])), [1.0, 1.0])


def test_error_rate_bound_is_the_closed_form() -> None:
    assert error_rate_bound(200) == pytest.approx(1 - 0.05 ** (1 / 200), rel=1e-12)
    # "Rule of three" (Hanley and Lippman-Hand 1983), where 1 - 0.05^(1/N) itself has lost its digits
    assert error_rate_bound(10**13) == pytest.approx(-np.log(0.05) / 10**13, rel=1e-9)


def test_bootstrap_of_single_runs_agrees_with_the_normal_interval() -> None:
    values = np.repeat([0.0, 1.0], [200, 200])
    interval = cluster_bootstrap(values, np.arange(400))
    half = norm.ppf(0.975) * 0.5 / np.sqrt(400)
    assert (interval.low, interval.high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.006)


def test_bootstrap_counts_a_cluster_once() -> None:
    # Ten copies of each of 40 runs hold no more information than the 40 runs.
    runs = np.repeat([0.0, 1.0], [20, 20])
    plain = cluster_bootstrap(runs, np.arange(40))
    copied = cluster_bootstrap(np.repeat(runs, 10), np.repeat(np.arange(40), 10))
    assert copied == plain
    naive = cluster_bootstrap(np.repeat(runs, 10), np.arange(400))
    assert naive.high - naive.low < 0.5 * (plain.high - plain.low)


def test_bootstrap_is_repeatable_and_takes_rows() -> None:
    rows = np.random.default_rng(3).normal(loc=[2.0, 1.0], size=(30, 2))

    def ratio(drawn: np.ndarray) -> float:
        return float(drawn[:, 0].mean() / drawn[:, 1].mean())

    first = cluster_bootstrap(rows, np.arange(30), ratio, resamples=300, seed=5)
    assert first == cluster_bootstrap(rows, np.arange(30), ratio, resamples=300, seed=5)
    assert first != cluster_bootstrap(rows, np.arange(30), ratio, resamples=300, seed=6)
    assert first.low < ratio(rows) < first.high


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: wilson(1, 0),
        lambda: wilson(-1, 5),
        lambda: wilson(6, 5),
        lambda: wilson(1, 5, confidence=95.0),
        lambda: newcombe_difference(1, 2, 3, 2),
        lambda: ratio_of_rates(1, 2, 3, 2),
        lambda: ratio_of_rates(1, 2, 1, 2, confidence=1.0),
        lambda: fisher(1, 2, 3, 2),
        lambda: paired_difference(np.ones(2, bool), np.ones(3, bool)),
        lambda: mcnemar_exact(np.ones(0, bool), np.ones(0, bool)),
        lambda: sign_test(-1, 2),
        lambda: holm(np.array([0.5, 1.5])),
        lambda: holm(np.array([np.nan])),
        lambda: error_rate_bound(0),
        lambda: error_rate_bound(5, 1.0),
        lambda: cluster_bootstrap(np.ones(4), np.zeros(4)),
        lambda: cluster_bootstrap(np.ones(4), np.arange(3)),
        lambda: Interval(0.5, 0.4),
        lambda: Interval(float("nan"), 0.4),
    ],
)
def test_impossible_input_is_refused(mistake) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        mistake()


@pytest.mark.parametrize(
    "mistake",
    [lambda: wilson(1.5, 5), lambda: wilson(1, np.nan), lambda: fisher(3.5, 4, 1, 4), lambda: sign_test(1.5, 2)],
)
def test_counts_are_whole_numbers(mistake, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # as it is outside of tests
    with pytest.raises(InputError, match="whole numbers"):
        mistake()
