"""Claim: there is always a small network inside the large one that could be taught the same.

A press account of Springer and Kenyon (2020) puts the lottery-ticket hypothesis so. Here "small" is a number: how many
parameters that are not zero, weights and biases, has the smallest certified ticket inside each dense network that
solved the task? Limits: 25 (the paper's minimal network), 30, 40 and 60. 15 is the least that any network needs
(lottery/analysis/fifteen_parameters.py).

    python scripts/replicate.py --claims always                    # some 5 minutes beside the pieces of cut and before
    python scripts/replicate.py --claims always --preset smoke     # a quarter of a minute
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lottery.analysis.fifteen_parameters import FEWEST
from lottery.claims.frame import lab
from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.found import Found, rate_of
from lottery.report.figures.cumulative_steps import Reached, cumulative_steps
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.rates import wilson

LIMITS = lab.SHRUNK_TO
SURE = 0.9
BY_LEVELS = "by levels, weights, rewound"
IN_FIGURE = ("by levels, parameters, rewound", BY_LEVELS, "at once, parameters, fine-tuned")

Sizes = dict[int, int]  # of the smallest certified ticket, by replicate


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


@dataclass(frozen=True)
class Width:
    """What was found in the dense networks of one width that solved the task.

    Attributes:
        solved: how many these are.
        by_source: sizes by the label of each source.
        taught: the smallest of all that were trained from initial weights.
        every: the smallest of all.
    """

    solved: int
    by_source: dict[str, Sizes]
    taught: Sizes
    every: Sizes


class Always(lab.LabClaim):
    """The smallest ticket in every dense network, by any method."""

    fixed = "2026-11-25 14:34:44"
    name = "always"
    question = "Is there always a small network inside the large one that could be taught the same?"
    statement = "There is always a small network inside the large one that could be taught the same."
    source = (
        "The lottery-ticket hypothesis of Frankle and Carbin 2019 (arXiv 1803.03635), as a press account of Springer "
        "and Kenyon 2020 words it; they only cite the hypothesis. That small means 25 (the paper's minimal network), "
        "30, 40 or 60 parameters is our choice"
    )
    protocol = (
        "For every dense network that is certified at the end of its budget: the smallest certified ticket that was "
        "found inside it, by any method and at any density. Methods: the pruning of the claims cut and before "
        "(iterative, at once, and before training; weights, or weights and biases; rewound or fine-tuned), and at the "
        "headline width shrinking on purpose: parameters are removed a few at a time from the trained network, the "
        "rest is trained on, and what fails is tried otherwise (lottery/tickets/shrinking.py). Size is what is left "
        "after compaction: weights and biases that are not zero; weights on no path do not count, and constants of "
        "units without inputs are folded into biases. 'Taught' in the strict sense is a ticket trained from the "
        "weights that its dense network began with: such tickets are counted apart. Shrunk tickets are trained so "
        "once more, the smallest and, for each limit, the first on the way that was within it. At the headline width "
        "those networks count that were shrunk."
    )
    rule = (
        "For each limit: reproduced if a ticket within it was found in every dense network that solved the task, and "
        "there are enough of them that Wilson's 95 % interval lies above 90 %; undecided otherwise, because a ticket "
        "that was not found may still be there. The headline width counts; other widths, with fewer methods, are told."
    )

    @cached_property
    def searched(self) -> int:
        """How many dense networks of the headline width are shrunk: the first ones, and only these count there."""
        return lab.searched(self.plan)

    def pieces(self) -> dict[tuple[int, str], Piece]:
        """Those of cut and before, and the one that shrinks."""
        return {(width, source.label): source.piece for width in self.lab.replicates for source in self.sources(width)}

    def sources(self, width: int) -> Iterator[Source]:
        """Every way in which tickets of a width are looked for."""
        for way in lab.ways(self.plan, width):
            yield Source(f"{way.label}, rewound", way.piece, ("ticket",), taught=True)
            yield Source(f"{way.label}, fine-tuned", way.piece, ("finetuned", "lr_rewound"), taught=False)
        if width == self.width:
            for method, words in lab.AT_INIT_WORDS.items():
                piece = lab.at_init(self.plan, width, method)
                yield Source(f"before training, {words}", piece, ("ticket",), taught=True)
            yield Source("shrunk", lab.shrunk(self.plan), (), taught=False)
            yield Source("shrunk, then rewound", lab.shrunk(self.plan), (), taught=True)

    def _at(self, width: int) -> Width:
        """Gather the smallest tickets of a width."""
        dense = self[width, BY_LEVELS].dense
        solved: list[int] = np.flatnonzero(dense[: self.searched] if width == self.width else dense).tolist()
        by_source: dict[str, Sizes] = {}
        taught = []
        for source in self.sources(width):
            sizes = smallest(source, self[width, source.label])
            by_source[source.label] = {replicate: sizes[replicate] for replicate in solved if replicate in sizes}
            if source.taught:
                taught.append(by_source[source.label])
        return Width(len(solved), by_source, merged(taught), merged(list(by_source.values())))

    def points(self) -> Iterator[Point]:
        """The share within each limit, by any method and taught from initial weights; the sizes; other widths."""
        for width in self.lab.replicates:
            here = self._at(width)
            if not here.solved:
                note = "No dense network solved the task."
                yield self.point(f"m={width}/solved", verdict="undecided", note=note)
                continue
            for limit in LIMITS:
                yield self._share(width, here, limit)
                if width == self.width:
                    yield self._taught(here, limit)
            yield self._sizes(width, here)

    def _share(self, width: int, here: Width, limit: int) -> Point:
        successes, judged = within(here.every, limit), width == self.width
        ways = {label: within(sizes, limit) for label, sizes in here.by_source.items()}
        told = ", ".join(f"{label} {k}" for label, k in sorted(ways.items(), key=lambda item: -item[1]) if k)
        return self.point(
            f"m={width}/{limit}",
            label=f"m={width}, networks that hold a ticket of at most {limit} parameters",
            expected=1.0 if judged else None,
            **rate_of(successes, here.solved),
            verdict=verdict_of(successes, here.solved) if judged else "new",
            note=f"Dense networks of m={width} that solved the task and have a certified ticket of at most {limit} "
            f"parameters inside, by any method. Of these {here.solved}, by method: {told or 'none'}.",
        )

    def _taught(self, here: Width, limit: int) -> Point:
        successes = within(here.taught, limit)
        return self.point(
            f"m={self.width}/{limit}/taught",
            label=f"m={self.width}, the same with a ticket that learns from its initial weights, {limit} parameters",
            expected=1.0,
            **rate_of(successes, here.solved),
            verdict=verdict_of(successes, here.solved),
            note="The same, counting only tickets that were certified after training from the weights that their dense "
            "network began with.",
        )

    def _sizes(self, width: int, here: Width) -> Point:
        if not here.every:
            return self.point(f"m={width}/sizes", note="No ticket was certified.")
        sizes = sorted(here.every.values())
        best = min(here.every, key=lambda replicate: here.every[replicate])
        by = next(label for label, found in here.by_source.items() if found.get(best) == sizes[0])
        low, middle, high = np.percentile(sizes, [25, 50, 75])
        return self.point(
            f"m={width}/sizes",
            label=f"m={width}, parameters of the smallest ticket, median",
            measured=float(middle),
            unit="number",
            note=f"Median size of the smallest certified ticket in a dense network of m={width}; half of them have "
            f"between {low:g} and {high:g}, the largest {sizes[-1]}, the smallest {sizes[0]} (replicate {best}, {by}). "
            f"{here.solved - len(sizes)} of {here.solved} dense networks that solved the task had none at any density. "
            f"No network can have fewer than {FEWEST}.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        some, taught = points[f"m={self.width}/40"], points[f"m={self.width}/40/taught"]
        return (
            f"{told(some, 'trained networks')} hold a certified ticket of at most 40 parameters, and {told(taught)} "
            "hold one that also learns from its initial weights. "
            + of_all(points.judged(), "limits on its size and on how it is trained", "held for all networks", "failed")
        )

    def figures(self) -> Iterator[Figure]:
        """How many dense networks have a ticket of at most so many parameters."""
        here = self._at(self.width)
        if not here.solved:
            return
        series = {"any method": here.every, "taught from the initial weights": here.taught}
        series |= {label: here.by_source[label] for label in IN_FIGURE}
        yield Figure(
            title="The smallest ticket in each dense network",
            caption=f"Of {here.solved} dense networks of m={self.width} that solved the task: the share that has a "
            "certified ticket of at most so many parameters inside.",
            drawn=cumulative_steps(
                [Reached(label, list(sizes.values()), here.solved) for label, sizes in series.items()],
                xlabel="parameters that are not zero, after compaction",
                ylabel="dense networks with such a ticket",
                ticks=(12, 15, 20, 25, 30, 40, 60, 100, 200, 300),
                marks={FEWEST: "fewest possible", 17: "smallest dense", 25: "the paper's"},
            ),
        )


def smallest(source: Source, found: Found) -> Sizes:
    """The smallest certified ticket of each replicate that has one.

    Args:
        source: where it comes from.
        found: what came of its piece. Levels that do not tell sizes, of an older run, have no ticket.
    """
    if source.arms:
        arms = [row["arms"].get(arm, {}) for row in found["levels"] if row["level"] > 0 for arm in source.arms]
        return merged([_certified(enumerate(arm.get("effective_parameters", []))) for arm in arms])
    return _certified(zip(found["replicates"], found["rewound" if source.taught else "sizes"], strict=True))


def _certified(sizes: Iterable[tuple[int, int | None]]) -> Sizes:
    return {replicate: size for replicate, size in sizes if size is not None}


def merged(found: Sequence[Sizes]) -> Sizes:
    """The smallest of several, by replicate."""
    replicates = sorted({replicate for one in found for replicate in one})
    return {replicate: min(one[replicate] for one in found if replicate in one) for replicate in replicates}


def within(sizes: Mapping[int, int], limit: int) -> int:
    """How many replicates have a ticket of at most so many parameters."""
    return sum(size <= limit for size in sizes.values())


def verdict_of(successes: int, trials: int) -> str:
    """By the claim's rule."""
    return "reproduced" if successes == trials and wilson(successes, trials).low > SURE else "undecided"
