"""Numbers too small for a normal float are zero in the kernels' threads, and nowhere else."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from helpers import TINY, assert_same

from lottery.networks.lifenet import LifeNet
from lottery.training.fused import engine
from lottery.training.fused.denormals import flush_denormals
from lottery.training.loop import train


def tenth_of_the_smallest():
    return float((np.array([np.finfo(np.float32).tiny]) * np.float32(0.1))[0]), float(np.array([1e-307])[0] * 0.1)


def test_a_thread_that_asks_for_it_has_no_denormals_and_the_others_stay_as_they_were():
    # A library that was linked with -ffast-math, as the C loop is, may have set this thread so before.
    before = tenth_of_the_smallest()
    with ThreadPoolExecutor(1, initializer=flush_denormals) as flushed, ThreadPoolExecutor(1) as plain:
        assert flushed.submit(tenth_of_the_smallest).result() == (0, 0)
        assert plain.submit(tenth_of_the_smallest).result() == before
    assert tenth_of_the_smallest() == before


def test_a_new_process_has_denormals_until_it_asks():
    script = (
        "import numpy as np; from lottery.training.fused.denormals import flush_denormals\n"
        "tenth = lambda: float(np.array([1e-307])[0] * 0.1)\n"
        "print(tenth() > 0); flush_denormals(); print(tenth())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["True", "0.0"]


def test_the_threads_of_the_kernels_are_such():
    with engine._cores() as cores:
        assert cores.submit(tenth_of_the_smallest).result() == (0, 0)


@pytest.mark.thorough
@pytest.mark.parametrize(("steps", "arrangement"), [(1, "fused_patterns"), (2, "fused")])
def test_weights_keep_their_bits(monkeypatch, steps, arrangement):
    settings = replace(TINY, updates=2000, arrangement=arrangement, learning_rate=0.01)
    asked = {"seed": 3, "replicates": range(2), "certify_checks": False}
    found = train(LifeNet(steps=steps, width=2), settings, **asked)
    monkeypatch.setattr(engine, "_cores", lambda: ThreadPoolExecutor(2))
    plain = train(LifeNet(steps=steps, width=2), settings, **asked)
    assert_same(found.params, plain.params)
    assert_same([found.loss, found.wrong], [plain.loss, plain.wrong])
