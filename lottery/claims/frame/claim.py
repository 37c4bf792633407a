"""What a claim is: a sentence somebody made, how it is tested, and the rule of its verdict, fixed before the run."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import matplotlib.figure

from lottery.claims.frame.answers import NotMeasuredError, Points, default_answer
from lottery.claims.frame.found import Found
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import BySize, Size, size_of
from lottery.report.figures.figure import Row, save_figure
from lottery.report.page import PageFigure
from lottery.runs.pieces import Outcomes, Piece

Results = Mapping[str, Outcomes]  # outcomes of pieces, by the piece's name
Point = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A figure of a claim, not saved yet.

    Attributes:
        title: its heading.
        caption: what it shows and how to read it, in a sentence or two.
        drawn: the figure and the rows that were drawn.
        part: says which of the claim's figures it is, where there are several.
    """

    title: str
    caption: str
    drawn: tuple[matplotlib.figure.Figure, Sequence[Row]]
    part: str = ""


class Claim(ABC):
    """One claim under one plan: what has to be computed for it, and what came of that.

    A claim is a subclass with words and three methods; `self[key]` is what came of the piece of that key. A fourth
    method, `answer`, says what was found in a sentence or two.

    Attributes:
        name: short name, as in `--claims width`.
        question: what is asked, as a heading of the pages; by default it is made of the statement.
        statement: the claim in one sentence.
        source: who made it.
        protocol: how it is tested here, and what the source leaves open.
        rule: how the verdict is reached, fixed before the run.
        fixed: since when the rule decides as it does, as "2026-11-25 12:02:07" in UTC; None where that is not known, or
            where there is no verdict.
        headline: whether it is run where no claims are named.
        outcome: what counts as a success, as the report words it; None where nothing is counted.
        sizes: replicates and budget at each size of a plan, where the claim has its own.
        plan: what is run.
    """

    name: ClassVar[str]
    question: ClassVar[str] = ""
    statement: ClassVar[str]
    source: ClassVar[str]
    protocol: ClassVar[str]
    rule: ClassVar[str]
    fixed: ClassVar[str | None] = None
    headline: ClassVar[bool] = False
    outcome: ClassVar[str | None] = "solved_at_end"
    sizes: ClassVar[BySize[Any]]

    def __init__(self, plan: Plan, results: Results | None = None) -> None:
        """Take a plan, and the outcomes of its pieces where they are known."""
        self.plan = plan
        self._results = results or {}

    @abstractmethod
    def pieces(self) -> Mapping[Any, Piece]:
        """What has to be computed, by keys of the claim's own; a piece may have several keys."""

    @abstractmethod
    def points(self) -> Iterable[Point]:
        """The measured points, as in claims.json."""

    def figures(self) -> Iterable[Figure]:
        """What is drawn; nothing where a claim needs no figure."""
        return ()

    def answer(self, points: Points) -> str:
        """What was found, in one or two sentences that hold for every verdict; by default a count of the verdicts.

        Args:
            points: of this claim; an answer may ask for one that is not there, and the default is said instead.
        """
        raise NotMeasuredError

    def answered(self, points: Sequence[Point]) -> str:
        """The answer, or the default where the claim has none or the run lacks a point that it tells of.

        Args:
            points: of this claim.
        """
        with suppress(NotMeasuredError):
            return self.answer(Points(points))
        return default_answer(points)

    @property
    def asked(self) -> str:
        """The question, made of the statement where the claim has none."""
        return self.question or f"Is this so? {self.statement}"

    @cached_property
    def size(self) -> Size:
        """Replicates and budget at the plan's size, with whatever the user has set instead.

        A claim whose sizes say more annotates `size` with their class; this computes it.
        """
        return size_of(self.plan, self.sizes)

    @cached_property
    def _pieces(self) -> Mapping[Any, Piece]:
        return self.pieces()

    def __getitem__(self, key: Hashable) -> Found:
        """What came of a piece, by its key in `pieces`."""
        return Found(self._results[self._pieces[key].name])

    def needed(self) -> list[Piece]:
        """All pieces, each once."""
        return list({piece.name: piece for piece in self._pieces.values()}.values())

    @property
    def point_rule(self) -> str:
        """The rule as points word it; a claim may put numbers of its plan into it."""
        return self.rule

    def point(
        self,
        name: str,
        *,
        verdict: str = "new",
        expected: Any = None,
        measured: float | None = None,
        interval: tuple[float, float] | None = None,
        successes: int | None = None,
        trials: int | None = None,
        seconds: float | None = None,
        p: float | None = None,
        tests: int | None = None,
        second_hand: bool = False,
        **words: str | None,
    ) -> Point:
        """One measured point as it stands in claims.json, with the claim's words where `words` has no others.

        Args:
            name: what was measured, such as `m=3`; the id is `claim/name`.
            verdict: "reproduced", "contradicted", "undecided" or "new".
            expected: the number, or a few words, or None.
            measured: the number that was found.
            interval: its 95 % interval.
            successes: where it is a rate.
            trials: where it is a rate.
            seconds: computing time that went into it.
            p: of the row's test after correction, where it was corrected.
            tests: how many it was corrected over.
            second_hand: whether nobody here has read the source of the expected number.
            words: `label` (what was measured, in words), `statement`, `source`, `rule`, `protocol`, `outcome`, `note`,
                `unit`, `quantity`, as the report shows them; what is None is left out, so `rule=None` gives a point
                without a rule.
        """
        own = {"rule": self.point_rule, "protocol": self.protocol, "outcome": self.outcome}
        of_test = {"p": p, "tests": tests, "second_hand": second_hand or None}
        said = {key: value for key, value in {**own, **words, **of_test}.items() if value is not None}
        return {
            "id": f"{self.name}/{name}",
            "claim": self.name,
            "statement": self.statement,
            "source": self.source,
            "expected": expected,
            "measured": measured,
            "interval": None if interval is None else list(interval),
            "successes": successes,
            "trials": trials,
            "verdict": verdict,
            "seconds": seconds,
            **said,
        }

    def at_full_budget(self, verdict: str) -> str:
        """The verdict, or "undecided" where the budget is below the paper's: fewer updates give another rate."""
        return "undecided" if self.size.updates < self.sizes.paper.updates and verdict != "new" else verdict

    def drawn(self, folder: Path) -> list[PageFigure]:
        """Save the figures to a folder, as `name.svg` or `name-part.svg`."""
        found = []
        for figure in self.figures():
            file = f"{self.name}-{figure.part}" if figure.part else self.name
            found.append(PageFigure(figure.title, figure.caption, save_figure(*figure.drawn, folder, file), self.name))
        return found
