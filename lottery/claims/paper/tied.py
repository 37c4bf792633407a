"""Claim: steps that share one set of weights, as the steps of the automaton share one rule, are no easier to learn.

Bibin and Dereventsov 2024, arXiv 2408.12778: two minimal steps in sequence succeed in at most 2 of 100 runs

python scripts/replicate.py --claims tied                    # some 8 minutes on two cores
python scripts/replicate.py --claims tied --preset smoke     # a minute or two
"""

from collections.abc import Iterator, Sequence

import numpy as np

from lottery.claims.frame.answers import Points, aside
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.train import training_piece
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Count, corrected, count, independent
from lottery.statistics.verdicts import same_rates, same_rates_p, same_rates_rule

CELLS = {f"n={steps}/a={channels}": (steps, channels) for steps in (2, 3) for channels in (2, 8)}
KINDS = ("tied", "free")
ARMS = {f"{cell}/{kind}": (*CELLS[cell], kind) for cell in CELLS for kind in KINDS}
MINIMAL = ("n=2/a=2/tied", "n=2/a=2/free")  # the published rate is that of one of them
PUBLISHED = (2, 100)


class Tied(Claim):
    """Chains of two and three steps, whose blocks share their weights or do not."""

    fixed = "2026-11-25 11:40:08"
    name = "tied"
    question = "Is it easier to learn several steps with one set of weights for all of them?"
    statement = (
        "Two steps in sequence are hardly ever learned by minimal networks, whether their blocks share weights or not."
    )
    source = (
        "Bibin and Dereventsov 2024 (arXiv 2408.12778): at most 2 of 100 for two steps; tied against free: our question"
    )
    protocol = (
        "Blocks of a 3x3 convolution to a channels and a 1x1 convolution to one channel, n=2 and n=3 of them in a "
        "chain and a read-out, trained on the boards n generations later. Tied blocks share one set of weights (25 "
        "parameters at a=2 for any n), free ones have their own (23n+2 at a=2: the paper's minimal network). The wider "
        "ones have a=8. Arms are independent. Data, loss and optimiser are Springer and Kenyon's; Bibin and "
        "Dereventsov trained on one board, had no read-out, and which of the two kinds their sequence was is not "
        "known, so both are held against it. Solved networks leave, so a success is a network that was certified at "
        "one check at least (ever_solved), which can only be more than at the end. Certificates are exact for n=2 (all "
        "5x5 windows); for n=3 by composition or, where that argument does not apply, on 4,096 fresh boards and by a "
        "search for wrong windows."
    )
    rule = (
        f"n=2, a=2: {same_rates_rule()} {BUDGET_RULE} Only a rate above the published one contradicts it with any "
        "budget, because certified at one check at least is a success that more updates cannot undo. Tied against free "
        "has no published number; Fisher's test with Holm's correction is in the notes."
    )
    outcome = "ever_solved"
    sizes = BySize(smoke=Size(8, 500), laptop=Size(16, 20_000), paper=Size(64, 125_000))

    def pieces(self) -> dict[str, Piece]:
        """One piece per arm."""
        return {arm: self._trained(arm) for arm in ARMS}

    def _trained(self, arm: str) -> Piece:
        plan, (steps, channels, kind) = self.plan, ARMS[arm]
        # The fused kernels do not know tied blocks; to say so beforehand saves a warning.
        arrangement = "tables" if kind == "tied" and plan.train.arrangement == "auto" else plan.train.arrangement
        return training_piece(
            f"tied-n{steps}-a{channels}-{kind}",
            plan.network(steps=steps, features=(channels, 1), tied=kind == "tied"),
            plan.training(self.size.updates, stop_when_solved=True, arrangement=arrangement),
            seed=plan.seed,
            # From 1 on: networks 0 to 3 of some arms had been looked at before the rule was fixed (docs/method.md).
            replicates=numbers(1 + list(ARMS).index(arm), self.size.replicates),
        )

    def points(self) -> Iterator[Point]:
        """The rate of each arm; and for each depth and width, tied minus free."""
        counts = {arm: count(self[arm].ever_solved) for arm in ARMS}
        published = dict.fromkeys(MINIMAL, PUBLISHED)
        verdicts, p_values = same_rates(published, counts), same_rates_p(published, counts)
        for arm in ARMS:
            yield self.point(
                arm,
                label="{} steps, {} channels, {} blocks".format(*ARMS[arm]),
                expected="at most 2 %" if arm in MINIMAL else None,
                **rate_of(*counts[arm]),
                verdict=self._verdict(verdicts.get(arm, "new"), counts[arm]),
                p=p_values.get(arm),
                seconds=self[arm].seconds,
                note=f"{self[arm]['parameters']} parameters.{_times(self[arm]['first_solved'])}",
            )
        gains = corrected({cell: independent(counts[f"{cell}/tied"], counts[f"{cell}/free"]) for cell in CELLS})
        for cell, gain in gains.items():
            label = "{} steps, {} channels: tied less free".format(*CELLS[cell])
            yield self.point(f"{cell}/tied-minus-free", label=label, **gain.fields, note=f"{gain}.")

    def _verdict(self, verdict: str, measured: Count) -> str:
        above = measured[0] / measured[1] > PUBLISHED[0] / PUBLISHED[1]
        return verdict if verdict == "contradicted" and above else self.at_full_budget(verdict)

    def answer(self, points: Points) -> str:
        """What was found."""
        tied, free = (points[name] for name in MINIMAL)
        return (
            f"{told(tied, 'minimal networks with shared weights')} learn two steps{aside(tied)}, and {told(free)} with "
            "weights of their own for each step. Sharing changes the rate by "
            f"{told(points['n=2/a=8/tied-minus-free'])} in wider ones."
        )

    def figures(self) -> Iterator[Figure]:
        """Tied and free blocks side by side, for each depth and width."""
        words = {cell: f"{steps} steps, {channels} channels" for cell, (steps, channels) in CELLS.items()}
        ours = [
            named(f"{kind} blocks", {words[cell]: count(self[f"{cell}/{kind}"].ever_solved) for cell in CELLS})
            for kind in KINDS
        ]
        theirs = named("Bibin and Dereventsov, at most", {words["n=2/a=2"]: PUBLISHED})
        yield Figure(
            title="Blocks that share their weights, and blocks that do not",
            caption=f"Networks certified within {self.size.updates:,} updates, with Wilson's 95 % intervals. Channels "
            "are those of each block's 3x3 convolution; one is passed on.",
            drawn=rates_by_name([*ours, theirs], xlabel="networks certified at one check at least"),
        )


def _times(first_solved: Sequence[int]) -> str:
    times = [update for update in first_solved if update >= 0]
    return f" The median of those solved took {np.median(times):,.0f} updates." if times else ""
