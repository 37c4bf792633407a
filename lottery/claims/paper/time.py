"""Claim: training sits on a plateau and then drops, and a solved network stays solved.

This is our question: the paper and the re-runs of it tell how many networks learn the Game of Life, not when. The
networks of the claim `width` are asked; nothing is trained beside them.

    expected: no number is published

    python scripts/replicate.py --claims time                       # some 5 minutes on two cores, none after `width`
    python scripts/replicate.py --claims time --preset smoke        # seconds
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.reruns import width_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.plateaus import plateau_and_solution
from lottery.report.survivals import Times, survival
from lottery.statistics import cluster_bootstrap, holm
from lottery.survival import kaplan_meier, logrank_paired, median_time

NAME = "time"
STATEMENT = (
    "Training sits on a plateau and then drops suddenly, sooner in wider networks; once solved, they stay solved."
)
SOURCE = "Our question: neither Springer and Kenyon 2020 (arXiv 2009.01398) nor the re-runs of it report times"
PROTOCOL = (
    "The networks of the claim `width`, looked at every 250 updates to the end of their budget. The time to solution "
    "is the first look that certified a network; networks never solved are cut off at the budget (Kaplan and Meier). "
    "The plateau is the median loss up to the solution, and a network is on it as long as the mean loss since the last "
    "look is at least 80 % of that: our definition. Networks of one replicate number see the same batches at every "
    "width, so neighbouring widths are compared by the log-rank test stratified by pairs, corrected by Holm's method."
)
RULE = "Nothing is published on this, so there is no verdict: every point is new."


def pieces(plan: Plan) -> list[Piece]:
    """Those of the claim `width`."""
    return [width_piece(plan, m) for m in plan.widths]


def points(plan: Plan, results: Results) -> list[Point]:
    """Medians, the paces of neighbouring widths, plateaus, and what becomes of solved networks."""
    outcomes = by_width(plan, results)
    return [
        *(_median(plan, m, found) for m, found in outcomes.items()),
        *_paces(plan, outcomes),
        *(_plateau(m, found) for m, found in outcomes.items()),
        *_undone(outcomes),
    ]


def by_width(plan: Plan, results: Results) -> dict[int, Outcomes]:
    """The outcomes of the claim `width`, narrow networks first."""
    return {m: results[width_piece(plan, m).name] for m in sorted(plan.widths)}


def times_of(m: int, outcomes: Outcomes, budget: int) -> Times:
    """When each network was first solved; those never solved are cut off at the budget."""
    return Times.until(f"m={m}", outcomes["first_solved"], budget)


def _median(plan: Plan, m: int, outcomes: Outcomes) -> Point:
    times, budget = times_of(m, outcomes, plan.width_updates), plan.width_updates
    value, low, high = median_time(kaplan_meier(times.times, times.observed))
    note = f"Updates until half of the networks have been solved; {int(times.observed.sum())} of {len(times.times)} "
    note += f"are within {budget:,}."
    if value is not None and high is None:
        note += " The budget stands for an upper end beyond it."
    return _point(
        f"median/m={m}",
        measured=value,
        interval=None if value is None or low is None else (low, float(budget) if high is None else high),
        unit="number",
        quantity="updates",
        seconds=outcomes["seconds"],
        note=note,
    )


def _paces(plan: Plan, outcomes: dict[int, Outcomes]) -> list[Point]:
    """For every two neighbouring widths, how often the wider network of a pair is solved first."""
    times = {m: times_of(m, found, plan.width_updates) for m, found in outcomes.items()}
    pairs = list(pairwise(times))
    tested = [logrank_paired(times[b].times, times[b].observed, times[a].times, times[a].observed) for a, b in pairs]
    found = []
    for (a, b), p, adjusted in zip(pairs, tested, holm(np.array(tested)), strict=True):
        wide, narrow = (np.where(times[m].observed, times[m].times, np.inf) for m in (b, a))
        decided = wide != narrow
        note = f"Pairs in which m={b} was solved first, of those in which one was; log-rank test stratified by pairs "
        note += f"p = {p:.2g}, corrected {adjusted:.2g}."
        fields = rate((wide < narrow)[decided]) if decided.any() else {}
        found.append(_point(f"pace/m={b}-before-m={a}", **fields, note=note))
    return found


def plateau_shares(outcomes: Outcomes) -> Float[np.ndarray, " solved"]:
    """Of the networks that were ever solved, the share of the time to the solution that was spent on the plateau."""
    first, end = np.array(outcomes["first_solved"]), np.array(outcomes["plateau_end"])
    return end[first >= 0] / first[first >= 0]


def _plateau(m: int, outcomes: Outcomes) -> Point:
    shares = plateau_shares(outcomes)
    if not len(shares):
        return _point(f"plateau/m={m}", note="No network was solved.")
    first, end = np.array(outcomes["first_solved"]), np.array(outcomes["plateau_end"])
    drop = np.median((first - end)[first >= 0])
    note = (
        f"Median share of the time to the solution that {len(shares)} solved networks sat on their plateau; from its "
    )
    note += f"end to the solution it took a median of {drop:,.0f} updates."
    interval = cluster_bootstrap(shares, np.arange(len(shares)), np.median, resamples=1999) if len(shares) > 1 else None
    return _point(
        f"plateau/m={m}",
        measured=float(np.median(shares)),
        interval=None if interval is None else (interval.low, interval.high),
        unit="rate",
        note=note,
    )


def _undone(outcomes: dict[int, Outcomes]) -> list[Point]:
    """Of all networks that were ever solved, how many were wrong again: at any later look, at the end of the budget."""
    ever = {m: np.array(found["first_solved"]) >= 0 for m, found in outcomes.items()}
    undone = {
        "relapsed": {m: np.array(found["relapsed"], bool)[ever[m]] for m, found in outcomes.items()},
        "unsolved-at-end": {m: ~np.array(found["solved_at_end"], bool)[ever[m]] for m, found in outcomes.items()},
    }
    words = {"relapsed": "were wrong at a later look", "unsolved-at-end": "were wrong at the end of the budget"}
    found = []
    for name, wrong in undone.items():
        counts = ", ".join(f"{int(one.sum())} of {len(one)} at m={m}" for m, one in wrong.items())
        together = np.concatenate(list(wrong.values()))
        note = f"Networks that were certified once and {words[name]}: {counts}."
        found.append(_point(name, **(rate(together) if len(together) else {}), note=note))
    return found


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "ever_solved"}
    return point(NAME, name, verdict="new", **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Survival curves of all widths; and for every solved network, how long it sat on the plateau."""
    outcomes = by_width(plan, results)
    figure, table = survival([times_of(m, found, plan.width_updates) for m, found in outcomes.items()])
    found = [
        PageFigure(
            title="Time to solution",
            caption="Networks not yet certified (Kaplan and Meier, with the pointwise 95 % interval), one step ahead.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]
    solved = {m: one for m, one in outcomes.items() if max(one["first_solved"]) >= 0}
    if solved:
        figure, table = plateau_and_solution(
            [(f"m={m}", np.array(one["plateau_end"]), np.array(one["first_solved"])) for m, one in solved.items()]
        )
        found.append(
            PageFigure(
                title="On the plateau until shortly before the solution",
                caption="Each dot is a network that was solved. On the line it would be solved at the very look at "
                "which it leaves its plateau; the further below, the longer the way down.",
                svg=save_figure(figure, table, folder, f"{NAME}-plateau"),
                claim=NAME,
            )
        )
    return found


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
