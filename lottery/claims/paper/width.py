"""Claim: minimal networks rarely learn one step of Life, three times wider ones mostly do (Springer and Kenyon)."""

from pathlib import Path
from typing import Any

from lottery.claims.frame.claim import Claim, Point, Results, point, rate
from lottery.claims.frame.plan import PRESETS, Plan
from lottery.claims.frame.reruns import PUBLISHED, STATED, width_piece
from lottery.networks import parameter_count
from lottery.pieces import Piece
from lottery.report.figures import Rates, save_figure, success_against_width
from lottery.report.page import PageFigure
from lottery.verdicts import same_rate, same_rate_rule

NAME = "width"
STATEMENT = "Minimal networks rarely learn the Game of Life; networks a few times overcomplete mostly do."
SOURCE = "Springer and Kenyon 2020, arXiv 2009.01398: success against overcompleteness, n=1"
PROTOCOL = (
    "Networks of width m with weights of their own and a sequence of batches of their own, trained with Adam 1e-3 on "
    "batches of 8 random boards 32x32 with a density from U(0,1). A success is certified on all 512 neighbourhoods "
    "with the weights at the end of the budget. The paper leaves open the initial weights (here Glorot uniform, zero "
    "biases), the padding (torus) and the loss (binary cross-entropy)."
)
PROTOCOL_RULE = (
    "With a budget below the paper's 125,000 updates, or other boards, batches, rule or learning rate, the verdict is "
    "always undecided."
)


def pieces(plan: Plan) -> list[Piece]:
    """One piece per width."""
    return [width_piece(plan, width) for width in plan.widths]


def points(plan: Plan, results: Results) -> list[Point]:
    """One point per width, against the paper's sample where there is one."""
    found = []
    for width in plan.widths:
        outcomes = results[width_piece(plan, width).name]
        measured = rate(outcomes["solved_at_end"])
        published = PUBLISHED.get(width)
        ever = sum(update >= 0 for update in outcomes["first_solved"])
        found.append(
            point(
                NAME,
                f"m={width}",
                statement=STATEMENT,
                source=SOURCE,
                expected=STATED.get(width),
                **measured,
                verdict=_verdict(plan, published, measured),
                seconds=outcomes["seconds"],
                rule="No published number." if published is None else f"{same_rate_rule()} {PROTOCOL_RULE}",
                protocol=PROTOCOL,
                outcome="solved_at_end",
                note=f"{outcomes['parameters']} parameters. {ever} of {measured['trials']} were "
                "certified at one check at least (ever_solved).",
            )
        )
    return found


def _verdict(plan: Plan, published: tuple[int, int] | None, measured: dict[str, Any]) -> str:
    if published is None:
        return "new"
    paper = PRESETS["paper"]
    known = ("batch", "board", "density", "rule", "learning_rate")
    if plan.width_updates < paper.width_updates or any(getattr(plan, name) != getattr(paper, name) for name in known):
        return "undecided"
    return same_rate(published, (measured["successes"], measured["trials"]))


def figures(plan: Plan, results: Results, folder: Path) -> list[PageFigure]:
    """Success against width, ours beside the paper's two samples."""
    outcomes = [results[width_piece(plan, width).name]["solved_at_end"] for width in plan.widths]
    ours = Rates("this run", plan.widths, [sum(o) for o in outcomes], [len(o) for o in outcomes])
    paper = Rates(
        "Springer and Kenyon 2020",
        list(PUBLISHED),
        [k for k, _ in PUBLISHED.values()],
        [n for _, n in PUBLISHED.values()],
    )
    figure, table = success_against_width([ours], [paper])
    parameters = ", ".join(f"{parameter_count(plan.network(m))} at m={m}" for m in plan.widths)
    return [
        PageFigure(
            title="Success against width, one step ahead",
            caption=f"Networks certified on all 512 neighbourhoods after {plan.width_updates:,} updates, with Wilson's "
            f"95 % intervals. Parameters: {parameters}.",
            svg=save_figure(figure, table, folder, "width"),
            claim=NAME,
        )
    ]


RULE = f"{same_rate_rule()} {PROTOCOL_RULE}"
CLAIM = Claim(NAME, STATEMENT, SOURCE, PROTOCOL, pieces, points, figures, RULE, headline=True)
