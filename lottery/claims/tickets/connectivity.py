"""Claim: tickets match when they are stable: when copies of them trained on other data lie in one valley.

Frankle et al. 2020, arXiv 1912.05671: a sparse subnetwork found by iterative pruning and rewound to step k trains to
    the dense network's accuracy if, and only if, two copies of it trained from there on other data are connected by
    a line on which the error rises by less than 2 %. Large networks become stable early in training.
Paul et al. 2022, arXiv 2210.03044: it matches as long as successive levels of pruning are connected in that way.

python scripts/replicate.py --claims connectivity                    # some 8 minutes on two cores
python scripts/replicate.py --claims connectivity --preset smoke     # seconds
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from lottery.analysis.mode_connectivity import STABLE
from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BySize, Size, numbers
from lottery.experiments.connectivity import connectivity_piece
from lottery.inputs.truth_values import Truths, truths
from lottery.report.figures.rate_panels import rates_in_panels
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Count, count
from lottery.statistics.rates import Interval, cluster_bootstrap
from lottery.statistics.verdicts import ALPHA, Verdict
from lottery.tickets.settings import PruningSettings

FEWEST = 8  # pairs on either side, stable and unstable, below which nothing is said
KEPT = 0.2 ** (1 / 3)  # of the survivors per level: three levels leave a fifth
STEPS = (0, 250, 500, 1000, 2000, 5000, 10_000)
LEVELS = BySize(smoke={3: 2}, laptop={8: 3, 3: 2}, paper={8: 3, 3: 2})  # of pruning, by width


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines between pairs of networks of one level, at every step; arrays (steps, replicates).

    Attributes:
        density: kept over prunable.
        solved: whether the networks were certified at the end.
        stored: what is stored of the lines, by step.
    """

    density: float
    solved: Bool[np.ndarray, "steps replicates"]
    stored: Sequence[Mapping[str, Any]]

    def __getitem__(self, name: str) -> Float[np.ndarray, "steps replicates"]:
        """What is stored of every pair under a name."""
        return np.array([lines[name] for lines in self.stored], float)

    @property
    def barrier(self) -> Float[np.ndarray, "steps replicates"]:
        """Of the error, a share of cells."""
        return self["error_barrier"]

    @property
    def stable(self) -> Bool[np.ndarray, "steps replicates"]:
        """Which barriers are below the threshold of Frankle et al."""
        return self.barrier < STABLE

    @property
    def median(self) -> Float[np.ndarray, " steps"]:
        """Median barrier at every step."""
        return np.median(self.barrier, axis=1)


class Connectivity(Claim):
    """Whether stable tickets succeed more often, by width and density; and from when on networks are stable."""

    fixed = "2026-11-25 13:47:11"
    name = "connectivity"
    question = "Do tickets match when copies of them, trained on other data, lie in one valley?"
    statement = "Tickets match when they are stable: when copies of them, trained on other data, lie in one valley."
    source = "Frankle et al. 2020, arXiv 1912.05671; successive levels: Paul et al. 2022, arXiv 2210.03044"
    protocol = (
        "One step ahead, 20,000 updates at a constant rate (laptop). For each step k the dense network's weights at k, "
        "and the ticket that is rewound to k, are trained on from k to the end by two copies, each on its own draws "
        "from the common banks of boards. On 30 points of the straight line between the two, ends included, error is "
        "the expected share of wrong cells and loss the expected cross-entropy, both exact (all 512 neighbourhoods, "
        "weighted by how probable they are under U(0,1)) and in float64. The barrier is the highest value on the line "
        "minus the mean of the ends. Tickets come from iterative magnitude pruning, 41.5 % of the survivors per level: "
        "58, 34 and 20 % are left. A ticket succeeds if it is certified at the end of its own training, on a third "
        "sequence of draws, so that no training counts both for the barrier and for success. Our choice: optimisers "
        "start afresh at k; banks are the same boards for both copies, as a training set is that is shuffled again. "
        "Calling all cells dead gets 14.4 % of the cells wrong, so two copies that learn nothing are stable too: the "
        "notes count them."
    )
    rule = (
        f"A pair of copies is stable if its error barrier is below {100 * STABLE:g} %. Over all replicates and steps "
        "k: the success rate of tickets whose copies are stable minus that of the others. Its interval is a bootstrap "
        "over replicates, at 95 % for all comparisons of the claim together (Bonferroni). Reproduced if it lies above "
        f"0, contradicted if below, undecided otherwise, and where either side has fewer than {FEWEST} pairs. "
        "Successive levels: the same with the line from a level's trained networks to the next level's, and the "
        "success of the latter. Medians, onsets and rank correlations over k have no verdict."
    )
    sizes = BySize(smoke=Size(8, 500), laptop=Size(32, 20_000), paper=Size(64, 125_000))

    @cached_property
    def levels(self) -> dict[int, int]:
        """Levels of pruning by width."""
        return LEVELS[self.plan.size]

    @cached_property
    def steps(self) -> list[int]:
        """Each k that the budget has room for."""
        return [step for step in STEPS if 2 * step <= self.size.updates and step % self.plan.train.check_every == 0]

    def pieces(self) -> dict[int, Piece]:
        """Copies and tickets, by width."""
        return {
            width: connectivity_piece(
                f"connectivity-m{width}",
                self.plan.network(width),
                self.plan.training(self.size.updates),
                PruningSettings(levels=levels, prune_fraction=round(1 - KEPT, 4), controls=()),
                seed=self.plan.seed,
                replicates=numbers(width, self.size.replicates),
                steps=self.steps,
                copied=copied(levels),
            )
            for width, levels in self.levels.items()
        }

    def _lines(self, width: int, level: int, pairs: str) -> Lines:
        """One level over its steps; pairs are "copies" or "successive"."""
        rows = [self[width][f"step{step}"]["levels"][level] for step in self.steps]
        solved = np.array([row["solved"] for row in rows], bool)
        return Lines(rows[0]["kept"] / rows[0]["prunable"], solved, [row[pairs] for row in rows])

    def _copies(self, width: int) -> dict[int, Lines]:
        return {level: self._lines(width, level, "copies") for level in copied(self.levels[width])}

    def points(self) -> Iterator[Point]:
        """Whether stable tickets succeed more often, by width and density; then from when on networks are stable."""
        for width in self.levels:
            copies = self._copies(width)
            tickets = {level: lines for level, lines in copies.items() if level}
            for level, lines in tickets.items():
                yield self._stable_tickets(width, level, lines)
            yield self._successive(width)
            for level, lines in copies.items():
                yield self._onset(width, level, lines)
                exact = lines["most_wrong"] == 0
                yield self.point(
                    f"m={width}/{_who(level)}/exact-lines",
                    label=f"m={width}, {_left(level)}: lines on which every network is exact",
                    **rate(exact[-1]),
                    note=f"Pairs of copies from k={self.steps[-1]:,} all 30 of whose networks on the line are right on "
                    "all 512 neighbourhoods: the strictest meaning of one valley. From "
                    f"k={self.steps[0]:,}: {_count(exact[0])}.",
                )
            for level, lines in tickets.items():
                yield self._order(width, level, lines)

    def _associated(self, stable: Truths, solved: Truths) -> dict[str, Any]:
        """The gap between stable and unstable as the fields of a point."""
        tests = sum(len(copied(levels)) for levels in self.levels.values())  # each ticket, and successive levels
        value, interval, verdict = associated(stable, solved, confidence=1 - ALPHA / tests)
        ends = None if interval is None else (interval.low, interval.high)
        return {"expected": "above 0", "measured": value, "interval": ends, "unit": "difference", "verdict": verdict}

    def _stable_tickets(self, width: int, level: int, lines: Lines) -> Point:
        stable, solved = lines.stable, lines.solved
        nothing = stable & ~solved & (lines["end_error"] > 0.14)
        within = [
            f"k={step:,}: stable {_count(right[low])}, unstable {_count(right[~low])}"
            for step, low, right in zip(self.steps, stable, solved, strict=True)
        ]
        return self.point(
            f"m={width}/{_who(level)}/stable-succeed",
            label=f"m={width}, {_left(level)}: success of stable tickets less that of the others",
            **self._associated(stable, solved),
            seconds=self[width].seconds,
            note=f"Tickets at density {lines.density:.2f}, all steps: stable {_count(solved[stable])} certified, "
            f"unstable {_count(solved[~stable])}. By step: {'; '.join(within)}. Of the stable ones that failed, "
            f"{int(nothing.sum())} have copies that call nearly all cells dead.",
        )

    def _successive(self, width: int) -> Point:
        found = [self._lines(width, level, "successive") for level in range(1, self.levels[width] + 1)]
        rows = [
            f"to {100 * one.density:.0f} %: connected {_count(one.stable)}, certified {_count(one.solved[one.stable])} "
            f"of these and {_count(one.solved[~one.stable])} of the others"
            for one in found
        ]
        stable, solved = (np.concatenate([getattr(one, name) for one in found]) for name in ("stable", "solved"))
        return self.point(
            f"m={width}/successive-levels",
            label=f"m={width}, successive levels: success of the connected less that of the others",
            **self._associated(stable, solved),
            note=f"Lines from a level's trained networks to the next level's, all steps and levels. {'; '.join(rows)}.",
        )

    def _onset(self, width: int, level: int, lines: Lines) -> Point:
        first = onset(self.steps, lines.median)
        medians = ", ".join(
            f"k={step:,} {100 * median:.2g} % ({stored['loss_barrier_quartiles'][1]:.2g})"
            for step, median, stored in zip(self.steps, lines.median, lines.stored, strict=True)
        )
        return self.point(
            f"m={width}/{_who(level)}/stable-from",
            label=f"m={width}, {_left(level)}: step from which on copies are stable",
            expected="early in training",
            measured=None if first is None else float(first),
            unit="number",
            note=f"The step from which on the median barrier of the error is below {100 * STABLE:g} %: "
            f"{'never' if first is None else f'from k={first:,} on'}. Medians, with those of the loss's barrier: "
            f"{medians}.",
        )

    def _order(self, width: int, level: int, lines: Lines) -> Point:
        rates = lines.solved.mean(axis=1)
        varied = np.ptp(lines.median) > 0 and np.ptp(rates) > 0
        told = ", ".join(f"k={step:,} {_count(right)}" for step, right in zip(self.steps, lines.solved, strict=True))
        return self.point(
            f"m={width}/{_who(level)}/order",
            label=f"m={width}, {_left(level)}: rank correlation of barrier and success",
            expected="below 0",
            measured=float(stats.spearmanr(lines.median, rates).statistic) if varied else None,
            unit="number",
            note=f"Spearman's rank correlation over the {len(self.steps)} steps of the median barrier with the "
            "tickets' success. Steps share their replicates, and both may follow k for reasons of their own. Success: "
            f"{told}.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        gaps = points.judged("*/stable-succeed") + points.all("*/successive-levels")
        return (
            f"Of m={next(iter(self.levels))}, the success rate of stable tickets less that of the others is "
            f"{told(gaps[0])}. "
            + of_all(gaps, "comparisons of stable with unstable", "spoke for the stable", "spoke against them")
        )

    def figures(self) -> Iterator[Figure]:
        """Success of stable tickets beside that of the others; and both, by the step that networks start from."""
        tickets = {
            f"m={width}, {_left(level)}": lines
            for width in self.levels
            for level, lines in self._copies(width).items()
            if level
        }
        yield Figure(
            title="Do stable tickets succeed more often?",
            caption=f"Tickets whose copies are stable (an error barrier below {100 * STABLE:g} %) and the others, of "
            "all steps that they start from: the share that is certified. Wilson's 95 % intervals, as if all were "
            "independent; the verdict's interval is over replicates.",
            drawn=rates_by_name(
                [
                    named(
                        "stable",
                        {name: count(one.solved[one.stable]) for name, one in tickets.items() if one.stable.any()},
                    ),
                    named(
                        "not stable",
                        {name: count(one.solved[~one.stable]) for name, one in tickets.items() if not one.stable.all()},
                    ),
                ]
            ),
        )
        panels = {
            f"m={width}, {_left(level)}": [
                named("copies are stable", self._by_step(lines.stable)),
                named("certified", self._by_step(lines.solved)),
            ]
            for width in self.levels
            for level, lines in self._copies(width).items()
        }
        yield Figure(
            title="Stability and success, by the update that networks start from",
            caption=f"Shares of {self.size.replicates} replicates with Wilson's 95 % intervals. Two copies that learn "
            "nothing are stable too.",
            drawn=rates_in_panels(panels, xlabel="share of the networks"),
            part="steps",
        )

    def _by_step(self, outcomes: Bool[np.ndarray, "steps replicates"]) -> dict[str, Count]:
        return {f"update {step:,}": count(row) for step, row in zip(self.steps, outcomes, strict=True)}


def copied(levels: int) -> tuple[int, ...]:
    """The levels that copies are made of: the dense network and, as one pruning changes little, those from 2 on."""
    return 0, *range(2, levels + 1)


def gap(rows: Float[np.ndarray, "pairs 2"]) -> float:
    """Success rate of the stable minus that of the unstable; 0 where there are none of one kind.

    Args:
        rows: stable (1 or 0), solved (1 or 0).
    """
    stable = rows[:, 0] > 0
    if stable.all() or not stable.any():
        return 0.0
    return float(rows[stable, 1].mean() - rows[~stable, 1].mean())


def associated(stable: Truths, solved: Truths, confidence: float) -> tuple[float | None, Interval | None, Verdict]:
    """Whether the stable succeed more often: the gap, its bootstrap interval over replicates, the verdict of `RULE`."""
    stable, solved = truths(stable, "stable"), truths(solved, "solved")
    if min(stable.sum(), (~stable).sum()) < FEWEST or stable.shape[1] < 2:
        return None, None, "undecided"
    rows = np.stack([stable.ravel(), solved.ravel()], axis=1).astype(float)
    replicates = np.tile(np.arange(stable.shape[1]), len(stable))
    interval = cluster_bootstrap(rows, replicates, gap, resamples=1999, confidence=confidence)
    verdict: Verdict = "reproduced" if interval.low > 0 else "contradicted" if interval.high < 0 else "undecided"
    return gap(rows), interval, verdict


def onset(steps: Sequence[int], medians: Float[np.ndarray, " steps"]) -> int | None:
    """The first step from which on all medians are below the threshold; None where the last one is not."""
    found = None
    for step, median in zip(reversed(steps), reversed(medians.tolist()), strict=True):
        if median >= STABLE:
            break
        found = step
    return found


def _who(level: int) -> str:
    return f"d={KEPT**level:.2f}" if level else "dense"


def _left(level: int) -> str:
    return f"{100 * KEPT**level:.0f} % left" if level else "dense"


def _count(outcomes: np.ndarray) -> str:
    return f"{int(outcomes.sum())}/{outcomes.size}"
