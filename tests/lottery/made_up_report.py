"""A made-up run, claim and point, for the tests of the report."""

from typing import Any

from lottery.report.statement import Statement

RUN = {
    "preset": "smoke",
    "seed": 7,
    "device": "2 CPU cores",
    "versions": {"jax": "1.2.3"},
    "seconds": 61,
    "deviations": ["200 updates instead of 125,000."],
    "outcome": "solved_at_end",
    "base_command": "python scripts/replicate.py --preset smoke --seed 7",
    "command": "python scripts/replicate.py --preset smoke --seed 7",
}


def point(**changes: Any) -> dict[str, Any]:
    return {
        "id": "width/m=1",
        "claim": "width",
        "statement": "Minimal networks rarely converge.",
        "source": "A paper",
        "expected": 3 / 64,
        "measured": 4 / 64,
        "interval": [0.025, 0.15],
        "successes": 4,
        "trials": 64,
        "verdict": "undecided",
        "seconds": 5.0,
        **changes,
    }


def statement(name: str = "width", **changes: Any) -> Statement:
    words = {
        "question": "How often do minimal networks learn?",
        "found": "4 of 64 minimal networks learn.",
        "statement": "Minimal networks rarely converge.",
        "source": "A paper",
        "protocol": "Train.",
        "rule": "Compare.",
    }
    return Statement(name, **(words | changes))
