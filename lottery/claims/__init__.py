"""The claims, one file each: statement, source, protocol, expected number, how it is run, how it is judged."""

from gol.errors import InputError, shown
from lottery.claims.frame.claim import Claim
from lottery.claims.paper import (
    activations,
    boards,
    choices,
    column,
    density,
    depth,
    handmade,
    minimal,
    optimisers,
    penalties,
    records,
    rules,
    shapes,
    signs,
    solutions,
    streams,
    tied,
    time,
    width,
)
from lottery.claims.tickets import (
    alone,
    always,
    before,
    connectivity,
    cut,
    learning_rate,
    magnitudes,
    planted,
    sanity,
    structure,
    supermasks,
    tenth,
    ticket,
    transfer,
    twosteps,
)
from lottery.inputs.registries import register

_IN_THE_ORDER_OF_THE_REPORT = (
    handmade.CLAIM,
    width.CLAIM,
    tenth.CLAIM,
    ticket.CLAIM,
    minimal.CLAIM,
    shapes.CLAIM,
    column.CLAIM,
    depth.CLAIM,
    time.CLAIM,
    boards.CLAIM,
    streams.CLAIM,
    signs.CLAIM,
    density.CLAIM,
    choices.CLAIM,
    solutions.CLAIM,
    activations.CLAIM,
    optimisers.CLAIM,
    penalties.CLAIM,
    rules.CLAIM,
    tied.CLAIM,
    cut.CLAIM,
    before.CLAIM,
    sanity.CLAIM,
    alone.CLAIM,
    learning_rate.CLAIM,
    magnitudes.CLAIM,
    twosteps.CLAIM,
    connectivity.CLAIM,
    transfer.CLAIM,
    always.CLAIM,
    records.CLAIM,
    structure.CLAIM,
    planted.CLAIM,
    supermasks.CLAIM,
)
CLAIMS: dict[str, type[Claim]] = {claim.name: claim for claim in _IN_THE_ORDER_OF_THE_REPORT}

HEADLINE, ALL = "headline", "all"  # names for several claims


def register_claim(claim: type[Claim]) -> None:
    """Add a claim of one's own, the last of the report; the command knows it by its name.

    Args:
        claim: a class with a `name`, words and methods, as lottery/claims/frame/claim.py says.

    Raises:
        InputError: for what is no claim, lacks words or methods, or has a name that is taken.
    """
    if not (isinstance(claim, type) and issubclass(claim, Claim)):
        raise InputError("A claim is a class derived from lottery.claims.frame.claim.Claim.")
    words = [word for word in ("name", "statement", "source", "protocol", "rule") if not hasattr(claim, word)]
    if missing := [*words, *sorted(claim.__abstractmethods__)]:
        raise InputError(f"The claim {claim.__name__} lacks {', '.join(missing)}.")
    if claim.name in (HEADLINE, ALL):
        raise InputError(f"{claim.name!r} is a name for several claims: choose another.")
    register(CLAIMS, "claim", claim.name, claim)


def chosen(names: list[str]) -> list[type[Claim]]:
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
