"""Rules of cellular automata drawn at random, and what can be said of a rule before any network is trained on it."""

from functools import cache

import numpy as np

from gol.rules import NAMED_RULES, Rule, parse_rule, truth_table
from lottery.data import risk_weights

KINDS_OF_DRAWS = ("any", "band")


@cache
def drawn_rules(kind: str, number: int, seed: int) -> tuple[str, ...]:
    """Draw different rules, in B/S notation.

    Args:
        kind: "any" or "band", as the protocol says.
        number: how many.
        seed: of the run.
    """
    rng = np.random.default_rng([seed, KINDS_OF_DRAWS.index(kind)])
    found: list[str] = []
    while len(found) < number:
        rule = str(_any_rule(rng) if kind == "any" else _band_rule(rng))
        if rule not in found and rule not in NAMED_RULES.values() and depends_on_neighbours(rule):
            found.append(rule)
    return tuple(found)


def _any_rule(rng: np.random.Generator) -> Rule:
    birth, survival = rng.integers(2, size=(2, 9))
    return Rule(frozenset(np.flatnonzero(birth).tolist()), frozenset(np.flatnonzero(survival).tolist()))


def _band_rule(rng: np.random.Generator) -> Rule:
    bands = [(low, high) for low in range(1, 8) for high in range(low, 8)]
    birth, survival = (bands[i] for i in rng.integers(len(bands), size=2))
    return Rule(*(frozenset(range(low, high + 1)) for low, high in (birth, survival)))


def depends_on_neighbours(rule: str) -> bool:
    """Whether a dead or a live cell's answer is not the same for all its neighbourhoods."""
    parsed = parse_rule(rule)
    return any(0 < len(counts) < 9 for counts in (parsed.birth, parsed.survival))


def turns(rule: str) -> int:
    """How often the answer changes along the counts 0 to 8, of a dead cell and of a live one together."""
    parsed = parse_rule(rule)
    return sum(
        (count in counts) != (count + 1 in counts) for counts in (parsed.birth, parsed.survival) for count in range(8)
    )


def all_dead_accuracy(rule: str) -> float:
    """Share of cells that the answer "dead" gets right everywhere, on boards with a density from U(0,1)."""
    return 1 - float(risk_weights(None) @ truth_table(rule))
