"""What a page tells of a claim besides its points."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        devices: how many outcomes each device computed, "not recorded" among them.
    """

    name: str
    question: str
    found: str
    statement: str
    source: str
    protocol: str
    rule: str
    dates: Dates | None = None
    devices: Mapping[str, int] = field(default_factory=dict)

    @property
    def computed(self) -> str:
        """A sentence on what computed the outcomes; nothing where it is not known."""
        named = "; ".join(f"{device}: {count}" for device, count in self.devices.items())
        return f"Outcomes by device: {named}." if named else ""
