"""Claim: networks lose what they learned because Adam's second moment lags behind the gradient (Bai et al. 2025).

Networks of two steps that learn Life are wrong again some time later (the claims `lost` and `kept`). Bai et al. explain
spikes of the loss by Adam's second moment: while gradients are small it decays, and when they grow it follows too
slowly, so that steps are too long. Here the moment is read in the very updates in which networks are lost, and the same
networks are trained with other hyperparameters, other optimisers, another loss and another precision.

    expected: the marks of a lagging moment in more than half of the lost networks

    python scripts/replicate.py --claims why                       # n=2, m=4: four hours on two cores
    python scripts/replicate.py --claims why --preset smoke        # two minutes
    python scripts/replicate.py --claims why --preset paper        # 64 networks per arm
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lottery.claims.frame.answers import Points, aside
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, BySize
from lottery.claims.frame.watching import SIZES, arm_piece, at_end, constant_piece, ever, mean_of, replicates_of, stays
from lottery.experiments.spikes import spikes_piece
from lottery.report.figures.a_loss_step_by_step import a_loss_step_by_step
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Outcomes, Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, paired
from lottery.statistics.rates import mcnemar_exact, wilson
from lottery.statistics.verdicts import ALPHA, Verdict


class Arm(NamedTuple):
    """One way to train the networks of the cell.

    Attributes:
        words: as points and figures name it.
        changes: of the settings of training.
    """

    words: str
    changes: dict[str, Any]


BASE = "base"
ARMS = {
    BASE: Arm("as in the paper, epsilon 1e-8", {}),
    "epsilon=1e-7": Arm("epsilon 1e-7", {"epsilon": 1e-7}),
    "epsilon=1e-3": Arm("epsilon 1e-3", {"epsilon": 1e-3}),
    "b2=0.99": Arm("b2 0.99", {"b2": 0.99}),
    "amsgrad": Arm("AMSGrad", {"optimiser": "amsgrad"}),
    "mse": Arm("squared error", {"loss": "mse"}),
    "clip=1": Arm("gradient clipped at 1", {"clip": 1.0}),
    "float64": Arm("float64", {"dtype": "float64"}),
    "momentum": Arm("momentum 0.9 at 0.03", {"optimiser": "momentum", "learning_rate": 3e-2}),
    "epsilon=1e-5": Arm("epsilon 1e-5", {"epsilon": 1e-5}),
    "b2=0.9999": Arm("b2 0.9999", {"b2": 0.9999}),
}  # by importance: a run that is short of time leaves out the last ones
RUN: BySize[tuple[str, ...]] = BySize(smoke=(BASE, "epsilon=1e-3"), laptop=(BASE,), paper=tuple(ARMS))
CELL: BySize[tuple[int, int]] = BySize(smoke=(2, 1), laptop=(2, 4), paper=(2, 4))  # steps n and width m
LOOKED_INTO = 16  # networks whose updates are read
LOOKS = {"ever": "right at some look", "end": "right at the end"}
# At least: fall of Adam's denominator since the first right look, gradient over denominator, step over learning rate.
MARKS = {"fall": 3.0, "surprise": 10.0, "step": 1.0}
MARK_WORDS = {
    "fall": "Adam's denominator has fallen",
    "surprise": "a gradient far above the denominator",
    "step": "a step as long as the learning rate",
}
HALF = 0.5  # of the lost networks
OUR_QUESTION = "Our question, no published number: the point is new."


class Why(Claim):
    """Adam's moments where networks are lost, and the same networks under other hyperparameters and optimisers."""

    fixed = "2026-11-28 01:33:00"
    name = "why"
    question = "Why do deep networks lose what they have learned?"
    statement = (
        "Networks lose what they have learned because Adam's second moment decays while gradients are small, and lags "
        "behind when they grow."
    )
    source = (
        "Bai et al. 2025, arXiv 2506.04805, of loss spikes in image classifiers and transformers; we have read its "
        "abstract alone, the numbers of the rule are our own"
    )
    protocol = (
        "Networks of n=2, m=4, all arms with the same initial weights and batches, none stopped, looked at every 250 "
        "updates on 200 boards as in the claim `kept`, whose constant rate is the base: Adam at 0.001 with b1 0.9, b2 "
        "0.999 and epsilon 1e-8 (optax, PyTorch). The paper was written with Keras, whose epsilon is 1e-7. Other arms "
        "change one thing: epsilon, b2, AMSGrad (whose second moment never falls), squared error, float64, a clip of "
        "the gradient's norm, or momentum in place of Adam. The clip is at 1, the value in common use; the mechanism "
        "predicts that it does not help, because the gradients that break a network are small. A laptop has the base "
        "alone. For up to "
        f"{LOOKED_INTO} networks of the base, each update of the 250 in which it is first lost is made once more: from "
        "the moments before and after it we have its gradient, Adam's denominator sqrt(v/(1 - b2^t)) + epsilon before "
        "it, and its step. The break is the first update after which the network stays wrong on the 200 boards until "
        "the next look. The 250 updates between the two looks before serve as the control."
    )
    rule = (
        "At the first loss of each network we read the weight with the longest step of the ten updates up to the "
        f"break, for three marks. Adam's denominator there has fallen by a factor of {MARKS['fall']:g} or more since "
        f"the first right look. One of the ten gradients is {MARKS['surprise']:g} times the denominator that it meets, "
        "or more, so that v, which takes a thousandth of its square, hardly follows. The step is as long as the "
        "learning rate, or longer. Reproduced if the whole Wilson interval (95 %) of the share of lost networks with "
        "all three marks lies above one half, and the marks are rarer at the longest step of the control (exact "
        f"McNemar, p < {ALPHA:g}). Contradicted if the whole interval lies below one half. Undecided otherwise, and "
        f"where no network is lost. {BUDGET_RULE} All other points are new: the arms are held against the base in "
        "pairs (exact McNemar), with Holm's correction over all arms and both looks."
    )
    outcome = "networks that are right on 200 boards at some look, or at the last one"
    sizes = SIZES

    @cached_property
    def cell(self) -> tuple[int, int]:
        """Steps n and width m."""
        return CELL[self.plan.size]

    @cached_property
    def arms(self) -> dict[str, Arm]:
        """The arms that are run."""
        return {arm: ARMS[arm] for arm in RUN[self.plan.size]}

    def pieces(self) -> dict[str, Piece]:
        """The base, the updates in which its networks are lost, and one piece per other arm."""
        found = {BASE: constant_piece(self.plan, self.cell, self.size), "moments": self._moments()}
        where = "n{}-m{}".format(*self.cell)
        for arm in list(self.arms)[1:]:
            label = f"why-{where}-{arm.replace('=', '')}"
            found[arm] = arm_piece(self.plan, label, self.cell, self.size, **ARMS[arm].changes)
        return found

    def _moments(self) -> Piece:
        steps, width = self.cell
        return spikes_piece(
            f"why-n{steps}-m{width}-moments",
            self.plan.network(width, steps=steps),
            self.plan.training(self.size.updates),
            seed=self.plan.seed,
            replicates=replicates_of(steps, width, min(self.size.replicates, LOOKED_INTO)),
        )

    def points(self) -> Iterator[Point]:
        """The marks at the break and in the control, then what each arm is like, and what it changes."""
        yield self._marks()
        yield from self._each_mark()
        yield self._control()
        for arm in self.arms:
            yield from self._arm(arm)
        yield from self._gains()

    @cached_property
    def lost(self) -> list[Outcomes]:
        """What was read of each network that was lost."""
        return self["moments"]["lost"]

    def _marks(self) -> Point:
        found, borne = self["moments"], [all_marks(one) for one in self.lost]
        pairs = [(all_marks(one), all_marks(one["before"])) for one in self.lost if one["before"]]
        return self.point(
            "moments/marks",
            label="Lost networks with all three marks of a lagging second moment",
            expected="more than half",
            **(rate(borne) if borne else {"unit": "rate"}),
            verdict=self.at_full_budget(lags(borne, pairs)),
            seconds=found.seconds,
            note=f"Of {found['networks']} networks {found['ever_right']} were right at some look and {len(borne)} were "
            f"lost. {_read(self.lost)}".rstrip(),
        )

    def _each_mark(self) -> Iterator[Point]:
        for mark, least in MARKS.items():
            values = np.array([one[mark] for one in self.lost])
            yield self.point(
                f"moments/{mark}",
                label=f"Lost networks with this mark: {MARK_WORDS[mark]}",
                **(rate(values >= least) if len(values) else {"unit": "rate"}),
                rule=OUR_QUESTION,
                note=f"A ratio of {least:g} or more; {_median(values)}.",
            )

    def _control(self) -> Point:
        before = [one["before"] for one in self.lost if one["before"]]
        return self.point(
            "moments/control",
            label="The same networks with all three marks where no harm was done",
            **(rate([all_marks(one) for one in before]) if before else {"unit": "rate"}),
            rule=OUR_QUESTION,
            note=f"At the longest step of the 250 updates between the two looks before. {_read(before)}".rstrip(),
        )

    def _arm(self, arm: str) -> Iterator[Point]:
        """How often an arm's networks are right, ever and at the end, and how often they lose it."""
        found, words = self[arm], ARMS[arm].words
        once, end, seen = ever(found), at_end(found), stays(found)
        yield self.point(f"{arm}/ever", label=f"{words}: right at some look", **rate(once), rule=OUR_QUESTION)
        yield self.point(
            f"{arm}/end",
            label=f"{words}: right at the end",
            **rate(end),
            rule=OUR_QUESTION,
            seconds=found.seconds,
            note=f"On 200 boards. Certified at the end: {counted(found.count)}.",
        )
        if not once.any():
            return
        yield self.point(
            f"{arm}/end-given-ever",
            label=f"{words}: right at the end, of those ever right",
            **rate(end[once]),
            rule=OUR_QUESTION,
        )
        yield self.point(
            f"{arm}/losses",
            label=f"{words}: how often a network that was right is wrong at the next look",
            **mean_of(seen.times),
            unit="number",
            quantity="losses",
            rule=OUR_QUESTION,
            note=f"The mean over {len(seen.times)} networks that were right at some look. The longest wrong stretch of "
            f"a network has a median of {np.median(seen.longest):,.0f} and a maximum of {seen.longest.max():,} "
            "updates.",
        )

    def _gains(self) -> Iterator[Point]:
        of_look = {"ever": ever, "end": at_end}
        pairs: dict[tuple[str, str], Comparison] = {
            (arm, look): paired(right(self[arm]), right(self[BASE]))
            for arm in self.arms
            for look, right in of_look.items()
            if arm != BASE
        }
        for (arm, look), gain in corrected(pairs).items():
            yield self.point(
                f"{arm}-base/{look}",
                label=f"{LOOKS[look]}: {ARMS[arm].words} less the base",
                **gain.fields,
                rule=OUR_QUESTION,
                note=f"{LOOKS[look].capitalize()}: {ARMS[arm].words} {counted(gain.first)}, base "
                f"{counted(gain.second)}; {gain}.",
            )

    def answer(self, points: Points) -> str:
        """What was read at the break, and how many other settings change the end."""
        marks, gains = points["moments/marks"], points.all("*-base/end")
        surely = [gain["measured"] or 0.0 for gain in gains if gain.get("p", 1.0) < ALPHA]
        better, worse = sum(gain > 0 for gain in surely), sum(gain < 0 for gain in surely)
        said = (
            f"{told(marks, 'networks')} bear all three marks of a lagging second moment where they are lost"
            f"{aside(marks)}. With the paper's Adam {told(points[f'{BASE}/end'])} are right at the end"
        )
        if not gains:
            return f"{said}."
        return f"{said}; of {len(gains)} other settings, {better} do better there beyond chance and {worse} worse."

    def figures(self) -> Iterator[Figure]:
        """Every arm ever and at the end; and the updates in which networks are lost."""
        arms = {ARMS[arm].words: self[arm] for arm in self.arms}
        looks = {"right at the end": at_end, "ever right": ever}
        yield Figure(
            title="What changes whether networks keep what they learned",
            caption=f"Networks of n={self.cell[0]}, m={self.cell[1]} that are right on 200 boards at some look or at "
            f"the end of {self.size.updates:,} updates, with Wilson's 95 % intervals; the same initial weights and "
            "batches in every row.",
            drawn=rates_by_name(
                [
                    named(label, {words: count(right(found)) for words, found in arms.items()})
                    for label, right in looks.items()
                ]
            ),
        )
        if courses := self["moments"]["courses"]:
            yield Figure(
                title="The updates in which a network is lost",
                caption="Above: the gradient at the weight with the longest step, Adam's denominator there, and the "
                "norm of the whole gradient. Middle: the longest step of any weight; the line is the learning rate. "
                "Below: wrong cells on 200 boards.",
                drawn=a_loss_step_by_step(courses, rate=self.plan.train.learning_rate),
                part="moments",
            )


def all_marks(read: Outcomes) -> bool:
    """Whether all three marks are there, in what was read of one network."""
    return all(read[mark] >= least for mark, least in MARKS.items())


def lags(borne: list[bool], pairs: list[tuple[bool, bool]]) -> Verdict:
    """Judge whether the second moment lags where networks are lost, by the claim's rule.

    Args:
        borne: by lost network, whether it bears all marks.
        pairs: the same of those that have a control, at the break and in the control.
    """
    if not borne:
        return "undecided"
    interval = wilson(sum(borne), len(borne))
    if interval.high < HALF:
        return "contradicted"
    if interval.low <= HALF or not pairs:
        return "undecided"
    at_break, in_control = (np.array(arm, bool) for arm in zip(*pairs, strict=True))
    rarer = in_control.sum() < at_break.sum() and mcnemar_exact(at_break, in_control) < ALPHA
    return "reproduced" if rarer else "undecided"


def _median(values: np.ndarray) -> str:
    return f"the median is {np.median(values):.3g}" if len(values) else "nothing was read"


def _read(lost: list[Outcomes]) -> str:
    """The medians of what was read, as a sentence; nothing where nothing was."""
    if not lost:
        return ""
    fall, surprise, step, denominator = (np.median([one[name] for one in lost]) for name in (*MARKS, "denominator"))
    return (
        f"Medians: the denominator has fallen {fall:.3g}-fold to {denominator:.2g}, the largest gradient is "
        f"{surprise:.3g} times the denominator, and the step {step:.3g} times the learning rate."
    )
