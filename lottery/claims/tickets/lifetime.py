"""Question: which route to a certified network is cheapest over its whole life, training and use together?

What a network costs over its life is what its training costs and, for every cell whose future it predicts, its answer.
A small network that is hard to find pays if it is used often enough. How often?

    python scripts/replicate.py --claims lifetime                    # seconds, where the claims that it reads were run
    python scripts/replicate.py --claims lifetime --preset smoke     # a minute
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
from jaxtyping import Float

from lottery.claims.frame import lab
from lottery.claims.frame.answers import NotMeasuredError, Points
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.routes import Route, RoutesClaim
from lottery.report.figures.log_lines import Line, log_lines
from lottery.report.points import label_text, told
from lottery.statistics.restarts import RESAMPLES, percentiles

FEWEST_CELLS, MOST_CELLS = 1e3, 1e15
ANSWERS = {"sparse": "pruned weights skipped", "dense": "pruned weights multiplied by zero"}
KNOWN = ("ticket", "mask")  # routes whose masks have to be found by another route first


class Lifetime(RoutesClaim):
    """Which route is cheapest from how many cells on, and when pruning has paid."""

    name = "lifetime"
    question = "How often must a network be used before pruning it pays?"
    statement = "Over its life, training and use together, a pruned network costs less than one that was trained small."
    source = "Our question; nothing is published on it"
    protocol = (
        "Nothing is trained for this claim: it reads what the claim `price` reads, and was written when those outcomes "
        "were known. Over its life a network costs the expected operations until the first certificate, tries given up "
        "at the best time, and two operations per weight for every cell that it answers, from 10^3 to 10^15 cells. "
        "10^15 cells are 256x256 boards at 60 frames a second for eight years. Answers are counted twice: with pruned "
        "weights skipped, as hardware for sparse networks would, and with all weights of the wide network, as ordinary "
        "hardware does; shrunk networks are compacted and have no weights to skip. Training is counted with all "
        "weights, as our programs compute it. Tickets and masks that are known beforehand are left out: somebody has "
        "to find them. So are networks that were never certified, whose cost has a lower bound only, and networks "
        "written by hand, which cost no training. Storage, memory and moving data cost nothing here."
    )
    rule = (
        "Our question, nothing is published: all points are new. Intervals are percentiles of the crossing of two "
        f"lines, training resampled over replicates ({RESAMPLES} resamples, seed 0)."
    )
    outcome = "ever_solved"

    @cached_property
    def lives(self) -> dict[str, Route]:
        """The routes that end in a certified network and begin with nothing."""
        return {
            name: route
            for name, route in self.routes.items()
            if route.tries.successes and name.split("/")[-1] not in KNOWN
        }

    def points(self) -> Iterator[Point]:
        """From how many cells on each route is the cheapest, and from how many pruning pays against what."""
        if self.lives:
            for answers in ANSWERS:
                yield from self._cheapest(answers)
        for level in self.levels:
            kept = self.density(level)
            dense = f"m={lab.widths(self.plan)[0]}"
            if dense in self.routes:
                yield self._pays(kept, dense, "the dense network")
            yield self._pays(kept, f"{kept}/small", "a small dense network")

    def _cheapest(self, answers: str) -> Iterator[Point]:
        names = cheapest({name: self._line(route, answers) for name, route in self.lives.items()})
        for place, (name, start) in enumerate(names):
            route = self.lives[name]
            note = (
                f"Training {_training(route):.3g} operations, {_per_cell(route, answers):.3g} per cell, "
                f"{route.parameters:.3g} parameters."
            )
            if place:
                before = self.lives[names[place - 1][0]]
                note += f" Below it is cheaper to take: {before.label}."
                ends = self._interval(before, route, answers)
                if not np.isfinite(ends[1]):
                    note += f" The interval begins at {ends[0]:.3g} cells and has no upper end."
            yield self.point(
                f"cheapest/{answers}/{place + 1}",
                label=f"Cells from which this is cheapest, {ANSWERS[answers]}: {route.words}",
                measured=start,
                interval=ends if place and np.isfinite(ends[1]) else None,
                unit="number",
                quantity="cells",
                note=note,
            )

    def _pays(self, kept: str, other: str, words: str) -> Point:
        """From how many cells on a network pruned level by level has cost less than another one."""
        label = f"{kept.replace('%', ' %')}: cells from which pruning level by level pays against {words}"
        name = f"pays/{kept}/{'small' if other.endswith('small') else 'dense'}"
        if missing := [one for one in (f"{kept}/levels", other) if one not in self.lives]:
            return self.point(name, label=label, note=f"Never certified: {self.routes[missing[0]].label}.")
        pruned, rival = self.lives[f"{kept}/levels"], self.lives[other]
        start = crossing(self._line(rival, "sparse"), self._line(pruned, "sparse"))
        ends = self._interval(rival, pruned, "sparse")
        beyond = f" The other's answers are the cheaper ones, so that it never pays: {rival.label}."
        return self.point(
            name,
            label=label,
            measured=start if np.isfinite(start) else None,
            interval=ends if np.isfinite(ends[1]) else None,
            unit="number",
            quantity="cells",
            note=f"Pruned weights skipped: {pruned.per_cell:.3g} operations per cell against {rival.per_cell:.3g}."
            f"{'' if np.isfinite(start) else beyond} With every weight multiplied: {pruned.dense_per_cell:.3g} against "
            f"{rival.dense_per_cell:.3g}.",
        )

    def _line(self, route: Route, answers: str) -> tuple[float, float]:
        return _training(route), _per_cell(route, answers)

    def _interval(self, first: Route, second: Route, answers: str) -> tuple[float, float]:
        """The interval of the number of cells from which the second costs less than the first."""
        more = second.cut_drawn * second.operations - first.cut_drawn * first.operations
        less = _per_cell(first, answers) - _per_cell(second, answers)
        if less <= 0:
            return float("inf"), float("inf")
        return percentiles(np.maximum(more / less, 0.0))

    def answer(self, points: Points) -> str:
        """Which routes are cheapest from where on, and whether a pruned one is among them."""
        if not (found := points.all("cheapest/sparse/*")):
            raise NotMeasuredError
        leads_to = [label_text(point).split(": ", 1)[-1] for point in found]
        later = zip(found[1:], leads_to[1:], strict=True)
        steps = [f"From {told(point, 'cells')} on it is {words}." for point, words in later]
        pruned = any("level by level" in words for words in leads_to)
        place = "one of these" if pruned else "never the cheapest, however often it is used"
        return (
            f"Training and use together, the cheapest is at first {leads_to[0]}. {' '.join(steps)} A network pruned "
            f"level by level is {place}."
        )

    def figures(self) -> Iterator[Figure]:
        """Operations over a network's life against the cells that it answers, one line per route."""
        cells = np.logspace(np.log10(FEWEST_CELLS), np.log10(MOST_CELLS), 121)
        lines = {route.label: self._drawn(route, cells) for name, route in self.lives.items() if self._is_shown(name)}
        if not lines:
            return
        lowest = np.min([line.y for line in lines.values()], axis=0)
        over = [Line(name, cells.tolist(), (np.array(line.y) / lowest).tolist()) for name, line in lines.items()]
        yield Figure(
            title="Training and use together",
            caption="Operations until the first certificate and for the answers of so many cells, pruned weights "
            "skipped (left; bands are bootstrap intervals, 95 %, of the training), and how many times those of the "
            "cheapest of these routes that is (right). The cheapest lies on the broad grey line.",
            drawn=log_lines(
                {"All operations": list(lines.values()), "Over the cheapest": over},
                xlabel="cells that the network answers",
                ylabels=["operations", "times the cheapest"],
                best="cheapest",
            ),
        )

    def _is_shown(self, name: str) -> bool:
        """Whether a route has a line: the narrowest and the widest dense network, small ones, levels, and shrunk ones.

        Of shrunk networks those of the fewest parameters, where there are any: the others answer like m=1.
        """
        shrunk = [one for one in self.lives if one.startswith("shrunk")]
        widths = [f"m={width}" for width in (min(self.plan.widths), max(self.plan.widths))]
        return name in (*widths, *shrunk[-1:]) or name.endswith(("/small", "/levels"))

    def _drawn(self, route: Route, cells: Float[np.ndarray, " cells"]) -> Line:
        low, high = percentiles(route.cut_drawn * route.operations)
        use = route.per_cell * cells
        ends = (low + use, high + use) if np.isfinite(high) else ()
        return Line(route.label, cells.tolist(), (_training(route) + use).tolist(), *(end.tolist() for end in ends))


def _training(route: Route) -> float:
    return route.cut * route.operations


def _per_cell(route: Route, answers: str) -> float:
    compacted = route.name.startswith("shrunk")
    return route.per_cell if answers == "sparse" or compacted else route.dense_per_cell


def crossing(first: tuple[float, float], second: tuple[float, float]) -> float:
    """From where on a line lies below another: where it crosses it, 0 if it begins below, infinite if it never does.

    Args:
        first: where the other line begins, and its slope.
        second: of the line that is asked about.
    """
    more, less = second[0] - first[0], first[1] - second[1]
    if less > 0:
        return max(more / less, 0.0)
    return 0.0 if more < 0 and less == 0 else float("inf")


def cheapest(lines: Mapping[str, tuple[float, float]]) -> list[tuple[str, float]]:
    """The lines that are lowest somewhere between the fewest and the most cells, and from how many cells on each is.

    Args:
        lines: where each begins and its slope, by name.

    Returns:
        Names and numbers of cells, rising; the first is lowest at the fewest cells.
    """

    def at(name: str, cells: float) -> tuple[float, float]:
        begin, slope = lines[name]
        return begin + slope * cells, slope

    name, start = min(lines, key=lambda one: at(one, FEWEST_CELLS)), FEWEST_CELLS
    found = [(name, start)]
    while True:
        flatter = {one: crossing(lines[name], line) for one, line in lines.items() if line[1] < lines[name][1]}
        after = {one: max(cells, start) for one, cells in flatter.items() if cells <= MOST_CELLS}
        if not after:
            return found
        name = min(after, key=lambda one: (after[one], lines[one][1]))
        start = after[name]
        found.append((name, start))
