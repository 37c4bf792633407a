"""Claim: the winning ticket beats its reinitialised self, its shuffled self and the small network from scratch."""

from collections.abc import Iterator, Mapping
from typing import Any

from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.headline import iterative, small_from_scratch
from lottery.claims.frame.series import rates
from lottery.claims.frame.small_networks import neighbours, small_widths, ticket_parameters
from lottery.report.figures.figure import success_against_density
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, independent, paired
from lottery.statistics.verdicts import beats_rule, matches, matches_rule

CONTROLS = {"reinit": "the same mask with new weights", "shuffled": "its weights under a shuffled mask"}


class Ticket(Claim):
    """The ticket against the dense network, its controls and small networks, at one density and at all others."""

    fixed = "2026-11-23 19:15:12"
    name = "ticket"
    statement = (
        "A winning ticket, trained from its initial weights, beats the same mask with new weights, a shuffled mask "
        "with the same weights, and a small dense network from scratch."
    )
    source = "Frankle and Carbin 2019, arXiv 1803.03635; shuffled masks: Frankle et al. 2021, arXiv 2009.08576"
    protocol = (
        "Iterative magnitude pruning of the weights (biases are kept) with rewinding to the initial weights. Ticket, "
        "random reinit and shuffled mask of a replicate see the same batches and are compared in pairs; small dense "
        "networks of the nearest parameter counts on both sides are independent. The verdict falls at one density, "
        "fixed beforehand; the other levels are corrected by Holm's method."
    )
    rule = f"{matches_rule()} Against controls: {beats_rule()}"
    headline = True

    def pieces(self) -> Mapping[Any, Piece]:
        """The pruned networks with their controls, and by width the small ones from scratch."""
        return {"levels": iterative(self.plan, biases=False), **small_from_scratch(self.plan)}

    def points(self) -> Iterator[Point]:
        """Ticket against dense, each control and the small networks at the verdict's density; then the other levels."""
        found, level = self["levels"], self.plan.verdict_level
        ticket, others = found.arm(level), [other for other in range(1, self.plan.levels + 1) if other != level]
        loss = paired(ticket, found.dense)
        yield self.point(
            "vs-dense",
            expected="no loss",
            **loss.fields,
            verdict=matches(loss.difference.interval),
            seconds=found.seconds,
            rule=matches_rule(),
            note=f"At density {found.density(level):.2f}: ticket {counted(loss.first)}, dense {counted(loss.second)}. "
            "That it matches is the hypothesis behind the claim.",
        )
        for arm, words in CONTROLS.items():
            pair = paired(ticket, found.arm(level, arm))
            note = f"Ticket {counted(pair.first)}, control {counted(pair.second)}; exact McNemar p = {pair.p:.2g}."
            yield self._gain(f"vs-{arm}", words, pair, found.seconds, note)
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

    def _gain(self, name: str, words: str, gain: Comparison, seconds: float, note: str) -> Point:
        density = (1 - self.plan.prune_fraction) ** self.plan.verdict_level
        return self.point(
            name,
            expected="above 0",
            **gain.fields,
            verdict=gain.beats,
            seconds=seconds,
            rule=beats_rule(),
            note=f"At density {density:.2f}, against {words}. {note}",
        )

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
            measured=float(len(won)),
            rule=f"At each of the other levels: {beats_rule()} p-values are corrected by Holm's method over these "
            "levels.",
            note=f"Of {len(others)} other levels, how many it beats {CONTROLS[arm]} at. Better at densities "
            f"{', '.join(won) or 'none'}; worse at {', '.join(lost) or 'none'}.",
        )

    def figures(self) -> Iterator[Figure]:
        """Success against density, the ticket and all that stands beside it in one panel."""
        plan, found = self.plan, self["levels"]
        at = {level: found.density(level) for level in range(1, plan.levels + 1)}
        tickets = {density: count(found.arm(level)) for level, density in at.items()}
        arms = [rates("winning ticket", {1.0: count(found.dense), **tickets})]
        for label, arm in (("random reinit", "reinit"), ("shuffled mask", "shuffled")):
            arms.append(rates(label, {density: count(found.arm(level, arm)) for level, density in at.items()}))
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
