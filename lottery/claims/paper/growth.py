"""Question: how does the cost of training grow with the steps n and the width m, and what would the whole grid cost?

Springer and Kenyon trained 64 networks at every depth up to five and every width up to 24. Accounts of their work name
three drivers of larger networks: computing power, storage and hardware. Here is how much of each the grid asks for.

    python scripts/replicate.py --claims growth                    # seconds, where the claims that it reads were run
    python scripts/replicate.py --claims growth --preset smoke     # half a minute
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lottery.claims.frame.answers import Points
from lottery.claims.frame.by_width import (
    COLUMN_SIZES,
    COLUMN_WIDTHS,
    DEPTH_SIZES,
    DEPTH_WIDTHS,
    blocks,
    column_piece,
    depth_piece,
)
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.sizes import size_of
from lottery.ledger.factors import JOULES_PER_KWH, Factors
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.report.figures.log_lines import Line, log_lines
from lottery.report.points import short_id, told
from lottery.runs.pieces import Piece
from lottery.statistics.restarts import RESAMPLES, Tries, expected_cost, percentiles, resampled
from lottery.training.groups import bytes_of_one
from lottery.training.operations import of_update
from lottery.training.settings import TrainSettings

INITIALISER = "glorot"
HALF = 0.5  # of the networks: below it what a success costs is mainly the cost of failures
GRID_STEPS, GRID_WIDTHS, GRID_NETWORKS, GRID_UPDATES = range(1, 6), range(1, 25), 64, 125_000
CARDS, CORES = 100, 2
FACTORS = Factors()
FLOAT = 4  # bytes


@dataclass(frozen=True)
class Machine:
    """How fast a machine trains 64 networks side by side.

    Attributes:
        name: in words.
        speeds: network updates per second by (n, m).
        tabled: whether it computes the first block of several steps on 512 patterns.
        watts: that it takes, by assumption.
    """

    name: str
    speeds: Mapping[tuple[int, int], float | int]
    tabled: bool
    watts: float

    def seconds(self, steps: int, width: int) -> float:
        """Seconds of one update of one network, at the operations per second of the nearest cell that was measured.

        Nearest is first by whether it looks one step ahead or further, then by width, then by steps.
        """
        rates = {cell: speed * _operations(*cell, tabled=self.tabled) for cell, speed in self.speeds.items()}
        alike = [cell for cell in rates if (cell[0] == 1) == (steps == 1)]
        nearest = min(alike, key=lambda cell: (abs(np.log(cell[1] / width)), abs(cell[0] - steps)))
        return _operations(steps, width, tabled=self.tabled) / rates[nearest]


# docs/bench/train.json, rounded: the engine's fastest arrangement with 64 networks.
PROCESSOR = Machine(
    "two cores",
    {
        (1, 1): 372_600,
        (1, 8): 102_500,
        (1, 24): 25_680,
        (2, 1): 26_750,
        (2, 4): 4_624,
        (2, 8): 2_147,
        (2, 24): 349.1,
        (3, 8): 850.8,
    },
    tabled=True,
    watts=CORES * FACTORS.watts_per_core,
)
# docs/engine.md, the table of one NVIDIA H200: now, with 64 networks.
CARD = Machine(
    "one H200",
    {(1, 1): 1_853_000, (1, 8): 1_392_000, (2, 1): 599_000, (2, 8): 81_600, (2, 24): 22_000, (3, 8): 47_600},
    tabled=False,
    watts=FACTORS.watts_per_gpu,
)


class Fitted(NamedTuple):
    """An exponent and its interval."""

    exponent: float
    interval: tuple[float, float]


class Growth(Claim):
    """Exponents of the cost in n and m, the cost of the paper's grid, and what each driver has to grow by."""

    name = "growth"
    question = "How does the cost of training grow with depth and width, and what would the paper's whole grid cost?"
    statement = "How large networks can be is a matter of computing power, storage and hardware."
    source = (
        "Our question. The grid is Springer and Kenyon's (2020, arXiv 2009.01398): n=1 to 5, m up to 24, 64 networks "
        "each, 125,000 updates of 8 boards; computing power, storage and hardware are named as drivers by the press"
    )
    protocol = (
        "Nothing is trained for this claim: it reads the first certificates of `column` (n=1) and `depth` (n=2 and 3), "
        "Glorot's weights, and was written when those outcomes were known. Until a success a network costs on average "
        "the mean updates of a try, up to its first certificate or its budget, over the chance of success. Exponents "
        "are slopes of least squares through logarithms: in m over widths at which every network succeeds, so that no "
        "failures are in them, in n over depths at which at least half of them do. "
        "For growth with n the operations of one step are counted on boards as for several steps, because only one "
        "step has the short cut of 512 patterns. At n=2 and 3 checks come every 2,500 updates, at n=1 every 250, which "
        "makes the former costlier than they are. The grid has every width from 1 to 24, the most that it can have "
        "had. Its time is that of the operations per second measured with 64 networks in the nearest cell "
        "(docs/bench/train.json; docs/engine.md for the card), cells without a measurement are extrapolated. Energy is "
        f"estimated: {FACTORS.watts_per_core:g} W per core and {FACTORS.watts_per_gpu:g} W per card are assumptions. "
        "Bytes held while training are those of the answers and columns of one network's batch, as the package counts "
        "them when it fills a card."
    )
    rule = (
        "Our question, nothing is published: all points are new. Intervals are percentiles of a bootstrap over the "
        f"networks of every cell ({RESAMPLES} resamples, a fixed seed for each cell). What is counted from the "
        "architecture has none."
    )
    outcome = "ever_solved"

    @cached_property
    def cells(self) -> list[tuple[int, int]]:
        """The steps n and widths m."""
        deep = [(steps, width) for steps, widths in DEPTH_WIDTHS[self.plan.size].items() for width in widths]
        return [*((1, width) for width in COLUMN_WIDTHS[self.plan.size]), *deep]

    def pieces(self) -> dict[tuple[int, int, int], Piece]:
        """Those of `column` and `depth` with Glorot's weights, by n, m and block."""
        found = {}
        for steps, width in self.cells:
            if steps == 1:
                found[1, width, 0] = column_piece(self.plan, INITIALISER, width)
            else:
                for place, block in enumerate(blocks(self.plan, steps)):
                    found[steps, width, place] = depth_piece(self.plan, steps, INITIALISER, width, block)
        return found

    @cached_property
    def tries(self) -> dict[tuple[int, int], Tries]:
        """The networks of every cell by update of the first certificate; one that was refuted later has none."""
        found = {}
        for steps, width in self.cells:
            parts = [self[steps, width, place] for place in range(1 if steps == 1 else len(blocks(self.plan, steps)))]
            times = np.concatenate([part["first_solved"] for part in parts])
            if steps > 1:
                times = np.where(np.concatenate([part["wrong_at_end"] for part in parts]) == 0, times, -1)
            sizes = COLUMN_SIZES if steps == 1 else DEPTH_SIZES
            found[steps, width] = Tries(times, size_of(self.plan, sizes).updates)
        return found

    @cached_property
    def updates(self) -> dict[tuple[int, int], float]:
        """Expected updates until a success, by cell; infinite where nobody succeeded."""
        return {cell: float(expected_cost(tries)) for cell, tries in self.tries.items()}

    @cached_property
    def _drawn(self) -> dict[tuple[int, int], np.ndarray]:
        """The same in bootstrap samples; cells are independent of each other, so each has a seed of its own."""
        return {
            cell: expected_cost(resampled(tries, seed=10 * cell[1] + cell[0])) for cell, tries in self.tries.items()
        }

    @cached_property
    def mostly(self) -> list[tuple[int, int]]:
        """The cells of which at least half of the networks succeed."""
        return [cell for cell, tries in self.tries.items() if tries.successes >= HALF * len(tries.times)]

    def points(self) -> Iterator[Point]:
        """Growth with m and with n, then the grid, then what each driver has to give."""
        for steps in dict.fromkeys(steps for steps, _ in self.cells):
            yield from self._with_width(steps)
            yield from self._cheapest_width(steps)
        for width, _ in Counter(width for _, width in self.mostly).most_common():  # that with most depths first
            yield from self._with_steps(width)
        yield from self._grid()
        yield from self._drivers()

    def _with_width(self, steps: int) -> Iterator[Point]:
        widths = [m for (n, m), tries in self.tries.items() if n == steps and tries.successes == len(tries.times)]
        if len(widths) < 2:
            return
        chosen = [(steps, width) for width in widths]
        counted = {cell: _operations(*cell) for cell in chosen}
        place, words = f"m/n={steps}", f"n={steps}"
        over = f"Over m = {', '.join(map(str, widths))}"
        yield self._exponent(
            f"{place}/operations-of-an-update",
            f"Exponent in m, {words}: operations of one update",
            Fitted(float(_slope(widths, np.array([counted[cell] for cell in chosen]))), (np.nan, np.nan)),
            f"{over}, counted.",
        )
        for name, label, per in (
            ("updates", "updates until a success", dict.fromkeys(chosen, 1.0)),
            ("operations", "operations until a success", counted),
        ):
            numbers = "; ".join(f"m={width}: {self.updates[steps, width] * per[steps, width]:.3g}" for width in widths)
            label = f"Exponent in m, {words}: {label}"
            yield self._exponent(f"{place}/{name}", label, self._fit(widths, chosen, per), f"{over}. {numbers}.")

    def _cheapest_width(self, steps: int) -> Iterator[Point]:
        """The width at which a success takes the fewest operations; wider ones need more, narrower ones fail more."""
        cells = [cell for cell in self.cells if cell[0] == steps]
        counted = np.array([_operations(*cell) for cell in cells])
        costs = np.array([self.updates[cell] for cell in cells]) * counted
        if len(cells) < 2 or not np.isfinite(costs).any():
            return
        drawn = np.stack([self._drawn[cell] for cell in cells], axis=1) * counted
        widths = np.array([width for _, width in cells], float)
        known = [f"m={m:g} {cost:.3g}" for m, cost in zip(widths, costs, strict=True) if np.isfinite(cost)]
        yield self.point(
            f"cheapest-width/n={steps}",
            label=f"n={steps}: width m at which a success takes the fewest operations",
            measured=float(widths[np.argmin(costs)]),
            interval=percentiles(widths[np.argmin(drawn, axis=1)]),
            unit="number",
            quantity="widths",
            note=f"Of the widths that were trained. Operations: {', '.join(known)}.",
        )

    def _with_steps(self, width: int) -> Iterator[Point]:
        steps = [n for n, m in self.mostly if m == width]
        if len(steps) < 2:
            return
        chosen = [(n, width) for n in steps]
        counted = {cell: _operations(*cell, on_boards=True) for cell in chosen}
        over = f"Over n = {', '.join(map(str, steps))} at m={width}; {'two' if len(steps) == 2 else 'so few'} depths "
        for name, label, per in (
            ("updates", "updates until a success", dict.fromkeys(chosen, 1.0)),
            ("operations", "operations until a success, on boards", counted),
        ):
            numbers = "; ".join(f"n={n}: {self.updates[n, width] * per[n, width]:.3g}" for n in steps)
            yield self._exponent(
                f"n/m={width}/{name}",
                f"Exponent in n, m={width}: {label}",
                self._fit(steps, chosen, per),
                f"{over}cannot tell a power from an exponential. {numbers}.",
            )

    def _fit(self, x: list[int], cells: list[tuple[int, int]], per: Mapping[tuple[int, int], float]) -> Fitted:
        """The slope through the logarithms of costs, and its bootstrap interval."""
        drawn = np.stack([self._drawn[cell] * per[cell] for cell in cells], axis=1)
        slopes = _slope(x, drawn[np.isfinite(drawn).all(axis=1)])
        seen = np.array([self.updates[cell] * per[cell] for cell in cells])
        return Fitted(float(_slope(x, seen)), percentiles(slopes))

    def _exponent(self, name: str, label: str, fitted: Fitted, note: str) -> Point:
        known = bool(np.isfinite(fitted.interval[1]))
        return self.point(
            name,
            label=label,
            measured=fitted.exponent,
            interval=fitted.interval if known else None,
            unit="number",
            quantity="exponents",
            note=note,
        )

    def _grid(self) -> Iterator[Point]:
        """What the paper's whole grid would cost."""
        count = GRID_NETWORKS * GRID_UPDATES
        cells = [(steps, width) for steps in GRID_STEPS for width in GRID_WIDTHS]
        of_depth = {n: count * sum(_operations(n, m, on_boards=True) for m in GRID_WIDTHS) for n in GRID_STEPS}
        on_boards = sum(of_depth.values())
        yield self._number(
            "grid/operations",
            "The grid: 10^15 operations, on boards",
            on_boards / 1e15,
            "10^15 operations",
            f"{len(cells)} cells of {GRID_NETWORKS} networks and {GRID_UPDATES:,} updates. Share of the depths: "
            + ", ".join(f"n={n} {100 * part / on_boards:.0f} %" for n, part in of_depth.items())
            + ".",
        )
        for name, machine in (("processor", PROCESSOR), ("card", CARD)):
            seconds = count * sum(machine.seconds(*cell) for cell in cells)
            yield self._number(
                f"grid/{name}/days",
                f"The grid on {machine.name}: days",
                seconds / 86_400,
                "days",
                f"{len(machine.speeds)} cells were measured, the others have the speed of the nearest.",
            )
            yield self._number(
                f"grid/{name}/kwh",
                f"The grid on {machine.name}: kWh, estimated",
                seconds * machine.watts / JOULES_PER_KWH,
                "kWh",
                f"{machine.watts:g} W assumed; at {FACTORS.grams_per_kwh:g} g of CO2 equivalent per kWh "
                f"{FACTORS.grams(seconds * machine.watts) / 1000:.3g} kg.",
            )
        cluster = count * sum(CARD.seconds(*cell) for cell in cells) / CARDS
        alone = count * CARD.seconds(GRID_STEPS[-1], GRID_WIDTHS[-1])
        yield self._number(
            "grid/cluster/hours",
            f"The grid on {CARDS} H200: hours",
            max(cluster, alone) / 3600,
            "hours",
            f"Cells do not wait for each other. Evenly shared it is {cluster / 3600:.3g} hours; the 64 networks of the "
            f"largest cell take {alone / 3600:.3g} on one card, which no further card shortens unless they are parted.",
        )

    def _drivers(self) -> Iterator[Point]:
        """From the smallest network to the paper's largest, by how much each driver has to grow."""
        small, large = (1, 1), (GRID_STEPS[-1], GRID_WIDTHS[-1])
        net = {cell: LifeNet(steps=cell[0], width=cell[1]) for cell in (small, large)}
        on_boards = TrainSettings(arrangement="boards")
        factors: dict[str, tuple[str, Mapping[tuple[int, int], float]]] = {
            "computing": ("operations of an update", {c: _operations(*c, on_boards=True) for c in net}),
            "storage": ("bytes of the weights", {c: FLOAT * parameter_count(one) for c, one in net.items()}),
            "memory": ("bytes held while training", {c: bytes_of_one(one, on_boards) for c, one in net.items()}),
        }
        for name, (words, of) in factors.items():
            yield self._number(
                f"drivers/{name}",
                f"From n=1, m=1 to n=5, m=24: times the {words}",
                of[large] / of[small],
                "times",
                f"{of[small]:.3g} and {of[large]:.3g}.",
            )
        for cell in ((1, 8), (2, 8), (3, 8)):
            times = CARD.speeds[cell] / PROCESSOR.speeds[cell]
            yield self._number(
                f"drivers/hardware/n={cell[0]}",
                f"Other hardware, n={cell[0]}, m=8: times as fast on one H200 as on two cores",
                times,
                "times",
                f"64 networks. Energy per update, estimated: {CARD.watts / PROCESSOR.watts / times:.2g} times that of "
                "the two cores.",
            )

    def _number(self, name: str, label: str, value: float, quantity: str, note: str) -> Point:
        return self.point(name, label=label, measured=float(value), unit="number", quantity=quantity, note=note)

    def answer(self, points: Points) -> str:
        """How cost grows with width and depth, and what the grid costs."""
        width, cheapest, days = points["m/n=1/operations"], points["cheapest-width/n=1"], points["grid/processor/days"]
        card, computing, storage = points["grid/card/days"], points["drivers/computing"], points["drivers/storage"]
        by_depth = ""
        if "n/m=*/operations" in points:
            deep = points["n/m=*/operations"]
            by_depth = f" At {short_id(deep).split('/')[-2:][0]} they grow with depth n to the power {told(deep)}."
        largest = FLOAT * parameter_count(LifeNet(steps=GRID_STEPS[-1], width=GRID_WIDTHS[-1])) / 1e6
        return (
            f"One step ahead a success takes the fewest operations at m={told(cheapest)}. Narrower networks fail, and "
            f"where all succeed, operations grow with width m to the power {told(width)}.{by_depth} The paper's whole "
            f"grid would take {told(days)} days on two cores and {told(card)} on one card. Its largest network takes "
            f"{told(computing)} times the operations of its smallest per update, and {told(storage)} times the storage "
            f"({largest:.2g} MB)."
        )

    def figures(self) -> Iterator[Figure]:
        """Updates and operations until a success against width, one line per depth."""
        panels: dict[str, list[Line]] = {"Updates until a success": [], "Operations until a success": []}
        for steps in dict.fromkeys(n for n, _ in self.cells):
            cells = [cell for cell in self.cells if cell[0] == steps and np.isfinite(self.updates[cell])]
            units = (dict.fromkeys(cells, 1.0), {cell: _operations(*cell, on_boards=True) for cell in cells})
            for panel, per in zip(panels, units, strict=True):
                ends = {cell: percentiles(self._drawn[cell] * per[cell]) for cell in cells}
                bounded = {cell: end for cell, end in ends.items() if np.isfinite(end[1])}
                if bounded:
                    low, high = zip(*bounded.values(), strict=True)
                    costs = [self.updates[cell] * per[cell] for cell in bounded]
                    panels[panel].append(Line(f"n={steps}", [m for _, m in bounded], costs, low, high, dots=True))
        if all(panels.values()):
            yield Figure(
                title="How the cost of a success grows",
                caption="Expected updates and operations (all layers on boards) until a network is certified, failures "
                "included, against width, with bootstrap intervals (95 %). Cells whose interval has no upper end are "
                "left out.",
                drawn=log_lines(
                    panels,
                    xlabel="width m (times overcomplete)",
                    ylabels=["updates", "operations"],
                    ticks=sorted({width for _, width in self.cells if width in (1, 2, 4, 8, 16, 24)}),
                ),
            )


@cache  # the same cells are asked for thousands of times
def _operations(steps: int, width: int, *, tabled: bool = True, on_boards: bool = False) -> float:
    """Operations of one update with the paper's batches."""
    net = LifeNet(steps=steps, width=width)
    return of_update(net, TrainSettings(), tabled=tabled, on_boards=on_boards).total


def _slope(x: Sequence[int], y: Float[np.ndarray, "*samples places"]) -> Float[np.ndarray, "*samples"]:
    """Exponents of power laws, by least squares through logarithms."""
    centred = np.log(x) - np.mean(np.log(x))
    return np.asarray(np.log(y) @ centred / np.sum(centred**2))
