"""Run a command of `scripts/` as a user would, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(
    script: str, *arguments: str, cache: Path, timeout: float = 600, columns: int = 160
) -> subprocess.CompletedProcess[str]:
    """Run `python scripts/<script> <arguments>` with a compilation cache of the tests' own, on so wide a terminal."""
    environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": str(cache), "COLUMNS": str(columns)}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(  # noqa: S603 - our own script, our own arguments
        [sys.executable, str(ROOT / "scripts" / script), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment,
        check=False,
    )
