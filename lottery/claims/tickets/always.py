"""Claim: there is always a small network inside the large one that could be taught the same.

A press account of Springer and Kenyon (2020) puts the lottery-ticket hypothesis so. Here "small" is a number: how many
parameters that are not zero, weights and biases, has the smallest certified ticket inside each dense network that
solved the task? Limits: 25 (the paper's minimal network), 30, 40 and 60. 15 is the least that any network needs
(lottery/sparsest.py).

    python scripts/replicate.py --claims always                    # some 5 minutes beside the pieces of cut and before
    python scripts/replicate.py --claims always --preset smoke     # a quarter of a minute
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.outcomes import dense
from lottery.claims.frame.plan import Plan
from lottery.experiments.shrink import shrink_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.steps import Reached, cumulative_steps
from lottery.shrinking import ShrinkSettings
from lottery.sparsest import FEWEST
from lottery.statistics import wilson

NAME = "always"
STATEMENT = "There is always a small network inside the large one that could be taught the same."
SOURCE = (
    "The lottery-ticket hypothesis as a press account of Springer and Kenyon 2020 words it; Frankle and Carbin 2019, "
    "arXiv 1803.03635. That small means 25 (the paper's minimal network), 30, 40 or 60 parameters is our choice"
)
LIMITS = (25, 30, 40, 60)
PROTOCOL = (
    "For every dense network that is certified at the end of its budget: the smallest certified ticket that was found "
    "inside it, by any method and at any density. Methods: the pruning of the claims cut and before (iterative, at "
    "once, and before training; weights, or weights and biases; rewound or fine-tuned), and at the headline width "
    "shrinking on purpose: parameters are removed a few at a time from the trained network, the rest is trained on, "
    "and what fails is tried otherwise (lottery/shrinking.py). Size is what is left after compaction: weights and "
    "biases that are not zero; weights on no path do not count, and constants of units without inputs are folded into "
    "biases. 'Taught' in the strict sense is a ticket trained from the weights that its dense network began with: such "
    "tickets are counted apart. Shrunk tickets are trained so once more, the smallest and, for each limit, the first "
    "on the way that was within it. At the headline width those networks count that were shrunk."
)
RULE = (
    "For each limit: reproduced if a ticket within it was found in every dense network that solved the task, and there "
    "are enough of them that Wilson's 95 % interval lies above 90 %; undecided otherwise, because a ticket that "
    "was not found may still be there. The headline width counts; other widths, with fewer methods, are told."
)
SURE = 0.9
SHRINK = {
    "smoke": ShrinkSettings(rounds=3, updates=250, tries=2),
    "laptop": ShrinkSettings(),
    "paper": ShrinkSettings(rounds=120, updates=5_000, tries=20),
}
SEARCHED = {"smoke": 4, "laptop": 64, "paper": 256}
REWOUND, FINETUNED = ("ticket",), ("finetuned", "lr_rewound")
TAUGHT = "taught from the initial weights"
FOUND = "any method"


@dataclass(frozen=True)
class Source:
    """Where tickets come from.

    Attributes:
        label: of the method.
        piece: whose outcomes hold them.
        arms: of a pruning piece; empty for a piece that shrinks.
        taught: whether its tickets are trained from the weights that the dense network began with.
    """

    label: str
    piece: Piece
    arms: tuple[str, ...]
    taught: bool


def searched(plan: Plan) -> int:
    """How many dense networks of the headline width are shrunk: the first ones, and only these count there."""
    return min(SEARCHED[plan.size], lab.size(plan).replicates[lab.widths(plan)[0]])


def shrinking(plan: Plan) -> Piece:
    """The dense networks of the headline width made as small as they can be."""
    width, chosen, count = lab.widths(plan)[0], lab.size(plan), searched(plan)
    return shrink_piece(
        f"always-shrink-m{width}",
        plan.network(width),
        plan.training(chosen.updates),
        SHRINK[plan.size],
        seed=plan.seed,
        replicates=range(count),
        chains=count,
        rewind=LIMITS,
    )


def sources(plan: Plan, width: int) -> list[Source]:
    """Every way in which tickets of a width are looked for."""
    found = []
    for way in lab.ways(plan, width):
        found += [
            Source(f"{way.label}, rewound", way.piece, REWOUND, True),
            Source(f"{way.label}, fine-tuned", way.piece, FINETUNED, False),
        ]
    if width == lab.widths(plan)[0]:
        found += [
            Source(f"before training, {words}", lab.at_init(plan, width, method), REWOUND, True)
            for method, words in lab.AT_INIT_WORDS.items()
        ]
        found.append(Source("shrunk", shrinking(plan), (), False))
    return found


def pieces(plan: Plan) -> list[Piece]:
    """Those of cut and before, and the one that shrinks."""
    every = (source.piece for width in lab.widths(plan) for source in sources(plan, width))
    return list({piece.name: piece for piece in every}.values())


def smallest(source: Source, outcomes: Outcomes, field: str = "effective_parameters") -> dict[int, int]:
    """The smallest certified ticket of each replicate that has one, by replicate.

    Args:
        source: where it comes from.
        outcomes: of its piece. Levels that do not tell sizes, of an older run, have no ticket.
        field: "effective_parameters", or "when_folded" without functionally dead units.
    """
    if not source.arms:
        return dict(zip(outcomes["replicates"], outcomes["sizes"], strict=True))
    sizes = [
        row["arms"][arm].get(field, [])
        for row in outcomes["levels"]
        if row["level"] > 0
        for arm in source.arms
        if arm in row["arms"]
    ]
    found: dict[int, int] = {}
    for level in sizes:
        for replicate, size in enumerate(level):
            if size is not None:
                found[replicate] = min(size, found.get(replicate, size))
    return found


def retaught(outcomes: Outcomes) -> dict[int, int]:
    """The smallest shrunk tickets that were certified when trained from their initial weights, by replicate."""
    rows = zip(outcomes["replicates"], outcomes["rewound"], strict=True)
    return {replicate: size for replicate, size in rows if size is not None}


def merged(found: Sequence[Mapping[int, int]]) -> dict[int, int]:
    """The smallest of several, by replicate."""
    replicates = sorted({replicate for one in found for replicate in one})
    return {replicate: min(one[replicate] for one in found if replicate in one) for replicate in replicates}


@dataclass(frozen=True)
class Width:
    """What was found at one width.

    Attributes:
        solved: replicates whose dense network was certified at the end.
        by_source: the smallest ticket by replicate, of each label; only of dense networks that solved the task.
        taught: of all that were trained from initial weights.
        every: of all.
    """

    solved: tuple[int, ...]
    by_source: dict[str, dict[int, int]]
    taught: dict[int, int]
    every: dict[int, int]


def at_width(plan: Plan, results: Results, width: int) -> Width:
    """Gather the smallest tickets of a width."""
    every = dense(results[lab.imp(plan, width).name])
    solved = tuple(np.flatnonzero(every[: searched(plan)] if width == lab.widths(plan)[0] else every).tolist())
    by_source: dict[str, dict[int, int]] = {}
    taught = []
    for source in sources(plan, width):
        outcomes = results[source.piece.name]
        mine = _of(solved, smallest(source, outcomes))
        by_source[source.label] = mine
        if source.taught:
            taught.append(mine)
        if not source.arms:
            by_source[f"{source.label}, then rewound"] = _of(solved, retaught(outcomes))
            taught.append(by_source[f"{source.label}, then rewound"])
    return Width(solved, by_source, merged(taught), merged(list(by_source.values())))


def _of(solved: Sequence[int], sizes: Mapping[int, int]) -> dict[int, int]:
    return {replicate: size for replicate, size in sizes.items() if replicate in solved}


def within(sizes: Mapping[int, int], limit: int) -> int:
    """How many replicates have a ticket of at most so many parameters."""
    return sum(size <= limit for size in sizes.values())


def points(plan: Plan, results: Results) -> list[Point]:
    """The share within each limit, by any method and taught from initial weights; the sizes; other widths."""
    headline = lab.widths(plan)[0]
    found: list[Point] = []
    for width in lab.widths(plan):
        here = at_width(plan, results, width)
        if not here.solved:
            found.append(_point(f"m={width}/solved", verdict="undecided", note="No dense network solved the task."))
            continue
        for limit in LIMITS:
            found.append(_share(width, here, limit, judged=width == headline))
            if width == headline:
                found.append(_taught(width, here, limit))
        found.append(_sizes(width, here, len(here.solved)))
    return found


def verdict_of(successes: int, trials: int) -> str:
    """By `RULE`."""
    return "reproduced" if successes == trials and wilson(successes, trials).low > SURE else "undecided"


def _share(width: int, here: Width, limit: int, *, judged: bool) -> Point:
    count, total = within(here.every, limit), len(here.solved)
    ways = {label: within(sizes, limit) for label, sizes in here.by_source.items()}
    told = ", ".join(f"{label} {k}" for label, k in sorted(ways.items(), key=lambda item: -item[1]) if k)
    return _point(
        f"m={width}/{limit}",
        expected=1.0 if judged else None,
        **rate_of(count, total),
        verdict=verdict_of(count, total) if judged else "new",
        note=f"Dense networks of m={width} that solved the task and have a certified ticket of at most {limit} "
        f"parameters inside, by any method. Of these {total}, by method: {told or 'none'}.",
    )


def _taught(width: int, here: Width, limit: int) -> Point:
    count, total = within(here.taught, limit), len(here.solved)
    return _point(
        f"m={width}/{limit}/taught",
        expected=1.0,
        **rate_of(count, total),
        verdict=verdict_of(count, total),
        note="The same, counting only tickets that were certified after training from the weights that their dense "
        "network began with.",
    )


def _sizes(width: int, here: Width, total: int) -> Point:
    if not here.every:
        return _point(f"m={width}/sizes", verdict="new", note="No ticket was certified.")
    sizes = np.array(sorted(here.every.values()))
    best = min(here.every, key=lambda replicate: here.every[replicate])
    by = next(label for label, found in here.by_source.items() if found.get(best) == here.every[best])
    low, middle, high = np.percentile(sizes, [25, 50, 75])
    return _point(
        f"m={width}/sizes",
        measured=float(middle),
        unit="number",
        verdict="new",
        note=f"Median size of the smallest certified ticket in a dense network of m={width}; half of them have between "
        f"{low:g} and {high:g}, the largest {sizes[-1]}, the smallest {sizes[0]} (replicate {best}, {by}). "
        f"{total - len(sizes)} of {total} dense networks that solved the task had none at any density. No network can "
        f"have fewer than {FEWEST}.",
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """How many dense networks have a ticket of at most so many parameters."""
    width = lab.widths(plan)[0]
    here = at_width(plan, results, width)
    if not here.solved:
        return []
    total = len(here.solved)
    series = [
        Reached(FOUND, list(here.every.values()), total),
        Reached(TAUGHT, list(here.taught.values()), total),
    ]
    for label in ("by levels, parameters, rewound", "by levels, weights, rewound", "at once, parameters, fine-tuned"):
        series.append(Reached(label, list(here.by_source[label].values()), total))
    figure, table = cumulative_steps(
        series,
        xlabel="parameters that are not zero, after compaction",
        ylabel="dense networks with such a ticket",
        ticks=(12, 15, 20, 25, 30, 40, 60, 100, 200, 300),
        marks={FEWEST: "fewest possible", 17: "smallest dense", 25: "the paper's"},
    )
    return [
        PageFigure(
            title="The smallest ticket in each dense network",
            caption=f"Of {total} dense networks of m={width} that solved the task: the share that has a certified "
            "ticket of at most so many parameters inside.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
