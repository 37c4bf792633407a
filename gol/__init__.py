"""A Game of Life simulator in JAX: rules, boards, evolution, neighbourhoods, patterns, formats and pictures."""

from gol.boards import random_boards
from gol.errors import InputError
from gol.evolve import evolve, step
from gol.neighbourhoods import neighbourhood_codes, neighbourhood_histogram
from gol.rules import NAMED_RULES, Rule, map_string, parse_rule, truth_table

__all__ = [
    "NAMED_RULES",
    "InputError",
    "Rule",
    "evolve",
    "map_string",
    "neighbourhood_codes",
    "neighbourhood_histogram",
    "parse_rule",
    "random_boards",
    "step",
    "truth_table",
]
