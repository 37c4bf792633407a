"""Tensors that numpy and PyTorch read without this package, and that this package reads as a saved network."""

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import gol
import lottery

BOARD = np.random.default_rng(0).integers(0, 2, (12, 17)).astype(np.uint8)


@pytest.fixture
def path(tmp_path):
    lottery.export(lottery.shipped_ticket(), "safetensors", tmp_path / "ticket.safetensors")
    return tmp_path / "ticket.safetensors"


def test_numpy_runs_the_tensors(path):
    layers = load_file(path)
    framed = np.pad(BOARD.astype(np.float32), 1, mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(framed, (3, 3))
    x = np.einsum("hwyx,yxo->hwo", windows, layers["block0_3x3/kernel"][:, :, 0]) + layers["block0_3x3/bias"]
    for layer in ("block0_1x1", "readout"):
        x = np.maximum(x, 0) @ layers[f"{layer}/kernel"][0, 0] + layers[f"{layer}/bias"]
    assert np.array_equal(x[..., 0] > 0, gol.step(BOARD))


def test_pytorch_runs_the_tensors(path):
    torch = pytest.importorskip("torch")
    layers = pytest.importorskip("safetensors.torch").load_file(path)
    conv = torch.nn.functional.conv2d
    x = torch.nn.functional.pad(torch.tensor(BOARD, dtype=torch.float32)[None, None], (1, 1, 1, 1), mode="circular")
    for layer in ("block0_3x3", "block0_1x1", "readout"):
        x = conv(x, layers[f"{layer}/kernel"].permute(3, 2, 0, 1), layers[f"{layer}/bias"])
        x = x if layer == "readout" else torch.relu(x)
    assert np.array_equal((x[0, 0] > 0).numpy(), gol.step(BOARD))


def test_the_file_is_a_saved_network_too_with_its_facts(path):
    assert np.array_equal(lottery.load_network(path).predict(BOARD), gol.step(BOARD))
    with safe_open(path, "numpy") as file:
        facts = file.metadata()
    assert (facts["rule"], facts["padding"], facts["activation"]) == ("B3/S23", "torus", "relu")
    assert "all 512" in facts["certificate"]
