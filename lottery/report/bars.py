"""The small bar beside each number of the page: where the measured value, its interval and the expected value lie."""

from dataclasses import dataclass
from math import isfinite

from lottery.report.points import Point, unit


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


def bar(point: Point) -> Bar | None:
    """Lay out the bar of a point: rates on 0 to 1, differences on -1 to 1, other numbers on what they span with zero.

    Args:
        point: a point of claims.json.

    Returns:
        The places, or None where there is no finite value with an interval to draw.
    """
    if point["measured"] is None or point["interval"] is None:
        return None
    if not all(isfinite(number) for number in (point["measured"], *point["interval"])):
        return None
    expected = point["expected"] if isinstance(point["expected"], int | float) else None
    low, high = point["interval"]
    if unit(point) == "rate":
        left, right = 0.0, 1.0
    elif unit(point) == "difference":
        left, right = -1.0, 1.0
    else:
        drawn = [0.0, low, high, point["measured"], *([] if expected is None else [expected])]
        left, right = min(drawn), max(drawn)
    length = (right - left) or 1.0

    def place(number: float | int) -> float:
        return round(100 * min(max((number - left) / length, 0.0), 1.0), 2)

    return Bar(
        value=place(point["measured"]),
        low=place(low),
        high=place(high),
        expected=None if expected is None else place(expected),
        zero=place(0.0) if left < 0 else None,
    )
