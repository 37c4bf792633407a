"""Claim: winning tickets carry over: to other rules, to other starting weights, to a longer way ahead.

Morcos et al. 2019, arXiv 1906.02773: winning tickets found on one data set train on others nearly as well as
    tickets found there, and better than random subnetworks.
Frankle and Carbin 2019, arXiv 1803.03635: a ticket's mask with other initial weights does worse.

python scripts/replicate.py --claims transfer                    # some 12 minutes on two cores
python scripts/replicate.py --claims transfer --preset smoke     # seconds
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import gcd
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from gol.rules import NAMED_RULES
from lottery.claims.frame.answers import Points, of_all
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.found import share_of
from lottery.claims.frame.races import race
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BySize, Size, size_of
from lottery.experiments.chained import ARMS, chained_piece
from lottery.experiments.prune import pruning_piece
from lottery.experiments.transfer import MASKS, Arm, transfer_piece
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.report.figures.small_multiples import survival_in_panels
from lottery.report.figures.survival_curves import Times, survival
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import corrected, count, counted, paired
from lottery.statistics.rates import sign_test
from lottery.statistics.survival import kaplan_meier, median_time
from lottery.statistics.verdicts import beats_rule, matches, matches_rule
from lottery.tickets.settings import PruningSettings

WORDS = {
    "other": "the next replicate's weights",
    "fresh": "a fresh draw",
    "he": "He's weights",
    "pytorch": "PyTorch's weights",
    "glorot": "Glorot's weights",
    "normal": "normal weights",
}
TWO = BySize(smoke=Size(2, 500), laptop=Size(16, 40_000), paper=Size(64, 125_000))  # tickets that are chained
POOL = 4  # one-step networks per ticket that is chained
LIFE = NAMED_RULES["Life"]
PRUNING = PruningSettings(levels=2, prune_fraction=0.4, controls=())
PRUNING_TWO = PruningSettings(levels=2, prune_fraction=0.3, controls=())
CONTROLS = {"vs-shuffled": "shuffled mask", "vs-dense": "dense", "vs-own": "its own ticket"}
BEFORE = {"vs-shuffled": "a shuffled mask", "vs-dense": "the dense network", "vs-own": "the rule's own ticket"}

Runs = Mapping[str, Any]  # one arm, as a piece stores it


@dataclass(frozen=True)
class TransferSize(Size):
    """How much of the claim is computed.

    Attributes:
        widths: m at one step, m at two.
        rules: that Life's tickets are moved to.
        initialisers: whose weights they are moved to.
    """

    widths: tuple[int, int] = (8, 4)
    rules: tuple[str, ...] = ("HighLife", "Maze", "Day & Night")
    initialisers: tuple[str, ...] = ("he", "pytorch")


class Transfer(Claim):
    """Other rules, other weights, two steps."""

    fixed = "2026-11-25 14:03:03"
    name = "transfer"
    question = "Do winning tickets carry over to other rules, other weights and a longer way ahead?"
    statement = "Winning tickets carry over: to other rules, to other starting weights, and to a longer way ahead."
    source = "Morcos et al. 2019, arXiv 1906.02773; other weights: Frankle and Carbin 2019, arXiv 1803.03635"
    protocol = (
        "Tickets: iterative magnitude pruning of weights in two levels, rewound to the initial weights, 20,000 updates "
        "per level (laptop). Other rules and other weights: one step, m=8, 36 % of the weights kept. A Life ticket "
        "(mask and initial weights) is trained on HighLife, Maze and Day & Night, beside its weights under the mask "
        "shuffled within layers, the ticket found on that rule from the same initial weights, and the dense network. A "
        "Life ticket's mask is also trained on Life from the initial weights of the next replicate, from a fresh draw, "
        "and from other initialisers, beside the same weights under a shuffled mask; it is held against the ticket "
        "that was found from weights of that kind. Two steps: m=4, 49 % kept; of a pool of one-step tickets the first "
        "certified ones are made both blocks of a two-step network, whose second block reads what the first one passes "
        "on through the read-out: a 3x3 weight is the one-step weight times the read-out's, scaled to the spread that "
        "the dense network begins with, and kept where both are. It is held against a shuffled mask with the same "
        "weights, and the dense network with weights of its own. Two-step networks leave at their first certificate "
        "(all 2^25 windows), looked for every 1,250 updates. All arms of a replicate see the same batches."
    )
    rule = (
        "Other rules: time to the first certificate, in pairs (log-rank test stratified by replicate, p-values by Holm "
        "over the rules): the share of pairs in which the Life ticket is first. Reproduced if it is above 1/2 with p < "
        "0.05, contradicted if below with p < 0.05, undecided otherwise; against the rule's own ticket it has no "
        f"verdict. Other weights, against the shuffled mask: {beats_rule()} p-values by Holm over the kinds of "
        f"weights. Against the own ticket: {matches_rule()} Two steps: against the shuffled mask and the dense network "
        "by the same two rules, on ever_solved. Only pairs whose one-step ticket was certified count."
    )
    size: TransferSize  # of the networks of one step
    sizes = BySize(
        smoke=TransferSize(8, 500, widths=(4, 1), rules=("HighLife",), initialisers=("he",)),
        laptop=TransferSize(64, 20_000),
        paper=TransferSize(128, 125_000),
    )

    @cached_property
    def two(self) -> Size:
        """How much is computed at two steps."""
        return size_of(self.plan, TWO)

    @cached_property
    def initialisers(self) -> list[str]:
        """Those other than the plan's own."""
        return [name for name in self.size.initialisers if name != self.plan.initialiser]

    @cached_property
    def origins(self) -> tuple[str, ...]:
        """The kinds of starting weights that Life's tickets are moved to."""
        return ("other", "fresh", *self.initialisers)

    @cached_property
    def arms(self) -> list[Arm]:
        """Everything that Life's tickets are trained as."""
        rules = [Arm(NAMED_RULES[name], mask) for name in self.size.rules for mask in MASKS]
        weights = [Arm(LIFE, mask, origin) for origin in self.origins for mask in MASKS]
        return [*rules, *weights]

    def pieces(self) -> dict[str, Piece]:
        """Life's tickets, the own tickets of every rule and initialiser, and two steps."""
        own = {kind: self._own(kind) for kind in (*self.size.rules, *self.initialisers)}
        return {"Life": self._life(), **own, "two steps": self._two()}

    def _life(self) -> Piece:
        """Life's tickets, and all that they are trained as."""
        width = self.size.widths[0]
        return transfer_piece(
            f"transfer-Life-m{width}",
            self.plan.network(width),
            self.plan.training(self.size.updates, rule=LIFE),
            PRUNING,
            seed=self.plan.seed,
            replicates=range(self.size.replicates),
            arms=self.arms,
        )

    def _own(self, kind: str) -> Piece:
        """Dense networks and tickets found on a rule, or from an initialiser's weights; replicates as in Life's."""
        width = self.size.widths[0]
        return pruning_piece(
            f"transfer-{kind.replace(' & ', '')}-m{width}",
            self.plan.network(width) if kind in NAMED_RULES else self.plan.network(width, initialiser=kind),
            self.plan.training(self.size.updates, rule=NAMED_RULES.get(kind, LIFE)),
            PRUNING,
            seed=self.plan.seed,
            replicates=range(self.size.replicates),
        )

    def _two(self) -> Piece:
        """One-step tickets as both blocks of two-step networks."""
        two, width = self.two, self.size.widths[1]
        return chained_piece(
            f"transfer-two-steps-m{width}",
            self.plan.network(width),
            self.plan.training(self.size.updates, rule=LIFE),
            PRUNING_TWO,
            self.plan.training(two.updates, rule=LIFE, stop_when_solved=True, check_every=gcd(two.updates, 1250)),
            seed=self.plan.seed,
            pool=range(POOL * two.replicates),
            wanted=two.replicates,
        )

    def _arm(self, arm: Arm) -> Runs:
        """What became of Life's tickets, trained so."""
        return self["Life"][f"arm{self.arms.index(arm)}"]

    def points(self) -> Iterator[Point]:
        """Other rules, other weights, two steps."""
        yield from self._rules()
        yield from self._weights()
        yield from self._two_steps()

    def _on_rule(self, name: str) -> dict[str, Runs]:
        """The four arms of one target rule, by their words."""
        return {
            "Life's ticket": self._arm(Arm(NAMED_RULES[name])),
            "shuffled mask": self._arm(Arm(NAMED_RULES[name], "shuffled")),
            "its own ticket": self[name].row(PRUNING.levels)["arms"]["ticket"],
            "dense": self[name].row(0)["arms"]["ticket"],
        }

    def _rules(self) -> Iterator[Point]:
        updates = self.size.updates
        arms = {name: self._on_rule(name) for name in self.size.rules}
        for control, label in CONTROLS.items():
            races = {
                name: race(*_times({kind: of[kind] for kind in ("Life's ticket", label)}, updates))
                for name, of in arms.items()
            }
            for name, one in corrected(races).items():
                judged = control != "vs-own"
                yield self.point(
                    f"{name}/{control}",
                    label=f"{name}: pairs in which Life's ticket comes before {BEFORE[control]}",
                    expected="above 1/2" if judged else "about 1/2",
                    **one.fields,
                    verdict=one.beats if judged else "new",
                    seconds=self[name].seconds,
                    outcome="first_solved",
                    note=f"Life's ticket is certified first on {name} in {one.wins} pairs, {label} in {one.losses}; "
                    f"p = {one.p:.2g}. {_told(arms[name], updates)}",
                )

    def _moved(self, origin: str) -> dict[str, Bool[np.ndarray, " replicates"]]:
        """By arm, which of Life's tickets were certified with other weights, and which found from such weights."""
        own = self[origin if origin in self.initialisers else "Life"]
        moved = {mask: np.array(self._arm(Arm(LIFE, mask, origin))["solved_at_end"], bool) for mask in MASKS}
        return {**moved, "own": own.arm(PRUNING.levels), "dense": own.dense}

    def _weights(self) -> Iterator[Point]:
        arms = {origin: self._moved(origin) for origin in self.origins}
        beside = corrected({origin: paired(of["ticket"], of["shuffled"]) for origin, of in arms.items()})
        for origin, of in arms.items():
            pair, held = beside[origin], paired(of["ticket"], of["own"])
            told = (
                f"Life's masks with {WORDS[origin]}: {counted(pair.first)}; shuffled masks with these "
                f"{counted(pair.second)}; tickets found from such weights {counted(count(of['own']))}, dense networks "
                f"{counted(count(of['dense']))}."
            )
            yield self.point(
                f"weights/{origin}/vs-shuffled",
                label=f"Life's masks with {WORDS[origin]} less shuffled masks",
                expected="above 0",
                **pair.fields,
                verdict=pair.beats,
                seconds=self["Life"].seconds,
                note=f"{told} McNemar p = {pair.p:.2g} (Holm).",
            )
            yield self.point(
                f"weights/{origin}/vs-own",
                label=f"Life's masks with {WORDS[origin]} less tickets found from such weights",
                expected="no loss",
                **held.fields,
                verdict=matches(held.difference.interval),
                seconds=self["Life"].seconds,
                note=told,
            )

    def _two_steps(self) -> Iterator[Point]:
        found = self["two steps"]
        won = np.array(found["won"], bool)
        pool = f"One-step networks: {counted(count(found['pool_ticket']))} tickets certified."
        if won.sum() < 2:
            note = f"Too few tickets. {pool}"
            yield self.point("two-steps", verdict="undecided", outcome="ever_solved", note=note)
            return
        runs = {arm: {name: np.array(values)[won] for name, values in found[arm].items()} for arm in ARMS}
        ticket, shuffled, dense = (runs[arm]["first_solved"] >= 0 for arm in ARMS)
        beside, held = paired(ticket, shuffled), paired(ticket, dense)
        rates = f"Ticket {counted(beside.first)}, shuffled {counted(beside.second)}, dense {counted(held.second)}."
        told = f"{_told(runs, self.two.updates)} {found['kept']} of {found['prunable']} weights are kept. {pool}"
        yield self.point(
            "two-steps/vs-shuffled",
            label="Two steps, chained tickets less shuffled masks",
            expected="above 0",
            **beside.fields,
            p=beside.p,
            verdict=beside.beats,
            seconds=found.seconds,
            outcome="ever_solved",
            note=f"{rates} Exact McNemar p = {beside.p:.2g}. {told}",
        )
        yield self.point(
            "two-steps/vs-dense",
            label="Two steps, chained tickets less dense networks",
            expected="no loss",
            **held.fields,
            verdict=matches(held.difference.interval),
            seconds=found.seconds,
            outcome="ever_solved",
            note=f"{rates} {told}",
        )
        yield from self._fewer_wrong({arm: runs[arm]["last_wrong"] for arm in ARMS}, found["cells"])

    def _fewer_wrong(self, wrong: Mapping[str, Int[np.ndarray, " pairs"]], cells: int) -> Iterator[Point]:
        medians = ", ".join(f"{arm} {100 * np.median(one) / cells:.3g} %" for arm, one in wrong.items())
        for arm in ("shuffled", "dense"):
            better, worse = int(np.sum(wrong[arm] > wrong["ticket"])), int(np.sum(wrong[arm] < wrong["ticket"]))
            yield self.point(
                f"two-steps/fewer-wrong-than-{arm}",
                label=f"Two steps, pairs in which the chained ticket has fewer wrong cells than the {arm} one",
                expected="above 1/2",
                **share_of(better, worse),
                outcome="last_wrong",
                note="Pairs in which the ticket has fewer wrong cells on 200 boards at its last look; sign test p = "
                f"{sign_test(better, worse):.2g}. Median share of wrong cells: {medians}.",
            )

    def answer(self, points: Points) -> str:
        """What was found."""
        rules = [points[f"{name}/{control}"] for name in self.size.rules for control in ("vs-shuffled", "vs-dense")]
        weights = points.judged("weights/*")
        said = [
            of_all(rules, "races on other rules", "went to Life's ticket", "went to the other"),
            of_all(weights, "comparisons with other starting weights", "spoke for Life's mask", "spoke against it"),
        ]
        return " ".join(said)

    def figures(self) -> Iterator[Figure]:
        """Time to success on other rules; success from other weights; time to success at two steps."""
        yield Figure(
            title="Life's tickets on other rules",
            caption=f"One step, {self.size.replicates} replicates: networks without a certificate so far, by Kaplan "
            "and Meier. All arms but the dense one keep 36 % of the weights.",
            drawn=survival_in_panels(
                {name: _times(self._on_rule(name), self.size.updates) for name in self.size.rules}
            ),
            part="rules",
        )
        arms = {WORDS[origin]: self._moved(origin) for origin in self.origins}
        rows = {
            "ticket's mask": {
                "its own weights": self["Life"].arm(PRUNING.levels),
                **{words: of["ticket"] for words, of in arms.items()},
            },
            "shuffled mask": {words: of["shuffled"] for words, of in arms.items()},
            "ticket found from them": {WORDS[origin]: self[origin].arm(PRUNING.levels) for origin in self.initialisers},
        }
        series = [named(label, {words: count(of) for words, of in row.items()}) for label, row in rows.items() if row]
        yield Figure(
            title="Life's masks with other starting weights",
            caption=f"One step: networks certified after {self.size.updates:,} updates, with Wilson's 95 % intervals.",
            drawn=rates_by_name(series),
            part="weights",
        )
        two, labels = self["two steps"], ("chained ticket", "shuffled mask", "dense")
        runs = {label: two[arm] for label, arm in zip(labels, ARMS, strict=True)}
        yield Figure(
            title="One-step tickets as the blocks of two-step networks",
            caption=f"Two steps, {len(two['won'])} replicates, of which {sum(two['won'])} have a one-step ticket that "
            "was certified: networks without a certificate so far.",
            drawn=survival(_times(runs, self.two.updates)),
            part="two-steps",
        )


def _times(arms: Mapping[str, Runs], updates: int) -> list[Times]:
    """Times to the first certificate, by arm; who never has one is cut off at the end of the budget."""
    return [Times.until(label, runs["first_solved"], updates) for label, runs in arms.items()]


def _told(arms: Mapping[str, Runs], updates: int) -> str:
    """Success at the end and median time of every arm."""
    words = []
    for times, runs in zip(_times(arms, updates), arms.values(), strict=True):
        median = median_time(kaplan_meier(times.times, times.observed))[0]
        when = "not half of them" if median is None else f"half of them by update {median:,.0f}"
        at_end = f"{counted(count(runs['solved_at_end']))} at the end, " if "solved_at_end" in runs else ""
        words.append(f"{times.label} {at_end}{when}")
    return f"Certified: {'; '.join(words)}."
