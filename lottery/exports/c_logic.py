"""C on words: what a network answers, compiled to logic that answers 32 cells at once.

A one-step network is a function of nine bits. Where it depends on the own cell and on the number of live neighbours
alone, as every network of Life does, adders count the neighbours of 32 cells at once. This is the 3x3 layer of the
network of fifteen parameters, bit by bit. A decision diagram of the own cell and of the bits of the count takes the
place of what follows. Any other network becomes a decision diagram of the nine cells. Of several orders of the
variables we keep the one that needs the fewest operations.

Logic knows only what a network answers: all exact networks of a rule become the same logic.

Source: decision diagrams, Bryant 1986 (IEEE Transactions on Computers C-35, 677-691); sifting, Rudell 1993 (ICCAD).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import numpy as np
from jaxtyping import Bool

from lottery.exports.c_tables import activations, layers_of
from lottery.runs.saved_networks import SavedNetwork

CELLS = ("nw", "n", "ne", "w", "c", "e", "sw", "s", "se")
ALL, NONE = "UINT32_MAX", "0u"

Cases = tuple[bool | None, ...]
"""What a function answers by the values of its variables, the first of which is the top bit; None is anything."""


@dataclass
class Gates:
    """Operations on words in the order in which they are computed, each once.

    Attributes:
        names: expression -> the name of its value.
    """

    names: dict[str, str] = field(default_factory=dict)

    def gate(self, expression: str) -> str:
        """The name of an expression of names that are known."""
        return self.names.setdefault(expression, f"g{len(self.names)}")

    def choose(self, variable: str, high: str, low: str) -> str:
        """`high` where the variable is on and `low` where it is off."""
        if high == low:
            return high
        if low == NONE:
            return variable if high == ALL else self.gate(f"{variable} & {high}")
        if high == NONE:
            return self.gate(f"~{variable}") if low == ALL else self.gate(f"{low} & ~{variable}")
        if high == ALL:
            return self.gate(f"{variable} | {low}")
        if low == ALL:
            return self.gate(f"{high} | ~{variable}")
        if high == self.names.get(f"~{low}"):
            return self.gate(f"{variable} ^ {low}")
        return self.gate(f"{low} ^ ({variable} & {self.gate(f'{high} ^ {low}')})")

    def needed(self, result: str) -> list[tuple[str, str]]:
        """(name, expression) of the gates that a result depends on, in order."""
        wanted, found = {result}, []
        for expression, name in reversed(self.names.items()):
            if name in wanted:
                wanted |= set(re.findall(r"\w+", expression))
                found.append((name, expression))
        return found[::-1]

    def operations(self, result: str) -> int:
        """How many operations of C a result takes."""
        return sum(len(re.findall("[&|^~]", expression)) for _, expression in self.needed(result))


def in_words(network: SavedNetwork) -> dict[str, Any]:
    """What the template needs to write a network as logic."""
    table = activations(layers_of(network))[-1][:, 0] > 0
    by_count = answers_by_count(table)
    gates, result = of_cells(table) if by_count is None else of_count(by_count)
    needed = gates.needed(result)
    read = set(re.findall(r"\w+", " ".join([result, *(expression for _, expression in needed)])))
    cells = [{"name": name, "expression": f"cells[{place}]"} for place, name in enumerate(CELLS) if name in read]
    way = (
        "a decision diagram of the nine cells"
        if by_count is None
        else "adders that count the neighbours, and a decision diagram of the count and the own cell"
    )
    return {
        "about": [
            f"Logic on words of 32 cells: {gates.operations(result)} operations answer 32 cells. It was made from the",
            f"network's 512 answers: {way}.",
        ],
        "layers": [],
        "gates": cells + [{"name": name, "expression": expression} for name, expression in needed],
        "result": result,
    }


def answers_by_count(table: Bool[np.ndarray, "512"]) -> Cases | None:
    """A table as a function of (own cell, four bits of the count of live neighbours); None where it is none."""
    found: list[bool | None] = [None] * 32
    for code, alive in enumerate(table.tolist()):
        own = code >> 4 & 1
        place = own << 4 | (code.bit_count() - own)
        if found[place] not in (None, alive):
            return None
        found[place] = alive
    return tuple(found)


def of_count(answers: Cases) -> tuple[Gates, str]:
    """Logic of a function of the own cell and the count: the shortest over all orders of these five variables."""
    tried = [counted(answers, order) for order in permutations(range(5))]
    return min(tried, key=lambda found: found[0].operations(found[1]))


def counted(answers: Cases, order: Sequence[int]) -> tuple[Gates, str]:
    """Adders, and the decision diagram of one order of the variables."""
    gates = Gates()
    count = _adders(gates, [cell for cell in CELLS if cell != "c"])
    return gates, diagram(gates, answers, ("c", *reversed(count)), order)


def of_cells(table: Bool[np.ndarray, "512"]) -> tuple[Gates, str]:
    """Logic of any function of the nine cells: each variable is sifted to its best place until none moves."""

    def tried(order: tuple[int, ...]) -> tuple[Gates, str]:
        gates = Gates()
        return gates, diagram(gates, tuple(table.tolist()), CELLS, order)

    return _sifted(tried, tuple(range(9)))


def _sifted(tried: Callable[[tuple[int, ...]], tuple[Gates, str]], order: tuple[int, ...]) -> tuple[Gates, str]:
    best = tried(order)
    moved = True
    while moved:
        moved = False
        for variable in range(len(order)):
            rest = tuple(other for other in order if other != variable)
            for place in range(len(order)):
                new = (*rest[:place], variable, *rest[place:])
                found = tried(new)
                if found[0].operations(found[1]) < best[0].operations(best[1]):
                    best, order, moved = found, new, True
    return best


def diagram(gates: Gates, answers: Cases, variables: Sequence[str], order: Sequence[int]) -> str:
    """Add a decision diagram to gates.

    Args:
        gates: what there is already.
        answers: of the function.
        variables: their names.
        order: their places, the one that is asked first in front.

    Returns:
        The name of the result.
    """
    cube = np.array(answers, object).reshape((2,) * len(variables)).transpose(tuple(order)).ravel()
    return _node(gates, tuple(cube.tolist()), [variables[place] for place in order])


def _node(gates: Gates, answers: Cases, variables: list[str]) -> str:
    known = {answer for answer in answers if answer is not None}
    if len(known) < 2:
        return ALL if known == {True} else NONE
    half = len(answers) // 2
    low, high = answers[:half], answers[half:]
    if all(a is None or b is None or a == b for a, b in zip(low, high, strict=True)):
        return _node(gates, tuple(b if a is None else a for a, b in zip(low, high, strict=True)), variables[1:])
    rest = variables[1:]
    return gates.choose(variables[0], _node(gates, high, rest), _node(gates, low, rest))


def _adders(gates: Gates, eight: list[str]) -> tuple[str, str, str, str]:
    """The bits of the sum of eight words, the lowest first."""
    a, b, c, d, e, f, g, h = eight
    ones1, twos1 = _full_adder(gates, a, b, c)
    ones2, twos2 = _full_adder(gates, f, g, h)
    ones3, twos3 = gates.gate(f"{d} ^ {e}"), gates.gate(f"{d} & {e}")
    bit0, twos4 = _full_adder(gates, ones1, ones2, ones3)
    twos5, fours1 = _full_adder(gates, twos1, twos2, twos3)
    bit1, fours2 = gates.gate(f"{twos4} ^ {twos5}"), gates.gate(f"{twos4} & {twos5}")
    return bit0, bit1, gates.gate(f"{fours1} ^ {fours2}"), gates.gate(f"{fours1} & {fours2}")


def _full_adder(gates: Gates, a: str, b: str, c: str) -> tuple[str, str]:
    """The sum of three words, and its carry."""
    two = gates.gate(f"{a} ^ {b}")
    return gates.gate(f"{two} ^ {c}"), gates.gate(f"({a} & {b}) | ({two} & {c})")
