"""Moving pictures show what their networks do."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

import gol
import lottery
from gol.errors import InputError
from lottery import animations
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.report.figures.answers_by_count import ALIVE, DEAD, WRONG_ALIVE, WRONG_DEAD, answers_picture

RULE = np.asarray(gol.truth_table("B3/S23"), bool)


def squares(picture, colour):
    return int(np.sum(np.all(np.isclose(picture, to_rgb(colour)), axis=-1)))


def warm(image, left=0.0, right=1.0):
    """Pixels of cells that are not as they should be, in a part of the width."""
    part = np.asarray(image)[:, int(left * image.width) : int(right * image.width)]
    return sum(
        int(np.sum(np.all(part == np.round(255 * np.array(to_rgb(c))), axis=-1))) for c in (WRONG_ALIVE, WRONG_DEAD)
    )


def test_each_of_the_512_answers_has_a_square_of_its_own():
    assert squares(answers_picture(RULE, RULE), ALIVE) == RULE.sum() == 140
    assert squares(answers_picture(RULE, RULE), DEAD) == 512 - 140
    answers = RULE.copy()
    answers[[0, 1]] = True
    answers[np.flatnonzero(RULE)[:3]] = False
    assert squares(answers_picture(answers, RULE), WRONG_ALIVE) == 2
    assert squares(answers_picture(answers, RULE), WRONG_DEAD) == 3


@pytest.mark.thorough
def test_a_network_learns_from_its_initial_weights_to_the_last_update(monkeypatch):
    seen = []
    draw = animations.answers_picture
    monkeypatch.setattr(
        animations, "answers_picture", lambda answers, rule: seen.append(answers) or draw(answers, rule)
    )
    frames = animations.learning(width=2, updates=500, frames=3, seed=1)
    net, settings = lottery.LifeNet(width=2), lottery.TrainSettings(updates=500)
    trained = lottery.train(net, settings, seed=1, replicates=[0])
    assert len(frames.images) == 3
    assert np.sum(seen[-1] != RULE) == trained.wrong[0, -1]
    initial = lottery.pick(lottery.training.loop.draw_initial(net, 1, [0]), 0)
    first = lottery.SavedNetwork(initial, "torus", "B3/S23", "")
    assert np.array_equal(seen[1], first.predict(NEIGHBOURHOODS.reshape(512, 3, 3) > 0)[:, 1, 1])  # [0] is the rule


def test_pruning_has_a_frame_per_level():
    frames = animations.pruning(width=1, levels=2, updates=250, replicates=2)
    assert len(frames.images) == 3
    assert np.any(np.asarray(frames.images[0]) != np.asarray(frames.images[-1]))


def test_the_ticket_makes_no_mistake_and_one_weight_less_does():
    ticket, fewer = animations.ticket_and_less()
    assert lottery.certify(ticket[1]).correct
    assert not lottery.certify(fewer[1]).correct
    frames = animations.boards([ticket, fewer], generations=3, side=16)
    assert len(frames.images) == 4
    assert warm(frames.images[0]) == 0
    assert warm(frames.images[-1], right=0.66) == 0
    assert warm(frames.images[-1], left=0.67) > 0


def test_networks_of_different_rules_are_not_shown_together():
    with pytest.raises(InputError, match="one number of steps and one rule"):
        animations.boards([])


def test_a_gif_has_all_frames_and_loops(tmp_path):
    image = Image.new("RGB", (8, 8), "white")
    other = Image.new("RGB", (8, 8), "black")
    animations.Frames([image, other, image], 40).save(tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 3
        assert gif.info["loop"] == 0
    with pytest.raises(InputError, match="nowhere"):
        animations.Frames([image], 40).save(tmp_path / "nowhere" / "a.gif")


def test_frames_that_no_update_is_at_are_refused():
    with pytest.raises(InputError, match="multiple of frames - 1"):
        animations.learning(updates=100, frames=4)
