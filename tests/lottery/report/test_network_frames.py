"""An animation has a frame for each network, and what it cannot show is refused."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

import lottery
from gol.errors import InputError
from lottery.networks.handmade import handmade_parameters
from lottery.plots import save_animation
from lottery.report.figures.network_frames import network_gif

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
RIGHT = lottery.SavedNetwork(handmade_parameters(1), "torus", "B3/S23", "Made by hand.")
DEAD = replace(RIGHT, params=jax.tree.map(np.zeros_like, RIGHT.params))  # a logit of 0 is no life


def frames(content):
    with Image.open(BytesIO(content)) as picture:
        found = []
        for place in range(picture.n_frames):
            picture.seek(place)
            found.append((np.asarray(picture.convert("RGB"), int), picture.info["duration"]))
    return found


def pink(picture):
    """How many pixels have about the colour of wrong answers, (204, 121, 167)."""
    return int((np.abs(picture - [204, 121, 167]).max(axis=2) < 12).sum())


def test_an_animation_shows_each_network_and_colours_what_is_wrong(tmp_path):
    save_animation([RIGHT, DEAD], ["right", "dead"], tmp_path / "two.gif", seconds=0.2)
    (right, first), (dead, last) = frames((tmp_path / "two.gif").read_bytes())
    assert (first, last) == (200, 800)
    assert right.shape == dead.shape == (378, 720, 3)
    assert pink(dead) > pink(right) + 140 * 50  # 140 squares of at least 50 pixels


@pytest.mark.parametrize(("name", "count"), [("pruning", 15), ("learning", 34)])
def test_the_published_animations_end_as_they_say(name, count):
    found = frames((PICTURES / f"{name}.gif").read_bytes())
    assert len(found) == count
    more = pink(found[-1][0]) - pink(found[0][0])
    assert more > 140 * 50 if name == "pruning" else more < -130 * 50


def test_what_cannot_be_animated_is_refused_in_a_sentence():
    with pytest.raises(InputError, match="has 1 for 2"):
        network_gif([RIGHT, DEAD], ["right"], 1.0)
    with pytest.raises(InputError, match="has 0 for 0"):
        network_gif([], [], 1.0)
    with pytest.raises(InputError, match=r"at least 0\.02 s"):
        network_gif([RIGHT], ["right"], 0.0)
    without = {name: layer for name, layer in RIGHT.params.items() if name != "readout"}
    for network in (replace(RIGHT, params=handmade_parameters(2)), replace(RIGHT, params=without)):
        with pytest.raises(InputError, match="one step with a read-out"):
            network_gif([network], ["one"], 1.0)
