"""Neighbourhood codes and histograms, against a loop over the nine cells."""

import jax
import numpy as np
import pytest

import gol


def codes_by_loops(board, topology):
    height, width = board.shape
    codes = np.zeros((height, width), int)
    for y in range(height):
        for x in range(width):
            for bit, (dy, dx) in enumerate((dy, dx) for dy in (1, 0, -1) for dx in (1, 0, -1)):
                v, u = y + dy, x + dx
                inside = 0 <= v < height and 0 <= u < width
                if topology == "torus" or inside:
                    codes[y, x] += int(board[v % height, u % width]) << bit
    return codes


@pytest.mark.thorough(but=4)
@pytest.mark.parametrize("topology", ["torus", "plane"])
@pytest.mark.parametrize("shape", [(3, 3), (5, 9), (8, 32), (7, 33), (32, 32), (4, 70)])
def test_codes_and_histograms_are_those_of_the_nine_cells(shape, topology):
    board = np.asarray(gol.random_boards(jax.random.key(3), shape))
    expected = codes_by_loops(board, topology)
    np.testing.assert_array_equal(np.asarray(gol.neighbourhood_codes(board, topology)), expected)
    counted = np.bincount(expected.ravel(), minlength=512)
    np.testing.assert_array_equal(np.asarray(gol.neighbourhood_histogram(board, topology)), counted)


@pytest.mark.parametrize("topology", ["torus", "plane"])
def test_the_truth_table_at_the_codes_is_the_next_generation(topology):
    boards = gol.random_boards(jax.random.key(4), (3, 20, 21))
    for rule in ("B3/S23", "B36/S125", "B0/S8"):
        by_table = gol.truth_table(rule)[np.asarray(gol.neighbourhood_codes(boards, topology))]
        np.testing.assert_array_equal(by_table, np.asarray(gol.step(boards, rule, topology)))


def test_histograms_keep_the_axes_in_front_and_work_inside_jit_and_vmap():
    boards = gol.random_boards(jax.random.key(5), (2, 3, 32, 32))
    directly = np.asarray(gol.neighbourhood_histogram(boards))
    assert directly.shape == (2, 3, 512)
    assert (directly.sum(-1) == 32 * 32).all()
    inside = jax.jit(jax.vmap(gol.neighbourhood_histogram))(boards)
    np.testing.assert_array_equal(directly, np.asarray(inside))
