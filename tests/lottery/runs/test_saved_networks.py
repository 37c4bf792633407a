"""A network in a file: read under any name, refused in a sentence where it is none."""

import numpy as np
import pytest
from helpers import assert_same

from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters
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
