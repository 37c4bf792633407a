"""Claim: a sparse ticket is there and pruning misses it; tested with the hand-made network hidden in a random one.

Fischer and Burkholz 2022, arXiv 2111.11153 ("Plant 'n' Seek"), plant tickets of known sparsity in random networks, find
that pruning methods do not reach them at extreme sparsity, and conclude that the limits are the algorithms', not the
networks'. Life's hand-made network (21 weights, exact) is such a ticket. No number of theirs is expected here.

    python scripts/replicate.py --claims planted                    # some 9 minutes on two cores at laptop size
    python scripts/replicate.py --claims planted --preset smoke     # seconds
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool

from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate
from lottery.claims.frame.sizes import BySize, Size
from lottery.experiments.planted import AT_INIT, ROUTES, TRUTH, Setting, planted_piece
from lottery.report.figures.coloured_table import Cell, cells
from lottery.report.figures.estimates import Estimates, estimates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import count
from lottery.statistics.rates import cluster_bootstrap, wilson
from lottery.statistics.verdicts import ALPHA
from lottery.tickets.planting import planted_weights

PLANTED = sum(planted_weights().values())
WIDE = 16  # from this width on half as many networks: the Hessian of 850 parameters takes a second or two
WORDS = {
    "random": "random",
    "magnitude": "magnitude",
    "snip": "SNIP",
    "grasp": "GraSP",
    "synflow": "SynFlow",
    "saliency": "loss without each weight",
    "obd": "OBD",
    "obs": "OBS",
    "oneshot": "magnitude after training",
    "imp": "IMP with rewinding",
    "popup": "edge-popup",
    TRUTH: "the plant itself",
}
METHODS = (*AT_INIT, "oneshot", "imp", "popup")
# How scores are trained; what was tried before stands in docs/method.md.
SCORES: dict[str, Any] = {"optimiser": "adam", "learning_rate": 0.01, "schedule": "cosine"}

Row = Mapping[str, Any]  # of one method, as a piece stores it


@dataclass(frozen=True)
class PlantedSize(Size):
    """How much of the claim is computed.

    Attributes:
        levels: of iterative pruning.
        trained: where tickets are trained, with a plant that needs no training and with one that does; the first is
            the headline, where the verdicts fall.
        widths: m.
        noises: on rescaled plants.
    """

    levels: int
    trained: tuple[Setting, ...]
    widths: tuple[int, ...] = (4, 8, 16)
    noises: tuple[float, ...] = (0.0, 0.03, 0.1, 0.3)


class PlantedTicket(Claim):
    """Every way of pruning to the size of the plant, over widths, scales and noise."""

    fixed = "2026-11-25 13:49:13"
    name = "planted"
    question = "Do pruning methods find a sparse ticket that is known to be in the network?"
    statement = "A ticket of extreme sparsity is in the network, and pruning methods miss it: the limits are theirs."
    source = "Fischer and Burkholz 2022, arXiv 2111.11153 (Plant 'n' Seek), here with the hand-made network of Life"
    protocol = (
        "The hand-made one-step network (21 weights and its biases, lottery/networks/handmade.py) replaces random "
        "units of a random Glorot network of width m. It is planted as written, where its weights are many times "
        "larger than random ones, or rescaled without changing any answer so that they match the random ones' root "
        "mean square layer by layer (lottery/tickets/planting.py), with or without relative noise. Every method cuts "
        "the network to 21 weights; biases are kept. Before training: random, magnitude, SNIP, GraSP, SynFlow, the "
        "exact loss without each weight, OBD and OBS, ranked over all layers, and again with the number of planted "
        "weights of each layer given. After training: magnitude at once, and iterative magnitude pruning with "
        "rewinding. Edge-popup trains scores on the planted weights, with the number of each layer given. A method "
        "has recovered the plant if the 21 weights it keeps are the planted ones, all of them. A mask is certified "
        "without training if the planted weights under it are, and with training if they are after one more budget."
    )
    rule = (
        "At m=8, rescaled, without noise, methods ranked over all layers (edge-popup with the layers' numbers): a "
        "method misses the ticket (reproduced) if Wilson's interval of the share of networks in which it recovers the "
        "whole plant, at 95 % for all methods together (Bonferroni), lies below 1/2; contradicted if above; undecided "
        "otherwise. All else has no published number."
    )
    size: PlantedSize
    sizes = BySize(
        smoke=PlantedSize(4, 250, levels=2, trained=(Setting(2, "matched", 0.0),), widths=(2,), noises=(0.0,)),
        laptop=PlantedSize(32, 20_000, levels=6, trained=(Setting(8, "matched", 0.0), Setting(8, "matched", 0.1))),
        paper=PlantedSize(
            128,
            125_000,
            levels=11,
            trained=(Setting(8, "matched", 0.0), Setting(8, "matched", 0.1), Setting(8, "written", 0.0)),
        ),
    )

    @cached_property
    def judged(self) -> Setting:
        """Where the verdicts fall."""
        return self.size.trained[0]

    @cached_property
    def settings(self) -> list[Setting]:
        """What is planted: as written without noise, rescaled with all noises, at every width."""
        return [
            Setting(width, scale, noise)
            for width in self.size.widths
            for scale, noise in [*(("matched", noise) for noise in self.size.noises), ("written", 0.0)]
        ]

    def pieces(self) -> dict[tuple[Setting, str], Piece]:
        """The headline's first: all ways of pruning where tickets are trained, those before training elsewhere."""
        order = sorted(self.settings, key=lambda setting: setting not in self.size.trained)
        return {(setting, route): self._piece(setting, route) for setting in order for route in self._routes(setting)}

    def _routes(self, setting: Setting) -> tuple[str, ...]:
        return ROUTES if setting in self.size.trained else ROUTES[:1]

    def _piece(self, setting: Setting, route: str) -> Piece:
        size = self.size
        return planted_piece(
            f"planted-{route}-m{setting.width}-{setting.scale}-{setting.noise:g}",
            setting,
            self.plan.network(setting.width),
            self.plan.training(size.updates),
            seed=self.plan.seed,
            replicates=range(size.replicates if setting.width < WIDE else -(-size.replicates // 2)),
            route=route,
            retrain=setting in size.trained,
            levels=size.levels if route == "trained" else 1,
            scores=self.plan.training(size.updates, **SCORES) if route == "popup" else None,
        )

    def _rows(self, setting: Setting) -> dict[str, Row]:
        """Rows of a setting by method; those that were told the layers' numbers end in `/known`."""
        return {
            f"{row['method']}/known" if row["known"] and row["method"] in AT_INIT else row["method"]: row
            for route in self._routes(setting)
            for row in self[setting, route]["rows"]
        }

    def points(self) -> Iterator[Point]:
        """What each method recovers at the headline, what training makes of it, and how it depends on the rest."""
        rows = self._rows(self.judged)
        yield from (self._missed(method, rows[method]) for method in METHODS)
        for method in AT_INIT:
            row = rows[f"{method}/known"]
            yield self.point(
                f"recovered-told/{method}",
                label=f"Whole plant recovered, told the layers' numbers: {WORDS[method]}",
                **rate(whole(row)),
                outcome="recovered whole",
                note=f"{WORDS[method]}, the number of planted weights of each layer given. Mean "
                f"{np.mean(row['recalled']):.1f} of {PLANTED}.",
            )
        yield from (self._trained(method) for method in (TRUTH, *METHODS))
        for setting in self.settings:
            rows = self._rows(setting)
            kept = ", ".join(f"{WORDS[method]} {share(rows[method]):.0%}" for method in METHODS if method in rows)
            yield self.point(
                f"plant/m={setting.width}/{setting.scale}/noise={setting.noise:g}",
                label=f"The plant itself is exact, m={setting.width}, {setting.scale}, noise {setting.noise:g}",
                **rate(rows[TRUTH]["certified"]),
                outcome="certified without training",
                note=f"How often the plant itself is exact. Planted weights kept, mean: {kept}.",
            )

    def _missed(self, method: str, row: Row) -> Point:
        recovered, trials = count(whole(row))
        strict = wilson(recovered, trials, confidence=1 - ALPHA / len(METHODS))
        chance = PLANTED / self[self.judged, "init"]["prunable"]
        layers = ", ".join(
            f"{layer.removeprefix('block0_')} {recalled / trials:.1f} of {planted_weights()[layer]} "
            f"({row['kept_in'][layer] / trials:.1f} kept)"
            for layer, recalled in row["recalled_in"].items()
        )
        return self.point(
            f"recovered/{method}",
            label=f"Whole plant recovered: {WORDS[method]}",
            expected="below 1/2",
            **rate(whole(row)),
            verdict="reproduced" if strict.high < 0.5 else "contradicted" if strict.low > 0.5 else "undecided",
            seconds=sum(self[key].seconds for key in self.pieces()) if method == METHODS[0] else None,
            outcome="recovered whole",
            note=f"Planted weights kept, mean {np.mean(row['recalled']):.1f} of {PLANTED} (by chance "
            f"{chance * PLANTED:.1f}): {layers}.",
        )

    def _trained(self, method: str) -> Point:
        """Success once trained at the headline, and in the other settings where tickets are trained."""
        rows = {setting: self._rows(setting)[method] for setting in self.size.trained}
        notes = [
            f"{setting.scale}, noise {setting.noise:g}: trained {sum(row['trained'])}, untrained "
            f"{sum(row['certified'])}, recovered whole {whole(row).sum()}"
            + (f", trained weights cut {sum(row['cut'])}" if "cut" in row else "")
            for setting, row in rows.items()
        ]
        solved = rate(rows[self.judged]["trained"])
        return self.point(
            f"trained/{method}",
            label=f"Certified once trained, {WORDS[method]}",
            **solved,
            note=f"Of {solved['trials']}: {'; '.join(notes)}.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        return (
            "Pruning by magnitude finds the whole planted ticket in "
            f"{told(points['recovered/magnitude'], 'networks')}. "
            + of_all(points.judged("recovered/*"), "methods", "missed the ticket in most networks", "found it in most")
        )

    def figures(self) -> Iterator[Figure]:
        """How much of the plant each method keeps where it is judged, and in other settings."""
        rows = self._rows(self.judged)
        found = ", ".join(f"{WORDS[of]} {whole(rows[of]).sum()}" for of in METHODS if whole(rows[of]).any())
        yield Figure(
            title="How much of the planted ticket each method keeps",
            caption=f"m={self.judged.width}, the plant rescaled to the size of the random weights, no noise; "
            f"{PLANTED} of {self[self.judged, 'init']['prunable']} weights kept. Mean shares of the {PLANTED} planted "
            f"weights over {self.size.replicates} networks, with bootstrap 95 % intervals; ranked over all layers, or "
            f"told how many weights each layer of the plant has. Networks with the whole plant: {found or 'none'}.",
            drawn=estimates_by_name(
                [
                    _kept("all layers ranked together", {WORDS[of]: rows[of] for of in METHODS}),
                    _kept("told the layers", {WORDS[of]: rows[f"{of}/known"] for of in AT_INIT}),
                ],
                [WORDS[of] for of in METHODS],
                xlabel="planted weights kept",
            ),
        )
        noises = (self.size.noises[0], self.size.noises[-1])
        shown = [one for one in self.settings if one.noise in noises]
        yield Figure(
            title="Planted weights kept, by width, scale and noise",
            caption=f"Mean share of the {PLANTED} planted weights among the {PLANTED} that a method keeps before "
            "training; without noise, with the most, and with the plant as written.",
            drawn=cells([cell for setting in shown for cell in self._cells(setting)]),
            part="kept",
        )

    def _cells(self, setting: Setting) -> list[Cell]:
        rows, group = self._rows(setting), f"m={setting.width}"
        noise = "as written" if setting.scale == "written" else f"noise {setting.noise:g}"
        return [Cell(WORDS[of], group, noise, share(rows[of])) for of in AT_INIT]


def _kept(label: str, rows: Mapping[str, Row]) -> Estimates:
    """Mean shares of the plant that some methods keep, with a bootstrap over networks."""
    shares = {name: np.array(row["recalled"]) / PLANTED for name, row in rows.items()}
    ends = [cluster_bootstrap(one, np.arange(len(one)), np.mean, resamples=1999) for one in shares.values()]
    means = [float(one.mean()) for one in shares.values()]
    return Estimates(label, list(shares), means, [end.low for end in ends], [end.high for end in ends])


def whole(row: Row) -> Bool[np.ndarray, " replicates"]:
    """In which networks a method kept all planted weights, and nothing else."""
    return np.array(row["recalled"]) == PLANTED


def share(row: Row) -> float:
    """Mean share of the planted weights that a method kept."""
    return float(np.mean(row["recalled"]) / PLANTED)
