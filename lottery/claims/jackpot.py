"""Does the winning ticket win: dense, ticket and random reinit over learning rates and lengths of training.

Ma et al. (2021) ask of a winning ticket that it matches the dense network and beats random reinit, and found that it
depends on the learning rate and the length of training whether it does. Part of the claim `sanity`.
"""

from typing import Any, NamedTuple

from lottery.claims import lab
from lottery.claims.claim import Results
from lottery.claims.paired import Pair, compare, corrected, counted, keeps, keeps_rule
from lottery.claims.pruned import dense, density, solved
from lottery.experiments.prune import pruning_piece
from lottery.pieces import Piece
from lottery.presets import Plan
from lottery.report.figures import Rates
from lottery.tickets import PruningSettings
from lottery.verdicts import Verdict, beats, beats_rule

REPLICATES = {"smoke": 4, "laptop": 64, "paper": 256}
RATES = {"smoke": (1e-3,), "laptop": (3e-4, 1e-3, 3e-3, 1e-2), "paper": (3e-4, 1e-3, 3e-3, 1e-2)}
LENGTHS = {"smoke": (500,), "laptop": (5_000, 20_000, 50_000), "paper": (20_000, 50_000, 125_000)}
CUTS = 2
MARGIN = 0.10
RULE = (
    "A ticket of given rate, length and density wins if it matches the dense network and beats random reinit. "
    f"Matches: {keeps_rule(MARGIN)} Beats: {beats_rule()} p-values are corrected by Holm's method over all rates, "
    "lengths and densities. Reproduced if both are, contradicted if either is contradicted, undecided otherwise."
)


class Setting(NamedTuple):
    """How networks are trained."""

    rate: float
    updates: int


def replicates(plan: Plan) -> int:
    """Networks per arm: the first ones of the laboratory's headline width."""
    return plan.replicates or REPLICATES[plan.size]


def settings(plan: Plan) -> list[Setting]:
    """Every learning rate for the laboratory's budget, and every budget at the plan's learning rate."""
    lengths = (plan.updates,) if plan.updates else LENGTHS[plan.size]
    by_rate = [Setting(rate, lab.size(plan).updates) for rate in RATES[plan.size]]
    return list(dict.fromkeys([*by_rate, *(Setting(plan.learning_rate, updates) for updates in lengths)]))


def ticket_piece(plan: Plan, setting: Setting) -> Piece:
    """Iterative magnitude pruning to the density of the verdict in a few cuts, beside random reinit."""
    width, (rate, updates) = lab.widths(plan)[0], setting
    pruning = PruningSettings(
        levels=CUTS,
        prune_fraction=1 - verdict_density(plan) ** (1 / CUTS),
        scope=plan.scope,
        controls=("reinit",),
    )
    return pruning_piece(
        f"sanity-rate{rate:g}-updates{updates}-m{width}",
        plan.network(width),
        plan.training(updates, learning_rate=rate),
        pruning,
        seed=plan.seed,
        replicates=range(replicates(plan)),
    )


def verdict_density(plan: Plan) -> float:
    """Share of the weights at the laboratory's level of verdicts."""
    chosen = lab.size(plan)
    return float(lab.FINAL_DENSITY ** (chosen.verdict / chosen.levels))


def ticket_points(plan: Plan, results: Results) -> list[dict[str, Any]]:
    """For every setting and cut, whether the ticket wins: fields of points, `name` among them."""
    against_dense: dict[tuple[Setting, int], Pair] = {}
    against_reinit: dict[tuple[Setting, int], Pair] = {}
    for setting in settings(plan):
        outcomes = results[ticket_piece(plan, setting).name]
        for level in range(CUTS, 0, -1):
            ticket = solved(outcomes, level, "ticket")
            against_dense[setting, level] = compare(ticket, dense(outcomes))
            against_reinit[setting, level] = compare(ticket, solved(outcomes, level, "reinit"))
    p_values = corrected(against_reinit)
    found = []
    for key, pair in against_reinit.items():
        setting, level = key
        outcomes = results[ticket_piece(plan, setting).name]
        match, win = keeps(against_dense[key], MARGIN), beats(pair.difference.value, p_values[key])
        share = density(outcomes, level)
        found.append(
            {
                "name": f"rate={setting.rate:g},updates={setting.updates}/{100 * share:.0f}%",
                "expected": "above 0, and as dense",
                "measured": pair.difference.value,
                "interval": pair.ends,
                "unit": "difference",
                "verdict": wins(match, win),
                "rule": RULE,
                "seconds": outcomes["seconds"],
                "note": f"Learning rate {setting.rate:g}, {setting.updates:,} updates, cut {level} of {CUTS}, "
                f"{100 * share:.0f} % of the weights. Ticket {counted(pair.first)}, random reinit "
                f"{counted(pair.second)}: exact McNemar p after Holm = {p_values[key]:.2g}, that it beats it is {win}. "
                f"Dense {counted(against_dense[key].second)}: ticket minus dense {against_dense[key].in_words}, "
                f"that it matches is {match}.",
            }
        )
    return found


def wins(match: Verdict, win: Verdict) -> Verdict:
    """Both conditions of Ma et al. in one verdict."""
    if "contradicted" in (match, win):
        return "contradicted"
    return "reproduced" if match == win == "reproduced" else "undecided"


def by_rate_and_length(plan: Plan, results: Results) -> dict[str, list[Rates]]:
    """Title of a panel -> dense, ticket and reinit, over the learning rate and over the budget, at every cut."""
    base = lab.size(plan).updates
    found = {}
    for level in range(1, CUTS + 1):
        for over, chosen in (
            ("learning rate", [setting for setting in settings(plan) if setting.updates == base]),
            ("updates", [setting for setting in settings(plan) if setting.rate == plan.learning_rate]),
        ):
            chosen = sorted(chosen)
            outcomes = [results[ticket_piece(plan, setting).name] for setting in chosen]
            x = [setting.rate if over == "learning rate" else setting.updates for setting in chosen]
            arms = {
                "dense": [dense(one) for one in outcomes],
                "ticket": [solved(one, level, "ticket") for one in outcomes],
                "random reinit": [solved(one, level, "reinit") for one in outcomes],
            }
            found[f"{over}, {100 * density(outcomes[0], level):.0f} % kept"] = [
                Rates(label, x, [int(arm.sum()) for arm in by_setting], [len(arm) for arm in by_setting])
                for label, by_setting in arms.items()
            ]
    return found
