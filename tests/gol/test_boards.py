"""Random boards: densities, independence of the draw from the shape's meaning, and what is refused."""

import jax
import numpy as np
import pytest

import gol


def test_a_fixed_density_is_the_share_of_live_cells():
    boards = np.asarray(gol.random_boards(jax.random.key(0), (400, 50, 50), 0.38))
    assert boards.dtype == np.uint8
    assert set(np.unique(boards)) == {0, 1}
    assert abs(boards.mean() - 0.38) < 5 * np.sqrt(0.38 * 0.62 / boards.size)


@pytest.mark.parametrize("density", [0.0, 1.0])
def test_the_ends_of_the_range_are_exact(density):
    assert (np.asarray(gol.random_boards(jax.random.key(0), (300, 64, 64), density)) == density).all()


def test_without_a_density_each_board_draws_its_own_from_the_unit_interval():
    densities = np.asarray(gol.random_boards(jax.random.key(1), (4000, 32, 32))).mean((1, 2))
    # Of 4000 uniform draws each tenth of the interval gets 400, with a standard deviation of 19.
    assert np.abs(np.histogram(densities, bins=10, range=(0, 1))[0] - 400).max() < 95


def test_cells_do_not_depend_on_their_neighbours():
    boards = np.asarray(gol.random_boards(jax.random.key(2), (500, 40, 40), 0.5)).astype(float) - 0.5
    for shifted in (np.roll(boards, 1, 1), np.roll(boards, 1, 2), np.roll(boards, 2, 2), np.roll(boards, 1, 0)):
        assert abs((boards * shifted).mean()) < 5 * 0.25 / np.sqrt(boards.size)


def test_one_key_gives_one_board_and_another_key_another():
    first, again, other = (gol.random_boards(jax.random.key(seed), (32, 32), 0.5) for seed in (0, 0, 1))
    assert (first == again).all()
    assert not (first == other).all()


@pytest.mark.parametrize(("shape", "density"), [((9, 9), -0.1), ((9, 9), 1.1), ((9, 9), float("nan")), ((9,), 0.5)])
def test_impossible_requests_are_refused(shape, density):
    with pytest.raises(gol.InputError):
        gol.random_boards(jax.random.key(0), shape, density)
