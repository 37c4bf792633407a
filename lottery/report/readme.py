"""What the README says of the results: a few answers and one table, written from the points between two markers each.

<!-- answers --> ... <!-- /answers -->
<!-- results --> ... <!-- /results -->
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gol.errors import InputError
from lottery.report.points import Point, expected_text, interval_text, measured_text, number_text, unit
from lottery.runs.files import read_bytes, write_bytes

PAGES = "docs/claims"
SECOND_HAND = "† Second-hand: the number comes from notes about the paper, whose PDF we have not read."

# {id} becomes the counts of a point that is a rate, and the number of any other.
ANSWERS = (
    "**Small is possible.** {records/minimum} parameters that are not zero play one step of Life exactly, and we prove "
    "that no fewer can. The paper's minimal network has 25.",
    "**Small is hard to train.** From scratch, {column/glorot/m=1/at-end} minimal networks learn one step, and "
    "{width/m=8} networks that are eight times as wide do.",
    "**The first weights decide.** Trained on other batches, the same initial weights mostly end alike: "
    "{fate/again/share} of the variance of success lies between them (m=3).",
    "**A tenth is mostly too little.** Cut at once to a tenth of their weights, {cut/m=8/weights/one-shot/rewound} "
    "of these wide networks succeed; level by level and rewound, {cut/m=8/weights/levels/rewound} do. With the paper's "
    "full budget per level, a tenth's rate less that of the dense networks is {budget/tenth/any} points.",
    "**From scratch can be better.** At 20 % of the weights, the ticket's success rate less that of a small dense "
    "network with as many parameters is {alone/m=8/20%/vs-small} points. Until one network is certified, pruning takes "
    "{price/20%/levels-over-small} times as many operations as retrying small networks.",
    "**Deep networks learn Life and lose it again.** Three steps ahead (m=8), {lost/n=3/m=8/constant/ever} networks "
    "were right on 200 boards at some time of their training, and {lost/n=3/m=8/constant/end} were at its end.",
)

# The claim in words, and the point that it is. At most twenty.
ROWS = (
    ("Wrong answers of a network built by hand, 25 parameters", "handmade/n=1"),
    ("Fewest parameters that are not zero, one step", "records/minimum"),
    ("Minimal networks (m=1) rarely learn one step", "column/glorot/m=1/at-end"),
    ("Networks three times as wide (m=3) mostly do", "column/glorot/m=3/at-end"),
    ("Half of the networks succeed from this width on, two steps", "depth/n=2/glorot/crossing/certified"),
    ("At most half are right at the end of training, three steps, m=8", "lost/n=3/m=8/constant/end"),
    ("One flipped initial sign makes a fifth of the winners fail, m=1", "signs/m=1/k=1"),
    ("Near density 0.38 they learn dramatically more often (times elsewhere)", "density/glorot/times-elsewhere"),
    ("Minimal networks with PReLU always learn, density 0.5", "activations/pytorch-d50/prelu_channels"),
    ("A ticket of a tenth matches the dense network at the full budget, m=8", "budget/tenth/any"),
    ("At 20 % of the weights a ticket matches the dense network, m=8", "alone/m=8/vs-dense"),
    ("The ticket beats its mask with new weights", "alone/m=8/vs-reinit"),
    ("The ticket beats a small dense network of as many parameters", "alone/m=8/20%/vs-small"),
    ("Share of the variance of success that lies between initial weights, m=3", "fate/again/share"),
    ("Every trained network holds a certified one of at most 60 parameters, m=8", "always/m=8/60"),
    ("Pruning after training beats SNIP before it, at 20 %", "before/20%/levels-over-snip"),
)


def check_readme(path: Path) -> None:
    """See that a README can take the answers and the table, before anything is computed.

    Args:
        path: of the README.

    Raises:
        InputError: where it is not there, lacks a marker or is no text in UTF-8.
    """
    text = _read(path)
    for name in ("answers", "results"):
        _between(text, name, "", path)


def write_readme(path: Path, points: Sequence[Point]) -> None:
    """Write the answers and the table of results into a README, between its markers.

    Args:
        path: of the README.
        points: as in claims.json, of all claims.

    Raises:
        InputError: where the README lacks a marker, is no text in UTF-8, or no point has one of the ids.
    """
    text = _read(path)
    for name, content in (("answers", answers(points)), ("results", table(points))):
        text = _between(text, name, content, path)
    write_bytes(path, text.encode())


def answers(points: Sequence[Point]) -> str:
    """The answers as a Markdown list, with the numbers of today.

    Args:
        points: as in claims.json.

    Raises:
        InputError: where no point has one of the ids.
    """
    found = _by_id(points)
    return "\n".join("- " + re.sub(r"\{([^}]+)\}", lambda of: _count(_point(found, of[1])), one) for one in ANSWERS)


def table(points: Sequence[Point]) -> str:
    """The table of results in Markdown: one number and one verdict in a row, and the legend of its mark.

    Args:
        points: as in claims.json.

    Raises:
        InputError: where no point has one of the ids.
    """
    found = _by_id(points)
    chosen = [(words, _point(found, name)) for words, name in ROWS]
    lines = ["| claim | published | measured (95 %) | verdict | page |", "|---|---|---|---|---|"]
    for words, one in chosen:
        page = f"[{one['claim']}]({PAGES}/{one['claim']}.md)"
        lines.append(f"| {words} | {expected_text(one)} | {_measured(one)} | {one['verdict']} | {page} |")
    if any(one.get("second_hand") for _, one in chosen):
        lines += ["", SECOND_HAND]
    return "\n".join(lines)


def _read(path: Path) -> str:
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text in UTF-8.") from error


def _by_id(points: Sequence[Point]) -> dict[str, Point]:
    return {str(point["id"]): point for point in points}


def _point(found: Mapping[str, Point], name: str) -> Point:
    if name not in found:
        raise InputError(f"The README tells of {name}, and there is no such point: run all claims.")
    return found[name]


def _measured(point: Point) -> str:
    value, ends = measured_text(point).split(" (")[0], interval_text(point)
    if not ends:
        return value
    mark = next((unit for unit in (" points", " %") if value.endswith(unit)), "")
    return f"{value.removesuffix(mark)} ({ends.removesuffix(mark)}){mark}"


def _count(point: Point) -> str:
    if point["trials"] is not None:
        return f"{point['successes']} of {point['trials']}"
    return measured_text(point).removesuffix(" points") if unit(point) != "number" else number_text(point["measured"])


def _between(text: str, name: str, content: str, path: Path) -> str:
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(start) != 1 or text.count(end) != 1 or text.index(start) > text.index(end):
        raise InputError(f"{path} has to hold {start} and {end} once each, in this order.")
    before, rest = text.split(start)
    return f"{before}{start}\n{content}\n{end}{rest.split(end)[1]}"
