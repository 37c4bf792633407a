"""The small bars beside the numbers of the page: where measured values, their intervals and expected values lie.

Bars are there to be compared by eye, so those of one unit under one claim share one scale: rates run from 0 to 1,
differences from -1 to 1, other numbers over what all of them span together with zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Context
from math import isfinite

from lottery.report.points import Point, number_text, quantity, unit

FIXED = {"rate": (0.0, 1.0), "difference": (-1.0, 1.0)}
_TWO_DIGITS = Context(prec=2, rounding=ROUND_UP)


@dataclass(frozen=True)
class Bar:
    """Places along a bar, as percentages of its length from the left.

    Attributes:
        value: the measured value.
        low: lower end of its interval.
        high: upper end of its interval.
        expected: the expected value; None where it is no number.
        zero: the place of zero; None where the bar begins there.
    """

    value: float
    low: float
    high: float
    expected: float | None
    zero: float | None


def scales(points: Sequence[Point]) -> dict[str, tuple[float, float]]:
    """The scale of the bars of every quantity, under one claim; rates and differences need none, theirs is fixed.

    Args:
        points: of one claim.

    Returns:
        Left and right end by the quantity's name: the lowest and the highest number that is drawn, zero being one of
        them, rounded outwards to two digits.
    """
    drawn: dict[str, list[float]] = {}
    for point in points:
        if unit(point) not in FIXED and is_drawn(point):
            drawn.setdefault(quantity(point), [0.0]).extend(_numbers(point))
    return {name: (_outwards(min(found)), _outwards(max(found))) for name, found in drawn.items()}


def scale_texts(points: Sequence[Point]) -> list[str]:
    """Say what the bars of a claim's numbers run over, one sentence per quantity.

    Args:
        points: of one claim.
    """
    return [
        f"Bars of {name} run from {number_text(left)} to {number_text(right)}."
        for name, (left, right) in scales(points).items()
    ]


def is_drawn(point: Point) -> bool:
    """Whether a point has a bar: only where there is a finite value with a finite interval.

    Args:
        point: of claims.json.
    """
    if point["measured"] is None or point["interval"] is None:
        return False
    return all(isfinite(number) for number in (point["measured"], *point["interval"]))


def bar(point: Point, of_claim: Sequence[Point]) -> Bar | None:
    """Lay out the bar of a point.

    Args:
        point: of claims.json.
        of_claim: all points of its claim, which share the scale of each quantity.

    Returns:
        The places, or None where there is nothing to draw.
    """
    if not is_drawn(point):
        return None
    left, right = FIXED.get(unit(point)) or scales(of_claim)[quantity(point)]
    length = (right - left) or 1.0

    def place(number: float | int) -> float:
        return round(100 * min(max((number - left) / length, 0.0), 1.0), 2)

    low, high = point["interval"]
    return Bar(
        value=place(point["measured"]),
        low=place(low),
        high=place(high),
        expected=place(point["expected"]) if _is_number(point["expected"]) else None,
        zero=place(0.0) if left < 0 else None,
    )


def _numbers(point: Point) -> Iterator[float]:
    yield from (point["measured"], *point["interval"])
    if _is_number(point["expected"]):
        yield point["expected"]


def _is_number(expected: object) -> bool:
    return isinstance(expected, int | float) and isfinite(expected)


def _outwards(number: float | int) -> float:
    """The number, or the next one farther from zero, that has two digits."""
    return float(_TWO_DIGITS.create_decimal(f"{number:.12g}"))  # what 1.1 * 50 has beyond 55 is rounding
