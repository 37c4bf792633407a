import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.training.feasibility import needed_bytes, refuse_what_cannot_fit
from lottery.training.loop import train
from lottery.training.settings import TrainSettings

ROOT = Path(__file__).parents[3]
ONE_UPDATE = {"updates": 1, "check_every": 1, "bank_updates": 1}

MEASURED = """
import json, sys
from pathlib import Path
from lottery.networks.lifenet import LifeNet
from lottery.training.settings import TrainSettings
from lottery.training.loop import train

def train_and_measure(net, settings, replicates):
    train(net, settings, seed=0, replicates=range(replicates))
    # Not getrusage's number, which begins with the peak of the process that started this one.
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return 1024 * int(peak.split()[1])

net, settings, replicates = json.loads(sys.argv[1])
small = train_and_measure(LifeNet(), TrainSettings(updates=1, check_every=1, bank_updates=1, bank_boards=8), 1)
print(train_and_measure(LifeNet(**net), TrainSettings(**settings), replicates) - small)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says what a process held at most")
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("net", "changes", "replicates"),
    [
        ({"width": 300}, {}, 16),  # parameters
        ({"width": 2}, {"bank_boards": 200_000}, 8),  # a bank of histograms
        ({"steps": 2, "width": 2}, {"bank_boards": 50_000, "screen_boards": 8}, 2),  # a bank of codes
    ],
)
def test_the_estimate_is_a_third_of_the_measured_peak_or_more_and_not_above_it(net, changes, replicates):
    settings = TrainSettings(**ONE_UPDATE, **changes)
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", MEASURED, json.dumps([net, asdict(settings), replicates])],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JAX_NUM_CPU_DEVICES": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) / 3 < needed_bytes(LifeNet(**net), settings, replicates) < int(done.stdout)


@pytest.mark.parametrize(
    ("net", "changes", "replicates"),
    [
        (LifeNet(width=100_000), {}, 1),
        (LifeNet(), {}, 10**9),
        (LifeNet(steps=10**9), {}, 1),
        (LifeNet(), {"batch": 10**9}, 1),
        (LifeNet(), {"board": 10**6}, 1),
        (LifeNet(), {"bank_boards": 10**12}, 1),
        (LifeNet(), {"group": 10**9}, 1),
        (LifeNet(steps=2), {"screen_boards": 10**12}, 1),
    ],
)
def test_what_no_memory_holds_is_refused_before_anything_is_allocated(net, changes, replicates):
    with pytest.raises(InputError, match="GiB of memory"):
        train(net, TrainSettings(**changes), seed=0, replicates=range(replicates))


def test_updates_beyond_32_bits_are_refused():
    with pytest.raises(InputError, match="2147483647 at most"):
        refuse_what_cannot_fit(LifeNet(), TrainSettings(updates=2**31 + 102, check_every=125, bank_updates=125), [0])


@pytest.mark.parametrize("arrangement", ["auto", "tables", "boards"])
def test_the_largest_networks_of_the_papers_fit(arrangement):
    settings = TrainSettings(arrangement=arrangement)
    assert needed_bytes(LifeNet(steps=5, width=24), settings, 64) < 2**30


def test_an_accelerator_has_a_limit_of_its_own():
    class Device:
        platform = "gpu"

        def memory_stats(self) -> dict[str, int]:
            return {"bytes_limit": 2**20}

    with pytest.raises(InputError, match="accelerators' memory"):
        refuse_what_cannot_fit(LifeNet(), TrainSettings(), range(8), [Device()])
