from itertools import product

import numpy as np
import pytest
from scipy import special, stats

from gol.errors import InputError
from lottery.statistics.factors import factor_tests, fit

CELLS = list(product("ab", "xyz", (8, 16)))


def test_one_factor_is_the_g_test_of_its_table():
    # With nobody else to blame, the likelihood ratio is that of the 2 x 2 table; the third cell repeats the second.
    cells, successes, trials = [("a",), ("b",), ("b",)], np.array([9, 10, 10]), np.array([40, 20, 20])
    found = factor_tests(cells, successes, trials)
    table = [[9, 31], [20, 20]]
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
    assert found.p_values[0] == pytest.approx(expected, rel=1e-4)
    assert found.dispersion == pytest.approx(0, abs=1e-6)


def test_a_saturated_fit_gives_the_rates_back():
    successes, trials = np.array([3, 12, 0]), np.array([10, 16, 8])
    deviance, rates = fit(np.eye(3), successes, trials)
    np.testing.assert_allclose(rates, [0.3, 0.75, 0], atol=1e-5)
    assert deviance == pytest.approx(
        -2 * (3 * np.log(0.3) + 7 * np.log(0.7) + 12 * np.log(0.75) + 4 * np.log(0.25)), rel=1e-5
    )


def test_a_factor_that_matters_is_found_and_the_others_are_not():
    rng = np.random.default_rng(3)
    rates = special.expit([1.5 * (cell[0] == "b") - 0.5 for cell in CELLS])
    found = factor_tests(CELLS, rng.binomial(32, rates), np.full(len(CELLS), 32))
    assert found.p_values[0] < 1e-6
    assert found.p_values[1:].min() > 0.05


def test_p_values_are_uniform_where_nothing_matters():
    rng = np.random.default_rng(0)
    trials = np.full(len(CELLS), 32)
    p_values = np.array([factor_tests(CELLS, rng.binomial(32, 0.5, len(CELLS)), trials).p_values for _ in range(100)])
    assert 0.01 < np.mean(p_values < 0.05) < 0.1


def test_cells_that_scatter_make_the_tests_cautious():
    trials = np.full(len(CELLS), 32)
    even = np.array([20 if cell[0] == "b" else 12 for cell in CELLS])
    ragged = even + np.array([9 if place % 3 == 0 else -4 for place in range(len(CELLS))])
    assert factor_tests(CELLS, even, trials).dispersion < 1
    calm, wild = factor_tests(CELLS, even, trials), factor_tests(CELLS, ragged, trials)
    assert wild.dispersion > 3
    assert wild.p_values[0] > 100 * calm.p_values[0]


def test_a_level_that_never_succeeds_is_no_trouble():
    successes = np.array([0 if cell[0] == "a" else 16 for cell in CELLS])
    found = factor_tests(CELLS, successes, np.full(len(CELLS), 32))
    assert found.p_values[0] < 1e-10
    assert np.isfinite(found.dispersion)


@pytest.mark.parametrize(
    "cells", [[("a", 1), ("b", 1), ("a", 1)], [("a", 1), ("b", 2), ("a", 1), ("b", 2)], [("a",), ("b",)]]
)
def test_cells_that_cannot_tell_the_effects_apart_are_refused(cells):
    with pytest.raises(InputError, match="do not tell"):
        factor_tests(cells, np.ones(len(cells), int), np.full(len(cells), 4))


@pytest.mark.parametrize(
    ("successes", "trials"), [([5, 1, 1], [4, 4, 4]), ([-1, 1, 1], [4, 4, 4]), ([0, 1, 1], [0, 4, 4])]
)
def test_counts_that_cannot_be_are_refused(successes, trials):
    with pytest.raises(InputError, match="successes lie within"):
        factor_tests([("a",), ("b",), ("b",)], np.array(successes), np.array(trials))
