"""Tickets from subset sums: the tolerance is a proof, sums are the closest there are, what is built is certified."""

import itertools

import numpy as np
import pytest

import gol
from lottery.certificates.certificate import certify
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import apply_mask
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.tickets.built import build_form, build_ticket
from lottery.tickets.subset_sums import (
    CONSTANTS,
    SHARE,
    TOLERANCE,
    WEIGHTS,
    chance_by_width,
    closest_subset,
    hit_rate,
    tolerance,
)
from lottery.training.loop import draw_initial, pick
from lottery.training.scores.popup import signed_constant

ALIVE = np.asarray(gol.truth_table(gol.parse_rule("B3/S23")), bool)


def wrong(errors, share):
    """Wrong answers of the small network with errors (2, 10) of its weights and constants, in units of its scale."""
    forms = NEIGHBOURHOODS @ (WEIGHTS + errors[:, :9] * (WEIGHTS != 0)).T + np.array(CONSTANTS) + errors[:, 9]
    return int(np.sum((np.maximum(forms, 0).sum(axis=1) < share) != ALIVE))


def test_errors_within_the_tolerance_make_nothing_wrong_and_larger_ones_do():
    assert tolerance(SHARE) == pytest.approx(TOLERANCE, abs=1e-12)
    rng = np.random.default_rng(0)
    for _ in range(300):
        assert wrong(0.999 * TOLERANCE * rng.choice([-1.0, 1.0], (2, 10)), SHARE) == 0
    # Four live neighbours pulled down by their weights and the constant: 4 - 3.4 - 5 / 10 = 1 / 10.
    assert wrong(np.stack([np.zeros(10), np.full(10, -1.01 * TOLERANCE)]), SHARE) > 0
    assert tolerance(0.05) > tolerance(SHARE) > tolerance(0.2) > 0


def test_the_closest_of_all_sums_is_found():
    rng = np.random.default_rng(1)
    for count in (0, 1, 5):
        products, targets = rng.normal(size=count), np.array([-3.0, -0.2, 0.0, 0.5, 9.0])
        chosen = closest_subset(products, targets)
        every = [sum(part) for k in range(count + 1) for part in itertools.combinations(products, k)]
        for one, target in zip(chosen, targets, strict=True):
            assert abs(products @ one - target) == pytest.approx(min(abs(np.array(every) - target)))


def test_a_form_keeps_what_its_sums_are_made_of():
    rng = np.random.default_rng(2)
    weights, biases, reading = rng.uniform(-1, 1, (9, 24)), rng.uniform(-1, 1, 24), rng.uniform(-1, 1, 24)
    form = build_form(weights, biases, reading, 0.3, which=1)
    assert (weights[form.wide] > 0).all()  # so that ReLUs let them through
    assert (biases[form.bias] > 0).all()
    assert not form.wide[4].any()  # the own cell has no weight in this form
    sums = np.where(form.wide, weights, 0) @ reading
    constant = np.where(form.bias, biases, 0) @ reading + (0.3 if form.own else 0)
    off = np.append(sums - form.scale * WEIGHTS[1], constant - form.scale * CONSTANTS[1])
    assert np.abs(off).max() / form.scale == pytest.approx(form.error)


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("weights", ["drawn", "signed"])
def test_wide_random_networks_hold_exact_tickets_made_of_their_own_weights(weights):
    drawn = draw_initial(LifeNet(width=24, initialiser="pytorch"), 5, range(3))
    params = signed_constant(drawn) if weights == "signed" else drawn
    for index in range(3):
        one = pick(params, index)
        ticket = build_ticket(one, np.random.default_rng(index))
        assert ticket.certified
        assert certify(apply_mask(one, ticket.mask)).correct
        assert ticket.kept < 200


def test_within_the_tolerance_tickets_are_exact():
    drawn = draw_initial(LifeNet(width=16, initialiser="pytorch"), 6, range(6))
    tickets = [build_ticket(pick(drawn, index), np.random.default_rng(index)) for index in range(6)]
    within = [ticket for ticket in tickets if ticket.error <= TOLERANCE]
    assert within
    assert all(ticket.certified for ticket in within)


def test_where_there_is_too_little_nothing_is_called_a_ticket():
    narrow = pick(draw_initial(LifeNet(width=2, initialiser="pytorch"), 0, [0]), 0)
    ticket = build_ticket(narrow, np.random.default_rng(0))
    assert ticket is None or not ticket.certified


def test_more_products_hit_more_often_and_wide_networks_are_likelier():
    rng = np.random.default_rng(3)
    assert hit_rate(0, 1.0, 5, rng) == 0
    assert hit_rate(3, 1.0, 200, rng) < hit_rate(9, 1.0, 200, rng)
    chances = chance_by_width([4, 24], 60, rng)
    assert chances[0] < 1e-6 < 0.05 < chances[1] < 1
