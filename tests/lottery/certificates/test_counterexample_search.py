"""A search that finds windows which random boards hardly ever show, and random boards with the search behind them."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import on_device, random_parameters

import gol
from lottery.certificates.certificate import certify
from lottery.certificates.counterexample_search import least_sure_window, window_logits
from lottery.certificates.random_boards import BOARDS, SIDE
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet, logits
from lottery.runs.saved_networks import load_network

LIFE, HIGHLIFE = (np.asarray(gol.truth_table(gol.parse_rule(rule)), bool) for rule in ("B3/S23", "B36/S23"))
# Three steps, m=4: `scripts/replicate.py --claims depth`, seed 0, replicate 60,400,003 after 12,500 updates.
TRAINED = load_network(Path(__file__).parent / "right_on_boards.safetensors").params


def cells(picture):
    return np.array([[cell == "O" for cell in row] for row in picture.split("\n")], np.uint8)


@pytest.mark.thorough(but=3)
@pytest.mark.parametrize(
    "options",
    [
        {"steps": 1},
        {"steps": 2},
        {"steps": 3},
        {"steps": 3, "activation": "prelu"},
        {"steps": 1, "features": (4, 1), "readout": False},
    ],
)
def test_logits_of_windows_are_those_of_the_network(options):
    net = LifeNet(**{"width": 2, "padding": "valid", **options})
    params = on_device(random_parameters(net, 1))
    side = 2 * net.steps + 1
    windows = jax.random.bernoulli(jax.random.key(0), 0.4, (50, side, side)).astype(jnp.float32)
    found = window_logits(params, windows, net.activation)
    assert np.std(found) > 0
    np.testing.assert_allclose(found, logits(net, params, windows)[:, 0, 0], rtol=1e-5, atol=1e-5)


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_rule_is_the_one_that_is_asked_for(steps):
    """Hand-made networks are sure of every window by 20: a wrong one is where two rules part."""
    found = least_sure_window(handmade_parameters(steps, 2), HIGHLIFE)
    assert found.shape == (2 * steps + 1, 2 * steps + 1)
    board = np.pad(found, steps)
    life, highlife = (gol.evolve(board, steps, rule)[2 * steps, 2 * steps] for rule in ("B3/S23", "B36/S23"))
    assert life != highlife


@pytest.mark.thorough
@pytest.mark.usefixtures("optimised")
def test_a_network_that_is_right_on_all_boards_is_refuted_by_the_search():
    found = certify(TRAINED)
    assert (found.kind, found.exact, found.correct, found.agrees) == ("sampled", True, False, True)
    assert (found.checked, found.wrong, found.margin, found.error_rate_bound) == (BOARDS + 1, 1, 0, None)
    assert "all right, but a search" in found.explanation
    board = cells(found.example)
    assert board.shape == (SIDE, SIDE)
    answers = logits(LifeNet(steps=3, width=4), on_device(TRAINED), jnp.asarray(board, jnp.float32)[None])[0] > 0
    after = np.asarray(gol.evolve(board, 3), bool)
    middle = (SIDE - 7) // 2 + 3  # of the window of 7x7
    assert np.asarray(answers)[middle, middle] != after[middle, middle]


@pytest.mark.thorough
@pytest.mark.usefixtures("optimised")
def test_a_search_is_reproduced_from_its_seed():
    one, again, other = (least_sure_window(TRAINED, LIFE, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


@pytest.mark.thorough
def test_no_number_is_wrong_at_once():
    params = jax.tree.map(lambda leaf: np.full_like(leaf, np.nan), handmade_parameters(3, 2))
    assert least_sure_window(params, LIFE).shape == (7, 7)
