"""Success against several factors at once: logistic regression on main effects, and a test of each factor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import special, stats

from gol.errors import InputError

RIDGE = 1e-6  # too weak to move a rate, but where all fail it keeps the log-odds finite
STEPS = 100


@dataclass(frozen=True, eq=False)
class FactorTests:
    """What a fit of main effects says.

    Attributes:
        p_values: one per factor, two-sided, of the hypothesis that its levels make no difference.
        dispersion: Pearson's statistic over its degrees of freedom: far above 1, factors do not act independently.
    """

    p_values: Float[np.ndarray, " factors"]
    dispersion: float


def factor_tests(
    cells: Sequence[Sequence[object]], successes: Int[np.ndarray, " cells"], trials: Int[np.ndarray, " cells"]
) -> FactorTests:
    """Test every factor by what the fit loses without it, all others kept.

    The log-odds of success are a sum of one effect per factor (main effects). A factor's statistic is the rise of the
    deviance when it is left out. Where the cells scatter more about the full fit than binomial counts would (dispersion
    above 1), the statistic is divided by the dispersion and held against the F distribution, else against chi squared:
    quasi-likelihood, McCullagh and Nelder (1989), Generalized Linear Models, section 4.5.

    Args:
        cells: the level of every factor in each cell.
        successes: in each cell.
        trials: in each cell, 1 or more.

    Raises:
        InputError: if a factor has one level only, cells are too few for the effects, or a count cannot be.
    """
    if not np.all((successes >= 0) & (successes <= trials) & (trials >= 1)):
        raise InputError(f"successes lie within 0 and the trials, not {successes.tolist()} of {trials.tolist()}")
    columns = [_dummies([cell[factor] for cell in cells]) for factor in range(len(cells[0]))]
    constant = np.ones((len(cells), 1))
    design = np.hstack([constant, *columns])
    left = len(cells) - design.shape[1]
    if any(column.shape[1] == 0 for column in columns) or left < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError(
            f"{len(cells)} cells do not tell {design.shape[1]} effects apart: every factor needs two levels, and there "
            "have to be more cells than effects."
        )
    deviance, rates = fit(design, successes, trials)
    # A cell whose fitted rate is 0 or 1 and whose networks agree adds nothing.
    spread = np.maximum(trials * rates * (1 - rates), 1e-9)
    dispersion = float(np.sum((successes - trials * rates) ** 2 / spread) / left)
    p_values = []
    for factor, column in enumerate(columns):
        others = [other for place, other in enumerate(columns) if place != factor]
        rise, freedom = fit(np.hstack([constant, *others]), successes, trials)[0] - deviance, column.shape[1]
        rise = max(rise, 0.0)
        p_values.append(
            stats.f.sf(rise / freedom / dispersion, freedom, left) if dispersion > 1 else stats.chi2.sf(rise, freedom)
        )
    return FactorTests(np.array(p_values), dispersion)


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


def _dummies(levels: Sequence[object]) -> Float[np.ndarray, "cells effects"]:
    """One column per level but the first."""
    distinct = list(dict.fromkeys(levels))
    return np.array([[float(level == other) for other in distinct[1:]] for level in levels]).reshape(len(levels), -1)
