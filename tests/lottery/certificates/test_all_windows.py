"""The tables over rows of cells against the network itself, inside, at edges and in corners."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from helpers import on_device, random_parameters

import gol
from lottery.certificates import all_windows
from lottery.certificates.all_windows import _row_tables, block_answers, check_all, picture, second_rows_together
from lottery.networks.lifenet import LifeNet, logits
from lottery.networks.neighbourhoods import NEIGHBOURHOODS

NET = LifeNet(steps=2, features=(3, 2))


def by_tables(params, cells, rows_in=(0, 1, 2), columns_in=(0, 1, 2)):
    """Logit and next cell of 5x5 windows (n, 5, 5) from the tables that the proof adds up."""
    table = gol.truth_table("B3/S23").astype(bool)
    sums, lives = _row_tables(params, table, "relu", rows_in, columns_in)
    rows = cells.reshape(-1, 5, 5) @ (1 << np.arange(4, -1, -1))
    triples = [rows[:, i] << 10 | rows[:, i + 1] << 5 | rows[:, i + 2] for i in range(3)]
    hidden = np.maximum(sum(sums[i][triples[i]] for i in range(3)), 0)
    second, readout = params["block1_1x1"], params["readout"]
    x = np.maximum(hidden @ second["kernel"][0, 0] + second["bias"], 0)
    alive = table[lives[0][triples[0]] << 6 | lives[1][triples[1]] << 3 | lives[2][triples[2]]]
    return (x @ readout["kernel"][0, 0] + readout["bias"])[:, 0], alive


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_tables_give_the_logits_of_the_network_on_windows(seed):
    params = random_parameters(NET, seed)
    cells = np.random.default_rng(seed).integers(0, 2, (4000, 5, 5))
    found, alive = by_tables(params, cells)
    valid = LifeNet(steps=2, features=(3, 2), padding="valid")
    expected = logits(valid, on_device(params), jnp.asarray(cells, jnp.float32))[:, 0, 0]
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-4)
    after = gol.evolve(np.pad(cells, ((0, 0), (2, 2), (2, 2))).astype(np.uint8), 2)[:, 4, 4]
    np.testing.assert_array_equal(alive, np.asarray(after, bool))


@pytest.mark.thorough(but=4)
@pytest.mark.parametrize(("rows_in", "columns_in"), list(itertools.product([(0, 1, 2), (1, 2), (0, 1)], repeat=2)))
def test_tables_give_the_logits_at_the_edges_and_corners_of_a_zero_padded_board(rows_in, columns_in):
    params = random_parameters(NET, 4)
    net = LifeNet(steps=2, features=(3, 2), padding="zero")
    boards = np.random.default_rng(5).integers(0, 2, (300, 6, 6))
    y, x = ({(0, 1, 2): 3, (1, 2): 0, (0, 1): 5}[inside] for inside in (rows_in, columns_in))
    windows = np.pad(boards, ((0, 0), (2, 2), (2, 2)))[:, y : y + 5, x : x + 5]
    found, alive = by_tables(params, windows, rows_in, columns_in)
    expected = logits(net, on_device(params), jnp.asarray(boards, jnp.float32))[:, y, x]
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-4)
    after = gol.evolve(boards.astype(np.uint8), 2, topology="plane")[:, y, x]
    np.testing.assert_array_equal(alive, np.asarray(after, bool))


@pytest.mark.thorough
def test_wrong_windows_are_as_frequent_as_on_random_windows():
    params = random_parameters(NET, 6)
    table = gol.truth_table("B3/S23").astype(bool)
    found = check_all(params, "torus", table)
    assert found.checked == 2**25
    cells = np.random.default_rng(7).integers(0, 2, (40_000, 5, 5))
    logit, alive = by_tables(params, cells)
    share = np.mean((logit > 0) != alive)
    assert 0.02 < share < 0.98
    assert found.wrong / 2**25 == pytest.approx(share, abs=5 * (share * (1 - share) / 40_000) ** 0.5)


def test_block_answers_are_the_block():
    params = random_parameters(NET, 8)
    patterns = np.asarray(NEIGHBOURHOODS)
    first, second = params["block0_3x3"], params["block0_1x1"]
    hidden = np.maximum(np.einsum("nk,ka->na", patterns, first["kernel"].reshape(9, 3)) + first["bias"], 0)
    expected = np.maximum(hidden @ second["kernel"][0, 0] + second["bias"], 0)
    np.testing.assert_allclose(block_answers(params, 0, patterns[:, :, None]), expected, rtol=1e-5, atol=1e-6)


def test_picture_of_a_code_has_its_top_bit_first():
    assert picture(0b100_010_011, 3) == "O..\n.O.\n.OO"
    code = int(gol.neighbourhood_codes(np.array([[1, 0, 0], [0, 1, 0], [0, 1, 1]], np.uint8), "plane")[1, 1])
    assert code == 0b100_010_011


def test_an_accelerator_takes_as_many_windows_together_as_a_gigabyte_of_answers_holds():
    assert [second_rows_together(32, features) for features in (2, 48, 512, 2048, 100_000)] == [32, 32, 16, 4, 1]
    assert second_rows_together(8, 2) == 8


@pytest.mark.thorough
@pytest.mark.parametrize("rows", [4, 1])
def test_windows_taken_together_are_counted_as_those_taken_one_row_after_the_other(monkeypatch, rows):
    params, table = random_parameters(NET, 0), gol.truth_table("B3/S23").astype(bool)
    alone = check_all(params, "zero", table)
    monkeypatch.setattr(all_windows, "on_accelerator", lambda: True)
    monkeypatch.setattr(all_windows, "ANSWERS", rows * 2**15 * 3)
    together = check_all(params, "zero", table)
    assert (together.checked, together.wrong, together.example) == (alone.checked, alone.wrong, alone.example)
    assert together.margin == pytest.approx(alone.margin, rel=1e-4)
