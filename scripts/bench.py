"""`gol-lottery bench`, for a checkout: lottery/commands/bench.py says what it does."""

from lottery.runs import stopping

if __name__ == "__main__":
    stopping.at_signals(stopping.PLAIN)  # from here on, also while the libraries below are imported

from lottery.commands.bench import COMMAND

if __name__ == "__main__":
    COMMAND.main(call="python scripts/bench.py")
