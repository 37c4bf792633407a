"""Claim: tickets win at low learning rates only.

Liu et al. (2019) and Ma et al. (2021) found that a ticket beats its mask with new weights at low learning rates, and no
longer at those that serve the dense network best. The laboratory prunes level by level at one rate, Adam's 0.001. This
claim does it at lower and higher ones, and holds each ticket against the dense network, against new weights and against
a small dense network from scratch, all trained at its own rate.

    expected: a gain over new weights at low rates, none at high ones

    python scripts/replicate.py --claims learning_rate                   # some 22 minutes, 13 of them `lab-imp`
    python scripts/replicate.py --claims learning_rate --preset smoke    # a quarter of a minute
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.answers import Points, bare, of_all
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BySize
from lottery.claims.frame.small_networks import rivals
from lottery.experiments.train import training_piece
from lottery.report.figures.figure import Rates
from lottery.report.figures.rate_panels import lines_in_panels
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, independent, paired
from lottery.statistics.keeping import HARM, keeps, keeps_rule, smallest_margin, survives
from lottery.statistics.rates import cluster_bootstrap
from lottery.statistics.verdicts import ALPHA, Verdict, beats_rule

RIVALS = {"reinit": "new weights", "dense": "the dense network", "small": "a small network from scratch"}
HIGH = 1e-2  # and above
FLOOR, CEILING = 0.2, 0.8
DIRECTION_RULE = (
    f"At the density of the laboratory's verdicts, gain over new weights at a rate of {HIGH:g} less the gain at a "
    "lower one, replicate by replicate, with a bootstrap interval over replicates: reproduced if the interval lies "
    "below zero, contradicted if above, undecided otherwise. Undecided too where a gain has no room: where at one of "
    f"the two rates the ticket succeeds in at most {100 * FLOOR:g} % or new weights in at least {100 * CEILING:g} %."
)
LOW_RULE = f"Below a rate of {HIGH:g} the ticket should win. {beats_rule()}"
HIGH_RULE = (
    f"From a rate of {HIGH:g} on it should not. Contradicted if it beats new weights (exact McNemar, p < "
    f"{ALPHA:g}); otherwise reproduced if the 95 % interval of the paired difference lies below {100 * HARM:g} "
    "percentage points and the ticket succeeds more often than that; undecided otherwise."
)
HOLM = "p-values are corrected by Holm's method over all rates and densities."
SMALL_RULE = f"Ticket against the small network from scratch, independent arms. {beats_rule()} {HOLM}"
REPORTED_RULE = (
    "Reported, not judged: paired difference (Newcombe) and exact McNemar, Holm's correction over the rates."
)
SHORT = f"With a budget below {lab.JUDGED_FROM:,} updates always undecided."

REPLICATES = BySize(smoke=4, laptop=64, paper=256)
EVERY_RATE = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
RATES = BySize[tuple[float, ...]](smoke=(1e-3, 1e-2), laptop=EVERY_RATE[:4], paper=EVERY_RATE)


class LearningRate(lab.LabClaim):
    """Tickets at several learning rates against the dense network, new weights and small networks of the same rate."""

    fixed = "2026-11-25 23:10:08"
    name = "learning_rate"
    question = "Do tickets win at low learning rates only?"
    statement = "Tickets win at low learning rates; at high ones their weights are worth no more than new ones."
    source = "Liu et al. 2019, arXiv 1810.05270, section 6; Ma et al. 2021, arXiv 2107.00166"
    protocol = (
        "Networks of the headline width are pruned by magnitude level by level, rewound to initialisation, once for "
        "every learning rate of Adam (constant, the same for the dense network and all levels), with the same initial "
        "weights and batches at every rate. At a rate of 0.001 these are the laboratory's own tickets, which the claim "
        "`alone` judges; here they stand in the figure, and the others are held against them. Beside each ticket: its "
        "mask with new weights, and a small dense network of at most as many parameters, of the one shape that learned "
        "most often in the claim `shapes` (at 0.001), trained as long at the ticket's rate, with weights and batches "
        "of its own. The sources call a rate high that serves the dense network best; here dense networks succeed at "
        "all of these rates, and how soon they do has to tell. Left open by the sources, and our choice: the rates, "
        "the densities, and that success stands in the place of accuracy. Seen beforehand, of the same networks: the "
        "dense ones (64 of 64 from 0.0003 to 0.01), and tickets of two cuts to 20 % (claim `sanity`), whose gain over "
        "new weights was +5, +19, +17 and +39 points at 0.0003, 0.001, 0.003 and 0.01: the contrary of what the "
        "sources lead to expect. The claim `budget` asks the same of 125,000 updates per level."
    )
    rule = (
        f"{DIRECTION_RULE} {LOW_RULE} {HIGH_RULE} {HOLM} Dense: {keeps_rule(0.10)} {SMALL_RULE} {REPORTED_RULE} {SHORT}"
    )

    @cached_property
    def rates(self) -> list[float]:
        """All learning rates, the plan's own among them, the lowest first."""
        return sorted({*RATES[self.plan.size], self.plan.train.learning_rate})

    @cached_property
    def replicates(self) -> int:
        """Networks per arm at all rates other than the laboratory's: its first ones."""
        return self.plan.replicates or REPLICATES[self.plan.size]

    @cached_property
    def cases(self) -> list[tuple[float, int]]:
        """Rates and levels of the tickets that nobody else judges."""
        return [(rate, level) for rate in self.rates if rate != self.plan.train.learning_rate for level in self.lab.at]

    def pieces(self) -> Mapping[Any, Piece]:
        """The tickets by rate, then the small networks by rate and level."""
        return {
            **{rate: self._tickets(rate) for rate in self.rates},
            **{(rate, level): self._small(rate, level) for rate in self.rates for level in self.lab.at},
        }

    def _tickets(self, rate: float) -> Piece:
        """Pruning level by level to a tenth at one learning rate, beside random reinit."""
        if rate == self.plan.train.learning_rate:
            return lab.imp(self.plan, self.width)
        how = lab.pruning(self.plan, controls=("reinit",), at=self.lab.at)
        return lab.pruned(self.plan, f"learning-rate{rate:g}", how, replicates=self.replicates, learning_rate=rate)

    def _small(self, rate: float, level: int) -> Piece:
        """The best small shape with at most the parameters of a level's ticket, from scratch at one learning rate."""
        shape = a, b = rivals(self.plan, level)[0]
        if rate == self.plan.train.learning_rate:
            return lab.small(self.plan, shape)
        # Numbers that no other small network has, in `lab.small`, at another rate or of another shape.
        first = 10_000_000 + 1_000_000 * EVERY_RATE.index(rate) + 10_000 * (10 * a + b)
        return training_piece(
            f"learning-rate{rate:g}-small-{a}-{b}",
            self.plan.network(features=shape),
            self.plan.training(self.lab.updates, learning_rate=rate),
            seed=self.plan.seed,
            replicates=range(first, first + self.replicates),
        )

    def points(self) -> Iterator[Point]:
        """The direction; at every rate but the laboratory's, the ticket against all else; then against that one."""
        for low in dict.fromkeys((self.rates[0], self.plan.train.learning_rate)):
            if low < HIGH:
                yield self._direction(low)
        for rate in self.rates:
            yield self._dense(rate)
        yield from self._against_reinit()
        yield from self._against_dense()
        yield from self._against_small()
        yield from self._against_the_usual()

    def _direction(self, low: float) -> Point:
        level = self.lab.verdict
        arms = {rate: (self[rate].arm(level), self[rate].arm(level, "reinit")) for rate in (HIGH, low)}
        shared = min(len(ticket) for ticket, _ in arms.values())
        gains = {rate: ticket[:shared].astype(int) - fresh[:shared] for rate, (ticket, fresh) in arms.items()}
        change = gains[HIGH] - gains[low]
        ends = cluster_bootstrap(change, np.arange(shared), resamples=1999, seed=self.plan.seed)
        room = all(ticket.mean() > FLOOR and fresh.mean() < CEILING for ticket, fresh in arms.values())
        by_rate = "; ".join(
            f"at {rate:g} ticket {ticket[:shared].sum()}/{shared}, new weights {fresh[:shared].sum()}/{shared}, a gain "
            f"of {100 * gains[rate].mean():+.0f} points"
            for rate, (ticket, fresh) in arms.items()
        )
        return self.point(
            f"rate={HIGH:g}/less-rate={low:g}",
            label=f"Gain over new weights at a rate of {HIGH:g} less that at {low:g}",
            expected="below 0",
            measured=float(change.mean()),
            interval=(ends.low, ends.high),
            unit="difference",
            verdict=self.judged(shrinks(ends.low, ends.high) if room else "undecided"),
            rule=f"{DIRECTION_RULE} {SHORT}",
            note=f"Gain over new weights: {by_rate}.{'' if room else ' One of these gains has no room.'}",
        )

    def _dense(self, rate: float) -> Point:
        """How often and how soon the dense networks of a rate succeed."""
        found = self[rate]
        first = np.array(found.row(0)["arms"]["ticket"]["first_solved"], float)
        median = np.median(np.where(first < 0, np.inf, first))
        soon = (
            f"Half of them are certified by update {median:,.0f}."
            if np.isfinite(median)
            else "Not half are ever right."
        )
        return self.point(
            f"rate={rate:g}/dense",
            label=f"Dense networks at a rate of {rate:g}",
            **rate_of(*count(found.dense)),
            rule=None,
            seconds=found.seconds,
            note=soon,
        )

    def _against(
        self, other: str, case: tuple[float, int], gain: Comparison, verdict: str, *, rule: str, **fields: Any
    ) -> Point:
        """The ticket of a rate and level against another arm."""
        rate, level = case
        name = f"rate={rate:g}/{100 * self[rate].density(level):.0f}%/vs-{other}"
        usual = f"that at {self.plan.train.learning_rate:g}"
        label = (
            f"Rate {rate:g}, {100 * self[rate].density(level):.0f} % kept: the ticket less {RIVALS.get(other, usual)}"
        )
        return self.point(
            name, label=label, **gain.fields, verdict=self.judged(verdict), rule=f"{rule} {SHORT}", **fields
        )

    def _against_reinit(self) -> Iterator[Point]:
        pairs = corrected(
            {
                (rate, level): paired(self[rate].arm(level), self[rate].arm(level, "reinit"))
                for rate, level in self.cases
            }
        )
        for case, pair in pairs.items():
            high = case[0] >= HIGH
            yield self._against(
                "reinit",
                case,
                pair,
                survives(pair) if high else pair.beats,
                expected="not above 0" if high else "above 0",
                rule=f"{HIGH_RULE if high else LOW_RULE} {HOLM}",
                note=f"Ticket {counted(pair.first)}, new weights {counted(pair.second)}: exact McNemar p after Holm = "
                f"{pair.p:.2g}.",
            )

    def _against_dense(self) -> Iterator[Point]:
        margin = smallest_margin(self.replicates)
        for rate, level in self.cases:
            pair = paired(self[rate].arm(level), self[rate].dense)
            yield self._against(
                "dense",
                (rate, level),
                pair,
                keeps(pair, margin),
                expected="no loss",
                rule=keeps_rule(margin),
                note=f"Ticket {counted(pair.first)}, dense {counted(pair.second)}. "
                f"{self[rate].possible_in_words(level)}",
            )

    def _against_small(self) -> Iterator[Point]:
        gains = corrected(
            {
                (rate, level): independent(count(self[rate].arm(level)), self[rate, level].count)
                for rate, level in self.cases
            }
        )
        for case, gain in gains.items():
            yield self._against(
                "small",
                case,
                gain,
                gain.beats,
                expected="above 0",
                rule=SMALL_RULE,
                seconds=self[case].seconds,
                note=f"Ticket {counted(gain.first)}, small network {rivals(self.plan, case[1])[0]} from scratch "
                f"{counted(gain.second)}. {gain}.",
            )

    def _against_the_usual(self) -> Iterator[Point]:
        """Tickets of every other rate against those of the laboratory, which start from the same weights."""
        level, usual = self.lab.verdict, self.plan.train.learning_rate
        pairs = corrected(
            {rate: paired(self[rate].arm(level), self[usual].arm(level)) for rate in self.rates if rate != usual}
        )
        for rate, pair in pairs.items():
            yield self._against(
                f"rate={usual:g}",
                (rate, level),
                pair,
                "new",
                rule=REPORTED_RULE,
                note=f"Tickets at a learning rate of {rate:g} {counted(pair.first)}, of the same networks at {usual:g} "
                f"{counted(pair.second)}; p after Holm = {pair.p:.2g}.",
            )

    def answer(self, points: Points) -> str:
        """What was found."""
        change = points[f"rate={HIGH:g}/less-rate=*"]
        said = {
            "reproduced": "A ticket gains less over new weights at a high learning rate than at a low one",
            "contradicted": "A ticket gains more over new weights at a high learning rate than at a low one",
        }
        start = said.get(change["verdict"], "We cannot say how a ticket's gain over new weights depends on the rate")
        return f"{start} (a change of {bare(change)}). " + of_all(
            points.judged("*/vs-reinit"), "comparisons with new weights", "came out as claimed", "came out otherwise"
        )

    def figures(self) -> Iterator[Figure]:
        """One panel per density: dense network, ticket, new weights and the small network over the learning rate."""
        densities = {level: self[self.rates[0]].density(level) for level in self.lab.at}
        yield Figure(
            title="Tickets over the learning rate, level by level",
            caption=f"Networks of width m={self.width}, certified after {self.lab.updates:,} updates per level at the "
            f"rate they were pruned at, {self.replicates} replicates ({self.lab.replicates[self.width]} at "
            f"{self.plan.train.learning_rate:g}), with Wilson's 95 % intervals.",
            drawn=lines_in_panels(
                {
                    f"learning rate, {100 * share:.0f} % kept": self._over_rates(level)
                    for level, share in densities.items()
                }
            ),
        )

    def _over_rates(self, level: int) -> list[Rates]:
        tickets = {rate: self[rate] for rate in self.rates}
        return [
            rates("dense", {rate: count(found.dense) for rate, found in tickets.items()}),
            rates("ticket", {rate: count(found.arm(level)) for rate, found in tickets.items()}),
            rates("random reinit", {rate: count(found.arm(level, "reinit")) for rate, found in tickets.items()}),
            rates("small from scratch", {rate: self[rate, level].count for rate in self.rates}),
        ]


def shrinks(low: float, high: float) -> Verdict:
    """Judge a difference that should be below zero from the ends of its interval.

    Args:
        low: lower end.
        high: upper end.
    """
    if high < 0:
        return "reproduced"
    return "contradicted" if low > 0 else "undecided"
