"""Claim: minimal networks are hard to train whatever the optimiser; our question, no source has numbers for it.

Springer and Kenyon trained with Adam at 1e-3: 3 of 64 networks with n=1, m=1. Here the same networks, from the same
initial weights and on the same batches, are trained by six optimisers at two or three learning rates each.

    python scripts/replicate.py --claims optimisers                    # some 5 minutes on two cores
    python scripts/replicate.py --claims optimisers --preset smoke     # a minute, most of it compiling
"""

from collections.abc import Iterator

from lottery.claims.frame.answers import Points, aside
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.reruns import papers_piece
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size
from lottery.experiments.train import training_piece
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import corrected, paired
from lottery.statistics.verdicts import ALPHA, same_rate, same_rate_rule

RATES = {
    "adam": (1e-3, 3e-3),
    "adamw": (1e-3, 3e-3),
    "nadam": (1e-3, 3e-3),
    "rmsprop": (1e-3, 3e-3),
    "momentum": (1e-2, 3e-2, 1e-1),
    "sgd": (1e-1, 3e-1, 1.0),
}
WORDS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "nadam": "NAdam",
    "rmsprop": "RMSprop",
    "momentum": "momentum",
    "sgd": "gradient descent",
}
ARMS = {f"{optimiser}/{rate:g}": (optimiser, rate) for optimiser, rates in RATES.items() for rate in rates}
IN_WORDS = {arm: f"{WORDS[optimiser]}, {rate:g}" for arm, (optimiser, rate) in ARMS.items()}
PAPERS, PUBLISHED = "adam/0.001", (3, 64)


class Optimisers(Claim):
    """Six optimisers at several learning rates, on the same replicates."""

    fixed = "2026-11-25 11:40:08"
    name = "optimisers"
    question = "Are minimal networks hard to train whatever the optimiser?"
    statement = "Minimal networks are hard to train whatever the optimiser."
    source = "Our question; with Adam: Springer and Kenyon 2020 (arXiv 2009.01398), 3 of 64"
    protocol = (
        "The paper's network with n=1, m=1, trained as in the paper but for the optimiser: Adam, AdamW (decay 0.01), "
        "NAdam, RMSprop (decay 0.99), momentum (0.9) and plain gradient descent, each at two or three constant "
        "learning rates suited to it; one rate for all would be unfair to those that do not scale their steps. All "
        "rates are reported, so the best of an optimiser is a selection and its rate of success is flattered. "
        "Replicates are shared: the same initial weights and batches under every optimiser."
    )
    rule = (
        f"Adam at 0.001: {same_rate_rule()} {BUDGET_RULE} The others have no published number; they are compared with "
        f"it in pairs (exact McNemar, Holm's correction), and the last point counts those with p < {ALPHA:g}."
    )
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(48, 125_000), paper=Size(64, 125_000))

    def pieces(self) -> dict[str, Piece]:
        """One piece per optimiser and learning rate; the paper's own is that of the claim about width."""
        return {arm: papers_piece(self.plan, self.size) if arm == PAPERS else self._trained(arm) for arm in ARMS}

    def _trained(self, arm: str) -> Piece:
        optimiser, rate = ARMS[arm]
        return training_piece(
            f"optimisers-{optimiser}-{rate:g}",
            self.plan.network(),
            self.plan.training(self.size.updates, optimiser=optimiser, learning_rate=rate),
            seed=self.plan.seed,
            replicates=range(self.size.replicates),
        )

    def points(self) -> Iterator[Point]:
        """The rate of each arm, and how many of them beat the paper's."""
        gains = corrected({arm: paired(self[arm].solved, self[PAPERS].solved) for arm in ARMS if arm != PAPERS})
        for arm in ARMS:
            found, ours = self[arm], arm == PAPERS
            yield self.point(
                arm,
                label=IN_WORDS[arm],
                expected=PUBLISHED[0] / PUBLISHED[1] if ours else None,
                **found.rate,
                verdict=self.at_full_budget(same_rate(PUBLISHED, found.count)) if ours else "new",
                seconds=found.seconds,
                note=f"{found.ever} of {found.count[1]} were certified at one check at least. "
                + ("The paper's." if ours else f"Minus Adam at 0.001: {gains[arm]}."),
            )
        better = [arm for arm, gain in gains.items() if gain.beats == "reproduced"]
        worse = [arm for arm, gain in gains.items() if gain.beats == "contradicted"]
        yield self.point(
            "better",
            label="Other settings that succeed more often than Adam at 0.001",
            measured=float(len(better)),
            unit="number",
            note=f"Of {len(gains)} other settings {len(better)} succeed more often than Adam at 0.001 "
            f"({', '.join(better) or 'none'}), {len(worse)} less often ({', '.join(worse) or 'none'}).",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        adam = points[PAPERS]
        return (
            f"{told(adam, 'minimal networks')} learn one step with Adam{aside(adam)}. Of {len(ARMS) - 1} other "
            f"settings, {told(points['better'])} do better beyond chance."
        )

    def figures(self) -> Iterator[Figure]:
        """The rate of each optimiser at each learning rate."""
        ours = named("this run", {words: self[arm].count for arm, words in IN_WORDS.items()})
        yield Figure(
            title="Minimal networks under other optimisers",
            caption=f"Networks certified after {self.size.updates:,} updates, by optimiser and learning rate, with "
            "Wilson's 95 % intervals.",
            drawn=rates_by_name([ours, named("Springer and Kenyon 2020", {IN_WORDS[PAPERS]: PUBLISHED})]),
        )
