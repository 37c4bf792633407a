"""Claim: the winning ticket beats its reinitialised self, its shuffled self and the small network from scratch."""

from collections.abc import Iterator, Mapping
from typing import Any

from lottery.claims.frame.answers import BEATS, MATCHES, Points, listed, versus
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.headline import fair, iterative, small_from_scratch
from lottery.claims.frame.series import rates
from lottery.claims.frame.small_networks import neighbours, small_widths, ticket_parameters
from lottery.report.figures.figure import success_against_density
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, independent, paired
from lottery.statistics.verdicts import beats_rule, matches, matches_rule
from lottery.tickets.arms import FAIR, TRIES

CONTROLS = {"reinit": "the same mask with new weights", "shuffled": "its weights under a shuffled mask of any kind"}
PLAIN_RULE = "Reported, not judged: most shuffles of a sparse mask cannot be exact, whatever their weights are."


class Ticket(Claim):
    """The ticket against the dense network, its controls and small networks, at one density and at all others."""

    fixed = "2026-11-27 15:47:55"
    name = "ticket"
    question = "Does a winning ticket do as well as its dense network, and better than its controls?"
    statement = (
        "A winning ticket, trained from its initial weights, beats the same mask with new weights, a shuffled mask "
        "with the same weights, and a small dense network from scratch."
    )
    source = "Frankle and Carbin 2019, arXiv 1803.03635; shuffled masks: Frankle et al. 2021, arXiv 2009.08576"
    protocol = (
        "Iterative magnitude pruning of the weights (biases are kept) with rewinding to the initial weights. Ticket, "
        "random reinit and shuffled mask of a replicate see the same batches and are compared in pairs; small dense "
        "networks of the nearest parameter counts on both sides are independent. The verdict falls at one density, "
        "fixed beforehand; the other levels are corrected by Holm's method. The verdict on shuffled masks is on those "
        f"drawn evenly among the shuffles within layers that can be exact (`lottery.can_be_exact`; {TRIES:,} are "
        "tried), for the replicates where one was found. The claim `alone` asks the same of more networks, of other "
        "widths, and of a second seed. What this page said before: its verdict on shuffled masks came from shuffles of "
        "any kind, of which a few in a hundred can be exact at this density and width, so that they were beaten before "
        "training began."
    )
    rule = f"{matches_rule()} Against controls: {beats_rule()}"
    headline = True

    def pieces(self) -> Mapping[Any, Piece]:
        """The pruned networks with their controls, and by width the small ones from scratch."""
        return {
            "levels": iterative(self.plan, biases=False),
            "fair": fair(self.plan),
            **small_from_scratch(self.plan),
        }

    def points(self) -> Iterator[Point]:
        """Ticket against dense, each control and the small networks at the verdict's density; then the other levels."""
        found, level = self["levels"], self.plan.verdict_level
        ticket, others = found.arm(level), [other for other in range(1, self.plan.levels + 1) if other != level]
        loss = paired(ticket, found.dense)
        yield self.point(
            "vs-dense",
            label="The ticket less the dense network",
            expected="no loss",
            **loss.fields,
            verdict=matches(loss.difference.interval),
            seconds=found.seconds,
            rule=matches_rule(),
            note=f"At density {found.density(level):.2f}: ticket {counted(loss.first)}, dense {counted(loss.second)}. "
            f"That it matches is the hypothesis behind the claim. {self['fair'].possible_in_words(level)}",
        )
        yield self._against_fair_shuffle()
        for arm, words in CONTROLS.items():
            pair = paired(ticket, found.arm(level, arm))
            note = f"Ticket {counted(pair.first)}, control {counted(pair.second)}; exact McNemar p = {pair.p:.2g}."
            judged = {"verdict": "new", "rule": PLAIN_RULE, "expected": None} if arm == "shuffled" else {}
            yield self._gain(f"vs-{arm}", words, pair, found.seconds, note, **judged)
            if others:
                yield self._other_levels(others, arm)
        for width in neighbours(self.plan, level):
            small = self[width]
            gain = independent(count(ticket), small.count)
            note = (
                f"Ticket {counted(gain.first)} with {ticket_parameters(self.plan, level)} parameters (biases "
                f"counted), small network {counted(gain.second)} with {small['parameters']}; Fisher p = {gain.p:.2g}."
            )
            words = f"a dense network of width m={width} from scratch"
            yield self._gain(f"vs-scratch-m{width}", words, gain, small.seconds, note)

    def _against_fair_shuffle(self) -> Point:
        """The ticket against a shuffled mask that can be exact, of the replicates where one was found."""
        found, level = self["fair"], self.plan.verdict_level
        arms, masks = found.against_fair_shuffle(level), found.possible_in_words(level, FAIR)
        words = "its weights under a shuffled mask that can be exact"
        if arms is None:
            note = f"At density {found.density(level):.2f}, against {words}: none was found in {TRIES:,} tries."
            return self.point(
                f"vs-{FAIR}",
                label=f"The ticket less {words}",
                expected="above 0",
                verdict="undecided",
                rule=beats_rule(),
                seconds=found.seconds,
                note=note,
            )
        pair = paired(*arms)
        note = f"Ticket {counted(pair.first)}, control {counted(pair.second)}; exact McNemar p = {pair.p:.2g}. {masks}"
        return self._gain(f"vs-{FAIR}", words, pair, found.seconds, note)

    def _gain(self, name: str, words: str, gain: Comparison, seconds: float, note: str, **judged: Any) -> Point:
        """The ticket against another arm; `judged` says what is expected, and by which rule, if it is not to win."""
        density = (1 - self.plan.prune_fraction) ** self.plan.verdict_level
        fields = {"expected": "above 0", "verdict": gain.beats, "rule": beats_rule(), **judged}
        note = f"At density {density:.2f}, against {words}. {note}"
        return self.point(name, label=f"The ticket less {words}", **gain.fields, seconds=seconds, note=note, **fields)

    def _other_levels(self, others: list[int], arm: str) -> Point:
        """At how many of the other levels the ticket beats a control, after Holm's correction."""
        found = self["levels"]
        pairs = corrected({level: paired(found.arm(level), found.arm(level, arm)) for level in others})
        verdicts = {level: pair.beats for level, pair in pairs.items()}
        won, lost = (
            [f"{found.density(level):.2f}" for level, verdict in verdicts.items() if verdict == wanted]
            for wanted in ("reproduced", "contradicted")
        )
        return self.point(
            f"vs-{arm}/other-levels",
            label=f"Other levels at which the ticket beats {CONTROLS[arm]}",
            measured=float(len(won)),
            rule=f"At each of the other levels: {beats_rule()} p-values are corrected by Holm's method over these "
            "levels.",
            note=f"Of {len(others)} other levels, how many it beats {CONTROLS[arm]} at. Better at densities "
            f"{', '.join(won) or 'none'}; worse at {', '.join(lost) or 'none'}.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        controls = {
            "its mask with new weights": points["vs-reinit"],
            "its weights under a shuffled mask": points[f"vs-{FAIR}"],
            "a smaller dense network of the paper's shape": points["vs-scratch-*"],
        }
        said = [*versus(MATCHES, {"the dense network": points["vs-dense"]}), *versus(BEATS, controls)]
        return f"By the difference of their success rates, the ticket {listed(said)}."

    def figures(self) -> Iterator[Figure]:
        """Success against density, the ticket, its controls and small networks in one panel."""
        plan, found = self.plan, self["levels"]
        at = {level: found.density(level) for level in range(1, plan.levels + 1)}
        tickets = {density: count(found.arm(level)) for level, density in at.items()}
        arms = [rates("winning ticket", {1.0: count(found.dense), **tickets})]
        for label, arm in (("random reinit", "reinit"), ("shuffled mask", "shuffled")):
            arms.append(rates(label, {density: count(found.arm(level, arm)) for level, density in at.items()}))
        if shuffled := self["fair"].against_fair_shuffle(plan.verdict_level):
            arms.append(rates("shuffled, can be exact", {at[plan.verdict_level]: count(shuffled[1])}))
        dense = found.row(0)
        biases = dense["parameters"] - dense["prunable"]
        # Where a ticket with as many parameters would stand on the axis of densities.
        small = [self[width] for width in reversed(small_widths(plan))]
        scratch = {(one["parameters"] - biases) / dense["prunable"]: one.count for one in small}
        if shown := {density: solved for density, solved in scratch.items() if density >= at[plan.levels]}:
            arms.append(rates("small from scratch", shown))
        yield Figure(
            title="The ticket and its controls",
            caption=f"Networks of width m={plan.ticket_width}, {plan.ticket_replicates} replicates, weights pruned by "
            f"magnitude; certified after {plan.ticket_updates:,} updates. The line marks the density of the verdict. "
            "A small dense network stands at the density at which a ticket has as many parameters, biases counted.",
            drawn=success_against_density(arms, verdict_density=at[plan.verdict_level]),
        )
