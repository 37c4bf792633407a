"""The claims, one file each: statement, source, protocol, expected number, how it is run, how it is judged."""

from gol.errors import InputError, shown
from lottery.claims.frame.claim import Claim
from lottery.claims.paper.activations import Activations
from lottery.claims.paper.boards import Boards
from lottery.claims.paper.choices import Choices
from lottery.claims.paper.column import Column
from lottery.claims.paper.density import Density
from lottery.claims.paper.depth import Depth
from lottery.claims.paper.growth import Growth
from lottery.claims.paper.handmade import Handmade
from lottery.claims.paper.kept import Kept
from lottery.claims.paper.lost import Lost
from lottery.claims.paper.minimal import Minimal
from lottery.claims.paper.optimisers import Optimisers
from lottery.claims.paper.penalties import Penalties
from lottery.claims.paper.records import Records
from lottery.claims.paper.rules import Rules
from lottery.claims.paper.shapes import Shapes
from lottery.claims.paper.signs import Signs
from lottery.claims.paper.solutions import Solutions
from lottery.claims.paper.streams import Streams
from lottery.claims.paper.tied import Tied
from lottery.claims.paper.time import Time
from lottery.claims.paper.why import Why
from lottery.claims.paper.width import Width
from lottery.claims.tickets.alone import Alone
from lottery.claims.tickets.always import Always
from lottery.claims.tickets.before import Before
from lottery.claims.tickets.budget import Budget
from lottery.claims.tickets.connectivity import Connectivity
from lottery.claims.tickets.cut import Cut
from lottery.claims.tickets.fate import Fate
from lottery.claims.tickets.learning_rate import LearningRate
from lottery.claims.tickets.lifetime import Lifetime
from lottery.claims.tickets.magnitudes import Magnitudes
from lottery.claims.tickets.planted import PlantedTicket
from lottery.claims.tickets.price import Price
from lottery.claims.tickets.sanity import Sanity
from lottery.claims.tickets.structure import Structure
from lottery.claims.tickets.supermasks import Supermasks
from lottery.claims.tickets.tenth import Tenth
from lottery.claims.tickets.ticket import Ticket
from lottery.claims.tickets.transfer import Transfer
from lottery.claims.tickets.twosteps import TwoSteps
from lottery.inputs.registries import register

_IN_THE_ORDER_OF_THE_REPORT = (
    Handmade,
    Width,
    Tenth,
    Ticket,
    Minimal,
    Shapes,
    Column,
    Depth,
    Lost,
    Kept,
    Why,
    Time,
    Boards,
    Streams,
    Signs,
    Density,
    Choices,
    Solutions,
    Activations,
    Optimisers,
    Penalties,
    Rules,
    Tied,
    Cut,
    Before,
    Sanity,
    Alone,
    LearningRate,
    Budget,
    Magnitudes,
    Fate,
    TwoSteps,
    Connectivity,
    Transfer,
    Always,
    Records,
    Structure,
    PlantedTicket,
    Supermasks,
    Price,
    Lifetime,
    Growth,
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
