"""What commands print: for a person on the console, for a program as JSON in a file or on the standard output."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

if TYPE_CHECKING:
    from rich.console import Console

STANDARD_OUTPUT = Path("-")

Flag = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")]
"""The type of an option that is off unless it is given."""

JsonPath = Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(not written by default)")]
"""The type of the option --json."""


def console_beside(path: Path | None) -> "Console":
    """The console for a person: the standard error where the standard output is for a program, the file `-`.

    Args:
        path: of the option --json.

    Raises:
        InputError: where the file cannot be written.
    """
    from rich.console import Console

    if path == STANDARD_OUTPUT:
        return Console(stderr=True, highlight=False)
    if path is not None:
        from lottery.runs.outputs import check_file

        check_file(path, "--json")
    return Console(highlight=False)


def write_for_program(path: Path | None, value: Any) -> None:
    """Write plain JSON values to the file of --json, or to the standard output where that is `-`.

    Args:
        path: of the option; None writes nothing.
        value: what to write; NaN is refused, because JSON has none.
    """
    if path == STANDARD_OUTPUT:
        sys.stdout.write(json.dumps(value, indent=2, allow_nan=False) + "\n")
    elif path is not None:
        from lottery.runs.files import write_json

        write_json(path, value)


def write_so_far(path: Path | None, value: Any) -> None:
    """Write what there is to a file of --json, so that a run that is stopped leaves it.

    Args:
        path: of the option; None and the standard output, which takes one value alone, get nothing yet.
        value: what to write.
    """
    if path != STANDARD_OUTPUT:
        write_for_program(path, value)
