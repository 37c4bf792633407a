"""The claims, one file each: statement, source, protocol, expected number, how it is run, how it is judged."""

from gol.errors import InputError, shown
from lottery.claims import (
    activations,
    alone,
    always,
    anatomy,
    before,
    boards,
    chained,
    choices,
    column,
    connected,
    connectivity,
    cut,
    density,
    depth,
    flipped,
    handmade,
    learning_rate,
    magnitudes,
    minimal,
    optimisers,
    penalties,
    planted,
    plants,
    records,
    rules,
    sanity,
    shaped,
    shapes,
    shrunk,
    signs,
    solutions,
    solved,
    streams,
    strong,
    structure,
    supermasks,
    tenth,
    ticket,
    tied,
    time,
    transfer,
    transferred,
    twosteps,
    width,
)
from lottery.claims.claim import Claim
from lottery.experiments import KINDS as EXPERIMENT_KINDS
from lottery.pieces import Run

_IN_THE_ORDER_OF_THE_REPORT = (
    handmade,
    width,
    tenth,
    ticket,
    minimal,
    shapes,
    column,
    depth,
    time,
    boards,
    streams,
    signs,
    density,
    choices,
    solutions,
    activations,
    optimisers,
    penalties,
    rules,
    tied,
    cut,
    before,
    sanity,
    alone,
    learning_rate,
    magnitudes,
    twosteps,
    connectivity,
    transfer,
    always,
    records,
    structure,
    planted,
    supermasks,
)
CLAIMS: dict[str, Claim] = {module.NAME: module.CLAIM for module in _IN_THE_ORDER_OF_THE_REPORT}

HEADLINE, ALL = "headline", "all"  # names for several claims

# How each kind of piece is computed.
KINDS: dict[str, Run] = {
    **EXPERIMENT_KINDS,
    "handmade": handmade.run,
    "flips": flipped.run,
    "shapes": shaped.run,
    "solutions": solved.run,
    "rule": rules.run,
    "connectivity": connected.run,
    "transfer": transferred.run,
    "chained": chained.run,
    "shrink": shrunk.run,
    "anatomy": anatomy.run,
    "planted": plants.run,
    **strong.KINDS,
}


def chosen(names: list[str]) -> list[Claim]:
    """The claims of these names, in the order of the report; "headline" stands for the headline ones, "all" for all.

    Raises:
        InputError: for an unknown name, or none.
    """
    known = f"{', '.join(CLAIMS)}, or {HEADLINE}, or {ALL}"
    if not names:
        raise InputError(f"--claims names no claim: give it some of {known}.")
    if unknown := [name for name in names if name not in (*CLAIMS, HEADLINE, ALL)]:
        raise InputError(f"Unknown claim '{shown(unknown[0])}': it is one of {known}.")
    return [
        claim
        for name, claim in CLAIMS.items()
        if name in names or ALL in names or (HEADLINE in names and claim.headline)
    ]
