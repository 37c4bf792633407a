"""The graph says what the network says, at every size and with every activation, and has its facts with it."""

import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from helpers import assert_close, plain_logits, random_parameters

import lottery
from gol.errors import InputError
from lottery.exports import onnx_file
from lottery.networks.activations import ACTIVATIONS, Activation
from lottery.networks.handmade import handmade_parameters

SIZES = ((2, 3, 3), (3, 4, 9), (1, 32, 32))  # batch, height, width


def load(content):
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def saved(net, params):
    return lottery.SavedNetwork(params, net.padding, "B3/S23", "A test.", net.activation)


def assert_says_the_same(network, content):
    """By a network in plain numpy and float64."""
    session = load(content)
    for size in SIZES:
        boards = np.random.default_rng(0).integers(0, 2, size).astype(np.float32)
        logits, alive = session.run(["logits", "alive"], {"boards": boards})
        wanted = [plain_logits(network.params, board, network.padding, network.activation) for board in boards]
        assert_close(logits, np.stack(wanted), 1e-5)
        assert np.array_equal(alive, logits > 0)


@pytest.mark.parametrize("padding", ["torus", "zero"])
@pytest.mark.parametrize("steps", [1, 2])
def test_the_graph_computes_the_network_at_every_size(steps, padding):
    network = lottery.SavedNetwork(handmade_parameters(steps, 2), padding, "B3/S23", "Made by hand.")
    content = onnx_file.render(network, {})
    assert_says_the_same(network, content)
    boards = np.random.default_rng(1).integers(0, 2, (4, 16, 16)).astype(np.uint8)
    assert np.array_equal(onnx_file.answers(content)(boards), network.predict(boards))


@pytest.mark.thorough(but=3)
@pytest.mark.parametrize("readout", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_of_the_package_is_there(activation, readout):
    net = lottery.LifeNet(steps=1, features=(5, 1), activation=activation, readout=readout)
    network = saved(net, random_parameters(net, 0))
    assert_says_the_same(network, onnx_file.render(network, {}))


@pytest.mark.usefixtures("registries")
def test_an_activation_of_ones_own_is_refused_in_a_sentence():
    lottery.register_activation("cube", Activation(lambda x, _: x**3, lambda x, _: x**3))
    net = lottery.LifeNet(activation="cube")
    with pytest.raises(InputError, match="'cube'"):
        onnx_file.render(saved(net, random_parameters(net, 0)), {})


def test_the_facts_are_metadata_and_all_sizes_are_free(tmp_path):
    lottery.export(lottery.shipped_ticket(), "onnx", tmp_path / "ticket.onnx")
    session = load(tmp_path / "ticket.onnx")
    facts = session.get_modelmeta().custom_metadata_map
    assert facts["rule"] == "B3/S23"
    assert facts["padding"] == "torus"
    assert "all 512" in facts["certificate"]
    assert facts["version"].startswith("gol-lottery ")
    assert [one.shape for one in session.get_inputs()] == [["batch", "height", "width"]]
    assert [one.name for one in session.get_outputs()] == ["logits", "alive"]
    assert [one.shape for one in session.get_outputs()] == [["batch", "height", "width"]] * 2


def test_the_operators_are_standard_ones_of_the_stated_opset():
    model = onnx.load_from_string(lottery.export(lottery.shipped_ticket(), "onnx").content)
    assert [(one.domain, one.version) for one in model.opset_import] == [("", onnx_file.OPSET)]
    assert {node.domain for node in model.graph.node} == {""}


def test_the_same_network_gives_the_same_bytes():
    one, other = (lottery.export(lottery.shipped_ticket(), "onnx").content for _ in range(2))
    assert one == other


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_without_the_libraries_a_sentence_says_what_to_install(missing, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=r"needs onnx.* pip install 'gol-lottery\[export\]'"):
        lottery.export(lottery.shipped_ticket(), "onnx")


@pytest.mark.thorough
def test_all_windows_of_two_steps_are_asked():
    network = lottery.SavedNetwork(handmade_parameters(2), "torus", "B3/S23", "Made by hand.")
    assert lottery.export(network, "onnx").checked == 2**25
