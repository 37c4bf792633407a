"""Claim: the activation decides whether minimal networks learn Life (Ahmed and Davis; Bibin and Dereventsov).

Ahmed and Davis 2026, arXiv 2606.23587 (25 parameters, torus, cross-entropy, 125,000 updates, 16 runs each):
    ReLU, sigmoid, tanh 0 of 16; CELU 1; LeakyReLU 4; SiLU, square 15; PReLU 16
Bibin and Dereventsov 2024, arXiv 2408.12778 (23 parameters, one board): tanh 89 of 100, ReLU 24 (claim `minimal`)

python scripts/replicate.py --claims activations                    # some 5 minutes on two cores
python scripts/replicate.py --claims activations --preset smoke     # a minute, most of it compiling
"""

from pathlib import Path
from typing import Any

from lottery.activations import ACTIVATIONS, LEAK, SLOPE
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.comparisons import against, count, same_rates, same_rates_rule
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.reruns import bibin, papers_piece
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.experiments.train import training_piece
from lottery.pieces import Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure

NAME = "activations"
STATEMENT = (
    "The activation decides whether minimal networks learn: with ReLU, sigmoid or tanh they hardly ever do, with SiLU, "
    "a square or PReLU they nearly always do."
)
SOURCE = (
    "Ahmed and Davis 2026 (arXiv 2606.23587), 16 runs per activation; tanh without read-out: Bibin and Dereventsov "
    "2024 (arXiv 2408.12778), 100 runs"
)
PROTOCOL = (
    "The paper's network with n=1, m=1 and 25 parameters, on a torus, with cross-entropy; its two ReLUs are replaced, "
    "all else is the same. Arms are independent. Left open, and our choice: initial weights (Glorot uniform whatever "
    f"the activation), the slope of LeakyReLU ({LEAK:g}), the learned slopes of PReLU, which start from {SLOPE:g}: one "
    "per layer (27 parameters) and, as a second arm, one per channel (28); and data drawn anew. At m above 1 their "
    "networks are not the paper's, because their m does not widen the 1x1 layer; at m=1 they are. A rate of 16 runs is "
    "uncertain: 0 of 16 still allows 19 %. The arm of Bibin and Dereventsov is that of the claim `minimal` with tanh "
    "inside; its output stays a ReLU, which they do not say."
)
MARGIN = 0.3  # two samples, one of 16, can hardly be shown to be closer than that
RULE = (
    f"Ahmed and Davis: {same_rates_rule(MARGIN)} Bibin and Dereventsov: the same within ±20 points. {BUDGET_RULE} The "
    "comparisons with ReLU in the notes have no verdict."
)
SIZES = {"smoke": Size(16, 2_000), "laptop": Size(64, 125_000), "paper": Size(256, 125_000)}
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


def arm_piece(plan: Plan, arm: str) -> Piece:
    """Training of one arm; ReLU is the paper's own network."""
    size = size_of(plan, SIZES)
    if arm == "relu":
        return papers_piece(plan, size)
    net, settings = (
        bibin(plan, size.updates, "tanh")
        if arm == "bibin-tanh"
        else (plan.network(activation=arm), plan.training(size.updates))
    )
    return training_piece(
        f"activations-{arm}", net, settings, seed=plan.seed, replicates=numbers(ARMS.index(arm), size.replicates)
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per arm."""
    return [arm_piece(plan, arm) for arm in ARMS]


def points(plan: Plan, results: Results) -> list[Point]:
    """The rate of each arm beside the published sample, and in the note what the activation adds to ReLU."""
    outcomes = {arm: results[arm_piece(plan, arm).name] for arm in ARMS}
    counts = {arm: count(outcomes[arm]["solved_at_end"]) for arm in ARMS}
    verdicts = same_rates(AHMED, counts, MARGIN) | same_rates(BIBIN, counts)
    gains = against(counts["relu"], {name: counts[name] for name in ACTIVATIONS if name != "relu"})
    size = size_of(plan, SIZES)
    found = []
    for arm in ARMS:
        published = PUBLISHED.get(arm)
        ever = sum(update >= 0 for update in outcomes[arm]["first_solved"])
        gain = f" Minus ReLU: {gains[arm]}." if arm in gains else ""
        found.append(
            _point(
                arm,
                expected=None if published is None else published[0] / published[1],
                **rate(outcomes[arm]["solved_at_end"]),
                verdict=at_full_budget(size, SIZES, verdicts.get(arm, "new")),
                seconds=outcomes[arm]["seconds"],
                note=f"{WORDS[arm]}, {outcomes[arm]['parameters']} parameters"
                + ("." if published is None else f", published {published[0]}/{published[1]}.")
                + f" {ever} of {counts[arm][1]} were certified at one check at least.{gain}",
            )
        )
    return found


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The rate of each activation beside the published sample, from the lowest published one to the highest."""
    size = size_of(plan, SIZES)
    counts = {arm: count(results[arm_piece(plan, arm).name]["solved_at_end"]) for arm in ARMS}
    known = sorted(AHMED, key=lambda arm: AHMED[arm][0])
    rows = [*known, *(name for name in ACTIVATIONS if name not in AHMED), *BIBIN]
    figure, table = rates_by_name([_named("this run", rows, counts), _named("published", [*known, *BIBIN], PUBLISHED)])
    return [
        PageFigure(
            title="Minimal networks with other activations than ReLU",
            caption=f"Networks certified after {size.updates:,} updates, with Wilson's 95 % intervals. Published: "
            "Ahmed and Davis, 16 runs each; the last row Bibin and Dereventsov, 100 runs.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


def _named(label: str, arms: list[str], counts: dict[str, tuple[int, int]]) -> NamedRates:
    return NamedRates(label, [WORDS[arm] for arm in arms], [counts[a][0] for a in arms], [counts[a][1] for a in arms])


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
