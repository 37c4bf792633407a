"""Claim: a minimal network that learns Life has found one of three algorithms, and rarely the hand-made one.

Up to scaling of its units, their order, and a ReLU that decides nothing, an exact network of 25 parameters is two ramps
in the number of neighbours and a constant, and only three pairs of ramps are possible (lottery/solutions.py argues it):

    rise-fall    counts live neighbours, and from three on counts them against: the hand-made one, relu(B - 2 A)
    two-alarms   subtracts for too few and for too many
    mirror       the first with missing neighbours for live ones

each spelled in two ways: the last hidden unit stands for life, or for death. If luck with signs were all that matters,
each algorithm would be found in a third of the cases.

    python scripts/replicate.py --claims solutions                    # some 8 minutes on two cores
    python scripts/replicate.py --claims solutions --preset smoke     # half a minute
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import Size, numbers, size_of
from lottery.experiments.solutions import solutions_piece
from lottery.handmade import handmade_parameters
from lottery.pieces import Outcomes, Piece
from lottery.report.algorithms import Curves, algorithm_panels
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.solutions import ALGORITHMS, IMPOSSIBLE, SPELLINGS, normal_form, variant
from lottery.statistics import fisher, newcombe_difference, wilson
from lottery.verdicts import beats, beats_rule

NAME = "solutions"
STATEMENT = "A minimal network that learns Life has found one of three algorithms, and rarely the hand-made one."
SOURCE = (
    "Our question, beside the hand-made weights of lottery/handmade.py (those of Springer and Kenyon could not be "
    "consulted)"
)
PROTOCOL = (
    "One step, (a, b) = (2, 1), 25 parameters. Arms: three initialisers with the density of training boards from "
    "U(0, 1), and Glorot at the paper's critical density of 0.38. A network leaves at its first certificate and is "
    "described as it is then (ever_solved): its two 3x3 units as ramps, by direction and by their effect on the logit. "
    "Arms are independent. Signs of the initial weights are read in the same way, a unit's direction off the mean of "
    "its neighbours' weights. The algorithms and these rules were worked out on some 140 exact networks of other "
    "replicates."
)
RULE = (
    "Three algorithms: reproduced if every certified network has the signs of one of the three, contradicted if one "
    "has not. The hand-made one: its share of the certified networks is held against 1/3, with Wilson's interval at "
    "95 % for all arms together (Bonferroni); reproduced if the interval lies below 1/3, contradicted if above, "
    f"undecided otherwise. Initial signs: {beats_rule()}"
)
SIZES = {"smoke": Size(128, 4_000), "laptop": Size(2048, 20_000), "paper": Size(2048, 125_000)}
ARMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "glorot": ({"initialiser": "glorot"}, {}),
    "he": ({"initialiser": "he"}, {}),
    "pytorch": ({"initialiser": "pytorch"}, {}),
    "glorot-d0.38": ({"initialiser": "glorot"}, {"density": 0.38}),
}
WORDS = {
    "glorot": "Glorot",
    "he": "He",
    "pytorch": "PyTorch's default",
    "glorot-d0.38": "Glorot, density 0.38",
}
TITLES = {
    "rise-fall": "Rise, then fall",
    "two-alarms": "Two alarms",
    "mirror": "Mirror of rise-fall",
}
SUBTITLES = {
    "rise-fall": "the hand-made one",
    "two-alarms": "too few, too many",
    "mirror": "counts the missing",
}


def arm_piece(plan: Plan, arm: str) -> Piece:
    """Training of one arm, and the algorithms of the networks that were certified."""
    size = size_of(plan, SIZES)
    of_network, of_training = ARMS[arm]
    return solutions_piece(
        f"solutions-{arm}",
        plan.network(**of_network),
        plan.training(size.updates, stop_when_solved=True, **of_training),
        seed=plan.seed,
        replicates=numbers(1 + list(ARMS).index(arm), size.replicates),
    )


def pieces(plan: Plan) -> list[Piece]:
    """One piece per arm."""
    return [arm_piece(plan, arm) for arm in ARMS]


def points(plan: Plan, results: Results) -> list[Point]:
    """Whether there are three, how they hang together, how often each is found, and what the initial signs decide."""
    outcomes = {arm: results[arm_piece(plan, arm).name] for arm in ARMS}
    names = [name for arm in outcomes.values() for name in arm["names"]]
    found = [_rates_of_solving(arm, outcomes[arm]) for arm in ARMS]
    if not names:
        return found
    return [
        _three(names, outcomes),
        *(_handmade(arm, outcomes[arm]) for arm in ARMS if outcomes[arm]["names"]),
        *_details(names, outcomes),
        _initial_signs(outcomes),
        _kept_signs(outcomes),
        *found,
    ]


def _rates_of_solving(arm: str, outcomes: Outcomes) -> Point:
    solved, trials = len(outcomes["names"]), outcomes["trials"]
    return _point(
        f"certified/{arm}",
        **rate_of(solved, trials),
        verdict="new",
        seconds=outcomes["seconds"],
        note=f"{WORDS[arm]}: networks certified at one check at least, of which the algorithms are told.",
    )


def _three(names: Sequence[str], outcomes: Mapping[str, Outcomes]) -> Point:
    possible = sum(not name.startswith(IMPOSSIBLE) for name in names)
    pieces_found = "; ".join(
        f"{WORDS[arm]}: "
        + ", ".join(f"{algorithm} {'+'.join(map(str, sizes))}" for algorithm, sizes in of["groups"].items() if sizes)
        for arm, of in outcomes.items()
        if of["names"]
    )
    return _point(
        "three",
        expected=1.0,
        **rate_of(possible, len(names)),
        verdict="reproduced" if possible == len(names) else "contradicted",
        note="Certified networks that run one of the three. Networks of one algorithm that chains of straight lines "
        f"of exact networks connect, by the sizes of their groups (one number: all hang together): {pieces_found}.",
    )


def _handmade(arm: str, outcomes: Outcomes) -> Point:
    names: list[str] = outcomes["names"]
    variants: list[str] = outcomes["variants"]
    count = sum(name.startswith("rise-fall") for name in names)
    strict = wilson(count, len(names), confidence=1 - 0.05 / len(ARMS))
    verdict = "reproduced" if strict.high < 1 / 3 else "contradicted" if strict.low > 1 / 3 else "undecided"
    told = ", ".join(f"{name} {k}" for name, k in Counter(names).most_common())
    common, most = Counter(variants).most_common(1)[0]
    return _point(
        f"handmade/{arm}",
        expected="below 1/3",
        **rate_of(count, len(names)),
        verdict=verdict,
        note=f"{WORDS[arm]}: rise-fall among the certified networks. All: {told}. By where the units are on there are "
        f"{len(set(variants))} variants; the most frequent, {most} times, is {common}.",
    )


def _details(names: Sequence[str], outcomes: Mapping[str, Outcomes]) -> list[Point]:
    """How often the very on-sets of the hand-made network occur, and how symmetric the kernels are."""
    own = variant(normal_form(handmade_parameters()))
    spread = np.array([value for arm in outcomes.values() for value in arm["spread"]])
    same = sum(name == own for arm in outcomes.values() for name in arm["variants"])
    return [
        _point(
            "handmade-variant",
            **rate_of(same, len(names)),
            verdict="new",
            note=f"Certified networks whose units are on for the same neighbourhoods as the hand-made ones: {own}.",
        ),
        _point(
            "symmetry",
            measured=float(np.median(spread)),
            unit="number",
            verdict="new",
            note="Median of the standard deviation of a unit's eight neighbour weights, relative to their mean (the "
            f"larger of a network's two). The largest is {spread.max():.2g}; {int(np.sum(spread < 0.01))} of "
            f"{len(spread)} are below 0.01. Nothing in the network makes kernels symmetric: training does.",
        ),
    ]


def _initial_signs(outcomes: Mapping[str, Outcomes]) -> Point:
    """Whether networks that begin with the signs of a possible algorithm are solved more often."""
    trials, solved = {True: 0, False: 0}, {True: 0, False: 0}
    for arm in outcomes.values():
        for name, count in arm["initial"].items():
            trials[not name.startswith(IMPOSSIBLE)] += count
        for name in arm["begun_as"]:
            solved[not name.startswith(IMPOSSIBLE)] += 1
    if not (trials[True] and trials[False]):
        return _point("initial-signs", verdict="undecided", note="All networks began alike.")
    counts = (solved[True], trials[True], solved[False], trials[False])
    difference, p = newcombe_difference(*counts), fisher(*counts)
    return _point(
        "initial-signs",
        expected="above 0",
        measured=difference.value,
        interval=(difference.interval.low, difference.interval.high),
        unit="difference",
        verdict=beats(difference.value, p),
        note=f"Certified if the initial signs are those of one of the three algorithms: {counts[0]}/{counts[1]}, if "
        f"not: {counts[2]}/{counts[3]}; Fisher p = {p:.2g}. All arms together.",
    )


def _kept_signs(outcomes: Mapping[str, Outcomes]) -> Point:
    pairs = [pair for arm in outcomes.values() for pair in zip(arm["begun_as"], arm["names"], strict=True)]
    kept = sum(begun == end for begun, end in pairs)
    algorithm = sum(begun.split("/")[0] == end.split("/")[0] for begun, end in pairs)
    return _point(
        "kept-signs",
        **rate_of(kept, len(pairs)),
        verdict="new",
        note="Certified networks that had the signs of their algorithm and spelling from the start; with random signs "
        f"it would be 1 in 16. Algorithm alone: {algorithm} (1 in 8).",
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, "outcome": "ever_solved"}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The three algorithms as curves over the number of neighbours, and how often each is found."""
    outcomes = {arm: results[arm_piece(plan, arm).name] for arm in ARMS}
    arms = [arm for arm in ARMS if outcomes[arm]["names"]]
    if not arms:
        return []
    total = sum(len(outcomes[arm]["names"]) for arm in arms)
    panels = []
    for signs, algorithm in ALGORITHMS.items():
        curves = [
            curve
            for arm in arms
            for name, curve in zip(outcomes[arm]["names"], outcomes[arm]["curves"], strict=True)
            if name.split("/")[0] == algorithm
        ]
        panels.append(Curves(TITLES[algorithm], SUBTITLES[algorithm], signs, np.array(curves).reshape(-1, 7)))
    drawn, rows = algorithm_panels(panels, total)
    kinds = [f"{algorithm}/{spelling}" for algorithm in ALGORITHMS.values() for spelling in SPELLINGS.values()]
    shares, share_rows = rates_by_name(
        [
            NamedRates(
                WORDS[arm],
                [f"{TITLES[kind.split('/')[0]]}, h is {kind.split('/')[1]}" for kind in kinds],
                [outcomes[arm]["names"].count(kind) for kind in kinds],
                [len(outcomes[arm]["names"])] * len(kinds),
            )
            for arm in arms
        ],
        xlabel="share of the certified networks",
    )
    return [
        PageFigure(
            title="The three algorithms",
            caption=f"All {total} certified networks, one line each, in logits that are scaled so that a network's two "
            "slopes sum to 1; the bold lines are a typical network. Above: what each of the two units adds for a dead "
            "cell. Below: their sum with the constant, for a dead and for a living cell; above zero the cell lives.",
            svg=save_figure(drawn, rows, folder, NAME),
            claim=NAME,
        ),
        PageFigure(
            title="How often each algorithm is found",
            caption="Shares of the certified networks of each arm, with Wilson's 95 % intervals. h, the last hidden "
            "unit, stands for life or for death.",
            svg=save_figure(shares, share_rows, folder, f"{NAME}-shares"),
            claim=NAME,
        ),
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
