"""Claim: the further ahead, the wider a network has to be: two steps take m=4, three to five more than 24.

    expected: more than half of the networks succeed at n=2 from m=4 on, at n=3..5 not even at m=24

    python scripts/replicate.py --claims depth                      # n=2 and 3: six hours on two cores
    python scripts/replicate.py --claims depth --preset smoke       # a minute
    python scripts/replicate.py --claims depth --preset paper       # n=2..5, m up to 24: a week or more

Every (n, m, initialiser) is a piece of its own, from three steps on one for every 16 networks, so a run that is stopped
goes on where it was, and the larger preset takes over what the smaller one has computed.
"""

from collections.abc import Iterator
from functools import cached_property
from math import inf

import numpy as np
from jaxtyping import Bool

from lottery.claims.frame.answers import Points, aside
from lottery.claims.frame.by_width import DEPTH_SIZES, DEPTH_WIDTHS, blocks, depth_piece
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.crossings import (
    HOW,
    INITIALISERS,
    crossing_fields,
    crossing_note,
    crossing_of,
    crossing_told,
    crossing_verdict,
    crossing_words,
)
from lottery.claims.frame.found import rate
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BUDGET_RULE
from lottery.report.figures.figure import Rates
from lottery.report.figures.success_and_crossing import success_and_crossing
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import count
from lottery.statistics.verdicts import same_crossing_rule

PUBLISHED_CROSSING = {2: (3.0, 4.0), 3: (24.0, inf), 4: (24.0, inf), 5: (24.0, inf)}
LOOKS = {"screen": "right on 200 boards", "certified": "certified"}


class Depth(Claim):
    """Success against width by steps ahead and initialiser, on 200 boards and certified."""

    fixed = "2026-11-26 16:29:13"
    name = "depth"
    question = "How wide must a network be to look two steps ahead or more?"
    statement = "The more steps ahead, the wider a network has to be to learn them more often than not."
    source = (
        "Springer and Kenyon 2020, arXiv 2009.01398: success against overcompleteness, n=2 to 5, m up to 24; "
        "second-hand, from notes about the paper"
    )
    protocol = (
        "Networks of every depth and width with weights and batches of their own, none of them shared between cells. "
        "The paper leaves the initial weights open: Glorot uniform with zero biases, and PyTorch's default beside it. "
        "Two successes stand side by side. On 200 boards, as the paper could see it: not one wrong cell on 200 fresh "
        "boards at the last look; how many boards the paper took is not known. Certified: right on all 2^25 windows "
        "(n=2), by composition or right on 4096 fresh boards with no wrong window found by a search, which is a bound "
        "and no proof (n>=3), at one check at least (ever_solved), where the network leaves; one that other boards and "
        "another search refute at the end is no success. Checks come every 2,500 updates, so that a network which is "
        "right on the boards but not everywhere is tried in full at most 50 times. The search was added after networks "
        "of three steps that were right on 4096 boards had been seen to be wrong elsewhere. At laptop size there are "
        "16 networks per cell of three steps, with m=4, 8 and 16, instead of 64: it is the time that two cores have "
        f"which says so. {HOW}"
    )
    rule = (
        f"{same_crossing_rule()} The published stretch is m=3 to m=4 for n=2, and from m=24 on for n=3 to 5. "
        f"{BUDGET_RULE} Single rates have no published number."
    )
    outcome = "ever_solved"
    sizes = DEPTH_SIZES

    @cached_property
    def widths(self) -> dict[int, tuple[int, ...]]:
        """The widths m by steps n."""
        return DEPTH_WIDTHS[self.plan.size]

    def pieces(self) -> dict[tuple[int, str, int, range], Piece]:
        """One piece per steps n, initialiser, width m and block of networks."""
        return {
            (steps, initialiser, width, block): depth_piece(self.plan, steps, initialiser, width, block)
            for steps, widths in self.widths.items()
            for initialiser in INITIALISERS
            for width in widths
            for block in blocks(self.plan, steps)
        }

    def _found(self, steps: int, initialiser: str, width: int, name: str) -> np.ndarray:
        """What is stored under a name, of all networks of one cell."""
        return np.concatenate([self[steps, initialiser, width, block][name] for block in blocks(self.plan, steps)])

    def solved(self, steps: int, initialiser: str, width: int, look: str) -> Bool[np.ndarray, " replicates"]:
        """By network: no wrong cell on the screening boards at the last look, or certified and not refuted since.

        A third look, "once", is certified at one check at least, refuted since or not.
        """
        cell = (steps, initialiser, width)
        if look == "screen":
            return self._found(*cell, "last_wrong") == 0
        once = self._found(*cell, "first_solved") >= 0
        return once if look == "once" else once & (self._found(*cell, "wrong_at_end") == 0)

    def rates(self, steps: int, initialiser: str, look: str) -> Rates:
        """Successes by one look, of one depth and initialiser, by width."""
        counts = {width: count(self.solved(steps, initialiser, width, look)) for width in self.widths[steps]}
        return rates(LOOKS.get(look, look), counts)

    def points(self) -> Iterator[Point]:
        """Both rates of every cell, and for each depth, initialiser and look the crossing of the 50 % line."""
        for steps, widths in self.widths.items():
            for initialiser in INITIALISERS:
                for width in widths:
                    yield from self._rates(steps, initialiser, width)
                for look in LOOKS:
                    yield self._crossing(steps, initialiser, look)

    def _rates(self, steps: int, initialiser: str, width: int) -> Iterator[Point]:
        cell = (steps, initialiser, width)
        seen, proved, once = (self.solved(*cell, look) for look in (*LOOKS, "once"))
        wrong = self._found(*cell, "wrong_at_end")[seen & ~proved]
        of_what = "2^25 windows" if steps == 2 else "4096 boards, or on the window that a search found"
        missed = ""
        if len(wrong):
            between = " to ".join(f"{count:,}" for count in np.unique([wrong.min(), wrong.max()]))
            missed = f" They are wrong on {between} of {of_what}."
        refuted = int(once.sum() - proved.sum())
        later = f" Certified once, but refuted at the end: {refuted}." if refuted else ""
        parts = [self[*cell, block] for block in blocks(self.plan, steps)]
        words = f"{parts[0]['parameters']} parameters, {INITIALISERS[initialiser]}"
        name = f"n={steps}/{initialiser}/m={width}"
        yield self.point(
            f"{name}/screen",
            label=f"{steps} steps, m={width}, {INITIALISERS[initialiser]}, right on 200 boards",
            **rate(seen),
            note=f"{words}. Not certified of these: {np.sum(seen & ~proved)}.{missed}",
        )
        yield self.point(
            f"{name}/certified",
            label=f"{steps} steps, m={width}, {INITIALISERS[initialiser]}, certified",
            **rate(proved),
            seconds=sum(part.seconds for part in parts),
            note=f"{words}.{later}",
        )

    def _crossing(self, steps: int, initialiser: str, look: str) -> Point:
        ours, once = (self.rates(steps, initialiser, which) for which in (look, "once"))
        found = crossing_of(ours)
        note = crossing_note(ours, found)
        if look == "certified" and once.successes != ours.successes:
            other = crossing_of(once)
            note += (
                f" With those that the end refutes {', '.join(map(str, once.successes))} succeed, and the crossing is "
                f"{crossing_words(once, other)}: the verdict would be "
                f"{self.at_full_budget(crossing_verdict(PUBLISHED_CROSSING[steps], once, other))}."
            )
        return self.point(
            f"n={steps}/{initialiser}/crossing/{look}",
            label=f"{steps} steps, {INITIALISERS[initialiser]}: width at which half are {LOOKS[look]}",
            expected="m from 3 to 4" if steps == 2 else "above m=24",
            second_hand=True,
            **crossing_fields(ours, found),
            verdict=self.at_full_budget(crossing_verdict(PUBLISHED_CROSSING[steps], ours, found)),
            note=note,
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        said = []
        for steps in self.widths:
            point = points[f"n={steps}/glorot/crossing/certified"]
            start = f"At {steps} steps ahead, half of the networks are certified from"
            said.append(f"{start} {crossing_told(point)}{aside(point)}.")
        return " ".join(said)

    def figures(self) -> Iterator[Figure]:
        """For each depth, success against width on 200 boards and certified."""
        for steps in self.widths:
            panels = {}
            for initialiser, words in INITIALISERS.items():
                series = [self.rates(steps, initialiser, look) for look in LOOKS]
                panels[words] = [(one, crossing_of(one)) for one in series]
            proof = "certified at one check at least"
            if steps > 2:
                proof = (
                    "not refuted by 4096 boards and a search (or by composition) at one check at least and at the end"
                )
            yield Figure(
                title=f"Success against width, {steps} steps ahead",
                caption=f"Networks right on 200 boards at the last look, and {proof}, within "
                f"{self.size.updates:,} updates; Wilson's 95 % intervals and a logistic curve in log m. The thick "
                "lines at 50 % are the intervals of the crossings.",
                drawn=success_and_crossing(panels),
                part=f"n{steps}",
            )
