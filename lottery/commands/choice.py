"""Which command is meant: the first word names it, and its file alone is imported."""

import sys
from collections.abc import Sequence
from dataclasses import make_dataclass
from importlib import import_module
from typing import Annotated, Any, NoReturn, Union

import tyro

from lottery.commands.command import VERSION, Command, print_versions, wrapped
from lottery.runs import session

NAMES = ("replicate", "ticket", "compare", "simulate", "certify", "export", "animate", "bench", "ledger")

DESCRIPTION = """Train, prune and prove small networks that predict the Game of Life.

    gol-lottery replicate        # test the claims, ten minutes
    gol-lottery COMMAND --help   # its options
    gol-lottery --version        # of what computes

Completion for a shell: `gol-lottery --tyro-print-completion bash` (or zsh, tcsh) prints what it reads.
"""


def command(name: str) -> Command:
    """The command of a name, one of `NAMES`."""
    return import_module(f"lottery.commands.{name}").COMMAND


def main() -> NoReturn:
    """Run the command that the first word names, with the others as its options."""
    words = sys.argv[1:]
    if words and words[0] in NAMES:
        command(words[0]).main(words[1:])
    session.run(lambda: without_command(words))


def without_command(words: Sequence[str]) -> None:
    """Print the versions, the help, the completion of a shell, or what is wrong with the words."""
    if words and words[0] == VERSION:
        print_versions()
    else:
        tyro.cli(every_command(), args=list(words) or ["--help"], prog="gol-lottery", description=wrapped(DESCRIPTION))


def every_command() -> Any:
    """All commands with all their options as one type."""
    found = [command(name) for name in NAMES]
    options = [Annotated[_in_one(each), tyro.conf.subcommand(each.name, description=each.about)] for each in found]
    return Union[tuple(options)]  # noqa: UP007 - of commands that are known here alone


def _in_one(found: Command) -> Any:
    """The options of a command as a dataclass: tyro takes no union within a union."""
    if isinstance(found.options, type):
        return found.options
    return make_dataclass(found.name, [("command", Annotated[found.options, tyro.conf.OmitSubcommandPrefixes])])
