"""Claim: at the full budget a ticket of a tenth does as well as its dense network, and rewinding late does no harm.

The other claims about tickets train every level for 20,000 updates at one constant rate. Frankle and Carbin (2019)
found that tickets of 10 to 20 % match at full training, and Frankle et al. (2020) that rewinding to an early step of
training helps where rewinding to initialisation fails. Here every level has the paper's 125,000 updates, at several
rates of Adam, constant or decaying by a cosine, rewound to several steps.

    expected: no loss against the dense network in some setting, and none by rewinding late

    python scripts/replicate.py --claims budget                   # some 20 minutes on two fast cores
    python scripts/replicate.py --claims budget --preset smoke    # a few seconds
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.answers import Points, bare
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BySize
from lottery.claims.frame.small_networks import rivals
from lottery.experiments.train import training_piece
from lottery.inputs.truth_values import Truths
from lottery.report.figures.figure import Rates
from lottery.report.figures.small_multiples import densities_in_panels
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, independent, paired
from lottery.statistics.keeping import HARM, keeps, keeps_rule, survives
from lottery.statistics.rates import paired_difference
from lottery.statistics.verdicts import ALPHA, Verdict, beats_rule
from lottery.tickets.arms import FAIR, TRIES


class Course(NamedTuple):
    """How all networks of a cell are trained: Adam's rate, and what becomes of it over the budget."""

    rate: float
    schedule: str

    def __str__(self) -> str:
        """In the names of points."""
        return f"rate={self.rate:g},{self.schedule}"

    @property
    def words(self) -> str:
        """In sentences."""
        return f"{self.schedule} rate of {self.rate:g}"


class Cell(NamedTuple):
    """Tickets of one course, rewound to one step."""

    course: Course
    rewind_to: int

    def __str__(self) -> str:
        """In the names of points."""
        return f"{self.course},rewound={self.rewind_to}"

    @property
    def words(self) -> str:
        """In sentences."""
        return f"{self.course.words}, rewound to {self.rewind_to:,}"


MARGIN = 0.10
COURSES = [Course(rate, schedule) for schedule in ("constant", "cosine") for rate in (1e-3, 3e-3, 1e-2)]
STEPS = (0, 250, 500, 1000, 2500)
USUAL = COURSES[0]
CELLS = BySize[tuple[Cell, ...]](
    smoke=(Cell(USUAL, 0), Cell(USUAL, 250)),
    laptop=(Cell(USUAL, 0),),
    paper=tuple(Cell(course, step) for course in COURSES for step in STEPS),
)
REPLICATES = BySize(smoke=4, laptop=64, paper=128)  # fewer could not match at the confidence of so many settings
UPDATES = BySize(smoke=500, laptop=125_000, paper=125_000)
CONTROLS = {
    "reinit": "the same mask with new weights",
    FAIR: "its weights under a shuffled mask that can be exact",
}

NEVER = (
    "The sources' networks and tasks are others, so that an answer against them is new, and contradicts nothing. "
    f"With a budget below {UPDATES['paper']:,} updates always undecided."
)
ANY_RULE = (
    "Over all settings whose dense networks succeed in more than "
    f"{100 * MARGIN:g} %, the ticket of a tenth is held against its dense network. Reproduced if in some setting the "
    "interval of the paired difference (Newcombe), at a confidence of 1 - 0.05 / settings, lies above a loss of "
    f"{100 * MARGIN:g} percentage points; answered with no, which is new, if in every setting the 95 % interval lies "
    f"below that loss; undecided otherwise. {NEVER}"
)
LATE_RULE = (
    "The same tickets rewound to a later step and to initialisation, in pairs. It hurts, which is new, if the later "
    f"one succeeds less often (exact McNemar, p < {ALPHA:g} after Holm's correction over all settings, steps and both "
    f"densities); otherwise reproduced if the 95 % interval of the loss lies below {100 * HARM:g} percentage points "
    f"and the one rewound to initialisation succeeds more often than that; undecided otherwise. {NEVER}"
)
ARMS_RULE = (
    f"{beats_rule()} p-values are corrected by Holm's method over all settings, densities and arms of this kind. "
    f"{NEVER}"
)


class Budget(lab.LabClaim):
    """Tickets at the paper's budget over rates, schedules and steps rewound to."""

    fixed = "2026-11-27 15:39:19"
    name = "budget"
    question = "Does a ticket of a tenth match its dense network at the full budget?"
    statement = (
        "Trained to the full budget, a ticket of a tenth matches its dense network; rewinding late does no harm."
    )
    source = (
        "Frankle and Carbin 2019, arXiv 1803.03635; rewinding: Frankle et al. 2020, arXiv 1912.05671. Both of image "
        "classifiers: on Life the question is our own"
    )
    protocol = (
        "Networks of the headline width are pruned by magnitude to a tenth in ten levels, 125,000 updates each, and "
        "rewound; biases are kept. All networks of a setting have one learning rate of Adam, constant or decaying by a "
        "cosine to a hundredth, and all settings share initial weights and batches. A network rewound to step k trains "
        "from k to the end of the budget. At a fifth and a tenth of the weights we train with the ticket: its "
        f"mask with new weights, its weights under a shuffled mask that can be exact (evenly drawn, {TRIES:,} shuffles "
        "are tried, and compared where one was found), and a small dense network of at most as many parameters, of the "
        "shape that learned most often in the claim `shapes`, trained as long and in the same way. A laptop runs "
        "one setting, the constant rate of 0.001 rewound to initialisation; the whole grid has 30. Known when the "
        "rules were written: the same at 20,000 updates (claims `alone`, `learning_rate`, `connectivity`), and nothing "
        "of this budget."
    )
    rule = f"{ANY_RULE} {LATE_RULE} {ARMS_RULE}"

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The settings, all of one course that are rewound later after the one rewound to initialisation."""
        return CELLS[self.plan.size]

    @cached_property
    def courses(self) -> list[Course]:
        """The rates and schedules of the settings."""
        return list(dict.fromkeys(cell.course for cell in self.cells))

    @cached_property
    def replicates(self) -> int:
        """Networks per arm."""
        return self.plan.replicates or REPLICATES[self.plan.size]

    @cached_property
    def updates(self) -> int:
        """Budget of every level."""
        return self.plan.updates or UPDATES[self.plan.size]

    @cached_property
    def at(self) -> tuple[int, int]:
        """The levels with controls: the laboratory's level of verdicts and its last."""
        return self.lab.verdict, self.lab.levels

    def pieces(self) -> Mapping[Any, Piece]:
        """The tickets of every setting, then the small networks by course and level."""
        return {
            **{cell: self._tickets(cell) for cell in self.cells},
            **{(course, level): self._small(course, level) for course in self.courses for level in self.at},
        }

    def _tickets(self, cell: Cell) -> Piece:
        (rate, schedule), step = cell
        how = lab.pruning(self.plan, controls=tuple(CONTROLS), at=self.at, rewind_to=step)
        label = f"budget-{schedule}{rate:g}-rewind{step}"
        return lab.pruned(
            self.plan,
            label,
            how,
            replicates=self.replicates,
            updates=self.updates,
            learning_rate=rate,
            schedule=schedule,
            **self.plan.kernel,
        )

    def _small(self, course: Course, level: int) -> Piece:
        """The best small shape with at most the parameters of a level's ticket, from scratch in the same way."""
        a, b = shape = rivals(self.plan, level)[0]
        # Numbers that no other small network has, in any claim, at another rate or of another shape.
        first = 20_000_000 + 1_000_000 * COURSES.index(course) + 10_000 * (10 * a + b)
        return training_piece(
            f"budget-{course.schedule}{course.rate:g}-small-{a}-{b}",
            self.plan.network(features=shape),
            self.plan.training(self.updates, learning_rate=course.rate, schedule=course.schedule, **self.plan.kernel),
            seed=self.plan.seed,
            replicates=range(first, first + self.replicates),
        )

    def judged(self, verdict: str) -> str:
        """The verdict at the full budget, where an answer against the sources is new."""
        if self.updates < UPDATES["paper"] and verdict != "new":
            return "undecided"
        return "new" if verdict == "contradicted" else verdict

    def points(self) -> Iterator[Point]:
        """Whether any ticket of a tenth matches, whether rewinding late hurts, then every setting and arm."""
        yield self._any_matches()
        yield from self._late()
        for cell in self.cells:
            yield from self._against_dense(cell)
        yield from self._against_controls()
        yield from self._against_small()

    def _any_matches(self) -> Point:
        level = self.lab.levels
        losses = {cell: paired(self[cell].arm(level), self[cell].dense) for cell in self.cells}
        best = max(losses, key=lambda cell: losses[cell].difference.value)
        each = "; ".join(
            f"{cell} {counted(loss.first)} against {counted(loss.second)}" for cell, loss in losses.items()
        )
        verdict = any_matches({cell: (self[cell].arm(level), self[cell].dense) for cell in self.cells})
        return self.point(
            "tenth/any",
            label="Ticket of a tenth less its dense network, in the setting with the smallest loss",
            expected="no loss",
            **losses[best].fields,
            verdict=self.judged(verdict),
            rule=ANY_RULE,
            seconds=sum(self[cell].seconds for cell in self.cells),
            note=f"The setting with the smallest loss, {best}, of {len(self.cells)}. Tickets of a tenth and their "
            f"dense networks: {each}.",
        )

    def _late(self) -> Iterator[Point]:
        """Every later step against initialisation, at both densities."""
        pairs = corrected(
            {
                (cell, level): paired(self[Cell(cell.course, 0)].arm(level), self[cell].arm(level))
                for cell in self.cells
                if cell.rewind_to and Cell(cell.course, 0) in self.cells
                for level in self.at
            }
        )
        for (cell, level), pair in pairs.items():
            yield self.point(
                f"{cell}/{self._share(cell, level)}/less-than-rewound=0",
                label=f"Loss by rewinding late, {self._share(cell, level)} kept, {cell.words}",
                expected="not above 0",
                **pair.fields,
                verdict=self.judged(survives(pair)),
                rule=LATE_RULE,
                note=f"Loss by rewinding to step {cell.rewind_to:,} instead of initialisation: rewound to "
                f"initialisation {counted(pair.first)}, to step {cell.rewind_to:,} {counted(pair.second)}; exact "
                f"McNemar p after Holm = {pair.p:.2g}.",
            )

    def _share(self, cell: Cell, level: int) -> str:
        return f"{100 * self[cell].density(level):.0f}%"

    def _against_dense(self, cell: Cell) -> Iterator[Point]:
        """The dense network of a setting, and its tickets against it."""
        found = self[cell]
        if not cell.rewind_to:
            yield self.point(
                f"{cell.course}/dense",
                label=f"Dense networks, {cell.course.words}",
                **rate_of(*count(found.dense)),
                rule=None,
                seconds=found.seconds,
            )
        course = ", ".join(
            f"{100 * found.density(level):.0f} % {counted(count(found.arm(level)))}"
            for level in range(1, self.lab.levels + 1)
        )
        for level in self.at:
            loss = paired(found.arm(level), found.dense)
            yield self.point(
                f"{cell}/{self._share(cell, level)}/vs-dense",
                label=f"Ticket less its dense network, {self._share(cell, level)} kept, {cell.words}",
                expected="no loss",
                **loss.fields,
                verdict=self.judged(keeps(loss, MARGIN)),
                rule=f"{keeps_rule(MARGIN)} {NEVER}",
                seconds=found.seconds,
                note=f"Ticket {counted(loss.first)}, dense {counted(loss.second)}. {found.possible_in_words(level)} "
                f"All levels: {course}.",
            )

    def _against_controls(self) -> Iterator[Point]:
        arms = {
            (cell, level, arm): self[cell].against_fair_shuffle(level)
            if arm == FAIR
            else (self[cell].arm(level), self[cell].arm(level, arm))
            for cell in self.cells
            for level in self.at
            for arm in CONTROLS
        }
        gains = corrected({key: paired(*pair) for key, pair in arms.items() if pair is not None})
        for key in arms:
            yield self._gain(*key, gains.get(key))

    def _gain(self, cell: Cell, level: int, arm: str, gain: Comparison | None) -> Point:
        """The ticket against a control; None where no shuffle that can be exact was found."""
        name, words = f"{cell}/{self._share(cell, level)}/vs-{arm}", f"Against {CONTROLS[arm]}"
        label = f"Ticket less {CONTROLS[arm]}, {self._share(cell, level)} kept, {cell.words}"
        if gain is None:
            note = f"{words}: none was found in {TRIES:,} tries."
            return self.point(name, label=label, expected="above 0", verdict="undecided", rule=ARMS_RULE, note=note)
        return self.point(
            name,
            label=label,
            expected="above 0",
            **gain.fields,
            verdict=self.judged(gain.beats),
            rule=ARMS_RULE,
            note=f"{words}. Ticket {counted(gain.first)}, control {counted(gain.second)}: exact McNemar p after Holm = "
            f"{gain.p:.2g}.",
        )

    def _against_small(self) -> Iterator[Point]:
        gains = corrected(
            {
                (cell, level): independent(count(self[cell].arm(level)), self[cell.course, level].count)
                for cell in self.cells
                for level in self.at
            }
        )
        for (cell, level), gain in gains.items():
            yield self.point(
                f"{cell}/{self._share(cell, level)}/vs-small",
                label=f"Ticket less a small network from scratch, {self._share(cell, level)} kept, {cell.words}",
                expected="above 0",
                **gain.fields,
                verdict=self.judged(gain.beats),
                rule=ARMS_RULE,
                seconds=self[cell.course, level].seconds,
                note=f"Ticket {counted(gain.first)}, small network {rivals(self.plan, level)[0]} from scratch "
                f"{counted(gain.second)}. {gain}.",
            )

    def answer(self, points: Points) -> str:
        """What was found: the best setting, then the later steps."""
        best = points["tenth/any"]
        one = len(self.cells) == 1
        said = {
            "reproduced": f"In {'the setting that was run' if one else 'some setting'} a ticket of a tenth matches its "
            "dense network",
            "new": f"In {'the setting that was run' if one else 'all settings'} a ticket of a tenth falls short of its "
            "dense network",
        }
        start = said.get(best["verdict"], "We cannot say whether a ticket of a tenth matches its dense network")
        late = points.all("*/less-than-rewound=0")  # none where every network is rewound to initialisation
        harm = sum(point["verdict"] == "new" for point in late)
        none = sum(point["verdict"] == "reproduced" for point in late)
        answer = f"{start} (the smallest loss is {bare(best)})."
        if not late:
            return answer
        return f"{answer} Rewinding late does harm in {harm} of {len(late)} comparisons, and surely none in {none}."

    def figures(self) -> Iterator[Figure]:
        """Success against density, one panel per rate and schedule."""
        yield Figure(
            title="Tickets at the full budget",
            caption=f"Networks of width m={self.width}, {self.replicates} replicates, certified after {self.updates:,} "
            "updates per level, with Wilson's 95 % intervals. A small network stands at the density of the ticket that "
            "it is held against.",
            drawn=densities_in_panels(
                {f"{course.rate:g}, {course.schedule}": self._arms(course) for course in self.courses}
            ),
        )

    def _arms(self, course: Course) -> list[Rates]:
        """The tickets by the step rewound to and the other arms; later steps last."""
        at_start = self[Cell(course, 0)]
        every = range(self.lab.levels + 1)
        densities = {level: at_start.density(level) for level in every}
        small = {densities[level]: self[course, level].count for level in self.at}
        fresh = {densities[level]: count(at_start.arm(level, "reinit")) for level in self.at}
        later = [cell for cell in self.cells if cell.course == course and cell.rewind_to]
        return [
            rates("ticket", {densities[level]: count(at_start.arm(level)) for level in every}),
            rates("random reinit", fresh),
            rates("small from scratch", small),
            *(
                rates(
                    f"ticket, step {cell.rewind_to:,}",
                    {densities[level]: count(self[cell].arm(level)) for level in every},
                )
                for cell in later
            ),
        ]


def any_matches(arms: Mapping[Cell, tuple[Truths, Truths]]) -> Verdict:
    """Judge whether any setting's tickets match, by the rule that `ANY_RULE` words.

    Args:
        arms: by setting, success of the tickets and of the dense networks, by replicate.
    """
    able = [pair for pair in arms.values() if np.mean(pair[1]) > MARGIN]
    strict = [paired_difference(*pair, confidence=1 - ALPHA / len(arms)).interval for pair in able]
    usual = [paired_difference(*pair).interval for pair in able]
    if any(interval.low > -MARGIN for interval in strict):
        return "reproduced"
    return "contradicted" if usual and all(interval.high < -MARGIN for interval in usual) else "undecided"
