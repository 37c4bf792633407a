"""What a page tells of a claim besides its points."""

from dataclasses import dataclass

from lottery.report.dates import Dates


@dataclass(frozen=True)
class Statement:
    """The words of a claim.

    Attributes:
        name: as in `--claims NAME`.
        question: what is asked, so that nothing untrue stands as a heading.
        found: the answer in one or two sentences, written from the points.
        statement: the claim in one sentence.
        source: who made it.
        protocol: how it is tested, and what the source leaves open.
        rule: how the verdict is reached.
        dates: of the rule and of its outcomes, where they are known.
    """

    name: str
    question: str
    found: str
    statement: str
    source: str
    protocol: str
    rule: str
    dates: Dates | None = None
