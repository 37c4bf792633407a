"""Run a command of `scripts/` as a user would, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    """Ours, with this package, the compilation cache that conftest.py has set, and one device, as the tests have."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "JAX_NUM_CPU_DEVICES": "1", **more}


def run(script: str, *arguments: str, timeout: float = 600, columns: int = 160) -> subprocess.CompletedProcess[str]:
    """Run `python scripts/<script> <arguments>` on so wide a terminal."""
    return subprocess.run(  # noqa: S603 - our own script, our own arguments
        [sys.executable, str(ROOT / "scripts" / script), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment(COLUMNS=str(columns)),
        check=False,
    )


# Ctrl-C is ignored by what a shell has put into the background, and by all that starts from there; a command that is
# tried here heeds it wherever the tests run.
HEEDING = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"


def heeding(*arguments: str) -> list[str]:
    """A command line that starts `python <arguments>` with Ctrl-C heeded."""
    return [sys.executable, "-c", HEEDING, sys.executable, *arguments]


def start(script: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start `python scripts/<script> <arguments>`; what it prints can be read while it runs."""
    return subprocess.Popen(  # noqa: S603 - our own script, our own arguments
        heeding("-u", str(ROOT / "scripts" / script), *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        **options,
    )
