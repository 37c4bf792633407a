"""A network in a file: read under any name, refused in a sentence where it is none."""

import jax
import numpy as np
import pytest
from helpers import assert_same

import gol
from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet, initial_parameters
from lottery.networks.trees import flatten
from lottery.runs.files import write_arrays
from lottery.runs.saved_networks import SavedNetwork, load_network, save_network


def test_a_path_may_be_a_text(tmp_path):
    path = str(tmp_path / "hand.safetensors")
    save_network(path, SavedNetwork(handmade_parameters(2), "zero", "B3/S23", "by hand"))
    found = load_network(path)
    assert_same(found.params, handmade_parameters(2))
    assert certify(load_network(path), method="composition").correct


METADATA = {"padding": "torus", "rule": "B3/S23", "activation": "relu"}


@pytest.mark.parametrize(
    "name",
    ["kernel", "/kernel", "a/b/kernel", "readout/kernel/kernel", "readout/weights", "readout/\x1b[2J/kernel", "é/bias"],
)
def test_odd_names_of_tensors_are_refused(tmp_path, name):
    arrays = flatten(handmade_parameters(1)) | {name: np.zeros(3, np.float32)}
    write_arrays(tmp_path / "odd", arrays, METADATA)
    with pytest.raises(InputError, match="which is no layer of a LifeNet") as refused:
        load_network(tmp_path / "odd")
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "metadata", "sentence"),
    [
        ({"block0_3x3/kernel": np.zeros((2, 2), np.float32)}, {}, "block0_3x3/kernel should have the shape"),
        ({"block0_3x3/kernel": np.zeros((), np.float32)}, {}, "should have the shape"),
        ({"block1_3x3/kernel": np.zeros((3, 3, 1, 2), np.float32)}, {}, "not the parameters of a LifeNet: found"),
        ({"readout/bias": np.zeros(1, np.int32)}, {}, r"holds 'readout/bias' \(int32\)"),
        ({}, {"activation": "step"}, "Unknown activation 'step'"),
        ({}, {"padding": "moebius"}, "Unknown padding 'moebius'"),
        ({}, {"rule": "B9/S"}, "B9/S"),
    ],
)
def test_a_file_that_holds_no_lifenet_is_refused(tmp_path, change, metadata, sentence):
    write_arrays(tmp_path / "odd", flatten(handmade_parameters(1)) | change, METADATA | metadata)
    with pytest.raises(InputError, match=sentence):
        load_network(tmp_path / "odd")


@pytest.mark.parametrize(("padding", "topology"), [("torus", "torus"), ("zero", "plane")])
def test_a_saved_network_predicts_boards_of_any_shape(padding, topology, tmp_path):
    save_network(tmp_path / "hand", SavedNetwork(handmade_parameters(2), padding, "B3/S23", "By hand."))
    saved = load_network(tmp_path / "hand")
    boards = np.random.default_rng(0).random((2, 3, 7, 10)) < 0.4
    for given in (boards, 2 * boards.astype(int), boards[0, 0].astype(int).tolist()):
        found = saved.predict(given)
        np.testing.assert_array_equal(found, gol.evolve(given, 2, topology=topology))
        assert found.dtype == bool
    assert (
        str(saved)
        == f"2 steps of B3/S23 on a {padding} board, features (2, 1), 46 parameters that are not zero. By hand."
    )
    assert "kernel" not in repr(saved)
    with pytest.raises(InputError):
        saved.predict([[0, 0.5, 1]] * 3)


def test_a_network_without_a_read_out_predicts_too():
    net = LifeNet(features=(2, 1), readout=False, activation="tanh")
    params = jax.tree.map(np.asarray, initial_parameters(net, jax.random.key(0)))
    saved = SavedNetwork(params, "torus", "B3/S23", "Drawn.", "tanh")
    assert (saved.network, saved.steps) == (net, 1)
    assert saved.predict(np.eye(4, dtype=bool)).shape == (4, 4)
