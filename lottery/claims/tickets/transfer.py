"""Claim: winning tickets carry over: to other rules, to other starting weights, to a longer way ahead.

Morcos et al. 2019, arXiv 1906.02773: winning tickets found on one data set train on others nearly as well as
    tickets found there, and better than random subnetworks.
Frankle and Carbin 2019, arXiv 1803.03635: a ticket's mask with other initial weights does worse.

python scripts/replicate.py --claims transfer                    # some 12 minutes on two cores
python scripts/replicate.py --claims transfer --preset smoke     # seconds
"""

from collections.abc import Mapping
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from gol.rules import NAMED_RULES
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.outcomes import row_of, solved
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import Size, size_of
from lottery.experiments.chained import chained_piece
from lottery.experiments.prune import pruning_piece
from lottery.experiments.transfer import MASKS, Arm, transfer_piece
from lottery.pieces import Outcomes, Piece
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.small_multiples import survival_in_panels
from lottery.report.survivals import Times, survival
from lottery.statistics import holm, mcnemar_exact, paired_difference, sign_test, wilson
from lottery.survival import kaplan_meier, median_time, pair_wins
from lottery.tickets import PruningSettings
from lottery.verdicts import beats, beats_rule, matches, matches_rule

NAME = "transfer"
STATEMENT = "Winning tickets carry over: to other rules, to other starting weights, and to a longer way ahead."
SOURCE = "Morcos et al. 2019, arXiv 1906.02773; other weights: Frankle and Carbin 2019, arXiv 1803.03635"
PROTOCOL = (
    "Tickets: iterative magnitude pruning of weights in two levels, rewound to the initial weights, 20,000 updates per "
    "level (laptop). Other rules and other weights: one step, m=8, 36 % of the weights kept. A Life ticket (mask and "
    "initial weights) is trained on HighLife, Maze and Day & Night, beside its weights under the mask shuffled within "
    "layers, the ticket found on that rule from the same initial weights, and the dense network. A Life ticket's mask "
    "is also trained on Life from the initial weights of the next replicate, from a fresh draw, and from other "
    "initialisers, beside the same weights under a shuffled mask; it is held against the ticket that was found from "
    "weights of that kind. Two steps: m=4, 49 % kept; of a pool of one-step tickets the first certified ones are made "
    "both blocks of a two-step network, whose second block reads what the first one passes on through the read-out: a "
    "3x3 weight is the one-step weight times the read-out's, scaled to the spread that the dense network begins with, "
    "and kept where both are. It is held against a shuffled mask with the same weights, and the dense network with "
    "weights of its own. Two-step networks leave at their first certificate (all 2^25 windows), looked for every 1,250 "
    "updates. All arms of a replicate see the same batches."
)
RULE = (
    "Other rules: time to the first certificate, in pairs (log-rank test stratified by replicate, p-values by Holm "
    "over the rules): the share of pairs in which the Life ticket is first. Reproduced if it is above 1/2 with "
    "p < 0.05, contradicted if below with p < 0.05, undecided otherwise; against the rule's own ticket it has no "
    f"verdict. Other weights, against the shuffled mask: {beats_rule()} p-values by Holm over the kinds of weights. "
    f"Against the own ticket: {matches_rule()} Two steps: against the shuffled mask and the dense network by the same "
    "two rules, on ever_solved. Only pairs whose one-step ticket was certified count."
)
WORDS = {
    "other": "the next replicate's weights",
    "fresh": "a fresh draw",
    "he": "He's weights",
    "pytorch": "PyTorch's weights",
    "glorot": "Glorot's weights",
    "normal": "normal weights",
}


ONE = {"smoke": Size(8, 500), "laptop": Size(64, 20_000), "paper": Size(128, 125_000)}
TWO = {"smoke": Size(2, 500), "laptop": Size(16, 40_000), "paper": Size(64, 125_000)}  # tickets that are chained
POOL = 4  # one-step networks per ticket that is chained
WIDTHS = {"smoke": (4, 1), "laptop": (8, 4), "paper": (8, 4)}  # m at one step, m at two
TARGETS = {
    "smoke": ("HighLife",),
    "laptop": ("HighLife", "Maze", "Day & Night"),
    "paper": ("HighLife", "Maze", "Day & Night"),
}
INITIALISERS = {"smoke": ("he",), "laptop": ("he", "pytorch"), "paper": ("he", "pytorch")}
LIFE = NAMED_RULES["Life"]
PRUNING = PruningSettings(levels=2, prune_fraction=0.4, controls=())
PRUNING_TWO = PruningSettings(levels=2, prune_fraction=0.3, controls=())


def origins(plan: Plan) -> tuple[str, ...]:
    """The kinds of starting weights that Life's tickets are moved to."""
    return ("other", "fresh", *(name for name in INITIALISERS[plan.size] if name != plan.initialiser))


def arms(plan: Plan) -> list[Arm]:
    """Everything that Life's tickets are trained as."""
    rules = [Arm(NAMED_RULES[name], mask) for name in TARGETS[plan.size] for mask in MASKS]
    weights = [Arm(LIFE, mask, origin) for origin in origins(plan) for mask in MASKS]
    return [*rules, *weights]


def life_piece(plan: Plan) -> Piece:
    """Life's tickets, and all that they are trained as."""
    size, (width, _) = size_of(plan, ONE), WIDTHS[plan.size]
    return transfer_piece(
        f"transfer-Life-m{width}",
        plan.network(width),
        plan.training(size.updates, rule=LIFE),
        PRUNING,
        seed=plan.seed,
        replicates=range(size.replicates),
        arms=arms(plan),
    )


def own_piece(plan: Plan, kind: str) -> Piece:
    """Dense networks and tickets found on a rule, or from an initialiser's weights; replicates are those of Life's."""
    size, (width, _) = size_of(plan, ONE), WIDTHS[plan.size]
    rule = NAMED_RULES.get(kind, LIFE)
    return pruning_piece(
        f"transfer-{kind.replace(' & ', '')}-m{width}",
        plan.network(width) if kind in NAMED_RULES else plan.network(width, initialiser=kind),
        plan.training(size.updates, rule=rule),
        PRUNING,
        seed=plan.seed,
        replicates=range(size.replicates),
    )


def two_piece(plan: Plan) -> Piece:
    """One-step tickets as both blocks of two-step networks."""
    one, two, (_, width) = size_of(plan, ONE), size_of(plan, TWO), WIDTHS[plan.size]
    return chained_piece(
        f"transfer-two-steps-m{width}",
        plan.network(width),
        plan.training(one.updates, rule=LIFE),
        PRUNING_TWO,
        plan.training(two.updates, rule=LIFE, stop_when_solved=True, check_every=gcd(two.updates, 1250)),
        seed=plan.seed,
        pool=range(POOL * two.replicates),
        wanted=two.replicates,
    )


def pieces(plan: Plan) -> list[Piece]:
    """Life's tickets, the own tickets of every rule and initialiser, and two steps."""
    kinds = (*TARGETS[plan.size], *origins(plan)[2:])
    return [life_piece(plan), *(own_piece(plan, kind) for kind in kinds), two_piece(plan)]


def arm_of(outcomes: Outcomes, arm: Arm) -> dict[str, Any]:
    """What became of one arm of a `transfer` piece."""
    wanted = (arm.rule, arm.mask, arm.weights)
    found = (value for name, value in outcomes.items() if name.startswith("arm"))
    return next(one for one in found if (one["rule"], one["mask"], one["weights"]) == wanted)


def times(label: str, outcomes: Mapping[str, Any], updates: int) -> Times:
    """Times to the first certificate; who never has one is cut off at the end of the budget."""
    return Times.until(label, outcomes["first_solved"], updates)


def points(plan: Plan, results: Results) -> list[Point]:
    """Other rules, other weights, two steps."""
    return [*_rules(plan, results), *_weights(plan, results), *_two_steps(plan, results)]


def _on_rule(plan: Plan, results: Results, name: str) -> dict[str, Mapping[str, Any]]:
    """The four arms of one target rule, by their words."""
    life, own = results[life_piece(plan).name], results[own_piece(plan, name).name]
    rule = NAMED_RULES[name]
    return {
        "Life's ticket": arm_of(life, Arm(rule)),
        "shuffled mask": arm_of(life, Arm(rule, "shuffled")),
        "its own ticket": row_of(own, PRUNING.levels)["arms"]["ticket"],
        "dense": row_of(own, 0)["arms"]["ticket"],
    }


def _rules(plan: Plan, results: Results) -> list[Point]:
    updates = size_of(plan, ONE).updates
    controls = {"vs-shuffled": "shuffled mask", "vs-dense": "dense", "vs-own": "its own ticket"}
    of_rule = {name: _on_rule(plan, results, name) for name in TARGETS[plan.size]}
    found = []
    for control, label in controls.items():
        wins = {name: _wins(one["Life's ticket"], one[label], updates) for name, one in of_rule.items()}
        adjusted = holm(np.array([sign_test(*pair) for pair in wins.values()]))
        for (name, (won, lost)), p in zip(wins.items(), adjusted.tolist(), strict=True):
            ratio = (won - lost) / max(won + lost, 1)
            found.append(
                _point(
                    f"{name}/{control}",
                    expected="about 1/2" if control == "vs-own" else "above 1/2",
                    **_share(won, lost),
                    verdict="new" if control == "vs-own" else beats(ratio, p),
                    seconds=results[own_piece(plan, name).name]["seconds"],
                    outcome="first_solved",
                    note=f"Life's ticket is certified first on {name} in {won} pairs, {label} in {lost}; p = {p:.2g}. "
                    + _told(of_rule[name], updates),
                )
            )
    return found


def _wins(first: Mapping[str, Any], second: Mapping[str, Any], updates: int) -> tuple[int, int]:
    one, other = times("", first, updates), times("", second, updates)
    return pair_wins(one.times, one.observed, other.times, other.observed)


def _share(won: int, lost: int) -> dict[str, Any]:
    if not won + lost:
        return {}
    ends = wilson(won, won + lost)
    return {
        "measured": won / (won + lost),
        "interval": (ends.low, ends.high),
        "successes": won,
        "trials": won + lost,
    }


def _told(of_arm: Mapping[str, Mapping[str, Any]], updates: int) -> str:
    """Success at the end and median time of every arm."""
    words = []
    for label, outcomes in of_arm.items():
        one = times(label, outcomes, updates)
        median = median_time(kaplan_meier(one.times, one.observed))[0]
        when = "not half of them" if median is None else f"half of them by update {median:,.0f}"
        at_end = (
            f"{sum(outcomes['solved_at_end'])}/{len(one.times)} at the end, " if "solved_at_end" in outcomes else ""
        )
        words.append(f"{label} {at_end}{when}")
    return f"Certified: {'; '.join(words)}."


def _weights(plan: Plan, results: Results) -> list[Point]:
    life = results[life_piece(plan).name]
    found = {}
    for origin in origins(plan):
        at = {mask: np.array(arm_of(life, Arm(LIFE, mask, origin))["solved_at_end"], bool) for mask in MASKS}
        own = life if origin in ("other", "fresh") else results[own_piece(plan, origin).name]
        found[origin] = {
            **at,
            "own": solved(own, PRUNING.levels, "ticket"),
            "dense": solved(own, 0, "ticket"),
        }
    adjusted = holm(np.array([mcnemar_exact(one["ticket"], one["shuffled"]) for one in found.values()]))
    rows = []
    for (origin, one), p in zip(found.items(), adjusted.tolist(), strict=True):
        beside, held = paired_difference(one["ticket"], one["shuffled"]), paired_difference(one["ticket"], one["own"])
        told = (
            f"Life's masks with {WORDS[origin]}: {_count(one['ticket'])}; shuffled masks with these "
            f"{_count(one['shuffled'])}; tickets found from such weights {_count(one['own'])}, dense networks "
            f"{_count(one['dense'])}."
        )
        for name, difference, expected, verdict, p_value in (
            ("vs-shuffled", beside, "above 0", beats(beside.value, p), f" McNemar p = {p:.2g} (Holm)."),
            ("vs-own", held, "no loss", matches(held.interval), ""),
        ):
            rows.append(
                _point(
                    f"weights/{origin}/{name}",
                    expected=expected,
                    measured=difference.value,
                    interval=(difference.interval.low, difference.interval.high),
                    unit="difference",
                    verdict=verdict,
                    seconds=life["seconds"],
                    note=told + p_value,
                )
            )
    return rows


def _two_steps(plan: Plan, results: Results) -> list[Point]:
    outcomes, updates = results[two_piece(plan).name], size_of(plan, TWO).updates
    won = np.array(outcomes["won"], bool)
    kept = f"{outcomes['kept']} of {outcomes['prunable']} weights are kept."
    pool = f"One-step networks: {_count(np.array(outcomes['pool_ticket']))} tickets certified."
    if won.sum() < 2:
        return [_point("two-steps", verdict="undecided", outcome="ever_solved", note=f"Too few tickets. {pool}")]
    of_arm = {arm: _only(outcomes[arm], won) for arm in ("ticket", "shuffled", "dense")}
    certified = {arm: np.array(one["first_solved"]) >= 0 for arm, one in of_arm.items()}
    told = f"{_told(of_arm, updates)} {kept} {pool}"
    beside = paired_difference(certified["ticket"], certified["shuffled"])
    held = paired_difference(certified["ticket"], certified["dense"])
    p = mcnemar_exact(certified["ticket"], certified["shuffled"])
    found = []
    for name, difference, expected, verdict, p_value in (
        ("vs-shuffled", beside, "above 0", beats(beside.value, p), f" Exact McNemar p = {p:.2g}."),
        ("vs-dense", held, "no loss", matches(held.interval), ""),
    ):
        found.append(
            _point(
                f"two-steps/{name}",
                expected=expected,
                measured=difference.value,
                interval=(difference.interval.low, difference.interval.high),
                unit="difference",
                verdict=verdict,
                seconds=outcomes["seconds"],
                outcome="ever_solved",
                note=f"Ticket {_count(certified['ticket'])}, shuffled {_count(certified['shuffled'])}, dense "
                f"{_count(certified['dense'])}.{p_value} {told}",
            )
        )
    return [*found, *(_fewer_wrong(of_arm, arm, outcomes["cells"]) for arm in ("shuffled", "dense"))]


def _fewer_wrong(of_arm: Mapping[str, Mapping[str, Any]], arm: str, cells: int) -> Point:
    wrong = {name: np.array(one["last_wrong"]) for name, one in of_arm.items()}
    better, worse = (int(np.sum(sign * (wrong[arm] - wrong["ticket"]) > 0)) for sign in (1, -1))
    medians = ", ".join(f"{name} {100 * np.median(one) / cells:.3g} %" for name, one in wrong.items())
    return _point(
        f"two-steps/fewer-wrong-than-{arm}",
        expected="above 1/2",
        **_share(better, worse),
        verdict="new",
        outcome="last_wrong",
        note=f"Pairs in which the ticket has fewer wrong cells on 200 boards at its last look; sign test p = "
        f"{sign_test(better, worse):.2g}. Median share of wrong cells: {medians}.",
    )


def _only(outcomes: Mapping[str, Any], which: np.ndarray) -> dict[str, Any]:
    return {name: np.array(values)[which].tolist() for name, values in outcomes.items()}


def _count(outcomes: np.ndarray) -> str:
    return f"{int(outcomes.sum())}/{len(outcomes)}"


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Time to success on other rules; success from other weights; time to success at two steps."""
    one, two = size_of(plan, ONE), size_of(plan, TWO)
    panels = {
        name: [times(label, arm, one.updates) for label, arm in _on_rule(plan, results, name).items()]
        for name in TARGETS[plan.size]
    }
    rules, rules_table = survival_in_panels(panels)
    life = results[life_piece(plan).name]
    rows = {
        "ticket's mask": {WORDS[o]: arm_of(life, Arm(LIFE, "ticket", o))["solved_at_end"] for o in origins(plan)},
        "shuffled mask": {WORDS[o]: arm_of(life, Arm(LIFE, "shuffled", o))["solved_at_end"] for o in origins(plan)},
    }
    rows["ticket's mask"] = {"its own weights": solved(life, PRUNING.levels, "ticket"), **rows["ticket's mask"]}
    rows["ticket found from them"] = {
        WORDS[o]: solved(results[own_piece(plan, o).name], PRUNING.levels, "ticket") for o in origins(plan)[2:]
    }
    weights, weights_table = rates_by_name(
        [
            NamedRates(label, list(of), [int(sum(s)) for s in of.values()], [len(s) for s in of.values()])
            for label, of in rows.items()
            if of
        ]
    )
    outcomes = results[two_piece(plan).name]
    words = {"ticket": "chained ticket", "shuffled": "shuffled mask", "dense": "dense"}
    ahead, ahead_table = survival([times(words[arm], outcomes[arm], two.updates) for arm in words])
    return [
        PageFigure(
            title="Life's tickets on other rules",
            caption=f"One step, {one.replicates} replicates: networks without a certificate so far, by Kaplan and "
            "Meier. All arms but the dense one keep 36 % of the weights.",
            svg=save_figure(rules, rules_table, folder, f"{NAME}-rules"),
            claim=NAME,
        ),
        PageFigure(
            title="Life's masks with other starting weights",
            caption=f"One step: networks certified after {one.updates:,} updates, with Wilson's 95 % intervals.",
            svg=save_figure(weights, weights_table, folder, f"{NAME}-weights"),
            claim=NAME,
        ),
        PageFigure(
            title="One-step tickets as the blocks of two-step networks",
            caption=f"Two steps, {len(outcomes['won'])} replicates, of which {sum(outcomes['won'])} have a one-step "
            "ticket that was certified: networks without a certificate so far.",
            svg=save_figure(ahead, ahead_table, folder, f"{NAME}-two-steps"),
            claim=NAME,
        ),
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
