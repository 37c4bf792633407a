"""Routes to one certified one-step network, and what a try of each costs, from pieces that other claims compute.

A try counts as a success at its first certificate: the network is in hand then, whatever more training would do to it.
Failed tries are begun anew with other weights and batches. Costs are counted in updates of the network that is trained.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean
from typing import Any

import numpy as np
from jaxtyping import Float

from lottery.analysis.fifteen_parameters import FEWEST
from lottery.claims.frame import lab
from lottery.claims.frame.claim import Claim
from lottery.claims.frame.found import Found
from lottery.claims.frame.reruns import FRESH_SIZES, READINGS, fresh_piece, width_piece
from lottery.claims.frame.sizes import size_of
from lottery.claims.frame.small_networks import rivals
from lottery.ledger.factors import Factors
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.runs.pieces import Piece
from lottery.statistics.restarts import Tries, cost_with_cutoff, expected_cost, resampled
from lottery.training.operations import of_answer, of_update

CORES = 2  # of the machine whose seconds the width's pieces of docs/reference hold
FACTORS = Factors()
SCORING = 1  # updates that SNIP's scores are worth: one gradient

# Name of a route that starts from the laboratory's networks: the piece, the arm, and in words.
WAYS: dict[str, tuple[str, str, str]] = {
    "levels": ("levels", "ticket", "trained and pruned level by level"),
    "at-once": ("erk-one-shot", "ticket", "trained and cut at once (ERK)"),
    "snip": ("snip", "ticket", "cut before training by SNIP"),
    "snip-erk": ("erk-snip", "ticket", "cut before training by SNIP (ERK)"),
    "ticket": ("levels", "ticket", "the ticket alone, found before"),
    "mask": ("levels", "reinit", "its mask with new weights"),
}


@dataclass(frozen=True, eq=False)
class Route:
    """One way to a certified network.

    Attributes:
        name: in the names of points.
        label: in a few words.
        words: what it ends in, for a sentence.
        tries: by update of the first certificate; `before` is in updates too.
        operations: of one update, all weights counted.
        masked: of one update, pruned weights not counted; of a route that trains several levels the mean over a try
            that takes its whole budget.
        seconds: of one update on two cores.
        parameters: that the network in hand keeps.
        per_cell: operations of its answer for one cell, pruned weights not counted.
        dense_per_cell: the same with all weights of the network that it is a part of.
    """

    name: str
    label: str
    words: str
    tries: Tries
    operations: float
    masked: float
    seconds: float
    parameters: float | int
    per_cell: float
    dense_per_cell: float

    @cached_property
    def whole(self) -> float:
        """Expected updates until a certificate if every try runs to its budget."""
        return float(expected_cost(self.tries))

    @cached_property
    def cut(self) -> float:
        """Expected updates until a certificate if tries are given up at the best time."""
        return float(cost_with_cutoff(self.tries))

    @cached_property
    def whole_drawn(self) -> Float[np.ndarray, " resamples"]:
        """`whole` in bootstrap samples of the replicates."""
        return expected_cost(self._drawn)

    @cached_property
    def cut_drawn(self) -> Float[np.ndarray, " resamples"]:
        """`cut` in bootstrap samples of the replicates."""
        return cost_with_cutoff(self._drawn)

    @cached_property
    def _drawn(self) -> Tries:
        return resampled(self.tries)

    @property
    def joules(self) -> float:
        """Estimated energy of one update."""
        return FACTORS.joules(CORES * self.seconds, 0.0)


class RoutesClaim(Claim):
    """A claim about the cost of the first certified network."""

    def pieces(self) -> dict[Any, Piece]:
        """Dense networks of several widths, small ones, and those of the laboratory that are pruned."""
        plan = self.plan
        m = lab.widths(plan)[0]
        return {
            **{("width", width): width_piece(plan, width) for width in plan.widths},
            **{("fresh", width): fresh_piece(plan, "glorot", width) for width in self.fresh},
            **{("small", level): lab.small(plan, rivals(plan, level)[0]) for level in self.levels},
            "levels": lab.imp(plan, m),
            "erk-one-shot": lab.scoped(plan, m, "erk", when="oneshot"),
            "snip": lab.at_init(plan, m, "snip"),
            "erk-snip": lab.at_init(plan, m, "snip", "erk"),
            "shrunk": lab.shrunk(plan),
        }

    @property
    def fresh(self) -> list[int]:
        """The widths of which there is a larger sample, whose size was fixed before it was drawn."""
        return [width for width in self.plan.widths if width in READINGS and self.plan.initialiser == "glorot"]

    @cached_property
    def levels(self) -> tuple[int, int]:
        """The level of the laboratory's verdicts, and the last one."""
        found = lab.size(self.plan)
        return found.verdict, found.levels

    @cached_property
    def routes(self) -> Mapping[str, Route]:
        """All routes by name: dense ones by width, then for each level the small network and those that prune."""
        return {route.name: route for route in (*self._dense(), *self._sparse(), *self._shrunk())}

    def density(self, level: int) -> str:
        """The share of the weights that a level keeps, as in the names of points."""
        return f"{100 * self['levels'].density(level):.0f}%"

    def _dense(self) -> Iterator[Route]:
        for width in self.plan.widths:
            key, budget = ("width", width), self.plan.width_updates
            names = f"m={width}", f"dense, m={width}", f"a dense network of m={width}"
            route = self._of_dense(names, key, self.plan.network(width), budget)
            if width in self.fresh:
                times = np.array(self["fresh", width]["first_solved"])
                route = replace(route, tries=Tries(times, size_of(self.plan, FRESH_SIZES).updates))
            yield route

    def _of_dense(self, names: tuple[str, str, str], key: Any, net: LifeNet, budget: int) -> Route:
        found, per_update = self[key], of_update(net, self.plan.training(budget)).total
        times = np.array(found["first_solved"])
        return Route(
            *names,
            Tries(times, budget),
            operations=per_update,
            masked=per_update,
            seconds=found.seconds / (budget * len(times)),
            parameters=parameter_count(net),
            per_cell=of_answer(net),
            dense_per_cell=of_answer(net),
        )

    def _sparse(self) -> Iterator[Route]:
        budget = lab.size(self.plan).updates
        for level in self.levels:
            name = self.density(level)
            kept, shape = name.replace("%", " %"), rivals(self.plan, level)[0]
            words = f"a small dense network of ({shape[0]}, {shape[1]}) channels"
            names = f"{name}/small", f"{kept}: {words.removeprefix('a ')}", words
            yield self._of_dense(names, ("small", level), self.plan.network(features=shape), budget)
            for way, (key, arm, words) in WAYS.items():
                names = f"{name}/{way}", f"{kept}: {words}", f"a network of which {kept} is left, {words}"
                yield self._pruned(way, names, self[key], level, arm)

    def _shrunk(self) -> Iterator[Route]:
        """Networks made smaller on purpose: all of them, and those of the fewest parameters that are possible."""
        found, settings = self["shrunk"], lab.SHRINK[self.plan.size]
        m, size = lab.widths(self.plan)[0], lab.size(self.plan)
        net = self.plan.network(m)
        each = of_update(net, self.plan.training(size.updates)).total
        trials, sizes, weights = found["trials"], np.array(found["sizes"]), np.array(found["weights"])
        spent = size.updates + settings.updates * np.array(found["rounds"], float)
        of_a_try = (spent.sum() + size.updates * (trials - len(spent))) / trials  # who is not certified is not shrunk
        for name, limit, words in (("any", np.inf, "shrunk"), (str(FEWEST), FEWEST, f"shrunk to {FEWEST} parameters")):
            won = sizes <= limit
            if won.any():
                # Tries that fail cost their own rounds too, so that where some do each is worth the mean of all.
                times = np.full(trials, -1.0)
                times[: len(sizes)][won] = spent[won] if won.sum() == trials else of_a_try
                yield Route(
                    f"shrunk/{name}",
                    words,
                    f"a network of m={m} {words}",
                    Tries(times, float(times.max())),
                    operations=each,
                    masked=each,
                    seconds=self._seconds,
                    parameters=float(sizes[won].mean()),
                    per_cell=2 * float(weights[won].mean()),
                    dense_per_cell=of_answer(net),
                )

    def _pruned(self, way: str, names: tuple[str, str, str], found: Found, level: int, arm: str) -> Route:
        m, size = lab.widths(self.plan)[0], lab.size(self.plan)
        net, training, row = self.plan.network(m), self.plan.training(size.updates), found.row(level)
        trained = {"levels": range(level), "at-once": range(1)}.get(way, range(0))  # levels before this one
        before = size.updates * len(trained) + (SCORING if way.startswith("snip") else 0)
        each = of_update(net, training)
        sparse = [of_update(net, training, kept=_kept(found.row(number))).total for number in (*trained, level)]
        return Route(
            *names,
            Tries(np.array(row["arms"][arm]["first_solved"]), size.updates, before),
            operations=each.total,
            masked=fmean(sparse),
            seconds=self._seconds,
            parameters=row["parameters_kept"],
            per_cell=of_answer(net, _kept(row)),
            dense_per_cell=of_answer(net),
        )

    @cached_property
    def _seconds(self) -> float:
        """Seconds of an update of the laboratory's networks, from the piece that prunes level by level.

        The other pieces may have been computed on other devices.
        """
        found, budget = self["levels"], lab.size(self.plan).updates
        arms = sum(len(row["arms"]) for row in found["levels"])
        return found.seconds / (budget * arms * len(found.dense))


def _kept(row: Mapping[str, Any]) -> dict[str, float]:
    """Weights that a level keeps by layer, the mean over its replicates."""
    return {name: fmean(layer["kept"]) for name, layer in row["layers"].items()}
