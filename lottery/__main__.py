"""`python -m lottery` is the command `gol-lottery`."""

from lottery.commands import main

if __name__ == "__main__":
    main()
