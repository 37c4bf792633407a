"""What a claim is: a sentence somebody made, how it is tested, and the rule of its verdict, fixed before the run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.plan import Plan
from lottery.pieces import Outcomes, Piece
from lottery.report.page import PageFigure
from lottery.statistics import wilson

Results = Mapping[str, Outcomes]  # outcomes of pieces, by the piece's name
Point = dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """One claim, as it is run and reported.

    Attributes:
        name: short name, as in `--claims width`.
        statement: the claim in one sentence.
        source: who made it.
        protocol: how it is tested here, and what the source leaves open.
        rule: how the verdict is reached, fixed before the run.
        headline: whether it is run where no claims are named.
        pieces: plan -> what has to be computed.
        points: (plan, results) -> the measured points, as in claims.json.
        figures: (plan, results, folder) -> figures, written to the folder.
    """

    name: str
    statement: str
    source: str
    protocol: str
    pieces: Callable[[Plan], list[Piece]]
    points: Callable[[Plan, Results], list[Point]]
    figures: Callable[[Plan, Results, Path], list[PageFigure]]
    rule: str
    headline: bool = False


def point(
    claim: str,
    name: str,
    *,
    statement: str,
    source: str,
    verdict: str,
    expected: Any = None,
    measured: float | None = None,
    interval: tuple[float, float] | None = None,
    successes: int | None = None,
    trials: int | None = None,
    seconds: float | None = None,
    **more: str,
) -> Point:
    """One measured point as it stands in claims.json.

    Args:
        claim: name of the claim.
        name: what was measured, such as `m=3`; the id is `claim/name`.
        statement: what the point says, in a sentence.
        source: where the expected number comes from.
        verdict: "reproduced", "contradicted", "undecided" or "new".
        expected: the number, or a few words, or None.
        measured: the number that was found.
        interval: its 95 % interval.
        successes: where it is a rate.
        trials: where it is a rate.
        seconds: computing time that went into it.
        more: `rule`, `protocol`, `note`, `outcome`, `unit`, as the report shows them.
    """
    return {
        "id": f"{claim}/{name}",
        "claim": claim,
        "statement": statement,
        "source": source,
        "expected": expected,
        "measured": measured,
        "interval": None if interval is None else list(interval),
        "successes": successes,
        "trials": trials,
        "verdict": verdict,
        "seconds": seconds,
        **more,
    }


def rate(outcomes: Sequence[bool] | np.ndarray) -> dict[str, Any]:
    """A success rate as the fields of a point: measured, Wilson's interval, successes and trials."""
    return rate_of(int(sum(outcomes)), len(outcomes))


def rate_of(successes: int, trials: int) -> dict[str, Any]:
    """A success rate as the fields of a point, from its counts."""
    interval = wilson(successes, trials)
    return {
        "measured": successes / trials,
        "interval": (interval.low, interval.high),
        "successes": successes,
        "trials": trials,
    }
