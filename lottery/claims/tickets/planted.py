"""Claim: a sparse ticket is there and pruning misses it; tested with the hand-made network hidden in a random one.

Fischer and Burkholz 2022, arXiv 2111.11153 ("Plant 'n' Seek"), plant tickets of known sparsity in random networks, find
that pruning methods do not reach them at extreme sparsity, and conclude that the limits are the algorithms', not the
networks'. Life's hand-made network (21 weights, exact) is such a ticket. No number of theirs is expected here.

    python scripts/replicate.py --claims planted                    # some 9 minutes on two cores at laptop size
    python scripts/replicate.py --claims planted --preset smoke     # seconds
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import Size, size_of
from lottery.experiments.planted import AT_INIT, ROUTES, TRUTH, Setting, planted_piece
from lottery.pieces import Piece
from lottery.planting import planted_weights
from lottery.report.charts import NamedRates, rates_by_name
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.table import Cell, cells
from lottery.statistics import wilson

NAME = "planted"
STATEMENT = "A ticket of extreme sparsity is in the network, and pruning methods miss it: the limits are theirs."
SOURCE = "Fischer and Burkholz 2022, arXiv 2111.11153 (Plant 'n' Seek), here with the hand-made network of Life"
PROTOCOL = (
    "The hand-made one-step network (21 weights and its biases, lottery/handmade.py) replaces random units of a random "
    "Glorot network of width m. It is planted as written, where its weights are many times larger than random ones, or "
    "rescaled without changing any answer so that they match the random ones' root mean square layer by layer "
    "(lottery/planting.py), with or without relative noise. Every method cuts the network to 21 weights; biases are "
    "kept. Before training: random, magnitude, SNIP, GraSP, SynFlow, the exact loss without each weight, OBD and OBS, "
    "ranked over all layers, and again with the number of planted weights of each layer given. After training: "
    "magnitude at once, and iterative magnitude pruning with rewinding. Edge-popup trains scores on the planted "
    "weights, with the number of each layer given. A method has recovered the plant if the 21 weights it keeps are the "
    "planted ones, all of them. A mask is certified without training if the planted weights under it are, and with "
    "training if they are after one more budget."
)
RULE = (
    "At m=8, rescaled, without noise, methods ranked over all layers (edge-popup with the layers' numbers): a method "
    "misses the ticket (reproduced) if Wilson's interval of the share of networks in which it recovers the whole "
    "plant, at 95 % for all methods together (Bonferroni), lies below 1/2; contradicted if above; undecided otherwise. "
    "All else has no published number."
)
SIZES = {"smoke": Size(4, 250), "laptop": Size(32, 20_000), "paper": Size(128, 125_000)}
WIDE = 16  # from this width on half as many networks: the Hessian of 850 parameters takes a second or two
WIDTHS = {"smoke": (2,), "laptop": (4, 8, 16), "paper": (4, 8, 16)}
HEADLINE_WIDTH = {"smoke": 2, "laptop": 8, "paper": 8}
LEVELS = {"smoke": 2, "laptop": 6, "paper": 11}
NOISES = {"smoke": (0.0,), "laptop": (0.0, 0.03, 0.1, 0.3), "paper": (0.0, 0.03, 0.1, 0.3)}
# Where tickets are trained, at the headline's width: with a plant that needs no training, and with one that does.
TRAINED = {
    "smoke": (("matched", 0.0),),
    "laptop": (("matched", 0.0), ("matched", 0.1)),
    "paper": (("matched", 0.0), ("matched", 0.1), ("written", 0.0)),
}
WORDS = {
    "random": "random",
    "magnitude": "magnitude",
    "snip": "SNIP",
    "grasp": "GraSP",
    "synflow": "SynFlow",
    "saliency": "loss without each weight",
    "obd": "OBD",
    "obs": "OBS",
    "oneshot": "magnitude after training",
    "imp": "IMP with rewinding",
    "popup": "edge-popup",
    TRUTH: "the plant itself",
}
METHODS = (*AT_INIT, "oneshot", "imp", "popup")
# How scores are trained; what was tried before stands in docs/method.md.
SCORES: dict[str, Any] = {"optimiser": "adam", "learning_rate": 0.01, "schedule": "cosine"}


@dataclass(frozen=True)
class Found:
    """One method's row of one piece.

    Attributes:
        recalled: (R,) planted weights kept.
        certified: (R,) bool, without training.
        trained: (R,) bool, with training; None where nothing was trained.
        row: as it is stored.
    """

    recalled: np.ndarray
    certified: np.ndarray
    trained: np.ndarray | None
    row: Mapping[str, Any]

    @property
    def once_trained(self) -> np.ndarray:
        """(R,) bool, certified once trained."""
        if self.trained is None:
            raise ValueError("nothing was trained in this setting")
        return self.trained

    @property
    def whole(self) -> np.ndarray:
        """(R,) bool: all planted weights kept, and nothing else."""
        return self.recalled == PLANTED


PLANTED = sum(planted_weights().values())


def settings_of(plan: Plan) -> list[Setting]:
    """What is planted: as written without noise, rescaled with all noises, at every width."""
    return [
        Setting(width, scale, noise)
        for width in WIDTHS[plan.size]
        for scale, noise in [*(("matched", noise) for noise in NOISES[plan.size]), ("written", 0.0)]
    ]


def headline(plan: Plan) -> Setting:
    """Where the verdicts fall."""
    return Setting(HEADLINE_WIDTH[plan.size], "matched", 0.0)


def _retrained(plan: Plan, setting: Setting) -> bool:
    return setting.width == HEADLINE_WIDTH[plan.size] and (setting.scale, setting.noise) in TRAINED[plan.size]


def piece_of(plan: Plan, setting: Setting, route: str) -> Piece:
    """One way of pruning in one setting."""
    size = size_of(plan, SIZES)
    return planted_piece(
        f"planted-{route}-m{setting.width}-{setting.scale}-{setting.noise:g}",
        setting,
        plan.network(setting.width),
        plan.training(size.updates),
        seed=plan.seed,
        replicates=range(size.replicates if setting.width < WIDE else -(-size.replicates // 2)),
        route=route,
        retrain=_retrained(plan, setting),
        levels=LEVELS[plan.size] if route == "trained" else 1,
        scores=plan.training(size.updates, **SCORES) if route == "popup" else None,
    )


def pieces(plan: Plan) -> list[Piece]:
    """The headline's first: all ways of pruning where tickets are trained, those before training elsewhere."""
    settings = sorted(settings_of(plan), key=lambda setting: not _retrained(plan, setting))
    return [
        piece_of(plan, setting, route)
        for setting in settings
        for route in (ROUTES if _retrained(plan, setting) else ROUTES[:1])
    ]


def found_in(plan: Plan, results: Results, setting: Setting) -> dict[str, Found]:
    """Rows of a setting by method; those that were told the layers' numbers end in `/known`."""
    rows: dict[str, Found] = {}
    for route in ROUTES:
        for row in results.get(piece_of(plan, setting, route).name, {"rows": []})["rows"]:
            name = f"{row['method']}/known" if row["known"] and row["method"] in AT_INIT else row["method"]
            trained = None if row["trained"] is None else np.array(row["trained"], bool)
            rows[name] = Found(np.array(row["recalled"]), np.array(row["certified"], bool), trained, row)
    return rows


def points(plan: Plan, results: Results) -> list[Point]:
    """What each method recovers at the headline, what training makes of it, and how it depends on the rest."""
    at_headline = found_in(plan, results, headline(plan))
    seconds = sum(results[piece.name]["seconds"] for piece in pieces(plan))
    chance = PLANTED / results[piece_of(plan, headline(plan), "init").name]["prunable"]
    found = [_missed(method, at_headline[method], chance) for method in METHODS]
    found += [_told(method, at_headline[f"{method}/known"]) for method in AT_INIT]
    found += [_trained(plan, results, method) for method in (TRUTH, *METHODS)]
    found += [_by_setting(plan, results, setting) for setting in settings_of(plan)]
    found[0]["seconds"] = seconds
    return found


def _missed(method: str, found: Found, chance: float) -> Point:
    whole = found.whole
    strict = wilson(int(whole.sum()), len(whole), confidence=1 - 0.05 / len(METHODS))
    verdict = "reproduced" if strict.high < 0.5 else "contradicted" if strict.low > 0.5 else "undecided"
    layers = ", ".join(
        f"{layer.removeprefix('block0_')} {count / len(whole):.1f} of {planted_weights()[layer]} "
        f"({found.row['kept_in'][layer] / len(whole):.1f} kept)"
        for layer, count in found.row["recalled_in"].items()
    )
    return _point(
        f"recovered/{method}",
        **rate(whole),
        verdict=verdict,
        outcome="recovered whole",
        note=f"{WORDS[method]}. Planted weights kept, mean {found.recalled.mean():.1f} of {PLANTED} (by chance "
        f"{chance * PLANTED:.1f}): {layers}.",
    )


def _told(method: str, found: Found) -> Point:
    return _point(
        f"recovered-told/{method}",
        **rate(found.whole),
        verdict="new",
        outcome="recovered whole",
        note=f"{WORDS[method]}, the number of planted weights of each layer given. Mean {found.recalled.mean():.1f} of "
        f"{PLANTED}.",
    )


def _trained(plan: Plan, results: Results, method: str) -> Point:
    """Success once trained at the headline, and in the other settings where tickets are trained."""
    by_setting = {
        setting: found_in(plan, results, setting)[method] for setting in settings_of(plan) if _retrained(plan, setting)
    }
    notes = [
        f"{setting.scale}, noise {setting.noise:g}: trained {int(found.once_trained.sum())}, untrained "
        f"{int(found.certified.sum())}, recovered whole {int(found.whole.sum())}"
        + (f", trained weights cut {sum(found.row['cut'])}" if "cut" in found.row else "")
        for setting, found in by_setting.items()
    ]
    solved = by_setting[headline(plan)].once_trained
    return _point(
        f"trained/{method}",
        **rate(solved),
        verdict="new",
        outcome="solved_at_end",
        note=f"{WORDS[method]}: certified once its survivors are trained. Of {len(solved)}: {'; '.join(notes)}.",
    )


def _by_setting(plan: Plan, results: Results, setting: Setting) -> Point:
    rows = found_in(plan, results, setting)
    means = ", ".join(
        f"{WORDS[method]} {rows[method].recalled.mean() / PLANTED:.0%}" for method in METHODS if method in rows
    )
    return _point(
        f"plant/m={setting.width}/{setting.scale}/noise={setting.noise:g}",
        **rate(rows[TRUTH].certified),
        verdict="new",
        outcome="certified without training",
        note=f"How often the plant itself is exact. Planted weights kept, mean: {means}.",
    )


def _point(name: str, **fields: Any) -> Point:
    fixed = {"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL}
    return point(NAME, name, **{**fixed, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Recovery and success at the headline, and planted weights kept in all settings."""
    rows = found_in(plan, results, headline(plan))
    every = (*METHODS, TRUTH)
    outcomes = {
        "recovered whole": {method: rows[method].whole for method in every},
        "told the layers": {method: rows[f"{method}/known"].whole for method in AT_INIT},
        "trained": {method: rows[method].once_trained for method in every},
    }
    series = [
        NamedRates(
            label, [WORDS[m] for m in of], [int(found.sum()) for found in of.values()], [len(f) for f in of.values()]
        )
        for label, of in outcomes.items()
    ]
    drawn, table = rates_by_name(series)
    return [
        PageFigure(
            title="Which method finds the planted ticket",
            caption=f"m={headline(plan).width}, the plant rescaled to the size of the random weights, no noise; "
            f"{PLANTED} of {results[piece_of(plan, headline(plan), 'init').name]['prunable']} weights kept. Shares of "
            "networks with Wilson's 95 % intervals.",
            svg=save_figure(drawn, table, folder, NAME),
            claim=NAME,
        ),
        _kept_everywhere(plan, results, folder),
    ]


def _kept_everywhere(plan: Plan, results: Results, folder: Path) -> PageFigure:
    shown: list[Cell] = []
    for setting in settings_of(plan):
        noise = "as written" if setting.scale == "written" else f"noise {setting.noise:g}"
        rows = found_in(plan, results, setting)
        for method in METHODS:
            value = float(rows[method].recalled.mean() / PLANTED) if method in rows else None
            shown.append(Cell(WORDS[method], f"m={setting.width}", noise, value))
    drawn, table = cells(shown)
    return PageFigure(
        title="Planted weights kept",
        caption="Mean share of the 21 planted weights among the 21 that a method keeps, over widths and noise; empty "
        "where it was not run.",
        svg=save_figure(drawn, table, folder, f"{NAME}-kept"),
        claim=NAME,
    )


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
