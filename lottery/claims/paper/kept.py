"""Claim: a decaying rate, the best weights so far or an average of them keep what deep networks learn; our question.

Networks of several steps learn Life and lose it again at a constant learning rate (the claim `lost`). Three cures are
tried, two of which need no training of their own: a rate that falls to zero by a cosine or a line, the weights of
the best look so far, as a validation set would keep them, and an exponential moving average of the weights.

    python scripts/replicate.py --claims kept                       # n=2, m=4 and a cosine: half an hour on two cores
    python scripts/replicate.py --claims kept --preset smoke        # two minutes
    python scripts/replicate.py --claims kept --preset paper        # n=2 to 5, m=4 to 24: for a GPU
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from jaxtyping import Bool

from lottery.claims.frame.answers import Points, listed
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BySize
from lottery.claims.frame.watching import KEEP, SIZES, arm_piece, at_end, constant_piece, ever, mean_of, stays
from lottery.report.figures.rate_panels import rates_in_panels
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, paired
from lottery.statistics.keeping import keeps
from lottery.statistics.verdicts import ALPHA, Verdict

ARMS = {
    "constant": "constant rate",
    "cosine": "cosine to zero",
    "linear": "linear to zero",
    "best": "constant rate, best look so far",
    "average": "constant rate, averaged weights",
}
DECAYING: BySize[tuple[str, ...]] = BySize(
    smoke=("cosine", "linear"), laptop=("cosine",), paper=("cosine", "linear")
)  # arms beside the constant rate that are trained
WIDTHS: BySize[dict[int, tuple[int, ...]]] = BySize(
    smoke={2: (1,)}, laptop={2: (4,)}, paper=dict.fromkeys((2, 3, 4, 5), (4, 8, 16, 24))
)  # m by steps n
MARGIN = 0.20  # the largest loss that counts as none, a fraction; 16 of 16 against 16 of 16 lie within it
KEEPS: dict[Verdict, str] = {"reproduced": "kept", "contradicted": "not kept", "undecided": "open"}
COSTS: dict[Verdict, str] = {"reproduced": "no cost", "contradicted": "a cost", "undecided": "open"}


class Kept(Claim):
    """Networks that are right at some look, at the last one and certified, under cures of what they lose."""

    name = "kept"
    question = "Does a decaying rate, or an average of the weights, keep what deep networks learn?"
    statement = (
        "With a learning rate that decays to zero, or with the best or the averaged weights, deep networks are right "
        "at the end of training as often as they ever are."
    )
    source = "Our question; known to us before: the claim `lost`, where a constant rate loses what networks learn"
    protocol = (
        "All arms of a cell share initial weights and batches. Three are trained, each to the end of 125,000 updates: "
        "at the paper's constant rate of 0.001, and at rates that fall from it to zero as half a cosine or as a line. "
        "Two more are weights of the first: those of its best look so far (fewest wrong cells on 200 boards, of "
        "several looks the first, as a validation set keeps them), and an exponential moving average of its weights, "
        f"which moves at the looks, every 250 updates, by {1 - KEEP:.1f} of the way. The same 200 boards, which are "
        "not trained on, serve all looks. A network is right ever if it has no wrong cell at one look at least. At the "
        "end the last, best and averaged weights are certified, on all 2^25 windows (n=2) or by composition, 4096 "
        "boards and a search (n>=3). A laptop has 32 networks of n=2, m=4 and the cosine alone of the two decays. No "
        "cell shares networks with the claims `lost` and `depth`."
    )
    rule = (
        "No source has numbers for it, so that every point is new; the rule says which words the notes use. Kept: the "
        "arm is right on 200 boards at the end as often as it is at some look, if the whole 95 % interval of the "
        "paired difference (end less ever, Newcombe's paired method) lies above a loss of "
        f"{100 * MARGIN:g} percentage points; not kept, if it lies wholly below that loss; open otherwise, or where "
        f"no more than {100 * MARGIN:g} % are ever right. The best look is right on these boards whenever any is, so "
        "that its certificates alone count. No cost: the same of ever being right, a decaying rate less the constant "
        f"one. A gain at the end, certified or on 200 boards, takes exact McNemar in pairs with p < {ALPHA:g} after "
        "Holm's correction over all cells, arms and both outcomes. Certified at the end of two steps is the outcome "
        "that counts first, because that certificate is exact."
    )
    outcome = "networks that are certified at the end, or right on 200 boards"
    sizes = SIZES

    @cached_property
    def cells(self) -> list[tuple[int, int]]:
        """The steps n and widths m."""
        return [(steps, width) for steps, widths in WIDTHS[self.plan.size].items() for width in widths]

    @cached_property
    def trained(self) -> tuple[str, ...]:
        """The arms that are trained, the constant rate first."""
        return ("constant", *DECAYING[self.plan.size])

    @cached_property
    def arms(self) -> dict[str, str]:
        """All arms, with words."""
        return {arm: words for arm, words in ARMS.items() if arm in (*self.trained, "best", "average")}

    def pieces(self) -> dict[tuple[int, int, str], Piece]:
        """One piece per cell and arm that is trained, all of a cell with the same replicates."""
        return {(*cell, arm): self._piece(*cell, arm) for cell in self.cells for arm in self.trained}

    def _piece(self, steps: int, width: int, arm: str) -> Piece:
        if arm == "constant":
            return constant_piece(self.plan, (steps, width), self.size)
        label = f"kept-n{steps}-m{width}-{arm}"
        return arm_piece(self.plan, label, (steps, width), self.size, schedule=arm, final_rate=0.0)

    def ever(self, steps: int, width: int, arm: str) -> Bool[np.ndarray, " replicates"]:
        """By network, whether it was right at some look; of kept weights, the network that they were kept of."""
        return ever(self[steps, width, arm if arm in self.trained else "constant"])

    def right(self, steps: int, width: int, arm: str, outcome: str) -> Bool[np.ndarray, " replicates"]:
        """By network, whether it is right on 200 boards at the end ("end") or "certified" there."""
        if arm in self.trained:
            found = self[steps, width, arm]
            return at_end(found) if outcome == "end" else found.solved
        kept = self[steps, width, "constant"][arm]
        return np.array(kept["wrong"]) == 0 if outcome == "end" else np.array(kept["solved_at_end"], bool)

    def points(self) -> Iterator[Point]:
        """Of each cell and arm how many were right, ever and at the end; then the gains over the constant rate."""
        for cell in self.cells:
            for arm in self.arms:
                yield self._certified(*cell, arm)
                if arm in self.trained:
                    yield self._ever(*cell, arm)
                    yield self._stays(*cell, arm)
                if arm != "best":
                    yield self._end(*cell, arm)
                    yield self._less_than_ever(*cell, arm)
            for arm in DECAYING[self.plan.size]:
                yield self._cost(*cell, arm)
        yield from self._gains()

    def _certified(self, steps: int, width: int, arm: str) -> Point:
        certified, once = self.right(steps, width, arm, "certified"), self.ever(steps, width, arm)
        kind = self[steps, width, arm if arm in self.trained else "constant"]["kind"]
        return self.point(
            f"n={steps}/m={width}/{arm}/certified",
            label=f"{steps} steps, m={width}, {ARMS[arm]}: certified at the end",
            **rate(certified),
            seconds=self[steps, width, arm].seconds if arm in self.trained else None,
            note=f"By the certificate `{kind}`. {np.sum(certified & once)} of the {once.sum()} networks that were "
            "right on 200 boards at some look.",
        )

    def _ever(self, steps: int, width: int, arm: str) -> Point:
        found, once = self[steps, width, arm], self.ever(steps, width, arm)
        first = np.array(found["first_right"])[once]
        when = f", first after a median of {np.median(first):,.0f} updates" if once.any() else ""
        return self.point(
            f"n={steps}/m={width}/{arm}/ever",
            label=f"{steps} steps, m={width}, {ARMS[arm]}: right at some look",
            **rate(once),
            note=f"{found['parameters']} parameters. Right at one of {found['looks']} looks at least{when}.",
        )

    def _stays(self, steps: int, width: int, arm: str) -> Point:
        seen = stays(self[steps, width, arm])
        note = seen.note if len(seen.times) else "No network was right at any look."
        return self.point(
            f"n={steps}/m={width}/{arm}/stays",
            label=f"{steps} steps, m={width}, {ARMS[arm]}: looks that are right after the first right one",
            **mean_of(seen.shares),
            unit="rate",
            note=note,
        )

    def _end(self, steps: int, width: int, arm: str) -> Point:
        return self.point(
            f"n={steps}/m={width}/{arm}/end",
            label=f"{steps} steps, m={width}, {ARMS[arm]}: right at the end",
            **rate(self.right(steps, width, arm, "end")),
            note="Right on 200 boards with the weights of the end.",
        )

    def _less_than_ever(self, steps: int, width: int, arm: str) -> Point:
        pair = paired(self.right(steps, width, arm, "end"), self.ever(steps, width, arm))
        said = KEEPS[keeps(pair, MARGIN)]
        return self.point(
            f"n={steps}/m={width}/{arm}/end-ever",
            label=f"{steps} steps, m={width}, {ARMS[arm]}: right at the end less right at some look",
            **pair.fields,
            note=f"At the end {counted(pair.first)}, at some look {counted(pair.second)}: {said}.",
        )

    def _cost(self, steps: int, width: int, arm: str) -> Point:
        pair = paired(self.ever(steps, width, arm), self.ever(steps, width, "constant"))
        return self.point(
            f"n={steps}/m={width}/{arm}-constant/ever",
            label=f"{steps} steps, m={width}, right at some look: {ARMS[arm]} less constant rate",
            **pair.fields,
            note=f"At some look {ARMS[arm]} {counted(pair.first)}, constant rate {counted(pair.second)}: "
            f"{COSTS[keeps(pair, MARGIN)]}.",
        )

    def _gains(self) -> Iterator[Point]:
        pairs: dict[tuple[int, int, str, str], Comparison] = {
            (*cell, arm, outcome): paired(self.right(*cell, arm, outcome), self.right(*cell, "constant", outcome))
            for cell in self.cells
            for arm in self.arms
            for outcome in ("certified", "end")
            if arm != "constant" and (arm, outcome) != ("best", "end")
        }
        for (steps, width, arm, outcome), gain in corrected(pairs).items():
            words = "certified" if outcome == "certified" else "right on 200 boards"
            yield self.point(
                f"n={steps}/m={width}/{arm}-constant/{outcome}",
                label=f"{steps} steps, m={width}, {words} at the end: {ARMS[arm]} less constant rate",
                **gain.fields,
                note=f"{words.capitalize()} at the end: {ARMS[arm]} {counted(gain.first)}, constant rate "
                f"{counted(gain.second)}; {gain}.",
            )

    def answer(self, points: Points) -> str:
        """What was found in the first cell, where certificates are exact."""
        steps, width = self.cells[0]
        cell = f"n={steps}/m={width}"
        others = [
            f"{told(points[f'{cell}/{arm}/certified'])} with {words}"
            for arm, words in _OTHERS.items()
            if f"{cell}/{arm}/certified" in points
        ]
        return (
            f"Of networks of {steps} steps and m={width} at a constant rate, {told(points[f'{cell}/constant/ever'])} "
            f"are right on 200 boards at some look, and {told(points[f'{cell}/constant/certified'])} are certified at "
            f"the end of training. Certified are {listed(others)}."
        )

    def figures(self) -> Iterator[Figure]:
        """Every arm in the widest cell of each number of steps."""
        panels = {}
        for steps, widths in WIDTHS[self.plan.size].items():
            cell = (steps, widths[-1])
            certified = {words: count(self.right(*cell, arm, "certified")) for arm, words in self.arms.items()}
            on_boards = {
                words: count(self.right(*cell, arm, "end")) for arm, words in self.arms.items() if arm != "best"
            }
            once = {words: count(self.ever(*cell, arm)) for arm, words in self.arms.items() if arm in self.trained}
            panels[f"{steps} steps, m={widths[-1]}"] = [
                named("certified at the end", certified),
                named("right at the end", on_boards),
                named("ever right", once),
            ]
        yield Figure(
            title="What keeps what networks have learned",
            caption=f"Networks that are right on 200 boards at some look or at the end of {self.size.updates:,} "
            "updates, and certified there, with Wilson's 95 % intervals; all arms share initial weights and batches.",
            drawn=rates_in_panels(panels),
        )


_OTHERS = {
    "cosine": "a cosine to zero",
    "linear": "a line to zero",
    "best": "the best look's weights",
    "average": "averaged weights",
}
