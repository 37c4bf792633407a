"""Rules on two states, by counts (B/S notation, S/B digits, names) or by 512 answers (MAP strings); their tables."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped, UInt8

from gol.errors import InputError, shown

CENTRE_BIT = 4
"""The centre cell's place in a neighbourhood code; NW is bit 8, then N, NE, W, centre, E, SW, S, SE down to bit 0."""

MAP_LETTERS = 86
"""512 bits at six per base64 letter, rounded up."""

NAMED_RULES = {
    "Life": "B3/S23",
    "HighLife": "B36/S23",
    "Day & Night": "B3678/S34678",
    "Seeds": "B2/S",
    "Maze": "B3/S12345",
    "Mazectric": "B3/S1234",
    "Life without Death": "B3/S012345678",
    "Replicator": "B1357/S1357",
    "2x2": "B36/S125",
    "34 Life": "B34/S34",
    "Diamoeba": "B35678/S5678",
    "Morley": "B368/S245",
    "Anneal": "B4678/S35678",
    "Gnarl": "B1/S1",
    "Fredkin": "B1357/S02468",
    "Vote": "B5678/S45678",
    "Coral": "B3/S45678",
    "Long Life": "B345/S5",
    "Live Free or Die": "B2/S0",
    "DotLife": "B3/S023",
    "DryLife": "B37/S23",
    "Pedestrian Life": "B38/S23",
    "Amoeba": "B357/S1358",
    "Stains": "B3678/S235678",
    "Assimilation": "B345/S4567",
    "InverseLife": "B012345678/S34678",
}
"""Names as the LifeWiki's list of Life-like rules gives them (conwaylife.com/wiki/List_of_Life-like_rules)."""


@dataclass(frozen=True)
class Rule:
    """An outer-totalistic rule: what a cell becomes depends on its state and on how many of its eight neighbours live.

    Attributes:
        birth: the neighbour counts, 0 to 8, at which a dead cell comes alive.
        survival: the neighbour counts, 0 to 8, at which a live cell stays alive.
    """

    birth: frozenset[int]
    survival: frozenset[int]

    def __post_init__(self) -> None:
        for count in sorted(self.birth | self.survival):
            if not 0 <= count <= 8:
                raise InputError(f"a cell has 0 to 8 live neighbours, so {count} cannot stand in a rule")

    def __str__(self) -> str:
        """The rule in B/S notation, counts ascending: ``B3/S23``."""
        return f"B{_digits(self.birth)}/S{_digits(self.survival)}"


@dataclass(frozen=True)
class MapRule:
    """A rule given by its answer to each of the 512 neighbourhoods, which need not depend on counts.

    Attributes:
        answers: 512 of 0 and 1, by neighbourhood code, as in `truth_table`.
    """

    answers: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.answers) != 512 or not set(self.answers) <= {0, 1}:
            raise InputError("a rule by its answers needs 512 of them, each 0 or 1")

    def __str__(self) -> str:
        """The rule as a MAP string."""
        return map_string(self)


def parse_any_rule(text: "str | Rule | MapRule") -> Rule | MapRule:
    """Read a rule that need not depend on counts: what `parse_rule` reads, or any MAP string.

    Args:
        text: as for `parse_rule`. A rule is returned as it is.

    Returns:
        A `Rule` where the answers depend on counts alone, else a `MapRule`.

    Raises:
        InputError: where the text is no rule.

    Example:
        >>> answers = truth_table("B3/S23")
        >>> answers[0b010_010_010] = 0  # a live cell between two others, one above and one below, dies
        >>> type(parse_any_rule(map_string(answers))).__name__
        'MapRule'
    """
    if isinstance(text, MapRule):
        return text
    if isinstance(text, str) and text.strip().startswith("MAP"):
        table = _table_of_map(text.strip())
        return _rule_by_counts(table) or MapRule(tuple(table.tolist()))
    return parse_rule(text)


def parse_rule(text: "str | Rule | MapRule") -> Rule:
    """Read a rule by counts.

    Args:
        text: B/S notation in either case and order (``B3/S23``, ``b3s23``), the S/B digits of Life 1.05 (``23/3``), a
            MAP string of 512 cases, or a name of ``NAMED_RULES`` in any case. A `Rule` is returned as it is.

    Returns:
        The rule.

    Raises:
        InputError: where the text is none of these, or a rule of 512 answers that do not depend on counts alone.

    Example:
        >>> str(parse_rule("23/36"))
        'B36/S23'

    Source: notations as in Golly's help, "QuickLife" (golly.sourceforge.io/Help/Algorithms/QuickLife.html).
    """
    if isinstance(text, Rule):
        return text
    stripped = str(text).strip()
    named = {name.casefold(): rule for name, rule in NAMED_RULES.items()}
    stripped = named.get(stripped.casefold(), stripped)
    if stripped.startswith("MAP"):
        return _parse_map(stripped)
    compact = stripped.upper()
    both = (
        re.fullmatch(r"B(?P<birth>[0-8]*)/?S(?P<survival>[0-8]*)", compact)
        or re.fullmatch(r"S(?P<survival>[0-8]*)/?B(?P<birth>[0-8]*)", compact)
        or re.fullmatch(r"(?P<survival>[0-8]*)/(?P<birth>[0-8]*)", compact)
    )
    if not both:
        raise InputError(_complaint(stripped))
    return Rule(frozenset(map(int, both["birth"])), frozenset(map(int, both["survival"])))


def truth_table(rule: Rule | MapRule | str) -> UInt8[np.ndarray, "512"]:
    """What the centre becomes for each of the 512 neighbourhoods.

    Args:
        rule: the rule, or its text; any MAP string is one.

    Returns:
        0 or 1 per neighbourhood code: NW=256, N=128, NE=64, W=32, centre=16, E=8, SW=4, S=2, SE=1.

    Raises:
        InputError: from `parse_any_rule`.

    Source: the order is that of Golly's MAP strings.
    """
    rule = parse_any_rule(rule)
    if isinstance(rule, MapRule):
        return np.array(rule.answers, np.uint8)
    codes = np.arange(512)
    centre = (codes >> CENTRE_BIT) & 1
    neighbours = np.bitwise_count(codes & ~(1 << CENTRE_BIT))
    born, stays = np.isin(neighbours, list(rule.birth)), np.isin(neighbours, list(rule.survival))
    return np.where(centre == 1, stays, born).astype(np.uint8)


def map_string(rule: Rule | MapRule | str | Shaped[np.ndarray, "512"] | Sequence[int]) -> str:
    """Write a rule as a MAP string.

    Args:
        rule: the rule, its text, or its 512 answers by neighbourhood code, each 0 or 1.

    Returns:
        ``MAP`` and the truth table in base64, the case of code 0 first, most significant bit first, without padding.

    Raises:
        InputError: from `parse_any_rule`, or for what are not 512 answers.
    """
    if not isinstance(rule, str | Rule | MapRule):
        rule = MapRule(tuple(np.asarray(rule).ravel().tolist()))
    return "MAP" + base64.b64encode(np.packbits(truth_table(rule)).tobytes()).decode().rstrip("=")


def counts_mask(counts: frozenset[int]) -> int:
    """The counts as a bit set: bit k is set where k is among them, so that ``(mask >> n) & 1`` looks n up."""
    return sum(1 << count for count in counts)


def _digits(counts: frozenset[int]) -> str:
    return "".join(map(str, sorted(counts)))


def _parse_map(text: str) -> Rule:
    table = _table_of_map(text)
    rule = _rule_by_counts(table)
    if rule is None:
        wrong = np.flatnonzero(truth_table(_counted(table)) != table)
        raise InputError(
            f"the MAP string is not outer-totalistic: neighbourhood {wrong[0]} differs from others with as many live "
            "neighbours, and here a rule has to go by counts"
        )
    return rule


def _table_of_map(text: str) -> UInt8[np.ndarray, "512"]:
    letters = text.removeprefix("MAP").rstrip("=")
    for place, letter in enumerate(letters):
        if not re.fullmatch(r"[A-Za-z0-9+/]", letter):
            raise InputError(f"the MAP string has '{shown(letter)}' at character {place + 4}, which is not base64")
    if len(letters) != MAP_LETTERS:
        raise InputError(f"a MAP string needs {MAP_LETTERS} base64 letters after 'MAP' (512 cases), not {len(letters)}")
    return np.unpackbits(np.frombuffer(base64.b64decode(letters + "=="), np.uint8))


def _counted(table: UInt8[np.ndarray, "512"]) -> Rule:
    """The rule by counts that has every count at which a table has a live answer."""
    codes = np.arange(512)
    centre, neighbours = (codes >> CENTRE_BIT) & 1, np.bitwise_count(codes & ~(1 << CENTRE_BIT))
    births, survivals = (frozenset(neighbours[(centre == state) & (table == 1)].tolist()) for state in (0, 1))
    return Rule(births, survivals)


def _rule_by_counts(table: UInt8[np.ndarray, "512"]) -> Rule | None:
    """The rule that a table is of, or None where its answers do not depend on counts alone."""
    rule = _counted(table)
    return rule if np.array_equal(truth_table(rule), table) else None


def _complaint(text: str) -> str:
    """The sentence for a string that is no rule: its family's name, or the first character that cannot be right."""
    rule = f"rule '{shown(text, 40)}'"
    how = "write it like B3/S23 (births, then survivals), 23/3, or give a name such as HighLife"
    if not text:
        return f"the rule is empty: {how}"
    if re.fullmatch(r"(?![BS][0-8]|[WR]\d)[A-Z][\w .&+-]+", text, re.IGNORECASE):
        return f"no rule here is called '{shown(text, 40)}', and Golly's tables are not read: {how}"
    for form, family in _FAMILIES.items():
        if re.fullmatch(form, text, re.IGNORECASE):
            return f"{rule} is {family}: such rules are for Golly, here a cell counts live neighbours among eight"
    for place, letter in enumerate(text, start=1):
        if letter == "9":
            return f"{rule} has '9' at character {place}: a cell has at most 8 neighbours"
        if letter not in "012345678/BbSs":
            return f"{rule} has '{shown(letter)}' at character {place}, which has no place in a rule by counts: {how}"
    for letters in ("Bb", "Ss"):
        places = [place for place, letter in enumerate(text, start=1) if letter in letters]
        if len(places) > 1:
            return f"{rule} has a second {letters[0]!r} at character {places[1]}: {how}"
    return f"{rule} does not have one part for births and one for survivals: {how}"


_ARRANGED = "[0-8cekainyqjrtwz-]*"
"""Counts with letters that say which arrangements of so many neighbours are meant."""
_FAMILIES = {
    r"B?[0-8]*/S?[0-8]*/[CG]?\d+": "of the family Generations, with more than two states",
    r"R\d+,C\d+,.*": "of the family Larger than Life",
    r"(B[0-8]*/?S[0-8]*|[0-8]*/[0-8]*)H": "on a hexagonal grid",
    r"(B[0-8]*/?S[0-8]*|[0-8]*/[0-8]*)V": "on the von Neumann neighbourhood of four",
    rf"B{_ARRANGED}[/_]?S{_ARRANGED}|{_ARRANGED}/{_ARRANGED}": "isotropic, not by counts",
    r"W\d+": "one of Wolfram's on a line",
}
"""Forms of rules that Golly knows and this package does not."""
