"""`gol-lottery simulate`, for a checkout: lottery/commands/simulate.py says what it does."""

from lottery.runs import stopping

if __name__ == "__main__":
    stopping.at_signals(stopping.PLAIN)  # from here on, also while the libraries below are imported

from lottery.commands.simulate import COMMAND

if __name__ == "__main__":
    COMMAND.main(call="python scripts/simulate.py")
