"""Claim: at three steps or more at most half of the networks are right at the end, up to m=24 (Springer and Kenyon).

The question behind it is ours: do deep networks fail to learn Life, or do they learn it and lose it again, and does a
learning rate that decays to zero keep it?

    expected: at n=3 to 5 at most half of the networks are right at the end

    python scripts/replicate.py --claims lost                       # n=3, m=8: an hour and a half on two cores
    python scripts/replicate.py --claims lost --preset smoke        # two minutes
    python scripts/replicate.py --claims lost --preset paper        # n=2 to 5, m up to 24: for a GPU
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from jaxtyping import Bool

from lottery.claims.frame.answers import Points, aside
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import Found, rate
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.claims.frame.watching import at_end, ever, mean_of, stays
from lottery.experiments.watched import watched_piece
from lottery.report.figures.life_of_a_network import life_of_a_network
from lottery.report.figures.rate_panels import lines_in_panels
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, paired
from lottery.statistics.rates import wilson
from lottery.statistics.verdicts import Verdict

SCHEDULES = {"constant": "constant rate", "cosine": "cosine to zero"}
LOOKS = {"ever": "right at some look", "end": "right at the last look"}
HALF = 0.5  # of the networks: the published line
PLACES = 2000  # of the replicates' numbers; those of the claim `depth` lie below
WIDTHS: BySize[dict[int, tuple[int, ...]]] = BySize(
    smoke={2: (1,)},
    laptop={3: (8,)},
    paper=dict.fromkeys((2, 3, 4, 5), (1, 2, 4, 8, 16, 24)),
)  # m by steps n
RUN: BySize[tuple[str, ...]] = BySize(smoke=tuple(SCHEDULES), laptop=("constant",), paper=tuple(SCHEDULES))
OUR_QUESTION = "Our question, no published number: the point is new."


class Lost(Claim):
    """Networks of several steps, right at some look and at the last one, with a constant rate and a decaying one."""

    fixed = "2026-11-27 18:48:09"
    name = "lost"
    question = "Do deep networks fail to learn Life, or do they learn it and lose it again?"
    statement = "Three or more steps ahead, at most half of the networks are right at the end of training, up to m=24."
    source = (
        "Springer and Kenyon 2020, arXiv 2009.01398: success against overcompleteness, n=3 to 5, m up to 24; "
        "second-hand, from notes about the paper"
    )
    protocol = (
        "Every network is trained to the end of its budget, and nobody leaves. Every 250 updates we look at it: it is "
        "right at a look if it has no wrong cell on 200 boards that are not trained on, the same ones at all looks of "
        "a piece. It is right ever if it is right at one look at least, and right at the end if it is right at the "
        "last look, which is what the paper could see. The certificate, on all 2^25 windows (n=2) or by composition, "
        "4096 boards and a search (n>=3), is made at the end alone. At the paper's size each network is trained "
        "twice, from the same initial weights and with the same batches: at the paper's constant rate, and with a rate "
        "that falls to zero as half a cosine over the budget (final_rate 0, no restarts). A laptop has the constant "
        "rate alone, at n=3 and m=8. Cells share no replicates with each other or "
        "with the claim `depth`. The weights are Glorot uniform with zero biases. The paper leaves open the initial "
        "weights, the loss, Adam's epsilon and how many boards it judged success on."
    )
    rule = (
        "For every cell of three or more steps with the constant rate: reproduced if the whole Wilson interval (95 %) "
        "of the share that is right at the last look lies at or below one half, undecided otherwise. An interval "
        "wholly above one half is undecided too, with a note: the paper's settings are not all known, so our rate "
        f"contradicts nothing. {BUDGET_RULE} All other points are new; the differences between the two rates are "
        "tested in pairs (exact McNemar) and corrected by Holm's method over all of them."
    )
    outcome = "networks that are right on 200 boards at some look, or at the last one"
    sizes = BySize(smoke=Size(4, 2_500), laptop=Size(32, 125_000), paper=Size(64, 125_000))

    @cached_property
    def cells(self) -> list[tuple[int, int]]:
        """The steps n and widths m."""
        return [(steps, width) for steps, widths in WIDTHS[self.plan.size].items() for width in widths]

    @cached_property
    def schedules(self) -> tuple[str, ...]:
        """The schedules of the learning rate."""
        return RUN[self.plan.size]

    def pieces(self) -> dict[tuple[int, int, str], Piece]:
        """One piece per steps n, width m and schedule; the two schedules of a cell share their replicates."""
        return {(*cell, schedule): self._watched(*cell, schedule) for cell in self.cells for schedule in self.schedules}

    def _watched(self, steps: int, width: int, schedule: str) -> Piece:
        changes = {"schedule": schedule, "final_rate": 0.0} if schedule == "cosine" else {}
        return watched_piece(
            f"lost-n{steps}-m{width}-{schedule}",
            self.plan.network(width, steps=steps),
            self.plan.training(self.size.updates, **changes),
            seed=self.plan.seed,
            replicates=numbers(PLACES + 100 * steps + width, self.size.replicates),
        )

    def right(self, steps: int, width: int, schedule: str, look: str) -> Bool[np.ndarray, " replicates"]:
        """By network, whether it was right at some look ("ever") or at the last one ("end")."""
        found = self[steps, width, schedule]
        return ever(found) if look == "ever" else at_end(found)

    def points(self) -> Iterator[Point]:
        """Of each cell and schedule how many were right, how many stayed so, and what the schedule changes."""
        for cell in self.cells:
            for schedule in self.schedules:
                yield self._ever(*cell, schedule)
                yield self._end(*cell, schedule)
                yield from self._kept(*cell, schedule)
        if len(self.schedules) > 1:
            yield from self._gains()

    def _ever(self, steps: int, width: int, schedule: str) -> Point:
        found = self[steps, width, schedule]
        once = self.right(steps, width, schedule, "ever")
        first = np.array(found["first_right"])[once]
        when = f", first after a median of {np.median(first):,.0f} updates" if once.any() else ""
        return self.point(
            f"n={steps}/m={width}/{schedule}/ever",
            label=f"{steps} steps, m={width}, {SCHEDULES[schedule]}: right at some look",
            **rate(once),
            rule=OUR_QUESTION,
            seconds=found.seconds,
            note=f"{found['parameters']} parameters, {SCHEDULES[schedule]}. Right at one of {found['looks']} looks at "
            f"least{when}.",
        )

    def _end(self, steps: int, width: int, schedule: str) -> Point:
        found = self[steps, width, schedule]
        right = self.right(steps, width, schedule, "end")
        judged = steps >= 3 and schedule == "constant"
        above = judged and wilson(*count(right)).low > HALF
        beyond = " The whole interval is above one half; not all of the paper's settings are known." if above else ""
        return self.point(
            f"n={steps}/m={width}/{schedule}/end",
            label=f"{steps} steps, m={width}, {SCHEDULES[schedule]}: right at the end",
            expected="at most half" if judged else None,
            second_hand=judged,
            **rate(right),
            verdict=self.at_full_budget(at_most_half(count(right)) if judged else "new"),
            rule=self.rule if judged else OUR_QUESTION,
            note=f"{SCHEDULES[schedule].capitalize()}. Certified at the end: {found.count[0]} "
            f"({found['kind']}).{beyond}",
        )

    def _kept(self, steps: int, width: int, schedule: str) -> Iterator[Point]:
        """Of the networks that were ever right, how many are at the end, and for how much of the time they were."""
        found = self[steps, width, schedule]
        once, end = (self.right(steps, width, schedule, look) for look in LOOKS)
        name, label = f"n={steps}/m={width}/{schedule}", f"{steps} steps, m={width}, {SCHEDULES[schedule]}"
        if not once.any():
            note = "No network was right at any look."
            yield self.point(f"{name}/end-given-ever", label=f"{label}: kept", rule=OUR_QUESTION, note=note)
            return
        kept = end[once]
        dead = np.array(found["all_dead_at_end"], bool)[once & ~end]
        units = np.array(found["constant_wide"])[once]
        of_units = "; ".join(
            f"{words} have on average {units[which].mean():.1f} units in their first layer that answer every "
            "neighbourhood alike"
            for words, which in (("those that are right", kept), ("those that are not", ~kept))
            if which.any()
        )
        yield self.point(
            f"{name}/end-given-ever",
            label=f"{label}: right at the end, of those ever right",
            **rate(kept),
            rule=OUR_QUESTION,
            note=f"Of the networks that were right at some look, those right at the last one. {len(dead)} are not, and "
            f"{dead.sum()} of these call every cell dead. At the end {of_units}.",
        )
        yield self._stays(name, label, found)

    def _stays(self, name: str, label: str, found: Found) -> Point:
        """For how much of the time after its first right look a network was right, and how often it lost that."""
        seen = stays(found)
        return self.point(
            f"{name}/stays",
            label=f"{label}: looks that are right after the first right one",
            **mean_of(seen.shares),
            unit="rate",
            rule=OUR_QUESTION,
            note=seen.note,
        )

    def _gains(self) -> Iterator[Point]:
        """For each cell and look, the success with the decaying rate minus that with the constant one."""
        pairs: dict[tuple[int, int, str], Comparison] = {
            (*cell, look): paired(self.right(*cell, "cosine", look), self.right(*cell, "constant", look))
            for cell in self.cells
            for look in LOOKS
        }
        for (steps, width, look), gain in corrected(pairs).items():
            yield self.point(
                f"n={steps}/m={width}/cosine-constant/{look}",
                label=f"{steps} steps, m={width}, {LOOKS[look]}: cosine less constant rate",
                **gain.fields,
                rule=OUR_QUESTION,
                note=f"{LOOKS[look].capitalize()}: cosine {counted(gain.first)}, constant {counted(gain.second)}; "
                f"{gain}.",
            )

    def answer(self, points: Points) -> str:
        """What was found, in the deepest and widest cell."""
        steps, width = self.cells[-1]
        cell = f"n={steps}/m={width}/constant"
        ever, end = points[f"{cell}/ever"], points[f"{cell}/end"]
        said = (
            f"Looked at during training, {told(ever, 'networks')} of {steps} steps and m={width} are right on 200 "
            f"boards at least once. At the end of training, {told(end)} are{aside(end)}."
        )
        if f"{cell}/stays" not in points:
            return said
        return f"{said} Of the looks after the first right one, {told(points[f'{cell}/stays'])} are right."

    def figures(self) -> Iterator[Figure]:
        """Ever and at the end against width, by steps; and the life of one network that lost it."""
        panels = {}
        for steps, widths in WIDTHS[self.plan.size].items():
            panels[f"{steps} steps ahead, by width m"] = [
                rates(
                    f"{schedule}, {'ever' if look == 'ever' else 'at the end'}",
                    {width: count(self.right(steps, width, schedule, look)) for width in widths},
                )
                for schedule in self.schedules
                for look in LOOKS
            ]
        yield Figure(
            title="Learned, and still known at the end",
            caption="Networks that are right on 200 boards at some look (ever) and at the last one (at the end), "
            f"within {self.size.updates:,} updates, with Wilson's 95 % intervals; the line is the paper's 50 %.",
            drawn=lines_in_panels(panels, line=HALF),
        )
        yield from self._life()

    def _life(self) -> Iterator[Figure]:
        """The network that lost it most often, of the deepest and widest cell where one did so at a constant rate."""
        for steps, width in reversed(self.cells):
            found = self[steps, width, "constant"]
            if found["courses"]:
                course = found["courses"][0]
                yield Figure(
                    title="The life of a network that learned it and lost it",
                    caption=f"One network of n={steps}, m={width} at a constant rate: its training loss, and its wrong "
                    "cells on 200 boards; each value is the worst of the few looks that it stands for.",
                    drawn=life_of_a_network(found["course_updates"], course["log10_loss"], course["wrong"]),
                    part="life",
                )
                return


def at_most_half(right: tuple[int, int]) -> Verdict:
    """Judge whether at most half of the networks succeed, by the claim's rule; never "contradicted".

    Args:
        right: networks that are right, and all.
    """
    return "reproduced" if wilson(*right).high <= HALF else "undecided"
