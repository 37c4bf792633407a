"""The function is loaded in a process that cannot import this package, at several sizes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lottery
from gol.errors import InputError
from lottery.exports import stablehlo_file
from lottery.networks.handmade import handmade_parameters

ROOT = Path(__file__).parents[3]
READER = """
import re, sys
from pathlib import Path

sys.modules["lottery"] = sys.modules["gol"] = None  # an import of either fails
import jax
import numpy as np

life = jax.export.deserialize(Path(sys.argv[1]).read_bytes())
for size in ((1, 3, 3), (2, 8, 21), (1, 64, 64)):
    boards = np.random.default_rng(0).integers(0, 2, size).astype(np.float32)
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    neighbours = sum(np.roll(boards, shift, (1, 2)) for shift in shifts)
    found = jax.jit(life.call)(boards)
    assert np.array_equal(found["alive"], (neighbours == 3) | ((neighbours == 2) & (boards == 1)))
    assert np.array_equal(found["alive"], found["logits"] > 0)
print(re.search("rule = .(.*?).[,}]", life.mlir_module())[1], life.platforms, life.in_avals[0])
"""


def test_jax_runs_the_file_in_a_new_process_without_this_package(tmp_path):
    lottery.export(lottery.shipped_ticket(), "stablehlo", tmp_path / "ticket.stablehlo")
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", "import jax.export" + READER, str(tmp_path / "ticket.stablehlo")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "B3/S23 ('cpu', 'cuda', 'rocm', 'tpu') float32[b,h,w]"


@pytest.mark.parametrize("padding", ["torus", "zero"])
@pytest.mark.parametrize("steps", [1, 2])
def test_the_function_answers_as_the_network_does(steps, padding):
    network = lottery.SavedNetwork(handmade_parameters(steps, 2), padding, "B3/S23", "Made by hand.")
    answers = stablehlo_file.answers(stablehlo_file.render(network, {"rule": "B3/S23"}))
    for size in ((2, 5, 5), (3, 7, 12)):
        boards = np.random.default_rng(0).integers(0, 2, size).astype(np.uint8)
        assert np.array_equal(answers(boards), network.predict(boards))


def test_without_flatbuffers_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    with pytest.raises(InputError, match=r"needs flatbuffers.* pip install 'gol-lottery\[export\]'"):
        lottery.export(lottery.shipped_ticket(), "stablehlo")


def test_the_file_names_no_source_files_of_the_machine_that_made_it():
    content = lottery.export(lottery.shipped_ticket(), "stablehlo").content
    assert b".py" not in content


@pytest.mark.thorough
def test_all_windows_of_two_steps_are_asked():
    network = lottery.SavedNetwork(handmade_parameters(2), "torus", "B3/S23", "Made by hand.")
    assert lottery.export(network, "stablehlo").checked == 2**25
