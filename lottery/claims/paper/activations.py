"""Claim: the activation decides whether minimal networks learn Life (Ahmed and Davis; Bibin and Dereventsov).

Ahmed and Davis 2026, arXiv 2606.23587 (25 parameters, torus, cross-entropy, 125,000 updates, 16 runs each, boards of
density 0.5, PyTorch's initial weights, PReLU per channel):
    ReLU, sigmoid, tanh 0 of 16; CELU 1; LeakyReLU 4; SiLU, square 15; PReLU 16
Bibin and Dereventsov 2024, arXiv 2408.12778 (23 parameters, one board): tanh 89 of 100, ReLU 24 (claim `minimal`)

python scripts/replicate.py --claims activations                    # some 80 minutes on two cores
python scripts/replicate.py --claims activations --preset smoke     # a minute, most of it compiling
"""

from collections.abc import Iterator
from itertools import product
from math import comb
from typing import NamedTuple

import numpy as np

from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import changed
from lottery.claims.frame.reruns import bibin, papers_piece
from lottery.claims.frame.series import named, rates
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.train import training_piece
from lottery.networks.activations import LEAK, SLOPE
from lottery.networks.lifenet import LifeNet
from lottery.report.figures.rate_panels import rates_in_panels
from lottery.report.figures.rates_by_name import rates_against
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, counted, independent
from lottery.statistics.verdicts import agrees_in_part, agrees_in_part_rule, same_rates, same_rates_p, same_rates_rule
from lottery.training.settings import TrainSettings


class Cell(NamedTuple):
    """How initial weights are drawn, and the density of live cells in training boards; None is U(0,1)."""

    initialiser: str
    density: float | None

    @property
    def name(self) -> str:
        """As in the names of points and pieces."""
        return f"{self.initialiser}-{'uniform' if self.density is None else f'd{100 * self.density:.0f}'}"


MARGIN = 0.3  # two samples, one of 16, can hardly be shown to be closer than that
WORDS = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU per layer",
    "silu": "SiLU",
    "celu": "CELU",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "square": "square",
    "sine": "sine",
    "bibin-tanh": "tanh, as Bibin and Dereventsov",
    "prelu_channels": "PReLU per channel",
}
BIBIN, BIBIN_FOUND = "bibin-tanh", (89, 100)
PLACES = tuple(WORDS)  # an arm's place decides its replicates: a new one comes last
ARMS = tuple(arm for arm in PLACES if arm != BIBIN)  # in every cell
AHMED = {
    "relu": (0, 16),
    "leaky_relu": (4, 16),
    "prelu_channels": (16, 16),
    "silu": (15, 16),
    "celu": (1, 16),
    "tanh": (0, 16),
    "sigmoid": (0, 16),
    "square": (15, 16),
}
INITIALISERS = {"pytorch": "PyTorch's initial weights", "glorot": "Glorot's"}
DENSITIES = {0.5: "density 0.5", 0.38: "density 0.38", None: "U(0,1)"}
CELLS = tuple(Cell(initialiser, density) for density, initialiser in product(DENSITIES, INITIALISERS))
SOURCES, FIRST = Cell("pytorch", 0.5), Cell("glorot", None)  # Ahmed and Davis's; that of our first runs
BIRTHS = comb(8, 3)  # of the 512 neighbourhoods: a dead cell with three live neighbours
SWEPT = "prelu_channels"  # the arm that is tried at more densities, from the source's initial weights
SWEEP = BySize(smoke=(0.2,), laptop=(0.2, 0.3, 0.44, 0.6, 0.7), paper=(0.2, 0.3, 0.44, 0.6, 0.7))
RUN = BySize(smoke=(0.5, None), laptop=tuple(DENSITIES), paper=tuple(DENSITIES))


def share_of_births(density: float | None) -> float:
    """Share of a board's cells that are dead and have three live neighbours, a fraction; None is U(0,1)."""
    return BIRTHS / (10 * comb(9, 3)) if density is None else BIRTHS * density**3 * (1 - density) ** 6


def neighbours_of_the_dead(density: float | None) -> float:
    """How many live neighbours a dead cell has on average; None is U(0,1), where dead cells lie on emptier boards."""
    return 8 / 3 if density is None else 8 * density


def _density(cell: Cell) -> str:
    return "U(0,1)" if cell.density is None else f"density {cell.density:g}"


def _about_births(cell: Cell) -> str:
    return (
        f"Births are {share_of_births(cell.density):.1%} of the cells of these boards; a dead cell has "
        f"{neighbours_of_the_dead(cell.density):.2f} live neighbours on average, a birth three."
    )


class Activations(Claim):
    """The minimal network with each activation, by density of the boards and initial weights."""

    fixed = "2026-11-27 15:02:12"
    name = "activations"
    question = "Does the activation decide whether minimal networks learn?"
    statement = (
        "The activation decides whether minimal networks learn: with ReLU, sigmoid or tanh they hardly ever do, with "
        "SiLU, a square or PReLU they nearly always do."
    )
    source = (
        "Ahmed and Davis 2026 (arXiv 2606.23587), 16 runs per activation; tanh without read-out: Bibin and Dereventsov "
        "2024 (arXiv 2408.12778), 100 runs"
    )
    protocol = (
        "The paper's network with n=1, m=1 and 25 parameters, on a torus, with cross-entropy; its two ReLUs are "
        "replaced, all else is the same. Every activation is trained on boards of density 0.5, 0.38 and U(0,1), from "
        "PyTorch's and from Glorot's initial weights, with replicates of its own each time. The source's cell is "
        "density 0.5 with PyTorch's weights and one learned slope of PReLU per channel (28 parameters), as its public "
        "code has them; one slope per layer (27) is an arm of ours. Left open, and our choice: the slope of LeakyReLU "
        f"({LEAK:g}), the slope that PReLU starts from ({SLOPE:g}), and data drawn anew. At m above 1 their networks "
        "are not the paper's, because their m does not widen the 1x1 layer; at m=1 they are. A rate of 16 runs is "
        "uncertain: 0 of 16 still allows 19 %. The arm of Bibin and Dereventsov is that of the claim `minimal` with "
        "tanh inside; its output stays a ReLU, which they do not say. This page once held networks of Glorot's weights "
        "and U(0,1) against Ahmed and Davis, and called PReLU contradicted (6 of 64 per layer, 13 of 64 per channel): "
        "that compared two different experiments. Before this grid was run we had seen a run of 64 networks per cell "
        "with other replicates (docs/method.md); none of them is counted here. Why does density decide for PReLU? Our "
        "explanation, which more densities test: many failures are right on all living cells and answer all dead ones "
        "with the same probability. Their kinks tell the dead from the living, and all dead cells lie on one straight "
        "piece. A straight line in the number of live neighbours cannot raise the answer for births, which have three, "
        "where three is the mean over all dead cells; that is so at a density of 3/8, and nearly so with U(0,1). "
        "Elsewhere the slope leads out of it."
    )
    rule = (
        f"Ahmed and Davis, in the source's cell alone: {same_rates_rule(MARGIN)} All other cells are new. Bibin and "
        f"Dereventsov: {agrees_in_part_rule()} {BUDGET_RULE} The comparisons in the notes have no verdict."
    )
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(64, 125_000), paper=Size(256, 125_000))

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are run, the source's first."""
        return tuple(cell for cell in CELLS if cell.density in RUN[self.plan.size])

    @property
    def swept(self) -> tuple[Cell, ...]:
        """The cells that PReLU per channel alone is tried in."""
        return tuple(Cell(SOURCES.initialiser, density) for density in SWEEP[self.plan.size])

    def pieces(self) -> dict[tuple[Cell, str] | str, Piece]:
        """One piece per cell and activation, and that of Bibin and Dereventsov."""
        theirs = self._piece(BIBIN, PLACES.index(BIBIN), *bibin(self.plan, self.size.updates, "tanh"))
        wanted = [*product(self.cells, ARMS), *((cell, SWEPT) for cell in self.swept)]
        return {BIBIN: theirs, **{(cell, arm): self._trained(cell, arm) for cell, arm in wanted}}

    def _trained(self, cell: Cell, arm: str) -> Piece:
        plan, place = changed(self.plan, initialiser=cell.initialiser, density=cell.density), PLACES.index(arm)
        if cell == FIRST and arm == "relu":
            return papers_piece(plan, self.size)
        net, settings = plan.network(activation=arm), plan.training(self.size.updates)
        if cell == FIRST:
            return self._piece(arm, place, net, settings)
        # Places from 100 to 509 were those of the look that came before the rule.
        own = 100 * CELLS.index(cell) + place if cell in CELLS else 1000 + round(100 * (cell.density or 0))
        return self._piece(f"{cell.name}-{arm}", 5000 + own, net, settings)

    def _piece(self, name: str, place: int, net: LifeNet, settings: TrainSettings) -> Piece:
        own = numbers(place, self.size.replicates)
        return training_piece(f"activations-{name}", net, settings, seed=self.plan.seed, replicates=own)

    def points(self) -> Iterator[Point]:
        """The rate of each activation in each cell, in the source's beside the published sample."""
        counts = {arm: self[SOURCES, arm].count for arm in AHMED}
        verdicts, p_values = same_rates(AHMED, counts, MARGIN), same_rates_p(AHMED, counts)
        gains, by_density = self._gains(), self._by_density()
        for cell, arm in product(self.cells, ARMS):
            found, published = self[cell, arm], AHMED.get(arm) if cell == SOURCES else None
            compared = {"ReLU": gains.get((cell, arm)), "U(0,1)": by_density.get((cell, arm))}
            yield self.point(
                f"{cell.name}/{arm}",
                label=f"{WORDS[arm]}, {DENSITIES[cell.density]}, {INITIALISERS[cell.initialiser]}",
                expected=published[0] / published[1] if published else None,
                **found.rate,
                verdict=self.at_full_budget(verdicts[arm] if published else "new"),
                p=p_values[arm] if published else None,
                seconds=found.seconds,
                note=f"{found['parameters']} parameters"
                + (", published {}/{}.".format(*published) if published else ".")
                + f" {found.ever} of {found.count[1]} were certified at one check at least."
                + "".join(f" Minus {other}: {gain}." for other, gain in compared.items() if gain),
            )
        yield from self._by_place_of_births()
        found = self[BIBIN]
        yield self.point(
            BIBIN,
            label=WORDS[BIBIN],
            expected=BIBIN_FOUND[0] / BIBIN_FOUND[1],
            **found.rate,
            verdict=self.at_full_budget(agrees_in_part(BIBIN_FOUND, found.count)),
            seconds=found.seconds,
            note=f"{found['parameters']} parameters, published {counted(BIBIN_FOUND)}. "
            f"{found.ever} of {found.count[1]} were certified at one check at least.",
        )

    def _by_place_of_births(self) -> Iterator[Point]:
        """PReLU per channel by density, and how many of its failures miss as many neighbourhoods as births are."""
        for cell in self.swept:
            found = self[cell, SWEPT]
            label = f"{WORDS[SWEPT]}, density {cell.density:g}, {INITIALISERS[cell.initialiser]}"
            note = _about_births(cell)
            yield self.point(f"{cell.name}/{SWEPT}", label=label, **found.rate, seconds=found.seconds, note=note)
        for cell in (*self.cells, *self.swept):
            found = self[cell, SWEPT]
            wrong = np.array(found["wrong_at_end"])[~found.solved]
            if len(wrong):
                yield self.point(
                    f"{cell.name}/{SWEPT}/{BIRTHS}-wrong",
                    label=f"Failures that miss as many neighbourhoods as births are, {_density(cell)}, "
                    f"{INITIALISERS[cell.initialiser]}",
                    **rate(wrong == BIRTHS),
                    note=f"Failures that are wrong on {BIRTHS} neighbourhoods, as many as there are births. "
                    + _about_births(cell),
                )

    def _gains(self) -> dict[tuple[Cell, str], Comparison]:
        """What each activation adds to ReLU in each cell, corrected over all of them."""
        pairs = [(cell, arm) for cell, arm in product(self.cells, ARMS) if arm != "relu"]
        return corrected(
            {(cell, arm): independent(self[cell, arm].count, self[cell, "relu"].count) for cell, arm in pairs}
        )

    def _by_density(self) -> dict[tuple[Cell, str], Comparison]:
        """What each density adds to U(0,1), by activation and initial weights, corrected over all of them."""
        pairs = [(cell, arm) for cell, arm in product(self.cells, ARMS) if cell.density is not None]
        return corrected(
            {
                (cell, arm): independent(self[cell, arm].count, self[Cell(cell.initialiser, None), arm].count)
                for cell, arm in pairs
            }
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        prelu, relu = (points[f"{SOURCES.name}/{arm}"] for arm in ("prelu_channels", "relu"))
        return (
            f"On boards of density 0.5, {told(prelu, 'minimal networks')} learn one step with PReLU, and {told(relu)} "
            "with ReLU. " + of_all(points.judged(), "published rates", "came out as published", "came out otherwise")
        )

    def figures(self) -> Iterator[Figure]:
        """The rate of each activation from both kinds of initial weights, one panel per density."""
        known = sorted(AHMED, key=lambda arm: AHMED[arm][0])
        rows = [*known, *(arm for arm in ARMS if arm not in AHMED)]
        published = named("published", {WORDS[arm]: AHMED[arm] for arm in known})
        panels = {
            DENSITIES[density]: [
                *(
                    named(words, {WORDS[arm]: self[Cell(initialiser, density), arm].count for arm in rows})
                    for initialiser, words in INITIALISERS.items()
                ),
                published if density == SOURCES.density else named("published", {}),
            ]
            for density in RUN[self.plan.size]
        }
        yield Figure(
            title="Minimal networks by activation, density of their boards and initial weights",
            caption=f"Networks certified after {self.size.updates:,} updates, with Wilson's 95 % intervals. Published: "
            "Ahmed and Davis, 16 runs each, from PyTorch's initial weights.",
            drawn=rates_in_panels(panels),
        )
        densities = sorted({cell.density for cell in (*self.cells, *self.swept) if cell.density is not None})
        if len(densities) == 1:
            return
        by_density = {density: self[SOURCES._replace(density=density), SWEPT].count for density in densities}
        yield Figure(
            title="PReLU per channel by density",
            caption=f"Networks certified after {self.size.updates:,} updates from PyTorch's initial weights, with "
            "Wilson's 95 % intervals. At a density of 3/8 a dead cell has three live neighbours on average, as many as "
            "a birth.",
            drawn=rates_against([rates(WORDS[SWEPT], by_density)], xlabel="density of live cells"),
            part="density",
        )
