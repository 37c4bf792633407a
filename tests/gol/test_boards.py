"""Random boards: densities, independence of the draw from the shape's meaning, and what is refused."""

import jax
import jax.extend
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chi2

import gol
from gol.boards import OWN_BITS, ROUNDS, threefry


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


@pytest.mark.parametrize("density", [0.5, 0.3])
def test_cells_do_not_depend_on_their_neighbours(density):
    """Right, below, diagonally, in the next word, its last bit, the next board, and the boards of the next key."""
    shape = (300, 64, 96)
    boards, others = (np.asarray(gol.random_boards(jax.random.key(seed), shape, density)) - density for seed in (2, 3))
    shifts = [(0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 0, 32), (0, 0, 31), (0, 0, 2), (1, 0, 0)]
    pairs = [np.roll(boards, shift, (0, 1, 2)) for shift in shifts] + [others]
    correlations = [(boards * pair).mean() / (density * (1 - density)) for pair in pairs]
    assert np.abs(correlations).max() < 4.5 / np.sqrt(boards.size)


@pytest.mark.parametrize("density", [0.5, 0.11])
def test_blocks_of_cells_are_as_frequent_as_those_of_independent_cells(density):
    """Pearson's chi-square over the 512 blocks of 3 x 3, which are what networks of one step learn from."""
    boards = np.asarray(gol.random_boards(jax.random.key(11), (400, 96, 96), density))
    blocks = boards.reshape(400, 32, 3, 32, 3).transpose(0, 1, 3, 2, 4).reshape(-1, 9)
    found = np.bincount(blocks @ (1 << np.arange(9)), minlength=512)
    alive = np.array([code.bit_count() for code in range(512)])
    expected = len(blocks) * density**alive * (1 - density) ** (9 - alive)
    enough = expected >= 5  # the rest makes one bin
    found = np.append(found[enough], found[~enough].sum())
    expected = np.append(expected[enough], expected[~enough].sum())
    used = expected > 0
    statistic = ((found - expected)[used] ** 2 / expected[used]).sum()
    assert chi2.ppf(1e-4, used.sum() - 1) < statistic < chi2.ppf(1 - 1e-4, used.sum() - 1)


def test_threefry_is_jax_s_own():
    key, counter = jnp.asarray([123, 456], jnp.uint32), jnp.arange(20, dtype=jnp.uint32)
    ours = jnp.concatenate(threefry((key[0], key[1]), (counter[:10], counter[10:])))
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(jax.extend.random.threefry_2x32(key, counter)))


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x9D1C5EC6, 0x8BD50731)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0xFD36D048, 0x2D17272C)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xBA3E4725, 0xF27D669E)),
    ],
)
def test_threefry_of_13_rounds_gives_the_known_answers(counter, key, words):
    """The lines `threefry2x32 13` of tests/kat_vectors in Random123."""
    key, counter = (tuple(jnp.asarray(word, jnp.uint32) for word in pair) for pair in (key, counter))
    assert tuple(int(word) for word in threefry(key, counter, rounds=13)) == words


def test_a_flipped_bit_of_counter_or_key_flips_every_bit_of_the_words_half_the_time():
    count = 4096
    bits = np.random.default_rng(0).integers(0, 2**32, (4, count), np.uint32)
    flips = np.zeros((4, 128, 1), np.uint32)
    flips[np.arange(128) // 32, np.arange(128), 0] = np.uint32(1) << np.arange(128, dtype=np.uint32) % 32

    one = jax.jit(jax.vmap(lambda key, counter: jnp.stack(threefry(tuple(key), tuple(counter), ROUNDS))))

    def words(values: np.ndarray) -> np.ndarray:
        key, counter = values.reshape(2, 2, -1).transpose(0, 2, 1)
        return np.asarray(one(key, counter)).T.reshape(2, *values.shape[1:])

    changed = words(bits[:, None] ^ flips) ^ words(bits[:, None])
    share = ((changed[..., None] >> np.arange(32, dtype=np.uint32)) & 1).mean(2)  # (2 words, 128 flips, 32 bits)
    # 8192 shares, each with a standard deviation of 1/128: the largest of as many normal ones is 3.9 of them away.
    assert np.abs(share - 0.5).max() < 5.5 * 0.5 / np.sqrt(count)
    assert abs(share.mean() - 0.5) < 5 * 0.5 / np.sqrt(count * share.size)


@pytest.mark.parametrize("density", [1 / 65536, 1.5 * 2.0**-OWN_BITS, 0.001, 0.5, 0.7, 65535 / 65536])
def test_densities_are_met_without_rounding_on_odd_widths(density):
    mean = np.asarray(gol.random_boards(jax.random.key(7), (60, 331, 333), density)).mean()
    assert abs(mean - density) < 5 * np.sqrt(density * (1 - density) / (60 * 331 * 333))


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
