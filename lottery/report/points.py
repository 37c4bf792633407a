"""A measured point as it stands in claims.json: what it must hold, and how its numbers are worded for a reader."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, get_args

from gol.errors import InputError
from lottery.statistics.verdicts import Verdict

Point = Mapping[str, Any]

# fmt: off
REQUIRED = (
    "id", "claim", "statement", "source", "expected", "measured", "interval",
    "successes", "trials", "verdict", "seconds",
)
# fmt: on
SECOND_HAND = (
    "† Second-hand: these numbers come from notes about Springer and Kenyon's paper, and nobody here has read its PDF. "
    "Elser 2020 (arXiv 2012.02179), who had, writes that training in it was never completely successful for more than "
    "one step."
)
NO_LOSS = (
    "No loss, as dense: the difference is held against the loss that the rule allows, not against zero, so that an "
    "interval below zero can leave the verdict undecided."
)
CORRECTED = (
    "p, corrected: the p-value of the row's test after Holm's correction over all tests that belong together. The "
    "interval beside it is that of the row alone, not corrected, and can exclude what the row is held against while "
    "the verdict is undecided."
)
VERDICTS: tuple[str, ...] = get_args(Verdict)
SYMBOLS = {"reproduced": "✓", "contradicted": "✗", "undecided": "?", "new": "+"}
_SUFFIXES = {"rate": " %", "difference": " points", "number": ""}


def check_points(points: Sequence[Point]) -> None:
    """Refuse points that a report could not show.

    Args:
        points: as in claims.json.

    Raises:
        InputError: if a point lacks a key, or its verdict, unit or interval cannot be, or two share an id.
    """
    seen: set[str] = set()
    for point in points:
        name = point.get("id", "without an id")
        missing = [key for key in REQUIRED if key not in point]
        if missing:
            raise InputError(f"point {name} lacks {', '.join(missing)}")
        if point["verdict"] not in VERDICTS:
            raise InputError(f"point {name} has verdict {point['verdict']!r}, which is none of {', '.join(VERDICTS)}")
        if unit(point) not in _SUFFIXES:
            raise InputError(f"point {name} has unit {unit(point)!r}, which is none of {', '.join(_SUFFIXES)}")
        if point["interval"] is not None and len(point["interval"]) != 2:
            raise InputError(f"point {name} has an interval that is no pair [low, high]")
        if name in seen:
            raise InputError(f"two points share the id {name}")
        seen.add(name)


def by_claim(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Group points by their claim, in the order in which the claims first appear.

    Args:
        points: as in claims.json.
    """
    groups: dict[str, list[Point]] = {}
    for point in points:
        groups.setdefault(point["claim"], []).append(point)
    return groups


def unit(point: Point) -> str:
    """Tell what kind of number a point measures: "rate", "difference" (of rates) or "number".

    Args:
        point: a point; its optional key `unit` decides, else whether it counts trials.
    """
    return point.get("unit") or ("rate" if point["trials"] is not None else "number")


def quantity(point: Point) -> str:
    """Tell what a number counts, in the plural, such as "updates": numbers of one quantity share a scale.

    Args:
        point: a point; its optional key `quantity` says so.
    """
    return point.get("quantity") or "numbers"


def number_text(value: float | int) -> str:
    """Word a number that is neither a rate nor a difference.

    Args:
        value: finite.
    """
    return _digits(value, "number")


def expected_text(point: Point) -> str:
    """Word what the source led us to expect, with a mark where nobody here has read the source.

    Args:
        point: a point; a text is shown as it is, a number in the point's unit.
    """
    expected = point["expected"]
    text = expected if isinstance(expected, str) else _number(expected, unit(point))
    return f"{text} †" if point.get("second_hand") else text


def measured_text(point: Point) -> str:
    """Word what was measured, with the counts behind a rate.

    Args:
        point: a point.
    """
    text = _number(point["measured"], unit(point))
    return text if point["trials"] is None else f"{text} ({point['successes']}/{point['trials']})"


def interval_text(point: Point) -> str:
    """Word the 95 % interval; empty where there is none.

    Args:
        point: a point.
    """
    ends = point["interval"]
    if ends is None:
        return ""
    return " to ".join(_digits(end, unit(point)) for end in ends) + _SUFFIXES[unit(point)]


def told(point: Point, noun: str = "") -> str:
    """Word what was measured within a sentence: counts or a number, and the interval in brackets.

    Args:
        point: a point.
        noun: what was counted, to stand before the bracket.
    """
    ends = interval_text(point)
    counts = point["trials"] is not None and point["measured"] is not None
    value = f"{point['successes']} of {point['trials']}" if counts else _number(point["measured"], unit(point))
    if value == "–":
        value = "no number"
    value = f"{value} {noun}".strip()
    return f"{value} ({ends.removesuffix(' points')})" if ends else value


def label_text(point: Point) -> str:
    """Say in words what a point measures; its name within the claim where it has no words.

    Args:
        point: a point; its optional key `label` holds the words.
    """
    return point.get("label") or short_id(point)


def short_id(point: Point) -> str:
    """The name of a point within its claim.

    Args:
        point: a point.
    """
    return str(point["id"]).removeprefix(f"{point['claim']}/")


def notes(points: Sequence[Point]) -> dict[str, list[str]]:
    """Every note once, with the names of the points that have it.

    Args:
        points: of one claim; their optional key `note` holds it.
    """
    found: dict[str, list[str]] = {}
    for point in points:
        if point.get("note"):
            found.setdefault(point["note"], []).append(short_id(point))
    return found


def judged(points: Sequence[Point]) -> list[Point]:
    """Those points that have a verdict.

    Args:
        points: as in claims.json.
    """
    return [point for point in points if point["verdict"] != "new"]


def verdicts_text(points: Sequence[Point]) -> str:
    """Word the verdicts of a claim: the one that all its judged points share, or how many there are of each.

    Args:
        points: of one claim.
    """
    counts = verdict_counts(points)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items())


def verdict_counts(points: Sequence[Point]) -> dict[str, int]:
    """How many points of a claim have each verdict, of those that are judged; "new" where none is.

    Args:
        points: of one claim.
    """
    found = Counter(point["verdict"] for point in judged(points) or points)
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}


def p_text(point: Point) -> str:
    """Word the p-value after correction; empty where nothing was corrected.

    Args:
        point: a point; its optional key `p` holds it.
    """
    p = point.get("p")
    if p is None:
        return ""
    return f"{p:.2g}" if p >= 0.0001 else "< 0.0001"


def legends(points: Sequence[Point]) -> list[str]:
    """What a reader of these points' table has to know of its marks and columns.

    Args:
        points: of one claim, or of several.
    """
    needed = {
        CORRECTED: any(point.get("p") is not None for point in points),
        NO_LOSS: any(point["expected"] in ("no loss", "as dense") for point in points),
        SECOND_HAND: any(point.get("second_hand") for point in points),
    }
    return [text for text, is_needed in needed.items() if is_needed]


def verdict_text(verdict: str) -> str:
    """Word a verdict with its sign, so that no reader depends on its colour.

    Args:
        verdict: one of the four verdicts.
    """
    return f"{SYMBOLS[verdict]} {verdict}"


def duration_text(seconds: float | int | None) -> str:
    """Word a time span in its two largest units.

    Args:
        seconds: the span; None where nothing was timed.
    """
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _number(value: float | int | None, kind: str) -> str:
    return "–" if value is None or not isfinite(value) else _digits(value, kind) + _SUFFIXES[kind]


def _digits(value: float | int, kind: str) -> str:
    """Round to what a reader can use, with a true minus sign, and no decimal that says nothing."""
    if kind == "number":
        return f"{value:.4g}".replace("-", "−")
    text = f"{100 * value:{'+' if kind == 'difference' else ''}.1f}".removesuffix(".0")
    return "0" if text in ("+0", "-0") else text.replace("-", "−")
