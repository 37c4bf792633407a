"""The claims, one file each: statement, source, protocol, expected number, how it is run, how it is judged."""

from gol.errors import InputError
from lottery.claims import handmade, tenth, ticket, width
from lottery.claims.claim import Claim
from lottery.experiments import KINDS as EXPERIMENT_KINDS
from lottery.pieces import Run

CLAIMS: dict[str, Claim] = {module.NAME: module.CLAIM for module in (handmade, width, tenth, ticket)}

# How each kind of piece is computed.
KINDS: dict[str, Run] = {**EXPERIMENT_KINDS, "handmade": handmade.run}


def chosen(names: list[str]) -> list[Claim]:
    """The claims of these names, in the order of the report; all of them for ["all"] or an empty list.

    Raises:
        InputError: for an unknown name.
    """
    if not names or names == ["all"]:
        return list(CLAIMS.values())
    if unknown := [name for name in names if name not in CLAIMS]:
        raise InputError(f"Unknown claim {unknown[0]!r}: it is one of {', '.join(CLAIMS)}, or all.")
    return [claim for name, claim in CLAIMS.items() if name in names]
