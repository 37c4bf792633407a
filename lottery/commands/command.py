"""A command: its options, what it does with them, and how words of a shell become both."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from shutil import get_terminal_size
from textwrap import TextWrapper
from typing import Any, NoReturn

import tyro

from lottery.runs import session

HELP, ALL, VERSION = ("-h", "--help"), "--help-all", "--version"
LONGEST_LINE = 100  # of prose, in characters
MOST_LEVELS = 10_000  # of pruning: so many leave nothing of any network


@dataclass(frozen=True)
class Command:
    """One of the commands of `gol-lottery`.

    Attributes:
        name: as typed after `gol-lottery`.
        about: what it does, in a few words.
        description: what it does and how it is called, as the help shows it; calls begin with `gol-lottery NAME`.
        options: a dataclass, or a union of them where the command has commands of its own.
        short: the same with some options hidden, for a help of one screen; None where one screen holds all.
        run: what it does.
    """

    name: str
    about: str
    description: str
    options: Any
    run: Callable[[Any], None]
    short: Any = None

    @property
    def usual_call(self) -> str:
        """What is typed to call it."""
        return f"gol-lottery {self.name}"

    def main(self, words: Sequence[str] | None = None, call: str | None = None) -> NoReturn:
        """Run the command as a process does: parse, compute, print, end with an exit code.

        Args:
            words: what was typed after the call; by default `sys.argv[1:]`.
            call: what was typed to call it, as the help shows it; by default `gol-lottery NAME`.
        """
        typed = sys.argv[1:] if words is None else words
        session.run(lambda: self(typed, call or self.usual_call))

    def __call__(self, words: Sequence[str], call: str) -> None:
        """Parse words and run the command, or print its help or the versions."""
        if VERSION in words:
            print_versions()
        else:
            self.run(self.parsed(words, call))

    def parsed(self, words: Sequence[str], call: str | None = None) -> Any:
        """The options that some words mean; words that ask for help, or mean nothing, end the process."""
        options, called = self.options, call or self.usual_call
        description = self.description.replace(self.usual_call, called)
        if self.short is not None and ALL not in words and set(HELP) & set(words):
            options = self.short
            description += f"\n{ALL} shows the options that are left out here."
        typed = ["--help" if word == ALL else word for word in words]
        return tyro.cli(options, args=typed, prog=called, description=wrapped(description))


def wrapped(description: str) -> str:
    """A description with lines as long as the terminal has place for; lines that are indented stay as they are.

    Args:
        description: its paragraphs have empty lines between them.
    """
    # tyro joins lines to one of any length, unless they begin with something other than a letter, such as a space.
    wrapper = TextWrapper(width=min(get_terminal_size().columns, LONGEST_LINE), subsequent_indent=" ")
    paragraphs = description.strip("\n").split("\n\n")
    return "\n\n".join(one if one.startswith(" ") else wrapper.fill(" ".join(one.split())) for one in paragraphs)


def print_versions() -> None:
    """Print the version of the package and of what its numbers depend on, on one line."""
    found = session.versions()
    package = session.LIBRARIES[0]
    others = ", ".join(f"{name} {version}" for name, version in found.items() if name != package)
    print(f"{package} {found[package]} ({others})")
