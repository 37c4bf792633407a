"""Claim: training sits on a plateau and then drops, and a solved network stays solved.

This is our question: the paper and the re-runs of it tell how many networks learn the Game of Life, not when. The
networks of the claim `width` are asked; nothing is trained beside them.

    expected: no number is published

    python scripts/replicate.py --claims time                       # some 5 minutes on two cores, none after `width`
    python scripts/replicate.py --claims time --preset smoke        # seconds
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from jaxtyping import Bool

from lottery.claims.frame.answers import Points
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate
from lottery.claims.frame.races import race
from lottery.claims.frame.reruns import width_piece
from lottery.report.figures.plateau_and_solution import plateau_and_solution
from lottery.report.figures.survival_curves import Times, survival
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import corrected
from lottery.statistics.rates import cluster_bootstrap
from lottery.statistics.survival import kaplan_meier, median_time


class Time(Claim):
    """When the networks of the claim `width` are solved, and what becomes of them after that."""

    name = "time"
    question = "When do networks learn, and do they stay right?"
    statement = (
        "Training sits on a plateau and then drops suddenly, sooner in wider networks; once solved, they stay solved."
    )
    source = "Our question: neither Springer and Kenyon 2020 (arXiv 2009.01398) nor the re-runs of it report times"
    protocol = (
        "The networks of the claim `width`, looked at every 250 updates to the end of their budget. The time to "
        "solution is the first look that certified a network; networks never solved are cut off at the budget (Kaplan "
        "and Meier). The plateau is the median loss up to the solution, and a network is on it as long as the mean "
        "loss since the last look is at least 80 % of that: our definition. Networks of one replicate number see the "
        "same batches at every width, so neighbouring widths are compared by the log-rank test stratified by pairs, "
        "corrected by Holm's method."
    )
    rule = "Nothing is published on this, so there is no verdict: every point is new."
    outcome = "ever_solved"

    @property
    def widths(self) -> list[int]:
        """The widths m, narrow networks first."""
        return sorted(self.plan.widths)

    def pieces(self) -> dict[int, Piece]:
        """Those of the claim `width`."""
        return {m: width_piece(self.plan, m) for m in self.plan.widths}

    def points(self) -> Iterator[Point]:
        """Medians, the paces of neighbouring widths, plateaus, and what becomes of solved networks."""
        yield from (self._median(m) for m in self.widths)
        yield from self._paces()
        yield from (self._plateau(m) for m in self.widths)
        relapsed = {m: np.array(self[m]["relapsed"], bool) for m in self.widths}
        unsolved = {m: ~self[m].solved for m in self.widths}
        yield self._undone("relapsed", "were wrong at a later look", relapsed)
        yield self._undone("unsolved-at-end", "were wrong at the end of the budget", unsolved)

    def _times(self, m: int) -> Times:
        """When each network was first solved; those never solved are cut off at the budget."""
        return Times.until(f"m={m}", self[m]["first_solved"], self.plan.width_updates)

    def _median(self, m: int) -> Point:
        times, budget = self._times(m), self.plan.width_updates
        value, low, high = median_time(kaplan_meier(times.times, times.observed))
        beyond = " The budget stands for an upper end beyond it." if value is not None and high is None else ""
        return self.point(
            f"median/m={m}",
            label=f"m={m}, updates until half are certified",
            measured=value,
            interval=None if value is None or low is None else (low, float(budget) if high is None else high),
            unit="number",
            quantity="updates",
            seconds=self[m].seconds,
            note=f"Updates until half of the networks have been solved; {times.observed.sum()} of {len(times.times)} "
            f"are within {budget:,}.{beyond}",
        )

    def _paces(self) -> Iterator[Point]:
        """For every two neighbouring widths, how often the wider network of a pair is solved first."""
        races = {(a, b): race(self._times(b), self._times(a)) for a, b in pairwise(self.widths)}
        for (a, b), found in corrected(races).items():
            yield self.point(
                f"pace/m={b}-before-m={a}",
                label=f"Pairs in which m={b} comes before m={a}",
                **found.fields,
                note=f"Pairs in which m={b} was solved first, of those in which one was; log-rank test stratified by "
                f"pairs p = {found.p_value:.2g}, corrected {found.p:.2g}.",
            )

    def _plateau(self, m: int) -> Point:
        """Of the networks that were ever solved, the share of the time to the solution spent on the plateau."""
        solved = self[m].ever_solved
        if not solved.any():
            return self.point(f"plateau/m={m}", note="No network was solved.")
        first, end = (np.array(self[m][name])[solved] for name in ("first_solved", "plateau_end"))
        shares, own = end / first, np.arange(len(first))  # every network is a cluster of its own
        interval = cluster_bootstrap(shares, own, np.median, resamples=1999) if len(shares) > 1 else None
        return self.point(
            f"plateau/m={m}",
            label=f"m={m}, share of the time to the solution spent on the plateau",
            measured=float(np.median(shares)),
            interval=None if interval is None else (interval.low, interval.high),
            unit="rate",
            note=f"Median share of the time to the solution that {len(shares)} solved networks sat on their plateau; "
            f"from its end to the solution it took a median of {np.median(first - end):,.0f} updates.",
        )

    def _undone(self, name: str, words: str, wrong: Mapping[int, Bool[np.ndarray, " replicates"]]) -> Point:
        """Of all networks that were ever solved, how many were wrong again."""
        undone = {m: one[self[m].ever_solved] for m, one in wrong.items()}
        counts = ", ".join(f"{one.sum()} of {len(one)} at m={m}" for m, one in undone.items())
        together = np.concatenate(list(undone.values()))
        fields = rate(together) if len(together) else {}
        note = f"Networks that were certified once and {words}: {counts}."
        return self.point(name, label=f"Networks once certified that {words}", **fields, note=note)

    def answer(self, points: Points) -> str:
        """What was found."""
        wide = points.all("median/m=*")[-1]
        return (
            f"Half of the networks of m={self.widths[-1]} are certified within {told(wide)} updates. Of all networks "
            f"that were certified once, {told(points['relapsed'])} were wrong at a later look and "
            f"{told(points['unsolved-at-end'])} at the end."
        )

    def figures(self) -> Iterator[Figure]:
        """Survival curves of all widths; and for every solved network, how long it sat on the plateau."""
        yield Figure(
            title="Time to solution",
            caption="Networks not yet certified (Kaplan and Meier, with the pointwise 95 % interval), one step ahead.",
            drawn=survival([self._times(m) for m in self.widths]),
        )
        solved = [m for m in self.widths if self[m].ever]
        if solved:
            yield Figure(
                title="On the plateau until shortly before the solution",
                caption="Each dot is a network that was solved. On the line it would be solved at the very look at "
                "which it leaves its plateau; the further below, the longer the way down.",
                drawn=plateau_and_solution(
                    [(f"m={m}", np.array(self[m]["plateau_end"]), np.array(self[m]["first_solved"])) for m in solved]
                ),
                part="plateau",
            )
