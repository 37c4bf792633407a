"""Claim: a random network that is wide enough holds an exact one, with no weight trained, and edge-popup finds it.

Ramanujan et al. 2020 (arXiv 1911.13299) find subnetworks of random networks that work without any training by learning
which weights are there (edge-popup), and do best with half of the weights and with weights of one size per layer; it
does better than the supermasks of Zhou et al. 2019 (arXiv 1905.01067), which learn a probability per weight.
Malach et al. 2020 and da Cunha et al. 2022 (ICLR) prove that they exist: any weight is nearly the sum of
some of a few random products. Here "works" is a certificate, and such sums are looked for: an exact ticket is built.

    python scripts/replicate.py --claims supermasks                    # some 8 minutes on two cores at laptop size
    python scripts/replicate.py --claims supermasks --preset smoke     # seconds
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.figure
import numpy as np

from lottery.claims.frame.answers import Points, bare
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import Found, rate
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size
from lottery.claims.frame.strong_tickets import ALL_DEAD, HALF, SHORT, STARTS, WORDS, scored_piece
from lottery.experiments.sums import sums_piece
from lottery.report.figures.figure import Row, legend_above
from lottery.report.figures.rates_by_name import rates_against
from lottery.report.figures.style import FAINT_INK, RC
from lottery.report.figures.wrong_by_method import wrong_by_method
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Count, count
from lottery.statistics.rates import sign_test, wilson
from lottery.statistics.verdicts import ALPHA, Verdict


@dataclass(frozen=True)
class SupermaskSize(Size):
    """How much of the claim is computed.

    Attributes:
        widths: m of the networks that are searched.
        draws: networks per width in which tickets are built.
        counted: drawings of random weights for which sums are counted.
        built: widths at which tickets are built.
        densities: of edge-popup.
    """

    widths: tuple[int, ...]
    draws: int
    counted: int
    built: tuple[int, ...] = (4, 6, 8, 10, 12, 16, 20, 24, 32)
    densities: tuple[float, ...] = (0.3, HALF, 0.7)


class Supermasks(Claim):
    """Tickets that are built, and those that edge-popup and the supermasks of Zhou et al. find."""

    fixed = "2026-11-25 17:45:04"
    name = "supermasks"
    question = "Does a random network hold an exact one, and does edge-popup find it?"
    statement = (
        "A random network that is wide enough holds an exact one, no weight of it trained, and edge-popup finds it."
    )
    source = (
        "Ramanujan et al. 2020, arXiv 1911.13299 (edge-popup); Zhou et al. 2019, arXiv 1905.01067 (supermasks); da "
        "Cunha et al. 2022, ICLR (existence)"
    )
    protocol = (
        "One-step networks of width m whose weights stay as they were drawn: uniform within 1/sqrt(fan_in) (PyTorch's "
        "default, which draws biases too), or of one size per layer, sqrt(2/fan_in), with the same signs. Biases are "
        "drawn and masked like weights: a network without any has the logit 0 on a dead board, which is wrong. "
        "Edge-popup trains a score per weight; in every layer the share `density` with the highest stays. Zhou et "
        "al.'s supermasks train a probability per weight, and every update computes with a mask drawn from them; at "
        "the end the weights that are more likely there than not stay. Left open, and chosen before these runs on "
        "other replicates (docs/method.md): the optimiser of the scores. At a density of 0.5 the weights under "
        "edge-popup's masks are then trained for one more budget. Beside it, exact tickets built in the same networks "
        "without any search by gradient: each weight of a small exact network is the sum of some products of two "
        "random weights (lottery/tickets/subset_sums.py), and the width from which that should work, by counting sums."
    )
    rule = (
        "Exists: reproduced if at the widest network Wilson's interval of the share with a certified ticket built lies "
        "above 1/2; undecided otherwise, because what is not built may still be there. Found: for weights of one size, "
        "at a density of 0.5 and the widest network, reproduced if the interval of the share that edge-popup ends "
        f"certified in lies above 1/2, contradicted if below, undecided otherwise. {BUDGET_RULE} One size is better "
        "than as drawn, half better than 0.3 and than 0.7, and edge-popup at half better than supermasks, both with "
        "weights of one size: in pairs of the same replicates, by the number of wrong answers at the end, at the "
        "widest network; two-sided sign test at 0.05. All else has no published number."
    )
    size: SupermaskSize
    sizes = BySize(
        smoke=SupermaskSize(4, 250, widths=(2,), draws=4, counted=20, built=(8,), densities=(HALF,)),
        laptop=SupermaskSize(16, 10_000, widths=(4, 8, 16, 32), draws=64, counted=1000),
        paper=SupermaskSize(64, 40_000, widths=(4, 8, 16, 32, 64), draws=256, counted=4000),
    )

    def pieces(self) -> dict[Any, Piece]:
        """What is built, by start; then what is trained, by start, width and density (None: supermasks of Zhou et al.).

        Networks of one width share replicates over starts and densities.
        """
        found: dict[Any, Piece] = {start: self._built(start) for start in STARTS}
        for width in self.size.widths:
            for density in (*self.size.densities, None):
                found |= {
                    (start, width, density): scored_piece(self.plan, self.size, start, width, density)
                    for start in STARTS
                }
        return found

    def _built(self, start: str) -> Piece:
        size = self.size
        return sums_piece(
            f"sums-{start}",
            size.built,
            seed=self.plan.seed,
            draws=size.draws,
            counted=size.counted if start == "drawn" else 0,
            weights=start,
        )

    def points(self) -> Iterator[Point]:
        """Whether exact tickets exist and are found, which weights and densities are better, and every rate."""
        yield from (self._exists(start) for start in STARTS)
        yield from self._at_the_widest()
        for width in self.size.widths:
            for start in STARTS:
                yield from self._rates(start, width)
        for start in STARTS:
            yield from self._rates_built(start)

    def _exists(self, start: str) -> Point:
        found = self[start]
        shares = [float(np.mean(row["certified"])) for row in found["rows"]]
        widths, certified = self.size.built, found["rows"][-1]["certified"]
        counted = ""
        if found["predicted"] is not None:
            predicted = first_above_half(widths, found["predicted"])
            counted = f" Counting sums (one pair of units, one scale) predicts m={predicted}."
        return self.point(
            f"exists/{start}",
            label=f"Networks in which an exact ticket could be built, {WORDS[start]}",
            expected="above 1/2",
            **rate(certified),
            verdict=_above_half(count(certified), low="undecided"),
            seconds=found.seconds,
            outcome="certified, not trained",
            note=f"At m={widths[-1]}. First of the widths "
            f"{', '.join(map(str, widths))} with one in more than half of the networks: "
            f"m={first_above_half(widths, shares)}.{counted}",
        )

    def _at_the_widest(self) -> Iterator[Point]:
        width = self.size.widths[-1]
        found, at = self["signed", width, HALF], f"m={width}, {WORDS['signed']}"
        yield self.point(
            "found",
            label="Networks in which edge-popup ends with an exact ticket",
            expected="above 1/2",
            **found.rate,
            verdict=self.at_full_budget(_above_half(found.count, low="contradicted")),
            note=f"{at}, density {HALF:g}. {_wrong(found)}",
        )
        words = f"m={width}, density {HALF:g}: {WORDS['signed']} against as drawn."
        yield self._fewer_wrong("one-size", found, self["drawn", width, HALF], words)
        for density in self.size.densities:
            if density != HALF:
                words = f"{at}: {HALF:g} against {density:g}."
                yield self._fewer_wrong(f"half/{density:g}", found, self["signed", width, density], words)
        words = f"{at}: edge-popup at {HALF:g} against supermasks of Zhou et al."
        yield self._fewer_wrong("edge-popup", found, self["signed", width, None], words)

    def _fewer_wrong(self, name: str, first: Found, second: Found, words: str) -> Point:
        """Which of two arms that share their replicates ends with fewer wrong answers."""
        one, other = np.array(first["wrong_at_end"]), np.array(second["wrong_at_end"])
        wins, losses = int(np.sum(one < other)), int(np.sum(one > other))
        p = sign_test(wins, losses)
        return self.point(
            name,
            label=f"Median of wrong answers less that of the other, {words.rstrip('.')}",
            expected="fewer wrong",
            measured=float(np.median(one) - np.median(other)),
            unit="number",
            verdict="undecided" if p >= ALPHA else "reproduced" if wins > losses else "contradicted",
            outcome="wrong answers at the end",
            note=f"Medians {np.median(one):g} and {np.median(other):g} wrong of 512; fewer in {wins} "
            f"replicates, more in {losses}; sign test p = {p:.2g}.",
        )

    def _rates(self, start: str, width: int) -> Iterator[Point]:
        for density in (*self.size.densities, None):
            found = self[start, width, density]
            there = f"{found['kept']} of {found['parameters']} parameters there. {_wrong(found)}"
            zhou = f"Supermasks of Zhou et al., {WORDS[start]}; a median of {there}"
            how = "supermasks of Zhou et al." if density is None else f"edge-popup, density {density:g}"
            yield self.point(
                f"zhou/{start}/m={width}" if density is None else f"popup/{start}/m={width}/density={density:g}",
                label=f"m={width}, {WORDS[start]}, {how}",
                **found.rate,
                seconds=found.seconds,
                note=zhou if density is None else f"{WORDS[start]}, {there}",
            )
        yield self.point(
            f"trained/{start}/m={width}",
            label=f"m={width}, {WORDS[start]}, trained under edge-popup's mask",
            **rate(self[start, width, HALF]["trained"]),
            note=f"{WORDS[start]}, density {HALF:g}: the weights under the mask, trained from where they were drawn.",
        )

    def _rates_built(self, start: str) -> Iterator[Point]:
        predicted = self[start]["predicted"]
        for place, row in enumerate(self[start]["rows"]):
            errors = [error for error in row["error"] if error is not None]
            sizes = [kept for kept, exact in zip(row["kept"], row["certified"], strict=True) if exact]
            parts = [f"{WORDS[start]}. Errors within the tolerance of 1/10: {sum(error <= 0.1 for error in errors)}."]
            if sizes:
                parts.append(f"Weights and biases of a ticket, median: {np.median(sizes):g}.")
            if predicted is not None:
                parts.append(f"Predicted chance of errors within it: {predicted[place]:.2g}.")
            yield self.point(
                f"built/{start}/m={row['width']}",
                label=f"m={row['width']}, {WORDS[start]}, exact tickets built",
                **rate(row["certified"]),
                outcome="certified, not trained",
                note=" ".join(parts),
            )

    def answer(self, points: Points) -> str:
        """What was found."""
        there, found = points["exists/drawn"], points["found"]
        said = {"reproduced": "usually finds one", "contradicted": "seldom finds one"}
        return (
            f"In {told(there, 'random networks')} of m={self.size.built[-1]} we could build an exact one without "
            f"training. Edge-popup {said.get(found['verdict'], 'may or may not find one')} ({bare(found)}, "
            f"m={self.size.widths[-1]})."
        )

    def figures(self) -> Iterator[Figure]:
        """What can be built and what is found against width, and how wrong edge-popup's networks are."""
        series = [
            rates(f"built, {SHORT[start]}", {row["width"]: count(row["certified"]) for row in self[start]["rows"]})
            for start in STARTS
        ]
        for start in STARTS:
            at = {width: self[start, width, HALF] for width in self.size.widths}
            series += [
                rates(f"popup, {SHORT[start]}", {width: found.count for width, found in at.items()}),
                rates(f"then trained, {SHORT[start]}", {width: count(found["trained"]) for width, found in at.items()}),
            ]
        drawn, table = rates_against(series, xlabel="width m (times overcomplete)", logarithmic=True)
        table += _add_predicted(drawn, self.size.built, self["drawn"]["predicted"])
        yield Figure(
            title="Exact tickets without training",
            caption="Built from subset sums, beside the chance that counting sums predicts; found by edge-popup at a "
            "density of 0.5; and edge-popup's masks once their weights are trained. Shares of certified networks with "
            "Wilson's 95 % intervals.",
            drawn=(drawn, table),
        )
        widest = self.size.widths[-1]
        wrong = {
            f"{SHORT[start]}, {'supermasks' if density is None else f'density {density:g}'}": self[
                start, widest, density
            ]["wrong_at_end"]
            for start in STARTS
            for density in (*self.size.densities, None)
        }
        yield Figure(
            title=f"How far edge-popup and supermasks come at m={widest}",
            caption="Wrong answers of 512 at the end of training the scores; a dot is a network, a bar the median. "
            "Weights as drawn or of one size; edge-popup at several densities, and supermasks of Zhou et al. An exact "
            "network has none.",
            drawn=wrong_by_method(wrong, constant=ALL_DEAD),
            part="wrong",
        )


def _add_predicted(drawn: matplotlib.figure.Figure, widths: Sequence[int], chances: Sequence[float]) -> list[Row]:
    """Draw the chance that counting sums gives, which has no trials, behind the rates."""
    label, ax = "predicted, as drawn", drawn.axes[0]
    with matplotlib.rc_context(RC):
        ax.plot(widths, chances, color=FAINT_INK, linewidth=5, alpha=0.3, label=label, zorder=1.5)
        legend_above(ax)
    return [
        {"series": label, "x": width, "successes": "", "trials": "", "rate": chance, "low": "", "high": ""}
        for width, chance in zip(widths, chances, strict=True)
    ]


def _above_half(counts: Count, *, low: Verdict) -> Verdict:
    ends = wilson(*counts)
    return "reproduced" if ends.low > 0.5 else low if ends.high < 0.5 else "undecided"


def first_above_half(widths: Sequence[int], shares: Sequence[float]) -> int | None:
    """The first width from which on all shares are above 1/2, or None."""
    return next((width for index, width in enumerate(widths) if min(shares[index:]) > 0.5), None)


def _wrong(found: Found) -> str:
    end = np.array(found["wrong_at_end"])
    return (
        f"Wrong answers of 512 at the end: median {np.median(end):g}, least {end.min()} (always dead: {ALL_DEAD}); "
        f"least at any check {min(found['least_wrong'])}. Certified at one check at least: {found.ever}."
    )
