"""Replicates shared over 1 and 2 virtual devices: the same bits, in a process of its own that has two.

The other tests have one device each.
"""

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import hashlib, json
import jax
jax.config.update("jax_num_cpu_devices", 2)
from lottery.networks.lifenet import LifeNet
from lottery.training.settings import TrainSettings
from lottery.training.loop import train

def digest(arrangement, count):
    settings = TrainSettings(
        updates=100, batch=4, board=8, bank_boards=64, bank_updates=100, check_every=50, group=4,
        arrangement=arrangement,
    )
    net, devices = LifeNet(steps=STEPS[arrangement]), jax.devices()[:count]
    result = train(net, settings, seed=1, replicates=range(16), devices=devices)
    found = [*jax.tree.leaves(result.params), result.loss, result.wrong]
    return hashlib.sha256(b"".join(leaf.tobytes() for leaf in found)).hexdigest()

STEPS = {"patterns": 1, "tables": 2, "columns": 2}
print(json.dumps({arrangement: [digest(arrangement, count) for count in (1, 2)] for arrangement in STEPS}))
"""


@pytest.mark.thorough
def test_one_device_and_two_give_the_same_bits():
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    digests = json.loads(done.stdout.splitlines()[-1])
    for arrangement, found in digests.items():
        assert len(set(found)) == 1, f"{arrangement}: {found}"
    assert digests["patterns"][0] != digests["tables"][0]


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize(("asked", "expected"), [({}, os.cpu_count()), ({"JAX_NUM_CPU_DEVICES": "3"}, 3)])
def test_commands_have_a_device_per_core_or_as_many_as_are_asked_for(asked, expected):
    script = "import jax; from lottery.runs import session; session.start(); print(len(jax.devices()))"
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", **asked}
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, env=environment, check=False
    )
    assert done.stdout.split() == [str(expected)], done.stderr
