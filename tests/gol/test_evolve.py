"""Evolution: against a set-based simulator on random rules, sizes and topologies, and against published vectors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from set_life import evolve_set

import gol
from gol.evolve import packing_pays
from gol.packed import evolve_packed
from gol.plain import evolve_plain

COUNTS = st.frozensets(st.integers(0, 8))
BOTH_WAYS = {"plain": evolve_plain, "packed": evolve_packed}


# XLA compiles once for each shape, rule and topology, and that is what an example costs.
@settings(max_examples=15, deadline=None)
@given(
    shape=st.sampled_from([(2, 3, 3), (9, 4, 31), (3, 33), (12, 5, 32), (1, 7, 70), (2, 2, 6, 64), (8, 3, 65)]),
    birth=COUNTS,
    survival=COUNTS,
    topology=st.sampled_from(["torus", "plane"]),
    generations=st.integers(0, 5),
    seed=st.integers(0, 2**31),
)
def test_any_rule_on_any_board_agrees_with_the_set_simulator(shape, birth, survival, topology, generations, seed):
    boards = np.random.default_rng(seed).integers(0, 2, shape).astype(np.uint8)
    by_sets = [evolve_set(b, generations, birth, survival, topology) for b in boards.reshape(-1, *shape[-2:])]
    for name, way in BOTH_WAYS.items():
        after = np.asarray(way(boards, generations, gol.Rule(birth, survival), topology))
        np.testing.assert_array_equal(after, np.reshape(by_sets, shape), err_msg=name)


@pytest.mark.thorough(but=4)
@pytest.mark.parametrize("topology", ["torus", "plane"])
@pytest.mark.parametrize("width", [3, 8, 31, 32, 33, 63, 64, 65, 96, 300])
@pytest.mark.parametrize("batch", [(), (2, 5)])
def test_packed_and_plain_agree_bit_by_bit(batch, width, topology):
    boards = gol.random_boards(jax.random.key(width), (*batch, 11, width), 0.4)
    rule = gol.parse_rule("B0235/S0168")  # with births from nothing, so that a leak past the edge would show
    plain, packed = (np.asarray(way(boards, 6, rule, topology)) for way in BOTH_WAYS.values())
    np.testing.assert_array_equal(plain, packed)


def test_the_front_door_gives_the_same_whichever_way_it_takes():
    boards = gol.random_boards(jax.random.key(9), (8, 16, 16), 0.4)
    assert not packing_pays(boards.shape, 1)
    assert packing_pays(boards.shape, 10)
    one_by_one = boards
    for _ in range(10):
        one_by_one = gol.step(one_by_one)
    np.testing.assert_array_equal(np.asarray(gol.evolve(boards, 10)), np.asarray(one_by_one))


def test_the_8x8_torus_of_a179409_repeats_its_populations_after_24_generations():
    board = np.zeros((8, 8), np.uint8)
    for y, row in enumerate(["..O...", ".O..O.", "..O..O", "....O."]):
        for x, cell in enumerate(row):
            board[y, x] = cell == "O"
    populations = [int(gol.evolve(board, generation).sum()) for generation in range(48)]
    published = [6, 6, 6, 8, 10, 12, 16, 18, 20, 26, 26, 28, 30, 22, 26, 16, 20, 18, 18, 20, 16, 20, 10, 8]
    assert populations == published * 2


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.bool_])
def test_the_dtype_stays_and_any_nonzero_integer_is_alive(dtype):
    board = np.zeros((5, 5), dtype)
    board[2, 1:4] = 7
    after = gol.step(board)
    assert after.dtype == dtype
    np.testing.assert_array_equal(np.asarray(after).astype(int)[:, 2], [0, 1, 1, 1, 0])


def test_it_works_inside_jit_and_vmap_with_any_axes_in_front():
    boards = gol.random_boards(jax.random.key(1), (2, 3, 9, 11), 0.4)
    directly = gol.evolve(boards, 3, "B36/S23", "plane")
    inside = jax.jit(jax.vmap(lambda some: gol.evolve(some, 3, "B36/S23", "plane")))(boards)
    one_by_one = jnp.stack([jnp.stack([gol.evolve(b, 3, "B36/S23", "plane") for b in some]) for some in boards])
    np.testing.assert_array_equal(np.asarray(directly), np.asarray(inside))
    np.testing.assert_array_equal(np.asarray(directly), np.asarray(one_by_one))


@pytest.mark.parametrize(
    ("boards", "generations", "topology", "sentence"),
    [
        (np.zeros((2, 9), np.uint8), 1, "torus", "at least 3"),
        (np.zeros((9, 2), np.uint8), 1, "plane", "at least 3"),
        (np.full((9, 9), 0.5, np.float32), 1, "torus", "boards of float32 hold exactly 0 and 1"),
        (np.zeros((9, 9), np.uint8), -1, "torus", "not -1"),
        (np.zeros((9, 9), np.uint8), 2**31, "torus", "0 to 2147483647 generations at a time"),
        (np.zeros((9, 9), np.uint8), 2**80, "torus", "a number of 81 bits"),
        (np.zeros((9, 9), np.uint8), 1, "sphere", "'sphere' is unknown"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(boards, generations, topology, sentence):
    with pytest.raises(gol.InputError, match=sentence):
        gol.evolve(boards, generations, topology=topology)
