"""Claim: the activation decides whether minimal networks learn Life (Ahmed and Davis; Bibin and Dereventsov).

Ahmed and Davis 2026, arXiv 2606.23587 (25 parameters, torus, cross-entropy, 125,000 updates, 16 runs each):
    ReLU, sigmoid, tanh 0 of 16; CELU 1; LeakyReLU 4; SiLU, square 15; PReLU 16
Bibin and Dereventsov 2024, arXiv 2408.12778 (23 parameters, one board): tanh 89 of 100, ReLU 24 (claim `minimal`)

python scripts/replicate.py --claims activations                    # some 5 minutes on two cores
python scripts/replicate.py --claims activations --preset smoke     # a minute, most of it compiling
"""

from collections.abc import Iterator

from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.reruns import bibin, papers_piece
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.train import training_piece
from lottery.networks.activations import ACTIVATIONS, LEAK, SLOPE
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import corrected, independent
from lottery.statistics.verdicts import same_rates, same_rates_rule

MARGIN = 0.3  # two samples, one of 16, can hardly be shown to be closer than that
WORDS = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "silu": "SiLU",
    "celu": "CELU",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "square": "square",
    "sine": "sine",
    "bibin-tanh": "tanh, as Bibin and Dereventsov",
    "prelu_channels": "PReLU per channel",
}
ARMS = tuple(WORDS)  # an arm's place decides its replicates: a new one comes last
AHMED = {
    "relu": (0, 16),
    "leaky_relu": (4, 16),
    "prelu": (16, 16),
    "prelu_channels": (16, 16),
    "silu": (15, 16),
    "celu": (1, 16),
    "tanh": (0, 16),
    "sigmoid": (0, 16),
    "square": (15, 16),
}
BIBIN = {"bibin-tanh": (89, 100)}
PUBLISHED = AHMED | BIBIN


class Activations(Claim):
    """The minimal network with each activation, against the published samples."""

    fixed = "2026-11-25 11:40:08"
    name = "activations"
    statement = (
        "The activation decides whether minimal networks learn: with ReLU, sigmoid or tanh they hardly ever do, with "
        "SiLU, a square or PReLU they nearly always do."
    )
    source = (
        "Ahmed and Davis 2026 (arXiv 2606.23587), 16 runs per activation; tanh without read-out: Bibin and Dereventsov "
        "2024 (arXiv 2408.12778), 100 runs"
    )
    protocol = (
        "The paper's network with n=1, m=1 and 25 parameters, on a torus, with cross-entropy; its two ReLUs are "
        "replaced, all else is the same. Arms are independent. Left open, and our choice: initial weights (Glorot "
        f"uniform whatever the activation), the slope of LeakyReLU ({LEAK:g}), the learned slopes of PReLU, which "
        f"start from {SLOPE:g}: one per layer (27 parameters) and, as a second arm, one per channel (28); and data "
        "drawn anew. At m above 1 their networks are not the paper's, because their m does not widen the 1x1 layer; at "
        "m=1 they are. A rate of 16 runs is uncertain: 0 of 16 still allows 19 %. The arm of Bibin and Dereventsov is "
        "that of the claim `minimal` with tanh inside; its output stays a ReLU, which they do not say."
    )
    rule = (
        f"Ahmed and Davis: {same_rates_rule(MARGIN)} Bibin and Dereventsov: the same within ±20 points. {BUDGET_RULE} "
        "The comparisons with ReLU in the notes have no verdict."
    )
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(64, 125_000), paper=Size(256, 125_000))

    def pieces(self) -> dict[str, Piece]:
        """One piece per arm; ReLU is the paper's own network."""
        return {arm: papers_piece(self.plan, self.size) if arm == "relu" else self._trained(arm) for arm in ARMS}

    def _trained(self, arm: str) -> Piece:
        plan, updates = self.plan, self.size.updates
        if arm == "bibin-tanh":
            net, settings = bibin(plan, updates, "tanh")
        else:
            net, settings = plan.network(activation=arm), plan.training(updates)
        own = numbers(ARMS.index(arm), self.size.replicates)
        return training_piece(f"activations-{arm}", net, settings, seed=plan.seed, replicates=own)

    def points(self) -> Iterator[Point]:
        """The rate of each arm beside the published sample, and in the note what the activation adds to ReLU."""
        counts = {arm: self[arm].count for arm in ARMS}
        verdicts = same_rates(AHMED, counts, MARGIN) | same_rates(BIBIN, counts)
        gains = corrected({name: independent(counts[name], counts["relu"]) for name in ACTIVATIONS if name != "relu"})
        for arm in ARMS:
            found, published = self[arm], PUBLISHED.get(arm)
            yield self.point(
                arm,
                expected=published[0] / published[1] if published else None,
                **found.rate,
                verdict=self.at_full_budget(verdicts.get(arm, "new")),
                seconds=found.seconds,
                note=f"{WORDS[arm]}, {found['parameters']} parameters"
                + (", published {}/{}.".format(*published) if published else ".")
                + f" {found.ever} of {found.count[1]} were certified at one check at least."
                + (f" Minus ReLU: {gains[arm]}." if arm in gains else ""),
            )

    def figures(self) -> Iterator[Figure]:
        """The rate of each activation beside the published sample, from the lowest published one to the highest."""
        known = sorted(AHMED, key=lambda arm: AHMED[arm][0])
        rows = [*known, *(name for name in ACTIVATIONS if name not in AHMED), *BIBIN]
        ours = named("this run", {WORDS[arm]: self[arm].count for arm in rows})
        theirs = named("published", {WORDS[arm]: PUBLISHED[arm] for arm in [*known, *BIBIN]})
        yield Figure(
            title="Minimal networks with other activations than ReLU",
            caption=f"Networks certified after {self.size.updates:,} updates, with Wilson's 95 % intervals. Published: "
            "Ahmed and Davis, 16 runs each; the last row Bibin and Dereventsov, 100 runs.",
            drawn=rates_by_name([ours, theirs]),
        )
