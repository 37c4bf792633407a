import numpy as np
import pytest

from gol.errors import InputError
from lottery.statistics.peaks import find_peak, local_quadratic

X = np.array([0.1, 0.2, 0.25, 0.3, 0.34, 0.38, 0.42, 0.46, 0.5, 0.6])


def _bump(at, height=0.5, width=0.12):
    return height * np.exp(-(((X - at) / width) ** 2) / 2)


def test_a_parabola_is_smoothed_to_itself():
    grid = np.linspace(0.1, 0.6, 11)
    values = local_quadratic(X, grid, 0.1) @ (1 + 2 * X - 3 * X**2)
    np.testing.assert_allclose(values, 1 + 2 * grid - 3 * grid**2, atol=1e-12)


def test_a_wide_bandwidth_is_one_parabola_through_all():
    y = np.sin(9 * X)
    found = local_quadratic(X, X, 1e3) @ y
    np.testing.assert_allclose(found, np.polyval(np.polyfit(X, y, 2), X), atol=1e-4)


def test_a_narrow_bandwidth_follows_the_values():
    y = np.sin(40 * X)
    np.testing.assert_allclose(local_quadratic(X, X, 0.005) @ y, y, atol=1e-2)


@pytest.mark.parametrize("at", [0.3, 0.38, 0.45])
def test_the_peak_of_a_bump_is_found(at):
    trials = np.full(len(X), 100_000)
    peak = find_peak(X, np.round(_bump(at) * trials).astype(int), trials, bandwidth=0.1, resamples=200)
    assert peak.place == pytest.approx(at, abs=0.02)
    assert peak.height == pytest.approx(0.5, abs=0.05)
    assert peak.place_interval.high - peak.place_interval.low < 0.01


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    trials = np.full(len(X), 64)
    held = 0
    for seed in range(100):
        peak = find_peak(X, rng.binomial(64, _bump(0.38)), trials, bandwidth=0.1, resamples=300, seed=seed)
        held += peak.place_interval.low <= 0.38 <= peak.place_interval.high
    assert held >= 88


def test_a_flat_curve_has_a_peak_that_could_be_anywhere():
    peak = find_peak(X, np.full(len(X), 20), np.full(len(X), 64), bandwidth=0.1)
    assert peak.place_interval.high - peak.place_interval.low > 0.3


def test_no_success_is_no_peak():
    assert find_peak(X, np.zeros(len(X), int), np.full(len(X), 64), bandwidth=0.1) is None


def test_too_few_places_are_refused():
    with pytest.raises(InputError, match="three places"):
        local_quadratic(np.array([0.1, 0.2, 0.2]), X, 0.1)
    with pytest.raises(InputError, match="bandwidth"):
        local_quadratic(X, X, 0.0)
