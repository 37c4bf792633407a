"""Claim: tickets match when they are stable: when copies of them trained on other data lie in one valley.

Frankle et al. 2020, arXiv 1912.05671: a sparse subnetwork found by iterative pruning and rewound to step k trains to
    the dense network's accuracy if, and only if, two copies of it trained from there on other data are connected by
    a line on which the error rises by less than 2 %. Large networks become stable early in training.
Paul et al. 2022, arXiv 2210.03044: it matches as long as successive levels of pruning are connected in that way.

python scripts/replicate.py --claims connectivity                    # some 8 minutes on two cores
python scripts/replicate.py --claims connectivity --preset smoke     # seconds
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import Size, numbers, size_of
from lottery.connectivity import STABLE
from lottery.experiments.connectivity import connectivity_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.valleys import Barriers, LineErrors, barriers_by_step, error_along_lines
from lottery.statistics import Interval, cluster_bootstrap
from lottery.tickets import PruningSettings
from lottery.truth import Truths, truths
from lottery.verdicts import Verdict

NAME = "connectivity"
STATEMENT = "Tickets match when they are stable: when copies of them, trained on other data, lie in one valley."
SOURCE = "Frankle et al. 2020, arXiv 1912.05671; successive levels: Paul et al. 2022, arXiv 2210.03044"
PROTOCOL = (
    "One step ahead, 20,000 updates at a constant rate (laptop). For each step k the dense network's weights at k, and "
    "the ticket that is rewound to k, are trained on from k to the end by two copies, each on its own draws from the "
    "common banks of boards. On 30 points of the straight line between the two, ends included, error is the expected "
    "share of wrong cells and loss the expected cross-entropy, both exact (all 512 neighbourhoods, weighted by how "
    "probable they are under U(0,1)) and in float64. The barrier is the highest value on the line minus the mean of "
    "the ends. Tickets come from iterative magnitude pruning, 41.5 % of the survivors per level: 58, 34 and 20 % are "
    "left. A ticket succeeds if it is certified at the end of its own training, on a third sequence of draws, so that "
    "no training counts both for the barrier and for success. Our choice: optimisers start afresh at k; banks are the "
    "same boards for both copies, as a training set is that is shuffled again. Calling all cells dead gets 14.4 % of "
    "the cells wrong, so two copies that learn nothing are stable too: the notes count them."
)
FEWEST = 8  # pairs on either side, stable and unstable, below which nothing is said
SIZES = {"smoke": Size(8, 500), "laptop": Size(32, 20_000), "paper": Size(64, 125_000)}
KEPT = 0.2 ** (1 / 3)  # of the survivors per level: three levels leave a fifth
STEPS = (0, 250, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True)
class Arm:
    """Networks of one width: levels of pruning, and the levels that copies are made of, 0 being the dense network."""

    width: int
    levels: int
    copied: tuple[int, ...]


ARMS = {
    "smoke": (Arm(3, 2, (0, 2)),),
    "laptop": (Arm(8, 3, (0, 2, 3)), Arm(3, 2, (0, 2))),
    "paper": (Arm(8, 3, (0, 2, 3)), Arm(3, 2, (0, 2))),
}
RULE = (
    f"A pair of copies is stable if its error barrier is below {100 * STABLE:g} %. Over all replicates and steps k: "
    "the success rate of tickets whose copies are stable minus that of the others. Its interval is a bootstrap over "
    "replicates, at 95 % for all comparisons of the claim together (Bonferroni). Reproduced if it lies above 0, "
    f"contradicted if below, undecided otherwise, and where either side has fewer than {FEWEST} pairs. Successive "
    "levels: the same with the line from a level's trained networks to the next level's, and the success of the "
    "latter. Medians, onsets and rank correlations over k have no verdict."
)


def arm_piece(plan: Plan, arm: Arm) -> Piece:
    """Copies and tickets of one width."""
    size = size_of(plan, SIZES)
    return connectivity_piece(
        f"connectivity-m{arm.width}",
        plan.network(arm.width),
        plan.training(size.updates),
        PruningSettings(levels=arm.levels, prune_fraction=round(1 - KEPT, 4), controls=()),
        seed=plan.seed,
        replicates=numbers(arm.width, size.replicates),
        steps=[step for step in STEPS if 2 * step <= size.updates and step % plan.check_every == 0],
        copied=arm.copied,
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per width."""
    return [arm_piece(plan, arm) for arm in ARMS[plan.size]]


@dataclass(frozen=True, eq=False)
class Grid:
    """What is known of the networks of one level at every step; arrays (steps, replicates).

    Attributes:
        steps: k.
        density: kept over prunable.
        solved: whether the networks were certified at the end.
        barrier: of the error between the pairs asked for, a share of cells.
        end_error: mean error of the two ends; only known of copies.
        exact: whether all networks on the line are right on all 512 neighbourhoods; only known of copies.
        loss: median barrier of the loss.
    """

    steps: list[int]
    density: float
    solved: Bool[np.ndarray, "steps replicates"]
    barrier: Float[np.ndarray, "steps replicates"]
    end_error: Float[np.ndarray, "steps replicates"] | None
    exact: Bool[np.ndarray, "steps replicates"] | None
    loss: Float[np.ndarray, " steps"]

    @property
    def stable(self) -> Bool[np.ndarray, "steps replicates"]:
        """Which barriers are below the threshold of Frankle et al."""
        return self.barrier < STABLE

    @property
    def median(self) -> Float[np.ndarray, " steps"]:
        """Median barrier at every step."""
        return np.median(self.barrier, axis=1)


def grid(piece: Piece, outcomes: Outcomes, level: int, pairs: str) -> Grid:
    """One level of a piece over its steps.

    Args:
        piece: whose settings say which steps there are.
        outcomes: of that piece.
        level: of pruning.
        pairs: "copies" or "successive".
    """
    steps = piece.settings["steps"]
    rows = [outcomes[f"step{step}"]["levels"][level] for step in steps]
    return Grid(
        steps=steps,
        density=rows[0]["kept"] / rows[0]["prunable"],
        solved=np.array([row["solved"] for row in rows], bool),
        barrier=np.array([row[pairs]["error_barrier"] for row in rows], float),
        end_error=np.array([row[pairs]["end_error"] for row in rows], float) if pairs == "copies" else None,
        exact=np.array([row[pairs]["most_wrong"] for row in rows]) == 0 if pairs == "copies" else None,
        loss=np.array([row[pairs]["loss_barrier_quartiles"][1] for row in rows], float),
    )


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


def points(plan: Plan, results: Results) -> list[Point]:
    """Whether stable tickets succeed more often, by width and density; then from when on networks are stable."""
    arms = ARMS[plan.size]
    tests = sum(len([level for level in arm.copied if level]) + 1 for arm in arms)
    found = []
    for arm in arms:
        piece = arm_piece(plan, arm)
        outcomes = results[piece.name]
        copies = {level: grid(piece, outcomes, level, "copies") for level in arm.copied}
        for level in (level for level in arm.copied if level):
            found.append(_stable_tickets(arm, level, copies[level], 1 - 0.05 / tests, outcomes["seconds"]))
        successive = [grid(piece, outcomes, level, "successive") for level in range(1, arm.levels + 1)]
        found.append(_successive(arm, successive, 1 - 0.05 / tests))
        for level, one in copies.items():
            found += [_onset(arm, level, one), _exact_lines(arm, level, one)]
        found += [_order(arm, level, copies[level]) for level in arm.copied if level]
    return found


def _stable_tickets(arm: Arm, level: int, one: Grid, confidence: float, seconds: float) -> Point:
    value, interval, verdict = associated(one.stable, one.solved, confidence)
    nothing = one.stable & ~one.solved & (np.asarray(one.end_error) > 0.14)
    within = [
        f"k={step:,}: stable {_count(solved[stable])}, unstable {_count(solved[~stable])}"
        for step, stable, solved in zip(one.steps, one.stable, one.solved, strict=True)
    ]
    return _point(
        f"m={arm.width}/{_who(level)}/stable-succeed",
        expected="above 0",
        measured=value,
        interval=None if interval is None else (interval.low, interval.high),
        unit="difference",
        verdict=verdict,
        seconds=seconds,
        note=f"Tickets at density {one.density:.2f}, all steps: stable {_count(one.solved[one.stable])} certified, "
        f"unstable {_count(one.solved[~one.stable])}. By step: {'; '.join(within)}. Of the stable ones that failed, "
        f"{int(nothing.sum())} have copies that call nearly all cells dead.",
    )


def _successive(arm: Arm, levels: Sequence[Grid], confidence: float) -> Point:
    stable, solved = (np.concatenate([getattr(one, name) for one in levels]) for name in ("stable", "solved"))
    value, interval, verdict = associated(stable, solved, confidence)
    rows = [
        f"to {100 * one.density:.0f} %: connected {int(one.stable.sum())}/{one.stable.size}, certified "
        f"{_count(one.solved[one.stable])} of these and {_count(one.solved[~one.stable])} of the others"
        for one in levels
    ]
    return _point(
        f"m={arm.width}/successive-levels",
        expected="above 0",
        measured=value,
        interval=None if interval is None else (interval.low, interval.high),
        unit="difference",
        verdict=verdict,
        note=f"Lines from a level's trained networks to the next level's, all steps and levels. {'; '.join(rows)}.",
    )


def _onset(arm: Arm, level: int, one: Grid) -> Point:
    first, below = onset(one.steps, one.median), f"{100 * STABLE:g} %"
    medians = ", ".join(
        f"k={step:,} {100 * median:.2g} % ({loss:.2g})"
        for step, median, loss in zip(one.steps, one.median, one.loss, strict=True)
    )
    when = "never" if first is None else f"from k={first:,} on"
    return _point(
        f"m={arm.width}/{_who(level)}/stable-from",
        expected="early in training",
        measured=None if first is None else float(first),
        unit="number",
        verdict="new",
        note=f"The step from which on the median barrier of the error is below {below}: {when}. Medians, with those of "
        f"the loss's barrier: {medians}.",
    )


def _exact_lines(arm: Arm, level: int, one: Grid) -> Point:
    exact = np.zeros((1, 1), bool) if one.exact is None else one.exact
    return _point(
        f"m={arm.width}/{_who(level)}/exact-lines",
        **rate(exact[-1]),
        verdict="new",
        note=f"Pairs of copies from k={one.steps[-1]:,} all 30 of whose networks on the line are right on all 512 "
        f"neighbourhoods: the strictest meaning of one valley. From k={one.steps[0]:,}: {_count(exact[0])}.",
    )


def _order(arm: Arm, level: int, one: Grid) -> Point:
    rates = one.solved.mean(axis=1)
    varied = np.ptp(one.median) > 0 and np.ptp(rates) > 0
    told = ", ".join(f"k={step:,} {_count(solved)}" for step, solved in zip(one.steps, one.solved, strict=True))
    return _point(
        f"m={arm.width}/{_who(level)}/order",
        expected="below 0",
        measured=float(stats.spearmanr(one.median, rates).statistic) if varied else None,
        unit="number",
        verdict="new",
        note=f"Spearman's rank correlation over the {len(one.steps)} steps of the median barrier with the tickets' "
        f"success. Steps share their replicates, and both may follow k for reasons of their own. Success: {told}.",
    )


def _who(level: int) -> str:
    return f"d={KEPT**level:.2f}" if level else "dense"


def _left(level: int) -> str:
    return f"{100 * KEPT**level:.0f} % left" if level else "dense"


def _count(outcomes: np.ndarray) -> str:
    return f"{int(outcomes.sum())}/{len(outcomes.ravel())}"


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Barriers and success against k by width; and the error along the lines of the first width."""
    panels, lines = [], []
    for arm in ARMS[plan.size]:
        piece = arm_piece(plan, arm)
        outcomes = results[piece.name]
        copies = {level: grid(piece, outcomes, level, "copies") for level in arm.copied}
        panels.append(
            Barriers(
                f"m={arm.width}",
                copies[0].steps,
                {_left(level): one.barrier for level, one in copies.items()},
                {_left(level): one.solved for level, one in copies.items()},
            )
        )
        lines += [_lines(arm, outcomes, level, one) for level, one in copies.items()]
    drawn, table = barriers_by_step(panels, threshold=STABLE)
    along, rows = error_along_lines(lines)
    size = size_of(plan, SIZES)
    return [
        PageFigure(
            title="Stability and success of tickets, by the step they start from",
            caption=f"Above: barrier of the error between two copies trained on other data from step k, median and "
            f"quartiles of {size.replicates} replicates; the line marks {100 * STABLE:g} %. Below: networks certified "
            f"after {size.updates:,} updates, tickets rewound to k, with Wilson's 95 % intervals.",
            svg=save_figure(drawn, table, folder, NAME),
            claim=NAME,
        ),
        PageFigure(
            title="The error on the line between two copies",
            caption="Median over replicates of the expected share of wrong cells at 30 points of the line, by the step "
            "that both copies start from. Calling all cells dead gets 14.4 % wrong.",
            svg=save_figure(along, rows, folder, f"{NAME}-lines"),
            claim=NAME,
        ),
    ]


def _lines(arm: Arm, outcomes: Outcomes, level: int, one: Grid) -> LineErrors:
    return LineErrors(
        f"m={arm.width}, {_left(level)}",
        {step: outcomes[f"step{step}"]["levels"][level]["copies"]["median_error"] for step in one.steps},
    )


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
