"""`gol-lottery export`, for a checkout: lottery/commands/export.py says what it does."""

from lottery.runs import stopping

if __name__ == "__main__":
    stopping.at_signals()  # from here on, also while the libraries below are imported

from lottery.commands.export import COMMAND

if __name__ == "__main__":
    COMMAND.main(call="python scripts/export.py")
