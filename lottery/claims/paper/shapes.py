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

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import gol
from lottery.certificates import certify
from lottery.claims.frame.claim import Point, Results, of_functions, point
from lottery.claims.frame.found import rate_of
from lottery.claims.frame.plan import Plan
from lottery.claims.frame.sizes import Size, size_of
from lottery.experiments.shapes import shapes_piece
from lottery.handmade import smallest_parameters
from lottery.linear_form import is_threshold_function
from lottery.networks import LifeNet, parameter_count
from lottery.pieces import Piece
from lottery.report.figures import save_figure
from lottery.report.page import PageFigure
from lottery.report.tiles import rate_tiles, rates_by_size
from lottery.shapes import Features
from lottery.statistics import fisher, holm, newcombe_difference
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
    "replicates, and those solved stop at their first certificate: there a success is ever_solved. Shapes of equal a "
    "are trained inside one network (a, 8) whose other channels are masked, and certified as they are. Every shape has "
    "replicates of its own. Left open, and our choice: the budget, 20,000 updates on a laptop."
)
JUDGED_FROM = 20_000  # updates
RULE = (
    "The minimum: contradicted if a network of this form with fewer than 25 parameters is certified, undecided "
    "otherwise. Found by training: contradicted if "
    "one with fewer than 25 is certified, undecided otherwise, because not finding one proves nothing. (2m, m): "
    "held against every shape of the grid with no more parameters, p-values corrected by Holm over all of them at all "
    f"m; told is the one with the highest rate. {beats_rule()} With a budget below "
    f"{JUDGED_FROM:,} updates always undecided."
)
PAPERS_MINIMUM = 25
GRID = {"smoke": 3, "laptop": 8, "paper": 8}
SIZES = {"smoke": Size(8, 2_000), "laptop": Size(48, 20_000), "paper": Size(64, 125_000)}
SMALL_SIZES = {"smoke": Size(32, 2_000), "laptop": Size(2048, 20_000), "paper": Size(4096, 125_000)}
SMALL: tuple[Features, ...] = ((1, 2), (1, 3), (1, 4))  # 17, 20 and 23 parameters


def row_piece(plan: Plan, a: int) -> Piece:
    """The shapes of the grid with `a` 3x3 units."""
    size = size_of(plan, SIZES)
    return shapes_piece(
        f"shapes-a{a}",
        plan.network(),
        plan.training(size.updates),
        [(a, b) for b in range(1, GRID[plan.size] + 1)],
        seed=plan.seed,
        replicates=size.replicates,
        arm=100 * a,
    )


def small_piece(plan: Plan) -> Piece:
    """Shapes of one 3x3 unit and fewer than 25 parameters, with many replicates."""
    return _many("shapes-small", plan, SMALL, arm=10)


def bare_piece(plan: Plan) -> Piece:
    """(2, 1) without its read-out, 23 parameters, with many replicates."""
    return _many("shapes-no-readout", plan, [(2, 1)], arm=20, readout=False)


def _many(label: str, plan: Plan, shapes: Sequence[Features], arm: int, readout: bool = True) -> Piece:
    size = size_of(plan, SMALL_SIZES)
    net, training = plan.network(readout=readout), plan.training(size.updates, stop_when_solved=True)
    return shapes_piece(label, net, training, shapes, seed=plan.seed, replicates=size.replicates, arm=arm)


def pieces(plan: Plan) -> list[Piece]:
    """One piece per row of the grid, and two of small shapes."""
    return [*(row_piece(plan, a) for a in range(1, GRID[plan.size] + 1)), small_piece(plan), bare_piece(plan)]


def points(plan: Plan, results: Results) -> list[Point]:
    """The minimum by hand and by training, the rate of each small shape, and (2m, m) against its rivals."""
    return [*_minimum(), *_trained(plan, results), *_against_rivals(plan, results)]


def _minimum() -> list[Point]:
    certificate = certify(smallest_parameters())
    parameters = parameter_count(LifeNet(features=(1, 2)))
    proved = certificate.exact and certificate.correct
    shapes = [(a, b) for a in range(1, 4) for b in range(1, 4)]
    smaller = [shape for shape in shapes if parameter_count(LifeNet(features=shape)) < parameters]
    feasible = is_threshold_function(np.asarray(gol.truth_table(gol.parse_rule("B3/S23")), bool))
    bounded = smaller == [(1, 1)] and not feasible
    return [
        _point(
            "minimum",
            expected=PAPERS_MINIMUM,
            measured=float(parameters) if proved else None,
            unit="number",
            verdict="contradicted" if proved and parameters < PAPERS_MINIMUM else "undecided",
            note="Parameters of (1, 2), written by hand: with z = N + s/2 and A = relu(z - 2) the logit is "
            f"20 - 40 relu(1 - 2 A) - 40 relu(2 A - 3). {certificate.explanation} Smallest |logit| "
            f"{certificate.margin:g}.",
        ),
        _point(
            "lower-bound",
            measured=float(parameters) if bounded else None,
            unit="number",
            verdict="new",
            note="Parameters that any weights need. The only smaller shape, (1, 1) with 14 (12 without its "
            "read-out), calls alive what lies on "
            "one side of a threshold of one linear form. Averaged over the placements of 2, 3 and 4 neighbours of a "
            "dead cell, the form at 3 is halfway between those at 2 and 4, so no threshold parts it from both. The "
            f"linear programme over the 512 neighbourhoods is {'feasible' if feasible else 'infeasible'}.",
        ),
    ]


def _trained(plan: Plan, results: Results) -> list[Point]:
    """Which shapes below 25 parameters were ever certified, and the smallest of them."""
    small, bare = results[small_piece(plan).name], results[bare_piece(plan).name]
    rows = [*small["shapes"], *bare["shapes"]]
    solved = [row for row in rows if row["first_solved"]]
    least = min(solved, key=lambda row: row["parameters"], default=None)
    of_life = plan.rule == "B3/S23"  # another rule may need other sizes
    first = _point(
        "trained-minimum",
        expected=PAPERS_MINIMUM,
        measured=None if least is None else float(least["parameters"]),
        unit="number",
        verdict="undecided" if least is None or not of_life else "contradicted",
        outcome="ever_solved",
        note="Of the shapes below 25 parameters none was ever certified."
        if least is None
        else f"Parameters of the smallest network that training has found. {_in_words(least)}".strip(),
    )
    seconds = [small["seconds"] / len(SMALL)] * len(SMALL) + [bare["seconds"]]
    names = [*("a{}b{}".format(*shape) for shape in SMALL), "a2b1-no-readout"]
    return [first] + [
        _point(
            f"small/{name}",
            **rate_of(len(row["first_solved"]), row["trials"]),
            verdict="new",
            outcome="ever_solved",
            seconds=spent,
            note=f"{row['parameters']} parameters, certified at one check at least. {_in_words(row)}".strip(),
        )
        for name, row, spent in zip(names, rows, seconds, strict=True)
    ]


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
        f"The living have z from {low:.2f} to {high:.2f}, the dead up to {below:.2f} or from {above:.2f} on; "
        f"the logit bends at z = {', '.join(f'{bend:.2f}' for bend in best['bends'])}."
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
                verdict=beats(difference.value, float(corrected[shape, best]))
                if size.updates >= JUDGED_FROM
                else "undecided",
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
    by_size, size_rows = rates_by_size(counts, parameters, papers, "the paper's shapes (2m, m)")
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
            caption=f"{budget}. One line for each a, whose number stands at b = 1; along it b rises. Bars are Wilson's "
            "95 % intervals.",
            svg=save_figure(by_size, size_rows, folder, f"{NAME}-parameters"),
            claim=NAME,
        ),
    ]


CLAIM = of_functions(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE)
