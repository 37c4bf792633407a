"""Plateaus and relapses, on courses short enough to work out by hand."""

import numpy as np

from lottery.training.learning_curves import NEVER, plateau_end, relapsed

CHECKS = np.array([250, 500, 750, 1000, 1250])


def test_a_network_relapses_if_it_is_wrong_at_a_check_after_its_first_success():
    wrong = np.array([[9, 0, 0, 0, 0], [9, 0, 3, 0, 0], [9, 9, 9, 9, 9], [0, -1, -1, -1, -1], [5, 4, 3, 2, 0]])
    first = np.array([500, 500, NEVER, 250, 1250])
    assert relapsed(CHECKS, wrong, first).tolist() == [False, True, False, False, False]
    assert not relapsed(CHECKS, wrong, np.full(5, -2)).any()  # any negative update is never


def test_the_plateau_ends_at_the_last_loss_near_the_median_before_the_success():
    loss = np.array([[0.4, 0.4, 0.4, 0.1, 0.0], [0.4, 0.4, 0.4, 0.4, 0.4], [0.4, 0.1, 0.4, 0.39, 0.1]])
    first = np.array([1000, NEVER, 1250])
    # Up to its success the first network's median is 0.4; the third came back to its plateau once.
    assert plateau_end(CHECKS, loss, first).tolist() == [750, NEVER, 1000]
    assert plateau_end(CHECKS, loss, np.full(3, -2)).tolist() == [NEVER] * 3


def test_losses_after_the_success_play_no_part():
    loss = np.array([[0.4, 0.4, 0.1, 0.5, 0.5]])
    assert plateau_end(CHECKS, loss, np.array([750])).tolist() == [500]
