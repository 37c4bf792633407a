"""What every command does first and last: devices, compilation cache, and one sentence for a user's mistake."""

import codecs
import errno
import io
import os
import platform
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from signal import SIGINT
from typing import NoReturn

from lottery.runs import stopping

# jax and whatever needs it are imported by the functions: a command's --help does not wait for them.

LIBRARIES = ("gol-lottery", "jax", "flax", "optax", "numpy")

LONGEST = 2000  # characters of a message

# What stands for a character that the output's encoding does not have; others lose their accents or become a "?".
PLAIN = str.maketrans(
    {
        **dict.fromkeys("─━═╌╴╶╸╺", "-"),
        **dict.fromkeys("│┃║", "|"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛┡┩╇", "+"),
        **{"▀": "'", "▄": ".", "█": "#"},  # a board's two rows to a line
        **{"✓": "+", "–": "-", "−": "-", "’": "'", "×": "x", "·": ".", "†": "*"},
    }
)

# Errors of the machine, not of ours, that come without a file's name, such as from printing to a full disk.
OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE)


class MachineError(Exception):
    """What the machine or its settings refuse, in one sentence.

    `gol.InputError` says the same of a user's input, but cannot be imported where jax cannot.
    """


def start() -> None:
    """Use one host device per core and keep compiled programs between runs; call before any computation.

    The environment variable JAX_NUM_CPU_DEVICES asks for another number of host devices. Beside an accelerator they
    play no part. The compilation cache is where JAX_COMPILATION_CACHE_DIR says, else in the user's cache folder.

    Raises:
        MachineError: where jax does not start with the environment variables that are set.
    """
    try:
        import jax

        if "JAX_NUM_CPU_DEVICES" not in os.environ:
            jax.config.update("jax_num_cpu_devices", os.cpu_count() or 1)
        _keep_compiled_programs()
        jax.devices()
    except (RuntimeError, ValueError, AssertionError) as error:
        raise MachineError(_jax_refuses(error)) from error


def _jax_refuses(error: Exception) -> str:
    asked = [f"{name}={text}" for name, text in os.environ.items() if name.startswith("JAX_") and "CACHE" not in name]
    why = str(error) or "there is no such device"
    return f"jax does not start with {', '.join(asked) or 'what this machine has'}: {why}"


def _keep_compiled_programs() -> None:
    import jax

    if not getattr(jax.config, "jax_compilation_cache_dir", None):
        folder = cache_folder()
        if folder is None:
            return
        jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def cache_folder() -> Path | None:
    """Where compiled programs are kept, made if need be; None where this user has no folder that can be written to.

    As the XDG base directory specification has it, an XDG_CACHE_HOME that is empty or no absolute path counts as unset.
    """
    of_user = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(of_user) if Path(of_user).is_absolute() else Path.home() / ".cache"
        folder = base / "gol-lottery" / "xla"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # without a HOME, and without an entry among the users
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def device_name() -> str:
    """What computes, such as `cpu (2 devices, x86_64)` or the name of the accelerator."""
    import jax

    devices = jax.devices()
    kind = platform.machine() if devices[0].platform == "cpu" else devices[0].device_kind
    return f"{devices[0].platform} ({len(devices)} device{'s' if len(devices) > 1 else ''}, {kind})"


def versions() -> dict[str, str]:
    """Python's version and those of the libraries that numbers depend on."""
    from importlib.metadata import version

    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


@cache
def commit() -> str | None:
    """The git commit of the package's code, with "-dirty" where files differ from it; None outside a checkout of it."""
    tracked = _git("ls-files", "__init__.py")  # an installed package may lie inside a repository of something else
    return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") if tracked else None


def _git(*words: str) -> str | None:
    """What git answers in the package's folder; None where there is no git, or it refuses."""
    command = ["git", "-C", str(Path(__file__).parents[1]), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)  # noqa: S603 - our words
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def run(main: Callable[[], None]) -> NoReturn:
    """Run a command: a user's mistake ends with its sentence and exit code 2, Ctrl-C with 130, never a traceback.

    So does what the machine refuses (a file that cannot be written, too little memory). All else is a bug of ours and
    keeps its traceback.
    """
    stopping.at_signals()
    print_whatever_the_encoding()
    try:
        refuse_odd_arguments(sys.argv[1:])
        main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        stopping.end(SIGINT)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is left to say, not even at the interpreter's exit.
        _drop_output()
        sys.exit(0)
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        print(f"Error: {sentence}", file=sys.stderr)  # noqa: T201 - this is where commands end
        if isinstance(error, OSError):
            _drop_output()
        sys.exit(2)
    sys.exit(0)


def _drop_output() -> None:
    """Let what has not been printed go nowhere, instead of failing once more when the interpreter ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def refuse_odd_arguments(arguments: list[str]) -> None:
    """Refuse empty arguments and control characters, which no option takes and no message should print.

    Raises:
        MachineError: for the first of them.
    """
    for argument in arguments:
        # Bytes that are no UTF-8, which are no control characters, may stand in the name of a file that is read.
        if any(unicodedata.category(character) == "Cc" for character in argument):
            raise MachineError(f"The argument '{argument}' has control characters: leave them out.")
        if not argument:
            raise MachineError("One argument is empty: give it a value, or leave it and its option out.")


def explain(error: Exception) -> str | None:
    """The sentence for an error that is the user's or the machine's, on one line; None for a bug of ours."""
    # Importing it here would import jax, which may be what has failed; where it was raised, it is there.
    input_error = getattr(sys.modules.get("gol.errors"), "InputError", MachineError)
    if isinstance(error, (MachineError, input_error)):
        sentence = str(error)
    elif isinstance(error, OSError) and error.filename is not None:
        sentence = f"{error.filename} cannot be used: {error.strerror}."
    elif isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
        sentence = f"The machine refuses: {error.strerror}."
    elif isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        sentence = f"The machine has too little memory for this: choose smaller numbers ({error})."
    elif "initialize backend" in str(error) or ("jax._src" in sys.modules and "jax" not in sys.modules):
        # jax found no device, or could not be imported, which leaves parts of it behind.
        sentence = _jax_refuses(error)
    else:
        return None
    return _harmless(" ".join(sentence.split()))


def _harmless(text: str) -> str:
    """Text without what a terminal would obey: whatever a message is made of passes through here last."""
    cut = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)


def print_whatever_the_encoding() -> None:
    """Print what the output's encoding does not have in plainer characters, instead of failing."""
    codecs.register_error("gol-plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="gol-plain")


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_plain_character(one) for one in error.object[error.start : error.end]), error.end


def _plain_character(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte of a file's name that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    plain = unicodedata.normalize("NFKD", character.translate(PLAIN)).encode("ascii", "ignore").decode()
    return plain or "?"
