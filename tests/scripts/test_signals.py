"""Signals at many moments of a command's life, from its first import on."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import start

COMMANDS = {
    "replicate.py": ["--claims", "depth"],
    "find_ticket.py": [],
    "simulate.py": ["soup", "--generations", "1000000000"],
    "bench.py": ["train", "--points", "2,8"],
}


def _heeds_sigterm(process: subprocess.Popen[str]) -> bool:
    (caught,) = (line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "SigCgt" in line)
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.thorough(but=5)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says which signals a process heeds")
@pytest.mark.parametrize("delay", [0, 0.05, 0.2, 0.6, 1.5, 4])
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("script", COMMANDS)
def test_a_signal_at_any_moment_ends_a_command_in_one_line(script, number, exit_code, delay, tmp_path):
    with start(script, *COMMANDS[script], cwd=tmp_path) as process:
        try:
            while not _heeds_sigterm(process):
                assert process.poll() is None
                time.sleep(0.001)
            time.sleep(delay)
            process.send_signal(number)
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == exit_code
    assert said.startswith("Stopped.")
    assert said.count("\n") == 1
