"""The page of a network holds its weights and claims what they can, and the published one is made of its networks."""

import re
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

import gol
import lottery
from gol.errors import InputError
from lottery.analysis.unit_responses import unit_answers
from lottery.exports import demo
from lottery.exports.html_page import answers, logits, read, render_levels
from lottery.networks.activations import ACTIVATIONS, Activation
from lottery.networks.handmade import handmade_parameters

PUBLISHED = Path(__file__).parents[3] / "docs" / "demo"
LEVELS = sorted((PUBLISHED / "levels").glob("*.safetensors"))
FACTS = {"rule": "", "padding": "", "steps": "1", "origin": "</script><b>&", "certificate": "", "version": ""}


def handmade(steps=1, padding="torus"):
    return lottery.SavedNetwork(handmade_parameters(steps), padding, "B3/S23", "Made by hand.")


def wrong():
    return replace(handmade(), params=jax.tree.map(np.zeros_like, handmade().params))


def random_network(activation, **settings):
    net = lottery.LifeNet(activation=activation, **settings)
    params = jax.tree.map(np.asarray, lottery.initial_parameters(net, jax.random.key(1)))
    return lottery.SavedNetwork(params, "torus", "B3/S23", "Drawn.", activation)


@pytest.mark.parametrize("padding", ["torus", "zero"])
def test_a_page_is_proved_on_all_windows_before_it_is_written(tmp_path, padding):
    found = lottery.export(handmade(padding=padding), "html", tmp_path / "page.html")
    assert found.checked >= 512
    assert (tmp_path / "page.html").read_bytes() == found.content


@pytest.mark.parametrize(
    "network",
    [
        random_network("relu", width=3),
        random_network("prelu_channels"),
        random_network("tanh", features=(3, 1), readout=False),
    ],
    ids=["relu", "prelu_channels", "no read-out"],
)
def test_the_weights_of_a_page_are_the_network_bit_by_bit(network):
    held = read(render_levels([network], [FACTS]))
    kernel = np.asarray(network.params["block0_3x3"]["kernel"], np.float32)
    first = np.array(held["levels"][0]["layers"][0]["weights"], np.float32)
    assert first.tobytes() == np.ascontiguousarray(kernel.reshape(9, -1).T).tobytes()
    narrow = unit_answers(network.params, network.activation).narrow
    readout = network.params.get("readout")
    expected = narrow if readout is None else narrow @ np.asarray(readout["kernel"], float)[0, 0] + readout["bias"]
    np.testing.assert_allclose(logits(held), np.asarray(expected)[:, 0], rtol=1e-12, atol=1e-12)


def test_what_a_page_answers_is_what_the_network_answers_on_a_soup():
    network = lottery.shipped_ticket()
    boards = np.asarray(gol.random_boards(jax.random.key(0), (4, 16, 24), 0.4))
    assert np.array_equal(answers(lottery.export(network, "html").content)(boards), network.predict(boards))


def test_a_page_opens_with_the_last_level_that_is_right_and_says_where_others_are_wrong():
    held = read(demo([handmade(), handmade(), wrong()]))
    assert held["start"] == 1
    assert "It is wrong on 512." in held["levels"][2]["certificate"]
    assert "wrong" not in held["levels"][1]["certificate"]
    assert logits(held, 2).tolist() == [0] * 512


def test_a_rule_without_counts_is_held_as_its_answers():
    one_cell_decides = gol.map_string(np.arange(512) % 2)
    network = replace(handmade(), rule=one_cell_decides)
    assert read(render_levels([network], [FACTS]))["rule"]["table"] == "01" * 256


def test_nothing_that_is_written_into_a_page_can_leave_its_place():
    content = render_levels([handmade()], [FACTS])
    assert b"</script><b>" not in content
    assert read(content)["levels"][0]["origin"] == FACTS["origin"]


def test_a_page_names_no_address_to_fetch_from():
    content = re.sub(rb"http://www\.w3\.org/2000/svg", b"", demo(LEVELS))  # the name of a format
    assert b"default-src 'none'" in content
    assert not re.search(rb"https?://|url\(|@import|<link(?![^>]*data:)|<img|src=", content)


def test_what_no_page_can_hold_is_refused_in_a_sentence(monkeypatch):
    with pytest.raises(InputError, match="2 steps cannot be exported to html"):
        lottery.export(handmade(2), "html")
    with pytest.raises(InputError, match="2 steps cannot be on a page"):
        demo([handmade(), handmade(2)])
    with pytest.raises(InputError, match="one rule, one padding and one activation"):
        demo([handmade(), handmade(padding="zero")])
    with pytest.raises(InputError, match="None of these networks is right"):
        demo([wrong()])
    with pytest.raises(InputError, match="at least one network"):
        demo([])
    with pytest.raises(InputError, match="holds no data"):
        answers(b"<p>Hello</p>")
    same = Activation(lambda x, _: jax.nn.relu(x), lambda x, _: np.maximum(x, 0))
    monkeypatch.setitem(ACTIVATIONS, "mine", same)
    with pytest.raises(InputError, match="cannot hold the activation 'mine'"):
        demo([replace(handmade(), activation="mine")])


def test_the_published_page_is_what_its_networks_make():
    assert len(LEVELS) == 15
    published = (PUBLISHED / "index.html").read_bytes()
    assert published == demo(LEVELS)
    assert len(published) < 150_000


def test_the_published_page_goes_from_a_dense_network_over_a_ticket_of_a_tenth_to_too_far():
    networks = [lottery.load_network(path) for path in LEVELS]
    counts = [sum(np.count_nonzero(leaf) for leaf in jax.tree.leaves(network.params)) for network in networks]
    right = [lottery.certify(network).correct for network in networks]
    assert counts == sorted(counts, reverse=True)
    assert all(right[:10])
    assert counts[max(np.flatnonzero(right))] <= counts[0] / 10
    assert not any(right[-3:])
