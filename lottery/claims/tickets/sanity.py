"""Claim: what methods before training choose does not matter beyond each layer's share; what IMP chooses does.

Frankle et al. (2021) shuffled the masks of SNIP, GraSP, SynFlow and initial magnitude within layers and drew new
initial weights: accuracy stayed the same or rose, unlike that of pruning after training. Ma et al. (2021) ask of a
ticket that it matches the dense network and beats random reinit, and find that this depends on learning rate and
length.

Few shuffles of a sparse mask can be exact at this size whatever they are trained to, so the shuffle that is judged is
drawn among those that can be.

    python scripts/replicate.py --claims sanity                   # some 45 minutes on two cores, 15 of them `lab-imp`
    python scripts/replicate.py --claims sanity --preset smoke    # a quarter of a minute
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from lottery.claims.frame import lab
from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Figure, Point
from lottery.claims.frame.found import Found
from lottery.claims.frame.series import named, rates
from lottery.claims.frame.sizes import BySize
from lottery.report.figures.figure import Rates
from lottery.report.figures.rate_panels import lines_in_panels
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import Comparison, corrected, count, counted, paired
from lottery.statistics.keeping import HARM, keeps, keeps_rule, survives
from lottery.statistics.verdicts import ALPHA, Verdict, beats_rule
from lottery.tickets.arms import FAIR, TRIES
from lottery.tickets.settings import PruningSettings

RULES = {
    "survives": (
        "Before training the check should do no harm. Contradicted if the subnetwork beats the check (exact McNemar, p "
        f"< {ALPHA:g}); otherwise reproduced if the 95 % interval of the paired difference lies below "
        f"{100 * HARM:g} percentage points and the subnetwork succeeds more often than that, without which no such "
        "loss is possible; undecided otherwise."
    ),
    "suffers": f"After training the check should do harm. {beats_rule(ALPHA)}",
}
HOLM = (
    " p-values are corrected by Holm's method over all methods and both of these checks. The shuffle that is judged is "
    "drawn among the masks that can be exact, and held against the subnetworks of those replicates where one was found."
)
BEFORE = {"snip": "SNIP", "grasp": "GraSP", "synflow": "SynFlow", "magnitude": "initial magnitude"}
AFTER = {"one-shot": "magnitude after training, at once", "levels": "magnitude after training, by levels"}
CHECKS = {FAIR: "shuffled within layers to a mask that can be exact", "reinit": "with new initial weights"}
REPORTED = {"shuffled": "shuffled within layers to any mask", "inverted": "of inverted scores"}
METHODS = BEFORE | AFTER

REPLICATES = BySize(smoke=4, laptop=64, paper=256)
RATES = BySize[tuple[float, ...]](smoke=(1e-3,), laptop=(3e-4, 1e-3, 3e-3, 1e-2), paper=(3e-4, 1e-3, 3e-3, 1e-2))
LENGTHS = BySize[tuple[int, ...]](smoke=(500,), laptop=(5_000, 20_000, 50_000), paper=(20_000, 50_000, 125_000))
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


class Sanity(lab.LabClaim):
    """Checks of what each method chose, and tickets over learning rates and lengths."""

    fixed = "2026-11-27 15:47:55"
    name = "sanity"
    question = "Does it matter which weights a method keeps, beyond how many of each layer?"
    statement = (
        "What is pruned before training can be shuffled within its layers or drawn anew without loss; the ticket found "
        "after training cannot, at any learning rate and length."
    )
    source = (
        "Frankle et al. 2021, arXiv 2009.08576 (and Su et al. 2020, arXiv 2009.11094); Ma et al. 2021, arXiv 2107.00166"
    )
    protocol = (
        "At the density of the laboratory's verdicts each method's subnetwork is trained beside four others of the "
        "same counts per layer: its mask shuffled within layers, evenly over all shuffles and evenly over those that "
        f"can be exact (`lottery.can_be_exact`; {TRIES:,} shuffles are tried), its mask with new initial weights, and "
        "the weights of the lowest scores instead of the highest. Methods before training and magnitude after "
        "training at once have 64 replicates on a laptop, pruning level by level those of the laboratory (`lab-imp`, "
        "without inverted scores: there they would be inverted among the survivors of the level before). Learning "
        "rates and lengths: magnitude in two cuts with rewinding, dense, ticket and random reinit, Adam at a "
        "constant rate. Left open by the sources, and our choice: width, density, rates, lengths, and that success "
        "stands in the place of accuracy. What this page said before: its verdicts on shuffling came from shuffles "
        "of any kind. At 20 % of the weights of m=8 a few in a hundred of these can be exact, whatever their weights "
        "are, so that they were beaten before training began, and a verdict about them says little of the masks that "
        "they were drawn from."
    )
    rule = f"{RULES['survives']} {RULES['suffers']}{HOLM} {WINS_RULE}"

    @cached_property
    def replicates(self) -> int:
        """Networks per arm: the first ones of the laboratory's headline width."""
        return self.plan.replicates or REPLICATES[self.plan.size]

    @cached_property
    def settings(self) -> list[Setting]:
        """Every learning rate for the laboratory's budget, and every budget at the plan's learning rate."""
        plan = self.plan
        lengths = (plan.updates,) if plan.updates else LENGTHS[plan.size]
        by_rate = [Setting(rate, self.lab.updates) for rate in RATES[plan.size]]
        return list(dict.fromkeys([*by_rate, *(Setting(plan.train.learning_rate, updates) for updates in lengths)]))

    @property
    def density(self) -> float:
        """Share of the weights at the laboratory's level of verdicts."""
        return float(lab.FINAL_DENSITY ** (self.lab.verdict / self.lab.levels))

    def pieces(self) -> Mapping[Any, Piece]:
        """Two pieces per method, of which one has the fair shuffle, and one per learning rate and length."""
        return {
            **{method: self._checked(method) for method in METHODS},
            **{("fair", method): self._checked(method, fair=True) for method in METHODS},
            **{setting: self._tickets(setting) for setting in self.settings},
        }

    def _checked(self, method: str, *, fair: bool = False) -> Piece:
        """A method's subnetwork at the density of the verdict beside its checks, or beside the fair shuffle alone."""
        if method == "levels":
            return (lab.fair if fair else lab.imp)(self.plan, self.width)
        how = lab.pruning(
            self.plan,
            when="oneshot" if method == "one-shot" else "init",
            criterion="magnitude" if method == "one-shot" else lab.AT_INIT[method],
            controls=(FAIR,) if fair else ("shuffled", "reinit", "inverted"),
            at=(self.lab.verdict,),
        )
        label = f"sanity-{'fair-' if fair else ''}{method}"
        return lab.pruned(self.plan, label, how, replicates=self.replicates, **(self.plan.kernel if fair else {}))

    def _tickets(self, setting: Setting) -> Piece:
        """Iterative magnitude pruning to the density of the verdict in a few cuts, beside random reinit."""
        rate, updates = setting
        how = PruningSettings(
            levels=CUTS, prune_fraction=1 - self.density ** (1 / CUTS), scope=self.plan.scope, controls=("reinit",)
        )
        label = f"sanity-rate{rate:g}-updates{updates}"
        return lab.pruned(self.plan, label, how, replicates=self.replicates, updates=updates, learning_rate=rate)

    def points(self) -> Iterator[Point]:
        """Every method against its fair shuffle and its redrawn self, then what is reported, then the tickets."""
        pairs = self._pairs(CHECKS) | self._pairs(REPORTED)
        for method, words in METHODS.items():
            for check, changed in (CHECKS | REPORTED).items():
                if pair := pairs.get((method, check)):
                    yield self.point(
                        f"{method}/{check}",
                        label=f"{words}, as chosen less {changed}",
                        **pair.fields,
                        **_judged(method, check, pair),
                        seconds=self._found(method, check).seconds,
                        note=f"{words} {counted(pair.first)}, {changed} {counted(pair.second)}; exact McNemar p after "
                        f"Holm = {pair.p:.2g}. {self._masks(method, check)}",
                    )
                elif check == FAIR:
                    yield self.point(
                        f"{method}/{check}",
                        label=f"{words}, as chosen less {changed}",
                        verdict="undecided",
                        expected="not above 0" if method in BEFORE else "above 0",
                        rule=RULES["survives" if method in BEFORE else "suffers"] + HOLM,
                        note=f"{words}: of {TRIES:,} shuffles of every mask none can be exact. "
                        f"{self._masks(method, check)}",
                    )
        yield from self._wins()

    def _found(self, method: str, check: str) -> Found:
        """The outcomes that have a check beside its subnetwork."""
        return self["fair", method] if check == FAIR else self[method]

    def _masks(self, method: str, check: str) -> str:
        """How many masks of the subnetworks and of a shuffle can be exact, in words."""
        found, level = self._found(method, check), self.lab.verdict
        own = f"As chosen: {found.possible_in_words(level)}"
        shuffled = check in (FAIR, "shuffled") and found.masks_known(level, check)
        return f"{own} Shuffled: {found.possible_in_words(level, check)}" if shuffled else own

    def _pairs(self, checks: Iterable[str]) -> dict[tuple[str, str], Comparison]:
        """By method and check, the subnetwork against the check, where that was trained and can be exact at all."""
        level, arms = self.lab.verdict, {}
        for method in METHODS:
            for check in checks:
                found = self._found(method, check)
                if check == FAIR:
                    arms[method, check] = found.against_fair_shuffle(level)
                elif check in found.row(level)["arms"]:
                    arms[method, check] = found.arm(level), found.arm(level, check)
        return corrected({key: paired(*pair) for key, pair in arms.items() if pair is not None})

    def _wins(self) -> Iterator[Point]:
        """For every setting and cut, whether the ticket wins."""
        cases = [(setting, level) for setting in self.settings for level in range(CUTS, 0, -1)]
        gains = corrected(
            {(one, level): paired(self[one].arm(level), self[one].arm(level, "reinit")) for one, level in cases}
        )
        for (setting, level), gain in gains.items():
            found = self[setting]
            loss, share = paired(found.arm(level), found.dense), f"{100 * found.density(level):.0f}"
            match, win = keeps(loss, MATCHING), gain.beats
            yield self.point(
                f"rate={setting.rate:g},updates={setting.updates}/{share}%",
                label=f"Learning rate {setting.rate:g}, {setting.updates:,} updates, {share} % kept: ticket less new "
                "weights",
                expected="above 0, and as dense",
                **gain.fields,
                verdict=wins(match, win),
                rule=WINS_RULE,
                seconds=found.seconds,
                note=f"Cut {level} of {CUTS}. Ticket {counted(gain.first)}, new weights {counted(gain.second)}: "
                f"McNemar's p after Holm = {gain.p:.2g}, that it beats it is {win}. Dense {counted(loss.second)}: "
                f"ticket minus dense {loss.in_points}, that it matches is {match}.",
            )

    def answer(self, points: Points) -> str:
        """What was found."""
        before = [points[f"{method}/{check}"] for method in BEFORE for check in CHECKS]
        after = [points[f"{method}/{check}"] for method in AFTER for check in CHECKS]
        return " ".join(
            [
                of_all(before, "checks of methods before training", "did no harm", "did harm"),
                of_all(after, "checks of methods after it", "did harm", "did none, but good"),
            ]
        )

    def figures(self) -> Iterator[Figure]:
        """The checks in rows by method, and the tickets over learning rates and lengths."""
        level, series = self.lab.verdict, []
        arms = {
            "ticket": "as chosen",
            "shuffled": "shuffled",
            "reinit": "new weights",
            "inverted": REPORTED["inverted"],
        }
        for arm, label in arms.items():
            rows = {words: self[method] for method, words in METHODS.items() if arm in self[method].row(level)["arms"]}
            series.append(named(label, {words: count(found.arm(level, arm)) for words, found in rows.items()}))
        fair = {words: self["fair", method].against_fair_shuffle(level) for method, words in METHODS.items()}
        shuffles = {words: count(pair[1]) for words, pair in fair.items() if pair is not None}
        series.insert(2, named("shuffled, can be exact", shuffles))
        yield Figure(
            title="Sanity checks of what was chosen",
            caption=f"Networks of width m={self.width} with {100 * self.density:.0f} % of their weights, certified "
            f"after {self.lab.updates:,} updates, with Wilson's 95 % intervals.",
            drawn=rates_by_name(series),
        )
        usual, budget = self.plan.train.learning_rate, self.lab.updates
        axes: dict[str, dict[Any, Found]] = {
            "learning rate": {one.rate: self[one] for one in sorted(self.settings) if one.updates == budget},
            "updates": {one.updates: self[one] for one in sorted(self.settings) if one.rate == usual},
        }
        panels = {}
        for cut in range(1, CUTS + 1):
            for axis, chosen in axes.items():
                share = next(iter(chosen.values())).density(cut)
                panels[f"{axis}, {100 * share:.0f} % kept"] = _over(chosen, cut)
        yield Figure(
            title="Tickets over learning rates and lengths",
            caption=f"Networks of width m={self.width} pruned by magnitude in {CUTS} cuts and rewound, "
            f"{self.replicates} replicates, with Wilson's 95 % intervals. Learning rates: {budget:,} updates per cut; "
            f"lengths: a rate of {usual:g}.",
            drawn=lines_in_panels(panels),
            part="tickets",
        )


def _judged(method: str, check: str, pair: Comparison) -> dict[str, Any]:
    """What is expected of a check, by which rule, and the verdict."""
    if check in REPORTED:
        rule = "Reported, not judged; p-values are corrected by Holm's method over all methods."
        return {"rule": rule}
    if method in BEFORE:
        return {"expected": "not above 0", "rule": RULES["survives"] + HOLM, "verdict": survives(pair)}
    return {"expected": "above 0", "rule": RULES["suffers"] + HOLM, "verdict": pair.beats}


def wins(match: Verdict, win: Verdict) -> Verdict:
    """Both conditions of Ma et al. in one verdict."""
    if "contradicted" in (match, win):
        return "contradicted"
    return "reproduced" if match == win == "reproduced" else "undecided"


def _over(chosen: Mapping[Any, Found], level: int) -> list[Rates]:
    """Dense, ticket and reinit at a cut, over a learning rate or a budget."""
    return [
        rates("dense", {x: count(found.dense) for x, found in chosen.items()}),
        rates("ticket", {x: count(found.arm(level)) for x, found in chosen.items()}),
        rates("random reinit", {x: count(found.arm(level, "reinit")) for x, found in chosen.items()}),
    ]
