"""Success against several factors at once: logistic regression, and a test of each factor and each interaction."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int
from scipy import special, stats

from gol.errors import InputError

RIDGE = 1e-6  # too weak to move a rate, but where all fail it keeps the log-odds finite
STEPS = 100
Term = tuple[int, ...]  # the places of its factors: one for a main effect, two or more for an interaction


def term_tests(
    cells: Sequence[Sequence[object]], successes: Int[np.ndarray, " cells"], trials: Int[np.ndarray, " cells"]
) -> dict[Term, float]:
    """Test every factor, and every interaction of factors, of a full factorial design.

    A term of k factors is left out of the logistic model that holds all terms of at most k factors; the statistic is
    the rise of the deviance, held against chi squared. So a factor is tested beside the other factors (on the average
    over them), and an interaction beside everything that is simpler or as simple. McCullagh and Nelder (1989),
    Generalized Linear Models, sections 4.4 and 3.5.

    Args:
        cells: the level of every factor in each cell.
        successes: in each cell.
        trials: in each cell, 1 or more.

    Returns:
        The two-sided p-value of each term, not corrected; main effects first.

    Raises:
        InputError: if a factor has one level only, a combination of levels is missing, or a count cannot be.
    """
    if not np.all((successes >= 0) & (successes <= trials) & (trials >= 1)):
        raise InputError(f"successes lie within 0 and the trials, not {successes.tolist()} of {trials.tolist()}")
    factors = range(len(cells[0]))
    terms = [term for order in factors for term in combinations(factors, order + 1)]
    columns = {term: _columns(cells, term) for term in terms}
    whole = _design(list(columns.values()), len(cells))
    if any(not columns[factor,].size for factor in factors) or np.linalg.matrix_rank(whole) < whole.shape[1]:
        raise InputError(
            f"{len(cells)} cells are no full factorial: every factor needs two levels, and all have to meet."
        )
    p_values = {}
    for term in terms:
        beside = [other for other in terms if len(other) <= len(term)]
        full = fit(_design([columns[other] for other in beside], len(cells)), successes, trials)[0]
        left = fit(_design([columns[other] for other in beside if other != term], len(cells)), successes, trials)[0]
        p_values[term] = float(stats.chi2.sf(max(left - full, 0.0), columns[term].shape[1]))
    return p_values


def fit(
    design: Float[np.ndarray, "cells effects"],
    successes: Int[np.ndarray, " cells"],
    trials: Int[np.ndarray, " cells"],
) -> tuple[float, Float[np.ndarray, " cells"]]:
    """Maximum likelihood of a logistic model, by Newton's method.

    Args:
        design: one row per cell; the log-odds of success are the design times the effects.
        successes: in each cell.
        trials: in each cell.

    Returns:
        The deviance but for a constant, -2 log likelihood, and the fitted rates.
    """
    effects = np.zeros(design.shape[1])
    value = _loss(design, successes, trials, effects)
    for _ in range(STEPS):
        rates = special.expit(design @ effects)
        slope = design.T @ (trials * rates - successes) + RIDGE * effects
        curvature = design.T @ ((trials * rates * (1 - rates))[:, None] * design) + RIDGE * np.eye(len(effects))
        step = np.linalg.solve(curvature, slope)
        # Where a full step goes too far, half of it goes down: the loss is convex.
        while (after := _loss(design, successes, trials, effects - step)) > value and np.abs(step).max() > 1e-9:
            step = step / 2
        effects, before, value = effects - step, value, after
        if before - value < 1e-10:
            break
    rates = special.expit(design @ effects)
    return 2 * (value - RIDGE * float(effects @ effects) / 2), rates


def _loss(design: np.ndarray, successes: np.ndarray, trials: np.ndarray, effects: np.ndarray) -> float:
    odds = design @ effects
    likelihood = float(np.sum(trials * np.logaddexp(0, odds) - successes * odds))
    return likelihood + RIDGE * float(effects @ effects) / 2


def _design(columns: Sequence[np.ndarray], cells: int) -> Float[np.ndarray, "cells effects"]:
    return np.hstack([np.ones((cells, 1)), *columns])


def _columns(cells: Sequence[Sequence[object]], term: Term) -> Float[np.ndarray, "cells effects"]:
    """The columns of a term: for an interaction, all products of its factors' columns."""
    found = np.ones((len(cells), 1))
    for factor in term:
        own = _dummies([cell[factor] for cell in cells])
        found = (found[:, :, None] * own[:, None, :]).reshape(len(cells), -1)
    return found


def _dummies(levels: Sequence[object]) -> Float[np.ndarray, "cells effects"]:
    """One column per level but the first."""
    distinct = list(dict.fromkeys(levels))
    return np.array([[float(level == other) for other in distinct[1:]] for level in levels]).reshape(len(levels), -1)
