"""`gol-lottery export`, called in this process: what it prints and writes, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

import lottery
from gol.errors import InputError
from lottery.commands.export import COMMAND
from lottery.exports import FORMS


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "1")  # of a process that has begun to compute, it cannot be changed


def call(*words):
    COMMAND(words, "gol-lottery export")


def test_the_shipped_ticket_is_written_to_this_folder_and_a_sentence_proves_it(capsys):
    call("--to", "onnx", "--json", "-")
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert found["bytes"] == Path("ticket.onnx").stat().st_size
    assert (found["out"], found["to"], found["checked"], found["rule"]) == ("ticket.onnx", "onnx", 512, "B3/S23")
    assert f"{found['bytes']:,} bytes. The file was run on 512 cells" in printed.err


def test_a_file_is_named_after_the_network_unless_out_names_it(capsys):
    lottery.save_network("mine.safetensors", lottery.shipped_ticket())
    call("mine.safetensors", "--to", "stablehlo")
    call("mine.safetensors", "--to", "safetensors", "--out", "deep/small.st")
    assert Path("mine.stablehlo").is_file()
    assert lottery.load_network("deep/small.st").network.channels == (2, 3)
    assert "deep/small.st: 1 step of B3/S23" in capsys.readouterr().out


def test_mistakes_are_one_sentence_each():
    lottery.save_network("mine.safetensors", lottery.shipped_ticket())
    zeros = jax.tree.map(np.zeros_like, lottery.shipped_ticket().params)
    lottery.save_network("wrong.safetensors", replace(lottery.shipped_ticket(), params=zeros))
    for words, said in (
        (("--to", "word"), f"one of {', '.join(FORMS)}"),
        (("--to", "onnx", "--level", "2"), "is one network"),
        (("missing.safetensors", "--to", "onnx"), "There is no file"),
        (("mine.safetensors", "--to", "safetensors"), "is the network itself"),
        (("wrong.safetensors", "--to", "onnx"), "Only a network that is proved"),
        ((".", "--to", "onnx", "--replicate", "1"), "no folder of a piece"),
    ):
        with pytest.raises(InputError, match=said):
            call(*words)
    assert sorted(path.name for path in Path().iterdir()) == ["mine.safetensors", "wrong.safetensors"]


def test_no_two_forms_of_a_network_have_one_file_name():
    assert len({form.suffix for form in FORMS.values()}) == len(FORMS)
