"""What a format cannot hold is refused when writing: without its rule or board it would be another pattern."""

from gol.errors import InputError
from gol.formats.pattern import Pattern
from gol.rules import parse_rule


def refuse_rule(pattern: Pattern, format: str) -> None:
    """Refuse a rule other than Life's.

    Args:
        pattern: the pattern.
        format: the format's name, for the sentence.

    Raises:
        InputError: where the rule is not B3/S23.
    """
    if pattern.rule != parse_rule("B3/S23"):
        raise InputError(f"{format} has no place for the rule {pattern.rule}: write RLE or Life 1.05")


def refuse_board(pattern: Pattern, format: str) -> None:
    """Refuse a pattern that belongs on a bounded board.

    Args:
        pattern: the pattern.
        format: the format's name, for the sentence.

    Raises:
        InputError: where it has a topology.
    """
    if pattern.topology:
        raise InputError(f"{format} has no place for a {pattern.topology} of {pattern.size}: write RLE")
