from itertools import product

import numpy as np
import pytest
from scipy import special, stats

from gol.errors import InputError
from lottery.statistics.factors import fit, term_tests

CELLS = list(product("ab", "xyz", (8, 16)))
TRIALS = np.full(len(CELLS), 32)


def test_one_factor_is_the_g_test_of_its_table():
    # With nobody else to blame, the likelihood ratio is that of the 2 x 2 table.
    found = term_tests([("a",), ("b",)], np.array([9, 20]), np.array([40, 40]))
    table = [[9, 31], [20, 20]]
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
    assert found == {(0,): pytest.approx(expected, rel=1e-4)}


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
    found = term_tests(CELLS, rng.binomial(TRIALS, rates), TRIALS)
    assert list(found) == [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    assert found.pop((0,)) < 1e-6
    assert min(found.values()) > 0.05


@pytest.mark.parametrize("factors", [(0, 2), (0, 1), (0, 1, 2)])
def test_an_interaction_is_found_where_its_factors_do_more_than_add_up(factors):
    signs = {0: {"a": -1, "b": 1}, 1: {"x": -1, "y": 1, "z": 0}, 2: {8: -1, 16: 1}}
    odds = [1.0 * np.prod([signs[factor][cell[factor]] for factor in factors]) for cell in CELLS]
    found = term_tests(CELLS, np.round(320 * special.expit(odds)).astype(int), 10 * TRIALS)
    assert found.pop(factors) < 1e-6
    assert min(found.values()) > 0.5


def test_p_values_are_uniform_where_nothing_matters():
    rng = np.random.default_rng(0)
    p_values = np.array(
        [list(term_tests(CELLS, rng.binomial(32, 0.5, len(CELLS)), TRIALS).values()) for _ in range(60)]
    )
    assert 0.01 < np.mean(p_values < 0.05) < 0.1


def test_a_level_that_never_succeeds_is_no_trouble():
    successes = np.array([0 if cell[0] == "a" else 16 for cell in CELLS])
    found = term_tests(CELLS, successes, TRIALS)
    assert found.pop((0,)) < 1e-10
    assert min(found.values()) > 0.99


@pytest.mark.parametrize(
    "cells", [[("a", 1), ("b", 1)], [("a", 1), ("b", 2)], [("a", 1), ("b", 1), ("a", 2)], [("a",), ("a",)]]
)
def test_cells_that_are_no_full_factorial_are_refused(cells):
    with pytest.raises(InputError, match="no full factorial"):
        term_tests(cells, np.ones(len(cells), int), np.full(len(cells), 4))


@pytest.mark.parametrize(("successes", "trials"), [([5, 1], [4, 4]), ([-1, 1], [4, 4]), ([0, 1], [0, 4])])
def test_counts_that_cannot_be_are_refused(successes, trials):
    with pytest.raises(InputError, match="successes lie within"):
        term_tests([("a",), ("b",)], np.array(successes), np.array(trials))
