"""Claim: the smallest network that can play one step of Life has 25 parameters.

Springer and Kenyon (2020) call their network of 25 parameters minimal. Here parameters that are not zero are counted,
and the smallest certified network is searched for on purpose, from several shapes. Known before: 24 by hand (one bias
of the block of `lottery.handmade` is 0), 17 with features (1, 2). Proved in lottery/sparsest.py: fewer than 15 is
impossible, and 15 is enough.

    python scripts/replicate.py --claims records                    # some 10 minutes on two cores
    python scripts/replicate.py --claims records --preset smoke     # a quarter of a minute
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import gol
from lottery.certificates import certify
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import numbers
from lottery.experiments.shrink import shrink_piece
from lottery.handmade import handmade_parameters, smallest_parameters, sparsest_parameters
from lottery.pieces import Outcomes, Piece
from lottery.report.figures import save_figure
from lottery.report.graphs import network_graphs
from lottery.report.page import PageFigure
from lottery.report.steps import Reached, cumulative_steps
from lottery.shrinking import ShrinkSettings
from lottery.sparsest import FEWEST, FEWEST_WITH_ONE_NARROW_UNIT, architecture, from_numbers, premises

NAME = "records"
STATEMENT = "The smallest network that can play one step of Life has 25 parameters."
SOURCE = (
    "Springer and Kenyon 2020 (arXiv 2009.01398): the minimal network, 25 parameters. How many of them have to be "
    "other than zero is our question"
)
PAPERS_MINIMUM = 25
PROTOCOL = (
    "One step. Dense networks of several shapes are trained and leave at their first certificate; each is then made "
    "smaller for as long as that succeeds: a few parameters are removed, weights and biases alike, those whose removal "
    "costs least in exact expected loss per parameter that goes with them; the rest is trained on, on the expected "
    "loss; if the result is not certified, half as many are removed, in the end single ones, and other ones. Counted "
    "are weights and biases that are not zero, after compaction. Beside the search stand networks written by hand, and "
    "a lower bound by argument (lottery/sparsest.py), whose premises are looked up in the rule's table."
)
RULE = (
    "The minimum: contradicted if a certified network with fewer than 25 parameters that are not zero is found, by "
    "hand or by the search; undecided otherwise. The lower bound has no published number."
)


@dataclass(frozen=True)
class Start:
    """Where a search begins.

    Attributes:
        features: (a, b) of the dense networks.
        replicates: dense networks that are trained.
    """

    features: tuple[int, int]
    replicates: int


STARTS = {
    "m=1": Start((2, 1), 384),
    "m=2": Start((4, 2), 64),
    "m=3": Start((6, 3), 48),
    "m=4": Start((8, 4), 48),
    "m=8": Start((16, 8), 32),
    "a3b1": Start((3, 1), 128),
    "a3b2": Start((3, 2), 96),
    "a2b4": Start((2, 4), 96),
    "a1b4": Start((1, 4), 512),
    "a1b8": Start((1, 8), 256),
}
DRAWN = ("m=8", "m=4", "m=3", "m=2", "m=1", "a1b8")  # of them, as curves
UPDATES = {"smoke": 2_000, "laptop": 20_000, "paper": 125_000}
SCALE = {"laptop": 1, "paper": 8}  # times the replicates
CHAINS = {"smoke": 2, "laptop": 32, "paper": 256}
OF_SMOKE = {"a2b4": 8}
SHRINK = {
    "smoke": ShrinkSettings(rounds=2, updates=250, tries=1),
    "laptop": ShrinkSettings(),
    "paper": ShrinkSettings(rounds=200, updates=10_000, tries=30),
}


def starts(plan: Plan) -> tuple[str, ...]:
    """The names of the searches of a plan."""
    return tuple(OF_SMOKE) if plan.size == "smoke" else tuple(STARTS)


def search_piece(plan: Plan, start: str) -> Piece:
    """One search: dense networks of a shape, shrunk."""
    usual = OF_SMOKE[start] if plan.size == "smoke" else STARTS[start].replicates * SCALE[plan.size]
    return shrink_piece(
        f"records-{start.replace('=', '')}",
        plan.network(features=STARTS[start].features),
        plan.training(plan.updates or UPDATES[plan.size], stop_when_solved=True),
        SHRINK[plan.size],
        seed=plan.seed,
        replicates=numbers(list(STARTS).index(start), plan.replicates or usual),
        chains=CHAINS[plan.size],
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per search."""
    return [search_piece(plan, start) for start in starts(plan)]


@dataclass(frozen=True)
class Entry:
    """A row of the table of records.

    Attributes:
        origin: who wrote it, or which search found it.
        parameters: the network, with a read-out.
        seed: of the search and replicate, or "".
    """

    origin: str
    parameters: Mapping[str, Mapping[str, np.ndarray]]
    seed: str = ""


def by_hand() -> list[Entry]:
    """The networks written by hand."""
    return [
        Entry("by hand, the paper's shape", handmade_parameters()),
        Entry("by hand, the smallest dense", smallest_parameters()),
        Entry("by hand, the sparsest", sparsest_parameters()),
    ]


def in_words(parameters: Mapping[str, Mapping[str, np.ndarray]]) -> str:
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


def entries(plan: Plan, results: Results) -> list[Entry]:
    """The table of records: networks by hand, and the smallest of each search, the smallest first."""
    found = by_hand()
    for start in starts(plan):
        record = results[search_piece(plan, start).name]["record"]
        if record is not None:
            origin = f"search from {STARTS[start].features}"
            seed = f"seed {plan.seed}, replicate {record['replicate']}"
            found.append(Entry(origin, from_numbers(record["parameters"]), seed))
    return sorted(found, key=lambda entry: architecture(entry.parameters).nonzero)


def points(plan: Plan, results: Results) -> list[Point]:
    """The minimum, the lower bound, the records by hand and of each search."""
    return [
        _minimum(plan, results),
        *_bounds(plan),
        *(_entry(plan, entry) for entry in by_hand()),
        *(_search(plan, start, results[search_piece(plan, start).name]) for start in starts(plan)),
    ]


def _minimum(plan: Plan, results: Results) -> Point:
    """The smallest of all that are certified, and its weights in words."""
    certified = [(e, c) for e in entries(plan, results) if (c := certify(e.parameters, rule=plan.rule)).correct]
    if not certified:
        return _point("minimum", expected=PAPERS_MINIMUM, verdict="undecided", note="No network was certified.")
    best, certificate = certified[0]
    apart = architecture(best.parameters)
    searched = [e for e, _ in certified if e.seed]
    told = "The search has found none."
    if searched:
        mine = architecture(searched[0].parameters)
        told = (
            f"The search has come down to {mine.nonzero} ({searched[0].origin}, {searched[0].seed}; {mine.words}). "
            f"{in_words(searched[0].parameters)}"
        )
    return _point(
        "minimum",
        expected=PAPERS_MINIMUM,
        measured=float(apart.nonzero),
        unit="number",
        verdict="contradicted" if apart.nonzero < PAPERS_MINIMUM else "undecided",
        note=f"Parameters that are not zero in the smallest certified network: {best.origin}, {apart.words}, smallest "
        f"|logit| {certificate.margin:.3g} in {certificate.dtype}. {certificate.explanation} {told}",
    )


def _bounds(plan: Plan) -> list[Point]:
    facts = premises(np.asarray(gol.truth_table(gol.parse_rule(plan.rule)), bool))
    words = (
        f"The own cell matters: {_yes(facts.own)}. For any two neighbours there is a dead cell that lives if exactly "
        f"one of them does: {_yes(facts.pairs)}. Nothing comes of the empty neighbourhood: {_yes(facts.empty)}."
    )
    return [
        _point(
            "lower-bound",
            measured=float(FEWEST) if facts.hold else None,
            unit="number",
            verdict="new",
            note="Parameters that any network of one step needs, whatever its width. A neighbour must have two paths "
            "to the read-out, because it raises the answer in one place and lowers it in another, and a path through "
            "ReLUs cannot do both. With two 1x1 units that read one 3x3 unit all paths share nine weights; then 2 + 2 "
            "weights lead on, and two biases are needed to bend the logit and to shift it. The argument is in "
            f"lottery/sparsest.py, and so is one that all networks of {FEWEST} look alike. Its premises, by the rule's "
            f"table: {words}",
        ),
        _point(
            "lower-bound/one-narrow",
            measured=float(FEWEST_WITH_ONE_NARROW_UNIT) if facts.hold else None,
            unit="number",
            verdict="new",
            note="The same for networks that end in a single 1x1 unit, as the paper's minimal one: there each "
            "neighbour has to be read by two 3x3 units, 17 weights with the own cell, two inner ones, one outer and "
            "its bias.",
        ),
    ]


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _entry(plan: Plan, entry: Entry) -> Point:
    certificate, apart = certify(entry.parameters, rule=plan.rule), architecture(entry.parameters)
    return _point(
        f"hand/{apart.nonzero}",
        measured=float(apart.nonzero) if certificate.correct else None,
        unit="number",
        verdict="new",
        note=f"{entry.origin}: {apart.words}; certificate {certificate.kind}, smallest |logit| {certificate.margin:g}. "
        f"{in_words(entry.parameters)}",
    )


def _search(plan: Plan, start: str, outcomes: Outcomes) -> Point:
    features, sizes = STARTS[start].features, np.array(outcomes["sizes"])
    trained = f"{outcomes['certified']} of {outcomes['trials']} dense networks of {features} were certified"
    if not len(sizes):
        return _point(f"search/{start}", verdict="new", seconds=outcomes["seconds"], note=f"{trained}; none is shrunk.")
    record = outcomes["record"]
    parameters = from_numbers(record["parameters"])
    certificate = certify(parameters, rule=plan.rule)
    best = int(np.argmin(sizes))
    kinds = Counter(words.split(":")[0] for words in outcomes["architectures"])
    ended = ", ".join(f"{shape} {count}" for shape, count in kinds.most_common(4))
    return _point(
        f"search/{start}",
        measured=float(sizes.min()) if certificate.correct else None,
        unit="number",
        verdict="new",
        seconds=outcomes["seconds"],
        note=f"{trained}, {len(sizes)} were shrunk, from {min(outcomes['begun'])} to {max(outcomes['begun'])} "
        f"parameters that are not zero. Smallest {sizes.min()} ({int(np.sum(sizes == sizes.min()))} times), median "
        f"{np.median(sizes):g}, largest {sizes.max()}; {int(np.sum(sizes < PAPERS_MINIMUM))} are below 25. They end as "
        f"shapes {ended}. The record is replicate {record['replicate']}, seed {plan.seed}: "
        f"{outcomes['weights'][best]} weights and {outcomes['biases'][best]} biases "
        f"({architecture(parameters).words}), certificate {certificate.kind} in {certificate.dtype}, smallest |logit| "
        f"{certificate.margin:.3g}, on the way {', '.join(map(str, record['way']))}.",
    )


def _point(name: str, **fields: Any) -> Point:
    return point(NAME, name, **{"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """How far down each search came, and the record as a graph beside the networks by hand."""
    outcomes = {start: results[search_piece(plan, start).name] for start in starts(plan)}
    shown = [start for start in outcomes if outcomes[start]["sizes"]]
    drawn = sorted(by_hand(), key=lambda entry: architecture(entry.parameters).nonzero)[:1]
    drawn += [entry for entry in entries(plan, results) if entry.seed][:2]
    graphs, graph_rows = network_graphs([(_title(entry), entry.parameters) for entry in drawn])
    found = [
        PageFigure(
            title="The smallest networks",
            caption="The sparsest network by hand, and the smallest that the search has found, as graphs: kernels of "
            "the 3x3 units, and weights of the 1x1 units and of the read-out; a number below a unit is its bias. Units "
            "are scaled so that a kernel's neighbours have a mean weight of 1.",
            svg=save_figure(graphs, graph_rows, folder, NAME),
            claim=NAME,
        )
    ]
    if shown:
        named = [start for start in DRAWN if start in shown] or shown[:1]
        series = [Reached(_label(s), outcomes[s]["sizes"], len(outcomes[s]["sizes"])) for s in named]
        figure, table = cumulative_steps(
            series,
            xlabel="parameters that are not zero",
            ylabel="certified networks shrunk to it",
            ticks=(12, 15, 17, 20, 25, 30, 40, 60, 100),
            marks={FEWEST: "fewest possible", 17: "smallest dense", PAPERS_MINIMUM: "the paper's"},
        )
        found.append(
            PageFigure(
                title="How far down networks can be shrunk",
                caption="Certified dense networks of several shapes, made smaller for as long as that succeeds: the "
                "share that came down to at most so many parameters. The other shapes are in the table.",
                svg=save_figure(figure, table, folder, f"{NAME}-sizes"),
                claim=NAME,
            )
        )
    return found


def _title(entry: Entry) -> str:
    return f"{entry.origin}: {architecture(entry.parameters).nonzero}"


def _label(start: str) -> str:
    features = "({}, {})".format(*STARTS[start].features)
    return features if start.startswith("a") else f"{features}, {start}"


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
