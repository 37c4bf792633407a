"""Files are proved by running them, and nothing that is wrong anywhere is written."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file

import lottery
from gol.errors import InputError
from lottery.exports.exporting import prove
from lottery.networks.handmade import handmade_parameters


def handmade(steps=1, padding="torus"):
    return lottery.SavedNetwork(handmade_parameters(steps), padding, "B3/S23", "Made by hand.")


@pytest.mark.parametrize("padding", ["torus", "zero"])
def test_the_shipped_ticket_and_one_made_by_hand_are_exported_compacted(tmp_path, padding):
    for network in (lottery.shipped_ticket(), handmade(padding=padding)):
        found = lottery.export(network, "safetensors", tmp_path / "a.safetensors")
        assert found.checked >= 512
        assert set(load_file(tmp_path / "a.safetensors")) == {
            f"{layer}/{leaf}" for layer in found.network.params for leaf in ("kernel", "bias")
        }
        assert found.network.network.channels <= network.network.channels


def test_a_network_that_is_wrong_somewhere_is_refused():
    broken = replace(handmade(), params=jax.tree.map(np.zeros_like, handmade().params))
    with pytest.raises(InputError, match="Only a network that is proved"):
        lottery.export(broken, "safetensors")


def test_a_file_that_is_wrong_on_a_single_window_is_not_written():
    def all_but_one(boards):
        after = lottery.shipped_ticket().predict(boards).copy()
        after[0, 5, 5] ^= True
        return after

    with pytest.raises(InputError, match="wrong on 1 of 512"):
        prove(all_but_one, lottery.shipped_ticket(), "html")


@pytest.mark.thorough
def test_every_window_of_two_steps_is_asked():
    network = lottery.SavedNetwork(handmade_parameters(2), "torus", "B3/S23", "Made by hand.")
    assert prove(network.predict, network, "c") == 2**25


def test_what_no_form_holds_is_refused_in_a_sentence():
    with pytest.raises(InputError, match=r"'word'.*safetensors"):
        lottery.export(handmade(), "word")
    with pytest.raises(InputError, match="3 steps"):
        lottery.export(handmade(3), "safetensors")
    with pytest.raises(InputError, match="not where it is zero"):
        lottery.export(handmade(2, "zero"), "safetensors")
