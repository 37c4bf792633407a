"""What every command does first and last: devices, compilation cache, and one sentence for a user's mistake."""

import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import jax

from gol.errors import InputError

LIBRARIES = ("gol-lottery", "jax", "flax", "optax", "numpy")


def start() -> None:
    """Use one host device per core and keep compiled programs between runs; call before any computation.

    The environment variable JAX_NUM_CPU_DEVICES asks for another number of host devices. Beside an accelerator they
    play no part. The compilation cache is where JAX_COMPILATION_CACHE_DIR says, else in the user's cache folder.
    """
    if "JAX_NUM_CPU_DEVICES" not in os.environ:
        jax.config.update("jax_num_cpu_devices", os.cpu_count() or 1)
    if not getattr(jax.config, "jax_compilation_cache_dir", None):
        cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gol-lottery" / "xla"
        jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def device_name() -> str:
    """What computes, such as `cpu (2 devices, x86_64)` or the name of the accelerator."""
    devices = jax.devices()
    kind = platform.machine() if devices[0].platform == "cpu" else devices[0].device_kind
    return f"{devices[0].platform} ({len(devices)} device{'s' if len(devices) > 1 else ''}, {kind})"


def versions() -> dict[str, str]:
    """Python's version and those of the libraries that numbers depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def run(main: Callable[[], None]) -> NoReturn:
    """Run a command: a user's mistake ends with its sentence and exit code 2, Ctrl-C with 130, never a traceback."""
    try:
        main()
    except InputError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 - this is where commands end
        sys.exit(2)
    except KeyboardInterrupt:
        print("Stopped. What is finished is kept; the same command goes on from there.", file=sys.stderr)  # noqa: T201
        # XLA's threads may still compute: taken down under them, the interpreter now and then crashes (exit code 139).
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is left to say, not even at the interpreter's exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(0)
