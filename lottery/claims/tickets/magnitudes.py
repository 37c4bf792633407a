"""Claim: of a ticket's initial weights the signs matter more than the magnitudes.

Zhou et al. (2019) say it of image classifiers. Four ways to choose magnitudes (as they were, drawn afresh, shuffled
within the layer, one constant per layer), each with the signs kept and with the signs lost.

    expected: the signs are worth more than the magnitudes

    python scripts/replicate.py --claims magnitudes                   # some 20 minutes, 4 of them not in `alone`
    python scripts/replicate.py --claims magnitudes --preset smoke    # seconds
"""

from collections.abc import Iterator
from dataclasses import replace

from lottery.claims.frame import lab
from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.series import named
from lottery.report.figures.rate_panels import rates_in_panels
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import corrected, count, counted, paired
from lottery.statistics.keeping import keeps, keeps_rule, smallest_margin
from lottery.statistics.verdicts import beats_rule

FAMILIES = {
    "redrawn": ("reinit_sign", "reinit"),
    "shuffled": ("reshuffled_sign", "reshuffled"),
    "constant": ("constant_sign", "constant"),
}  # how magnitudes are changed: the arm with the signs kept, and the one without
WORDS = {"redrawn": "drawn afresh", "shuffled": "shuffled in the layer", "constant": "one constant per layer"}
SIGNS_RULE = f"{beats_rule()} Signs kept against signs lost; Holm's correction over all densities and magnitudes."
MORE_RULE = (
    f"{beats_rule()} The arm that keeps signs and changes magnitudes against the one that keeps magnitudes and draws "
    "signs: the ticket loses less by the one than by the other. Holm's correction over the three changes."
)


class Magnitudes(lab.LabClaim):
    """Signs against magnitudes, what the signs are worth, and whether the magnitudes are worth anything."""

    fixed = "2026-11-25 14:09:38"
    name = "magnitudes"
    question = "Do the signs of a ticket's initial weights matter more than their magnitudes?"
    statement = "Of a ticket's initial weights the signs matter more than the magnitudes."
    source = "Zhou et al. 2019, arXiv 1905.01067, section 4: the sign of a kept weight matters most, its size hardly"
    protocol = (
        "Tickets found level by level (weights pruned by magnitude, biases kept) start from changed weights; all arms "
        "of a replicate have one mask and the same batches. Magnitudes: as they were; drawn afresh from the "
        "initialiser; shuffled within the layer; one constant per layer, the standard deviation of its initial "
        "weights. Signs: kept, or lost, that is drawn with the magnitudes, shuffled with them, or shuffled alone. With "
        "the constants signs are all that changes. One arm is ours and not theirs: magnitudes as they were, each sign "
        "drawn by a fair coin, at the density of the verdict. Left open by the source, and our choice: width, budget "
        "and densities."
    )
    rule = (
        f"Signs over magnitudes, the claim itself: {MORE_RULE} Signs: {SIGNS_RULE} Magnitudes: {keeps_rule(0.10)} With "
        f"a budget below {lab.JUDGED_FROM:,} updates always undecided."
    )

    def pieces(self) -> dict[str, Piece]:
        """The headline's tickets with all controls of signs, and the arm that keeps magnitudes alone."""
        return {"levels": lab.imp(self.plan, self.width), "resigned": self._resigned()}

    def _resigned(self) -> Piece:
        """The same tickets up to the verdict's level, and there the arm with magnitudes kept and signs drawn anew.

        A piece of its own, so that `lab.imp`, which other claims share, does not depend on it; it finds the same masks.
        """
        last = self.lab.verdict
        how = replace(lab.pruning(self.plan, controls=("resigned",), at=(last,)), levels=last)
        return lab.pruned(self.plan, "lab-resigned", how)

    def points(self) -> Iterator[Point]:
        """Which loss is larger; what the signs are worth at every density; whether the magnitudes are worth any."""
        yield from self._signs_over_magnitudes()
        yield from self._signs()
        yield from self._magnitudes()

    def _signs_over_magnitudes(self) -> Iterator[Point]:
        """Signs kept and magnitudes changed, against magnitudes kept and signs drawn; and what that loses."""
        level, found, seconds = self.lab.verdict, self["levels"], self["resigned"].seconds
        ticket, without = found.arm(level), self["resigned"].arm(level, "resigned")
        share = f"at density {found.density(level):.2f}, fixed beforehand"
        gains = corrected({how: paired(found.arm(level, signed), without) for how, (signed, _) in FAMILIES.items()})
        for how, gain in gains.items():
            yield self.point(
                f"signs-over-magnitudes/{how}",
                label=f"Signs kept and magnitudes {WORDS[how]}, less magnitudes kept and signs drawn",
                expected="above 0",
                **gain.fields,
                verdict=self.judged(gain.beats),
                rule=MORE_RULE,
                seconds=seconds,
                note=f"Signs kept and magnitudes {WORDS[how]} {counted(gain.first)}, magnitudes kept and signs drawn "
                f"{counted(gain.second)}, {share}. The ticket: {counted(count(ticket))}; McNemar's p after Holm = "
                f"{gain.p:.2g}.",
            )
        lost = paired(ticket, without)
        yield self.point(
            "signs/as-they-were",
            label="The ticket less itself with its signs drawn anew",
            expected="above 0",
            **lost.fields,
            verdict=self.judged(lost.beats),
            rule=f"{beats_rule()} The ticket against itself with its signs drawn anew.",
            seconds=seconds,
            note=f"Magnitudes as they were, {share}: signs kept {counted(lost.first)}, drawn anew "
            f"{counted(lost.second)}; exact McNemar p = {lost.p:.2g}.",
        )

    def _signs(self) -> Iterator[Point]:
        """What keeping the signs gives, for each change of magnitudes at each density."""
        found = self["levels"]
        gains = corrected(
            {
                (how, level): paired(found.arm(level, signed), found.arm(level, unsigned))
                for how, (signed, unsigned) in FAMILIES.items()
                for level in self.lab.at
            }
        )
        for (how, level), gain in gains.items():
            yield self.point(
                f"signs/{how}/{100 * found.density(level):.0f}%",
                label=f"Signs kept less lost, magnitudes {WORDS[how]}, {100 * found.density(level):.0f} % kept",
                expected="above 0",
                **gain.fields,
                verdict=self.judged(gain.beats),
                rule=SIGNS_RULE,
                seconds=found.seconds,
                note=f"Magnitudes {WORDS[how]}: signs kept {counted(gain.first)}, lost {counted(gain.second)}; "
                f"McNemar's p after Holm = {gain.p:.2g}.",
            )

    def _magnitudes(self) -> Iterator[Point]:
        """Whether the ticket keeps its success when magnitudes are changed and signs kept."""
        found, margin = self["levels"], smallest_margin(self.lab.replicates[self.width])
        for how, (signed, _) in FAMILIES.items():
            for level in self.lab.at:
                loss = paired(found.arm(level, signed), found.arm(level))
                yield self.point(
                    f"magnitudes/{how}/{100 * found.density(level):.0f}%",
                    label=f"Magnitudes {WORDS[how]} less as they were, {100 * found.density(level):.0f} % kept",
                    expected="no loss",
                    **loss.fields,
                    verdict=self.judged(keeps(loss, margin)),
                    rule=f"{keeps_rule(margin)} Here the changed ticket is held against the ticket.",
                    seconds=found.seconds,
                    note=f"Signs kept, magnitudes {WORDS[how]} {counted(loss.first)}; as they were "
                    f"{counted(loss.second)}; exact McNemar p = {loss.p:.2g}, not corrected.",
                )

    def answer(self, points: Points) -> str:
        """What was found."""
        lost = points["signs/as-they-were"]
        return f"With the magnitudes kept, a ticket gains {told(lost)} by keeping its signs. " + of_all(
            points.judged("signs-over-magnitudes/*"),
            "ways to change the magnitudes",
            "cost less than changing the signs",
            "cost more",
        )

    def figures(self) -> Iterator[Figure]:
        """One panel per density, one row per choice of magnitudes, one mark with the signs kept and one without."""
        found, panels = self["levels"], {}
        for level in self.lab.at:
            kept, lost = {"as they were": count(found.arm(level))}, {}
            if level == self.lab.verdict:
                lost["as they were"] = count(self["resigned"].arm(level, "resigned"))
            for how, (signed, unsigned) in FAMILIES.items():
                kept[WORDS[how]] = count(found.arm(level, signed))
                lost[WORDS[how]] = count(found.arm(level, unsigned))
            panels[f"{100 * found.density(level):.0f} % kept"] = [named("signs kept", kept), named("signs lost", lost)]
        yield Figure(
            title="Signs and magnitudes of a ticket's initial weights",
            caption=f"m={self.width}, {self.lab.replicates[self.width]} replicates, certified after "
            f"{self.lab.updates:,} updates, with Wilson's 95 % intervals. Rows: the magnitudes that the kept weights "
            "start from. Magnitudes as they were with signs drawn anew were trained at the density of the verdict "
            "alone.",
            drawn=rates_in_panels(panels),
        )
