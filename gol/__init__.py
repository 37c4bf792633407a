"""A Game of Life simulator in JAX: rules, boards, evolution, neighbourhoods, patterns, formats and pictures."""

from gol.boards import random_boards
from gol.errors import InputError
from gol.evolve import evolve, step
from gol.formats import Pattern, read_pattern, write_pattern
from gol.identify import Identity, identify
from gol.neighbourhoods import neighbourhood_codes, neighbourhood_histogram
from gol.patterns import KNOWN_PATTERNS, KnownPattern, known_pattern, pattern, place
from gol.rules import NAMED_RULES, MapRule, Rule, map_string, parse_any_rule, parse_rule, truth_table
from gol.unbounded import evolve_unbounded

__all__ = [
    "KNOWN_PATTERNS",
    "NAMED_RULES",
    "Identity",
    "InputError",
    "KnownPattern",
    "MapRule",
    "Pattern",
    "Rule",
    "evolve",
    "evolve_unbounded",
    "identify",
    "known_pattern",
    "map_string",
    "neighbourhood_codes",
    "neighbourhood_histogram",
    "parse_any_rule",
    "parse_rule",
    "pattern",
    "place",
    "random_boards",
    "read_pattern",
    "step",
    "truth_table",
    "write_pattern",
]
