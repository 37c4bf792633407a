"""Claim: what methods before training choose does not matter beyond each layer's share; what IMP chooses does.

Frankle et al. (2021) shuffled the masks of SNIP, GraSP, SynFlow and initial magnitude within layers and drew new
initial weights: accuracy stayed the same or rose, unlike that of pruning after training. Ma et al. (2021) ask of a
ticket that it matches the dense network and beats random reinit, and find that this depends on learning rate and
length.

    python scripts/replicate.py --claims sanity                   # some 28 minutes on two cores, 15 of them `lab-imp`
    python scripts/replicate.py --claims sanity --preset smoke    # a quarter of a minute
"""

from pathlib import Path
from typing import Any, NamedTuple

from lottery.claims.frame import lab
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.comparisons import ALPHA
from lottery.claims.frame.outcomes import dense, density, row_of, solved
from lottery.claims.frame.paired import HARM, Pair, compare, corrected, counted, keeps, keeps_rule, survives
from lottery.claims.frame.plan import Plan
from lottery.experiments.prune import pruning_piece
from lottery.pieces import Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import Rates, save_figure
from lottery.report.page import PageFigure
from lottery.report.panels import lines_in_panels
from lottery.tickets import PruningSettings
from lottery.verdicts import Verdict, beats, beats_rule

NAME = "sanity"
STATEMENT = (
    "What is pruned before training can be shuffled within its layers or drawn anew without loss; the ticket found "
    "after training cannot, at any learning rate and length."
)
SOURCE = (
    "Frankle et al. 2021, arXiv 2009.08576 (and Su et al. 2020, arXiv 2009.11094); Ma et al. 2021, arXiv 2107.00166"
)
PROTOCOL = (
    "At the density of the laboratory's verdicts each method's subnetwork is trained beside three others of the same "
    "counts per layer: its mask shuffled within layers, its mask with new initial weights, and the weights of the "
    "lowest scores instead of the highest. Methods before training and magnitude after training at once have 64 "
    "replicates on a laptop, pruning level by level those of the laboratory (`lab-imp`, without inverted scores: there "
    "they would be inverted among the survivors of the level before). Learning rates and lengths: magnitude in two "
    "cuts with rewinding, dense, ticket and random reinit, Adam at a constant rate. Left open by the sources, and our "
    "choice: width, density, rates, lengths, and that success stands in the place of accuracy."
)
RULES = {
    "survives": (
        "Before training the check should do no harm. Contradicted if the subnetwork beats the check (exact McNemar, p "
        f"< {ALPHA:g}); otherwise reproduced if the 95 % interval of the paired difference lies below "
        f"{100 * HARM:g} percentage points and the subnetwork succeeds more often than that, without which no such "
        "loss is possible; undecided otherwise."
    ),
    "suffers": f"After training the check should do harm. {beats_rule(ALPHA)}",
}
HOLM = " p-values are corrected by Holm's method over all methods and both of these checks."
BEFORE = {"snip": "SNIP", "grasp": "GraSP", "synflow": "SynFlow", "magnitude": "initial magnitude"}
AFTER = {"one-shot": "magnitude after training, at once", "levels": "magnitude after training, by levels"}
CHECKS = {"shuffled": "shuffled within layers", "reinit": "with new initial weights"}
INVERTED = {"inverted": "of inverted scores"}


REPLICATES = {"smoke": 4, "laptop": 64, "paper": 256}
RATES = {"smoke": (1e-3,), "laptop": (3e-4, 1e-3, 3e-3, 1e-2), "paper": (3e-4, 1e-3, 3e-3, 1e-2)}
LENGTHS = {"smoke": (500,), "laptop": (5_000, 20_000, 50_000), "paper": (20_000, 50_000, 125_000)}
CUTS = 2
MATCHING = 0.10
WINS_RULE = (
    "A ticket of given rate, length and density wins if it matches the dense network and beats random reinit. "
    f"Matches: {keeps_rule(MATCHING)} Beats: {beats_rule()} p-values are corrected by Holm's method over all rates, "
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
        match, win = keeps(against_dense[key], MATCHING), beats(pair.difference.value, p_values[key])
        share = density(outcomes, level)
        found.append(
            {
                "name": f"rate={setting.rate:g},updates={setting.updates}/{100 * share:.0f}%",
                "expected": "above 0, and as dense",
                "measured": pair.difference.value,
                "interval": pair.ends,
                "unit": "difference",
                "verdict": wins(match, win),
                "rule": WINS_RULE,
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


def check_piece(plan: Plan, method: str) -> Piece:
    """A method's subnetwork at the density of the verdict beside its checks."""
    width, chosen = lab.widths(plan)[0], lab.size(plan)
    if method == "levels":
        return lab.imp(plan, width)
    pruning = lab.pruning(
        plan,
        when="oneshot" if method == "one-shot" else "init",
        criterion="magnitude" if method == "one-shot" else lab.AT_INIT[method],
        controls=(*CHECKS, *INVERTED),
        at=(chosen.verdict,),
    )
    return pruning_piece(
        f"sanity-{method}-m{width}",
        plan.network(width),
        plan.training(chosen.updates),
        pruning,
        seed=plan.seed,
        replicates=range(replicates(plan)),
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per method, and one per learning rate and length."""
    return [
        *(check_piece(plan, method) for method in (*BEFORE, *AFTER)),
        *(ticket_piece(plan, setting) for setting in settings(plan)),
    ]


def points(plan: Plan, results: Results) -> list[Point]:
    """Every method against its shuffled and its redrawn self, then against inverted scores, then the tickets."""
    level = lab.size(plan).verdict
    pairs = {
        (method, check): compare(solved(outcomes, level, "ticket"), solved(outcomes, level, check))
        for method in (*BEFORE, *AFTER)
        for outcomes in (results[check_piece(plan, method).name],)
        for check in (*CHECKS, *INVERTED)
        if check in row_of(outcomes, level)["arms"]
    }
    judged = corrected({key: pair for key, pair in pairs.items() if key[1] in CHECKS})
    told = corrected({key: pair for key, pair in pairs.items() if key[1] in INVERTED})
    found = []
    for (method, check), pair in pairs.items():
        p_value = {**judged, **told}[method, check]
        found.append(
            _point(
                f"{method}/{check}",
                **_judged(method, check, pair, p_value),
                measured=pair.difference.value,
                interval=pair.ends,
                unit="difference",
                seconds=results[check_piece(plan, method).name]["seconds"],
                note=f"{(BEFORE | AFTER)[method]} {counted(pair.first)}, {(CHECKS | INVERTED)[check]} "
                f"{counted(pair.second)}; exact McNemar p after Holm = {p_value:.2g}.",
            )
        )
    return [*found, *(_point(**fields) for fields in ticket_points(plan, results))]


def _judged(method: str, check: str, pair: Pair, p_value: float) -> dict[str, Any]:
    """What is expected of a check, by which rule, and the verdict."""
    if check in INVERTED:
        rule = "Told, not judged; p-values are corrected by Holm's method over all methods."
        return {"expected": None, "rule": rule, "verdict": "new"}
    if method in BEFORE:
        return {"expected": "not above 0", "rule": RULES["survives"] + HOLM, "verdict": survives(pair, p_value)}
    verdict = beats(pair.difference.value, p_value, ALPHA)
    return {"expected": "above 0", "rule": RULES["suffers"] + HOLM, "verdict": verdict}


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The checks in rows by method, and the tickets over learning rates and lengths."""
    level, width = lab.size(plan).verdict, lab.widths(plan)[0]
    outcomes = {words: results[check_piece(plan, method).name] for method, words in (BEFORE | AFTER).items()}
    series = []
    for arm, label in {"ticket": "as chosen", "shuffled": "shuffled", "reinit": "new weights", **INVERTED}.items():
        arms = {words: solved(one, level, arm) for words, one in outcomes.items() if arm in row_of(one, level)["arms"]}
        counts = [int(found.sum()) for found in arms.values()]
        series.append(NamedRates(label, list(arms), counts, [len(found) for found in arms.values()]))
    checks, check_rows = rates_by_name(series)
    tickets, ticket_rows = lines_in_panels(by_rate_and_length(plan, results))
    return [
        PageFigure(
            title="Sanity checks of what was chosen",
            caption=f"Networks of width m={width} with {100 * verdict_density(plan):.0f} % of their weights, "
            f"certified after {lab.size(plan).updates:,} updates, with Wilson's 95 % intervals.",
            svg=save_figure(checks, check_rows, folder, NAME),
            claim=NAME,
        ),
        PageFigure(
            title="Tickets over learning rates and lengths",
            caption=f"Networks of width m={width} pruned by magnitude in {CUTS} cuts and rewound, "
            f"{replicates(plan)} replicates, with Wilson's 95 % intervals. Learning rates: "
            f"{lab.size(plan).updates:,} updates per cut; lengths: a rate of {plan.learning_rate:g}.",
            svg=save_figure(tickets, ticket_rows, folder, f"{NAME}-tickets"),
            claim=NAME,
        ),
    ]


RULE = f"{RULES['survives']} {RULES['suffers']}{HOLM} {WINS_RULE}"
CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
