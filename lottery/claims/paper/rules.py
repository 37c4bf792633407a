"""Claim: the Game of Life is harder to learn than other rules of its kind, known ones and some drawn at random.

Is Life special? Our question; no source has numbers for other rules. For Life, Springer and Kenyon 2020 (arXiv
2009.01398) have 3 of 64 networks at m=1 and 60 % at m=3.

    python scripts/replicate.py --claims rules                    # some 8 minutes on two cores
    python scripts/replicate.py --claims rules --preset smoke     # a minute
"""

from collections.abc import Iterator
from functools import cache, cached_property

import numpy as np

from gol.rules import NAMED_RULES, Rule, parse_rule, truth_table
from lottery.claims.frame.answers import Points, aside
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.plan import Plan, changed
from lottery.claims.frame.reruns import PUBLISHED, papers_piece
from lottery.claims.frame.sizes import BUDGET_RULE, BySize, Size, numbers
from lottery.experiments.rule import rule_piece
from lottery.networks.neighbourhoods import risk_weights
from lottery.report.figures.ranked_rates import Ranked, ranked_rates
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, counted, independent
from lottery.statistics.ranks import rank
from lottery.statistics.verdicts import ALPHA, agrees_in_part, agrees_in_part_rule

DRAWN = BySize(smoke=2, laptop=12, paper=50)  # rules of each kind
WIDTHS = (1, 3)
LIFE = NAMED_RULES["Life"]
KNOWN = ("Life", "HighLife", "Maze", "Day & Night", "Seeds")
NAMES = {rule: name for name, rule in NAMED_RULES.items()}
KINDS_OF_DRAWS = ("any", "band")
DRAWS = {"any": "Rules drawn at random", "band": "Rules of Life's form drawn at random"}


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


def described(rule: str) -> str:
    """How often a rule turns, and how far the answer "dead" gets with it, in a note's words."""
    return f"{rule}, turns: {turns(rule)}. All dead is right on {100 * all_dead_accuracy(rule):.0f} % of cells."


def rules_of(plan: Plan) -> dict[str, str]:
    """All rules of a plan in B/S notation, with their kind: "known", "any" or "band"."""
    drawn = {
        rule: kind
        for kind in reversed(KINDS_OF_DRAWS)  # should a rule be drawn as both, it counts among any
        for rule in drawn_rules(kind, DRAWN[plan.size], plan.seed)
    }
    return {**{NAMED_RULES[name]: "known" for name in KNOWN}, **drawn}


class Rules(Claim):
    """Life, other known rules and rules drawn at random, at two widths."""

    fixed = "2026-11-27 15:12:22"
    name = "rules"
    question = "Is the Game of Life harder to learn than other rules of its kind?"
    statement = "The Game of Life is harder to learn than other rules of its kind."
    source = "Our question; the rates of Life: Springer and Kenyon 2020 (arXiv 2009.01398), 3 of 64 at m=1, 60 % at m=3"
    protocol = (
        "One step ahead, m=1 and m=3, trained as in the paper but for the rule. Rules: Life, HighLife, Maze, Day & "
        "Night and Seeds; rules drawn at random, every birth and survival count with probability 1/2 (`any`); and "
        "rules of Life's own form, a dead cell born and a live one surviving within one band of counts each, bands "
        "within 1 to 7, drawn evenly from all 784 (`band`). Draws follow from the seed; rules whose answer does not "
        "depend on the neighbours (always dead, always alive, the cell as it is, its opposite), known ones and "
        "repetitions are drawn again. Arms are independent. A certificate tries all 512 neighbourhoods under the rule "
        "itself. A rate of 0 may mean that a rule is hard to learn or that no network of this width computes it: a "
        "rule with many turns (changes of the answer along the counts 0 to 8) needs more units; Life has four."
    )
    rule = (
        f"Life: {agrees_in_part_rule()} {BUDGET_RULE} Other rules have no published number. Life's rank is the share "
        "of drawn rules that succeed less often, equals counting half; its interval draws rules with replacement and "
        "every rate from its posterior (Jeffreys)."
    )
    sizes = BySize(smoke=Size(16, 2_000), laptop=Size(16, 125_000), paper=Size(64, 125_000))

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of every rule, as `rules_of` has them."""
        return rules_of(self.plan)

    @cached_property
    def others(self) -> list[str]:
        """All rules but Life."""
        return [rule for rule in self.kinds if rule != LIFE]

    def pieces(self) -> dict[tuple[str, int], Piece]:
        """One piece per width and rule."""
        return {(rule, width): self._trained(rule, width) for width in WIDTHS for rule in self.kinds}

    def _trained(self, rule: str, width: int) -> Piece:
        """Training on one rule at one width; on Life it is the paper's own."""
        if rule == LIFE:
            return papers_piece(changed(self.plan, rule=LIFE), self.size, width)
        return rule_piece(
            f"rules-{rule.replace('/', '')}-m{width}",
            self.plan.network(width),
            self.plan.training(self.size.updates, rule=rule),
            seed=self.plan.seed,
            replicates=numbers(1 + self.others.index(rule) + 1000 * width, self.size.replicates),
        )

    def points(self) -> Iterator[Point]:
        """Life against the paper at both widths, where it ranks, and one point per other rule."""
        lives = {width: self[LIFE, width].count for width in WIDTHS}
        for width, life in lives.items():
            yield self.point(
                f"Life/m={width}",
                label=f"Life, m={width}",
                expected=PUBLISHED[width][0] / PUBLISHED[width][1],
                **self[LIFE, width].rate,
                verdict=self.at_full_budget(agrees_in_part(PUBLISHED[width], life)),
                seconds=self[LIFE, width].seconds,
                note=f"{described(LIFE)} The networks of the claim `width`.",
            )
        gains = {
            width: corrected({rule: independent(self[rule, width].count, life) for rule in self.others})
            for width, life in lives.items()
        }
        for width in WIDTHS:
            for kind in KINDS_OF_DRAWS:
                yield self._rank(width, kind, gains[width])
        for rule in self.others:
            narrow, wide = (self[rule, width] for width in WIDTHS)
            yield self.point(
                f"{NAMES.get(rule, self.kinds[rule])}/{rule}".replace(" ", ""),
                label=f"{NAMES.get(rule, 'Rule')} {rule}, m=3",
                **wide.rate,
                seconds=narrow.seconds + wide.seconds,
                note=f"{described(rule)} m=1: {counted(narrow.count)}; m=3: {counted(wide.count)}, minus Life "
                f"{gains[WIDTHS[1]][rule]}.",
            )

    def _rank(self, width: int, kind: str, gains: dict[str, Comparison]) -> Point:
        drawn = [rule for rule, of_kind in self.kinds.items() if of_kind == kind]
        share, interval = rank(self[LIFE, width].solved, [self[rule, width].solved for rule in drawn], self.plan.seed)
        verdicts = [gains[rule].beats for rule in drawn]
        return self.point(
            f"rank/{kind}/m={width}",
            label=f"{DRAWS[kind]} that are harder than Life, m={width}",
            measured=share,
            interval=(interval.low, interval.high),
            unit="rate",
            note=f"Share of {len(drawn)} rules drawn as `{kind}` that succeed less often than Life at m={width}. "
            f"{verdicts.count('reproduced')} succeed more often and {verdicts.count('contradicted')} less "
            f"often with p < {ALPHA:g} (Fisher, Holm's correction over all rules).",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        life, rank = points["Life/m=3"], points["rank/any/m=3"]
        return (
            f"At three times the minimal width, {told(life, 'networks')} learn Life{aside(life)}. Of rules drawn at "
            f"random, {told(rank)} are learned less often than Life at this width, and {told(points['rank/band/m=3'])} "
            "of those that have Life's own form."
        )

    def figures(self) -> Iterator[Figure]:
        """All rules, sorted by their rate, one panel per width."""
        words = {"known": "known rules", "any": "any rule", "band": "rules of Life's form"}
        rows = []
        for width in WIDTHS:
            for rule, kind in self.kinds.items():
                label = f"{NAMES[rule]} {rule}" if kind == "known" else rule
                group = "Life" if rule == LIFE else words[kind]
                rows.append(Ranked(f"m={width}", label, group, *self[rule, width].count))
        yield Figure(
            title="Life among other rules",
            caption=f"Networks certified after {self.size.updates:,} updates, with Wilson's 95 % intervals, sorted by "
            "the rate at m=3.",
            drawn=ranked_rates(rows, highlight="Life"),
        )
