"""Question: what does one certified network cost, and is it cheaper to train big and prune, or to try small ones often?

Nobody reports what the first exact solution costs. Here every route has its expected operations, seconds and joules.

    python scripts/replicate.py --claims price                    # seconds, where the claims that it reads were run
    python scripts/replicate.py --claims price --preset smoke     # a minute
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.answers import Points
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.routes import FACTORS, Route, RoutesClaim
from lottery.report.figures.costs_by_name import Costs, costs_by_name
from lottery.report.points import label_text, short_id, told
from lottery.statistics.restarts import RESAMPLES, best_cutoff, cost_at_least, percentiles

GIGA = 1e9
RIVAL = "small"
AGAINST = {"levels": "trained wide and pruned level by level", "ticket": "the ticket alone, its mask for nothing"}


class Price(RoutesClaim):
    """The cost of the first certified network on every route, and of pruned ones over small dense ones."""

    name = "price"
    question = "What does a certified network cost: is it cheaper to train big and prune, or to try small ones often?"
    statement = "The cheapest way to a small network that works is to train a large one and to prune it."
    source = (
        "Our question; nobody has published the cost of a first exact solution. Restarts: Luby, Sinclair and Zuckerman "
        "1993, Information Processing Letters 47, 173-180"
    )
    protocol = (
        "Nothing is trained for this claim: it reads the first certificates of networks that other claims trained, and "
        "was written when those outcomes were known. A try trains one network, or prunes one dense network to a level, "
        "and succeeds at its first certificate (checks come every 250 updates); a failed try is begun anew. Until a "
        "success it costs on average the mean cost of a try over the chance of success. Trained whole: every try has "
        "its budget, 125,000 updates for dense networks of width m and 20,000 for all others, per level. Given up "
        "early: every try ends at one cut-off, the best of all schedules where the distribution of times is known "
        "(Luby et al.); it is chosen on every second replicate and paid on the others, and the other way round. "
        "Pruning level by level pays the whole budget of every level before the last, cutting at once that of the "
        "dense network, SNIP one update for its gradient. 'Alone' means that the masks are known and cost nothing; "
        "each try is another network's mask. Shrinking is that of the claim `always`: dense training and all rounds. "
        "Operations are multiplications and additions of forward and backward passes on the 512 patterns, and those of "
        "Adam. Pruned weights are counted, because our programs multiply by their zeros; notes say what hardware that "
        "skips them would need. Checks, boards and pruning itself are not counted. Seconds are updates times the "
        "seconds of an update in this run, many networks side by side on two cores. Joules are estimated: "
        f"{FACTORS.watts_per_core:g} W per core is an assumption. The small dense networks beside a level have at most "
        "the ticket's parameters; their shape was chosen by the claim `shapes` on other networks."
    )
    rule = (
        "Our question, nothing is published: all points are new. Intervals are percentiles of a bootstrap over "
        f"replicates ({RESAMPLES} resamples, seed 0, the same draws for all routes, cut-offs chosen anew in each). "
        "Where no try succeeded the cost is not known; a lower bound stands instead, from the one-sided "
        "Clopper-Pearson bound (95 %) of the chance."
    )
    outcome = "ever_solved"

    def points(self) -> Iterator[Point]:
        """The cost of every route, and of two of them over the small dense network of the same size."""
        for route in self.routes.values():
            if route.tries.successes:
                yield from self._costs(route)
            else:
                yield self._at_least(route)
        for level in self.levels:
            for way in AGAINST:
                yield self._ratio(level, way)

    def _costs(self, route: Route) -> Iterator[Point]:
        units = (
            ("operations", "billions of operations", "given up early", route.operations / GIGA, "cut"),
            ("whole", "billions of operations", "trained whole", route.operations / GIGA, "whole"),
            ("seconds", "seconds on two cores", "given up early", route.seconds, "cut"),
            ("joules", "joules, estimated", "given up early", route.joules, "cut"),
        )
        for name, quantity, words, unit, which in units:
            ends = percentiles(unit * (route.cut_drawn if which == "cut" else route.whole_drawn))
            yield self.point(
                f"{route.name}/{name}",
                label=f"{route.label}: {quantity}, {words}",
                measured=unit * (route.cut if which == "cut" else route.whole),
                interval=ends if np.isfinite(ends[1]) else None,
                unit="number",
                quantity=quantity,
                note=self._note(route) if name == "operations" else _open(ends),
            )

    def _note(self, route: Route) -> str:
        tries, unit = route.tries, route.operations / GIGA
        ends = percentiles(unit * route.cut_drawn)
        return (
            f"{tries.successes} of {len(tries.times)} tries succeeded within {tries.budget:,.0f} updates"
            f"{f' after {_updates(tries.before)} beforehand' if tries.before else ''}; with all of them the best "
            f"cut-off is {float(best_cutoff(tries)):,.0f}, and it takes {route.cut:,.0f} updates on average. "
            f"{route.parameters:.3g} parameters in hand. Pruned weights skipped: "
            f"{route.cut * route.masked / GIGA:.4g} billion operations. {_open(ends) or ''}"
        ).strip()

    def _at_least(self, route: Route) -> Point:
        bound = cost_at_least(route.tries)
        return self.point(
            f"{route.name}/at-least",
            label=f"{route.label}: billions of operations, at least",
            measured=bound * route.operations / GIGA,
            unit="number",
            quantity="billions of operations",
            note=f"None of {len(route.tries.times)} tries succeeded: what a success costs is not known. With 95 % "
            f"confidence it is {bound:,.0f} updates or more, {bound * route.seconds:.3g} seconds and "
            f"{bound * route.joules:.3g} joules (estimated).",
        )

    def _ratio(self, level: int, way: str) -> Point:
        """How many times the operations of the small dense network a route to a ticket of its size takes."""
        kept = self.density(level)
        route, small = self.routes[f"{kept}/{way}"], self.routes[f"{kept}/{RIVAL}"]
        words: dict[str, Any] = {
            "label": f"{kept.replace('%', ' %')}: {AGAINST[way]}, over small networks tried often",
            "unit": "number",
            "quantity": "times",
        }
        if not (route.tries.successes and small.tries.successes):
            return self.point(f"{kept}/{way}-over-{RIVAL}", note="One of the two never succeeded.", **words)
        unit = route.operations / small.operations
        with np.errstate(invalid="ignore"):  # a sample in which neither succeeds
            ends = percentiles(np.nan_to_num(unit * route.cut_drawn / small.cut_drawn, nan=np.inf))
        return self.point(
            f"{kept}/{way}-over-{RIVAL}",
            measured=unit * route.cut / small.cut,
            interval=ends if np.isfinite(ends[1]) else None,
            note=f"Expected operations, tries given up early: {route.cut * route.operations / GIGA:.4g} over "
            f"{small.cut * small.operations / GIGA:.4g} billion. {route.parameters} parameters of m="
            f"{lab.widths(self.plan)[0]} against {small.parameters}. If pruned weights are skipped, "
            f"{route.cut * route.masked / (small.cut * small.operations):.3g} times. {_open(ends) or ''}".strip(),
            **words,
        )

    def answer(self, points: Points) -> str:
        """What was found, at the density of the verdicts."""
        ratio, alone = points[f"*/levels-over-{RIVAL}"], points[f"*/ticket-over-{RIVAL}"]
        kept = short_id(ratio).split("/")[0]
        operations = points[f"{kept}/{RIVAL}/operations"]
        known = [point for point in points.all("*/operations") if point["measured"] is not None]
        best = [label_text(min(known, key=lambda point: point["measured"])).split(": billions")[0]] if known else []
        return (
            f"A small dense network with as many parameters as a ticket of {kept.replace('%', ' %')} of the weights is "
            f"certified after {told(operations)} billion operations, if hopeless tries are given up. To train a wide "
            f"network and prune it level by level to that size takes {told(ratio)} times as many. The ticket alone, "
            f"its mask for nothing, takes {told(alone)} times as many."
            + "".join(f" The cheapest of all routes is this one: {words}." for words in best)
        )

    def figures(self) -> Iterator[Figure]:
        """Operations until the first certificate by route, trained whole and given up early."""
        routes = list(self.routes.values())
        ends = [one.label for one, after in pairwise(routes) if _part(one) != _part(after)]
        yield Figure(
            title="What the first certified network costs",
            caption="Expected operations until one network is certified: every try trained for its whole budget, every "
            "try given up at the best time, and the latter on hardware that skips pruned weights. Bars are bootstrap "
            "intervals (95 %); an arrow goes where no upper end is known, and begins at the lower bound where no try "
            "succeeded.",
            drawn=costs_by_name(
                [
                    self._series("trained whole", "whole"),
                    self._series("given up early", "cut"),
                    self._skipping("given up early, pruned weights skipped"),
                ],
                [route.label for route in routes],
                xlabel="operations until the first certificate",
                rules_after=ends,
            ),
        )

    def _series(self, label: str, which: str) -> Costs:
        seen = {route.label: route for route in self.routes.values() if route.tries.successes}
        never = {route.label: route for route in self.routes.values() if not route.tries.successes}
        return Costs(
            label,
            {name: getattr(route, which) * route.operations for name, route in seen.items()},
            {name: percentiles(getattr(route, f"{which}_drawn") * route.operations) for name, route in seen.items()},
            {name: cost_at_least(route.tries) * route.operations for name, route in never.items()},
        )

    def _skipping(self, label: str) -> Costs:
        sparse = [one for one in self.routes.values() if one.masked < one.operations and one.tries.successes]
        return Costs(label, {route.label: route.cut * route.masked for route in sparse}, {}, {})


def _part(route: Route) -> str:
    """Which rows of the figure a route belongs to: dense ones of a width, those of a density, shrunk ones."""
    return route.name.split("/")[0].split("=")[0]


def _updates(count: float | int) -> str:
    return "1 update" if count == 1 else f"{count:,} updates"


def _open(ends: tuple[float, float]) -> str | None:
    """What is said of an interval without an upper end."""
    if np.isfinite(ends[1]):
        return None
    return f"The interval begins at {ends[0]:.4g} and has no upper end, because too few tries succeeded."
