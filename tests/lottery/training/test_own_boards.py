"""Training on boards of one's own: of any shape, with any answers, from a pair of arrays or a function."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import TINY, assert_close, assert_same

import gol
from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.training.loop import _of_engine, train
from lottery.training.own_boards import own_boards

NET = LifeNet(width=2)
SHORT = replace(TINY, updates=100, bank_updates=50)
BOARDS = np.random.default_rng(0).integers(2, size=(24, 6, 10), dtype=np.uint8)
LIFE = np.asarray(gol.step(BOARDS))
LARGER = [np.zeros((2, 3, 3), np.uint8), np.zeros((2, 42, 10), np.uint8)]


def trained(data, settings=SHORT, net=NET):
    return train(net, settings, seed=0, replicates=range(2), data=data)


@pytest.fixture(scope="module")
def on_life():
    return trained((BOARDS, LIFE))


@pytest.mark.thorough
def test_boards_need_not_be_square_and_the_table_computes_what_the_network_does_when_it_is_called(on_life):
    called = trained((BOARDS, LIFE), replace(SHORT, arrangement="boards"))
    assert (on_life.arrangement, called.arrangement) == ("tables", "boards")
    assert_close(on_life.params, called.params, 1e-3)


def test_answers_are_those_that_are_given_not_the_rule_s(on_life):
    # Against answers of "always dead" the loss falls as far as a bias reaches; against Life's it does not.
    dead = trained((BOARDS, np.zeros_like(BOARDS)))
    assert dead.loss[:, -1].max() < on_life.loss[:, -1].min()


def test_a_function_makes_every_bank_and_one_that_repeats_itself_is_a_pair(on_life):
    asked = []

    def same(number):
        asked.append(number)
        return BOARDS.tolist(), LIFE.tolist()

    assert_same(trained(same).params, on_life.params)
    assert asked == [0, 1]


def test_the_engine_makes_room_for_boards_that_are_larger_than_those_of_the_settings():
    assert own_boards(NET, SHORT, (BOARDS, LIFE)).side == 8
    assert [_of_engine(SHORT, own_boards(NET, SHORT, (each, each))).board for each in LARGER] == [TINY.board, 21]


@pytest.mark.parametrize(
    ("data", "settings", "sentence"),
    [
        (lambda number: BOARDS, SHORT, "are a pair"),
        ((BOARDS, LIFE[:, :5]), SHORT, "need one shape"),
        ((BOARDS[0], LIFE[0]), SHORT, "need one shape"),
        ((BOARDS, LIFE), replace(SHORT, stream="own"), "drawn from a bank"),
        ((BOARDS, LIFE), replace(SHORT, arrangement="patterns"), "does not take answers"),
        (lambda number: (BOARDS[number:], LIFE[number:]), SHORT, "Bank 1 has boards of the shape"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_in_a_sentence(data, settings, sentence):
    with pytest.raises(InputError, match=sentence):
        trained(data, settings)


def test_a_checkpoint_knows_the_boards_and_the_answers_that_it_is_of():
    identities = {
        own_boards(NET, SHORT, pair).identity() for pair in ((BOARDS, LIFE), (LIFE, BOARDS), (BOARDS, BOARDS))
    }
    assert len(identities) == 3
