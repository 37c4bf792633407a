"""Claim: the Game of Life is harder to learn than other rules of its kind, known ones and some drawn at random.

Is Life special? Our question; no source has numbers for other rules. For Life, Springer and Kenyon 2020 (arXiv
2009.01398) have 3 of 64 networks at m=1 and 60 % at m=3.

    python scripts/replicate.py --claims rules                    # some 8 minutes on two cores
    python scripts/replicate.py --claims rules --preset smoke     # a minute
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gol.rules import NAMED_RULES, Rule, parse_rule, truth_table
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.comparisons import ALPHA, Comparison, against, count, rank, same_rates, same_rates_rule
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.reruns import papers_piece
from lottery.claims.frame.sizes import BUDGET_RULE, Size, at_full_budget, numbers, size_of
from lottery.data import risk_weights
from lottery.experiments.rule import rule_piece
from lottery.pieces import Piece
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.ranked import Ranked, ranked_rates

NAME = "rules"
STATEMENT = "The Game of Life is harder to learn than other rules of its kind."
SOURCE = "Our question; the rates of Life: Springer and Kenyon 2020 (arXiv 2009.01398), 3 of 64 at m=1, 60 % at m=3"
PROTOCOL = (
    "One step ahead, m=1 and m=3, trained as in the paper but for the rule. Rules: Life, HighLife, Maze, Day & Night "
    "and Seeds; rules drawn at random, every birth and survival count with probability 1/2 (`any`); and rules of "
    "Life's own form, a dead cell born and a live one surviving within one band of counts each, bands within 1 to 7, "
    "drawn evenly from all 784 (`band`). Draws follow from the seed; rules whose answer does not depend on the "
    "neighbours (always dead, always alive, the cell as it is, its opposite), known ones and repetitions are drawn "
    "again. Arms are independent. A certificate tries all 512 neighbourhoods under the rule itself. A rate of 0 may "
    "mean that a rule is hard to learn or that no network of this width computes it: a rule with many turns (changes "
    "of the answer along the counts 0 to 8) needs more units; Life has four."
)
RULE = (
    f"Life: {same_rates_rule()} {BUDGET_RULE} Other rules have no published number. Life's rank is the share of drawn "
    "rules that succeed less often, equals counting half; its interval draws rules with replacement and every rate "
    "from its posterior (Jeffreys)."
)
SIZES = {"smoke": Size(16, 2_000), "laptop": Size(16, 125_000), "paper": Size(64, 125_000)}
DRAWN = {"smoke": 2, "laptop": 12, "paper": 50}  # rules of each kind
WIDTHS = (1, 3)
LIFE = NAMED_RULES["Life"]
KNOWN = ("Life", "HighLife", "Maze", "Day & Night", "Seeds")
PUBLISHED = {1: (3, 64), 3: (38, 64)}


KINDS_OF_DRAWS = ("any", "band")


@cache
def drawn_rules(kind: str, number: int, seed: int) -> tuple[str, ...]:
    """Draw different rules, in B/S notation.

    Args:
        kind: "any" or "band", as the protocol says.
        number: how many.
        seed: of the run.
    """
    rng = np.random.default_rng([seed, KINDS_OF_DRAWS.index(kind)])
    found: list[str] = []
    while len(found) < number:
        rule = str(_any_rule(rng) if kind == "any" else _band_rule(rng))
        if rule not in found and rule not in NAMED_RULES.values() and depends_on_neighbours(rule):
            found.append(rule)
    return tuple(found)


def _any_rule(rng: np.random.Generator) -> Rule:
    birth, survival = rng.integers(2, size=(2, 9))
    return Rule(frozenset(np.flatnonzero(birth).tolist()), frozenset(np.flatnonzero(survival).tolist()))


def _band_rule(rng: np.random.Generator) -> Rule:
    bands = [(low, high) for low in range(1, 8) for high in range(low, 8)]
    birth, survival = (bands[i] for i in rng.integers(len(bands), size=2))
    return Rule(*(frozenset(range(low, high + 1)) for low, high in (birth, survival)))


def depends_on_neighbours(rule: str) -> bool:
    """Whether a dead or a live cell's answer is not the same for all its neighbourhoods."""
    parsed = parse_rule(rule)
    return any(0 < len(counts) < 9 for counts in (parsed.birth, parsed.survival))


def turns(rule: str) -> int:
    """How often the answer changes along the counts 0 to 8, of a dead cell and of a live one together."""
    parsed = parse_rule(rule)
    return sum(
        (count in counts) != (count + 1 in counts) for counts in (parsed.birth, parsed.survival) for count in range(8)
    )


def all_dead_accuracy(rule: str) -> float:
    """Share of cells that the answer "dead" gets right everywhere, on boards with a density from U(0,1)."""
    return 1 - float(risk_weights(None) @ truth_table(rule))


def rules_of(plan: Plan) -> dict[str, str]:
    """All rules of a plan in B/S notation, with their kind: "known", "any" or "band"."""
    drawn = {
        rule: kind
        for kind in reversed(KINDS_OF_DRAWS)  # should a rule be drawn as both, it counts among any
        for rule in drawn_rules(kind, DRAWN[plan.size], plan.seed)
    }
    return {**{NAMED_RULES[name]: "known" for name in KNOWN}, **drawn}


def arm_piece(plan: Plan, rule: str, width: int) -> Piece:
    """Training on one rule at one width; on Life it is the paper's own."""
    size = size_of(plan, SIZES)
    if rule == LIFE:
        return papers_piece(replace(plan, rule=LIFE), size, width)
    arm = 1 + [other for other in rules_of(plan) if other != LIFE].index(rule) + 1000 * width
    return rule_piece(
        f"rules-{rule.replace('/', '')}-m{width}",
        plan.network(width),
        plan.training(size.updates, rule=rule),
        seed=plan.seed,
        replicates=numbers(arm, size.replicates),
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per width and rule."""
    return [arm_piece(plan, rule, width) for width in WIDTHS for rule in rules_of(plan)]


def points(plan: Plan, results: Results) -> list[Point]:
    """Life against the paper at both widths, where it ranks, and one point per other rule."""
    size, kinds = size_of(plan, SIZES), rules_of(plan)
    solved = {
        width: {rule: results[arm_piece(plan, rule, width).name]["solved_at_end"] for rule in kinds} for width in WIDTHS
    }
    seconds = {rule: sum(results[arm_piece(plan, rule, width).name]["seconds"] for width in WIDTHS) for rule in kinds}
    verdicts = same_rates(
        {f"m={width}": PUBLISHED[width] for width in WIDTHS},
        {f"m={width}": count(solved[width][LIFE]) for width in WIDTHS},
    )
    found = [
        _point(
            f"Life/m={width}",
            expected=PUBLISHED[width][0] / PUBLISHED[width][1],
            **rate(solved[width][LIFE]),
            verdict=at_full_budget(size, SIZES, verdicts[f"m={width}"]),
            seconds=results[arm_piece(plan, LIFE, width).name]["seconds"],
            note=f"{_described(LIFE)} The networks of the claim `width`.",
        )
        for width in WIDTHS
    ]
    gains = {
        width: against(count(solved[width][LIFE]), {r: count(s) for r, s in solved[width].items() if r != LIFE})
        for width in WIDTHS
    }
    for width in WIDTHS:
        for kind in KINDS_OF_DRAWS:
            drawn = [rule for rule, of_kind in kinds.items() if of_kind == kind]
            found.append(_rank_point(width, kind, drawn, solved[width], gains[width], plan.seed))
    names = {rule: name for name, rule in NAMED_RULES.items()}
    for rule in (rule for rule in kinds if rule != LIFE):
        low, high = (count(solved[width][rule]) for width in WIDTHS)
        found.append(
            _point(
                f"{names.get(rule, kinds[rule])}/{rule}".replace(" ", ""),
                **rate(solved[WIDTHS[1]][rule]),
                verdict="new",
                seconds=seconds[rule],
                note=f"{_described(rule)} m=1: {low[0]}/{low[1]}; m=3: {high[0]}/{high[1]}, minus Life "
                f"{gains[WIDTHS[1]][rule]}.",
            )
        )
    return found


def _described(rule: str) -> str:
    return f"{rule}, turns: {turns(rule)}. All dead is right on {100 * all_dead_accuracy(rule):.0f} % of cells."


def _rank_point(
    width: int,
    kind: str,
    drawn: list[str],
    solved: dict[str, list[bool]],
    gains: dict[str, Comparison],
    seed: int,
) -> Point:
    share, interval = rank(solved[LIFE], [solved[rule] for rule in drawn], seed)
    certain = [gains[rule].difference.value for rule in drawn if gains[rule].p < ALPHA]
    return _point(
        f"rank/{kind}/m={width}",
        measured=share,
        interval=(interval.low, interval.high),
        verdict="new",
        unit="rate",
        note=f"Share of {len(drawn)} rules drawn as `{kind}` that succeed less often than Life at m={width}. "
        f"{sum(value > 0 for value in certain)} succeed more often and {sum(value < 0 for value in certain)} less "
        f"often with p < {ALPHA:g} (Fisher, Holm's correction over all rules).",
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "solved_at_end"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """All rules, sorted by their rate, one panel per width."""
    size = size_of(plan, SIZES)
    names = {rule: name for name, rule in NAMED_RULES.items()}
    kinds = rules_of(plan)
    words = {"known": "known rules", "any": "any rule", "band": "rules of Life's form"}
    series = []
    for width in WIDTHS:
        for rule, kind in kinds.items():
            k, n = count(results[arm_piece(plan, rule, width).name]["solved_at_end"])
            label = f"{names[rule]} {rule}" if kind == "known" else rule
            series.append(Ranked(f"m={width}", label, "Life" if rule == LIFE else words[kind], k, n))
    figure, table = ranked_rates(series, highlight="Life")
    return [
        PageFigure(
            title="Life among other rules",
            caption=f"Networks certified after {size.updates:,} updates, with Wilson's 95 % intervals, sorted by the "
            "rate at m=3.",
            svg=save_figure(figure, table, folder, NAME),
            claim=NAME,
        )
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
