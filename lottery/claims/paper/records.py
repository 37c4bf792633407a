"""Claim: one step of Life takes 15 parameters that are not zero, and no fewer.

Springer and Kenyon (2020) call their network of 25 parameters minimal; no source claims a proof that it is the least.
Here parameters that are not zero are counted, and the smallest certified network is searched for on purpose, from
several shapes. Known before: 24 by hand (one bias of the block of `lottery.networks.handmade` is 0), 17 with features
(1, 2). Proved in lottery/analysis/fifteen_parameters.py: fewer than 15 is impossible, and 15 is enough.

    python scripts/replicate.py --claims records                    # some 10 minutes on two cores
    python scripts/replicate.py --claims records --preset smoke     # a quarter of a minute
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import gol
from lottery.analysis.fifteen_parameters import (
    FEWEST,
    FEWEST_WITH_ONE_NARROW_UNIT,
    Architecture,
    architecture,
    from_numbers,
    premises,
)
from lottery.certificates.certificate import certify
from lottery.claims.frame.answers import Points
from lottery.claims.frame.claim import Claim, Figure, Point
from lottery.claims.frame.sizes import BySize, numbers
from lottery.experiments.shrink import shrink_piece
from lottery.networks.handmade import handmade_parameters, smallest_parameters, sparsest_parameters
from lottery.networks.lifenet import Parameters
from lottery.report.figures.cumulative_steps import Reached, cumulative_steps
from lottery.report.figures.network_graphs import network_graphs
from lottery.report.points import told
from lottery.runs.pieces import Piece
from lottery.tickets.shrinking import ShrinkSettings

PAPERS_MINIMUM = 25
# By start of a search: (a, b) of the dense networks, and how many are trained at laptop size.
STARTS = {
    "m=1": ((2, 1), 384),
    "m=2": ((4, 2), 64),
    "m=3": ((6, 3), 48),
    "m=4": ((8, 4), 48),
    "m=8": ((16, 8), 32),
    "a3b1": ((3, 1), 128),
    "a3b2": ((3, 2), 96),
    "a2b4": ((2, 4), 96),
    "a1b4": ((1, 4), 512),
    "a1b8": ((1, 8), 256),
}
FEATURES = {start: features for start, (features, _) in STARTS.items()}
DRAWN = ("m=8", "m=4", "m=3", "m=2", "m=1", "a1b8")  # of them, as curves
REPLICATES = BySize(
    smoke={"a2b4": 8},
    laptop={start: count for start, (_, count) in STARTS.items()},
    paper={start: 8 * count for start, (_, count) in STARTS.items()},
)
UPDATES = BySize(smoke=2_000, laptop=20_000, paper=125_000)
CHAINS = BySize(smoke=2, laptop=32, paper=256)
SHRINK = BySize(
    smoke=ShrinkSettings(rounds=2, updates=250, tries=1),
    laptop=ShrinkSettings(),
    paper=ShrinkSettings(rounds=200, updates=10_000, tries=30),
)


@dataclass(frozen=True)
class Entry:
    """A row of the table of records.

    Attributes:
        origin: who wrote it, or which search found it.
        parameters: the network, with a read-out.
        seed: of the search and replicate, or "".
    """

    origin: str
    parameters: Parameters
    seed: str = ""

    @cached_property
    def shape(self) -> Architecture:
        """What of it is not zero."""
        return architecture(self.parameters)


def by_hand() -> list[Entry]:
    """The networks written by hand."""
    return [
        Entry("by hand, the paper's shape", handmade_parameters()),
        Entry("by hand, the smallest dense", smallest_parameters()),
        Entry("by hand, the sparsest", sparsest_parameters()),
    ]


class Records(Claim):
    """The smallest networks, by hand and by search, and how many parameters any network needs."""

    name = "records"
    question = "How few parameters does one step of Life take?"
    statement = "One step of Life takes 15 parameters that are not zero, and no fewer."
    source = (
        "Our question. Springer and Kenyon 2020 (arXiv 2009.01398) call their network of 25 parameters minimal; no "
        "source claims a proof that it is the least"
    )
    protocol = (
        "One step. Dense networks of several shapes are trained and leave at their first certificate; each is then "
        "made smaller for as long as that succeeds: a few parameters are removed, weights and biases alike, those "
        "whose removal costs least in exact expected loss per parameter that goes with them; the rest is trained on, "
        "on the expected loss; if the result is not certified, half as many are removed, in the end single ones, and "
        "other ones. Counted are weights and biases that are not zero, after compaction. Beside the search stand "
        "networks written by hand, and a lower bound by argument (lottery/analysis/fifteen_parameters.py), whose "
        "premises are looked up in the rule's table."
    )
    rule = (
        "Nothing is published on this, so there is no verdict: every point is new. An earlier rule took the 25 of the "
        "source for a claim of the least and called it contradicted (docs/corrections.md)."
    )
    outcome = None

    @cached_property
    def replicates(self) -> dict[str, int]:
        """Dense networks that are trained, by start."""
        return {start: self.plan.replicates or count for start, count in REPLICATES[self.plan.size].items()}

    def pieces(self) -> dict[str, Piece]:
        """One search per start: dense networks of a shape, shrunk."""
        return {start: self._searched(start) for start in self.replicates}

    def _searched(self, start: str) -> Piece:
        size = self.plan.size
        return shrink_piece(
            f"records-{start.replace('=', '')}",
            self.plan.network(features=FEATURES[start]),
            self.plan.training(self.plan.updates or UPDATES[size], stop_when_solved=True),
            SHRINK[size],
            seed=self.plan.seed,
            replicates=numbers(list(FEATURES).index(start), self.replicates[start]),
            chains=CHAINS[size],
        )

    def record(self, start: str) -> Entry | None:
        """The smallest network of a search; None where it has found none."""
        found = self[start]["record"]
        if found is None:
            return None
        seed = f"seed {self.plan.seed}, replicate {found['replicate']}"
        return Entry(f"search from {FEATURES[start]}", from_numbers(found["parameters"]), seed)

    @cached_property
    def entries(self) -> list[Entry]:
        """The table of records: networks by hand, and the smallest of each search, the smallest first."""
        records = [self.record(start) for start in self.replicates]
        return sorted([*by_hand(), *filter(None, records)], key=lambda entry: entry.shape.nonzero)

    def points(self) -> Iterator[Point]:
        """The minimum, the lower bound, the records by hand and of each search."""
        yield self._minimum()
        yield from self._bounds()
        for entry in by_hand():
            yield self._hand(entry)
        for start in self.replicates:
            yield self._search(start)

    def _minimum(self) -> Point:
        """The smallest of all that are certified, and its weights in words."""
        certificates = [(entry, certify(entry.parameters, rule=self.plan.train.rule)) for entry in self.entries]
        certified = [(entry, certificate) for entry, certificate in certificates if certificate.correct]
        if not certified:
            note = "No network was certified."
            return self.point("minimum", note=note)
        best, certificate = certified[0]
        mine = next((entry for entry, _ in certified if entry.seed), None)
        told = "The search has found none."
        if mine is not None:
            told = (
                f"The search has come down to {mine.shape.nonzero} ({mine.origin}, {mine.seed}; {mine.shape.words}). "
                f"{in_words(mine.parameters)}"
            )
        return self.point(
            "minimum",
            label="Parameters of the smallest certified network",
            measured=float(best.shape.nonzero),
            unit="number",
            note=f"Parameters that are not zero in the smallest certified network: {best.origin}, {best.shape.words}, "
            f"smallest |logit| {certificate.margin:.3g} in {certificate.dtype}. {certificate.explanation} {told}",
        )

    def _bounds(self) -> Iterator[Point]:
        facts = premises(np.asarray(gol.truth_table(gol.parse_any_rule(self.plan.train.rule)), bool))
        yield self.point(
            "lower-bound",
            label="Parameters that any network needs",
            measured=float(FEWEST) if facts.hold else None,
            unit="number",
            note="Parameters that any network of one step needs, whatever its width. A neighbour must have two paths "
            "to the read-out, because it raises the answer in one place and lowers it in another, and a path through "
            "ReLUs cannot do both. With two 1x1 units that read one 3x3 unit all paths share nine weights; then 2 + 2 "
            "weights lead on, and two biases are needed to bend the logit and to shift it. The argument is in "
            f"lottery/analysis/fifteen_parameters.py, and so is one that all networks of {FEWEST} look alike. Its "
            f"premises, by the rule's table: The own cell matters: {_yes(facts.own)}. For any two neighbours there is "
            f"a dead cell that lives if exactly one of them does: {_yes(facts.pairs)}. Nothing comes of the empty "
            f"neighbourhood: {_yes(facts.empty)}.",
        )
        yield self.point(
            "lower-bound/one-narrow",
            label="The same, ending in one 1x1 unit",
            measured=float(FEWEST_WITH_ONE_NARROW_UNIT) if facts.hold else None,
            unit="number",
            note="The same for networks that end in a single 1x1 unit, as the paper's minimal one: there each "
            "neighbour has to be read by two 3x3 units, 17 weights with the own cell, two inner ones, one outer and "
            "its bias.",
        )

    def _hand(self, entry: Entry) -> Point:
        certificate, size = certify(entry.parameters, rule=self.plan.train.rule), entry.shape.nonzero
        return self.point(
            f"hand/{size}",
            label=f"Written {entry.origin}",
            measured=float(size) if certificate.correct else None,
            unit="number",
            note=f"{entry.origin}: {entry.shape.words}; certificate {certificate.kind}, smallest |logit| "
            f"{certificate.margin:g}. {in_words(entry.parameters)}",
        )

    def _search(self, start: str) -> Point:
        found, sizes = self[start], np.array(self[start]["sizes"])
        trained = f"{found['certified']} of {found['trials']} dense networks of {FEATURES[start]} were certified"
        record = self.record(start)
        if record is None:
            note = f"{trained}; none is shrunk."
            return self.point(f"search/{start}", seconds=found.seconds, note=note)
        best, certificate = int(np.argmin(sizes)), certify(record.parameters, rule=self.plan.train.rule)
        kinds = Counter(words.split(":")[0] for words in found["architectures"])
        ended = ", ".join(f"{shape} {count}" for shape, count in kinds.most_common(4))
        return self.point(
            f"search/{start}",
            label=f"Smallest of the search from {FEATURES[start]}",
            measured=float(sizes.min()) if certificate.correct else None,
            unit="number",
            seconds=found.seconds,
            note=f"{trained}, {len(sizes)} were shrunk, from {min(found['begun'])} to {max(found['begun'])} parameters "
            f"that are not zero. Smallest {sizes.min()} ({np.sum(sizes == sizes.min())} times), median "
            f"{np.median(sizes):g}, largest {sizes.max()}; {np.sum(sizes < PAPERS_MINIMUM)} are below 25. They end as "
            f"shapes {ended}. The record is replicate {found['record']['replicate']}, seed {self.plan.seed}: "
            f"{found['weights'][best]} weights and {found['biases'][best]} biases ({record.shape.words}), certificate "
            f"{certificate.kind} in {certificate.dtype}, smallest |logit| {certificate.margin:.3g}, on the way "
            f"{', '.join(map(str, found['record']['way']))}.",
        )

    def answer(self, points: Points) -> str:
        """What was found."""
        searched = [point["measured"] for point in points.all("search/*") if point["measured"] is not None]
        best = f"{min(searched):g}" if searched else "none"
        return (
            f"The smallest certified network has {told(points['minimum'])} parameters that are not zero, and no "
            f"network can have fewer than {told(points['lower-bound'])}. The smallest that a search has found has "
            f"{best}."
        )

    def figures(self) -> Iterator[Figure]:
        """How far down each search came, and the record as a graph beside the networks by hand."""
        sparsest = min(by_hand(), key=lambda entry: entry.shape.nonzero)
        shown = [sparsest, *[entry for entry in self.entries if entry.seed][:1]]
        yield Figure(
            title="The smallest networks",
            caption="The sparsest network by hand, and the smallest that the search has found, as graphs: kernels of "
            "the 3x3 units, and weights of the 1x1 units and of the read-out; a number below a unit is its bias. Units "
            "are scaled so that a kernel's neighbours have a mean weight of 1.",
            drawn=network_graphs([(f"{entry.origin}: {entry.shape.nonzero}", entry.parameters) for entry in shown]),
        )
        shrunk = {start: sizes for start in self.replicates if (sizes := self[start]["sizes"])}
        if shrunk:
            starts = [start for start in DRAWN if start in shrunk] or list(shrunk)[:1]
            yield Figure(
                title="How far down networks can be shrunk",
                caption="Certified dense networks of several shapes, made smaller for as long as that succeeds: the "
                "share that came down to at most so many parameters. The other shapes are in the table.",
                drawn=cumulative_steps(
                    [Reached(_label(start), shrunk[start], len(shrunk[start])) for start in starts],
                    xlabel="parameters that are not zero",
                    ylabel="certified networks shrunk to it",
                    ticks=(12, 15, 17, 20, 25, 30, 40, 60, 100),
                    marks={FEWEST: "fewest possible", 17: "smallest dense", PAPERS_MINIMUM: "the paper's"},
                ),
                part="sizes",
            )


def in_words(parameters: Parameters) -> str:
    """A small network told by its numbers: each 3x3 unit, what the 1x1 units make of them, and the logit."""
    first, second, last = (parameters[layer] for layer in ("block0_3x3", "block0_1x1", "readout"))
    wide = []
    for unit, (weights, bias) in enumerate(zip(first["kernel"].reshape(9, -1).T, first["bias"], strict=True)):
        kernel = " / ".join(" ".join(f"{weight:.3g}" for weight in row) for row in weights.reshape(3, 3))
        wide.append(f"A{unit + 1} = relu({kernel} on the cells{_signed(bias)})")
    names = [f"A{unit + 1}" for unit in range(len(wide))]
    narrow = [
        f"B{unit + 1} = relu({_sum(weights, names)}{_signed(bias)})"
        for unit, (weights, bias) in enumerate(zip(second["kernel"][0, 0].T, second["bias"], strict=True))
    ]
    outer = [f"B{unit + 1}" for unit in range(len(narrow))]
    logit = f"logit = {_sum(last['kernel'][0, 0, :, 0], outer)}{_signed(last['bias'][0])}"
    return "; ".join([*wide, *narrow, logit]) + "."


def _signed(value: float | np.floating) -> str:
    return "" if not value else f" {'+' if value > 0 else '-'} {abs(value):.3g}"


def _sum(weights: np.ndarray, names: list[str]) -> str:
    terms = [
        name if f"{weight:.3g}" == "1" else f"{weight:.3g} {name}"
        for weight, name in zip(weights, names, strict=True)
        if weight
    ]
    return " + ".join(terms).replace("+ -", "- ") or "0"


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _label(start: str) -> str:
    return f"{FEATURES[start]}, {start}" if start.startswith("m") else f"{FEATURES[start]}"
