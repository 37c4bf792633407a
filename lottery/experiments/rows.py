"""One row per network, of every kind of piece whose outcomes speak of single networks: what an analysis starts from.

Five kinds have no rows: `shapes` and `solutions` keep counts and successes alone, and `sums`, `nearness` and
`handmade` train nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lottery.experiments.flips import fresh_seed
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.runs.files import settings_from
from lottery.runs.pieces import Outcomes, Piece
from lottery.training.course import NEVER
from lottery.training.settings import TrainSettings

Row = dict[str, Any]
Settings = Mapping[str, Any]

COLUMNS: dict[str, tuple[type, str]] = {
    "claim": (str, "the claims that use the piece, separated by spaces"),
    "piece": (str, "folder of the piece, a label and a hash of its settings"),
    "kind": (str, "how the piece was computed"),
    "steps": (int, "generations that the network looks ahead"),
    "wide": (int, "channels of a 3x3 layer of the dense network"),
    "narrow": (int, "channels of a 1x1 layer of the dense network"),
    "rule": (str, "the cellular automaton"),
    "arm": (str, "which treatment: dense, ticket, a control, a method"),
    "level": (int, "prunings done so far, 0 is dense; empty where nothing is pruned level by level"),
    "replicate": (int, "number of the replicate; rows of one piece with one number share their beginning"),
    "seed": (int, "of the run, from which weights and batches follow with the replicate's number"),
    "density": (float, "share of the prunable weights that is kept, 0 to 1"),
    "parameters": (int, "weights and biases that are kept"),
    "effective": (int, "parameters that are not zero after compaction, where they were counted"),
    "updates": (int, "the budget: updates of one training"),
    "first_success": (int, "update of the first check with a certificate; empty for never, or where it is not known"),
    "ever_success": (bool, "certified at one check at least; empty where it is not known"),
    "success_at_end": (bool, "certified at the end of the budget; empty where solved networks stop"),
    "margin": (float, "smallest absolute logit of the certificate; 0 where an answer is wrong"),
    "seconds": (float, "that the level or else the whole piece took, all of its networks together"),
}
"""Name of a column -> its type, and what it holds. Every column may be empty but claim, piece, kind and arm."""


def rows_of(piece: Piece, outcomes: Outcomes) -> Iterator[Row]:
    """The networks of a finished piece, one row each, without the claims that use it.

    Args:
        piece: what was computed.
        outcomes: what came of it.

    Yields:
        Rows with the columns of `COLUMNS`; none for kinds that do not speak of single networks.
    """
    if piece.kind not in _ROWS:
        return
    settings = piece.settings
    net = settings_from(LifeNet, settings["network"])
    of_weights = settings.get("training")
    training = settings_from(TrainSettings, settings["scores"] if of_weights is None else of_weights)
    wide, narrow = net.channels
    common = dict.fromkeys(COLUMNS) | {
        "piece": piece.name,
        "kind": piece.kind,
        "steps": net.steps,
        "wide": wide,
        "narrow": narrow,
        "rule": training.rule,
        "seed": settings["seed"],
        "updates": training.updates,
        "seconds": outcomes["seconds"],
    }
    for row in _ROWS[piece.kind](settings, outcomes):
        yield common | row


def _each(
    numbers: Sequence[int],
    *,
    first: Sequence[int] | None = None,
    at_end: Sequence[Any] | None = None,
    lists: Mapping[str, Sequence[Any] | None] | None = None,
    **same: Any,
) -> Iterator[Row]:
    """Rows of one arm.

    Args:
        numbers: of its replicates.
        first: updates of the first certified check, or NEVER.
        at_end: who was certified at the end.
        lists: further columns with one value per replicate, None where they are not known.
        same: columns that are the same for all.
    """
    for index, number in enumerate(numbers):
        row: Row = {"replicate": number, **same}
        if first is not None:
            row["ever_success"] = first[index] != NEVER
            row["first_success"] = first[index] if row["ever_success"] else None
        if at_end is not None:
            row["success_at_end"] = bool(at_end[index])
        yield row | {name: values[index] for name, values in (lists or {}).items() if values is not None}


def _replicates(settings: Settings) -> range:
    return range(*settings["replicates"])


def _trained(settings: Settings, found: Outcomes) -> Iterator[Row]:
    yield from _each(
        _replicates(settings),
        first=found.get("first_solved"),
        at_end=found["solved_at_end"],
        lists={"margin": found.get("margins")},
        arm="dense",
        density=1.0,
        parameters=parameter_count(settings_from(LifeNet, settings["network"])),
    )


def _pruned(settings: Settings, found: Outcomes) -> Iterator[Row]:
    for level in found["levels"]:
        same: Row = {
            "level": level["level"],
            "density": level["kept"] / level["prunable"],
            "parameters": level["parameters_kept"],
            "seconds": level.get("seconds", found["seconds"]),
        }
        for name, arm in level["arms"].items():
            effective = {"effective": arm.get("effective_parameters")}
            yield from _each(
                _replicates(settings),
                first=arm["first_solved"],
                at_end=arm["solved_at_end"],
                lists=effective,
                arm=name,
                **same,
            )
        if level["level"]:
            yield from _each(_replicates(settings), at_end=level["cut_solved"], arm="as cut, not trained", **same)


def _transferred(settings: Settings, found: Outcomes) -> Iterator[Row]:
    yield from _pruned(settings, found)
    last = found["levels"][-1]
    for name, arm in found.items():
        if name.startswith("arm"):
            yield from _each(
                _replicates(settings),
                first=arm["first_solved"],
                at_end=arm["solved_at_end"],
                arm=f"{arm['mask']} mask, {arm['weights']} weights",
                rule=arm["rule"],
                level=last["level"],
                density=last["kept"] / last["prunable"],
                parameters=last["parameters_kept"],
                seconds=arm["seconds"],
            )


def _scored(settings: Settings, found: Outcomes) -> Iterator[Row]:
    numbers = _replicates(settings)
    kept: Row = {"density": found["kept"] / found["parameters"], "parameters": found["kept"]}
    budget = settings_from(TrainSettings, settings["scores"]).updates
    first, at_end = found["first_solved"], found["solved_at_end"]
    yield from _each(numbers, first=first, at_end=at_end, arm="scores", updates=budget, **kept)
    if found["trained"] is not None:
        yield from _each(numbers, at_end=found["trained"], arm="scores, then weights", **kept)


def _flipped(settings: Settings, found: Outcomes) -> Iterator[Row]:
    yield from _each(
        range(*settings["pool"]), first=found["pool_first_solved"], arm="pool", parameters=found["parameters"]
    )
    for arm in found["arms"]:
        for winner, firsts in zip(found["winners"], arm["first_solved"], strict=True):
            yield from _each(
                [winner] * len(firsts),
                first=firsts,
                arm=f"{arm['variant']}, {arm['k']} flipped",
                density=1.0,
                seed=fresh_seed(settings["seed"]),
                parameters=found["parameters"],
            )


def _shrunk(settings: Settings, found: Outcomes) -> Iterator[Row]:
    numbers = found["replicates"]
    yield from _each(
        numbers,
        at_end=[True] * len(numbers),
        lists={"parameters": found["with_all_biases"], "effective": found["sizes"], "margin": found["margins"]},
        arm="shrunk",
    )


def _taken_apart(settings: Settings, found: Outcomes) -> Iterator[Row]:
    numbers = _replicates(settings)
    for level in found["levels"]:
        yield from _each(
            numbers,
            at_end=level["solved"],
            lists={"effective": level["effective_parameters"]},
            arm="ticket",
            level=level["level"],
            density=level["kept"] / level["prunable"],
        )
    if found["scratch"]:
        shapes = found["scratch"]["features"]
        channels = {"wide": [wide for wide, _ in shapes], "narrow": [narrow for _, narrow in shapes]}
        yield from _each(numbers, at_end=found["scratch"]["solved"], lists=channels, arm="the ticket's shape, dense")


def _connected(settings: Settings, found: Outcomes) -> Iterator[Row]:
    for step in settings["steps"]:
        for level in found[f"step{step}"]["levels"]:
            yield from _each(
                _replicates(settings),
                at_end=level["solved"],
                arm=f"ticket, rewound to {step}",
                level=level["level"],
                density=level["kept"] / level["prunable"],
            )


def _planted(settings: Settings, found: Outcomes) -> Iterator[Row]:
    numbers = _replicates(settings)
    for row in found["rows"]:
        name = row["method"] + (", layers known" if row["known"] else "")
        kept = sum(row["kept_in"].values()) / len(numbers)
        same = {"density": kept / found["prunable"]}
        yield from _each(numbers, at_end=row["certified"], arm=name, **same)
        if row["trained"] is not None:
            yield from _each(numbers, at_end=row["trained"], arm=f"{name}, then trained", **same)


def _chained(settings: Settings, found: Outcomes) -> Iterator[Row]:
    longer = settings_from(TrainSettings, settings["longer"])
    for arm in ("ticket", "shuffled", "dense"):
        yield from _each(
            found["replicates"],
            first=found[arm]["first_solved"],
            arm=f"{arm}, two steps",
            steps=2,
            density=1.0 if arm == "dense" else found["kept"] / found["prunable"],
            updates=longer.updates,
        )


_ROWS: dict[str, Callable[[Settings, Outcomes], Iterator[Row]]] = {
    "train": _trained,
    "watched": _trained,
    "rule": _trained,
    "prune": _pruned,
    "transfer": _transferred,
    "popup": _scored,
    "flips": _flipped,
    "shrink": _shrunk,
    "anatomy": _taken_apart,
    "connectivity": _connected,
    "planted": _planted,
    "chained": _chained,
}
