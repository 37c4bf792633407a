"""Our statistics against lifelines and statsmodels, which compute the same from other code, on drawn data."""

import gc
from fractions import Fraction
from math import comb

import numpy as np
import pandas as pd
import patsy
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import median_survival_times
from scipy import special, stats
from statsmodels.duration.survfunc import survdiff
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.descriptivestats import sign_test as statsmodels_sign_test
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from lottery.statistics.crossings import fit as fit_penalised
from lottery.statistics.factors import fit, term_tests
from lottery.statistics.peaks import local_quadratic
from lottery.statistics.rates import (
    error_rate_bound,
    fisher,
    holm,
    mcnemar_exact,
    newcombe_difference,
    paired_difference,
    sign_test,
    wilson,
)
from lottery.statistics.survival import kaplan_meier, logrank, median_time, pair_wins

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
# Few distinct times, so that ties, and runs cut off when others are solved, are the rule.
runs = st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=25)
drawn = settings(deadline=None, max_examples=60)  # the machine may be busy


def _split(sample: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    times, observed = zip(*sample, strict=True)
    return np.array(times), np.array(observed)


# Rates


@drawn
@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_wilsons_interval_is_that_of_statsmodels(count, confidence):
    low, high = proportion_confint(*count, alpha=1 - confidence, method="wilson")
    found = wilson(*count, confidence=confidence)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-10)


@drawn
@given(counts, counts)
def test_newcombes_interval_of_independent_rates_is_that_of_statsmodels(one, other):
    low, high = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    found = newcombe_difference(*one, *other).interval
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


@drawn
@given(st.integers(1, 500), st.sampled_from([0.9, 0.95]))
def test_the_bound_without_an_error_is_one_end_of_clopper_and_pearsons_interval(samples, confidence):
    _, high = proportion_confint(0, samples, alpha=2 * (1 - confidence), method="beta")
    assert error_rate_bound(samples, confidence) == pytest.approx(high, rel=1e-9)


@drawn
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_mcnemars_test_is_that_of_statsmodels_whatever_truth_values_are_made_of(pairs):
    first, second = np.array(pairs).T
    table = [[np.sum(first & second), np.sum(first & ~second)], [np.sum(~first & second), np.sum(~first & ~second)]]
    expected = mcnemar(table, exact=True).pvalue if np.any(first != second) else 1.0
    assert mcnemar_exact(first, second) == pytest.approx(expected, rel=1e-9)
    assert mcnemar_exact(first.astype(int), second.astype(float)) == pytest.approx(expected, rel=1e-9)


@drawn
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_newcombes_paired_interval_joins_wilsons_by_the_correlation_of_the_pairs(pairs):
    first, second = (np.array(arm, float) for arm in zip(*pairs, strict=True))
    n, p1, p2 = len(first), first.mean(), second.mean()
    (l1, u1), (l2, u2) = (proportion_confint(arm.sum(), n, method="wilson") for arm in (first, second))
    covariance, spread = np.mean(first * second) - p1 * p2, np.sqrt(p1 * (1 - p1) * p2 * (1 - p2))
    # The continuity correction of the paper: n/2 off ad - bc, which is n^2 times the covariance, where it is positive.
    corrected = max(covariance - 1 / (2 * n), 0) if covariance > 1e-12 else covariance
    phi = corrected / spread if spread else 0.0
    below = np.sqrt(max((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2, 0))
    above = np.sqrt(max((p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2, 0))
    found = paired_difference(first, second)
    assert found.value == pytest.approx(p1 - p2, abs=1e-12)
    expected = max(p1 - p2 - below, -1), min(p1 - p2 + above, 1)
    assert (found.interval.low, found.interval.high) == pytest.approx(expected, abs=1e-9)


@drawn
@given(st.integers(0, 40), st.integers(0, 40))
def test_the_sign_test_is_that_of_statsmodels(wins, losses):
    signs = np.repeat([1.0, -1.0], [wins, losses])
    expected = statsmodels_sign_test(signs)[1] if len(signs) else 1.0
    assert sign_test(wins, losses) == pytest.approx(expected, rel=1e-9)


@drawn
@given(counts, counts)
def test_fishers_test_sums_all_tables_that_are_no_likelier(one, other):
    (k1, n1), (k2, n2) = one, other
    ways = [comb(n1, k) * comb(n2, k1 + k2 - k) for k in range(k1 + k2 + 1)]
    expected = Fraction(sum(way for way in ways if way <= ways[k1]), comb(n1 + n2, k1 + k2))
    assert fisher(k1, n1, k2, n2) == pytest.approx(float(expected), rel=1e-9)


@drawn
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holms_correction_is_that_of_statsmodels(p_values):
    gc.freeze()  # statsmodels collects garbage in every call, among all that the tests have made so far
    expected = multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(holm(np.array(p_values)), expected, rtol=1e-12)
    np.testing.assert_allclose(holm(p_values), expected, rtol=1e-12)


# Survival


@drawn
@given(runs)
def test_kaplan_and_meiers_curve_and_its_interval_are_those_of_lifelines(sample):
    times, observed = _split(sample)
    found = kaplan_meier(times, observed.astype(int))
    fitted = KaplanMeierFitter().fit(times, observed)
    at = found.times
    assert at.tolist() == sorted(set(times.tolist()))
    share = fitted.survival_function_at_times(at).to_numpy()
    np.testing.assert_allclose(found.probability, share, atol=1e-12)
    ends = fitted.confidence_interval_.loc[at].to_numpy()
    certain = (share > 0) & (share < 1)  # elsewhere Greenwood's variance says nothing, and ours is Wilson's
    np.testing.assert_allclose(found.low[certain], ends[certain, 0], atol=1e-9)
    # Ours never rises again: a run that is solved leaves fewer, which widens lifelines' interval upwards.
    high = np.where(certain, ends[:, 1], found.high)
    np.testing.assert_allclose(found.high[certain], np.minimum.accumulate(high)[certain], atol=1e-9)


@drawn
@given(runs)
def test_the_median_is_the_first_time_at_which_the_share_is_one_half_in_exact_arithmetic(sample):
    # Not lifelines' own: where the share is one half, rounding decides there.
    share, expected = Fraction(1), None
    for moment in sorted({time for time, _ in sample}):
        at_risk = sum(time >= moment for time, _ in sample)
        share *= 1 - Fraction(sum(done and time == moment for time, done in sample), at_risk)
        if expected is None and share <= Fraction(1, 2):
            expected = moment
    assert median_time(kaplan_meier(*_split(sample)))[0] == expected


def test_the_interval_of_a_median_is_that_of_lifelines():
    rng = np.random.default_rng(0)
    solved = rng.exponential(10, 60)
    times, observed = np.minimum(solved, 15), solved < 15
    ends = median_survival_times(KaplanMeierFitter().fit(times, observed).confidence_interval_).to_numpy().ravel()
    assert median_time(kaplan_meier(times, observed.astype(np.uint8)))[1:] == tuple(ends.tolist())


@drawn
@given(runs, runs)
def test_the_logrank_test_is_that_of_lifelines(one, other):
    first, second = _split(one), _split(other)
    expected = logrank_test(first[0], second[0], first[1], second[1])
    found = logrank(first[0], first[1].astype(int), second[0], second[1].astype(float))
    if np.isfinite(expected.test_statistic) and found < 1:
        assert found == pytest.approx(expected.p_value, rel=1e-6, abs=1e-12)
    else:  # nothing was solved while both could have been: no evidence
        assert found == 1
        assert not expected.test_statistic > 1e-6


@drawn
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.integers(1, 9), st.booleans()), min_size=2, max_size=25))
def test_the_wins_of_pairs_are_the_stratified_logrank_statistic_of_statsmodels(pairs):
    first, first_observed, second, second_observed = map(np.array, zip(*pairs, strict=True))
    wins, losses = pair_wins(first, first_observed.astype(int), second, second_observed.astype(int))
    if wins + losses:
        statistic, _ = survdiff(
            np.r_[first, second],
            np.r_[first_observed, second_observed].astype(int),
            np.repeat([0, 1], len(pairs)),
            strata=np.tile(np.arange(len(pairs)), 2),
        )
        assert statistic == pytest.approx((wins - losses) ** 2 / (wins + losses))


# Regression


@drawn
@given(st.integers(0, 10**6))
def test_a_logistic_fit_is_that_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    design = np.hstack([np.ones((12, 1)), rng.normal(size=(12, 2))])
    trials = rng.integers(8, 40, 12)
    # One success and one failure or more in every cell: the most likely effects are finite.
    successes = np.clip(rng.binomial(trials, special.expit(design @ rng.normal(0, 0.7, 3))), 1, trials - 1)
    model = sm.GLM(np.stack([successes, trials - successes], axis=1), design, family=sm.families.Binomial()).fit(
        tol=1e-12
    )
    deviance, rates = fit(design, successes, trials)
    np.testing.assert_allclose(rates, model.fittedvalues, atol=1e-5)
    constant = special.gammaln(trials + 1) - special.gammaln(successes + 1) - special.gammaln(trials - successes + 1)
    assert deviance == pytest.approx(-2 * (model.llf - constant.sum()), rel=1e-6)


def test_tests_of_factors_and_interactions_are_those_of_nested_models_of_statsmodels():
    rng = np.random.default_rng(5)
    cells = [(a, b, c) for a in "xyz" for b in "pq" for c in (0, 1)]
    trials = np.full(len(cells), 40)
    successes = rng.binomial(trials, special.expit([0.8 * (a == "z") - 0.4 * (b == "q") * c for a, b, c in cells]))
    table = pd.DataFrame(cells, columns=list("abc")).assign(k=successes, n=trials)

    def deviance(formula):
        design = patsy.dmatrix(formula, table)
        return (
            sm.GLM(np.stack([table.k, table.n - table.k], axis=1), design, family=sm.families.Binomial()).fit().deviance
        )

    found = term_tests(cells, successes, trials)
    both = "C(a):C(b) + C(a):C(c) + C(b):C(c)"
    for term, freedom, without, whole in (
        ((0,), 2, "C(b) + C(c)", "C(a) + C(b) + C(c)"),
        ((2,), 1, "C(a) + C(b)", "C(a) + C(b) + C(c)"),
        ((0, 1), 2, "C(a) + C(b) + C(c) + C(a):C(c) + C(b):C(c)", f"C(a) + C(b) + C(c) + {both}"),
        ((0, 1, 2), 2, f"C(a) + C(b) + C(c) + {both}", None),
    ):
        # A deviance is that from the saturated model, which has the triple.
        expected = stats.chi2.sf(deviance(without) - (deviance(whole) if whole else 0), freedom)
        assert found[term] == pytest.approx(expected, rel=1e-3)


def test_with_many_networks_the_penalised_curve_is_the_plain_one_of_statsmodels():
    x, trials = np.log([1.0, 2, 3, 4, 8]), np.full(5, 10**7)
    successes = np.round(trials * special.expit(-2 + 2.5 * x) + np.array([4e4, -3e4, 2e4, 1e4, -5e3])).astype(int)
    model = sm.GLM(
        np.stack([successes, trials - successes], axis=1), sm.add_constant(x), family=sm.families.Binomial()
    ).fit()
    np.testing.assert_allclose(
        fit_penalised(x, successes[None].astype(float), trials.astype(float))[0], model.params, rtol=1e-5
    )


def test_local_regression_is_weighted_least_squares_of_statsmodels():
    rng = np.random.default_rng(2)
    x, y = np.sort(rng.random(9)), rng.random(9)
    found = local_quadratic(x, np.array([0.3, 0.7]), 0.2) @ y
    for at, value in zip((0.3, 0.7), found, strict=True):
        design = np.column_stack([np.ones(9), x - at, (x - at) ** 2])
        weights = np.exp(-(((x - at) / 0.2) ** 2) / 2)
        assert value == pytest.approx(sm.WLS(y, design, weights=weights).fit().params[0], rel=1e-6)
