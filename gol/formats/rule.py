"""The rule as a pattern file names it, which may leave out the half that is empty."""

import re

from gol.formats.text import BLANKS
from gol.rules import Rule, parse_rule


def file_rule(text: str) -> Rule:
    """Read the rule of a pattern file.

    Args:
        text: anything `parse_rule` reads, or one half alone: B234 is B234/S and S23 is B/S23, as in Golly.

    Returns:
        The rule.

    Raises:
        InputError: from `parse_rule`.
    """
    half = re.fullmatch(r"([BS])[0-8]*", text.strip(BLANKS), re.IGNORECASE)
    if half is None:
        return parse_rule(text)
    return parse_rule(f"{half[0]}/S" if half[1] in "Bb" else f"B/{half[0]}")
