"""Claim: the ticket alone, from its rewound weights, matches the dense network and beats what has no right to win.

Frankle and Carbin (2019) say it of image classifiers. What has no right to win: the same mask with new weights, the
same weights under a shuffled mask (drawn among those that can be exact at all), and small dense networks from scratch,
of the best shape that is known, trained as long as the ticket (Scratch-E) or for as much compute as the dense network
(Scratch-B).

    expected: no loss against the dense network, a gain over every control, and faster learning

A second seed says how much of that hangs on the one sample of dense networks at the headline width.

    python scripts/replicate.py --claims alone                    # some 65 minutes on two cores, 40 of them at m=8
    python scripts/replicate.py --claims alone --preset smoke     # a quarter of a minute

The headline claim `ticket` asks it of the first 32 networks at m=8, against small ones of the paper's shape alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from typing import Any

import numpy as np

from lottery.claims.frame import lab
from lottery.claims.frame.answers import BEATS, MATCHES, Points, listed, versus
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.found import Found
from lottery.claims.frame.races import Race, race, times_at
from lottery.claims.frame.series import rates
from lottery.claims.frame.sizes import BySize
from lottery.claims.frame.small_networks import (
    chance_of_one,
    long_piece,
    multiply_adds,
    rivals,
    ticket_size,
    updates_of_equal_compute,
)
from lottery.networks.embedding import Features
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.report.figures.figure import Rates, success_against_density
from lottery.report.figures.small_multiples import densities_in_panels, survival_in_panels
from lottery.report.figures.survival_curves import Times
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, independent, paired
from lottery.statistics.keeping import keeps, keeps_rule, smallest_margin
from lottery.statistics.verdicts import ALPHA, Verdict, beats_rule
from lottery.tickets.arms import FAIR, TRIES

CONTROLS = {
    "reinit": "the same mask with new weights",
    FAIR: "its weights under a shuffled mask that can be exact",
}
# Of wider networks most plain shuffles can be exact at the density of the verdict.
FAIR_WIDEST = BySize(smoke=24, laptop=8, paper=24)
CONTROL_RULE = f"{beats_rule()} Holm's correction over all widths, densities and both controls."
PLAIN_RULE = (
    "Reported, not judged: paired difference (Newcombe) and exact McNemar, Holm's correction over all widths and "
    "densities. Sparse shuffles can seldom be exact, whatever their weights are."
)
SECOND_RULE = "Holm's correction over the densities and both controls of this seed."
RIVALS_IN_SPEED = {"dense": "the dense network", "reinit": "random reinit"}
SMALL_RULE = (
    "Scratch-E: reproduced if the ticket succeeds more often than every shape tried, each by Fisher's test with "
    "p < 0.05 (as all have to be beaten, choosing the best of them needs no correction); contradicted if one of them "
    "succeeds more often than the ticket with p < 0.05 after Holm's correction over the shapes of all densities; "
    f"undecided otherwise. Scratch-B, one shape: {beats_rule()} Holm's correction over the densities."
)
SPEED_RULE = (
    "The arms race replicate by replicate for the first certificate; never is last. The log-rank test stratified by "
    "pairs is exact here, its p-values corrected by Holm's method over widths, densities and both others. Reproduced "
    "if the ticket wins more pairs with p < 0.05, contradicted if it loses more with p < 0.05, undecided otherwise."
)


class Alone(lab.LabClaim):
    """The ticket against the dense network, its controls and small networks, and how soon it learns."""

    fixed = "2026-11-27 15:47:55"
    name = "alone"
    question = "Does a ticket, trained alone, do as well as its dense network, and better than its controls?"
    statement = (
        "A ticket trained alone from its rewound weights matches the dense network, learns faster, and beats new "
        "weights, a shuffled mask and small dense networks from scratch."
    )
    source = (
        "Frankle and Carbin 2019, arXiv 1803.03635; shuffled masks: Frankle et al. 2021, arXiv 2009.08576; small "
        "networks from scratch: Liu et al. 2019, arXiv 1810.05270"
    )
    protocol = (
        "Weights are pruned by magnitude to a tenth in ten levels and rewound to initialisation; biases are kept. "
        "Ticket, new weights and shuffled mask of a replicate share its batches; small networks are others. The "
        "shuffled mask that is judged is drawn evenly among the shuffles within layers that can be exact "
        f"(`lottery.can_be_exact` proves of the others that no weights are; {TRIES:,} are tried), and held against the "
        "tickets of those replicates where one was found. At the headline width all dense networks, tickets and "
        "controls are trained once more with the next seed. Small "
        "networks have at most the ticket's parameters (surviving weights and all biases). Their shapes (a, b) were "
        "chosen from the committed results of the claim `shapes` (48 networks each, 20,000 updates): the two that "
        "learned most often, and the widest (2m, m). Scratch-E trains as long as the ticket; Scratch-B, the best shape "
        "alone, until it has cost as many multiplications as training the dense network. Open in the sources, and our "
        "choice: widths, budget, densities, and that a success is a certificate. The headline claim `ticket` is a "
        "small version at m=8: on a laptop its 32 networks are the first of this claim's 128, and had been looked at "
        "before; its small networks are others. What this page said before: its verdicts on shuffled masks came from "
        "shuffles of any kind, of which a few in a hundred can be exact at 20 % and m=8 (most at m=24), so that they "
        "were beaten before training began; and all verdicts at m=8 came from one seed."
    )
    rule = (
        "The density of the verdicts (at laptop and paper size a fifth) was fixed beforehand. Dense: "
        f"{keeps_rule(0.10)} Where so few replicates cannot meet that (fewer than 35), the loss is 20 points instead. "
        "Controls: exact McNemar, Holm over widths, densities and controls. The second seed is judged by the same "
        "rules, corrected apart. Small networks: "
        f"{SMALL_RULE} Speed: {SPEED_RULE} With a budget below {lab.JUDGED_FROM:,} updates always "
        "undecided."
    )

    @cached_property
    def fair_widths(self) -> list[int]:
        """The widths whose shuffles are also drawn among the masks that can be exact."""
        return [width for width in self.lab.replicates if width <= FAIR_WIDEST[self.plan.size]]

    @cached_property
    def shapes(self) -> dict[int, list[Features]]:
        """Of every level with controls, the shapes of the small networks, the best one first."""
        return {level: rivals(self.plan, level) for level in self.lab.at}

    def pieces(self) -> Mapping[Any, Piece]:
        """The headline width with its small networks first, then the other widths."""
        by_width = {m: lab.imp(self.plan, m) for m in self.lab.replicates}
        return {
            self.width: by_width[self.width],
            **{
                (level, shape): lab.small(self.plan, shape) for level, shapes in self.shapes.items() for shape in shapes
            },
            **{(level, "long"): long_piece(self.plan, level) for level in self.lab.at},
            **by_width,
            **{("fair", m): lab.fair(self.plan, m) for m in self.fair_widths},
            "second": lab.fair(lab.second(self.plan), self.width),
        }

    def points(self) -> Iterator[Point]:
        """Against the dense network and how far down; each control; the second seed; the small networks; the pace."""
        for width in self.lab.replicates:
            yield from self._against_dense(width)
        yield from self._against_controls()
        yield from self._against_plain_shuffles()
        yield from self._second_seed()
        yield from self._against_small()
        yield from self._pace()

    def _against_dense(self, width: int) -> Iterator[Point]:
        found, verdict = self[width], self.lab.verdict
        margin = smallest_margin(self.lab.replicates[width])
        losses = {level: paired(found.arm(level), found.dense) for level in range(1, self.lab.levels + 1)}
        verdicts = {level: keeps(loss, margin) for level, loss in losses.items()}
        at_verdict = losses[verdict]
        yield self.point(
            f"m={width}/vs-dense",
            label=f"m={width}, the ticket less the dense network",
            expected="no loss",
            **at_verdict.fields,
            verdict=self.judged(verdicts[verdict]),
            seconds=found.seconds,
            rule=keeps_rule(margin),
            note=f"At density {found.density(verdict):.2f}, fixed beforehand: ticket {counted(at_verdict.first)}, "
            f"dense {counted(at_verdict.second)}."
            + (f" {self['fair', width].possible_in_words(verdict)}" if width in self.fair_widths else ""),
        )
        reached = matching_levels(list(verdicts.values()))
        course = ", ".join(
            f"{100 * found.density(level):.0f} % {counted(loss.first)}" for level, loss in losses.items()
        )
        yield self.point(
            f"m={width}/matches-down-to",
            label=f"m={width}, share of the weights down to which tickets match",
            measured=found.density(reached) if reached else None,
            unit="rate",
            rule=f"At each level, from the densest on, until one does not match: {keeps_rule(margin)} No correction is "
            "needed, because a level is tried only where all denser ones match.",
            note=f"{'' if reached else 'No level matches. '}Dense {counted(at_verdict.second)}, a loss of up to "
            f"{100 * margin:g} points allowed; tickets: {course}.",
        )

    def _against_controls(self) -> Iterator[Point]:
        beside = {
            (width, arm): self["fair", width] if arm == FAIR else self[width]
            for width in self.lab.replicates
            for arm in CONTROLS
            if arm != FAIR or width in self.fair_widths
        }
        gains = _gains(beside, self.lab.at)
        for (width, arm), found in beside.items():
            label = f"m={width}, the ticket less {CONTROLS[arm]}"
            yield self._gain(f"m={width}/vs-{arm}", label, found, gains, (width, arm), CONTROL_RULE)

    def _gain(
        self,
        name: str,
        label: str,
        found: Found,
        gains: Mapping[Any, Comparison],
        key: tuple[Any, str],
        rule: str,
        note: str = "",
    ) -> Point:
        """The ticket against a control at the density of the verdict; in the note, at the others."""
        verdict, arm = self.lab.verdict, key[1]
        course = [_beside(found.density(level), gains[*key, level]) for level in self.lab.at if (*key, level) in gains]
        gain = gains.get((*key, verdict))
        masks = f" At the density of the verdict: {found.possible_in_words(verdict, arm)}" if arm == FAIR else ""
        return self.point(
            name,
            label=label,
            expected="above 0",
            **({} if gain is None else gain.fields),
            verdict=self.judged("undecided" if gain is None else gain.beats),
            seconds=found.seconds,
            rule=rule,
            note=f"At density {found.density(verdict):.2f}, fixed beforehand. Ticket and "
            f"control, with McNemar's p after Holm: {'; '.join(course) or 'none was found'}.{masks}{note}",
        )

    def _against_plain_shuffles(self) -> Iterator[Point]:
        """For each width, the ticket against a shuffle of any kind."""
        at, verdict = self.lab.at, self.lab.verdict
        gains = corrected(
            {
                (width, level): paired(self[width].arm(level), self[width].arm(level, "shuffled"))
                for width in self.lab.replicates
                for level in at
            }
        )
        for width in self.lab.replicates:
            found, gain = self[width], gains[width, verdict]
            course = "; ".join(_beside(found.density(level), gains[width, level]) for level in at)
            yield self.point(
                f"m={width}/vs-shuffled",
                label=f"m={width}, the ticket less its weights under a shuffled mask of any kind",
                **gain.fields,
                rule=PLAIN_RULE,
                seconds=found.seconds,
                note=f"Against its weights under a shuffled mask of any kind, at density {found.density(verdict):.2f}. "
                f"Ticket and control, with McNemar's p after Holm: {course}.",
            )

    def _second_seed(self) -> Iterator[Point]:
        """The headline's tickets with another seed, beside the first, and the two against each other."""
        found, first, level = self["second"], self[self.width], self.lab.verdict
        seed, margin = lab.second(self.plan).seed, smallest_margin(self.lab.replicates[self.width])
        loss, beside = paired(found.arm(level), found.dense), paired(first.arm(level), first.dense)
        place = f"m={self.width}/seed={seed}"
        yield self.point(
            f"{place}/vs-dense",
            label=f"Second seed, m={self.width}, the ticket less the dense network",
            expected="no loss",
            **loss.fields,
            verdict=self.judged(keeps(loss, margin)),
            seconds=found.seconds,
            rule=keeps_rule(margin),
            note=f"At density {found.density(level):.2f}. Seed {seed}: ticket {counted(loss.first)}, dense "
            f"{counted(loss.second)}. Seed {self.plan.seed}: {counted(beside.first)} and {counted(beside.second)}, "
            f"{beside.in_points}.",
        )
        gains = _gains({(seed, arm): found for arm in CONTROLS}, self.lab.at)
        fair = self["fair", self.width]
        for arm in CONTROLS:
            before = _pair(fair if arm == FAIR else first, level, arm)
            note = "" if before is None else f" Seed {self.plan.seed}: {before.in_points}."
            rule = f"{beats_rule()} {SECOND_RULE}"
            label = f"Second seed, m={self.width}, the ticket less {CONTROLS[arm]}"
            yield self._gain(f"{place}/vs-{arm}", label, found, gains, (seed, arm), rule, note)
        for number in self.lab.at:
            both = independent(count(first.arm(number)), count(found.arm(number)))
            yield self.point(
                f"{place}/{100 * found.density(number):.0f}%",
                label=f"m={self.width}, {100 * found.density(number):.0f} % kept: first seed less second",
                **both.fields,
                rule="Reported, not judged: the first seed's rate less the second's (Newcombe), Fisher's test.",
                note=f"Tickets of seed {self.plan.seed}: {counted(both.first)}, of seed {seed}: "
                f"{counted(both.second)}; Fisher p = {both.p_value:.2g}.",
            )

    def _against_small(self) -> Iterator[Point]:
        """At every density: against the small networks of equal size, of equal compute, and against many of them."""
        tickets = {level: count(self[self.width].arm(level)) for level in self.lab.at}
        equal = {(level, shape): self[level, shape].count for level, shapes in self.shapes.items() for shape in shapes}
        gains = corrected(
            {(level, shape): independent(tickets[level], small) for (level, shape), small in equal.items()}
        )
        longer = corrected({level: independent(ticket, self[level, "long"].count) for level, ticket in tickets.items()})
        for level, shapes in self.shapes.items():
            yield self._equal_size(level, {shape: gains[level, shape] for shape in shapes})
            yield self._equal_compute(level, longer[level])
            yield self._many(level)

    def _place(self, level: int) -> str:
        return f"m={self.width}/{100 * self[self.width].density(level):.0f}%"

    def _placed(self, level: int) -> str:
        return self._place(level).replace("/", ", ").replace("%", " % kept")

    def _equal_size(self, level: int, gains: Mapping[Features, Comparison]) -> Point:
        best = max(gains, key=lambda shape: gains[shape].second[0])
        each = "; ".join(f"{shape} {_words(shape)} {counted(gain.second)}, {gain}" for shape, gain in gains.items())
        return self.point(
            f"{self._place(level)}/vs-small",
            label=f"{self._placed(level)}: the ticket less a small network from scratch",
            expected="above 0",
            **gains[best].fields,
            verdict=self.judged(beats_all(list(gains.values()))),
            rule=SMALL_RULE,
            note=f"Scratch-E. Ticket {counted(gains[best].first)} with {ticket_size(self.plan, level)} parameters "
            f"(surviving weights and all biases), less the small network that did best, {best}. All of them: {each}.",
        )

    def _equal_compute(self, level: int, gain: Comparison) -> Point:
        small = self[level, "long"]
        shape, dense, budget = self.shapes[level][0], (2 * self.width, self.width), self.lab.updates
        updates = updates_of_equal_compute(shape, dense, budget, self.plan.train.check_every)
        return self.point(
            f"{self._place(level)}/vs-small-longer",
            label=f"{self._placed(level)}: the ticket less a small network of equal compute",
            expected="above 0",
            **gain.fields,
            verdict=self.judged(gain.beats),
            seconds=small.seconds,
            rule=SMALL_RULE,
            note=f"Scratch-B. Ticket {counted(gain.first)} after {budget:,} updates, {shape} {_words(shape)} "
            f"{counted(gain.second)} after {updates:,}: {multiply_adds(shape)} multiplications per cell against "
            f"{multiply_adds(dense)} of the dense network, whose training costs the same. {gain}.",
        )

    def _many(self, level: int) -> Point:
        """What the whole search costs, spent on small networks: how likely one of them is certified."""
        found, shape = self[self.width], self.shapes[level][0]
        small = self[level, shape]
        searched = sum(found.row(number)["kept"] for number in range(level + 1))
        tries = max(1, searched // multiply_adds(shape))
        low, high = (chance_of_one(end, tries) for end in small.rate["interval"])
        return self.point(
            f"{self._place(level)}/many-small",
            label=f"{self._placed(level)}: chance that one of many small networks is certified",
            measured=chance_of_one(small.rate["measured"], tries),
            interval=(low, high),
            unit="rate",
            note=f"Chance that one of {tries} networks {shape} {_words(shape)} is certified, from their rate of "
            f"{counted(small.count)}. So many can be trained for the multiplications of a whole search, from the dense "
            f"network to the ticket's own training, pruned weights not counted ({searched} per cell and update). The "
            f"search gives a certified ticket of this size in {100 * np.mean(found.arm(level)):.0f} %.",
        )

    def times(self, width: int, level: int) -> dict[str, Times]:
        """When the networks of the ticket, the dense network and random reinit were first certified, at a level."""
        found, budget = self[width], self.lab.updates
        return {
            "ticket": times_at(found, level, "ticket", budget, "winning ticket"),
            "dense": times_at(found, 0, "ticket", budget, "dense network"),
            "reinit": times_at(found, level, "reinit", budget, "random reinit"),
        }

    def _pace(self) -> Iterator[Point]:
        """For each width, which pairs the ticket wins against the dense network and against random reinit."""
        at, verdict = self.lab.at, self.lab.verdict
        times = {(width, level): self.times(width, level) for width in self.lab.replicates for level in at}
        races = corrected(
            {
                (*place, other): race(arms["ticket"], arms[other])
                for place, arms in times.items()
                for other in RIVALS_IN_SPEED
            }
        )
        for width in self.lab.replicates:
            for other, words in RIVALS_IN_SPEED.items():
                found, one = self[width], races[width, verdict, other]
                course = "; ".join(_score(found.density(level), races[width, level, other]) for level in at)
                yield self.point(
                    f"m={width}/faster-than-{other}",
                    label=f"m={width}, pairs in which the ticket is certified before {words}",
                    expected="above 50 %",
                    **one.fields,
                    verdict=self.judged(one.beats),
                    rule=SPEED_RULE,
                    outcome="ever_solved",
                    note="Pairs in which the ticket was first, of those with a first, at density "
                    f"{found.density(verdict):.2f}. {one.in_words('the ticket', words)} Won and lost, with p after "
                    f"Holm: {course}.",
                )

    def answer(self, points: Points) -> str:
        """What was found."""
        at = f"m={self.width}"
        small = points.judged(f"{at}/*%/vs-small")
        controls = {
            "its mask with new weights": points[f"{at}/vs-reinit"],
            "its weights under a shuffled mask": points[f"{at}/vs-{FAIR}"],
            "the best small dense network of as many parameters": small[self.lab.at.index(self.lab.verdict)],
        }
        said = [*versus(MATCHES, {"the dense network": points[f"{at}/vs-dense"]}), *versus(BEATS, controls)]
        return f"At {self.share} of its weights, by the difference of success rates, a ticket {listed(said)}."

    def figures(self) -> Iterator[Figure]:
        """Success against density with every arm at the headline width; the other widths; and the pace."""
        imp, others = self[self.width], sorted(set(self.lab.replicates) - {self.width})
        certified = f"certified after {self.lab.updates:,} updates, with Wilson's 95 % intervals"
        densities = {level: imp.density(level) for level in self.lab.at}
        best = {density: self[level, self.shapes[level][0]].count for level, density in densities.items()}
        longer = {density: self[level, "long"].count for level, density in densities.items()}
        small = [rates("small from scratch", best), rates("small, equal compute", longer)]
        yield Figure(
            title="The ticket alone, its controls and small networks",
            caption=f"m={self.width}, {self.lab.replicates[self.width]} replicates of every arm, {certified}. A small "
            "network stands at the density of the ticket that it is held against: the best shape with at most as many "
            "parameters, trained as long as the ticket or for as many multiplications as the dense network. The line "
            "marks the density of the verdict.",
            drawn=success_against_density(
                [*self._arms(self.width), *small], verdict_density=densities[self.lab.verdict]
            ),
        )
        if others:
            counts = ", ".join(f"{self.lab.replicates[width]} at m={width}" for width in others)
            yield Figure(
                title="The ticket and its controls at other widths",
                caption=f"Networks {certified}; replicates: {counts}.",
                drawn=densities_in_panels({f"m={width}": self._arms(width) for width in others}),
                part="widths",
            )
        yield Figure(
            title="Time to the first certificate",
            caption=f"Networks of width m={self.width} not yet certified at any look (Kaplan and Meier, pointwise 95 % "
            "intervals). The dense network is the same in every panel.",
            drawn=survival_in_panels(
                {
                    f"{100 * density:.0f} % kept": list(self.times(self.width, level).values())
                    for level, density in densities.items()
                }
            ),
            part="pace",
        )

    def _arms(self, width: int) -> list[Rates]:
        found, every = self[width], range(self.lab.levels + 1)
        arms = (
            ("winning ticket", "ticket", every),
            ("random reinit", "reinit", self.lab.at),
            ("shuffled mask", "shuffled", self.lab.at),
        )
        at = self.lab.at if width in self.fair_widths else ()
        fair = {level: self["fair", width].against_fair_shuffle(level) for level in at}
        shuffles = {found.density(level): count(pair[1]) for level, pair in fair.items() if pair is not None}
        return [
            rates(label, {found.density(level): count(found.arm(level, arm)) for level in levels})
            for label, arm, levels in arms
        ] + ([rates("shuffled, can be exact", shuffles)] if shuffles else [])


def _pair(found: Found, level: int, arm: str) -> Comparison | None:
    """The ticket against a control of the same replicates; None where no shuffle that can be exact was found."""
    arms = found.against_fair_shuffle(level) if arm == FAIR else (found.arm(level), found.arm(level, arm))
    return None if arms is None else paired(*arms)


def _gains(beside: Mapping[tuple[Any, str], Found], at: Sequence[int]) -> dict[tuple[Any, str, int], Comparison]:
    """The ticket against controls by whatever names them and the level, corrected over all of them."""
    pairs = {(*key, level): _pair(found, level, key[1]) for key, found in beside.items() for level in at}
    return corrected({key: pair for key, pair in pairs.items() if pair is not None})


def matching_levels(verdicts: list[Verdict]) -> int:
    """How many levels match, from the densest on; a level counts only if all denser ones match.

    A level is tested only where all before it have passed, so testing many of them needs no correction.
    """
    return len(list(takewhile(lambda verdict: verdict == "reproduced", verdicts)))


def beats_all(gains: Sequence[Comparison]) -> Verdict:
    """Judge the ticket against every shape tried, by the rule that `SMALL_RULE` words.

    Args:
        gains: the ticket against each shape, corrected.
    """
    if all(gain.difference.value > 0 and gain.p_value < ALPHA for gain in gains):
        return "reproduced"
    return "contradicted" if any(gain.beats == "contradicted" for gain in gains) else "undecided"


def _score(density: float, one: Race) -> str:
    return f"at {100 * density:.0f} % {one.wins} to {one.losses} (p = {one.p:.2g})"


def _beside(density: float, pair: Comparison) -> str:
    return f"at {100 * density:.0f} % {counted(pair.first)} and {counted(pair.second)} (p = {pair.p:.2g})"


def _words(shape: Features) -> str:
    return f"({parameter_count(LifeNet(features=shape))} parameters)"
