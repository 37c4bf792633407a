"""What the claims about success against width share: where a series crosses 50 %, as a point words it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lottery.report.figures.figure import Rates
from lottery.report.points import interval_text, told
from lottery.statistics.crossings import Crossing, crossing, first_above
from lottery.statistics.verdicts import Verdict, same_crossing

INITIALISERS = {"glorot": "Glorot uniform", "pytorch": "PyTorch's default"}
HOW = (
    "Where the 50 % line is crossed is read off a logistic curve in log m (maximum likelihood with Firth's penalty), "
    "its interval from a bootstrap that draws the outcome of every network anew from the curve."
)


def crossing_of(rates: Rates) -> Crossing:
    """Where a series crosses 50 %."""
    return crossing(rates.x, rates.successes, rates.trials)


def crossing_fields(rates: Rates, found: Crossing) -> dict[str, Any]:
    """A crossing as the fields of a point: no number where it is beyond the widths, which stand for an end beyond."""
    smallest, largest = min(rates.x), max(rates.x)
    ends = tuple(float(np.clip(end, smallest, largest)) for end in (found.low, found.high))
    return {
        "measured": found.value if smallest <= found.value <= largest else None,
        "interval": ends if ends[0] < ends[1] else None,
        "unit": "number",
        "quantity": "widths m",
    }


def crossing_told(point: Mapping[str, Any]) -> str:
    """The crossing of a point within a sentence, also where it was not seen within the widths."""
    if point["measured"] is not None:
        return f"m={told(point)}"
    if point["interval"]:
        return f"a width that we cannot tell, in the stretch of m={interval_text(point)}"
    return "a width outside of those tried"


def crossing_words(rates: Rates, found: Crossing) -> str:
    """A crossing and its interval in a sentence, such as "6 (4.1 to 7.7)", also where they are beyond the widths."""
    words = {0.0: f"below m={min(rates.x)}", np.inf: f"above m={max(rates.x)}"}
    value, low, high = (words.get(end, f"{end:.2g}") for end in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def crossing_verdict(published: tuple[float, float], rates: Rates, found: Crossing) -> Verdict:
    """Hold a crossing against the published stretch, by `same_crossing`.

    Of an interval that lies beyond all widths that were tried no more is known than that: it counts as if it began, or
    ended, at the last of them.

    Args:
        published: as `same_crossing` takes it.
        rates: the series.
        found: where it crosses 50 %.
    """
    smallest, largest = float(min(rates.x)), float(max(rates.x))
    return same_crossing(published, min(found.low, largest), max(found.high, smallest))


def crossing_note(rates: Rates, found: Crossing) -> str:
    """Which width is the first above 50 %, how well the curve fits, and what is known of a crossing not seen."""
    first = first_above(rates.x, rates.successes, rates.trials)
    shares = np.array(rates.successes) / np.array(rates.trials)
    off = float(np.abs(found.rate(np.array(rates.x)) - shares).max())
    seen = "Not even at the largest width do more than half succeed." if first is None else ""
    words = [
        seen or f"More than half succeed from m={first} on.",
        f"The curve passes within {100 * off:.0f} points of every rate.",
    ]
    if found.low == np.inf:
        words.append(f"The whole interval is above m={max(rates.x)}.")
    elif found.high == 0:
        words.append(f"The whole interval is below m={min(rates.x)}.")
    else:
        words += [f"The interval goes on above m={max(rates.x)}."] if found.high == np.inf else []
        words += [f"The interval goes on below m={min(rates.x)}."] if found.low == 0 else []
    return " ".join(words)
