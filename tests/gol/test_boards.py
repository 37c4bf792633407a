"""Random boards: densities, independence of the draw from the shape's meaning, and what is refused."""

import jax
import jax.extend
import jax.numpy as jnp
import numpy as np
import pytest

import gol
from gol.boards import threefry


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


def test_threefry_is_jax_s_own():
    key, counter = jnp.asarray([123, 456], jnp.uint32), jnp.arange(20, dtype=jnp.uint32)
    ours = jnp.concatenate(threefry((key[0], key[1]), (counter[:10], counter[10:])))
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(jax.extend.random.threefry_2x32(key, counter)))


@pytest.mark.parametrize("density", [1 / 65536, 0.001, 0.5, 0.7, 65535 / 65536])
def test_small_and_large_densities_are_met_on_odd_widths(density):
    mean = np.asarray(gol.random_boards(jax.random.key(7), (60, 331, 333), density)).mean()
    assert abs(mean - density) < 5 * np.sqrt(density * (1 - density) / (60 * 331 * 333)) + 2.0**-17


def test_boards_can_be_drawn_inside_jit_and_vmap():
    keys = jax.random.split(jax.random.key(3), 4)
    together = jax.jit(jax.vmap(lambda key: gol.random_boards(key, (2, 9, 40))))(keys)
    one_by_one = jnp.stack([gol.random_boards(key, (2, 9, 40)) for key in keys])
    np.testing.assert_array_equal(np.asarray(together), np.asarray(one_by_one))


def test_one_key_gives_one_board_and_another_key_another():
    first, again, other = (gol.random_boards(jax.random.key(seed), (32, 32), 0.5) for seed in (0, 0, 1))
    assert (first == again).all()
    assert not (first == other).all()


@pytest.mark.parametrize(("shape", "density"), [((9, 9), -0.1), ((9, 9), 1.1), ((9, 9), float("nan")), ((9,), 0.5)])
def test_impossible_requests_are_refused(shape, density):
    with pytest.raises(gol.InputError):
        gol.random_boards(jax.random.key(0), shape, density)
