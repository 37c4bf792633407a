"""Claim: a penalty on the weights helps minimal networks to learn Life (CellularAutoma).

CellularAutoma (GitHub, YuxiangLiu-lyx), 23 parameters, density 0.3, fixed data:
    no penalty 28 of 100, L1 44 of 100, L2 47 of 100; the strengths are not known

python scripts/replicate.py --claims penalties                    # some 3 minutes on two cores
python scripts/replicate.py --claims penalties --preset smoke     # seconds
"""

from collections.abc import Iterator

from lottery.claims.frame.answers import Points, aside, of_all
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.reruns import CELLULARAUTOMA, cellularautoma, cellularautoma_piece
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.train import training_piece
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import corrected, counted, paired
from lottery.statistics.verdicts import beats_rule, same_rate, same_rate_rule

ARMS = {f"{kind}/{strength:g}": (kind, strength) for kind in ("l1", "l2") for strength in (1e-4, 1e-3)}
PUBLISHED = {"none": (28, 100), "l1": (44, 100), "l2": (47, 100)}
SHARES = {kind: successes / trials for kind, (successes, trials) in PUBLISHED.items()}


class Penalties(Claim):
    """Two strengths of each penalty against none, on the same replicates."""

    fixed = "2026-11-25 11:40:08"
    name = "penalties"
    question = "Does a penalty on the weights help minimal networks to learn?"
    statement = "A penalty on the weights helps minimal networks to learn: 28 of 100 without, 44 with L1, 47 with L2."
    source = "CellularAutoma (GitHub, YuxiangLiu-lyx)"
    protocol = (
        "23 parameters (3x3 convolution, ReLU, 1x1 convolution), fixed boards with a density of 0.3; the loss plus l1 "
        "times the sum of the weights' absolute values, or l2 times that of their squares, biases free. Replicates are "
        "shared: the same initial weights and batches with and without. Left open, and our choice: the strengths (two "
        "of each, ten times apart), the budget (the paper's), cross-entropy, Glorot uniform weights, 8 boards of "
        "32x32. Few boards at this density need not show all 512 neighbourhoods, and a success here is certified on "
        "all of them; a network that is right on its own boards alone, which may be what they counted, is not one."
    )
    rule = (
        f"None: {same_rate_rule()} Penalties: {beats_rule()} The p-values are corrected by Holm's method. {BUDGET_RULE}"
    )
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(64, 125_000), paper=Size(256, 125_000))

    def pieces(self) -> dict[str, Piece]:
        """Without a penalty the networks of the claim `minimal`, and the first of these with each penalty."""
        return {"none": cellularautoma_piece(self.plan), **{arm: self._with_penalty(*ARMS[arm]) for arm in ARMS}}

    def _with_penalty(self, kind: str, strength: float) -> Piece:
        net, settings = cellularautoma(self.plan, self.size.updates, **{kind: strength})
        shared = numbers(CELLULARAUTOMA, self.size.replicates)
        label = f"penalties-{kind}-{strength:g}"
        return training_piece(label, net, settings, seed=self.plan.seed, replicates=shared)

    def points(self) -> Iterator[Point]:
        """The rate without a penalty, and what each penalty adds to it."""
        none = self["none"]
        yield self.point(
            "none",
            label="No penalty",
            expected=SHARES["none"],
            **none.rate,
            verdict=self.at_full_budget(same_rate(PUBLISHED["none"], none.count)),
            seconds=none.seconds,
            note="No penalty; the same networks as in the claim `minimal`.",
        )
        gains = corrected({arm: paired(self[arm].solved, none.solved) for arm in ARMS})
        for arm, (kind, strength) in ARMS.items():
            gain = gains[arm]
            yield self.point(
                arm,
                label=f"{kind.upper()} of {strength:g} less no penalty",
                expected=SHARES[kind] - SHARES["none"],
                **gain.fields,
                verdict=self.at_full_budget(gain.beats),
                seconds=self[arm].seconds,
                note=f"With it {counted(gain.first)} (published "
                f"{'{}/{}'.format(*PUBLISHED[kind])}), the same networks without: "
                f"{counted(gain.second)}; {gain}.",
            )

    def answer(self, points: Points) -> str:
        """What was found."""
        none = points["none"]
        return f"{told(none, 'networks')} learn one step without a penalty{aside(none)}. " + of_all(
            [points[arm] for arm in ARMS], "penalties", "helped", "did harm"
        )

    def figures(self) -> Iterator[Figure]:
        """The rate with each penalty, beside the published samples of unknown strength."""
        words = {
            "none": "no penalty",
            **{arm: f"{kind.upper()} of {strength:g}" for arm, (kind, strength) in ARMS.items()},
        }
        ours = {name: self[arm].count for arm, name in words.items()}
        names = ("no penalty", "L1, strength unknown", "L2, strength unknown")
        theirs = dict(zip(names, PUBLISHED.values(), strict=True))
        yield Figure(
            title="Minimal networks with a penalty on their weights",
            caption=f"Networks certified after {self.size.updates:,} updates, with Wilson's 95 % intervals.",
            drawn=rates_by_name([named("this run", ours), named("CellularAutoma", theirs)]),
        )
