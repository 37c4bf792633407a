"""What a small pattern is: still life, oscillator or spaceship, with its period and displacement."""

from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from jaxtyping import Shaped

from gol.arrays import AnyArray, Rows, as_generations
from gol.rules import MapRule, Rule, parse_rule
from gol.unbounded import ROW, refuse_b0, step_keys, to_keys

MAX_LIVE = 100_000
"""A pattern that grows past this is not a small one, and the search ends."""


@dataclass(frozen=True)
class Identity:
    """What a pattern is.

    Attributes:
        kind: ``empty``, ``still life``, ``oscillator``, ``spaceship``, or ``unknown`` where it did not return in time.
        period: generations until it returns, None where unknown.
        displacement: (rows, columns) moved in one period, down and right positive, None where unknown.
    """

    kind: str
    period: int | None
    displacement: tuple[int, int] | None


def identify(
    cells: Shaped[AnyArray, "height width"] | Rows,
    rule: Rule | MapRule | str = "B3/S23",
    max_period: SupportsIndex = 1000,
) -> Identity:
    """Find out what a pattern is by running it on an unbounded plane until it is itself again, moved or not.

    Args:
        cells: as for `gol.evolve`, of any height and width.
        rule: a `Rule` or anything `parse_rule` reads, without births from 0 neighbours.
        max_period: the longest period that is looked for.

    Returns:
        What it is. A pattern that only later turns into something periodic is ``unknown``, as is a gun.

    Raises:
        InputError: for cells that cannot be, a B0 rule, or a negative period.

    Example:
        >>> identify(np.array([[0, 1, 0], [0, 0, 1], [1, 1, 1]], np.uint8))
        Identity(kind='spaceship', period=4, displacement=(1, 1))
    """
    parsed = refuse_b0(parse_rule(rule))
    first = keys = to_keys(cells)
    if not first.size:
        return Identity("empty", 1, (0, 0))
    for period in range(1, as_generations(max_period) + 1):
        keys = step_keys(keys, parsed)
        if not keys.size or keys.size > MAX_LIVE:
            break
        shift = int(keys[0] - first[0])
        # Sorted keys move together, so one shift has to fit all of them.
        if keys.size == first.size and np.array_equal(keys, first + shift):
            rows = (shift + ROW // 2) // ROW
            displacement = (rows, shift - rows * ROW)
            if displacement != (0, 0):
                return Identity("spaceship", period, displacement)
            return Identity("still life" if period == 1 else "oscillator", period, displacement)
    return Identity("unknown", None, None)
