"""How much of a rule a linear read-out explains, on features of which that is known."""

import numpy as np
import pytest
from scipy import stats

import gol
from lottery.analysis.nearness import explained
from lottery.analysis.unit_responses import unit_answers
from lottery.networks.handmade import handmade_parameters
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, risk_weights

LIFE = gol.truth_table("B3/S23").astype(float)
EVEN = np.full(512, 1 / 512)


def test_the_rule_itself_explains_all_and_a_constant_nothing():
    assert explained(LIFE[:, None], LIFE, EVEN) == pytest.approx(1)
    assert explained(np.ones((512, 1)), LIFE, EVEN) == pytest.approx(0, abs=1e-12)
    assert explained(np.zeros((512, 0)), LIFE, EVEN) == pytest.approx(0, abs=1e-12)


def test_of_one_feature_it_is_the_squared_correlation_under_the_weights():
    alive = NEIGHBOURHOODS.sum(1)
    assert explained(alive[:, None], LIFE, EVEN) == pytest.approx(stats.pearsonr(alive, LIFE).statistic ** 2)
    weights = risk_weights(None)
    drawn = np.random.default_rng(0).choice(512, size=200_000, p=weights)
    found = stats.pearsonr(alive[drawn], LIFE[drawn]).statistic ** 2
    assert explained(alive[:, None], LIFE, weights) == pytest.approx(found, abs=0.005)


def test_features_that_depend_on_each_other_do_no_harm_and_more_features_explain_no_less():
    rng = np.random.default_rng(1)
    features = rng.standard_normal((512, 5))
    few = explained(features[:, :2], LIFE, EVEN)
    assert explained(np.column_stack([features[:, :2], features[:, :2]]), LIFE, EVEN) == pytest.approx(few)
    assert explained(features, LIFE, EVEN) >= few


def test_the_code_of_an_exact_network_is_nearer_than_its_first_layer():
    answers = unit_answers(handmade_parameters(1))
    near = explained(answers.narrow, LIFE, risk_weights(None))
    assert 0.3 < explained(answers.wide, LIFE, risk_weights(None)) <= near <= 1
