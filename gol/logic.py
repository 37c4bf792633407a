"""A rule as a short chain of bitwise operations on the bits of the neighbour count, found by search when jax traces."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import jax
import jax.numpy as jnp
from jaxtyping import UInt32

from gol.rules import Rule

Table = tuple[int | None, ...]
"""A Boolean function of some bits, its value for each setting of them; None where the setting never happens."""

Words = UInt32[jax.Array, "_ _ _"]


@dataclass(frozen=True)
class Node:
    """An operation on a bit and on what other nodes give.

    Attributes:
        kind: ``0`` or ``1``; ``is`` or ``not`` a bit; ``and``, ``or``, ``xor`` of the bit with a node, ``not and`` and
            ``not or`` of its inverse with a node; ``select`` the first node where the bit is 0, else the second.
        bit: which bit.
        nodes: none, one or two.
    """

    kind: str
    bit: int = 0
    nodes: "tuple[Node, ...]" = ()


CONSTANTS = (Node("0"), Node("1"))


def apply_rule(centre: Words, count: tuple[Words, Words, Words, Words], rule: Rule) -> Words:
    """The next state of 32 cells at a time.

    Args:
        centre: the cells, one per bit.
        count: the four bits of the number of live neighbours (0 to 8) of each cell, least significant first.
        rule: the rule.

    Returns:
        The next cells.
    """
    return _emit(rule_logic(rule), (centre, *count), {})


@lru_cache(maxsize=256)
def rule_logic(rule: Rule) -> Node:
    """The cheapest chain of selections for a rule over the five bits centre, 1, 2, 4, 8.

    Args:
        rule: the rule.

    Returns:
        The chain, to be applied bit by bit.
    """
    table: list[int | None] = []
    for centre, one, two, four, eight in product((0, 1), repeat=5):
        count = one + 2 * two + 4 * four + 8 * eight
        table.append(None if count > 8 else int(count in (rule.survival if centre else rule.birth)))
    return _search(tuple(table), (0, 1, 2, 3, 4))[1]


@lru_cache(maxsize=100_000)
def _search(table: Table, bits: tuple[int, ...]) -> tuple[int, Node]:
    """The cheapest node for a table over some bits, the first of which is the table's slowest axis, with its cost."""
    known = {value for value in table if value is not None}
    if len(known) < 2:
        return 0, CONSTANTS[1 if 1 in known else 0]
    splits = [
        _split(bit, *_halves(table, place, len(bits)), bits[:place] + bits[place + 1 :])
        for place, bit in enumerate(bits)
    ]
    return min(splits, key=lambda split: split[0])


def _split(bit: int, low: Table, high: Table, rest: tuple[int, ...]) -> tuple[int, Node]:
    """The node that splits by one bit, and its cost; cheap where the halves agree, are opposites or one is constant."""
    if (merged := _merged(low, high)) is not None:
        return _search(merged, rest)
    if (inverted := _merged(low, tuple(None if value is None else 1 - value for value in high))) is not None:
        cost, node = _search(inverted, rest)
        if node in CONSTANTS:
            return int(node == CONSTANTS[1]), Node("not" if node == CONSTANTS[1] else "is", bit)
        return cost + 1, Node("xor", bit, (node,))
    (cost_low, node_low), (cost_high, node_high) = _search(low, rest), _search(high, rest)
    cost = cost_low + cost_high
    if node_low == CONSTANTS[0]:
        return cost + 1, Node("and", bit, (node_high,))
    if node_low == CONSTANTS[1]:
        return cost + 2, Node("not or", bit, (node_high,))
    if node_high == CONSTANTS[0]:
        return cost + 2, Node("not and", bit, (node_low,))
    if node_high == CONSTANTS[1]:
        return cost + 1, Node("or", bit, (node_low,))
    return cost + 3, Node("select", bit, (node_low, node_high))


def _halves(table: Table, place: int, bits: int) -> tuple[Table, Table]:
    stride = 2 ** (bits - 1 - place)
    low = tuple(value for index, value in enumerate(table) if not index & stride)
    high = tuple(value for index, value in enumerate(table) if index & stride)
    return low, high


def _merged(one: Table, other: Table) -> Table | None:
    """A table that agrees with both, or None where they contradict each other."""
    if any(a is not None and b is not None and a != b for a, b in zip(one, other, strict=True)):
        return None
    return tuple(b if a is None else a for a, b in zip(one, other, strict=True))


def _emit(node: Node, bits: tuple[Words, ...], done: dict[Node, Words]) -> Words:
    """Turn a node into operations, each shared node once."""
    if node in done:
        return done[node]
    bit = bits[node.bit]
    inner = [_emit(part, bits, done) for part in node.nodes]
    match node.kind:
        case "0":
            value = jnp.zeros_like(bit)
        case "1":
            value = ~jnp.zeros_like(bit)
        case "is":
            value = bit
        case "not":
            value = ~bit
        case "and":
            value = bit & inner[0]
        case "or":
            value = bit | inner[0]
        case "not and":
            value = ~bit & inner[0]
        case "not or":
            value = ~bit | inner[0]
        case "xor":
            value = bit ^ inner[0]
        case _:
            value = inner[0] ^ (bit & (inner[0] ^ inner[1]))
    done[node] = value
    return value
