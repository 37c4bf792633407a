"""How commands end."""

import subprocess
import sys

INTERRUPTED = """
import atexit, os
from lottery import session

def main():
    print("so far")
    atexit.register(os._exit, 3)  # what an interpreter's end would run into
    raise KeyboardInterrupt

session.run(main)
"""


def test_ctrl_c_ends_without_taking_down_what_computes_and_keeps_what_was_printed():
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=120)  # noqa: S603
    assert ended.returncode == 130
    assert ended.stdout == "so far\n"
    assert ended.stderr == "Stopped. What is finished is kept; the same command goes on from there.\n"
