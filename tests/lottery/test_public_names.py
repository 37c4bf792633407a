"""What a user sees of results in a terminal and in a notebook: short lines, a bar, a plot; and rules by 512 answers."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY

import gol
import lottery
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.training.progress_bar import progress_bar

HAND = lottery.handmade_parameters(1)


def level_of(number, kept, arms):
    """A level with a mask of eight weights, and arms given by who was certified."""
    solved = {name: np.array(values, bool) for name, values in arms.items()}
    return lottery.Level(
        level=number,
        masks={"layer": {"kernel": np.arange(8) < kept, "bias": None}},
        arms={name: lottery.Arm(values, np.where(values, 50, -1), {}) for name, values in solved.items()},
        cut_solved=np.zeros(4, bool),
        rewound={},
    )


LEVELS = [level_of(0, 8, {"ticket": [1, 1, 1, 0]}), level_of(1, 4, {"ticket": [1, 1, 0, 0], "reinit": [0, 0, 0, 0]})]


def test_a_shell_completes_the_public_names():
    assert dir(lottery) == sorted(lottery.__all__)


def test_results_are_printed_in_a_line():
    assert repr(LEVELS[1].arms["ticket"]) == "Arm(2 of 4 networks certified)"
    assert repr(LEVELS[1]) == "Level(1: 50.0% of the weights, certified: ticket 2 of 4, reinit 0 of 4)"
    result = lottery.TrainResult(
        params={},
        solved_at_end=np.array([True, False]),
        first_solved=np.array([50, 100]),
        certificates=[lottery.certify(HAND), lottery.certify(HAND, rule="B36/S23")],
        checks=np.array([50, 100]),
        loss=np.zeros((2, 2)),
        wrong=np.zeros((2, 2), int),
        arrangement="patterns",
    )
    assert repr(result) == "TrainResult(1 of 2 networks certified after 100 updates, 2 at some check)"


def test_the_plot_of_success_shows_every_arm_at_its_densities():
    (ax,) = lottery.plot_success(reversed(LEVELS)).axes
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}
    assert lines == {"ticket": [[1, 0.75], [0.5, 0.5]], "reinit": [[0.5, 0]]}
    with pytest.raises(gol.InputError, match="at least one level"):
        lottery.plot_success([])


def test_the_bar_counts_updates_and_solved_networks(capsys):
    with progress_bar(4, 50, 200) as tell:
        tell(200, 3)
    assert "3 of 4 networks solved" in capsys.readouterr().err


def no_columns():
    """Life whose live cells die between a live cell above and one below: a rule that does not go by counts."""
    answers = gol.truth_table("B3/S23")
    answers[0b010_010_010] = 0
    return answers


def test_a_network_of_a_rule_by_512_answers_is_certified_and_saved(tmp_path):
    rule = gol.map_string(no_columns())
    found = lottery.certify(HAND, rule=rule)
    assert (found.exact, found.wrong, found.example) == (True, 1, ".O.\n.O.\n.O.")
    lottery.save_network(tmp_path / "mine.safetensors", lottery.SavedNetwork(HAND, "torus", rule, "A test."))
    assert lottery.certify(lottery.load_network(tmp_path / "mine.safetensors")) == found


@pytest.mark.thorough
def test_a_network_is_trained_on_a_rule_by_512_answers():
    net, answers = lottery.LifeNet(width=5), no_columns()
    settings = replace(TINY, learning_rate=1e-2, batch=16, rule=gol.map_string(answers))
    result = lottery.train(net, settings, seed=0, replicates=[0], progress=True)
    boards = jnp.asarray(NEIGHBOURHOODS.reshape(-1, 3, 3))
    logit = np.asarray(lottery.logits(net, lottery.pick(result.params, 0), boards))
    assert result.wrong[0, -1] == result.certificates[0].wrong == np.sum((logit[:, 1, 1] > 0) != answers)
