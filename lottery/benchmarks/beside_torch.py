"""PyTorch's speed on the same networks, measured by lottery/benchmarks/torch_peer.py in processes of its own."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from lottery.networks.lifenet import LifeNet
from lottery.runs import stopping

SCRIPT = str(Path(__file__).with_name("torch_peer.py"))
STACKS = (64, 512)  # networks under one `torch.func.vmap` on an accelerator

Cell = tuple[int, int, int]
"""Steps n, width m, networks in a stack."""


def is_installed() -> bool:
    """Whether there is a PyTorch to measure."""
    return find_spec("torch") is not None


def ways(net: LifeNet, seconds: float, *, accelerator: bool) -> dict[str, tuple[int, float]]:
    """How fast PyTorch trains a network in the ways that pay on a device.

    Args:
        net: the paper's, of any steps and width.
        seconds: that each way is timed for.
        accelerator: on a GPU, else on a CPU.

    Returns:
        By the way's name, how many networks are trained together and their updates per second; a way that fails, such
        as a stack that does not fit into the memory, is left out.
    """
    n, m = net.steps, net.width
    if accelerator:
        speeds = stacks([(n, m, count) for count in STACKS], seconds, accelerator=True)
        return {
            f"torch, vmap of {count}": (count, speed)
            for count, speed in zip(STACKS, speeds, strict=True)
            if speed is not None
        }
    of_one = _printed([[str(n), str(m), "one", str(seconds)]] * 2)
    of_stack = _printed([[str(n), str(m), "stack", str(seconds)]])
    found = {"torch, 2 processes": (2, of_one), "torch, vmap": (8, of_stack)}
    return {name: (count, sum(speeds)) for name, (count, speeds) in found.items() if speeds}


def stacks(cells: Sequence[Cell], seconds: float, *, accelerator: bool) -> list[float | None]:
    """Updates per second of stacks of networks under `torch.func.vmap`, one after the other.

    Args:
        cells: which.
        seconds: that each is timed for, after a warm-up.
        accelerator: on a GPU, else on a CPU.

    Returns:
        One speed per cell; None for those that fail, and on an accelerator, whose memory they fill, for all after them.
    """
    device = "cuda" if accelerator else "cpu"
    found: list[float | None] = [*_printed([["stacks", device, str(seconds), *(",".join(map(str, c)) for c in cells)]])]
    return found + [None] * (len(cells) - len(found))


def _printed(arguments: Sequence[Sequence[str]]) -> list[float]:
    """The numbers that processes of the script print, which run side by side; what makes one fail is not shown."""
    with stopping.without_ctrl_c():
        started = [
            subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, SCRIPT, *each], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            for each in arguments
        ]
    return [float(line) for process in started for line in process.communicate()[0].split()]
