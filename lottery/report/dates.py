"""Whether the rule of a claim is older than its numbers, as the pages say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lottery.runs.manifests import Dated

NAMED = 8  # outcomes that a sentence names; of more it gives the number


@dataclass(frozen=True)
class Dates:
    """When a claim's rule was fixed, and when its outcomes were made.

    Attributes:
        fixed: the rule's time as "2026-11-25 12:02:07" in UTC; a bare date stands for the end of that day.
        outcomes: by piece; None where no date was kept.
    """

    fixed: str
    outcomes: Mapping[str, Dated | None]

    @property
    def known_before(self) -> list[str]:
        """The pieces that cannot be shown to be younger than the rule, by name."""
        fixed = datetime.fromisoformat(self.fixed).replace(tzinfo=UTC)
        if len(self.fixed) == len("2026-11-25"):
            fixed += timedelta(days=1)
        return [name for name, dated in self.outcomes.items() if dated is None or dated.at <= fixed]

    @property
    def older(self) -> str:
        """Whether the rule is older than its numbers: "yes", "no", or "in part"."""
        if not self.known_before:
            return "yes"
        return "no" if len(self.known_before) == len(self.outcomes) else "in part"

    @property
    def span(self) -> tuple[str, str]:
        """The first and the last date of the outcomes, a dash where there is none."""
        known = sorted(dated.at for dated in self.outcomes.values() if dated is not None)
        return (_minute(known[0]), _minute(known[-1])) if known else ("–", "–")

    @property
    def words(self) -> str:
        """A few sentences for a page."""
        number, before = len(self.outcomes), self.known_before
        first, last = self.span
        said = [f"The rule was fixed on {self.fixed} (UTC)."]
        if not before:
            said.append(f"All {number} outcomes are younger ({first} to {last}).")
        elif len(before) == number:
            said.append(f"It cannot be shown to be older than its numbers, {number} outcomes ({first} to {last}).")
        else:
            more = len(before) - NAMED
            named = ", ".join(f"`{name}`" for name in before[:NAMED]) + (f" and {more} more" if more > 0 else "")
            said.append(
                f"It is older than {number - len(before)} of {number} outcomes ({first} to {last}). It cannot be shown "
                f"to be older than {named}, so verdicts that rest on these may have been ruled with them known."
            )
        if any(dated is not None and dated.entered for dated in self.outcomes.values()):
            said.append("Early outcomes have the date on which they entered the repository, after they were computed.")
        return " ".join(said)


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
