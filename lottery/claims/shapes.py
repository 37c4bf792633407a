"""Claim: the minimal network, 25 parameters, is the smallest that can do it, and (2m, m) is how to widen it.

Springer and Kenyon's network for one step has a 3x3 convolution to a = 2m channels and a 1x1 convolution to b = m. Here
a and b are free: 10 a + a b + 2 b + 1 parameters.

    How many parameters are needed? By hand 17, with (a, b) = (1, 2), `lottery.handmade.smallest_parameters`: one 3x3
    unit gives z = N + s/2, and two 1x1 units make a bump of it over the living cells, z = 2.5, 3 and 3.5. The only
    smaller shape, (1, 1) with 14, is impossible: every layer is a monotone function of z, and Life is no threshold
    function (lottery/linear_form.py has the argument, and a linear programme checks it).
    Does training find any? Expected by the source: none below 25, its minimum.
    Is (2m, m) the right shape? Success over the grid of a and b, 1 to 8 each, against the number of parameters.

    python scripts/replicate.py --claims shapes                    # some 12 minutes on two cores
    python scripts/replicate.py --claims shapes --preset smoke     # half a minute
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import numpy as np

import gol
from gol.errors import InputError
from lottery.certificates import certify
from lottery.claims.claim import Claim, Point, Results, point, rate
from lottery.claims.sizes import BUDGET_RULE, Size, at_full_budget, size_of
from lottery.experiments import seconds_per_update
from lottery.handmade import smallest_parameters
from lottery.linear_form import is_threshold_function, linear_form
from lottery.networks import LifeNet, Parameters, network_from, network_settings, parameter_count
from lottery.pieces import OnProgress, Outcomes, Piece
from lottery.presets import Plan
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.tiles import rate_tiles, rates_by_size
from lottery.settings import TrainSettings
from lottery.shapes import Features, channel_masks, cut, embed
from lottery.statistics import fisher, holm, newcombe_difference
from lottery.storage import flatten, write_arrays
from lottery.training import certify_network, draw_initial, pick, train
from lottery.verdicts import beats, beats_rule

NAME = "shapes"
STATEMENT = "The minimal network for one step has 25 parameters, and (2m, m) channels are a good shape for wider ones."
SOURCE = (
    "Springer and Kenyon 2020 (arXiv 2009.01398): minimal and m times overcomplete networks. That no smaller network "
    "can do it, and that no other shape does better, is our question"
)
PROTOCOL = (
    "One step, a 3x3 convolution to a channels, ReLU, a 1x1 convolution to b channels, ReLU, read-out. The grid trains "
    "every (a, b) of 1 to 8 (at smoke size 1 to 3) for the whole budget. Small shapes are trained with thousands of "
    "replicates, and those solved stop at their first certificate: there a success is ever_solved. Networks of one "
    "row, equal a, run as one masked network of 8 columns. Every shape has replicates of its own. Weights Glorot "
    "uniform, biases zero, as everywhere."
)
RULE = (
    "The minimum: contradicted if a network of this form with fewer than 25 parameters is certified, reproduced if "
    "one of each smaller shape is proved impossible, undecided otherwise. Found by training: contradicted if one of "
    "fewer than 25 parameters is certified, undecided otherwise, because not finding one proves nothing. (2m, m): "
    "held against every shape of the grid with no more parameters, p-values corrected by Holm over all of them at all "
    f"m; told is the one with the highest rate. {beats_rule()} {BUDGET_RULE}"
)
PAPERS_MINIMUM = 25
GRID = {"smoke": 3, "laptop": 8, "paper": 8}
SIZES = {"smoke": Size(8, 2_000), "laptop": Size(48, 20_000), "paper": Size(64, 125_000)}
SMALL_SIZES = {"smoke": Size(32, 2_000), "laptop": Size(2048, 20_000), "paper": Size(4096, 125_000)}
SMALL: tuple[Features, ...] = ((1, 2), (1, 3), (1, 4))  # 17, 20 and 23 parameters
EXPLAINED = 3  # networks of each shape whose weights are told, those with the largest margin


def shapes_piece(
    label: str, plan: Plan, shapes: Sequence[Features], size: Size, arm: int, *, readout: bool = True, stop: bool
) -> Piece:
    """Training of several shapes with equal a, `size.replicates` of each.

    Args:
        label: of the piece's folder.
        plan: what is run.
        shapes: (a, b) of each.
        size: replicates per shape and their budget.
        arm: place of the first shape among all; every shape takes 10,000 replicate numbers.
        readout: as in `LifeNet`.
        stop: whether a network leaves at its first certificate.
    """
    largest = (max(a for a, _ in shapes), max(b for _, b in shapes))
    net = plan.network(features=largest, readout=readout)
    training = plan.training(size.updates, stop_when_solved=stop)
    updates = size.updates * size.replicates * len(shapes)
    return Piece(
        label=label,
        kind="shapes",
        settings={
            "network": network_settings(net),
            "training": asdict(training),
            "shapes": [list(shape) for shape in shapes],
            "replicates": size.replicates,
            "first": [10_000 * (arm + place) for place in range(len(shapes))],
            "seed": plan.seed,
        },
        updates=updates,
        seconds=6 + updates * seconds_per_update(net, training),
    )


def row_piece(plan: Plan, a: int) -> Piece:
    """The shapes of the grid with `a` 3x3 units."""
    side = GRID[plan.size]
    shapes = [(a, b) for b in range(1, side + 1)]
    return shapes_piece(f"shapes-a{a}", plan, shapes, size_of(plan, SIZES), 100 * a, stop=False)


def small_piece(plan: Plan) -> Piece:
    """Shapes of one 3x3 unit and fewer than 25 parameters, with many replicates."""
    return shapes_piece("shapes-small", plan, SMALL, size_of(plan, SMALL_SIZES), 10, stop=True)


def bare_piece(plan: Plan) -> Piece:
    """(2, 1) without its read-out, 23 parameters, with many replicates."""
    return shapes_piece("shapes-no-readout", plan, [(2, 1)], size_of(plan, SMALL_SIZES), 20, readout=False, stop=True)


def pieces(plan: Plan) -> list[Piece]:
    """One piece per row of the grid, and two of small shapes."""
    return [*(row_piece(plan, a) for a in range(1, GRID[plan.size] + 1)), small_piece(plan), bare_piece(plan)]


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a piece: every shape's trials, how many were certified, and the weights of those that explain most."""
    started = time.monotonic()
    net, training = network_from(settings["network"]), TrainSettings(**settings["training"])
    shapes: list[Features] = [(a, b) for a, b in settings["shapes"]]
    each, seed = settings["replicates"], settings["seed"]
    numbers = [range(first, first + each) for first in settings["first"]]
    drawn = [draw_initial(net.clone(features=shape), seed, rows) for shape, rows in zip(shapes, numbers, strict=True)]

    def progress(update: int, solved: int) -> None:
        on_progress(update / training.updates, f"{solved}/{each * len(shapes)} solved")

    result = train(
        net,
        training,
        seed=seed,
        replicates=[number for rows in numbers for number in rows],
        initial=_joined([embed(params, net.channels) for params in drawn]),
        masks=_joined([channel_masks(params, net.channels) for params in drawn]),
        checkpoint=folder / "checkpoint.safetensors",
        progress=progress,
    )
    write_arrays(folder / "weights.safetensors", flatten(result.params))
    found = []
    for place, shape in enumerate(shapes):
        mine = slice(place * each, (place + 1) * each)
        params = jax.tree.map(lambda leaf, mine=mine, shape=shape: leaf[mine], cut(result.params, shape))
        found.append(_outcome(net.clone(features=shape), training, params, result.first_solved[mine]))
    return {"shapes": found, "seconds": time.monotonic() - started}


def _joined(trees: Sequence[Parameters]) -> Parameters:
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *trees)


def _outcome(net: LifeNet, training: TrainSettings, params: Parameters, first_solved: np.ndarray) -> dict[str, Any]:
    """What became of one shape's replicates; the networks are certified as they are, without masked channels."""
    certificates = [certify_network(net, training, pick(params, index)) for index in range(len(first_solved))]
    exact = [index for index, certificate in enumerate(certificates) if certificate.correct]
    best = sorted(exact, key=lambda index: -certificates[index].margin)[:EXPLAINED]
    explained = [_explained(pick(params, index), training.rule) for index in best]
    return {
        "features": list(net.channels),
        "parameters": parameter_count(net),
        "trials": len(first_solved),
        "solved_at_end": None if training.stop_when_solved else len(exact),
        "first_solved": sorted(first_solved[first_solved >= 0].tolist()),
        "explained": [words for words in explained if words is not None],
    }


def _explained(params: Parameters, rule: str) -> dict[str, Any] | None:
    """The linear form of an exact network with one 3x3 unit, rounded; None where it has none."""
    try:
        form = linear_form(params, rule)
    except InputError:
        return None
    rounded = {"live": np.round(form.live, 3).tolist(), "dead": np.round(form.dead, 3).tolist()}
    return {"kernel": np.round(form.kernel, 3).tolist(), **rounded, "spread": round(form.spread, 5)}


def points(plan: Plan, results: Results) -> list[Point]:
    """The minimum by hand and by training, the rate of each small shape, and (2m, m) against its rivals."""
    return [*_minimum(), *_trained(plan, results), *_against_rivals(plan, results)]


def _minimum() -> list[Point]:
    certificate = certify(smallest_parameters())
    parameters = parameter_count(LifeNet(features=(1, 2)))
    table = np.asarray(gol.truth_table(gol.parse_rule("B3/S23")), bool)
    possible = is_threshold_function(table)
    smaller = certificate.exact and certificate.correct and parameters < PAPERS_MINIMUM
    return [
        _point(
            "minimum",
            expected=PAPERS_MINIMUM,
            measured=float(parameters),
            unit="number",
            verdict="contradicted" if smaller else "undecided",
            note=f"Parameters of (1, 2), written by hand: with z = N + s/2, A = relu(z - 2), the logit is "
            "20 - 40 relu(1 - 2 A) - 40 relu(2 A - 3). "
            f"{certificate.explanation} Smallest |logit| {certificate.margin:g}.",
        ),
        _point(
            "lower-bound",
            measured=float(parameter_count(LifeNet(features=(1, 1))) if possible else parameters),
            unit="number",
            verdict="new",
            note="Parameters that are needed at least, by any weights. (1, 1), with 14 the only shape below 17, gives "
            "the living cells as those on one side of a threshold of one linear form; averaged over the placements "
            "of 2, 3 and 4 neighbours of a dead cell, the form at 3 is halfway between its values at 2 and 4, so no "
            f"threshold can part it from both. The linear programme over the 512 neighbourhoods is "
            f"{'feasible' if possible else 'infeasible'}, as the argument has it.",
        ),
    ]


def _trained(plan: Plan, results: Results) -> list[Point]:
    rows = [*results[small_piece(plan).name]["shapes"], *results[bare_piece(plan).name]["shapes"]]
    solved = [row for row in rows if row["first_solved"]]
    least = min(solved, key=lambda row: row["parameters"], default=None)
    found = [
        _point(
            "trained-minimum",
            expected=PAPERS_MINIMUM,
            measured=None if least is None else float(least["parameters"]),
            unit="number",
            verdict="undecided" if least is None else "contradicted",
            outcome="ever_solved",
            note="Of the shapes below 25 parameters none was ever certified."
            if least is None
            else f"Parameters of the smallest network that training has found. {_in_words(least)}",
        )
    ]
    for row in rows:
        bare = row is rows[-1]
        found.append(
            _point(
                f"small/{_tag(row)}{'-no-readout' if bare else ''}",
                **rate(_outcomes(len(row["first_solved"]), row["trials"])),
                verdict="new",
                outcome="ever_solved",
                seconds=results[bare_piece(plan).name]["seconds"]
                if bare
                else results[small_piece(plan).name]["seconds"] / len(SMALL),
                note=f"{row['parameters']} parameters, certified at one check at least. {_in_words(row)}".strip(),
            )
        )
    return found


def _in_words(row: Mapping[str, Any]) -> str:
    """The best network of one 3x3 unit, told as its linear form."""
    if not row["explained"]:
        return ""
    best = row["explained"][0]
    kernel = " / ".join(" ".join(f"{weight:.3f}" for weight in line) for line in best["kernel"])
    low, high = best["live"]
    below, above = best["dead"]
    return (
        f"Its kernel, scaled to a mean of 1 over the neighbours, is {kernel}: z = N + {best['kernel'][1][1]:.2f} s. "
        f"The living have z from {low:.2f} to {high:.2f}, the dead up to {below:.2f} or from {above:.2f} on."
    )


def _grid(plan: Plan, results: Results) -> dict[Features, dict[str, Any]]:
    rows = (results[row_piece(plan, a).name]["shapes"] for a in range(1, GRID[plan.size] + 1))
    return {(row["features"][0], row["features"][1]): row for shapes in rows for row in shapes}


def rivals(parameters: Mapping[Features, int], shape: Features) -> list[Features]:
    """The other shapes with no more parameters than one shape has."""
    return [other for other, count in parameters.items() if other != shape and count <= parameters[shape]]


def _against_rivals(plan: Plan, results: Results) -> list[Point]:
    """(2m, m) against the best shape that is not larger, its p-value corrected for all comparisons at all m."""
    grid, size = _grid(plan, results), size_of(plan, SIZES)
    parameters = {shape: row["parameters"] for shape, row in grid.items()}
    papers = [(2 * m, m) for m in range(1, GRID[plan.size] // 2 + 1)]
    pairs = [(shape, other) for shape in papers for other in rivals(parameters, shape)]
    counts = {pair: (*_count(grid[pair[0]]), *_count(grid[pair[1]])) for pair in pairs}
    corrected = dict(zip(pairs, holm(np.array([fisher(*counts[pair]) for pair in pairs])), strict=True))
    found = []
    for shape in papers:
        best = max(rivals(parameters, shape), key=lambda other: _share(grid[other]))
        difference = newcombe_difference(*counts[shape, best])
        k1, n1, k2, n2 = counts[shape, best]
        better = sum(
            1
            for one, other in pairs
            if one == shape and corrected[one, other] < 0.05 and _share(grid[other]) > _share(grid[shape])
        )
        found.append(
            _point(
                f"m={shape[1]}",
                expected="not below 0",
                measured=difference.value,
                interval=(difference.interval.low, difference.interval.high),
                unit="difference",
                verdict=at_full_budget(size, SIZES, beats(difference.value, float(corrected[shape, best]))),
                seconds=results[row_piece(plan, shape[0]).name]["seconds"],
                outcome="solved_at_end",
                note=f"{shape} with {parameters[shape]} parameters: {k1}/{n1}. The best shape that is not larger, "
                f"{best} with {parameters[best]}: {k2}/{n2}; Fisher's p after Holm = {corrected[shape, best]:.2g}. "
                f"The best was picked by its rate, which flatters it; {better} such shapes are better beyond chance.",
            )
        )
    return found


def _count(row: Mapping[str, Any]) -> tuple[int, int]:
    return row["solved_at_end"], row["trials"]


def _share(row: Mapping[str, Any]) -> float:
    return row["solved_at_end"] / row["trials"]


def _outcomes(successes: int, trials: int) -> np.ndarray:
    return np.arange(trials) < successes


def _tag(row: Mapping[str, Any]) -> str:
    a, b = row["features"]
    return f"a{a}b{b}"


def _point(name: str, **fields: Any) -> Point:
    return point(NAME, name, **{"statement": STATEMENT, "source": SOURCE, "rule": RULE, "protocol": PROTOCOL, **fields})


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """The grid as a heat map, and the same rates against the number of parameters."""
    grid, size = _grid(plan, results), size_of(plan, SIZES)
    papers = [(2 * m, m) for m in range(1, GRID[plan.size] // 2 + 1)]
    counts = {shape: _count(row) for shape, row in grid.items()}
    parameters = {shape: row["parameters"] for shape, row in grid.items()}
    tiles, tile_rows = rate_tiles(
        counts,
        xlabel="a, units of the 3x3 convolution",
        ylabel="b, units of the 1x1 convolution",
        small_print={shape: str(count) for shape, count in parameters.items()},
        framed=papers,
    )
    by_size, size_rows = rates_by_size(counts, parameters, papers)
    budget = f"Share certified after {size.updates:,} updates, {size.replicates} networks per shape"
    return [
        PageFigure(
            title="Which shape learns",
            caption=f"{budget}; below it the number of parameters. The paper's shapes (2m, m) are framed.",
            svg=save_figure(tiles, tile_rows, folder, NAME),
            claim=NAME,
        ),
        PageFigure(
            title="Success against the number of parameters",
            caption=f"{budget}. The best shapes are those that no smaller shape equals; picking them flatters them. "
            "Bars are Wilson's 95 % intervals.",
            svg=save_figure(by_size, size_rows, folder, f"{NAME}-parameters"),
            claim=NAME,
        ),
    ]


CLAIM = Claim(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
