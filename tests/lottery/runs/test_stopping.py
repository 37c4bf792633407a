"""How a process ends when it is asked to stop, whatever it is doing."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import heeding

ROOT = Path(__file__).parents[3]

# Minutes in one call that leaves Python's signal handlers no turn, as compilers and kernels do.
IN_COMPILED_CODE = "import hashlib; print('ready', flush=True); hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)"
WITH_A_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stderr=subprocess.DEVNULL)
print(child.pid, flush=True)
child.wait()
print("the child's end was noticed", file=sys.stderr)
"""
SWALLOWING = """
print("ready", flush=True)
while True:
    try:
        sum(range(100))
    except BaseException:
        pass
"""
STALLED = "import sys; print('ready', flush=True); [sys.stdout.write('x' * 65536) for _ in range(100)]"


def started(code: str, before: str = "") -> tuple[subprocess.Popen[str], str]:
    """A process that stops at signals, and the first line that it has printed."""
    process = subprocess.Popen(  # noqa: S603 - our own code
        heeding("-c", f"{before}\nfrom lottery.runs import stopping; stopping.at_signals()\n{code}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return process, process.stdout.readline().strip()


@pytest.mark.thorough(but=5)
@pytest.mark.parametrize(
    "code",
    [IN_COMPILED_CODE, WITH_A_CHILD, SWALLOWING, STALLED],
    ids=["in compiled code", "with a child", "swallowing exceptions", "with a reader that has stalled"],
)
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_at_once_in_one_line_with_its_children(code, number, exit_code):
    process, line = started(code)
    with process:
        time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(timeout=10) == exit_code
        assert process.stderr.read() == "Stopped. What is finished is kept; the same command goes on from there.\n"
    if line.isdecimal():
        deadline = time.monotonic() + 5
        while _runs(int(line)) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not _runs(int(line))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_signal_that_was_ignored_from_the_start_stays_ignored():
    code = "import time; print('ready', flush=True); time.sleep(1); print('done')"
    process, _ = started(code, before="import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)")
    with process:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert process.stdout.read() == "done\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_process_whose_output_nobody_reads(number):
    process, _ = started(IN_COMPILED_CODE)
    process.stdout.close()
    process.stderr.close()
    process.send_signal(number)
    assert process.wait(timeout=10) == 128 + number
