"""The console command `gol-lottery`, one file per command; `python -m lottery` and `scripts/` call the same."""

import sys
from typing import NoReturn

from lottery.runs import stopping

# Commands that compute pieces: what is finished is kept when they are stopped.
RESUMABLE = ("replicate", "ticket", "compare")


def main() -> NoReturn:
    """Run the command that the shell's words name."""
    resumable = sys.argv[1:2] and sys.argv[1] in RESUMABLE
    # From here on, also while the libraries of the command are imported.
    stopping.at_signals(stopping.RESUMABLE if resumable else stopping.PLAIN)
    from lottery.commands.choice import main as choose

    choose()
